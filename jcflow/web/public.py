"""What the public reads: published programmes, without names of people, without cookies."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters, by_key
from jcflow.amendments.amendment import Amendment, decided_since
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.clock import local_day
from jcflow.database import serve
from jcflow.decisions.ballots import current_ballot
from jcflow.decisions.records import record_of, results_of
from jcflow.errors import NotFound
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.files import stored_file
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.milestones import published, seen_by
from jcflow.programmes.programme import Programme, by_slug
from jcflow.programmes.versions import Version, version_by_id
from jcflow.web.content import FigureHref, parts_of
from jcflow.web.database import db
from jcflow.web.figures import pictures_in, shown_in
from jcflow.web.files import image_response
from jcflow.web.grids import grids_of
from jcflow.web.guard import open_to_public
from jcflow.web.paging import PAGE, leaf
from jcflow.web.text import accepted_reasons

pages = Blueprint("public", __name__)

TO_ALL = frozenset({Visibility.PUBLIC})


@pages.get("/public")
@open_to_public
def index() -> ResponseReturnValue:
    """Every published programme, by Jobcenter."""
    session, key = db.session(), request.args.get("after", "")
    after = by_key(session, key) if key else None
    houses = all_jobcenters(session, after=after, limit=PAGE + 1)
    found: dict[UUID, list[Programme]] = {house.id: [] for house in houses[:PAGE]}
    for programme in published(session, found):
        found[programme.jobcenter_id].append(programme)
    rows = [(house, found[house.id]) for house in houses[:PAGE]]
    last = houses[PAGE - 1].key if len(houses) > PAGE else None
    return render_template("public/index.html", leaf=leaf("public.index", rows, last, begun=after is not None))


def _published(key: str, slug: str) -> tuple[Jobcenter, Programme, Version]:
    """The published version of a programme.

    Raises:
        NotFound: There is none: unknown, withdrawn or not published, all the same.
    """
    session = db.session()
    house = by_key(session, key)
    serve(session, house.id)
    programme = by_slug(session, slug)
    if programme.published_version_id is None:
        raise NotFound
    return house, programme, version_by_id(session, programme.published_version_id)


def shown_to_all(version: Version) -> Document:
    """The part of a version that everybody may see."""
    return seen_by(version.document, TO_ALL)


@pages.get("/public/<jobcenter>/<slug>")
@open_to_public
def show(jobcenter: str, slug: str) -> ResponseReturnValue:
    """One programme, whole."""
    house, programme, version = _published(jobcenter, slug)
    document = shown_to_all(version)
    pictures = _pictures(house, programme, version, document)
    parts = parts_of(document, figure_href=pictures, accepted=accepted_reasons(programme, version))
    return render_template(
        "public/show.html",
        jobcenter=house,
        programme=programme,
        version=version,
        parts=parts,
        has_budget=bool(document.budget_tables),
        decided=_decided(programme),
        published_on=_published_on(programme),
        amended=_amended(programme, version, document),
    )


def _amended(programme: Programme, version: Version, document: Document) -> list[Amendment]:
    """The amendments that the version does not hold yet; none where its budget is not shown."""
    return decided_since(db.session(), programme, version) if document.budget_tables else []


def _pictures(house: Jobcenter, programme: Programme, version: Version, document: Document) -> FigureHref:
    shown = {name: file_id for name, file_id in pictures_in(version).items() if name in shown_in(document)}

    def address(name: str) -> str | None:
        if name not in shown:
            return None
        return url_for("public.figure", jobcenter=house.key, slug=programme.slug, file_id=shown[name])

    return address


def _decided(programme: Programme) -> tuple[str, date] | None:
    """Who resolved the programme, and when: by the carrier assembly's record, or by the council's sitting."""
    session = db.session()
    written = record_of(session, current_ballot(session, programme))
    if written is not None and written.counts:
        return "von der Trägerversammlung", written.decided_on
    adopted = next((r for r in results_of(session, programme) if r.outcome == "adopted"), None)
    return ("vom Kreistag", adopted.met_on) if adopted else None


def _published_on(programme: Programme) -> date | None:
    """The day the programme was published last."""
    about = select_events(programme.jobcenter_id).where(AuditEvent.object_id == programme.id)
    at = next((e.at for e in entries(db.session(), about) if "published_version_id" in e.changes), None)
    return local_day(at) if at else None


@pages.get("/public/<jobcenter>/<slug>/budget")
@open_to_public
def budget(jobcenter: str, slug: str) -> ResponseReturnValue:
    """The budget tables of a published programme."""
    house, programme, version = _published(jobcenter, slug)
    document = shown_to_all(version)
    grids = grids_of(document, accepted_reasons(programme, version))
    shown = [(t, grids[f"budget_tables/{t.key}"]) for t in document.budget_tables if f"budget_tables/{t.key}" in grids]
    frozen_on = local_day(version.frozen_at)
    return render_template(
        "public/budget.html",
        jobcenter=house,
        programme=programme,
        tables=shown,
        frozen_on=frozen_on,
        amended=_amended(programme, version, document),
    )


@pages.get("/public/<jobcenter>/<slug>/figures/<uuid:file_id>")
@open_to_public
def figure(jobcenter: str, slug: str, file_id: UUID) -> ResponseReturnValue:
    """A picture that the published version shows to everybody."""
    _, _, version = _published(jobcenter, slug)
    shown = shown_in(shown_to_all(version))
    if file_id not in {known for name, known in pictures_in(version).items() if name in shown}:
        raise NotFound
    return image_response(stored_file(db.session(), file_id))
