"""What became of a mail that was claimed. Only the holder of its lease may say so; a late word changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import JSON, CursorResult, Uuid, bindparam, case, literal, select, update
from sqlalchemy.orm import Session

from jcflow.database import Base
from jcflow.mail.outbox import PERSONAL, Mail, MailState, by_day

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 30, 60))
"""How long to wait after the first, second … failure; after all others as after the last."""
PATIENCE = timedelta(hours=72)
"""How long a mail is tried, from its first try."""
MOST_UNWRITABLE = 10
"""How often writing a mail may fail."""

_MAIL = Base.metadata.tables["mail"]
_FREE = {"lease_token": None, "lease_until": None}
_UNSAID = {"subject": None, "text": None, "html": None, "worded_at": None}


@dataclass(frozen=True)
class Failure:
    """Why a mail was not sent."""

    problem: str
    """A German sentence for the Gremienbüro."""
    final: bool = False
    """The other side will never take it."""
    unknown: bool = False
    """It may have been taken: another copy has to be the same to the last letter."""


def sent(session: Session, mail_id: UUID, token: UUID, at: datetime) -> bool:
    """Note that the mail server has taken a mail; False where the lease had passed to somebody else."""
    done = session.connection().execute(_SENT, {"mail": mail_id, "token": token, "now": at})
    return _changed_one(done)


def cancelled(session: Session, mail_id: UUID, token: UUID) -> bool:
    """Note that the reason of a mail is gone."""
    values = {"state": MailState.CANCELLED, "problem": "Der Anlass hat sich erledigt.", **_FREE}
    return _settle(session, mail_id, token, values)


def to_print(session: Session, mail_id: UUID, token: UUID) -> bool:
    """Note that its person has no address any more: it waits as a letter."""
    return _settle(session, mail_id, token, {"state": MailState.LETTER, "address": "", **_FREE})


def released(session: Session, mail_id: UUID, token: UUID, *, is_new: bool = True) -> bool:
    """Give a mail back that there was no time for; it counts as not tried and is due as before.

    Args:
        is_new: Nobody can have its words: the next try says what is the case then.
    """
    begun = case((_MAIL.c.attempts > 1, _MAIL.c.first_try_at), else_=None)
    values = {"state": MailState.WAITING, "attempts": _MAIL.c.attempts - 1, "first_try_at": begun, **_FREE}
    if is_new:
        values |= _UNSAID
    return _settle(session, mail_id, token, values)


def put_off(session: Session, mail_id: UUID, token: UUID, until: datetime) -> bool:
    """Give a mail back that is not wanted before `until`; none of the tries so far counts."""
    fresh = {"attempts": 0, "first_try_at": None, "not_before": until, "next_try_at": until}
    return _settle(session, mail_id, token, {"state": MailState.WAITING, **fresh, **_UNSAID, **_FREE})


def failed(session: Session, mail: Mail, token: UUID, failure: Failure, at: datetime) -> MailState | None:
    """Note why a mail was not sent, and when it is tried again, if at all.

    Args:
        mail: As claimed.

    Returns:
        What the mail has become; None where the lease had passed to somebody else.
    """
    problem, values = failure.problem, dict[str, object](_FREE)
    state = MailState.REFUSED if failure.final else MailState.WAITING
    if state is MailState.WAITING and mail.first_try_at is not None and at - mail.first_try_at >= PATIENCE:
        state, problem = MailState.REFUSED, f"{problem} Nach 72 Stunden wird es nicht mehr versucht."
    if state is MailState.WAITING:
        values["next_try_at"] = _next_try(mail, at)
        if not failure.unknown:
            # Nobody has this text; the next try says what is the case then.
            values |= _UNSAID
    return state if _settle(session, mail.id, token, {**values, "state": state, "problem": problem}) else None


def unwritable(session: Session, mail: Mail, token: UUID, problem: str, at: datetime) -> bool:
    """Note that a mail could not even be written: the others go on without it, and after ten times it is set aside."""
    is_dead = mail.attempts >= MOST_UNWRITABLE
    values = {"state": MailState.DEAD} if is_dead else {"state": MailState.WAITING, "next_try_at": _next_try(mail, at)}
    return _settle(session, mail.id, token, {**values, **_FREE, "problem": problem})


def written(session: Session, mails: Collection[Mail], token: UUID) -> set[UUID]:
    """Keep the words of mails, their readers and Message-IDs before they are sent; returns those still held."""
    rows = [{"mail": mail.id, "token": token} | {f"to_{n}": getattr(mail, n) for n in _KEPT} for mail in mails]
    if rows:
        session.connection().execute(_WRITTEN, rows)
    mine = _MAIL.c.id.in_([mail.id for mail in mails]) & (_MAIL.c.lease_token == token)
    return set(session.connection().scalars(select(_MAIL.c.id).where(mine)))


def _next_try(mail: Mail, at: datetime) -> datetime:
    later = at + BACK_OFF[min(max(mail.attempts, 1), len(BACK_OFF)) - 1]
    return later if mail.urgent else by_day(later)


_HELD = (_MAIL.c.id == bindparam("mail", type_=Uuid)) & (_MAIL.c.lease_token == bindparam("token", type_=Uuid))
_KEPT = ("name", "address", "subject", "text", "html", "worded_at", "message_id")
_WRITTEN = update(_MAIL).where(_HELD).values({n: bindparam(f"to_{n}", type_=_MAIL.c[n].type) for n in _KEPT})
_IS_PERSONAL = _MAIL.c.occasion.in_(sorted(PERSONAL))
_SENT = (
    update(_MAIL)
    .where(_HELD)
    .values(
        state=MailState.SENT,
        sent_at=bindparam("now", type_=_MAIL.c.sent_at.type),
        problem="",
        facts=case((_IS_PERSONAL, literal({}, JSON)), else_=_MAIL.c.facts),
        text=case((_IS_PERSONAL, None), else_=_MAIL.c.text),
        html=case((_IS_PERSONAL, None), else_=_MAIL.c.html),
        **_FREE,
    )
)


def _settle(session: Session, mail_id: UUID, token: UUID, values: Mapping[str, object]) -> bool:
    change = update(_MAIL).where(_HELD).values(**values)
    return _changed_one(session.connection().execute(change, {"mail": mail_id, "token": token}))


def _changed_one(done: CursorResult[object]) -> bool:
    return done.rowcount == 1
