"""The chain of a Jobcenter: its events, their wording, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.database import Base

GENESIS = "0" * 64
"""The `prev` of the first event of a Jobcenter."""
MANY = 5_000
"""How many links are read at once."""


class AuditEvent(Base):
    """One change of one row; append-only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "jobcenter_id", "programme_id", "seq"),
        Index(None, "jobcenter_id", "object_id", "seq"),
        Index(None, "jobcenter_id", "actor_id", "seq"),
    )

    jobcenter_id: Mapped[UUID] = mapped_column(ForeignKey("jobcenter.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … without gaps in a Jobcenter."""
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    role: Mapped[str]
    on_behalf_of: Mapped[UUID | None]
    object_type: Mapped[str]
    """Name of the row's table."""
    object_id: Mapped[UUID]
    programme_id: Mapped[UUID | None]
    group_id: Mapped[UUID]
    action: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    """The canonical bytes, ASCII-safe JSON."""
    hash: Mapped[str]


class AuditRevision(Base):
    """The salt of an event and the wording it commits to; append-only."""

    __tablename__ = "audit_revision"
    __table_args__ = (ForeignKeyConstraint(["jobcenter_id", "seq"], ["audit_event.jobcenter_id", "audit_event.seq"]),)

    jobcenter_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    texts: Mapped[str] = mapped_column(Text)
    """JSON: field name to [old, new]; `deed_reason` to the reason's text."""


class AuditHead(Base):
    """Where a Jobcenter's chain ends; its row lock orders the writers, and it is always the last lock taken."""

    __tablename__ = "audit_head"

    jobcenter_id: Mapped[UUID] = mapped_column(ForeignKey("jobcenter.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]


_EVENTS = Base.metadata.tables["audit_event"]


def links_after(session: Session, jobcenter_id: UUID, after: int) -> Sequence[tuple[int, str, str]]:
    """Number, body and checksum of the next events of a Jobcenter, at most `MANY`, in their order.

    As the driver gives them: other rows take half as long again.
    """
    columns = (_EVENTS.c.seq, _EVENTS.c.body, _EVENTS.c.hash)
    # Bounded on both sides: with a LIMIT, PostgreSQL sorts all the rest for each batch until it has statistics.
    mine = (_EVENTS.c.jobcenter_id == jobcenter_id) & _EVENTS.c.seq.between(after + 1, after + MANY)
    found = session.connection().execute(select(*columns).where(mine).order_by(_EVENTS.c.seq))
    assert found.cursor is not None
    return list(found.cursor.fetchall())
