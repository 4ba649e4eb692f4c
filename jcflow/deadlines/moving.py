"""Moving a deadline: what follows from it moves along, and everybody it concerns is written to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, func, select
from sqlalchemy.orm import Mapped, Session

from jcflow.accounts.absences import all_acting
from jcflow.accounts.people import holders, roles_of
from jcflow.audit.trail import Audited, Deed, audited, record, record_all
from jcflow.clock import local_day, written
from jcflow.decisions.ballots import current_ballot
from jcflow.errors import BadInput, NotFound, Overtaken
from jcflow.mail.outbox import Letter, Occasion, queue
from jcflow.procedure import Role, TaskRule
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.measures import REPORT, Measure
from jcflow.programmes.programme import Programme
from jcflow.programmes.schedule import ONE_DAY, Schedule, schedule_of
from jcflow.tasks import Task, is_held

LONGEST_REASON = 1_000
FARTHEST = timedelta(days=730)
"""How far ahead a deadline may lie."""
MOST = 50
"""Deadlines moved at once."""


_IN_ORDER = (Task.due_on, Task.programme_id, Task.role, Task.label, Task.id)


class DeadlineChange(Audited):
    """That the deadline of one task, the same for several people perhaps, was moved; never changed again."""

    __tablename__ = "deadline_change"
    __table_args__ = audited(Index(None, "programme_id"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"programme_id", "state", "role", "label", "old_on", "new_on"})

    programme_id: Mapped[UUID]
    state: Mapped[str]
    role: Mapped[Role]
    label: Mapped[str]
    """The task."""
    old_on: Mapped[date]
    new_on: Mapped[date]


@dataclass(frozen=True)
class Deadline:
    """Open tasks that are due together: one, or one for each holder of a role."""

    programme: Programme
    tasks: tuple[Task, ...]

    @property
    def task(self) -> Task:
        """Any of them: all have role, label and day in common."""
        return self.tasks[0]


@dataclass(frozen=True)
class Shift:
    """A deadline and the day it is moved to."""

    deadline: Deadline
    new_on: date
    chosen: bool
    """Whether it was asked for; else it follows from one that was."""
    people: tuple[UUID, ...]
    """Whom it concerns: those who have the task, and those who stand in for them today."""


def deadlines_of(session: Session, task_ids: Collection[UUID], today: date, *, lock: bool = False) -> list[Deadline]:
    """The whole deadlines that tasks belong to, the earliest first; with `lock` nobody else changes them meanwhile.

    Raises:
        NotFound: One of the tasks is not this Jobcenter's.
        Overtaken: One is done.
    """
    found = {task.id: task for task in session.scalars(select(Task).where(Task.id.in_(task_ids)))}
    if not found or set(task_ids) - set(found):
        raise NotFound
    of = (
        select(Programme).where(Programme.id.in_({task.programme_id for task in found.values()})).order_by(Programme.id)
    )
    fresh = {"populate_existing": True}
    held = session.scalars(of.with_for_update() if lock else of, execution_options=fresh if lock else {})
    programmes = {programme.id: programme for programme in held}
    mine = Task.programme_id.in_(programmes) & Task.done_at.is_(None) & is_held(today)
    open_now = session.scalars(select(Task).where(mine).order_by(*_IN_ORDER), execution_options=fresh)
    groups = [tuple(group) for _, group in groupby(open_now, key=_key)]
    gone = set(task_ids) - {task.id for group in groups for task in group}
    if gone:
        raise Overtaken(f"„{found[gone.pop()].label}“ ist inzwischen erledigt. Die Frist lässt sich nicht mehr ändern.")
    return [Deadline(programmes[g[0].programme_id], g) for g in groups if any(t.id in set(task_ids) for t in g)]


def _key(task: Task) -> tuple[date, UUID, Role, str]:
    return task.due_on, task.programme_id, task.role, task.label


def shifts_to(session: Session, chosen: Sequence[Deadline], new_on: date, today: date) -> list[Shift]:
    """What moving these deadlines to a day moves, steps that wait for them included.

    Raises:
        BadInput: The day is over, too far away, or theirs already.
    """
    if not today <= new_on <= today + FARTHEST:
        raise BadInput({"new_on": "Wählen Sie einen Tag von heute an, höchstens zwei Jahre im Voraus."})
    if all(deadline.task.due_on == new_on for deadline in chosen):
        raise BadInput({"new_on": "An diesem Tag endet die Frist schon. Wählen Sie einen anderen."})
    wanted = {deadline.task.id: (deadline, new_on) for deadline in chosen if deadline.task.due_on != new_on}
    return _with_followers(session, wanted, today)


def shift(session: Session, deadline: Deadline, new_on: date, today: date) -> Shift:
    """Moving one deadline to a day, and whom that concerns."""
    return Shift(deadline, new_on, chosen=True, people=_people(session, deadline, today))


def _with_followers(session: Session, wanted: Mapping[UUID, tuple[Deadline, date]], today: date) -> list[Shift]:
    found = {deadline.task.id: shift(session, deadline, on, today) for deadline, on in wanted.values()}
    for deadline, on in _followers(session, wanted.values(), today):
        known = found.get(deadline.task.id)
        if known is None or known.new_on < on:
            found[deadline.task.id] = Shift(deadline, on, chosen=False, people=_people(session, deadline, today))
    return list(found.values())


def _followers(
    session: Session, moved: Iterable[tuple[Deadline, date]], today: date
) -> Iterator[tuple[Deadline, date]]:
    """Steps of the same state that wait for what several people are asked for: due a day after them, as before."""
    for deadline, on in moved:
        rule = rule_of(deadline)
        if rule is None or not rule.each:
            continue
        schedule = schedule_of(session, deadline.programme)
        before, after = schedule.after(ONE_DAY, deadline.task.due_on), schedule.after(ONE_DAY, on)
        mine = (
            (Task.programme_id == deadline.programme.id) & (Task.state == deadline.task.state) & Task.step.is_not(None)
        )
        for step in session.scalars(
            select(Task).where(mine, Task.done_at.is_(None), is_held(today)).order_by(*_IN_ORDER)
        ):
            if step.due_on != after and (step.due_on < after or step.due_on == before):
                yield Deadline(deadline.programme, (step,)), after


def rule_of(deadline: Deadline) -> TaskRule | None:
    """The row of the workflow file a deadline comes from."""
    task = deadline.task
    rules = deadline.programme.procedure.tasks
    return next(
        (r for r in rules if (r.state, r.role, r.act, r.step) == (task.state, task.role, task.act, task.step)), None
    )


def _people(session: Session, deadline: Deadline, today: date) -> tuple[UUID, ...]:
    role = deadline.task.role
    own = {task.person_id for task in deadline.tasks if task.person_id is not None}
    found = own or {member.person_id for member in holders(session, role, today)}
    instead = {
        s.substitute.person_id
        for s in all_acting(session, today)
        if s.membership.person_id in found and role in s.roles
    }
    owners = {task.person_id for task in deadline.tasks if task.person_id and task.subject_id}
    gone = {person_id for person_id in owners if not roles_of(session, person_id, today)}
    return tuple(sorted((found | instead) - gone, key=str))


def doubts(session: Session, shift: Shift, today: date) -> list[str]:
    """What speaks against the new day, as sentences with a proposal; nothing of it forbids it."""
    schedule = schedule_of(session, shift.deadline.programme)
    return [*_doubts(schedule, shift, today), *_of_waiting(session, schedule, shift)]


def _of_waiting(session: Session, schedule: Schedule, shift: Shift) -> Iterator[str]:
    """A step on a day on which people it waits for still have time."""
    task, procedure = shift.deadline.task, schedule.procedure
    acts = [rule.act for rule in procedure.tasks_in(task.state) if rule.each and task.step is not None]
    mine = (Task.programme_id == task.programme_id) & (Task.state == task.state) & Task.act.in_(acts)
    last = session.scalar(select(func.max(Task.due_on)).where(mine, Task.done_at.is_(None)))
    if last is not None and shift.new_on <= last:
        day = schedule.after(ONE_DAY, last)
        yield f"Bis {written(last)} haben die Beteiligten noch Zeit. Vorschlag: ab {written(day)}."


def _doubts(schedule: Schedule, shift: Shift, today: date) -> Iterator[str]:
    task, rule = shift.deadline.task, rule_of(shift.deadline)
    rolled = schedule.next_working_day(shift.new_on)
    if rolled != shift.new_on:
        yield f"Am {written(shift.new_on)} wird nicht gearbeitet. Vorschlag: {written(rolled)}."
    if rule is not None and rule.each:
        least = schedule.counted(rule, local_day(task.opened_at))
        if shift.new_on < least:
            yield f"Nach dem Verfahren läuft die Frist bis {written(least)}. Vorschlag: nicht früher."
    if shift.new_on == today:
        yield "Die Frist endet heute. Vorschlag: ein Tag, an dem die Nachricht schon gelesen ist."


def check_reason(reason: str) -> str:
    """The reason without space around it.

    Raises:
        BadInput: It is too short or too long.
    """
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise BadInput({"reason": "Schreiben Sie eine Begründung mit 10 bis 1.000 Zeichen."})
    return reason


def move(session: Session, shifts: Sequence[Shift], deed: Deed) -> None:
    """Move deadlines, note each in the trail, and write to everybody they concern. Their programmes are locked."""
    day = local_day(deed.at)
    changes = [_change(shift) for shift in shifts]
    for shift in shifts:
        if shift.deadline.task.act == "vote":
            _keep_ballot_open(session, shift, deed)
        _move_measures(session, shift, deed)
    record_all(session, deed, [(change, {}) for change in changes])
    for shift, change in zip(shifts, changes, strict=True):
        for task in shift.deadline.tasks:
            task.due_on, task.due_version = change.new_on, task.due_version + 1
            task.due_since = task.next_on = day
    session.flush()
    queue(
        session, *(letter for pair in zip(shifts, changes, strict=True) for letter in _letters(*pair, deed)), at=deed.at
    )


def _change(shift: Shift) -> DeadlineChange:
    task = shift.deadline.task
    return DeadlineChange(
        jobcenter_id=task.jobcenter_id,
        programme_id=task.programme_id,
        state=task.state,
        role=task.role,
        label=task.label,
        old_on=task.due_on,
        new_on=shift.new_on,
    )


def _keep_ballot_open(session: Session, shift: Shift, deed: Deed) -> None:
    """Votes are taken as long as they are asked for."""
    ballot = current_ballot(session, shift.deadline.programme)
    if ballot is not None and ballot.result is None:
        record(session, ballot, deed, closes_on=shift.new_on)


def _move_measures(session: Session, shift: Shift, deed: Deed) -> None:
    """A measure is due when its report is."""
    measured = {task.subject_id for task in shift.deadline.tasks if task.act == REPORT}
    found = session.scalars(select(Measure).where(Measure.id.in_(measured))).all() if measured else ()
    record_all(session, deed, [(measure, {"due_on": shift.new_on}) for measure in found])


def _letters(shift: Shift, change: DeadlineChange, deed: Deed) -> Iterator[Letter]:
    programme = shift.deadline.programme
    own = {task.person_id: task for task in shift.deadline.tasks}
    for person_id in shift.people:
        task = own.get(person_id, shift.deadline.task)
        yield Letter(
            Occasion.DEADLINE_MOVED,
            person_id,
            f"moved/{task.id}/{task.due_version}/{person_id}",
            {
                "label": task.label,
                "programme": programme.title,
                "slug": programme.slug,
                "old_on": change.old_on.isoformat(),
                "new_on": change.new_on.isoformat(),
                "reason": deed.reason,
                "task_id": str(task.id),
            },
            programme_id=programme.id,
            task_id=task.id,
        )
