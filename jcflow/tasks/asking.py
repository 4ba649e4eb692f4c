"""What is to be done, by whom and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Tuple, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from jcflow.asked import once
from jcflow.database import served
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.tasks.task import Task, is_held

Instead = frozenset[tuple[Role, UUID]]
"""Roles, each with the person in whose place it is held."""


def _of_somebody(role: Role, person_id: UUID) -> ColumnElement[bool]:
    return (Task.person_id == person_id) & (Task.role == role)


def open_tasks(
    session: Session,
    person_id: UUID,
    roles: Collection[Role],
    instead: Instead = frozenset(),
    *,
    after: Task | None = None,
    limit: int = 500,
) -> list[Task]:
    """What a person with these roles of the day still owes, the most urgent first.

    Args:
        instead: In whose place the person does what is theirs alone, by role.
        after: Only what comes behind this task.
    """
    mine = Task.id.in_(_most_urgent(session, person_id, roles, instead, after, limit))
    return list(session.scalars(select(Task).where(mine).order_by(Task.due_on, Task.id).limit(limit)))


@once
def open_days(
    session: Session, person_id: UUID, roles: frozenset[Role], limit: int, instead: Instead = frozenset()
) -> list[date]:
    """The days on which what a person still owes is due, the earliest first, at most `limit` of them."""
    mine = Task.id.in_(_most_urgent(session, person_id, roles, instead, None, limit))
    return list(session.scalars(select(Task.due_on).where(mine).order_by(Task.due_on).limit(limit)))


def _most_urgent(
    session: Session, person_id: UUID, roles: Collection[Role], instead: Instead, after: Task | None, limit: int
) -> Select[UUID]:
    """Ids of a person's own tasks and of each role's, the first of each: every part is the beginning of an index."""
    open_here = (Task.jobcenter_id == served(session)) & Task.done_at.is_(None)
    if after is not None:
        open_here &= tuple_(Task.due_on, Task.id) > (after.due_on, after.id)
    own = (Task.person_id == person_id) & Task.role.in_(roles)
    shared = [Task.person_id.is_(None) & (Task.role == role) for role in sorted(roles)]
    firsts = [
        select(Task.id).where(open_here, part).order_by(Task.due_on, Task.id).limit(limit).subquery()
        for part in (own, *(_of_somebody(role, whose) for role, whose in sorted(instead)), *shared)
    ]
    found = union_all(*(select(part.c.id) for part in firsts)).subquery()
    return select(found.c.id)


def open_task(session: Session, programme: Programme, step: str) -> UUID | None:
    """The open task that a step would fulfil."""
    mine = (Task.programme_id == programme.id) & Task.done_at.is_(None) & (Task.step == step)
    return session.scalar(select(Task.id).where(mine).limit(1))


def known(session: Session, task_id: UUID) -> Task | None:
    """A task of this Jobcenter, done or not; None if there is none of this id."""
    return session.scalar(select(Task).where(Task.id == task_id))


def done_tasks(session: Session, person_id: UUID, since: datetime, *, limit: int = 50) -> list[Task]:
    """What a person has done since, the newest first."""
    mine = (Task.done_by == person_id) & (Task.done_at >= since)
    return list(session.scalars(select(Task).where(mine).order_by(Task.done_at.desc(), Task.id).limit(limit)))


def open_of(session: Session, programme: Programme, day: date) -> list[Task]:
    """A programme's open tasks whose holder holds the role on that day, the most urgent first."""
    mine = (Task.programme_id == programme.id) & Task.done_at.is_(None)
    return list(session.scalars(select(Task).where(mine, is_held(day)).order_by(Task.due_on, Task.id)))


def all_open(session: Session, day: date, *, after: Task | None = None, limit: int = 500) -> list[Task]:
    """Open tasks of the Jobcenter whose holder holds the role on that day, the oldest deadline first.

    Tasks that are one deadline, the same for several people, stand together.

    Args:
        after: Only what comes behind the deadline this task belongs to.
    """
    question = select(Task).where(Task.done_at.is_(None), is_held(day))
    if after is not None:
        question = question.where(_deadline() > (after.due_on, after.programme_id, after.role, after.label))
    return list(session.scalars(question.order_by(*_deadline(), Task.id).limit(limit)))


def count_deadlines(session: Session, day: date, *, first: date | None, last: date | None, most: int) -> int:
    """How many deadlines are open from one day to another, both included; at most `most`. Several people's is one."""
    question = select(*_deadline()).where(Task.done_at.is_(None), is_held(day)).distinct()
    if first is not None:
        question = question.where(Task.due_on >= first)
    if last is not None:
        question = question.where(Task.due_on <= last)
    found = question.order_by(*_deadline()).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _deadline() -> Tuple:
    """What tasks of several people have in common that are one deadline."""
    return tuple_(Task.due_on, Task.programme_id, Task.role, Task.label)


def due_of(session: Session, programme: Programme, act: str) -> date | None:
    """Until when an act of the present state may be done; None if it has no task."""
    mine = (Task.programme_id == programme.id) & (Task.state == programme.state) & (Task.act == act)
    return session.scalar(select(Task.due_on).where(mine).order_by(Task.opened_at.desc()).limit(1))
