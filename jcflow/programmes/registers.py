"""The registers besides budgets and topics: instruments, targets, measures, projects, training plan, staffing.

A row's data has the keys of the exchange format for its register; `register_fields` says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from jcflow.asked import once
from jcflow.audit.trail import Deed, audited, record
from jcflow.errors import NotFound
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.ordering import Ordered
from jcflow.programmes.programme import Programme


class RegisterRow(Ordered):
    """One row of a register."""

    __tablename__ = "register_row"
    __table_args__ = audited(Index(None, "programme_id", "register"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"programme_id", "register", "position", "removed"})

    programme_id: Mapped[UUID]
    register: Mapped[str]
    """A key of `register_fields.REGISTERS`."""
    data: Mapped[dict[str, Any]]


@once
def rows_of(session: Session, programme: Programme, *, removed: bool = False) -> dict[str, list[RegisterRow]]:
    """Register name to its rows in their order."""
    mine = (RegisterRow.programme_id == programme.id) & (RegisterRow.removed == removed)
    found: dict[str, list[RegisterRow]] = {}
    for row in session.scalars(select(RegisterRow).where(mine).order_by(RegisterRow.position, RegisterRow.id)):
        found.setdefault(row.register, []).append(row)
    return found


def row(session: Session, programme: Programme, register: str, row_id: UUID) -> RegisterRow:
    """One row of a register, removed or not.

    Raises:
        NotFound: The programme has none of this id in the register.
    """
    found = session.scalar(
        select(RegisterRow).where(
            RegisterRow.programme_id == programme.id, RegisterRow.register == register, RegisterRow.id == row_id
        )
    )
    if found is None:
        raise NotFound
    return found


def add_row(
    session: Session, programme: Programme, register: str, data: Mapping[str, object], deed: Deed
) -> RegisterRow:
    """Add a row at the end of a register."""
    mine = (RegisterRow.programme_id == programme.id) & (RegisterRow.register == register)
    places = session.scalars(select(RegisterRow.position).where(mine))
    fresh = RegisterRow(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        register=register,
        data=dict(data),
        position=max(places, default=0) + 1,
    )
    record(session, fresh, deed)
    return fresh


def save_row(session: Session, one: RegisterRow, data: Mapping[str, object], deed: Deed) -> None:
    """Replace a row's data."""
    record(session, one, deed, data=dict(data))


def show_register(session: Session, programme: Programme, reference: str, visibility: Visibility, deed: Deed) -> None:
    """Decide who sees a register, e.g. `budget_tables/mittel` or `instruments`, once the programme is published."""
    chosen = {name: value for name, value in programme.register_visibility.items() if name != reference}
    if visibility is not Visibility.PUBLIC:
        chosen[reference] = visibility.value
    record(session, programme, deed, register_visibility=chosen)
