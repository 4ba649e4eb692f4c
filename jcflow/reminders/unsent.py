"""Reminders that wait longer than a day, for a mail server or to be printed: what comes up meanwhile goes along."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import literal, select, text
from sqlalchemy.orm import Session

from jcflow.clock import BERLIN
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.claims import WAITING
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.writing import listed, of_ids, plain

# Written out, so that PostgreSQL can see that the partial index holds them all.
_LETTER = text("mail.state IN ('refused', 'dead', 'letter') AND mail.state = 'letter'")
LONGEST_WAIT = timedelta(days=31)
"""A reminder that was planned so long ago does not go out today."""


def unsent_of(session: Session, houses: Collection[str], today: date) -> dict[str, str]:
    """Person to the reminder that waits in the outbox, whichever day it was planned for.

    It is locked until the end of the transaction; one that is just being sent is passed over, and so is one that
    may have arrived today. All ids are plain ones.
    """
    mine = Mail.jobcenter_id.in_(listed(session.get_bind().dialect.name))
    has_no_words = Mail.text.is_(None) | (Mail.worded_at < _begin(today))
    to_send = Mail.urgent == literal(False), WAITING, Mail.occasion == Occasion.REMINDER, has_no_words
    to_print = _LETTER, Mail.occasion == Occasion.REMINDER
    found: dict[str, str] = {}
    for waits in (to_print, to_send):
        question = select(plain(Mail.person_id), plain(Mail.id)).where(mine, *waits).order_by(Mail.created_at.desc())
        locked = question.with_for_update(skip_locked=True)
        rows = session.execute(locked, of_ids(list(houses)), execution_options=EVERY_JOBCENTER)
        found |= {row[0]: row[1] for row in rows}
    return found


def reached_today(session: Session, houses: Collection[str], today: date) -> set[str]:
    """To whom a reminder went today, whenever it was planned, or is on its way; people and houses by plain ids.

    One that waits counts too: whoever has locked it first (`unsent_of`) leaves its reader out.
    """
    return _to_whom(session, houses, today, MailState.WAITING, MailState.SENDING)


def had_today(session: Session, houses: Collection[str], today: date) -> set[str]:
    """The same without those whose reminder still waits: what comes up now can go along with it."""
    return _to_whom(session, houses, today, MailState.SENDING)


def collected_today(session: Session, houses: Collection[str], today: date) -> set[str]:
    """To whom a reminder says something that came up today, whether or not it has gone out.

    Asked by way of the mails, so that the ledger, to which every planning adds thousands of rows, needs no index for
    it.
    """
    mine = Mail.jobcenter_id.in_(listed(session.get_bind().dialect.name)) & (Mail.occasion == Occasion.REMINDER)
    lately = (Mail.not_before >= _begin(today - LONGEST_WAIT)) | _LETTER
    question = select(plain(Mail.person_id)).join(Reminder, Reminder.mail_id == Mail.id).distinct()
    found = question.where(mine, lately, Reminder.collected_on == today)
    return set(session.scalars(found, of_ids(list(houses)), execution_options=EVERY_JOBCENTER))


def _to_whom(session: Session, houses: Collection[str], today: date, *states: MailState) -> set[str]:
    mine = Mail.jobcenter_id.in_(listed(session.get_bind().dialect.name)) & (Mail.occasion == Occasion.REMINDER)
    on_its_way = Mail.state.in_(states) | (Mail.sent_at >= _begin(today))
    recent = Mail.not_before >= _begin(today - LONGEST_WAIT)
    question = select(plain(Mail.person_id)).where(mine, recent, on_its_way).distinct()
    return set(session.scalars(question, of_ids(list(houses)), execution_options=EVERY_JOBCENTER))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)
