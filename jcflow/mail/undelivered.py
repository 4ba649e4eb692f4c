"""Mails that have not reached anybody and never will by themselves."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.mail.outbox import Mail, MailState

GIVEN_UP = (MailState.REFUSED, MailState.DEAD)


def count_undelivered(session: Session, *, most: int) -> int:
    """How many of the Jobcenter's mails were given up; at most `most`."""
    found = select(Mail.id).where(Mail.state.in_(GIVEN_UP)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
