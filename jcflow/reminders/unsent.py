"""Reminders that wait longer than a day, because no mail server takes them: what comes up meanwhile goes along."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.claims import WAITING
from jcflow.mail.outbox import Mail, Occasion


def unsent_of(session: Session, houses: Collection[UUID], people: Collection[UUID]) -> dict[UUID, UUID]:
    """Person to the reminder that waits in the outbox and has no words yet, whichever day it was planned for.

    It is locked until the end of the transaction; one that is just being sent is passed over, and so is one that
    may have arrived.
    """
    if not people:
        return {}
    waits = Mail.jobcenter_id.in_(houses), Mail.urgent == literal(False), WAITING
    question = select(Mail.person_id, Mail.id).where(*waits, Mail.occasion == Occasion.REMINDER, Mail.text.is_(None))
    question = question.order_by(Mail.created_at.desc()).with_for_update(skip_locked=True)
    found = session.execute(question, execution_options=EVERY_JOBCENTER)
    return {row.person_id: row.id for row in found if row.person_id in people}
