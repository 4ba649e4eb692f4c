"""What is due, found out anew at every tick: whatever should have been said and is not recorded, however late.

A task carries the next day on which somebody is to be told of it (`Task.next_on`), so that a tick with nothing to do
asks one index. `plan` writes the rows of the ledger and the mails, then moves that day on.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.clock import BERLIN, local_day
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import EVENING, MORNING
from jcflow.programmes.programme import Programme
from jcflow.reminders.paper import drop_settled, send_instead
from jcflow.reminders.rounds import Round
from jcflow.reminders.weekly import is_week_open, plan_week
from jcflow.reminders.writing import listed, of_ids, plain
from jcflow.tasks import Task

MOST = 10_000
"""About so many tasks are planned at once; the rest at the next call."""

MOST_COUNTED = 1_000_000
"""More tasks are not looked at."""

PLANNER_LOCK = 5_220_018
"""Of several workers on PostgreSQL one plans at a time, so that a person's reminders of a day meet in one mail."""


def plan(session: Session, at: datetime) -> int:
    """Queue what is due in all Jobcenters; returns how many mails. Call it again until it queues none.

    Nothing is planned between 20:00 and 7:00 in Berlin. The session need not serve a Jobcenter.
    """
    if not MORNING <= at.astimezone(BERLIN).time() < EVENING:
        return 0
    today = local_day(at)
    drop_settled(session, today)
    send_instead(session, at)
    is_week, is_waiting = is_week_open(session, today), _is_waiting(session, today)
    if not (is_week or is_waiting) or not _alone(session):
        return 0
    weekly = plan_week(session, at) if is_week else 0
    if not is_waiting:
        return weekly
    with _uncollected():
        return weekly + _plan(session, at, today)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing is thrown away before the block ends: of thousands of rows at once none is garbage, yet time and again
    all of them would be looked through for some.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _plan(session: Session, at: datetime, today: date) -> int:
    houses = _waiting(session, today)
    rows = _due(session, today, houses)
    found = Counter(row.jobcenter_id for row in rows)
    # Where a step is being taken just now, the house waits for the next tick: a person's mail of the day is one.
    whole = [row for row in rows if found[row.jobcenter_id] == houses[row.jobcenter_id]]
    return Round(session, at, whole).carry_out() if whole else 0


def _is_waiting(session: Session, today: date) -> bool:
    return session.scalar(_longest(Task.id, today).limit(1), execution_options=EVERY_JOBCENTER) is not None


def _longest(column: Any, today: date) -> Select[Any]:
    """Of tasks of which somebody may be to be told, those first that have waited longest: the index's own order."""
    return select(column).where(Task.done_at.is_(None), Task.next_on <= today).order_by(Task.next_on)


def _waiting(session: Session, today: date) -> dict[str, int]:
    """The Jobcenters to be planned now by their plain ids, and how many tasks of each."""
    # A limit keeps SQLite from another index, one in the order of the Jobcenters.
    due = _longest(Task.jobcenter_id.label("house"), today).limit(MOST_COUNTED).subquery()
    counted = select(plain(due.c.house), func.count()).group_by(due.c.house)
    found = session.execute(counted, execution_options=EVERY_JOBCENTER)
    chosen: dict[str, int] = {}
    for house, number in found:
        if sum(chosen.values()) < MOST:
            chosen[house] = number
    return chosen


def _alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(PLANNER_LOCK))))


_COLUMNS: tuple[Any, ...] = (
    plain(Task.id).label("id"),
    plain(Task.jobcenter_id).label("jobcenter_id"),
    plain(Task.programme_id).label("programme_id"),
    Task.state,
    Task.role,
    plain(Task.person_id).label("person_id"),
    Task.act,
    Task.step,
    Task.due_on,
    Task.due_since,
    Task.due_version,
    Task.opened_at,
    Task.next_on,
    Task.paused,
    Programme.workflow_key,
    Programme.workflow_version,
    Jobcenter.land,
)


def _due(session: Session, today: date, houses: Collection[str]) -> list[Row[Any]]:
    """Their tasks, locked together with their programmes as a step would lock them; locked ones are left out."""
    waiting = _longest(Task.id, today).add_columns(Task.jobcenter_id).limit(MOST_COUNTED).subquery()
    question: Select[Any] = (
        select(*_COLUMNS)
        .join(waiting, waiting.c.id == Task.id)
        .join(Programme, Programme.id == Task.programme_id)
        .join(Jobcenter, Jobcenter.id == Task.jobcenter_id)
        .where(waiting.c.jobcenter_id.in_(listed(session.get_bind().dialect.name)))
        # House by house: so what is written about them goes to neighbouring places.
        .order_by(Task.jobcenter_id, Task.due_on, Task.id)
        .with_for_update(of=(Programme, Task), skip_locked=True, key_share=True)
    )
    return list(session.execute(question, of_ids(list(houses)), execution_options=EVERY_JOBCENTER))
