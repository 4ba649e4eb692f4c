"""What is due, found out anew at every tick: whatever should have been said and is not recorded, however late.

A task carries the next day on which somebody is to be told of it (`Task.next_on`), so that a tick with nothing to do
asks one index. `plan` writes the rows of the ledger and the mails, then moves that day on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.clock import BERLIN, local_day
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import EVENING, MORNING
from jcflow.programmes.programme import Programme
from jcflow.reminders.rounds import Round, portions
from jcflow.reminders.weekly import plan_week
from jcflow.tasks import Task

MOST = 10_000
"""About so many tasks are planned at once; the rest at the next call."""

PLANNER_LOCK = 5_220_018
"""Of several workers on PostgreSQL one plans at a time, so that a person's reminders of a day meet in one mail."""


def plan(session: Session, at: datetime) -> int:
    """Queue what is due in all Jobcenters; returns how many mails. Call it again until it queues none.

    Nothing is planned between 20:00 and 7:00 in Berlin. The session need not serve a Jobcenter.
    """
    if not MORNING <= at.astimezone(BERLIN).time() < EVENING:
        return 0
    today, weekly = local_day(at), plan_week(session, at)
    if not _is_waiting(session, today) or not _alone(session):
        return weekly
    houses = _waiting(session, today)
    rows = _due(session, [task_id for ids in houses.values() for task_id in ids])
    found = Counter(row.jobcenter_id for row in rows)
    # Where a step is being taken just now, the house waits for the next tick: a person's mail of the day is one.
    whole = [row for row in rows if found[row.jobcenter_id] == len(houses[row.jobcenter_id])]
    return weekly + (Round(session, at, whole).carry_out() if whole else 0)


def _is_waiting(session: Session, today: date) -> bool:
    question = select(Task.id).where(Task.done_at.is_(None), Task.next_on <= today).order_by(Task.next_on).limit(1)
    return session.scalar(question, execution_options=EVERY_JOBCENTER) is not None


def _waiting(session: Session, today: date) -> dict[UUID, list[UUID]]:
    """The Jobcenters to be planned now, each with its tasks: those that have waited longest."""
    due = Task.done_at.is_(None) & (Task.next_on <= today)
    question = select(Task.jobcenter_id, Task.id).where(due).order_by(Task.next_on)
    found: dict[UUID, list[UUID]] = {}
    for house, task_id in session.execute(question, execution_options=EVERY_JOBCENTER):
        found.setdefault(house, []).append(task_id)
    chosen: dict[UUID, list[UUID]] = {}
    for house, ids in found.items():
        if sum(map(len, chosen.values())) < MOST:
            chosen[house] = ids
    return chosen


def _alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(PLANNER_LOCK))))


_COLUMNS: tuple[Any, ...] = (
    Task.id,
    Task.jobcenter_id,
    Task.programme_id,
    Task.state,
    Task.role,
    Task.person_id,
    Task.act,
    Task.step,
    Task.due_on,
    Task.due_since,
    Task.due_version,
    Task.opened_at,
    Task.next_on,
    Programme.workflow_key,
    Programme.workflow_version,
    Jobcenter.land,
)


def _due(session: Session, ids: Sequence[UUID]) -> list[Row[Any]]:
    """The tasks, locked together with their programmes as a step would lock them; locked ones are left out."""
    question: Select[Any] = (
        select(*_COLUMNS)
        .join(Programme, Programme.id == Task.programme_id)
        .join(Jobcenter, Jobcenter.id == Task.jobcenter_id)
        .where(Task.done_at.is_(None), Task.id.in_(bindparam("ids", expanding=True)))
        .with_for_update(of=(Programme, Task), skip_locked=True, key_share=True)
    )
    found: list[Row[Any]] = []
    for some in portions(ids):
        found += session.execute(question, {"ids": some}, execution_options=EVERY_JOBCENTER)
    return sorted(found, key=lambda row: (row.due_on, row.id))
