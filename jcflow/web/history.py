"""Verlauf: what happened in one programme, newest first."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Blueprint, send_file, url_for
from flask.typing import ResponseReturnValue

from jcflow.procedure import Role
from jcflow.process.bundle import write_bundle
from jcflow.programmes.programme import INSIDERS, Programme
from jcflow.web import trail_exports, trail_pages, transaction
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.stories import things
from jcflow.web.trail_pages import AREAS
from jcflow.web.visitors import me, moment

pages = Blueprint("history", __name__)

AUDITING = (Role.AUDITOR, Role.STAFF)
"""Who may take the bundle along."""
IN_MEMORY = 2**20
"""Bytes of a bundle that are not put on disk."""
READERS = (*sorted(INSIDERS), Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR)


@pages.get("/programmes/<slug>/history")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """The entries asked for, day by day."""
    programme, inside = load(slug), is_insider()
    asked = trail_pages.typed_filter(programme.id, AREAS, inside=inside)
    found = trail_pages.leaf(db.session(), programme.jobcenter_id, asked, inside=inside)
    shown = page(
        "history/show.html", programme, "Verlauf", leaf=found, asked=asked, **_choices(programme, asked, found)
    )
    return shown, 422 if asked.errors else 200


def _choices(programme: Programme, asked: trail_pages.Filter, found: trail_pages.Leaf) -> dict[str, Any]:
    session, inside = db.session(), is_insider()
    typed: dict[str, Any] = {name: value for name, value in asked.typed.items() if value}
    older = url_for("history.show", slug=programme.slug, **typed, before=found.older) if found.older else None
    newest = url_for("history.show", slug=programme.slug, **typed) if asked.before else None
    return {
        "inside": inside,
        "areas": trail_pages.area_choices(AREAS, inside=inside),
        "people": trail_pages.people_choices(session, programme.jobcenter_id, programme.id),
        "older": older,
        "newest": newest,
        "things": things(session, programme, asked.typed["object"]) if inside else [],
        "sheet": url_for("history.sheet", slug=programme.slug, **typed),
        "data": url_for("history.data", slug=programme.slug, **typed),
        "bundle": url_for("history.bundle", slug=programme.slug) if me().roles & {*AUDITING} else None,
        "errors": asked.errors,
    }


@pages.get("/programmes/<slug>/history/<int:seq>")
@open_to(*READERS)
def entry(slug: str, seq: int) -> ResponseReturnValue:
    """One entry."""
    programme = load(slug)
    group = trail_pages.single(db.session(), programme, seq, inside=is_insider())
    return page("history/entry.html", programme, f"Eintrag {seq}", group=group)


@pages.get("/programmes/<slug>/history.zip")
@open_to(*AUDITING)
def bundle(slug: str) -> ResponseReturnValue:
    """Everything that proves how the programme came about, for an auditor to check without us."""
    transaction.steady()
    programme = load(slug)
    # Closed with the answer.
    target = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    write_bundle(db.session(), programme, at=moment(), target=target)
    target.seek(0)
    name = f"revision-{me().house.key}-{programme.slug}.zip"
    sent = send_file(target, "application/zip", as_attachment=True, download_name=name)
    sent.call_on_close(target.close)
    return sent


@pages.get("/programmes/<slug>/history.csv")
@open_to(*READERS)
def sheet(slug: str) -> ResponseReturnValue:
    """The entries asked for, to take away."""
    programme, inside = load(slug), is_insider()
    asked = trail_pages.typed_filter(programme.id, AREAS, inside=inside)
    name = f"verlauf-{programme.slug}"
    return trail_exports.as_sheet(name, db.session(), programme.jobcenter_id, asked, inside=inside)


@pages.get("/programmes/<slug>/history.json")
@open_to(*READERS)
def data(slug: str) -> ResponseReturnValue:
    """The entries asked for, for programs."""
    programme, inside = load(slug), is_insider()
    asked = trail_pages.typed_filter(programme.id, AREAS, inside=inside)
    name = f"verlauf-{programme.slug}"
    return trail_exports.as_json(name, db.session(), programme.jobcenter_id, asked, inside=inside)
