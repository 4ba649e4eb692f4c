"""Reminders that are planned and not away: what comes up meanwhile goes along, or waits for the next day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.orm import Session

from jcflow.clock import BERLIN
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.claims import WAITING
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.reminders.writing import listed, of_ids, plain

LONGEST_WAIT = timedelta(days=30)
"""A reminder that was planned longer ago is not looked for."""


def unsent_of(session: Session, houses: Collection[str], people: Collection[str] | None = None) -> dict[str, str]:
    """Person to the reminder that waits in the outbox and has no words yet, whichever day it was planned for.

    It is locked until the end of the transaction; one that is just being sent is passed over, and so is one that
    may have arrived. All ids are plain ones; without `people` it is everybody of the houses.
    """
    if people is not None and not people:
        return {}
    waits = _reminds(session), Mail.urgent == literal(False), WAITING, Mail.text.is_(None)
    question = select(plain(Mail.person_id), plain(Mail.id)).where(*waits).order_by(Mail.created_at.desc())
    locked = question.with_for_update(skip_locked=True)
    found = session.execute(locked, of_ids(list(houses)), execution_options=EVERY_JOBCENTER)
    return {row[0]: row[1] for row in found if people is None or row[0] in people}


def written_to(session: Session, houses: Collection[str], today: date, unsent: Mapping[str, str]) -> set[str]:
    """Who has been sent a reminder today, or has one on the way that nothing can be added to any more.

    Args:
        houses: Plain ids.
        unsent: What `unsent_of` has locked before: another worker cannot take these.
    """
    day = datetime.combine(today, time.min, BERLIN)
    recent = Mail.not_before >= day - LONGEST_WAIT, Mail.not_before < day + timedelta(days=1), Mail.address != ""
    under_way = Mail.state.in_((MailState.WAITING, MailState.SENDING))
    told = under_way | ((Mail.sent_at >= day) & (Mail.sent_at < day + timedelta(days=1)))
    question = select(plain(Mail.person_id), Mail.state).where(_reminds(session), *recent, told)
    found = session.execute(question, of_ids(list(houses)), execution_options=EVERY_JOBCENTER)
    return {row[0] for row in found if row[1] is not MailState.WAITING or row[0] not in unsent}


def _reminds(session: Session) -> ColumnElement[bool]:
    mine = Mail.jobcenter_id.in_(listed(session.get_bind().dialect.name))
    return mine & (Mail.occasion == Occasion.REMINDER)
