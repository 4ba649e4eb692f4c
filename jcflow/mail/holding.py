"""Mails that wait because their reader wants them later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.mail.outbox import Mail, MailState, by_day


class NotYet(Exception):
    """Whoever is to be written to does not want that before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def bring_forward(session: Session, person_id: UUID, at: datetime) -> None:
    """Let what was put off for a person be due at once; whether it still has to wait is asked anew."""
    mine = (Mail.person_id == person_id) & (Mail.state == MailState.WAITING) & (Mail.next_try_at > at)
    held = mine & (Mail.attempts == 0) & (Mail.created_at < Mail.not_before)
    for mail in session.scalars(select(Mail).where(held)):
        mail.not_before = mail.next_try_at = at if mail.urgent else by_day(at)
    session.flush()
