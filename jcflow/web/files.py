"""Files of a programme: uploaded, listed, sent out as attachments, and pictures shown inside pages."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue

from jcflow.decisions.ballots import BallotState, current_ballot
from jcflow.errors import BadInput, NotAllowed, NotFound
from jcflow.opinions.board import opinions_of
from jcflow.procedure import Area, Role
from jcflow.programmes.chapters import Block, blocks_of, chapters_of
from jcflow.programmes.files import StoredFile, content_of, files_of, remove_file, store, stored_file
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.programme import EDITORS, INSIDERS, Programme, check_version, editing, may_edit
from jcflow.programmes.programme import all_programmes as programmes_of_house
from jcflow.programmes.versions import Version, visible_versions
from jcflow.web.database import db
from jcflow.web.figures import IMAGES, as_picture, pictures_in, pictures_of, shown_in
from jcflow.web.guard import READERS, open_to
from jcflow.web.paging import PAGE, Leaf, asked_id, leaf
from jcflow.web.programme_pages import allowed_visibility, is_insider, load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("files", __name__)

FILE_LABELS = {
    "attachment": "Anlage",
    "source": "Quelle",
    "figure": "Abbildung",
    "scan": "Scan",
    "carrier_targets": "Zielvorgaben der Träger",
}
KINDS = ("attachment", "source", "figure")
"""What an upload on this page may be; other kinds come about where they belong to."""
SEALED = "default-src 'none'; sandbox"
FROM_THE_BALLOT = frozenset({Role.STAFF, Role.ASSEMBLY_MEMBER})
"""Who may see the paper of a vote while the ballot is open: those who enter or confirm it; later the auditor too."""


@pages.get("/programmes/<slug>/files")
@open_to(*sorted(INSIDERS))
def show(slug: str) -> ResponseReturnValue:
    """All files of the programme, and the form to upload one."""
    return _list(load(slug), {"kind": "attachment", "title": "", "dated": ""}, {})


def _list(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    return page(
        "files/show.html",
        programme,
        "Dateien",
        leaf=_leaf(programme),
        labels=FILE_LABELS,
        kinds=[(kind, FILE_LABELS[kind]) for kind in KINDS],
        editable=may_edit(programme, Area.CHAPTERS, me().actor),
        typed=typed,
        errors=errors,
    )


def _leaf(programme: Programme) -> Leaf[StoredFile]:
    session, asked = db.session(), asked_id()
    after = stored_file(session, asked) if asked else None
    found = files_of(session, programme, after=after, limit=PAGE + 1)
    rows = [f for f in found[:PAGE] if may_read(programme, f)]
    key = str(found[PAGE - 1].id) if len(found) > PAGE else None
    return leaf("files.show", rows, key, begun=after is not None, slug=programme.slug)


@pages.post("/programmes/<slug>/files")
@open_to(*EDITORS)
def upload(slug: str) -> ResponseReturnValue:
    """Keep an uploaded file with the programme."""
    programme, typed = load(slug), Typed("kind", "title", "dated")
    try:
        _keep(programme, typed)
    except BadInput as error:
        return _list(programme, typed.values, error.problems), 422
    flash("Die Datei ist gespeichert.", "success")
    return redirect(url_for("files.show", slug=slug), 303)


def _keep(programme: Programme, typed: Typed) -> None:
    deed = editing(programme, Area.CHAPTERS, me().actor, at=moment())
    kind = typed.one_of("kind", KINDS, "Wählen Sie die Art der Datei aus.")
    dated = typed.day("dated") if typed.values["dated"] else None
    sent = typed.upload("file", "Wählen Sie eine Datei aus.")
    typed.check()
    assert sent is not None
    if kind == "figure":
        sent = as_picture(db.session(), programme, sent, "file")
    store(
        db.session(),
        programme,
        sent,
        subject_type="programme",
        subject_id=programme.id,
        deed=deed,
        kind=kind,
        title=typed.values["title"],
        dated=dated,
    )


@pages.get("/programmes/<slug>/files/<uuid:file_id>/remove")
@open_to(*EDITORS)
def confirm_removal(slug: str, file_id: UUID) -> ResponseReturnValue:
    """What removing a file means."""
    programme = load(slug)
    editing(programme, Area.CHAPTERS, me().actor, at=moment())
    stored = _own(programme, file_id)
    return page("files/remove.html", programme, "Datei entfernen", file=stored, used_in=_used_in(programme, stored))


@pages.post("/programmes/<slug>/files/<uuid:file_id>/remove")
@open_to(*EDITORS)
def remove(slug: str, file_id: UUID) -> ResponseReturnValue:
    """Take a file off the programme."""
    programme = load(slug)
    deed = editing(programme, Area.CHAPTERS, me().actor, at=moment())
    stored = _own(programme, file_id)
    check_version(stored, typed_version(), "Die Datei", {"title": stored.title})
    used_in = _used_in(programme, stored)
    if used_in:
        return page("files/remove.html", programme, "Datei entfernen", file=stored, used_in=used_in), 422
    remove_file(db.session(), stored, deed)
    flash("Die Datei ist entfernt. Versionen, zu denen sie gehört, behalten sie.", "success")
    return redirect(url_for("files.show", slug=slug), 303)


def _own(programme: Programme, file_id: UUID) -> StoredFile:
    """A file of the programme text; papers of opinions, votes and records are not removed here."""
    stored = stored_file(db.session(), file_id)
    if stored.programme_id != programme.id or stored.removed or stored.subject_type not in {"programme", "block"}:
        raise NotFound
    return stored


def _used_in(programme: Programme, stored: StoredFile) -> list[str]:
    """Titles of the chapters whose figures show the file."""
    session = db.session()
    if pictures_of(session, programme).get(stored.name) is not stored:
        return []
    blocks = blocks_of(session, programme)
    return [c.title for c in chapters_of(session, programme) if any(_shows(b, stored) for b in blocks.get(c.id, []))]


def _shows(block: Block, stored: StoredFile) -> bool:
    return block.kind is BlockKind.FIGURE and block.content.get("file") == stored.name


@pages.get("/files/<uuid:file_id>")
@open_to(*READERS)
def download(file_id: UUID) -> ResponseReturnValue:
    """A file, to be saved."""
    stored = _readable(file_id)
    content = BytesIO(content_of(db.session(), stored))
    sent = send_file(content, stored.media_type, as_attachment=True, download_name=stored.name, etag=stored.sha256)
    sent.headers["Content-Security-Policy"] = SEALED
    return sent


@pages.get("/files/<uuid:file_id>/image")
@open_to(*READERS)
def image(file_id: UUID) -> ResponseReturnValue:
    """A picture inside a page."""
    return image_response(_readable(file_id))


def image_response(stored: StoredFile) -> Response:
    """A PNG or JPEG to be shown inside a page, sealed off from everything else. The caller has checked the rights.

    Raises:
        NotFound: The file is no picture.
    """
    if stored.media_type not in IMAGES:
        raise NotFound
    sent = send_file(BytesIO(content_of(db.session(), stored)), stored.media_type, download_name=stored.name)
    sent.headers["Content-Security-Policy"] = SEALED
    return sent


def _readable(file_id: UUID) -> StoredFile:
    stored = stored_file(db.session(), file_id)
    programme = next(p for p in programmes_of_house(db.session()) if p.id == stored.programme_id)
    if not may_read(programme, stored):
        who = "das Gremienbüro und die Trägerversammlung" if stored.subject_type == "vote" else "das Jobcenter"
        raise NotAllowed(who)
    return stored


def may_read(programme: Programme, stored: StoredFile) -> bool:
    """Whether the visitor may have the file.

    Insiders get all but the papers of votes; the bodies get what belongs to the versions and opinions they read.
    """
    if stored.subject_type == "vote":
        ballot = current_ballot(db.session(), programme)
        is_over = ballot is None or ballot.state is BallotState.CONCLUDED
        return bool(me().roles & (FROM_THE_BALLOT | ({Role.AUDITOR} if is_over else set())))
    if is_insider():
        return True
    session = db.session()
    versions = visible_versions(session, programme, me().roles)
    if stored.kind == "carrier_targets" or stored.subject_type in {"record", "result"}:
        return bool(versions)
    if stored.subject_type == "opinion":
        given = next((o for o in opinions_of(session, programme) if o.id == stored.subject_id), None)
        return given is not None and any(v.id == given.version_id for v in versions)
    return any(_is_shown(version, stored) for version in versions)


def _is_shown(version: Version, stored: StoredFile) -> bool:
    """Whether a figure the visitor may see in the version shows the file."""
    pictures = pictures_in(version)
    if stored.id not in pictures.values():
        return False
    names = shown_in(seen_by(version.document, allowed_visibility()))
    return any(pictures.get(name) == stored.id for name in names)
