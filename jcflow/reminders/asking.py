"""Reminding by hand: who would be written to now about open tasks, and doing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.accounts.mail_wishes import pauses_of
from jcflow.clock import local_day
from jcflow.database import served
from jcflow.mail.outbox import Letter, Mail, Occasion, queue
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.recipients import Crowd, crowd_of
from jcflow.reminders.stages import OPEN
from jcflow.reminders.unsent import collected_today, had_today, reached_today, unsent_of
from jcflow.tasks import Task


@dataclass(frozen=True)
class Asked:
    """One person who would be reminded, and of which tasks."""

    person_id: UUID
    name: str
    tasks: tuple[Task, ...]
    told_today: bool
    """Then the person is not written to again: one reminder a day is enough."""
    paused_until: date | None
    """The last day on which the person does not want to be reminded, if today is one."""

    @property
    def is_written_to(self) -> bool:
        """Whether a reminder goes to the person."""
        return not self.told_today and self.paused_until is None


@dataclass(frozen=True)
class Told:
    """How often people have been reminded of a task."""

    times: int
    last_at: datetime | None


def whom(session: Session, tasks: Sequence[Task], today: date) -> list[Asked]:
    """Everybody these tasks wait for, and who stands in for them today; by name."""
    house = [served(session).hex]
    crowd = crowd_of(session, house, today)
    wanted: dict[UUID, list[Task]] = {}
    for task in tasks:
        for person_id in _people(crowd, task):
            wanted.setdefault(person_id, []).append(task)
    told = {UUID(person) for person in collected_today(session, house, today) | had_today(session, house, today)}
    known = {i: crowd.people[i.hex].name for i in wanted if i.hex in crowd.people}
    pauses = pauses_of(session, list(known), today)
    asked = [Asked(i, name, tuple(wanted[i]), i in told, pauses.get(i)) for i, name in known.items()]
    return sorted(asked, key=lambda one: (one.name, str(one.person_id)))


def _people(crowd: Crowd, task: Task) -> set[UUID]:
    own = task.person_id.hex if task.person_id else None
    holders = crowd.holders(task.jobcenter_id.hex, task.role, own)
    present = [member for member in holders if member.since <= crowd.today]
    instead = {person_id for person_id, _ in crowd.standing_in(present, task.role, always=False)}
    return {UUID(person_id) for person_id in {member.person_id for member in present} | instead}


def remind(session: Session, asked: Collection[Asked], at: datetime) -> int:
    """Queue one mail for each who has had none today and has not paused them; returns how many people that are.

    Whoever has one waiting since another day hears of it there.
    """
    today = local_day(at)
    writing = [one for one in asked if one.is_written_to]
    unsent = unsent_of(session, [served(session).hex], today)
    taken = reached_today(session, [served(session).hex], today) - unsent.keys()
    writing = [one for one in writing if one.person_id.hex not in taken]
    mails = {UUID(person): UUID(mail) for person, mail in unsent.items()}
    keys = {f"reminder/{today}/{one.person_id}": one.person_id for one in writing if one.person_id not in mails}
    queue(session, *(Letter(Occasion.REMINDER, i, key, {}) for key, i in keys.items()), at=at)
    found = session.execute(select(Mail.key, Mail.id).where(Mail.key.in_(keys)))
    mails |= {keys[row[0]]: row[1] for row in found}
    for one in writing:
        session.add_all(_row(task, one.person_id, mails[one.person_id], at) for task in one.tasks)
    session.flush()
    return len(writing)


def _row(task: Task, person_id: UUID, mail_id: UUID, at: datetime) -> Reminder:
    today = local_day(at)
    return Reminder(
        jobcenter_id=task.jobcenter_id,
        task_id=task.id,
        person_id=person_id,
        stage=f"asked {today}",
        due_version=task.due_version,
        due_on=today,
        mail_id=mail_id,
        collected_on=today,
        planned_at=at,
    )


def told_of(session: Session, task_ids: Collection[UUID]) -> dict[UUID, Told]:
    """Task to how often and when somebody was last reminded of it; the notice that it is there does not count."""
    mine = Reminder.task_id.in_(task_ids) & (Reminder.stage != OPEN) & Reminder.mail_id.is_not(None)
    times, last = func.count(Reminder.collected_on.distinct()), func.max(Reminder.planned_at)
    question = select(Reminder.task_id, times, last).where(mine).group_by(Reminder.task_id)
    return {row[0]: Told(row[1], row[2]) for row in session.execute(question)} if task_ids else {}
