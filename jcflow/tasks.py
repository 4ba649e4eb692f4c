"""Who must act until when. A task opens on entering a state and is closed by its act, its step, or the state's end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    Tuple,
    Update,
    Uuid,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session

from jcflow import workdays
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, holders_from, valid_on
from jcflow.asked import once
from jcflow.clock import local_day
from jcflow.database import Base, Tenant, add_rows, in_tenant, served
from jcflow.procedure import Role, TaskRule
from jcflow.programmes.programme import Programme, steps_of


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
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    """Who did it; None where the state ended without it or it was not needed any more."""


def open_for_state(session: Session, programme: Programme, at: datetime) -> None:
    """Open the tasks of the state the programme has just entered, those that wait for acts left out."""
    _open(session, programme, [rule for rule in programme.procedure.tasks_in(programme.state) if not rule.after], at)


def _open(session: Session, programme: Programme, rules: Sequence[TaskRule], at: datetime) -> None:
    land = session.get_one(Jobcenter, programme.jobcenter_id).land
    opened = [
        _task(programme, rule, person_id, at, land)
        for rule in rules
        for person_id in (_members(session, rule, local_day(at)) if rule.each else [None])
    ]
    if opened:
        add_rows(session, Task, opened)


def _members(session: Session, rule: TaskRule, day: date) -> list[UUID]:
    """Everybody who holds the role now or later, so that a later beginning needs no further act; voters only now."""
    found = [m for m in holders_from(session, rule.role, day) if m.valid_from <= day or rule.act != "vote"]
    return sorted({member.person_id for member in found}, key=str)


def _task(programme: Programme, rule: TaskRule, person_id: UUID | None, at: datetime, land: str) -> dict[str, object]:
    named = (
        programme.procedure.act(rule.state, rule.act)
        if rule.act
        else programme.procedure.step(rule.state, str(rule.step))
    )
    assert named is not None
    return {
        "id": uuid4(),
        "jobcenter_id": programme.jobcenter_id,
        "programme_id": programme.id,
        "state": rule.state,
        "role": rule.role,
        "person_id": person_id,
        "act": rule.act,
        "step": rule.step,
        "label": named.label,
        "due_on": _due_day(programme, rule, land),
        "opened_at": at,
    }


def _due_day(programme: Programme, rule: TaskRule, land: str) -> date:
    """When a task of the present state is due, counted from the day the state was entered.

    A step that waits for what several people are asked for is due a day after them at the earliest: only then is it
    possible without one of them.

    Args:
        land: Whose holidays count, e.g. `NW`.
    """
    due_on = workdays.deadline(programme.entered_on, rule.due.amount, rule.due.working, land)
    asked = [other for other in programme.procedure.tasks_in(rule.state) if other.each and rule.step]
    return max([due_on, *(workdays.deadline(_due_day(programme, other, land), 1, False, land) for other in asked)])


def complete(session: Session, programme: Programme, *, act: str, at: datetime, by: UUID | None) -> None:
    """Close the task that an act fulfils: the person's own one, or the role's."""
    _close(session, _CLOSE, {"of": programme.id, "at": at, "by": by, "did": act})


def leave_state(session: Session, programme: Programme, *, step: str, at: datetime, by: UUID | None) -> None:
    """Close what is still open when a step ends the state; only the step's own task counts as done by somebody."""
    _close(session, _CLOSE_ALL, {"of": programme.id, "at": at, "by": by, "taken": step})


_TASKS = Base.metadata.tables["task"]
_HERE = (_TASKS.c.jobcenter_id == bindparam("own", type_=Uuid)) & (_TASKS.c.programme_id == bindparam("of", type_=Uuid))
_BY = bindparam("by", type_=Uuid)
_MAY = or_(_TASKS.c.person_id.is_(None), _TASKS.c.person_id == _BY)
_CLOSING = update(_TASKS).where(_HERE, _TASKS.c.done_at.is_(None)).values(done_at=bindparam("at"))
_CLOSE = _CLOSING.where(_MAY, _TASKS.c.act == bindparam("did")).values(done_by=_BY)
_CLOSE_ALL = _CLOSING.values(done_by=case(((_TASKS.c.step == bindparam("taken")) & _MAY, _BY), else_=None))


def _close(session: Session, how: Update, values: Mapping[str, object]) -> None:
    session.connection().execute(how, {**values, "own": served(session)})
    # What the session knows of tasks is read anew when it is needed.
    for row in session.identity_map.values():
        if isinstance(row, Task):
            session.expire(row)


def open_following(session: Session, programme: Programme, at: datetime) -> None:
    """Open the tasks of the present state that waited for acts which are all done by now."""
    since = steps_of(session, programme)[-1].at
    mine = (Task.programme_id == programme.id) & (Task.state == programme.state) & (Task.opened_at >= since)
    entered = session.scalars(select(Task).where(mine)).all()
    done = {t.act for t in entered if t.done_by is not None} - {t.act for t in entered if t.done_at is None}
    for rule in programme.procedure.tasks_in(programme.state):
        present = any(
            (t.act, t.step, t.role) == (rule.act, rule.step, rule.role) and t.done_at is None for t in entered
        )
        if rule.after and not present and set(rule.after) <= done:
            _open(session, programme, [rule], at)


def ask_again(session: Session, programme: Programme, act: str, at: datetime) -> None:
    """Open a role's task for an act of the present state unless it is open; due as where it is asked for first."""
    open_here = (Task.programme_id == programme.id) & Task.done_at.is_(None) & (Task.act == act)
    rule = next((rule for rule in programme.procedure.tasks if rule.act == act), None)
    if rule is None or session.scalar(select(Task.id).where(open_here).limit(1)) is not None:
        return
    land = session.get_one(Jobcenter, programme.jobcenter_id).land
    asked = _task(programme, replace(rule, state=programme.state), None, at, land)
    asked["due_on"] = workdays.deadline(local_day(at), rule.due.amount, rule.due.working, land)
    add_rows(session, Task, [asked])


def reopen(session: Session, programme: Programme, *, act: str, person_id: UUID) -> None:
    """Open a person's own task of the present stay in the state again, after the act was taken back."""
    mine = (Task.programme_id == programme.id) & (Task.state == programme.state) & (Task.act == act)
    newest = select(Task).where(mine, Task.person_id == person_id).order_by(Task.opened_at.desc(), Task.id).limit(1)
    for task in session.scalars(newest):
        task.done_at = task.done_by = None
    session.flush()


def admit(session: Session, programmes: Collection[Programme], member: Membership, at: datetime) -> None:
    """Give somebody whose role begins the own tasks of the states that last."""
    land = session.get_one(Jobcenter, member.jobcenter_id).land
    for programme in programmes:
        since = steps_of(session, programme)[-1].at
        for rule in programme.procedure.tasks_in(programme.state):
            if not rule.each or rule.role is not member.role or rule.act == "vote":
                continue
            mine = (Task.programme_id == programme.id) & (Task.act == rule.act) & (Task.opened_at >= since)
            if session.scalar(select(Task.id).where(mine, Task.person_id == member.person_id)) is None:
                add_rows(session, Task, [_task(programme, rule, member.person_id, at, land)])


def open_tasks(
    session: Session, person_id: UUID, roles: Collection[Role], *, after: Task | None = None, limit: int = 500
) -> list[Task]:
    """What a person with these roles of the day still owes, the most urgent first.

    Args:
        after: Only what comes behind this task.
    """
    mine = Task.id.in_(_most_urgent(session, person_id, roles, after, limit))
    return list(session.scalars(select(Task).where(mine).order_by(Task.due_on, Task.id).limit(limit)))


@once
def open_days(session: Session, person_id: UUID, roles: frozenset[Role], limit: int) -> list[date]:
    """The days on which what a person still owes is due, the earliest first, at most `limit` of them."""
    mine = Task.id.in_(_most_urgent(session, person_id, roles, None, limit))
    return list(session.scalars(select(Task.due_on).where(mine).order_by(Task.due_on).limit(limit)))


def _most_urgent(
    session: Session, person_id: UUID, roles: Collection[Role], after: Task | None, limit: int
) -> Select[UUID]:
    """Ids of a person's own tasks and of each role's, the first of each: every part is the beginning of an index."""
    open_here = (Task.jobcenter_id == served(session)) & Task.done_at.is_(None)
    if after is not None:
        open_here &= tuple_(Task.due_on, Task.id) > (after.due_on, after.id)
    own = (Task.person_id == person_id) & Task.role.in_(roles)
    shared = [Task.person_id.is_(None) & (Task.role == role) for role in sorted(roles)]
    firsts = [
        select(Task.id).where(open_here, part).order_by(Task.due_on, Task.id).limit(limit).subquery()
        for part in (own, *shared)
    ]
    found = union_all(*(select(part.c.id) for part in firsts)).subquery()
    return select(found.c.id)


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
    return list(session.scalars(select(Task).where(mine, _is_held(day)).order_by(Task.due_on, Task.id)))


def all_open(session: Session, day: date, *, after: Task | None = None, limit: int = 500) -> list[Task]:
    """Open tasks of the Jobcenter whose holder holds the role on that day, the oldest deadline first.

    Tasks that are one deadline, the same for several people, stand together.

    Args:
        after: Only what comes behind the deadline this task belongs to.
    """
    question = select(Task).where(Task.done_at.is_(None), _is_held(day))
    if after is not None:
        question = question.where(_deadline() > (after.due_on, after.programme_id, after.role, after.label))
    return list(session.scalars(question.order_by(*_deadline(), Task.id).limit(limit)))


def count_deadlines(session: Session, day: date, *, first: date | None, last: date | None, most: int) -> int:
    """How many deadlines are open from one day to another, both included; at most `most`. Several people's is one."""
    question = select(*_deadline()).where(Task.done_at.is_(None), _is_held(day)).distinct()
    if first is not None:
        question = question.where(Task.due_on >= first)
    if last is not None:
        question = question.where(Task.due_on <= last)
    found = question.order_by(*_deadline()).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _deadline() -> Tuple:
    """What tasks of several people have in common that are one deadline."""
    return tuple_(Task.due_on, Task.programme_id, Task.role, Task.label)


def _is_held(day: date) -> ColumnElement[bool]:
    member = (Membership.person_id == Task.person_id) & (Membership.role == Task.role) & valid_on(day)
    return or_(Task.person_id.is_(None), select(Membership.id).where(member).exists())


def due_of(session: Session, programme: Programme, act: str) -> date | None:
    """Until when an act of the present state may be done; None if it has no task."""
    mine = (Task.programme_id == programme.id) & (Task.state == programme.state) & (Task.act == act)
    return session.scalar(select(Task.due_on).where(mine).order_by(Task.opened_at.desc()).limit(1))
