"""The open tasks of which somebody may be to be told: which houses have some, and what is known of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Select, String, func, select, type_coerce
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.database import EVERY_JOBCENTER
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.reminders.writing import as_text, asked, listed, of_ids, plain
from jcflow.tasks import Task

MOST = 10_000
"""About so many tasks are planned at once; the rest at the next call."""

MOST_COUNTED = 1_000_000
"""More tasks are not looked at."""


class Course(NamedTuple):
    """What tasks have in common that came up alike, so that it is reckoned once for all of them; ids are plain ones."""

    jobcenter_id: str
    land: str
    workflow_key: str
    workflow_version: int
    state: str
    role: Role
    act: str | None
    step: str | None
    due_on: date
    due_since: date
    paused: bool


class DueTask(NamedTuple):
    """What is one task's own; ids are plain ones."""

    id: str
    programme_id: str
    person_id: str | None
    due_version: int


Alike = tuple[Course, list[DueTask]]


def is_waiting(session: Session, today: date) -> bool:
    """Whether there is such a task."""
    return session.scalar(_longest(Task.id, today).limit(1), execution_options=EVERY_JOBCENTER) is not None


def _longest(column: Any, today: date) -> Select[Any]:
    """Of tasks of which somebody may be to be told, those first that have waited longest: the index's own order."""
    return select(column).where(Task.done_at.is_(None), Task.next_on <= today).order_by(Task.next_on)


def waiting(session: Session, today: date) -> dict[str, int]:
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


_COLUMNS: tuple[Any, ...] = (
    plain(Task.jobcenter_id),
    Jobcenter.land,
    Programme.workflow_key,
    Programme.workflow_version,
    Task.state,
    type_coerce(Task.role, String),
    Task.act,
    Task.step,
    as_text(Task.due_on),
    as_text(Task.due_since),
    Task.paused,
    plain(Task.id),
    plain(Task.programme_id),
    plain(Task.person_id),
    Task.due_version,
)
_SHARED = len(Course._fields)


def due(session: Session, today: date, houses: Collection[str]) -> list[Alike]:
    """Their tasks, locked together with their programmes as a step would lock them; locked ones are left out."""
    longest = _longest(Task.id, today).add_columns(Task.jobcenter_id).limit(MOST_COUNTED).subquery()
    question: Select[Any] = (
        select(*_COLUMNS)
        .join(longest, longest.c.id == Task.id)
        .join(Programme, Programme.id == Task.programme_id)
        .join(Jobcenter, Jobcenter.id == Task.jobcenter_id)
        .where(longest.c.jobcenter_id.in_(listed(session.get_bind().dialect.name)))
        # House by house: so what is written about them goes to neighbouring places.
        .order_by(Task.jobcenter_id, Task.due_on, Task.id)
        .with_for_update(of=(Programme, Task), skip_locked=True, key_share=True)
    )
    found = groupby(asked(session, question, of_ids(list(houses))), lambda row: row[:_SHARED])
    return [(_course(*shared), [DueTask(*row[_SHARED:]) for row in rows]) for shared, rows in found]


def _course(*values: Any) -> Course:
    written = Course(*values)
    due_on, due_since = map(date.fromisoformat, (values[-3], values[-2]))
    return written._replace(role=Role(written.role), due_on=due_on, due_since=due_since)
