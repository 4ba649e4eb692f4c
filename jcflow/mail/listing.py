"""The mails of a Jobcenter as its Gremienbüro sees them: what became of each, and what can still be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from jcflow.errors import Conflict, NotFound
from jcflow.mail.delivery import POISON, Render
from jcflow.mail.erasing import is_emptied
from jcflow.mail.outbox import ORIGINS, PERSONAL, Letter, Mail, MailState, Occasion, by_day, queue

AT_ONCE = 1_000
"""Mails read together where all are read."""
HANDED_OVER = frozenset({Occasion.INVITATION})
"""Those with a personal link that may be printed for somebody without an address."""


class Which(StrEnum):
    """A part of the list."""

    ALL = "all"
    WAITING = "waiting"
    LOST = "lost"
    LETTERS = "letters"


STATES = {
    Which.WAITING: (MailState.WAITING, MailState.SENDING),
    Which.LOST: (MailState.REFUSED, MailState.DEAD),
    Which.LETTERS: (MailState.LETTER,),
}


class NotPossible(Conflict):
    """What was asked for does not go with what has become of the mail."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Sought:
    """Which mails are looked for."""

    which: Which = Which.ALL
    occasion: Occasion | None = None
    person_id: UUID | None = None


def mails(session: Session, sought: Sought, *, after: Mail | None = None, limit: int) -> list[Mail]:
    """The mails looked for, those planned last first; with `after`, those behind that one."""
    question = _wanted(select(Mail), sought).order_by(Mail.not_before.desc(), Mail.id.desc()).limit(limit)
    if after is not None:
        question = question.where(tuple_(Mail.not_before, Mail.id) < (after.not_before, after.id))
    return list(session.scalars(question))


def every_mail(session: Session, sought: Sought) -> Iterator[list[Mail]]:
    """All mails looked for, in the same order, a few at a time: however many there are, memory holds only those."""
    found = mails(session, sought, limit=AT_ONCE)
    while found:
        yield found
        found = mails(session, sought, after=found[-1], limit=AT_ONCE) if len(found) == AT_ONCE else []


def count_mails(session: Session, sought: Sought, *, most: int) -> int:
    """How many mails are looked for, at most `most`."""
    found = _wanted(select(Mail.id), sought).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _wanted(question: Select[Any], sought: Sought) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if sought.which in STATES:
        conditions.append(Mail.state.in_(STATES[sought.which]))
    if sought.occasion is not None:
        conditions.append(Mail.occasion == sought.occasion)
    if sought.person_id is not None:
        conditions.append(Mail.person_id == sought.person_id)
    return question.where(*conditions)


def mail_of(session: Session, mail_id: UUID, *, lock: bool = False) -> Mail:
    """A mail of this Jobcenter.

    Args:
        lock: No worker takes it until the transaction ends.

    Raises:
        NotFound: There is none of this id here.
    """
    question = select(Mail).where(Mail.id == mail_id)
    found = session.scalar(question.with_for_update() if lock else question)
    if found is None:
        raise NotFound
    return found


def known(session: Session, mail_id: UUID) -> Mail | None:
    """A mail of this Jobcenter; None if there is none of this id."""
    return session.scalar(select(Mail).where(Mail.id == mail_id))


def may_resend(mail: Mail) -> bool:
    """Whether sending it once more makes sense; a personal link is asked for anew instead."""
    return (
        not is_emptied(mail)
        and mail.occasion not in PERSONAL
        and mail.state
        not in {
            MailState.SENDING,
            MailState.CANCELLED,
            MailState.LETTER,
        }
    )


def resend(session: Session, mail: Mail, at: datetime) -> None:
    """Send a mail again, as soon as may be: one that arrived as a copy of its own, any other in its own place.

    Raises:
        NotPossible: It is being sent, its reason is gone, it is a letter, or it holds a personal link.
    """
    if not may_resend(mail):
        raise NotPossible("Diese E-Mail lässt sich nicht noch einmal senden.")
    if mail.state is MailState.SENT:
        copy = Letter(
            mail.occasion,
            mail.person_id,
            f"{mail.key}/again/{uuid4()}",
            {**mail.facts, ORIGINS: [*map(str, mail.origins), str(mail.id)]},
            mail.programme_id,
            mail.task_id,
            mail.urgent,
            address=mail.address,
            name=mail.name,
        )
        queue(session, copy, at=at)
        return
    mail.state, mail.attempts, mail.first_try_at = MailState.WAITING, 0, None
    mail.next_try_at = at if mail.urgent else by_day(at)
    session.flush()


def printable(session: Session, mail: Mail, render: Render) -> tuple[str, str] | None:
    """Subject and text of a letter as it would be printed now; None where its reason is gone.

    Raises:
        NotPossible: It is none, or nobody but its reader may see what is in it.
    """
    if mail.state is not MailState.LETTER or mail.occasion in PERSONAL - HANDED_OVER:
        raise NotPossible("Diese E-Mail ist kein Brief, der zu drucken ist.")
    try:
        written = render(session, mail)
    except POISON as error:
        raise NotPossible("Der Brief lässt sich nicht schreiben. Es fehlen Angaben.") from error
    return (written.subject, written.text) if written else None


def hand_in(session: Session, mail: Mail, render: Render, at: datetime) -> bool:
    """Note that a letter was printed and sent, with the words it had; a personal link is not kept.

    Returns:
        False where the reason of the letter is gone: then it is taken off the list.

    Raises:
        NotPossible: It is no letter any more.
    """
    words = printable(session, mail, render)
    if words is None:
        mail.state, mail.problem = MailState.CANCELLED, "Der Anlass hat sich erledigt."
        session.flush()
        return False
    mail.subject, mail.text = words[0], None if mail.occasion in PERSONAL else words[1]
    mail.facts = {} if mail.occasion in PERSONAL else mail.facts
    mail.state, mail.sent_at, mail.problem = MailState.SENT, at, ""
    session.flush()
    return True
