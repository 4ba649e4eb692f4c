"""Reminders that wait longer than a day, because no mail server takes them: what comes up meanwhile goes along."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.claims import WAITING
from jcflow.mail.outbox import Mail, Occasion
from jcflow.reminders.writing import listed, of_ids, plain


def unsent_of(session: Session, houses: Collection[str], people: Collection[str]) -> dict[str, str]:
    """Person to the reminder that waits in the outbox and has no words yet, whichever day it was planned for.

    It is locked until the end of the transaction; one that is just being sent is passed over, and so is one that
    may have arrived. All ids are plain ones.
    """
    if not people:
        return {}
    mine = Mail.jobcenter_id.in_(listed(session.get_bind().dialect.name))
    waits = mine, Mail.urgent == literal(False), WAITING, Mail.occasion == Occasion.REMINDER, Mail.text.is_(None)
    question = select(plain(Mail.person_id), plain(Mail.id)).where(*waits).order_by(Mail.created_at.desc())
    locked = question.with_for_update(skip_locked=True)
    found = session.execute(locked, of_ids(list(houses)), execution_options=EVERY_JOBCENTER)
    return {row[0]: row[1] for row in found if row[0] in people}
