"""The row of a task, and whose it is on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from jcflow.accounts.people import Membership, valid_on
from jcflow.database import Tenant, in_tenant
from jcflow.procedure import Role


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _of_open(*columns: str, also: str = "") -> Index:
    """An index of what is open alone: it stays small however much gets done."""
    return Index(None, *columns, **_only(f"done_at IS NULL{also}"))


class Task(Tenant):
    """One task of a role, or of one holder of it."""

    __tablename__ = "task"
    __table_args__ = in_tenant(
        _of_open("jobcenter_id", "person_id", "due_on", "id"),
        _of_open("jobcenter_id", "role", "due_on", "id", also=" AND person_id IS NULL"),
        _of_open("jobcenter_id", "due_on", "programme_id", "role", "label", "id"),
        Index(None, "jobcenter_id", "done_by", "done_at", **_only("done_by IS NOT NULL")),
        Index(None, "programme_id", "done_at", "due_on", "id"),
        _of_open("next_on", "jobcenter_id", also=" AND next_on IS NOT NULL"),
        programme_id="programme",
    )

    programme_id: Mapped[UUID]
    state: Mapped[str]
    role: Mapped[Role]
    person_id: Mapped[UUID | None]
    """Whose it is; None: the first holder of the role who acts."""
    act: Mapped[str | None]
    step: Mapped[str | None]
    label: Mapped[str]
    due_on: Mapped[date]
    """Good until 24:00 local time."""
    due_version: Mapped[int] = mapped_column(default=1)
    """Rises by one whenever the deadline is moved or a done task comes up again: what was said is obsolete then."""
    paused: Mapped[bool] = mapped_column(default=False)
    """Nobody is reminded of it."""
    subject_id: Mapped[UUID | None]
    """Which row the act is about, where a programme has several of them: a measure."""
    due_since: Mapped[date]
    """The day from which this deadline counts; stages up to it are obsolete."""
    next_on: Mapped[date | None]
    """The next day on which somebody is to be told of it, kept by `reminders`; None: nothing more will be said.

    Whatever changes deadline, pause or holders sets it to that day, and the next tick looks at the task anew.
    """
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    """Who did it; None where the state ended without it or it was not needed any more."""


def is_held(day: date) -> ColumnElement[bool]:
    """The condition that a task is still owed: its holder holds the role on that day, or it is the role's.

    What is about one row of a programme, a measure, is owed also once its owner has left: somebody has to take it over.
    """
    member = (Membership.person_id == Task.person_id) & (Membership.role == Task.role) & valid_on(day)
    return or_(Task.person_id.is_(None), Task.subject_id.is_not(None), select(Membership.id).where(member).exists())
