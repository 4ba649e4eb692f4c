"""The summary on Monday at seven for managing directors and Gremienbüros."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.mail.outbox import Letter, Occasion, address_of, queue
from jcflow.procedure import Role
from jcflow.reminders.ledger import WeeklyRound
from jcflow.tasks import Task

AHEAD = timedelta(days=7)
READERS = (Role.MANAGING_DIRECTOR, Role.STAFF)


def is_week_open(session: Session, today: date) -> bool:
    """Whether the summaries of this week are still to be queued."""
    return session.scalar(select(WeeklyRound.monday).where(WeeklyRound.monday == _monday(today))) is None


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def plan_week(session: Session, at: datetime) -> int:
    """Queue the summaries of this week unless that was done; returns how many.

    A week in which nobody looked before Sunday evening gets its summary then. Houses without anything late or due
    within seven days get none, and it is not printed for anybody without an address.
    """
    today = local_day(at)
    monday = _monday(today)
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    first = insert(WeeklyRound).values(monday=monday, planned_at=at).on_conflict_do_nothing()
    if not session.execute(first.returning(WeeklyRound.monday)).all():
        return 0
    return _queue(session, monday, today, at)


def _queue(session: Session, monday: date, today: date, at: datetime) -> int:
    urgent = select(Task.id).where(Task.jobcenter_id == Membership.jobcenter_id, Task.done_at.is_(None))
    reads = or_(*(Membership.role == role for role in READERS))
    question = (
        select(Membership.jobcenter_id, Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            reads, valid_on(today), urgent.where(Task.due_on <= today + AHEAD).exists(), address_of(Person.email) != ""
        )
        .distinct()
        .order_by(Membership.jobcenter_id, Membership.person_id)
    )
    found = session.execute(question, execution_options=EVERY_JOBCENTER).all()
    for house, person_id in found:
        serve(session, house)
        queue(session, Letter(Occasion.WEEKLY, person_id, f"weekly/{monday}/{person_id}", {}), at=at)
    return len(found)
