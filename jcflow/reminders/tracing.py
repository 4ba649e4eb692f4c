"""What each mail was about: the tasks it names."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jcflow.mail.outbox import Mail
from jcflow.programmes.programme import Programme
from jcflow.reminders.ledger import Reminder
from jcflow.tasks import Task


def tasks_told(session: Session, mail_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Mail id to the tasks in it, as `label, programme`, each once and in order."""
    told = select(Reminder.mail_id, Reminder.task_id).where(Reminder.mail_id.in_(mail_ids)).subquery()
    question = (
        select(Mail.id, Task.label, Programme.title)
        .outerjoin(told, told.c.mail_id == Mail.id)
        .join(Task, or_(Task.id == told.c.task_id, Task.id == Mail.task_id))
        .join(Programme, Programme.id == Task.programme_id)
        .where(Mail.id.in_(mail_ids))
        .distinct()
        .order_by(Mail.id, Programme.title, Task.label)
    )
    found: dict[UUID, list[str]] = {}
    for row in session.execute(question):
        found.setdefault(row.id, []).append(f"{row.label}, {row.title}")
    return found
