"""What is known of a Jobcenter's chain from outside the database: checkpoints kept, mailed, and the keys that count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.audit.checkpoints import Checkpoint, note_of
from jcflow.audit.notes import origin_of
from jcflow.audit.verify_bundle import Anchors, Note, vouched
from jcflow.database import EVERY_JOBCENTER


@dataclass(frozen=True)
class Outside:
    """What somebody brings along who checks a trail."""

    mailed: Sequence[Note] = ()
    """Notes that lay outside the house; the keys they name count where no other key is known."""
    keys: Collection[bytes] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Held:
    """The checkpoints of one Jobcenter, ready to be held against its chain."""

    anchors: Anchors
    problem: str
    """Why one of them does not count, as a German sentence; empty: all do."""
    is_confirmed: bool
    """Whether a key is known from outside; else the checkpoints vouch only for each other."""


def held(session: Session, jobcenter_id: UUID, outside: Outside) -> Held:
    """The checkpoints of a Jobcenter, those in the database and those brought along."""
    mine = select(Checkpoint).where(Checkpoint.jobcenter_id == jobcenter_id).order_by(Checkpoint.seq, Checkpoint.at)
    rows = session.scalars(mine, execution_options={**EVERY_JOBCENTER, "populate_existing": True}).all()
    kept = [note_of(row) for row in rows]
    mailed = [note for note in outside.mailed if note.origin == origin_of(jobcenter_id)]
    notes = [*mailed, *(note for note in kept if note is not None)]
    known = {*outside.keys} or {public for note in mailed for public in note.keys}
    good = vouched(notes, known or {public for note in notes for public in note.keys})
    unsigned = [note.size for note in notes if note not in good]
    altered = [row.seq for row, note in zip(rows, kept, strict=True) if note is None]
    return Held(Anchors(good), _problem(altered, unsigned), bool(known))


def _problem(altered: list[int], unsigned: list[int]) -> str:
    if altered:
        return f"Prüfpunkt über {min(altered)} Ereignisse: Die Zeile sagt etwas anderes als ihr unterschriebener Text."
    if unsigned:
        return f"Prüfpunkt über {min(unsigned)} Ereignisse: Kein gültiger Schlüssel hat ihn unterschrieben."
    return ""
