"""Änderungsverlauf: what happened in the whole house, and the proof that nothing of it was altered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.audit.anchors import Outside
from jcflow.audit.checkpoints import signer_of
from jcflow.audit.notes import public_of
from jcflow.audit.verify import verify as proven
from jcflow.procedure import Role
from jcflow.programmes.programme import all_programmes
from jcflow.web import trail_exports, trail_pages
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.stories import things
from jcflow.web.trail_pages import HOUSE_AREAS
from jcflow.web.visitors import me, moment

pages = Blueprint("trail", __name__)

READERS = (Role.AUDITOR, Role.MANAGING_DIRECTOR, Role.STAFF)


@pages.get("/audit")
@open_to(*READERS)
def index() -> ResponseReturnValue:
    """The entries asked for, over all programmes, people and settings."""
    session, house = db.session(), me().house.id
    asked = _asked()
    found = trail_pages.leaf(session, house, asked, inside=True)
    typed: dict[str, Any] = {name: value for name, value in asked.typed.items() if value}
    shown = render_template(
        "trail/index.html",
        leaf=found,
        asked=asked,
        errors=asked.errors,
        areas=trail_pages.area_choices(HOUSE_AREAS, inside=True),
        people=trail_pages.people_choices(session, house, None),
        programmes=[("", "Alle"), *((p.slug, p.title) for p in all_programmes(session))],
        things=_things(asked),
        older=url_for("trail.index", **typed, before=found.older) if found.older else None,
        newest=url_for("trail.index", **typed) if asked.before else None,
        sheet=url_for("trail.sheet", **typed),
        data=url_for("trail.data", **typed),
    )
    return shown, 422 if asked.errors else 200


def _things(asked: trail_pages.Filter) -> list[tuple[str, str]]:
    """The lines and topics of the chosen programme."""
    chosen = (p for p in all_programmes(db.session()) if p.slug == asked.typed["programme"])
    return [choice for programme in chosen for choice in things(db.session(), programme, asked.typed["object"])]


def _asked() -> trail_pages.Filter:
    """The filters in the address; a programme that does not exist here has no entries."""
    asked, slug = trail_pages.typed_filter(None, HOUSE_AREAS, inside=True), request.args.get("programme", "")
    asked.typed["programme"] = slug
    if slug:
        chosen = next((p.id for p in all_programmes(db.session()) if p.slug == slug), trail_pages.NOBODY)
        asked.wanted = replace(asked.wanted, programme_id=chosen)
    return asked


@pages.get("/audit.csv")
@open_to(*READERS)
def sheet() -> ResponseReturnValue:
    """The entries asked for, to take away."""
    return trail_exports.as_sheet("aenderungsverlauf", db.session(), me().house.id, _asked(), inside=True)


@pages.get("/audit.json")
@open_to(*READERS)
def data() -> ResponseReturnValue:
    """The entries asked for, for programs."""
    return trail_exports.as_json("aenderungsverlauf", db.session(), me().house.id, _asked(), inside=True)


@pages.get("/audit/verify")
@open_to(*READERS)
def verify() -> ResponseReturnValue:
    """What the proof does, and with `run=1` what it finds."""
    house, verdict = me().house.id, None
    if request.args.get("run") == "1":
        keys = [public_of(key) for key in signer_of(db.session())]
        verdict = proven(db.session(), house, Outside(keys=keys))
    so_far = verdict.anchored[house] if verdict else ""
    return render_template("trail/verify.html", verdict=verdict, at=moment(), so_far=so_far)
