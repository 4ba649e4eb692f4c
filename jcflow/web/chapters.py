"""Chapters of a programme: added, renamed, moved, removed and brought back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.audit.trail import Deed
from jcflow.errors import BadInput
from jcflow.procedure import Area
from jcflow.programmes import chapters
from jcflow.programmes.chapters import Chapter
from jcflow.programmes.live import block_of, document_of
from jcflow.programmes.programme import EDITORS, Programme, check_columns, editing
from jcflow.web.content import outline, parts_of
from jcflow.web.database import db
from jcflow.web.figures import draft_href
from jcflow.web.guard import open_to
from jcflow.web.labels import BLOCK_LABELS, VISIBILITY_LABELS
from jcflow.web.noted import noted
from jcflow.web.programme_pages import gone, load, page
from jcflow.web.steps import typed_version
from jcflow.web.visitors import me, moment
from jcflow.web.writers import writers_of

pages = Blueprint("chapters", __name__)

REMOVED = "Entfernte Kapitel und Abschnitte"
"""Title of the page where they are brought back."""


def writing(programme: Programme) -> Deed:
    """The deed with which the visitor changes the text.

    Raises:
        NotAllowed: The visitor writes nothing here.
        StepNotPossible: The state does not let the text be changed.
    """
    return editing(programme, Area.CHAPTERS, me().actor, at=moment())


def standing(programme: Programme, key: str) -> Chapter:
    """The chapter of this key that is not removed.

    Raises:
        NotFound: There is none.
        Removed: It was removed while its form was open.
    """
    found = chapters.chapter(db.session(), programme, key)
    if found.removed:
        raise gone("Das Kapitel", REMOVED)
    return found


def back_to(programme: Programme, one: Chapter) -> ResponseReturnValue:
    """To the page where the chapter is edited."""
    return redirect(url_for("chapters.edit", slug=programme.slug, chapter=one.key), 303)


@pages.get("/programmes/<slug>/text/new")
@open_to(*EDITORS)
def new(slug: str) -> ResponseReturnValue:
    """The form for another chapter."""
    programme = load(slug)
    writing(programme)
    return _new_page(programme, {"title": "", "number": "", "parent": request.args.get("parent", "")}, {})


def _new_page(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    present = chapters.chapters_of(db.session(), programme)
    parents = [("", "Keinem Kapitel")] + [(c.key, f"{c.number} {c.title}" if c.number else c.title) for c in present]
    return page("text/new.html", programme, "Kapitel hinzufügen", parents=parents, typed=typed, errors=errors)


@pages.post("/programmes/<slug>/text/new")
@open_to(*EDITORS)
def add(slug: str) -> ResponseReturnValue:
    """Add a chapter."""
    programme = load(slug)
    typed = {name: request.form.get(name, "") for name in ("title", "number", "parent")}
    title, number, parent = typed["title"], typed["number"], typed["parent"] or None
    deed = writing(programme)
    try:
        added = chapters.add_chapter(db.session(), programme, title=title, number=number, parent_key=parent, deed=deed)
    except BadInput as error:
        return _new_page(programme, typed, error.problems), 422
    flash("Das Kapitel ist angelegt.", "success")
    return back_to(programme, added)


@pages.get("/programmes/<slug>/text/<chapter>/edit")
@open_to(*EDITORS)
def edit(slug: str, chapter: str) -> ResponseReturnValue:
    """A chapter with its heading and its blocks, each with what can be done to it."""
    programme = load(slug)
    writing(programme)
    one = standing(programme, chapter)
    return _edit_page(programme, one, {"title": one.title, "number": one.number or ""}, {})


def _edit_page(programme: Programme, one: Chapter, typed: dict[str, str], errors: dict[str, str]) -> str:
    session = db.session()
    blocks = chapters.blocks_of(session, programme).get(one.id, [])
    document = document_of(session, programme)
    parts = parts_of(
        document,
        figure_href=draft_href(session, programme),
        unreviewed={one.key: [b.unreviewed for b in blocks]},
        inside=True,
    )
    part = next(p for p in parts if p.chapter.key == one.key)
    return page(
        "text/edit.html",
        programme,
        "Kapitel bearbeiten",
        chapter=one,
        blocks=list(zip(blocks, part.blocks, strict=True)),
        writers=writers_of(programme),
        notes=noted(programme).of(one.key),
        kinds=[(kind.value, label) for kind, label in BLOCK_LABELS.items()],
        labels=BLOCK_LABELS,
        visibility=VISIBILITY_LABELS,
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/text/<chapter>/edit")
@open_to(*EDITORS)
def rename(slug: str, chapter: str) -> ResponseReturnValue:
    """Give a chapter another heading."""
    programme = load(slug)
    one, deed = standing(programme, chapter), writing(programme)
    typed = {name: request.form.get(name, "") for name in ("title", "number")}
    try:
        mine = {"title": typed["title"], "number": typed["number"]}
        check_columns(db.session(), one, typed_version(), "Das Kapitel", mine)
        chapters.rename_chapter(db.session(), one, title=typed["title"], number=typed["number"], deed=deed)
    except BadInput as error:
        return _edit_page(programme, one, typed, error.problems), 422
    flash("Die Überschrift ist gespeichert.", "success")
    return back_to(programme, one)


@pages.post("/programmes/<slug>/text/<chapter>/move")
@open_to(*EDITORS)
def move(slug: str, chapter: str) -> ResponseReturnValue:
    """Move a chapter up or down among its neighbours."""
    programme = load(slug)
    one, deed = standing(programme, chapter), writing(programme)
    check_columns(db.session(), one, typed_version(), "Das Kapitel", {}, "position", "removed")
    chapters.move_chapter(db.session(), programme, one, down=request.form.get("direction") == "down", deed=deed)
    flash("Die Reihenfolge ist geändert.", "success")
    return back_to(programme, one)


@pages.get("/programmes/<slug>/text/<chapter>/remove")
@open_to(*EDITORS)
def confirm_removal(slug: str, chapter: str) -> ResponseReturnValue:
    """What removing a chapter takes along."""
    programme = load(slug)
    writing(programme)
    one = standing(programme, chapter)
    present = chapters.chapters_of(db.session(), programme)
    below = [c for c in present if one in chapters.ancestors(present, c)]
    blocks = chapters.blocks_of(db.session(), programme)
    count = sum(len(blocks.get(c.id, [])) for c in [one, *below])
    return page("text/remove.html", programme, "Kapitel entfernen", chapter=one, below=below, count=count)


@pages.post("/programmes/<slug>/text/<chapter>/remove")
@open_to(*EDITORS)
def remove(slug: str, chapter: str) -> ResponseReturnValue:
    """Remove a chapter with all below it."""
    programme = load(slug)
    one, deed = standing(programme, chapter), writing(programme)
    check_columns(db.session(), one, typed_version(), "Das Kapitel", {}, "title", "number", "removed")
    chapters.remove_chapter(db.session(), programme, one, deed)
    flash("Das Kapitel ist entfernt. Sie können es wiederherstellen.", "success")
    return redirect(url_for("chapters.removed", slug=slug), 303)


@pages.get("/programmes/<slug>/text/removed")
@open_to(*EDITORS)
def removed(slug: str) -> ResponseReturnValue:
    """Removed chapters, and removed blocks of chapters that stand."""
    programme, session = load(slug), db.session()
    writing(programme)
    gone = chapters.blocks_of(session, programme, removed=True)
    standing_now = chapters.chapters_of(session, programme)
    return page(
        "text/removed.html",
        programme,
        REMOVED,
        chapters=chapters.chapters_of(session, programme, removed=True),
        blocks=[(c, b, outline(block_of(b))) for c in standing_now for b in gone.get(c.id, [])],
        labels=BLOCK_LABELS,
    )


@pages.post("/programmes/<slug>/text/<chapter>/restore")
@open_to(*EDITORS)
def restore(slug: str, chapter: str) -> ResponseReturnValue:
    """Bring a removed chapter back."""
    programme = load(slug)
    deed = writing(programme)
    one = chapters.chapter(db.session(), programme, chapter)
    check_columns(db.session(), one, typed_version(), "Das Kapitel", {}, "removed")
    chapters.restore_chapter(db.session(), programme, one, deed)
    flash("Das Kapitel ist wiederhergestellt.", "success")
    return back_to(programme, one)
