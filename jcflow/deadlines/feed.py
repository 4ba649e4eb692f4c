"""A person's deadlines as a calendar: titles and days, nothing of what a programme says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jcflow.clock import local_day
from jcflow.procedure import Role
from jcflow.programmes.programme import programmes_of
from jcflow.tasks import Instead, Task, open_tasks

KEPT = timedelta(days=90)
"""How long what is over is still said to be cancelled, so that calendars take it out."""
MOST = 500


def calendar_of(
    session: Session, person_id: UUID, roles: Collection[Role], at: datetime, instead: Instead = frozenset()
) -> bytes:
    """What a person with these roles still owes, each deadline a whole day, as iCalendar (RFC 5545).

    An event keeps its UID for as long as its task is there; its SEQUENCE rises when the deadline is moved, when the
    task is done, and when it comes up again.

    Args:
        instead: In whose place the person does what is theirs alone, by role; `roles` holds these roles too.
    """
    ended = _ended(session, person_id, roles, instead, at)
    found = [*open_tasks(session, person_id, roles, instead, limit=MOST), *ended]
    titles = {p.id: p.title for p in programmes_of(session, {task.programme_id for task in found}).values()}
    calendar = Calendar()
    calendar.add("prodid", "-//jcflow//Fristen//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Fristen")
    calendar.add("x-published-ttl", "PT6H")
    for task in found:
        in_place = any(role is task.role and task.person_id in {None, whose} for role, whose in instead)
        calendar.add_component(_event(task, titles[task.programme_id], in_place=in_place))
    return bytes(calendar.to_ical())


def _ended(session: Session, person_id: UUID, roles: Collection[Role], instead: Instead, at: datetime) -> list[Task]:
    theirs = [(Task.person_id == whose) & (Task.role == role) for role, whose in sorted(instead)]
    mine = or_(Task.person_id == person_id, Task.person_id.is_(None) & Task.role.in_(roles), *theirs)
    question = select(Task).where(mine, Task.done_at >= at - KEPT, Task.due_on >= local_day(at) - KEPT)
    return list(session.scalars(question.order_by(Task.due_on, Task.id).limit(MOST)))


def _event(task: Task, programme: str, *, in_place: bool) -> Event:
    gone = task.done_at is not None
    event = Event()
    event.add("uid", f"{task.id}@jcflow")
    event.add("dtstamp", task.done_at or task.opened_at)
    event.add("summary", f"Frist: {task.label} ({programme}{', in Vertretung' if in_place else ''})")
    event.add("dtstart", task.due_on)
    event.add("dtend", task.due_on + timedelta(days=1))
    event.add("sequence", 2 * (task.due_version - 1) + gone)
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event
