"""One planning of some Jobcenters: who is to be told what of which task, in which mail."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jcflow.clock import local_day
from jcflow.database import Base
from jcflow.mail.outbox import Mail, MailState, Occasion, is_address
from jcflow.reminders.due import Alike, Course, DueTask
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.recipients import Wish, crowd_of
from jcflow.reminders.stages import OPEN, Stage, is_known, rule_of, stages_of
from jcflow.reminders.unsent import collected_today, reached_today, unsent_of
from jcflow.reminders.writing import PORTION, asked, listed, new_ids, of_ids, plain, put, written_out
from jcflow.tasks import Task

log = logging.getLogger("jcflow.reminders")

FRESH = timedelta(hours=24)
"""So old may a new task be for its notice to be a mail of its own; later it stands in the summary."""

NEVER_OFF = frozenset({Occasion.CONSULTATION, Occasion.BALLOT, Occasion.BALLOT_CHANGED})
"""Notices nobody can turn off, put off or have collected; the only ones that are printed as letters of their own."""

CONCLUDING, LAST_DAY = "conclude", "0d"
"""The step that waits for the votes, and the stage of it on which the chair hears that voting is over."""

_MAILS, _LEDGER = (Base.metadata.tables[kind.__tablename__] for kind in (Mail, Reminder))
_OF_MAIL = ("id", "jobcenter_id", "key", "person_id", "address", "name", "occasion", "state", "programme_id", "task_id")
_OF_ROW = ("jobcenter_id", "task_id", "person_id", "stage", "due_version", "due_on", "mail_id", "collected_on")
_ONE_DAY = timedelta(days=1)
WAITING, LETTER, REMINDER = MailState.WAITING.value, MailState.LETTER.value, Occasion.REMINDER.value


class _Entry(NamedTuple):
    """What one person is to be told of one task."""

    house: str
    task: DueTask
    person_id: str
    stages: list[Stage]
    notice: Occasion | None
    """Set where it is said in a mail of its own."""


class _Stages(NamedTuple):
    """How it stands today with the stages of tasks that came up alike."""

    course: Course
    due: tuple[Stage, ...]
    """Those that have come since this deadline counts."""
    later: tuple[date, ...]
    """The days of those still to come."""
    late: tuple[Stage, ...]
    """Those of which others hear too; nothing before the first of them has come."""

    @classmethod
    def of(cls, course: Course, stages: Sequence[Stage], today: date) -> _Stages:
        """Sorted by what has come and what has not."""
        late = tuple(stage for stage in stages if stage.escalates_to is not None)
        since = course.due_since
        return cls(
            course,
            due=tuple(stage for stage in stages if since < stage.on <= today),
            later=tuple(stage.on for stage in stages if stage.on > max(today, since)),
            late=late if late and late[0].on <= today else (),
        )


def _portions(ids: Sequence[str]) -> Iterator[dict[str, str]]:
    """The ids in parts that fit into one statement."""
    return (of_ids(ids[first : first + PORTION]) for first in range(0, len(ids), PORTION))


class Round:
    """One planning of some Jobcenters."""

    def __init__(self, session: Session, at: datetime, alike: Sequence[Alike]) -> None:
        self._session, self._at, self._today, self._alike = session, at, local_day(at), alike
        self._day = self._today.isoformat()
        self._about = f"reminder/{self._day}"
        self._listed = listed(session.get_bind().dialect.name)
        self._ids = [task.id for _, tasks in alike for task in tasks]
        self._houses = {course.jobcenter_id for course, _ in alike}
        # Before anything is asked: what is locked here no other worker sends while this one adds to it.
        self._unsent = unsent_of(session, self._houses, self._today)
        self._crowd = crowd_of(session, self._houses, self._today)
        self._said = self._recorded()
        # Asked after what waits was locked: what another worker has taken or sent until then is seen here.
        self._told_today = collected_today(session, self._houses, self._today) | self._reached_today()
        self._voted_before = self._earlier_ballots()
        self._votes_over = self._ballots_over()
        self._set_aside: set[str] = set()

    def carry_out(self) -> int:
        """Write the ledger and the mails, and move each task on to its next day."""
        entries: list[_Entry] = []
        moved: dict[date | None, list[str]] = defaultdict(list)
        for course, tasks in self._alike:
            stages = self._stages(course)
            for task in tasks:
                next_on = self._look_at(task, stages, entries) if stages else self._put_aside(task, course)
                moved[next_on].append(task.id)
        self._move_on(moved)
        return self._write(entries)

    def _recorded(self) -> set[Sequence[Any]]:
        columns = (plain(Reminder.task_id), plain(Reminder.person_id), Reminder.stage, Reminder.due_version)
        question = select(*columns).where(Reminder.task_id.in_(self._listed))
        return {tuple(row) for ids in _portions(self._ids) for row in asked(self._session, question, ids)}

    def _reached_today(self) -> set[str]:
        return reached_today(self._session, self._houses, self._today) - self._unsent.keys()

    @cached_property
    def _opened(self) -> dict[str, datetime]:
        """Task to when it came up; asked only where somebody has not been told that it has."""
        question = select(plain(Task.id), Task.opened_at).where(Task.id.in_(self._listed))
        return {row[0]: row[1] for ids in _portions(self._ids) for row in asked(self._session, question, ids)}

    def _earlier_ballots(self) -> dict[str, datetime]:
        """Programme to when it was first voted on, where the programmes of this round vote."""
        voting = {task.programme_id for course, tasks in self._alike if course.act == "vote" for task in tasks}
        if not voting:
            return {}
        mine = Task.programme_id.in_(self._listed) & (Task.act == "vote")
        question = select(plain(Task.programme_id), func.min(Task.opened_at)).where(mine).group_by(Task.programme_id)
        return {row[0]: row[1] for row in asked(self._session, question, of_ids(list(voting)))}

    def _ballots_over(self) -> set[str]:
        """Programmes of this round on which not everybody has voted until the last day for it."""
        concluding = {task.programme_id for course, tasks in self._alike if course.step == CONCLUDING for task in tasks}
        if not concluding:
            return set()
        mine = Task.programme_id.in_(self._listed) & (Task.act == "vote") & Task.done_at.is_(None)
        question = select(plain(Task.programme_id)).where(mine).group_by(Task.programme_id)
        over = question.having(func.max(Task.due_on) < self._today)
        return {row[0] for row in asked(self._session, over, of_ids(list(concluding)))}

    def _stages(self, course: Course) -> _Stages | None:
        """None where the workflow file is gone."""
        workflow = course.workflow_key, course.workflow_version
        if not is_known(workflow):
            return None
        rule = rule_of(workflow, course.state, course.role, course.act, course.step)
        closed = frozenset(self._crowd.closed.get(course.jobcenter_id, ()))
        stages = stages_of(rule, course.due_on, course.land, closed) if rule else ()
        return _Stages.of(course, stages, self._today)

    def _look_at(self, task: DueTask, stages: _Stages, entries: list[_Entry]) -> date | None:
        """Note what is to be said of a task now; returns the next day on which something will be."""
        if stages.course.paused:
            return None
        later = list(stages.later)
        for person_id, since, only in self._recipients(task, stages):
            if since > self._today:
                later.append(since)
                continue
            entry, put_off = self._look_for(task, stages, person_id, since, only)
            if entry is not None:
                entries.append(entry)
            if put_off is not None:
                later.append(put_off)
        return min(later, default=None)

    def _put_aside(self, task: DueTask, course: Course) -> date:
        """When to look again at a task whose workflow file is gone; the others go on without it."""
        if task.programme_id not in self._set_aside:
            self._set_aside.add(task.programme_id)
            said = "Programm %s: Die Workflow-Datei %s, Version %s, fehlt. An seine Aufgaben wird nicht erinnert."
            log.error(said, written_out(task.programme_id), course.workflow_key, course.workflow_version)
        return self._today + _ONE_DAY

    def _recipients(self, task: DueTask, stages: _Stages) -> Iterable[tuple[str, date, tuple[Stage, ...] | None]]:
        """Person, since when the task concerns the person, and the only stages to hear of (None: all), once each."""
        house, role = stages.course.jobcenter_id, stages.course.role
        holders = self._crowd.holders(house, role, task.person_id)
        holding: dict[str, date] = {m.person_id: m.since for m in holders}
        if not stages.late and not self._crowd.named:
            return [(person_id, since, None) for person_id, since in holding.items()]
        present = [m for m in holders if m.since <= self._today]
        for person_id, since in self._crowd.standing_in(present, role, always=False):
            holding.setdefault(person_id, since)
        found: list[tuple[str, date, tuple[Stage, ...] | None]] = [(who, since, None) for who, since in holding.items()]
        if not stages.late:
            return found
        to = stages.late[0].escalates_to
        late = [m for m in self._crowd.holders(house, to, None) if m.since <= self._today] if to else []
        told = dict(self._crowd.standing_in(late, to, always=False)) if to else {}
        told |= {m.person_id: m.since for m in late}
        for person_id, _ in self._crowd.standing_in(present, role, always=True):
            told.setdefault(person_id, self._today)
        others = [(who, since) for who, since in told.items() if who not in holding]
        return found + [(who, min(since, stages.course.due_since), stages.late) for who, since in others]

    def _look_for(
        self, task: DueTask, stages: _Stages, person_id: str, since: date, only: tuple[Stage, ...] | None
    ) -> tuple[_Entry | None, date | None]:
        """What a person is to be told now, or the day to which it is put off."""
        course, is_new, put_off = stages.course, False, None
        due = stages.due if only is None else [stage for stage in only if stage in stages.due]
        fresh = [s for s in due if s.on > since and (task.id, person_id, s.name, task.due_version) not in self._said]
        if only is None and (task.id, person_id, OPEN, 1) not in self._said:
            known_from = self._known_from(task, course, since, self._crowd.wish(person_id))
            is_new = known_from <= self._today
            if is_new:
                fresh.append(Stage(OPEN, known_from))
            else:
                put_off = known_from
        if not fresh:
            return None, put_off
        is_notice = is_new and len(fresh) == 1 and self._at - self._opened[task.id] <= FRESH
        occasion, house = self._occasion(task, course) if is_notice else None, course.jobcenter_id
        wish = self._crowd.wish(person_id)
        if occasion in NEVER_OFF:
            return _Entry(house, task, person_id, fresh, occasion), None
        if wish.paused_until is not None:
            return None, wish.paused_until + _ONE_DAY
        if occasion is not None and not wish.collected and is_address(self._crowd.people[person_id].email):
            return _Entry(house, task, person_id, fresh, occasion), None
        if self._may_conclude(task, course, fresh):
            return _Entry(house, task, person_id, fresh, Occasion.CONCLUDE), put_off
        if person_id in self._told_today:
            return None, self._today + _ONE_DAY
        return _Entry(house, task, person_id, fresh, None), put_off

    def _may_conclude(self, task: DueTask, course: Course, fresh: Sequence[Stage]) -> bool:
        """Whether this is the day on which the result can be concluded without those who have not voted."""
        is_day = course.step == CONCLUDING and [stage.name for stage in fresh] == [LAST_DAY]
        return is_day and task.programme_id in self._votes_over

    def _known_from(self, task: DueTask, course: Course, since: date, wish: Wish) -> date:
        """The day from which a person may be told that the task is there."""
        known_from = max(local_day(self._opened[task.id]), since)
        is_collected = wish.collected and self._occasion(task, course) not in NEVER_OFF
        return known_from + _ONE_DAY if is_collected else known_from

    def _occasion(self, task: DueTask, course: Course) -> Occasion:
        if course.act == "vote":
            again = self._voted_before[task.programme_id] < self._opened[task.id]
            return Occasion.BALLOT_CHANGED if again else Occasion.BALLOT
        return Occasion.CONSULTATION if course.act == "opinion" else Occasion.TASK

    def _write(self, entries: list[_Entry]) -> int:
        """Write the mails and the ledger; what one person is told of several tasks is one mail. Returns how many."""
        mails: dict[object, tuple[object, ...]] = {}
        rows: list[tuple[object, ...]] = []
        ids = iter(new_ids(len(entries)))
        for entry in entries:
            one = (entry.task.id, entry.person_id) if entry.notice else entry.person_id
            mail_id: object = None if entry.notice else self._unsent.get(entry.person_id)
            if mail_id is None:
                if one not in mails:
                    mails[one] = self._mail(entry, next(ids))
                mail_id = mails[one][0]
            rows += [self._row(entry, stage, mail_id) for stage in entry.stages]
        put(self._session, _MAILS, _OF_MAIL, list(mails.values()), self._common)
        put(self._session, _LEDGER, _OF_ROW, rows, {"planned_at": self._at})
        return len(mails)

    @property
    def _common(self) -> dict[str, object]:
        now = dict.fromkeys(("created_at", "not_before", "next_try_at"), self._at)
        return {**now, "facts": {}, "urgent": False, "attempts": 0, "problem": ""}

    def _mail(self, entry: _Entry, mail_id: str) -> tuple[object, ...]:
        task, person_id = entry.task, entry.person_id
        about = f"open/{written_out(task.id)}" if entry.notice else self._about
        if entry.notice is Occasion.CONCLUDE:
            about = f"votes_over/{written_out(task.id)}/{task.due_version}"
        reader = self._crowd.people[person_id]
        address = reader.email if is_address(reader.email) else ""
        state = WAITING if address else LETTER
        concerns = (task.programme_id, task.id) if entry.notice else (None, None)
        occasion = entry.notice.value if entry.notice else REMINDER
        key = f"{about}/{written_out(person_id)}"
        return (mail_id, entry.house, key, person_id, address, reader.name, occasion, state, *concerns)

    def _row(self, entry: _Entry, stage: Stage, mail_id: object) -> tuple[object, ...]:
        task, version = entry.task, 1 if stage.name == OPEN else entry.task.due_version
        collected_on = None if entry.notice else self._day
        told = (entry.person_id, stage.name, version, stage.on.isoformat(), mail_id, collected_on)
        return (entry.house, task.id, *told)

    def _move_on(self, moved: dict[date | None, list[str]]) -> None:
        table = Base.metadata.tables[Task.__tablename__]
        for next_on, ids in moved.items():
            move = update(table).where(table.c.id.in_(self._listed)).values(next_on=next_on)
            for some in _portions(ids):
                self._session.connection().execute(move, some)
