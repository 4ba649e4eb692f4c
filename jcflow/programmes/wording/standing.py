"""The hints on a programme's working draft, and those its editors have looked at and put aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from jcflow.audit.trail import Deed, record
from jcflow.procedure import Phase
from jcflow.programmes.chapters import Block, blocks_of, chapters_of
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.wording.hints import HintKind
from jcflow.programmes.wording.notes import Note, notes_of

ASIDE = "aside"
"""Key beside a block's content: signs of the hints put aside. Whoever saves the block anew lets them come back."""


@dataclass(frozen=True)
class Standing:
    """A hint with the block it is about, None where it is about a heading or a topic."""

    note: Note
    block: Block | None
    is_aside: bool

    @property
    def is_open(self) -> bool:
        """Whether nobody has put it aside."""
        return not self.is_aside


def standing_notes(session: Session, programme: Programme, today: date) -> list[Standing]:
    """Every hint on the working draft, in the order of its texts."""
    in_force = programme.current.phase is Phase.IN_FORCE
    rows = blocks_of(session, programme)
    blocks = {chapter.key: rows.get(chapter.id, []) for chapter in chapters_of(session, programme)}
    notes = notes_of(document_of(session, programme), today=today, in_force=in_force)
    return [_standing(note, blocks) for note in notes]


def _standing(note: Note, blocks: Mapping[str, list[Block]]) -> Standing:
    place = note.place
    row = blocks[place.chapter][place.block - 1] if place.chapter and place.block else None
    return Standing(note, row, row is not None and note.sign in row.content.get(ASIDE, ()))


def put_aside(session: Session, row: Block, note: Note, deed: Deed) -> None:
    """Keep that a hint was looked at and what it is about is right; the text stays as it is.

    A figure that does not exist cannot be put aside: its readers would see a gap.
    """
    assert note.kind is not HintKind.REFERENCE
    kept = {*row.content.get(ASIDE, ()), note.sign}
    record(session, row, deed, content={**row.content, ASIDE: sorted(kept)})
