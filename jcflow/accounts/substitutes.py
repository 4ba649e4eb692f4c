"""The row that names who acts in a membership while its holder is away; the rules stand in `absences`."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from jcflow.audit.trail import Audited, audited

STANDING: dict[str, Any] = {"sqlite_where": text("removed = 0"), "postgresql_where": text("NOT removed")}
"""For an index of what has not been taken back."""


class Substitute(Audited):
    """Who acts in a membership while its holder is away."""

    __tablename__ = "substitute"
    __table_args__ = audited(
        Index("uq_substitute_membership", "membership_id", unique=True, **STANDING),
        Index(None, "person_id", **STANDING),
        membership_id="membership",
        person_id="person",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"membership_id", "person_id", "votes", "removed"})

    membership_id: Mapped[UUID]
    person_id: Mapped[UUID]
    votes: Mapped[bool] = mapped_column(default=False)
    """Named for the voting seat itself, not only for its tasks."""
    removed: Mapped[bool] = mapped_column(default=False)
