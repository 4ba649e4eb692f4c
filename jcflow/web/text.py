"""The text of a programme: its chapters and blocks, read."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from jcflow.procedure import Area
from jcflow.programmes.acceptances import accepted_of
from jcflow.programmes.chapters import blocks_of, chapters_of
from jcflow.programmes.programme import Programme, may_edit
from jcflow.programmes.versions import Version
from jcflow.web.content import FigureHref, Part, parts_of, with_writers
from jcflow.web.database import db
from jcflow.web.figures import draft_href, version_href
from jcflow.web.grids import AcceptedReasons
from jcflow.web.guard import READERS, open_to
from jcflow.web.programme_pages import load, page, readable_document
from jcflow.web.visitors import me
from jcflow.web.writers import writers_of

pages = Blueprint("text", __name__)


@pages.get("/programmes/<slug>/text")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """All chapters: the working draft for insiders, the newest version put before them for the bodies."""
    programme = load(slug)
    document, version = readable_document(programme)
    parts = parts_of(
        document,
        figure_href=pictures(programme, version),
        unreviewed=_unreviewed(programme) if version is None else None,
        accepted=accepted_reasons(programme, version),
        inside=version is None,
    )
    editable = version is None and may_edit(programme, Area.CHAPTERS, me().actor)
    if editable:
        parts = _with_writers(programme, parts)
    return page("text/show.html", programme, "Programmtext", parts=parts, version=version, editable=editable)


def _with_writers(programme: Programme, parts: list[Part]) -> list[Part]:
    writers = writers_of(programme)
    if not writers:
        return parts
    blocks = blocks_of(db.session(), programme)
    places = {
        c.key: {n: writers[b.id] for n, b in enumerate(blocks.get(c.id, [])) if b.id in writers}
        for c in chapters_of(db.session(), programme)
    }
    return with_writers(parts, places)


def pictures(programme: Programme, version: Version | None) -> FigureHref:
    """Where the pictures of what is shown are."""
    return draft_href(db.session(), programme) if version is None else version_href(version)


def accepted_reasons(programme: Programme, version: Version | None = None) -> AcceptedReasons:
    """Why differences of figures were accepted; a version's own words go before those on record now."""
    found = {key: row.reason for key, row in accepted_of(db.session(), programme).items()}
    return found if version is None else found | {key: one.reason for key, one in version.accepted.items()}


def _unreviewed(programme: Programme) -> dict[str, list[bool]]:
    session = db.session()
    blocks = blocks_of(session, programme)
    return {c.key: [b.unreviewed for b in blocks.get(c.id, [])] for c in chapters_of(session, programme)}
