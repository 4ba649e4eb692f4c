"""Erasing: wording and salts leave the trail for good, what it commits to stays, and one event says so.

The salt goes too, so that nobody can find out by guessing what was committed to. Rows whose events are emptied are said
anew, so that the chain goes on to prove them; what an erasure emptied stands in it in clear, so that wording that is
missing without one is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Mapped, Session

from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import Audited, Deed, audited, record, record_all
from jcflow.database import Base

PERSON = "person"
"""The kind of erasure that lets a person be forgotten; every other kind is a retention class."""


class Erasure(Audited):
    """That something was erased; it names nothing of it."""

    __tablename__ = "erasure"
    __table_args__ = audited(person_id="person")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"kind", "person_id", "emptied", "count", "before", "at"})

    kind: Mapped[str]
    person_id: Mapped[UUID | None]
    """Who was forgotten."""
    emptied: Mapped[list[Any]]
    """Numbers of the events that have lost salt and wording."""
    count: Mapped[int]
    """How many things went: mails, rows."""
    before: Mapped[date | None]
    """For a retention class: everything older than this day was due."""
    at: Mapped[datetime]


def erase(
    session: Session, deed: Deed, erasure: Erasure, rows: Sequence[tuple[Audited, Mapping[str, object]]]
) -> Erasure:
    """Give rows what is to be left of them, and empty every event about them so far.

    The caller has checked the rights, holds the locks, and has removed what stands outside the trail.

    Args:
        erasure: New; `emptied` is filled in here.
        rows: Each with the columns that change.
    """
    first = record_all(session, deed, rows, anew=True) - len(rows) + 1
    events = select(AuditEvent.seq).where(
        AuditEvent.jobcenter_id == erasure.jobcenter_id,
        AuditEvent.object_id.in_([row.id for row, _ in rows]),
        AuditEvent.seq < first,
    )
    erasure.emptied = sorted(session.scalars(events)) if rows else []
    record(session, erasure, deed)
    if erasure.emptied:
        session.connection().execute(_EMPTYING, [{"own": erasure.jobcenter_id, "number": n} for n in erasure.emptied])
    return erasure


_REVISIONS = Base.metadata.tables["audit_revision"]
_EMPTYING = (
    update(_REVISIONS)
    .where(_REVISIONS.c.jobcenter_id == bindparam("own"), _REVISIONS.c.seq == bindparam("number"))
    .values(salt=b"", texts="{}")
)


def erasure_of(session: Session, person_id: UUID) -> Erasure | None:
    """The erasure by which a person was forgotten; None: the person is known."""
    mine = (Erasure.person_id == person_id) & (Erasure.kind == PERSON)
    return session.scalar(select(Erasure).where(mine).limit(1))


def erasures(session: Session) -> list[Erasure]:
    """Every person who was forgotten in the Jobcenter, in the order of the events."""
    return list(session.scalars(select(Erasure).where(Erasure.kind == PERSON).order_by(Erasure.audit_seq)))
