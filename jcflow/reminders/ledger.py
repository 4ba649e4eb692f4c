"""What people have been written to about: one row for each task, person, stage and deadline."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from jcflow.database import Base, Belonging, referring


class Reminder(Belonging):
    """That a person was, or is to be, told of one stage of a task: what it is about is its key."""

    __tablename__ = "reminder"
    __table_args__ = referring(Index(None, "mail_id"), task_id="task", person_id="person", mail_id="mail")

    # Without a reference of its own: the three others contain it.
    jobcenter_id: Mapped[UUID] = mapped_column()
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    """`open`, or a distance as in the workflow file."""
    due_version: Mapped[int] = mapped_column(primary_key=True)
    """The deadline it is about; 1 for the notice, which no later deadline repeats."""
    due_on: Mapped[date]
    """The day of the stage."""
    mail_id: Mapped[UUID | None]
    """The mail that says it; None where nothing had to be sent any more."""
    collected_on: Mapped[date | None]
    """The day whose one reminder mail says it; None for a notice with a mail of its own."""
    planned_at: Mapped[datetime]


class WeeklyRound(Base):
    """A Monday whose weekly summaries have been queued."""

    __tablename__ = "weekly_round"

    monday: Mapped[date] = mapped_column(primary_key=True)
    planned_at: Mapped[datetime]
