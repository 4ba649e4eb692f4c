"""Planning backwards: from the day of the resolution to every earlier deadline, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow import workdays
from jcflow.accounts.absences import Absence, absences_from
from jcflow.accounts.people import holders
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day, written
from jcflow.deadlines import moving
from jcflow.deadlines.course import asks, deciding, left_on, length_of, step_day, way
from jcflow.deadlines.moving import Deadline, Shift, rule_of
from jcflow.errors import BadInput, StepNotPossible
from jcflow.procedure import Due, OfMeeting, OfPeriod, Role, TaskRule
from jcflow.process.absences import is_left_alone
from jcflow.programmes.programme import Programme
from jcflow.programmes.schedule import MEETING, ONE_DAY, Schedule, planned_days, schedule_of
from jcflow.tasks import open_of

FARTHEST_YEARS = 3


@dataclass(frozen=True)
class Doubt:
    """Something about a planned day that does not fit, as a sentence with a proposal."""

    state: str
    sentence: str
    proposal: date | None
    forbids: bool = False
    """Whether the plan cannot be saved like this."""


@dataclass(frozen=True)
class Ahead:
    """What is still to be planned of a programme: the states from the present one to the resolution."""

    schedule: Schedule
    states: tuple[str, ...]
    entered_on: date
    """When the present state, the first of them, was entered."""
    today: date


def ahead_of(session: Session, programme: Programme, today: date) -> Ahead:
    """What is still to be planned.

    Raises:
        StepNotPossible: The resolution has been taken, or the programme has left its way.
    """
    states = way(session, programme)
    last = deciding(programme.procedure, states)
    if programme.state not in states[: states.index(last) + 1]:
        raise StepNotPossible("Termine planen", programme.current.label)
    left = states[states.index(programme.state) : states.index(last) + 1]
    return Ahead(schedule_of(session, programme), left, programme.entered_on, today)


def backwards(ahead: Ahead, resolved_on: date) -> dict[str, date]:
    """State to the day by which it has to be over, so that the resolution can be taken on a day."""
    schedule, planned, left = ahead.schedule, dict[str, date](), resolved_on
    for state in reversed(ahead.states):
        rules = schedule.procedure.tasks_in(state)
        over = schedule.before(ONE_DAY, left) if asks(schedule.procedure, state) else left
        planned[state] = over
        left = min((_begin(schedule, rule, over if rule.each else left) for rule in rules), default=left)
    return {state: planned[state] for state in ahead.states}


def _begin(schedule: Schedule, rule: TaskRule, last: date) -> date:
    return schedule.before(length_of(rule), last)


def earliest(ahead: Ahead) -> date:
    """The first day on which the resolution can be taken if every period of the procedure is used to its end."""
    begin = ahead.entered_on
    for state in ahead.states:
        begin = max(left_on(ahead.schedule.by_lengths, state, begin), ahead.today)
    return begin


def doubts(session: Session, ahead: Ahead, planned: Mapping[str, date]) -> list[Doubt]:
    """What does not fit about planned days, state by state."""
    found, begin = list[Doubt](), ahead.entered_on
    for number, state in enumerate(ahead.states):
        day = planned[state]
        least = ahead.today if number == 0 else max(begin, ahead.today)
        found += _of_day(ahead, state, day, least)
        if day >= least:
            found += _of_length(ahead.schedule.by_lengths, state, day, begin)
            found += _of_period(ahead, state, day, begin)
            found += _of_meetings(ahead, state, begin, planned)
            found += _of_absences(session, ahead, state, day)
        begin = step_day(ahead.schedule, state, day)
    return found


def _of_day(ahead: Ahead, state: str, day: date, least: date) -> Iterator[Doubt]:
    label = ahead.schedule.procedure.states[state].label
    if day < ahead.today:
        first = earliest(ahead)
        sentence = f"„{label}“ müsste am {written(day)} zu Ende sein; der Tag ist vorbei. "
        yield Doubt(state, f"{sentence}Vorschlag: Beschluss frühestens am {written(first)}.", first, forbids=True)
    elif day < least:
        sentence = f"„{label}“ wäre zu Ende, bevor der Stand davor es ist. Vorschlag: ab {written(least)}."
        yield Doubt(state, sentence, least, forbids=True)
    rolled = ahead.schedule.next_working_day(day)
    if rolled != day and day >= least:
        sentence = f"„{label}“: Am {written(day)} wird nicht gearbeitet. Vorschlag: {written(rolled)}."
        yield Doubt(state, sentence, rolled)


def _of_length(schedule: Schedule, state: str, day: date, begin: date) -> Iterator[Doubt]:
    for each in (True, False):
        rules = [rule for rule in schedule.procedure.tasks_in(state) if rule.each is each]
        last = max((schedule.counted(rule, begin) for rule in rules), default=day)
        if each and day < last:
            sentence = (
                f"{_bodies(rules)} hätte vom {written(begin)} an {_days((day - begin).days)} statt {_length(rules)}. "
            )
            kept = f"Vorschlag: bis {written(last)}. Wer gefragt wird, behält diese Tage auf jeden Fall."
            yield Doubt(state, sentence + kept, last)
        elif not each and not asks(schedule.procedure, state) and day < last:
            label = schedule.procedure.states[state].label
            sentence = f"Für „{label}“ bleiben {_days((day - begin).days)} statt {_length(rules)}. "
            yield Doubt(state, f"{sentence}Vorschlag: bis {written(last)}.", last)


def _of_period(ahead: Ahead, state: str, day: date, begin: date) -> Iterator[Doubt]:
    """A day of the period that is before the planned one."""
    label = ahead.schedule.procedure.states[state].label
    for rule in ahead.schedule.procedure.tasks_in(state):
        last = ahead.schedule.counted(rule, begin)
        if isinstance(rule.due, OfPeriod) and ahead.schedule.fixed(rule, begin) is not None and last < day:
            sentence = f"„{label}“ wäre erst am {written(day)} zu Ende; das Verfahren sieht den {written(last)} vor. "
            yield Doubt(state, f"{sentence}Vorschlag: bis {written(last)}.", last)


def _of_meetings(ahead: Ahead, state: str, begin: date, planned: Mapping[str, date]) -> Iterator[Doubt]:
    """A meeting before its state begins, after the day by which the state is to be over, or on a day without work."""
    label, day = ahead.schedule.procedure.states[state].label, planned[state]
    then = Schedule(ahead.schedule.procedure, None, planned, ahead.schedule.days)
    for rule in then.procedure.tasks_in(state):
        met_on = planned.get(MEETING + rule.due.meeting) if isinstance(rule.due, OfMeeting) else None
        if met_on is None or met_on < ahead.today:
            continue
        last = then.counted(rule, begin)
        if then.fixed(rule, begin) is None:
            first = then.after(ONE_DAY, begin)
            sentence = f"Die Sitzung am {written(met_on)} ist, bevor „{label}“ beginnt. Vorschlag: ab {written(first)}."
            yield Doubt(state, sentence, first)
        elif last > day:
            sentence = f"„{label}“ soll am {written(day)} zu Ende sein, die Sitzung ist am {written(met_on)}. "
            yield Doubt(state, f"{sentence}Vorschlag: {written(last)}.", last)
        rolled = then.next_working_day(met_on)
        if rolled != met_on:
            sentence = f"Am Tag der Sitzung, dem {written(met_on)}, wird nicht gearbeitet. "
            yield Doubt(state, f"{sentence}Vorschlag: {written(rolled)}.", rolled)


_BODIES = {Role.BOARD_MEMBER: "Der Beirat", Role.ASSEMBLY_MEMBER: "Die Trägerversammlung"}


def _bodies(rules: Sequence[TaskRule]) -> str:
    return " und ".join(dict.fromkeys(_BODIES.get(rule.role, "Wer gefragt wird") for rule in rules))


def _length(rules: Sequence[TaskRule]) -> str:
    longest: Due = max((length_of(rule) for rule in rules), key=lambda due: due.amount * (1.4 if due.working else 1))
    return f"{longest.amount} Arbeitstagen" if longest.working else _days(longest.amount, "en")


def _days(number: int, ending: str = "e") -> str:
    return "1 Tag" if number == 1 else f"{number} Tag{ending}"


def _of_absences(session: Session, ahead: Ahead, state: str, day: date) -> Iterator[Doubt]:
    """What somebody must do in the state whose last day falls into the absences of all who could."""
    absent = {one.person_id: (one, person.name) for one, person in absences_from(session, day) if one.first_on <= day}
    away, alone = [one for one, _ in absent.values()], dict[UUID, None]()
    for rule in ahead.schedule.procedure.tasks_in(state) if absent else ():
        owing = holders(session, rule.role, day)
        for some in [[member] for member in owing] if rule.each else [owing]:
            if some and is_left_alone(session, rule.role, some, away, day):
                alone[some[0].person_id] = None
    for person_id in alone:
        yield _absent(ahead, state, day, *absent[person_id])


def _absent(ahead: Ahead, state: str, day: date, absence: Absence, name: str) -> Doubt:
    label, before = ahead.schedule.procedure.states[state].label, absence.first_on
    proposal = workdays.add_working_days(before, -1, *ahead.schedule.days)
    if proposal < ahead.today:
        proposal = workdays.add_working_days(absence.last_on, 1, *ahead.schedule.days)
    sentence = f"„{label}“: {name} ist am {written(day)} abwesend, und niemand vertritt. "
    return Doubt(state, f"{sentence}Vorschlag: {written(proposal)} oder eine Vertretung eintragen.", proposal)


def shifts_of(session: Session, programme: Programme, planned: Mapping[str, date], today: date) -> list[Shift]:
    """The open deadlines that a plan moves, and whom they concern."""
    now = schedule_of(session, programme)
    then = Schedule(now.procedure, now.period_from, planned, now.days)
    wanted: list[tuple[Deadline, date]] = []
    open_now = sorted(open_of(session, programme, today), key=lambda t: (t.due_on, t.role, t.label, str(t.id)))
    for _, group in groupby(open_now, key=lambda t: (t.due_on, t.role, t.label)):
        deadline = Deadline(programme, tuple(group))
        rule = rule_of(deadline)
        new_on = then.due(rule, programme.entered_on) if rule is not None else deadline.task.due_on
        if new_on != deadline.task.due_on and new_on >= today:
            wanted.append((deadline, new_on))
    return [moving.shift(session, deadline, new_on, today) for deadline, new_on in wanted]


def out_of_range(ahead: Ahead, planned: Mapping[str, date]) -> dict[str, str]:
    """State or meeting to why its day cannot be planned: it is too far away, or a new day of a meeting is over."""
    last = ahead.today.year + FARTHEST_YEARS
    found = {}
    for name, day in planned.items():
        is_new = name.startswith(MEETING) and day != ahead.schedule.planned.get(name)
        if not (ahead.today if is_new else date.min) <= day <= date(last, 12, 31):
            what = "die Sitzung" if name.startswith(MEETING) else f"„{ahead.schedule.procedure.states[name].label}“"
            found[name] = f"Wählen Sie für {what} einen Tag von heute bis Ende {last}."
    return found


def all_planned(programme: Programme, planned: Mapping[str, date]) -> dict[str, date]:
    """All planned days of a programme with a new plan: states it leaves out stay as they were, meetings do not."""
    states = {name: day for name, day in planned_days(programme).items() if not name.startswith(MEETING)}
    return {**states, **planned}


def plan(session: Session, programme: Programme, planned: Mapping[str, date], deed: Deed) -> list[Shift]:
    """Save planned days of a locked programme, meetings under `meeting/…`, and move the open deadlines that follow.

    Raises:
        StepNotPossible: The resolution has been taken, or the programme has left its way.
        BadInput: A day is over, too far away, or before the one of the state before.
    """
    today = local_day(deed.at)
    ahead = ahead_of(session, programme, today)
    problems = {d.state: d.sentence for d in doubts(session, ahead, planned) if d.forbids}
    if problems := problems | out_of_range(ahead, planned):
        raise BadInput(problems)
    days = all_planned(programme, planned)
    kept, shifts = {name: day.isoformat() for name, day in days.items()}, shifts_of(session, programme, days, today)
    if kept != programme.planned:
        record(session, programme, deed, planned=kept)
    if shifts:
        moving.move(session, shifts, deed)
    return shifts
