"""The list of programmes, the overview of one, and opening the next cycle."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import BadInput
from jcflow.process.opening import open_cycle
from jcflow.programmes import programme as programmes
from jcflow.programmes.cycle import next_period
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.programmes.programme import EDITORS, Programme
from jcflow.web import overview
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.labels import KIND_LABELS
from jcflow.web.paging import PAGE, Leaf, leaf
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.since_spoken import since_spoken
from jcflow.web.typed import day_of
from jcflow.web.visitors import me, moment

pages = Blueprint("programmes", __name__)

MOST_VERSIONS = 20
"""Versions that stand on the overview at once."""


@pages.get("/programmes")
@open_to(*READERS)
def index() -> ResponseReturnValue:
    """All programmes of the Jobcenter, the newest first."""
    session, slug = db.session(), request.args.get("after", "")
    after = programmes.known_slug(session, slug) if slug else None
    found = programmes.newest_programmes(session, after=after, limit=PAGE + 1)
    key = found[PAGE - 1].slug if len(found) > PAGE else None
    shown = leaf("programmes.index", found[:PAGE], key, begun=after is not None)
    return render_template("programmes/index.html", leaf=shown, may_open=bool(me().roles & set(EDITORS)))


@pages.get("/programmes/<slug>")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """What this is, who must act until when, and how far it has come."""
    programme, session = load(slug), db.session()
    versions = _versions(programme)
    return page(
        "programmes/show.html",
        programme,
        next=overview.next_step(session, programme, me(), moment()),
        offers=overview.offers(session, programme, me(), moment()),
        steps=overview.stepper(session, programme),
        tiles=overview.tiles(session, programme, insider=is_insider()),
        versions=versions,
        since=since_spoken(programme),
        insider=is_insider(),
    )


def _versions(programme: Programme) -> Leaf[overview.VersionRow]:
    rows, asked = overview.version_rows(db.session(), programme, me().roles), request.args.get("after", "")
    behind = next((place for place, row in enumerate(rows, 1) if str(row.version.number) == asked), 0)
    shown = rows[behind : behind + MOST_VERSIONS]
    key = str(shown[-1].version.number) if len(rows) > behind + MOST_VERSIONS else None
    return leaf("programmes.show", shown, key, begun=behind > 0, slug=programme.slug)


@pages.get("/programmes/new")
@open_to(*EDITORS)
def new() -> ResponseReturnValue:
    """Open the next cycle: what it begins with."""
    previous = _previous()
    head = _suggested(previous)
    return _new_page(previous, {"kind": head.kind.value, "title": head.title, **_dates(head)}, {})


def _previous() -> Programme | None:
    alive = [p for p in programmes.all_programmes(db.session()) if p.state != "withdrawn"]
    return alive[0] if alive else None


def _suggested(previous: Programme | None) -> ProgrammeHead:
    if previous is None:
        year = moment().year + 1
        kind = ProgrammeKind.AMIP
        return ProgrammeHead(kind, f"{KIND_LABELS[kind]} {year}", date(year, 1, 1), date(year, 12, 31))
    head = ProgrammeHead(previous.kind, previous.title, previous.period_from, previous.period_to)
    first, last = next_period(head)
    title = head.title.replace(str(head.period_from.year), str(first.year))
    return ProgrammeHead(head.kind, title, first, last)


def _dates(head: ProgrammeHead) -> dict[str, str]:
    return {"period_from": head.period_from.isoformat(), "period_to": head.period_to.isoformat()}


def _new_page(previous: Programme | None, typed: dict[str, str], errors: dict[str, str]) -> str:
    kinds = [(kind.value, label) for kind, label in KIND_LABELS.items()]
    return render_template("programmes/new.html", previous=previous, typed=typed, errors=errors, kinds=kinds)


@pages.post("/programmes/new")
@open_to(*EDITORS)
def open_new() -> ResponseReturnValue:
    """Open the next cycle."""
    previous = _previous() if request.form.get("take_over") else None
    typed = {name: request.form.get(name, "") for name in ("kind", "title", "period_from", "period_to")}
    try:
        head = _typed_head(typed)
        opened = open_cycle(db.session(), me().house, head, previous=previous, actor=me().actor, at=moment())
    except BadInput as error:
        return _new_page(_previous(), typed, error.problems), 422
    flash("Das neue Programm ist eröffnet.", "success")
    return redirect(url_for("programmes.show", slug=opened.slug), 303)


def _typed_head(typed: dict[str, str]) -> ProgrammeHead:
    problems, days = dict[str, str](), dict[str, date]()
    for name in ("period_from", "period_to"):
        found = day_of(typed[name])
        if found is not None:
            days[name] = found
        else:
            problems[name] = "Geben Sie einen Tag ein, zum Beispiel 01.01.2027."
    if typed["kind"] not in {kind.value for kind in ProgrammeKind}:
        problems["kind"] = "Wählen Sie die Art des Programms aus."
    if problems:
        raise BadInput(problems)
    return ProgrammeHead(ProgrammeKind(typed["kind"]), typed["title"].strip(), days["period_from"], days["period_to"])
