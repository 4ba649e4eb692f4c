"""Chapters and their blocks: the text of a programme. One block is saved at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.trail import Deed, audited, record, record_all
from jcflow.errors import BadInput, NotFound
from jcflow.programmes import ordering
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.ordering import Ordered
from jcflow.programmes.programme import Programme

LONGEST_TITLE = 300


class Chapter(Ordered):
    """A chapter; its order is that of the whole programme, its parent stands before it."""

    __tablename__ = "chapter"
    __table_args__ = audited(UniqueConstraint("programme_id", "key"), programme_id="programme", parent_id="chapter")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "key", "number", "title", "parent_id", "position", "removed"}
    )

    programme_id: Mapped[UUID]
    key: Mapped[str]
    number: Mapped[str | None]
    title: Mapped[str]
    parent_id: Mapped[UUID | None]


class Block(Ordered):
    """A text, table, figure or register view in a chapter."""

    __tablename__ = "block"
    __table_args__ = audited(programme_id="programme", chapter_id="chapter")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "chapter_id", "kind", "visibility", "unreviewed", "position", "removed"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    chapter_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[BlockKind]
    content: Mapped[dict[str, Any]]
    """The keys of the exchange format for this kind, and beside them what wording.standing keeps of hints."""
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    unreviewed: Mapped[bool] = mapped_column(default=False)
    """Taken over from last year and not yet confirmed or edited."""


@once
def chapters_of(session: Session, programme: Programme, *, removed: bool = False) -> list[Chapter]:
    """The chapters in their order, parents before children; or the removed ones."""
    mine = (Chapter.programme_id == programme.id) & (Chapter.removed == removed)
    return list(session.scalars(select(Chapter).where(mine).order_by(Chapter.position, Chapter.id)))


@once
def blocks_of(session: Session, programme: Programme, *, removed: bool = False) -> dict[UUID, list[Block]]:
    """Chapter id to its blocks in their order; or the removed ones."""
    mine = (Block.programme_id == programme.id) & (Block.removed == removed)
    found: dict[UUID, list[Block]] = {}
    for block in session.scalars(select(Block).where(mine).order_by(Block.position, Block.id)):
        found.setdefault(block.chapter_id, []).append(block)
    return found


def chapter(session: Session, programme: Programme, key: str) -> Chapter:
    """The chapter of this key, removed or not.

    Raises:
        NotFound: The programme has none.
    """
    found = session.scalar(select(Chapter).where(Chapter.programme_id == programme.id, Chapter.key == key))
    if found is None:
        raise NotFound
    return found


def block(session: Session, programme: Programme, block_id: UUID) -> Block:
    """One block of the programme, removed or not.

    Raises:
        NotFound: The programme has none of this id.
    """
    found = session.scalar(select(Block).where(Block.programme_id == programme.id, Block.id == block_id))
    if found is None:
        raise NotFound
    return found


def add_chapter(
    session: Session, programme: Programme, *, title: str, number: str | None, parent_key: str | None, deed: Deed
) -> Chapter:
    """Add a chapter: after the last one of its parent, or at the end.

    Raises:
        BadInput: The title is missing or too long, or the parent is none.
    """
    title, number = _heading(title, number)
    present = chapters_of(session, programme)
    parent = next((c for c in present if c.key == parent_key), None)
    if parent_key and parent is None:
        raise BadInput({"parent": "Dieses Kapitel gibt es nicht mehr. Wählen Sie ein anderes."})
    known = session.scalars(select(Chapter).where(Chapter.programme_id == programme.id)).all()
    fresh = Chapter(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        key=ordering.free_key(f"{number} {title}" if number else title, {c.key for c in known}),
        number=number,
        title=title,
        parent_id=parent.id if parent else None,
        position=max((c.position for c in known), default=0) + 1,
    )
    record(session, fresh, deed)
    _arrange(session, [*present, fresh], deed)
    return fresh


def _arrange(session: Session, chapters: list[Chapter], deed: Deed) -> None:
    """Let each chapter stand behind its parent and before its parent's next sibling, in the places there are."""
    below: dict[UUID | None, list[Chapter]] = {}
    for one in sorted(chapters, key=lambda c: c.position):
        below.setdefault(one.parent_id, []).append(one)
    order: list[Chapter] = []
    waiting = below.pop(None, [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += below.pop(order[-1].id, [])[::-1]
    places = sorted(c.position for c in chapters)
    moved = [(c, {"position": place}) for c, place in zip(order, places, strict=True) if c.position != place]
    record_all(session, deed, moved)


def _heading(title: str, number: str | None) -> tuple[str, str | None]:
    title, number = " ".join(title.split()), " ".join((number or "").split()) or None
    problems = {}
    if not 1 <= len(title) <= LONGEST_TITLE:
        problems["title"] = f"Geben Sie eine Überschrift ein, höchstens {LONGEST_TITLE} Zeichen."
    if number and len(number) > 20:
        problems["number"] = "Kürzen Sie die Nummer auf höchstens 20 Zeichen."
    if problems:
        raise BadInput(problems)
    return title, number


def ancestors(chapters: list[Chapter], one: Chapter) -> list[Chapter]:
    """The parents of a chapter, the nearest first."""
    by_id = {c.id: c for c in chapters}
    found: list[Chapter] = []
    while one.parent_id is not None and one.parent_id in by_id:
        one = by_id[one.parent_id]
        found.append(one)
    return found


def rename_chapter(session: Session, one: Chapter, *, title: str, number: str | None, deed: Deed) -> None:
    """Give a chapter another heading.

    Raises:
        BadInput: The title is missing or too long.
    """
    title, number = _heading(title, number)
    record(session, one, deed, title=title, number=number)


def move_chapter(session: Session, programme: Programme, one: Chapter, *, down: bool, deed: Deed) -> None:
    """Swap a chapter, with all below it, with its neighbour of the same parent; at the edge nothing happens."""
    present = chapters_of(session, programme)
    groups = [
        [c for c in present if c is top or top in ancestors(present, c)]
        for top in present
        if top.parent_id == one.parent_id
    ]
    place = next(index for index, group in enumerate(groups) if group[0] is one)
    other = place + (1 if down else -1)
    if not 0 <= other < len(groups):
        return
    groups[place], groups[other] = groups[other], groups[place]
    moved = [c for group in groups for c in group]
    slots = sorted(c.position for c in moved)
    changed = [(c, {"position": slot}) for c, slot in zip(moved, slots, strict=True) if c.position != slot]
    record_all(session, deed, changed)


def remove_chapter(session: Session, programme: Programme, one: Chapter, deed: Deed) -> None:
    """Remove a chapter with all chapters below it; it can be brought back."""
    present = chapters_of(session, programme)
    for each in [c for c in present if c is one or one in ancestors(present, c)]:
        ordering.remove(session, each, deed)


def restore_chapter(session: Session, programme: Programme, one: Chapter, deed: Deed) -> None:
    """Bring a removed chapter back to where it stood below its parent, with the removed chapters above it."""
    gone = chapters_of(session, programme, removed=True)
    back = [*reversed(ancestors(gone, one)), one]
    for each in back:
        ordering.restore(session, each, deed)
    _arrange(session, chapters_of(session, programme), deed)


def add_block(
    session: Session,
    into: Chapter,
    kind: BlockKind,
    content: Mapping[str, object],
    *,
    deed: Deed,
    visibility: Visibility = Visibility.PUBLIC,
) -> Block:
    """Add a block at the end of a chapter; the content has the keys of the exchange format."""
    last = max((b.position for b in session.scalars(select(Block).where(Block.chapter_id == into.id))), default=0)
    fresh = Block(
        jobcenter_id=into.jobcenter_id,
        programme_id=into.programme_id,
        chapter_id=into.id,
        kind=kind,
        content=dict(content),
        visibility=visibility,
        position=last + 1,
    )
    record(session, fresh, deed)
    return fresh


def save_block(session: Session, one: Block, content: Mapping[str, object], visibility: Visibility, deed: Deed) -> None:
    """Replace a block's content; that also counts as having reviewed it."""
    record(session, one, deed, content=dict(content), visibility=visibility, unreviewed=False)


def confirm_block(session: Session, one: Block, deed: Deed) -> None:
    """Confirm a block taken over from last year as it is."""
    record(session, one, deed, unreviewed=False)


def move_block(session: Session, one: Block, *, down: bool, deed: Deed) -> None:
    """Move a block up or down within its chapter."""
    mine = (Block.chapter_id == one.chapter_id) & Block.removed.is_(False)
    siblings = session.scalars(select(Block).where(mine).order_by(Block.position, Block.id)).all()
    ordering.move(session, siblings, one, 1 if down else -1, deed)


def unreviewed(session: Session, programme: Programme) -> list[tuple[Chapter, Block]]:
    """The blocks still marked "aus dem Vorjahr, ungeprüft", in order."""
    blocks = blocks_of(session, programme)
    return [(c, b) for c in chapters_of(session, programme) for b in blocks.get(c.id, []) if b.unreviewed]
