"""How tasks begin: with the state, after the acts they wait for, anew, or with somebody's role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Date, Uuid, bindparam, or_, select, update
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, holders_from
from jcflow.clock import local_day
from jcflow.database import Base, add_rows, served
from jcflow.procedure import Role, TaskRule
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.schedule import Schedule, schedule_of
from jcflow.tasks.task import Task


def open_for_state(session: Session, programme: Programme, at: datetime) -> None:
    """Open the tasks of the state the programme has just entered, those that wait for acts left out."""
    _open(session, programme, [rule for rule in programme.procedure.tasks_in(programme.state) if not rule.after], at)


def _open(session: Session, programme: Programme, rules: Sequence[TaskRule], at: datetime) -> None:
    schedule = schedule_of(session, programme)
    opened = [
        _task(programme, rule, person_id, at, schedule)
        for rule in rules
        for person_id in (_members(session, rule, local_day(at)) if rule.each else [None])
    ]
    if opened:
        add_rows(session, Task, opened)


def _members(session: Session, rule: TaskRule, day: date) -> list[UUID]:
    """Everybody who holds the role now or later, so that a later beginning needs no further act; voters only now."""
    found = [m for m in holders_from(session, rule.role, day) if m.valid_from <= day or rule.act != "vote"]
    return sorted({member.person_id for member in found}, key=str)


def _task(
    programme: Programme, rule: TaskRule, person_id: UUID | None, at: datetime, schedule: Schedule
) -> dict[str, object]:
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
        "due_on": schedule.due(rule, programme.entered_on),
        "due_since": local_day(at),
        "next_on": local_day(at),
        "opened_at": at,
    }


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
    schedule, here = schedule_of(session, programme), replace(rule, state=programme.state)
    asked = _task(programme, here, None, at, schedule)
    asked["due_on"] = schedule.counted(here, local_day(at))
    add_rows(session, Task, [asked])


def reopen(session: Session, programme: Programme, *, act: str, person_id: UUID, at: datetime) -> None:
    """Open a person's own task of the present stay in the state again, after the act was taken back.

    Its deadline counts anew from that day: what was said of it before is not said again.
    """
    mine = (Task.programme_id == programme.id) & (Task.state == programme.state) & (Task.act == act)
    newest = select(Task).where(mine, Task.person_id == person_id).order_by(Task.opened_at.desc(), Task.id).limit(1)
    for task in session.scalars(newest):
        task.done_at = task.done_by = None
        task.due_version += 1
        task.due_since = task.next_on = local_day(at)
    session.flush()


def admit(session: Session, programmes: Collection[Programme], member: Membership, at: datetime) -> None:
    """Give somebody whose role begins the own tasks of the states that last."""
    for programme in programmes:
        since, schedule = steps_of(session, programme)[-1].at, schedule_of(session, programme)
        for rule in programme.procedure.tasks_in(programme.state):
            if not rule.each or rule.role is not member.role or rule.act == "vote":
                continue
            mine = (Task.programme_id == programme.id) & (Task.act == rule.act) & (Task.opened_at >= since)
            if session.scalar(select(Task.id).where(mine, Task.person_id == member.person_id)) is None:
                add_rows(session, Task, [_task(programme, rule, member.person_id, at, schedule)])
    roles = {member.role, Role.ASSEMBLY_CHAIR} if member.chair else {member.role}
    look_again(session, member.person_id, roles, max(member.valid_from, local_day(at)))


_TASKS = Base.metadata.tables["task"]
_WHOSE = or_(_TASKS.c.person_id.is_(None), _TASKS.c.person_id == bindparam("whose", type_=Uuid))
_LATER = or_(_TASKS.c.next_on.is_(None), _TASKS.c.next_on > bindparam("day", type_=Date))
_OPEN_OF_ROLES = (
    (_TASKS.c.jobcenter_id == bindparam("own", type_=Uuid))
    & _TASKS.c.done_at.is_(None)
    & _TASKS.c.role.in_(bindparam("roles", expanding=True))
)
_LOOK_AGAIN = update(_TASKS).where(_OPEN_OF_ROLES, _WHOSE, _LATER).values(next_on=bindparam("day", type_=Date))


def look_again(session: Session, person_id: UUID, roles: Collection[Role], day: date) -> None:
    """Ask on that day anew whether a person with these roles is to be told of open tasks."""
    values = {"own": served(session), "whose": person_id, "roles": sorted(roles), "day": day}
    session.connection().execute(_LOOK_AGAIN, values)
