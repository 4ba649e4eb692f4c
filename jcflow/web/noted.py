"""Hints on the texts of a programme, ready to be shown beside them and counted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import url_for

from jcflow.clock import local_day
from jcflow.procedure import Area
from jcflow.programmes.programme import Programme, may_edit
from jcflow.programmes.wording.hints import HintKind
from jcflow.programmes.wording.notes import MOST_NOTES, Note
from jcflow.programmes.wording.standing import Standing, standing_notes
from jcflow.web.database import db
from jcflow.web.visitors import me, moment

KIND_WORDS = {
    HintKind.REFERENCE: "Zahl fehlt",
    HintKind.AMOUNT: "Betrag",
    HintKind.DATE: "Datum",
    HintKind.POINTER: "Verweis",
}


@dataclass(frozen=True)
class Shown:
    """A hint as it is read; `block_id` and `version` are there where an editor may put it aside."""

    note: Note
    kind: str
    is_serious: bool
    href: str
    """Where it is mended or read."""
    block_id: UUID | None
    version: int
    is_aside: bool


@dataclass(frozen=True)
class Noted:
    """All hints on a working draft."""

    open: tuple[Shown, ...]
    aside: tuple[Shown, ...]

    @property
    def unknown(self) -> tuple[Shown, ...]:
        """Those about figures that a text names and that do not exist, or that not all its readers see."""
        return tuple(one for one in self.open if one.is_serious)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than are looked for."""
        return len(self.open) + len(self.aside) >= MOST_NOTES

    def groups(self) -> list[tuple[str, list[Shown]]]:
        """The open ones by the place they stand at, in the order of the text."""
        found: dict[str, list[Shown]] = {}
        for one in self.open:
            found.setdefault(one.note.place.name, []).append(one)
        return list(found.items())

    def of(self, chapter: str) -> dict[int, list[Shown]]:
        """The open ones of a chapter by the number of their block, 0 for its heading."""
        found: dict[int, list[Shown]] = {}
        for one in self.open:
            if one.note.place.chapter == chapter:
                found.setdefault(one.note.place.block, []).append(one)
        return found


def noted(programme: Programme) -> Noted:
    """The hints on the working draft, for those who read it."""
    found = standing_notes(db.session(), programme, local_day(moment()))
    editable = may_edit(programme, Area.CHAPTERS, me().actor)
    shown = [_shown(programme, one, editable=editable) for one in found]
    return Noted(tuple(x for x in shown if not x.is_aside), tuple(x for x in shown if x.is_aside))


def _shown(programme: Programme, one: Standing, *, editable: bool) -> Shown:
    serious = one.note.kind is HintKind.REFERENCE
    may = editable and one.block is not None and not serious
    return Shown(
        note=one.note,
        kind=KIND_WORDS[one.note.kind],
        is_serious=serious,
        href=_href(programme, one.note, editable=editable),
        block_id=one.block.id if may and one.block else None,
        version=one.block.version if one.block else 0,
        is_aside=one.is_aside,
    )


def _href(programme: Programme, note: Note, *, editable: bool) -> str:
    place, slug = note.place, programme.slug
    if place.topic is not None:
        return url_for("topics.show", slug=slug)
    if not editable or place.chapter is None:
        return url_for("text.show", slug=slug)
    anchor = f"abschnitt-{place.block}" if place.block else "kopf"
    return url_for("chapters.edit", slug=slug, chapter=place.chapter, _anchor=anchor)
