"""Until when a procedure asks for things: from a state's beginning, the period, a meeting's day, or the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from jcflow import workdays
from jcflow.accounts.closed_days import HouseDays, house_days
from jcflow.procedure import Due, OfMeeting, OfPeriod, Procedure, TaskRule
from jcflow.programmes.programme import Programme

MEETING = "meeting/"
"""What stands before a meeting's name among the planned days; other names are states."""
ONE_DAY = Due(1, working=False)


@dataclass(frozen=True)
class Schedule:
    """All that a programme's deadlines are counted from."""

    procedure: Procedure
    period_from: date | None
    """None: days of the period do not count."""
    planned: Mapping[str, date]
    """State to the day by which it is planned to be over; meetings under `meeting/…`."""
    days: HouseDays

    @property
    def by_lengths(self) -> Schedule:
        """The same with nothing but the lengths that are counted from a state's beginning."""
        return Schedule(self.procedure, None, {}, self.days)

    def due(self, rule: TaskRule, entered_on: date) -> date:
        """When a task is due whose state was entered on this day.

        A step that waits for what several people are asked for is due a day after them at the earliest: only then is
        it possible without one of them. A planned day gives way where it has passed, and it never takes days from
        people who are asked for something each; the day of a meeting goes before it.
        """
        due_on = self._own(rule, entered_on)
        asked = [other for other in self.procedure.tasks_in(rule.state) if other.each and rule.step]
        return max([due_on, *(self.after(ONE_DAY, self.due(other, entered_on)) for other in asked)])

    def _own(self, rule: TaskRule, entered_on: date) -> date:
        counted, planned = self.counted(rule, entered_on), self.planned.get(rule.state)
        meets = isinstance(rule.due, OfMeeting) and self.fixed(rule, entered_on) is not None
        if planned is None or planned < entered_on or meets:
            return counted
        return max(planned, counted) if rule.each else planned

    def counted(self, rule: TaskRule, entered_on: date) -> date:
        """When a task is due by the workflow file alone."""
        day = self.fixed(rule, entered_on)
        if day is None:
            length = rule.due if isinstance(rule.due, Due) else rule.due.otherwise
            return self.after(length, entered_on, rolls=rule.rolls) if length else entered_on
        return self.next_working_day(day) if rule.rolls else day

    def fixed(self, rule: TaskRule, entered_on: date) -> date | None:
        """The day of the period or of a meeting on which a task is due, if it has one that is not over.

        On the day of a meeting the state it was for has its result; one entered that day waits for the next.
        """
        day = self._fixed(rule.due)
        is_over = day is None or day < entered_on or (isinstance(rule.due, OfMeeting) and day == entered_on)
        return None if is_over else day

    def _fixed(self, due: object) -> date | None:
        """The day that does not hang on the state's beginning, if there is one and it is known."""
        if isinstance(due, OfPeriod):
            return self.period_from and date(self.period_from.year + due.years, due.month, due.day)
        if isinstance(due, OfMeeting):
            day = self.planned.get(MEETING + due.meeting)
            return day and (self.before(due.before, day) if due.before else day)
        return None

    def after(self, distance: Due, day: date, *, rolls: bool = True) -> date:
        """So long after an event on this day."""
        return workdays.deadline(day, distance.amount, distance.working, *self.days, rolls=rolls)

    def next_working_day(self, day: date) -> date:
        """The day itself, or the first working day of the house after it."""
        return workdays.next_working_day(day, *self.days)

    def before(self, distance: Due, day: date) -> date:
        """The last working day from which there is so long left until this day."""
        return workdays.latest_beginning(day, distance.amount, distance.working, *self.days)


def schedule_of(session: Session, programme: Programme) -> Schedule:
    """What the deadlines of a programme are counted from, as it is now."""
    return Schedule(programme.procedure, programme.period_from, planned_days(programme), house_days(session))


def planned_days(programme: Programme) -> dict[str, date]:
    """The planned days of a programme: state, or meeting under `meeting/…`, to day."""
    return {name: date.fromisoformat(str(day)) for name, day in (programme.planned or {}).items()}
