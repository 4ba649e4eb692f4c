"""What is due, found out anew at every tick: whatever should have been said and is not recorded, however late.

A task carries the next day on which somebody is to be told of it (`Task.next_on`), so that a tick with nothing to do
asks one index. `plan` writes the rows of the ledger and the mails, then moves that day on.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.clock import BERLIN, local_day
from jcflow.mail.outbox import EVENING, MORNING
from jcflow.reminders.due import due, is_waiting, waiting
from jcflow.reminders.paper import drop_settled, send_instead
from jcflow.reminders.rounds import Round
from jcflow.reminders.weekly import is_week_open, plan_week

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
    is_week, waits = is_week_open(session, today), is_waiting(session, today)
    if not (is_week or waits) or not _alone(session):
        return 0
    weekly = plan_week(session, at) if is_week else 0
    if not waits:
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
    houses = waiting(session, today)
    found, tasks = due(session, today, houses), Counter[str]()
    for course, alike in found:
        tasks[course.jobcenter_id] += len(alike)
    # Where a step is being taken just now, the house waits for the next tick: a person's mail of the day is one.
    whole = [one for one in found if tasks[one[0].jobcenter_id] == houses[one[0].jobcenter_id]]
    return Round(session, at, whole).carry_out() if whole else 0


def _alone(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(PLANNER_LOCK))))
