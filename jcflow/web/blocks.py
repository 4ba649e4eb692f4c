"""Blocks of a chapter: added, edited one at a time, confirmed, moved, removed and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotFound, Stale
from jcflow.programmes import chapters, ordering, presence
from jcflow.programmes.chapters import Block, Chapter
from jcflow.programmes.files import Upload, store
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import EDITORS, Programme, check_columns
from jcflow.programmes.wording.references import Figures
from jcflow.web import block_forms
from jcflow.web.block_forms import Typed
from jcflow.web.chapters import REMOVED, back_to, standing, writing
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.figures import as_picture, pictures_of
from jcflow.web.grids import register_titles
from jcflow.web.guard import open_to
from jcflow.web.labels import BLOCK_LABELS, VISIBILITY_LABELS
from jcflow.web.markdown import render
from jcflow.web.programme_pages import gone, load, page
from jcflow.web.steps import typed_version
from jcflow.web.transaction import keep
from jcflow.web.visitors import me, moment
from jcflow.web.writers import writers_of

pages = Blueprint("blocks", __name__)


def _kind(name: str) -> BlockKind:
    if name not in set(BlockKind):
        raise NotFound
    return BlockKind(name)


def _present(programme: Programme, block_id: UUID) -> tuple[Block, Chapter]:
    """A block that is not removed, and its chapter."""
    found = chapters.block(db.session(), programme, block_id)
    holder = next((c for c in chapters.chapters_of(db.session(), programme) if c.id == found.chapter_id), None)
    if found.removed or holder is None:
        raise gone("Der Abschnitt", REMOVED)
    return found, holder


def _registers(programme: Programme) -> Mapping[str, str]:
    return register_titles(document_of(db.session(), programme))


def _form(
    programme: Programme,
    into: Chapter,
    typed: Typed,
    errors: dict[str, str],
    *,
    row: Block | None,
    preview: bool = False,
) -> str:
    pictures = pictures_of(db.session(), programme)
    figures = Figures(document_of(db.session(), programme), inside=True)
    label = BLOCK_LABELS[typed.kind]
    is_text = typed.kind is BlockKind.TEXT
    return page(
        "text/block.html",
        programme,
        f"{label} bearbeiten" if row else f"{label} hinzufügen",
        chapter=into,
        row=row,
        writing=writers_of(programme).get(row.id, []) if row else [],
        label=label,
        typed=typed,
        errors=errors,
        registers=[("", "Bitte auswählen"), *_registers(programme).items()],
        pictures=[("", "Kein vorhandenes Bild"), *((name, stored.title) for name, stored in pictures.items())],
        visibility=[(v.value, text) for v, text in VISIBILITY_LABELS.items()],
        preview=render(typed.values["markdown"], shift=3, figures=figures) if preview and is_text else None,
        figures=figures.all() if is_text or typed.kind is BlockKind.TABLE else [],
    )


@pages.get("/programmes/<slug>/text/<chapter>/blocks/new")
@open_to(*EDITORS)
def new(slug: str, chapter: str) -> ResponseReturnValue:
    """The form for another block of a chapter."""
    programme = load(slug)
    writing(programme)
    kind = _kind(request.args.get("kind", "text"))
    return _form(programme, standing(programme, chapter), block_forms.blank(kind), {}, row=None)


@pages.post("/programmes/<slug>/text/<chapter>/blocks/preview")
@open_to(*EDITORS, one_time=False)
def preview_new(slug: str, chapter: str) -> ResponseReturnValue:
    """The form of a new block again, with its text as it will look or its table changed; nothing is saved."""
    programme = load(slug)
    writing(programme)
    typed = _changed(block_forms.posted(_kind(request.form.get("kind", ""))))
    return _form(programme, standing(programme, chapter), typed, {}, row=None, preview=True)


def _changed(typed: Typed) -> Typed:
    if typed.kind is BlockKind.TABLE:
        typed.change_table(request.form.get("do", ""))
    return typed


@pages.post("/programmes/<slug>/text/<chapter>/blocks/new")
@open_to(*EDITORS)
def add(slug: str, chapter: str) -> ResponseReturnValue:
    """Add a block at the end of a chapter."""
    programme = load(slug)
    deed, into = writing(programme), standing(programme, chapter)
    typed = block_forms.posted(_kind(request.form.get("kind", "")))
    try:
        picture = _picture(programme, typed)
        content = typed.content(_registers(programme))
    except BadInput as error:
        return _form(programme, into, typed, error.problems, row=None), 422
    visibility = Visibility(typed.visibility)
    fresh = chapters.add_block(db.session(), into, typed.kind, content, deed=deed, visibility=visibility)
    _keep_picture(programme, fresh, picture, deed)
    flash("Der Abschnitt ist gespeichert.", "success")
    return back_to(programme, into)


def _picture(programme: Programme, typed: Typed) -> Upload | None:
    """The picture that came with the form; it takes the place of one chosen from the list."""
    sent = request.files.get("picture")
    if typed.kind is not BlockKind.FIGURE or sent is None or not sent.filename:
        if typed.kind is BlockKind.FIGURE and typed.values["file"] not in {"", *pictures_of(db.session(), programme)}:
            typed.values["file"] = ""
        return None
    picture = as_picture(db.session(), programme, Upload(sent.filename, sent.stream.read()), "picture")
    typed.values["file"] = picture.name
    return picture


def _keep_picture(programme: Programme, row: Block, picture: Upload | None, deed: Deed) -> None:
    if picture is None:
        return
    title = str(row.content["caption"])
    tied = row.id
    store(
        db.session(), programme, picture, subject_type="block", subject_id=tied, deed=deed, kind="figure", title=title
    )


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/begin")
@open_to(*EDITORS)
def begin(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Go to the form of a block and let the others see who is at it."""
    programme = load(slug)
    writing(programme)
    row, _ = _present(programme, block_id)
    presence.come(db.session(), row, me().person.id, moment())
    return redirect(url_for("blocks.edit", slug=slug, block_id=block_id), 303)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/leave")
@open_to(*EDITORS)
def leave(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Give up writing at a block; nothing is saved."""
    programme = load(slug)
    row = chapters.block(db.session(), programme, block_id)
    presence.leave(db.session(), row, me().person.id)
    holder = next((c for c in chapters.chapters_of(db.session(), programme) if c.id == row.chapter_id), None)
    return back_to(programme, holder) if holder else redirect(url_for("text.show", slug=slug), 303)


@pages.get("/programmes/<slug>/text/blocks/<uuid:block_id>/edit")
@open_to(*EDITORS)
def edit(slug: str, block_id: UUID) -> ResponseReturnValue:
    """The form of a block."""
    programme = load(slug)
    writing(programme)
    row, into = _present(programme, block_id)
    return _form(programme, into, block_forms.stored(row.kind, row.content, row.visibility), {}, row=row)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/preview")
@open_to(*EDITORS, one_time=False)
def preview(slug: str, block_id: UUID) -> ResponseReturnValue:
    """The form of a block again, with its text as it will look or its table changed; saved is only who is at it."""
    programme = load(slug)
    writing(programme)
    row, into = _present(programme, block_id)
    presence.come(db.session(), row, me().person.id, moment())
    keep()
    typed = _changed(block_forms.posted(row.kind))
    return _form(programme, into, typed, {}, row=row, preview=True)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/edit")
@open_to(*EDITORS)
def save(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Save a block."""
    programme = load(slug)
    deed = writing(programme)
    row, into = _present(programme, block_id)
    typed = block_forms.posted(row.kind)
    try:
        _check_fresh(programme, row, typed)
        picture = _picture(programme, typed)
        content = typed.content(_registers(programme))
    except BadInput as error:
        return _form(programme, into, typed, error.problems, row=row), 422
    except Stale as stale:
        again = url_for("blocks.preview", slug=slug, block_id=block_id)
        return conflict_page(stale, form_again=again), 409
    chapters.save_block(db.session(), row, content, Visibility(typed.visibility), deed)
    presence.leave(db.session(), row, me().person.id)
    _keep_picture(programme, row, picture, deed)
    flash("Der Abschnitt ist gespeichert.", "success")
    return back_to(programme, into)


def _check_fresh(programme: Programme, row: Block, typed: Typed) -> None:
    """Refuse a form that was opened before somebody else saved the block, with both texts in words."""
    try:
        _check_row(row, "content", "visibility")
    except Stale as stale:
        registers = _registers(programme)
        theirs = block_forms.stored(row.kind, row.content, row.visibility)
        raise stale.put(typed.as_read(registers), theirs.as_read(registers)) from stale


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/confirm")
@open_to(*EDITORS)
def confirm(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Confirm a block taken over from last year as it is."""
    programme = load(slug)
    deed = writing(programme)
    row, into = _present(programme, block_id)
    _check_row(row, "content", "visibility", "unreviewed", "removed")
    chapters.confirm_block(db.session(), row, deed)
    flash("Der Abschnitt gilt unverändert weiter.", "success")
    return back_to(programme, into)


def _check_row(row: Block, *columns: str) -> None:
    """Refuse a form that was opened before somebody else changed one of these columns of the block."""
    check_columns(db.session(), row, typed_version(), "Der Abschnitt", {}, *columns)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/move")
@open_to(*EDITORS)
def move(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Move a block up or down in its chapter."""
    programme = load(slug)
    deed = writing(programme)
    row, into = _present(programme, block_id)
    _check_row(row, "position", "removed")
    chapters.move_block(db.session(), row, down=request.form.get("direction") == "down", deed=deed)
    flash("Die Reihenfolge ist geändert.", "success")
    return back_to(programme, into)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/remove")
@open_to(*EDITORS)
def remove(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Remove a block; it can be brought back."""
    programme = load(slug)
    deed = writing(programme)
    row, into = _present(programme, block_id)
    _check_row(row, "content", "visibility", "removed")
    ordering.remove(db.session(), row, deed)
    flash(f"Der Abschnitt ist entfernt. Sie finden ihn unter „{REMOVED}“.", "success")
    return back_to(programme, into)


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/restore")
@open_to(*EDITORS)
def restore(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Bring a removed block back to where it stood."""
    programme = load(slug)
    deed = writing(programme)
    row = chapters.block(db.session(), programme, block_id)
    _check_row(row, "removed")
    if row.kind is BlockKind.REGISTER and row.content["of"] not in _registers(programme):
        raise BadInput({"of": "Diese Übersicht gibt es nicht mehr. Stellen Sie zuerst die Übersicht wieder her."})
    ordering.restore(db.session(), row, deed)
    flash("Der Abschnitt ist wiederhergestellt.", "success")
    return redirect(url_for("text.show", slug=slug), 303)
