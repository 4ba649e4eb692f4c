"""The way of a programme through its procedure: which states it passes, from when until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import setting_of
from jcflow.clock import local_day
from jcflow.procedure import Due, OfMeeting, OfPeriod, Phase, Procedure, State, Step, TaskRule
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.schedule import ONE_DAY, Schedule, schedule_of
from jcflow.tasks import open_of

WAIVED = "first_reading_waived"
"""The guard of the step that leaves out the first reading."""
NO_TIME = Due(0, working=False)


class Progress(StrEnum):
    """Where a state lies, seen from the present one."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Stretch:
    """A programme's stay in one state, past, present or expected."""

    state: State
    begins_on: date
    ends_on: date
    """The day of the step out of it; in the last state its beginning."""
    progress: Progress


def way_of(procedure: Procedure, *, waived: bool) -> tuple[str, ...]:
    """The states from opening to being in force when everything goes well, each once, in their order.

    Args:
        waived: Whether the carrier assembly does without its first reading.
    """
    return _onward(procedure, procedure.initial.key, (), waived) or (procedure.initial.key,)


def _onward(procedure: Procedure, state: str, before: tuple[str, ...], waived: bool) -> tuple[str, ...] | None:
    if procedure.states[state].phase is Phase.IN_FORCE:
        return (*before, state)
    for step in _in_order(procedure.steps_from(state), waived=waived):
        for target in step.reachable:
            dead_end = procedure.states[target].final and procedure.states[target].phase is not Phase.IN_FORCE
            if target not in {*before, state} and not dead_end:
                found = _onward(procedure, target, (*before, state), waived)
                if found is not None:
                    return found
    return None


def _in_order(steps: Sequence[Step], *, waived: bool) -> list[Step]:
    """As in the file; those that leave out the first reading come first where it is waived, and else are left out."""
    shorter = [step for step in steps if WAIVED in step.guards]
    longer = [step for step in steps if WAIVED not in step.guards]
    return [*shorter, *longer] if waived else longer


def way(session: Session, programme: Programme) -> tuple[str, ...]:
    """The way of this programme, as its Jobcenter's settings are."""
    waived = setting_of(session, programme.jobcenter_id).first_reading_waived
    return way_of(programme.procedure, waived=waived)


def deciding(procedure: Procedure, states: Sequence[str]) -> str:
    """Where the resolution is taken: in the state that asks for votes, else in the last one before being in force."""
    voted = [state for state in states if any(rule.act == "vote" for rule in procedure.tasks_in(state))]
    return voted[-1] if voted else states[-2]


def asks(procedure: Procedure, state: str) -> bool:
    """Whether several people are asked for something each in this state."""
    return any(rule.each for rule in procedure.tasks_in(state))


def length_of(rule: TaskRule) -> Due:
    """How long a task's period is; none where it ends on a fixed day."""
    if isinstance(rule.due, OfPeriod | OfMeeting):
        return rule.due.otherwise or NO_TIME
    return rule.due


def left_on(schedule: Schedule, state: str, entered_on: date) -> date:
    """The day of the step out of a state entered on this day, if every deadline is used to its end."""
    rules = schedule.procedure.tasks_in(state)
    return max((schedule.due(rule, entered_on) for rule in rules), default=entered_on)


def step_day(schedule: Schedule, state: str, planned: date) -> date:
    """The day of the step out of a state that is planned to be over by a day: people who are asked have until then."""
    return schedule.after(ONE_DAY, planned) if asks(schedule.procedure, state) else planned


def course_of(session: Session, programme: Programme, today: date) -> list[Stretch]:
    """The programme's stays in the states of its way: those behind it, the present one, and those to be expected.

    Outside its way (rejected, tied, withdrawn) only what is behind it and the present state are known.
    """
    states, schedule = way(session, programme), schedule_of(session, programme)
    found = _behind(session, programme, states)
    here = _here(session, programme, today)
    found.append(here)
    if programme.state not in states:
        return found
    begins_on = max(here.ends_on, today)
    for state in states[states.index(programme.state) + 1 :]:
        ends_on = begins_on if programme.procedure.states[state].final else left_on(schedule, state, begins_on)
        found.append(Stretch(programme.procedure.states[state], begins_on, ends_on, Progress.AHEAD))
        begins_on = ends_on
    return found


def _behind(session: Session, programme: Programme, states: Collection[str]) -> list[Stretch]:
    """The last stay in each state before the present one, in the order of the way."""
    taken, last = steps_of(session, programme), dict[str, Stretch]()
    for entered, left in pairwise(taken):
        state = programme.procedure.states[entered.target]
        last[state.key] = Stretch(state, local_day(entered.at), local_day(left.at), Progress.DONE)
    order = list(states)
    upto = order.index(programme.state) if programme.state in order else len(order)
    return [last[key] for key in order[:upto] if key in last]


def _here(session: Session, programme: Programme, today: date) -> Stretch:
    due = [task.due_on for task in open_of(session, programme, today) if task.state == programme.state]
    ends_on = programme.entered_on if programme.current.final else max(due, default=programme.entered_on)
    progress = Progress.DONE if programme.current.final else Progress.CURRENT
    return Stretch(programme.current, programme.entered_on, ends_on, progress)
