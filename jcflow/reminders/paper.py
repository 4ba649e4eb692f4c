"""Letters for people without an address that nobody has printed yet."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, bindparam, select, text, update
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, Person
from jcflow.accounts.substitutes import Substitute
from jcflow.database import Base
from jcflow.mail.outbox import ACCESS, PERSONAL, TO_THE_END, Mail, MailState, Occasion, address_of
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.stages import OPEN
from jcflow.reminders.unsent import LONGEST_WAIT
from jcflow.tasks import Task

_MAIL, _SAID, _TASK, _MEMBER, _NAMED, _PERSON = (
    Base.metadata.tables[kind.__tablename__] for kind in (Mail, Reminder, Task, Membership, Substitute, Person)
)
# As the partial index has it, so that a tick with nothing to do looks into it alone.
_LETTER = text("mail.state IN ('refused', 'dead', 'letter') AND mail.state = 'letter'")
_ABOUT = (Occasion.TASK, Occasion.CONSULTATION, Occasion.BALLOT, Occasion.BALLOT_CHANGED, Occasion.REMINDER)
_OWED = (
    select(_SAID.c.task_id)
    .join(_TASK, _TASK.c.id == _SAID.c.task_id)
    .where(_SAID.c.mail_id == _MAIL.c.id, _TASK.c.done_at.is_(None))
    .where((_SAID.c.stage == OPEN) | (_SAID.c.due_version == _TASK.c.due_version))
)
_SAID_AT_ALL = select(_SAID.c.task_id).where(_SAID.c.mail_id == _MAIL.c.id).exists()
_DONE = _MAIL.c.occasion.in_(_ABOUT) & _SAID_AT_ALL & ~_OWED.exists()
_STAYS = (
    select(_MEMBER.c.id)
    .where(_MEMBER.c.person_id == _MAIL.c.person_id)
    .where(_MEMBER.c.valid_until.is_(None) | (_MEMBER.c.valid_until > bindparam("today", type_=Date)))
)
_STANDS_IN = select(_NAMED.c.id).where(_NAMED.c.person_id == _MAIL.c.person_id, _NAMED.c.removed.is_(False))
_OPEN = select(_TASK.c.id).where(_TASK.c.id == _MAIL.c.task_id, _TASK.c.done_at.is_(None))
_NEWER = _MAIL.alias("newer")
_MOVED_SINCE = select(_NEWER.c.id).where(
    _NEWER.c.task_id == _MAIL.c.task_id,
    _NEWER.c.person_id == _MAIL.c.person_id,
    _NEWER.c.occasion == _MAIL.c.occasion,
    _NEWER.c.created_at > _MAIL.c.created_at,
)
_ABOUT_TASK = _MAIL.c.occasion.in_((Occasion.DEADLINE_MOVED, Occasion.CONCLUDE)) & _MAIL.c.task_id.is_not(None)
_OVER = _ABOUT_TASK & (~_OPEN.exists() | _MOVED_SINCE.exists())
_GONE = _MAIL.c.occasion.not_in(sorted(ACCESS | TO_THE_END)) & ~_STAYS.exists() & ~_STANDS_IN.exists()
_REACHED = select(_PERSON.c.id).where(_PERSON.c.id == _MAIL.c.person_id, address_of(_PERSON.c.email) != "")


def send_instead(session: Session, at: datetime) -> None:
    """Let the newer letters of people who have an address by now go out as mails."""
    newer = (_MAIL.c.not_before >= at - LONGEST_WAIT) & _MAIL.c.occasion.not_in(sorted(PERSONAL))
    values = {"state": MailState.WAITING, "next_try_at": at}
    session.connection().execute(update(_MAIL).where(_LETTER, newer, _REACHED.exists()).values(values))


def drop_settled(session: Session, today: date) -> None:
    """Take back the letters of all Jobcenters that have no sense any more.

    Those are letters about tasks that are done or have another deadline, and letters to people without a role, but
    for those about their account and about what they had a part in.
    """
    values = {"state": MailState.CANCELLED, "problem": "Der Anlass hat sich erledigt."}
    settled = update(_MAIL).where(_LETTER, _DONE | _OVER | _GONE).values(values)
    session.connection().execute(settled, {"today": today})
