"""What everybody may read: published programmes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import AuditEvent
from jcflow.clock import local_day
from jcflow.database import serve
from jcflow.decisions.ballots import current_ballot
from jcflow.decisions.records import record_of, results_of
from jcflow.errors import NotFound
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.files import stored_file
from jcflow.programmes.milestones import published, seen_by
from jcflow.programmes.programme import Programme, by_slug
from jcflow.programmes.versions import Version, version_by_id
from jcflow.web.content import parts_of
from jcflow.web.database import db
from jcflow.web.figures import pictures_in, shown_in
from jcflow.web.files import image_response
from jcflow.web.grids import Grid, grids_of
from jcflow.web.guard import open_to_public
from jcflow.web.publication import PUBLIC
from jcflow.web.text import accepted_reasons

pages = Blueprint("public", __name__)

DECIDED_BY = {"committee": "vom Kreisausschuss", "council": "vom Kreistag"}


@dataclass(frozen=True)
class Published:
    """A published programme, of which only the public part is left."""

    house: Jobcenter
    programme: Programme
    version: Version
    document: Document

    @property
    def pictures(self) -> dict[str, UUID]:
        """Name to file id of the pictures that public figures show."""
        shown = shown_in(self.document)
        return {name: file_id for name, file_id in pictures_in(self.version).items() if name in shown}

    def picture_href(self, name: str) -> str | None:
        """Public address of a picture."""
        file_id = self.pictures.get(name)
        if file_id is None:
            return None
        return url_for("public.figure", jobcenter=self.house.key, slug=self.programme.slug, file_id=file_id)


@contextmanager
def _published(jobcenter: str, slug: str) -> Iterator[Published]:
    """The published programme at a public address; inside, the session serves its Jobcenter.

    Raises:
        NotFound: There is none, or it is not published: both look the same.
    """
    session = db.session()
    house = next((h for h in all_jobcenters(session) if h.key == jobcenter), None)
    if house is None:
        raise NotFound
    own = session.info.get("jobcenter_id")
    serve(session, house.id)
    try:
        programme = by_slug(session, slug)
        if programme.published_version_id is None:
            raise NotFound
        version = version_by_id(session, programme.published_version_id)
        yield Published(house, programme, version, seen_by(version.document, PUBLIC))
    finally:
        session.info["jobcenter_id"] = own
        if own is None:
            del session.info["jobcenter_id"]


@pages.get("/public")
@open_to_public
def index() -> ResponseReturnValue:
    """Every Jobcenter with what it has published."""
    session = db.session()
    found: dict[UUID, list[Programme]] = {}
    for programme in published(session):
        found.setdefault(programme.jobcenter_id, []).append(programme)
    return render_template("public/index.html", houses=[(h, found.get(h.id, [])) for h in all_jobcenters(session)])


@pages.get("/public/<jobcenter>/<slug>")
@open_to_public
def show(jobcenter: str, slug: str) -> ResponseReturnValue:
    """A published programme to read."""
    with _published(jobcenter, slug) as one:
        accepted = accepted_reasons(one.programme)
        values: dict[str, Any] = {
            "one": one,
            "parts": parts_of(one.document, figure_href=one.picture_href, accepted=accepted),
            "budgets": _budgets(one),
            "decided": _decided(one.programme),
            "published_on": _published_on(one.programme),
        }
    return render_template("public/show.html", **values)


@pages.get("/public/<jobcenter>/<slug>/budget")
@open_to_public
def budget(jobcenter: str, slug: str) -> ResponseReturnValue:
    """The budget tables of a published programme."""
    with _published(jobcenter, slug) as one:
        budgets = _budgets(one)
    return render_template("public/budget.html", one=one, budgets=budgets)


@pages.get("/public/<jobcenter>/<slug>/figures/<uuid:file_id>")
@open_to_public
def figure(jobcenter: str, slug: str, file_id: UUID) -> Response:
    """A picture that a public figure shows."""
    with _published(jobcenter, slug) as one:
        if file_id not in one.pictures.values():
            raise NotFound
        return image_response(stored_file(db.session(), file_id))


def _budgets(one: Published) -> list[Grid]:
    found = grids_of(one.document, accepted_reasons(one.programme))
    return [grid for of, grid in found.items() if of.startswith("budget_tables/")]


def _decided(programme: Programme) -> tuple[str, date] | None:
    """Who resolved the programme, and when."""
    session = db.session()
    written = record_of(session, current_ballot(session, programme))
    if written is not None and written.counts:
        return "von der Trägerversammlung", written.decided_on
    last = next((r for r in results_of(session, programme) if r.outcome == "adopted"), None)
    return (DECIDED_BY[last.body], last.met_on) if last else None


def _published_on(programme: Programme) -> date | None:
    """The day the programme was published last."""
    about = select_events(programme.jobcenter_id).where(AuditEvent.object_id == programme.id).limit(20)
    at = next((e.at for e in entries(db.session(), about) if "published_version_id" in e.changes), None)
    return local_day(at) if at else None
