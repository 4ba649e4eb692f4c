"""Checkpoints: the head of a Jobcenter's chain, signed with a key that lies outside the database.

Nobody who can write to the database alone can make one, so whatever a checkpoint covers can't be rewritten unnoticed.
What still waits for its checkpoint is no row but a question: what has happened since the newest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Index, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.chain import GENESIS, links_after
from jcflow.audit.notes import origin_of, public_of, read_note, signed
from jcflow.audit.verify_bundle import Note, key_id
from jcflow.config import signing_keys
from jcflow.database import EVERY_JOBCENTER, Tenant, add_rows, referring
from jcflow.errors import BadConfiguration, Conflict


class Cause(StrEnum):
    """Why a checkpoint was made."""

    SUBMIT = "submit"
    FREEZE = "freeze"
    """A version was put before the board or the assembly."""
    CONCLUDE = "conclude"
    RECORD = "record"
    DAILY = "daily"


class Checkpoint(Tenant):
    """A signed head of the chain; append-only."""

    __tablename__ = "checkpoint"
    __table_args__ = referring(Index(None, "jobcenter_id", "seq"), programme_id="programme")

    seq: Mapped[int]
    """Number of the last event it covers; 0 for a chain without any."""
    hash: Mapped[str]
    at: Mapped[datetime]
    """When it was signed."""
    occasion: Mapped[Cause]
    programme_id: Mapped[UUID | None]
    """Whose step it was made for; None for a daily one."""
    note: Mapped[str] = mapped_column(Text)
    """The signed note (C2SP), which says all of this once more."""
    key_id: Mapped[str]
    """Ids of the keys that signed it in hexadecimal, a blank between them."""


class NoSigner(Conflict):
    """No key to sign with is to be had just now."""

    def __str__(self) -> str:
        return "Der Schlüssel zum Unterschreiben der Prüfpunkte ist gerade nicht lesbar."


class TrailBroken(Conflict):
    """The trail does not continue what the newest checkpoint covers, or does not hold together since then."""

    def __init__(self, seq: int) -> None:
        super().__init__(seq)
        self.seq = seq

    def __str__(self) -> str:
        return (
            f"Der Änderungsverlauf ist ab Ereignis {self.seq} nicht unversehrt. Bitte ändern Sie nichts mehr und "
            "verständigen Sie die Stelle, die jcflow betreibt."
        )


def equip(session: Session, key: Path | None) -> None:
    """Let the session sign with the key in this file; it is read anew each time, so that it may be changed."""
    session.info["signing_key"] = key


def demands_signer(session: Session) -> bool:
    """Whether the installation names a key."""
    return session.info.get("signing_key") is not None


def signer_of(session: Session) -> list[Ed25519PrivateKey]:
    """The keys to sign with now; none where the installation names none or they cannot be read."""
    path: Path | None = session.info.get("signing_key")
    try:
        return signing_keys(path) if path is not None else []
    except BadConfiguration:
        return []


@dataclass(frozen=True)
class Wanted:
    """A checkpoint to be made."""

    seq: int
    occasion: Cause
    programme_id: UUID | None = None


def sign(session: Session, jobcenter_id: UUID, wanted: Sequence[Wanted], at: datetime) -> list[Checkpoint]:
    """Read back what has happened since the newest checkpoint, and sign what is wanted.

    The caller holds the chain's lock, or all of it is committed.

    Args:
        wanted: In the order of their numbers, none before the newest checkpoint.

    Raises:
        NoSigner: There is no key.
        TrailBroken: What was read back does not hold together.
    """
    keys = signer_of(session)
    if not keys:
        raise NoSigner
    heads = _read_back(session, jobcenter_id, newest(session, jobcenter_id), {one.seq for one in wanted})
    name = origin_of(jobcenter_id)
    made = [
        Checkpoint(
            jobcenter_id=jobcenter_id,
            seq=one.seq,
            hash=heads[one.seq],
            at=at,
            occasion=one.occasion,
            programme_id=one.programme_id,
            note=signed(jobcenter_id, one.seq, heads[one.seq], at, one.occasion.value, one.programme_id, keys),
            key_id=" ".join(key_id(name, public_of(key)).hex() for key in keys),
        )
        for one in wanted
    ]
    columns = Checkpoint.__table__.columns.keys()
    add_rows(session, Checkpoint, [{column: getattr(one, column) for column in columns} for one in made])
    return made


def newest(session: Session, jobcenter_id: UUID) -> Checkpoint | None:
    """The checkpoint that covers most of a Jobcenter's chain."""
    mine = select(Checkpoint).where(Checkpoint.jobcenter_id == jobcenter_id)
    last = mine.order_by(Checkpoint.seq.desc(), Checkpoint.at.desc()).limit(1)
    return session.scalar(last, execution_options={**EVERY_JOBCENTER, "populate_existing": True})


def note_of(checkpoint: Checkpoint) -> Note | None:
    """The note of a stored checkpoint; None where it says something else than the row."""
    note = read_note(checkpoint.note)
    said = (note.origin, note.size, note.head) if note else None
    return note if said == (origin_of(checkpoint.jobcenter_id), checkpoint.seq, checkpoint.hash) else None


def _read_back(session: Session, jobcenter_id: UUID, last: Checkpoint | None, wanted: set[int]) -> dict[int, str]:
    """The checksums of the wanted events, each computed anew from its bytes."""
    if last is not None and ((note := note_of(last)) is None or not note.keys):
        raise TrailBroken(last.seq)
    # The event that the newest checkpoint ends with is read once more: it must still be the same.
    seq, previous = (last.seq - 1, "") if last and last.seq else (0, GENESIS)
    heads = {0: GENESIS} | ({last.seq: last.hash} if last else {})
    while seq < max(wanted):
        links = links_after(session, jobcenter_id, seq)
        for number, body, checksum in links:
            seq += 1
            follows = f'"prev":"{previous}"' in body if previous else checksum == heads[seq]
            previous = sha256(body.encode()).hexdigest()
            if number != seq or previous != checksum or not follows:
                raise TrailBroken(seq)
            if seq in wanted:
                heads[seq] = previous
        if not links:
            raise TrailBroken(seq + 1)
    return heads
