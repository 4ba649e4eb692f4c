"""Taking people out of the mails: those they got lose address and words, in those of others the name is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from jcflow.accounts.people import Person
from jcflow.mail.outbox import ORIGINS, Mail, MailState

OPEN = (MailState.WAITING, MailState.SENDING, MailState.LETTER)
_WORDS = ("address", "name", "subject", "text", "html", "problem")


def is_to(somebody: Person) -> ColumnElement[bool]:
    """The condition that a mail goes to a person."""
    return or_(Mail.person_id == somebody.id, Mail.address == somebody.email)


def count_to(session: Session, somebody: Person) -> int:
    """How many mails there are to a person, emptied ones left out."""
    says = or_(Mail.address != "", Mail.name != "", Mail.text.is_not(None), Mail.state.in_(OPEN))
    mine = select(Mail.id).where(is_to(somebody), says)
    return session.scalar(select(func.count()).select_from(mine.subquery())) or 0


def take_out(session: Session, somebody: Person, instead: str) -> int:
    """Empty every mail to a person, and say `instead` in all others where they name the person; returns how many."""
    own = list(session.scalars(select(Mail).where(is_to(somebody)).with_for_update()))
    empty(own)
    session.flush()
    known = {somebody.name: instead, somebody.email: instead}
    places = [*(getattr(Mail, name) for name in _WORDS), cast(Mail.facts, String)]
    naming = or_(*(place.contains(word, autoescape=True) for place in places for word in known))
    others = list(session.scalars(select(Mail).where(naming).with_for_update()))
    for mail in others:
        for name in _WORDS:
            setattr(mail, name, _replaced(getattr(mail, name), known))
        mail.facts = _replaced(mail.facts, known)
    session.flush()
    return len(own) + len(others)


def empty(mails: Iterable[Mail]) -> None:
    """Let mails say nothing any more; what was still to be sent never is."""
    for mail in mails:
        if mail.state in OPEN:
            mail.state, mail.lease_token, mail.lease_until = MailState.CANCELLED, None, None
        mail.address = mail.name = mail.problem = ""
        mail.subject = mail.text = mail.html = None
        # Which mail it repeats is no word of its own, and tells later what became of it.
        mail.facts = {name: value for name, value in mail.facts.items() if name == ORIGINS}


def is_emptied(mail: Mail) -> bool:
    """Whether address and words of a mail that went out, or could not, were erased."""
    return mail.state in {MailState.SENT, MailState.REFUSED} and not (mail.address or mail.name or mail.text)


def is_aged(before: datetime) -> ColumnElement[bool]:
    """The condition that a mail is over, older than an instant, and still says something."""
    says = or_(Mail.text.is_not(None), Mail.subject.is_not(None), Mail.address != "", Mail.name != "")
    return (Mail.created_at < before) & Mail.state.not_in(OPEN) & says


def _replaced(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for word, instead in known.items():
            value = value.replace(word, instead)
        return value
    if isinstance(value, dict):
        return {name: _replaced(inner, known) for name, inner in value.items()}
    return [_replaced(inner, known) for inner in value] if isinstance(value, list) else value
