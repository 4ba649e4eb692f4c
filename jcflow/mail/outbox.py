"""The outbox: a mail is a row, written in the transaction of what causes it and sent by `jcflow worker`.

Nothing is sent from here; `sending` claims what is due and notes what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Index,
    Insert,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    case,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from jcflow.accounts.people import Person
from jcflow.clock import BERLIN
from jcflow.database import Base, Tenant, in_tenant, served

MORNING, EVENING = time(7), time(20)
"""Local times between which mails are sent that are not urgent."""


class Occasion(StrEnum):
    """Why somebody is written to; names the templates `mail/<value>.txt` and `.html`."""

    INVITATION = "invitation"
    TASK = "task"
    CONSULTATION = "consultation"
    OPINION_RECEIVED = "opinion_received"
    OPINION_NEW = "opinion_new"
    ANSWER = "answer"
    BALLOT = "ballot"
    VOTE_RECEIVED = "vote_received"
    BALLOT_CHANGED = "ballot_changed"
    CONCLUDE = "conclude"
    RESULT = "result"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"
    REMINDER = "reminder"
    WEEKLY = "weekly"
    UNDELIVERABLE = "undeliverable"
    DEADLINE_MOVED = "deadline_moved"
    SUBSTITUTION = "substitution"
    RESET = "reset"
    ADDRESS_CHANGE = "address_change"
    NEW_SIGN_IN = "new_sign_in"
    ACCOUNT_CHANGED = "account_changed"
    CHECKPOINT = "checkpoint"


ALWAYS_SENT = frozenset(
    {
        Occasion.INVITATION,
        Occasion.CONSULTATION,
        Occasion.BALLOT,
        Occasion.BALLOT_CHANGED,
        Occasion.RESULT,
        Occasion.UNDELIVERABLE,
        Occasion.RESET,
        Occasion.ADDRESS_CHANGE,
        Occasion.NEW_SIGN_IN,
        Occasion.ACCOUNT_CHANGED,
        Occasion.CHECKPOINT,
    }
)
"""What nobody can turn off: proof of invitation and of the trail, what a vote depends on, the safety of an account."""
PERSONAL = frozenset({Occasion.INVITATION, Occasion.RESET, Occasion.ADDRESS_CHANGE})
"""Mails with a link that is as good as a key: nobody but their reader sees it, and it is not kept once it was sent."""

TO_THE_END = frozenset({Occasion.RESULT, Occasion.VOTE_RECEIVED, Occasion.OPINION_RECEIVED, Occasion.ANSWER})
"""Mails that are for who had a part when they were queued, even if the term has ended since."""

ACCESS = PERSONAL | {Occasion.NEW_SIGN_IN, Occasion.ACCOUNT_CHANGED}
"""About the account itself; they go out whatever role the person holds today."""


class MailState(StrEnum):
    """What has become of a mail; all but the first two are final unless somebody sends it again."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    """The other side will never take it, or has not for 72 hours."""
    DEAD = "dead"
    """It could not even be written."""
    CANCELLED = "cancelled"
    """Its reason was gone when it was to be sent."""
    LETTER = "letter"
    """Somebody without an address: it is to be printed, and is sent once that is done."""

    @property
    def is_lost(self) -> bool:
        """Whether it will never arrive unless somebody does something."""
        return self in {MailState.REFUSED, MailState.DEAD}


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Mail(Tenant):
    """One mail to one person; no part of the trail."""

    __tablename__ = "mail"
    __table_args__ = in_tenant(
        UniqueConstraint("jobcenter_id", "key"),
        Index(None, "jobcenter_id", "urgent", "next_try_at", "id", **_where("state = 'waiting'")),
        Index(None, "not_before", **_where("state IN ('waiting', 'sending')")),
        Index(None, "lease_until", **_where("state = 'sending'")),
        Index(None, "jobcenter_id", "not_before", "id"),
        Index(None, "jobcenter_id", "state", "not_before", "id", **_where("state IN ('refused', 'dead', 'letter')")),
        Index(None, "task_id", **_where("task_id IS NOT NULL")),
        person_id="person",
        programme_id="programme",
        task_id="task",
    )

    key: Mapped[str]
    """What the mail is about, down to its recipient: the same thing is never queued twice in a Jobcenter."""
    person_id: Mapped[UUID | None]
    """Whose address counts when the mail is sent; None: the address stored here, whoever reads it."""
    address: Mapped[str]
    """As last known; empty for somebody without one."""
    name: Mapped[str]
    occasion: Mapped[Occasion]
    facts: Mapped[dict[str, Any]]
    """All its template needs: plain strings, ISO dates, numbers."""
    programme_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    """Sent at night too and never collected with others."""
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    """When it is planned for."""
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was claimed."""
    next_try_at: Mapped[datetime]
    first_try_at: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    """Who sends it now: only the holder of this very token may say what became of it."""
    lease_until: Mapped[datetime | None]
    """By the database's clock; past it, somebody else may take the mail."""
    message_id: Mapped[str | None]
    """The same at every attempt, so that a second copy can be known as one."""
    subject: Mapped[str | None]
    text: Mapped[str | None]
    html: Mapped[str | None]
    worded_at: Mapped[datetime | None]
    """When these words were written."""
    sent_at: Mapped[datetime | None]
    """When the mail server took it, or the letter was handed in."""
    problem: Mapped[str] = mapped_column(default="")
    """A German sentence: why it was not sent the last time, or never will be."""

    @property
    def origins(self) -> list[UUID]:
        """The mails it says once more, the first one first."""
        return [UUID(origin) for origin in self.facts.get(ORIGINS, ())]


ORIGINS = "copy_of"
"""The fact that names the mails of which one is a copy."""


@dataclass(frozen=True)
class Letter:
    """What is to be said to whom. Source: ui.md § 12 (M01–M20)."""

    occasion: Occasion
    person_id: UUID | None
    """None: to `address`, which is nobody's own, e.g. a new one that is still to be confirmed."""
    key: str
    """Unique in the Jobcenter, at most 300 characters, e.g. `result/<programme>/<version>/<person>`."""
    facts: Mapping[str, object]
    """JSON: plain strings, ISO dates, numbers, lists of such."""
    programme_id: UUID | None = None
    task_id: UUID | None = None
    urgent: bool = False
    not_before: datetime | None = None
    """Not sent earlier; None: as soon as may be."""
    address: str = ""
    """Only without `person_id`."""
    name: str = ""
    """Only without `person_id`."""
    decoy: bool = False
    """Costs what any other costs and writes nothing: so nobody learns from the time it takes whom we know."""


def queue(session: Session, *letters: Letter, at: datetime) -> None:
    """Write mails into the outbox, in the caller's transaction and with one statement.

    One whose key is known already is left out; one to somebody without an address waits as a letter to be printed.
    What is not urgent is planned for the next time between 7:00 and 20:00.
    """
    if letters:
        dialect = session.get_bind().dialect.name
        session.connection().execute(_insertion(dialect), [_row(session, letter, at) for letter in letters])


def _row(session: Session, letter: Letter, at: datetime) -> dict[str, object]:
    planned = max(at, letter.not_before or at)
    return {
        "of_id": uuid4(),
        "of_jobcenter_id": served(session),
        "of_person_id": letter.person_id,
        "of_address": letter.address,
        "of_name": letter.name,
        "of_key": letter.key,
        "of_occasion": letter.occasion,
        "of_facts": dict(letter.facts),
        "of_programme_id": letter.programme_id,
        "of_task_id": letter.task_id,
        "of_urgent": letter.urgent,
        "of_created_at": at,
        "of_not_before": planned if letter.urgent else by_day(planned),
        "is_real": 0 if letter.decoy else 1,
    }


def by_day(at: datetime) -> datetime:
    """The moment itself, or the next 7:00 in Berlin if it lies between 20:00 and 7:00."""
    local = at.astimezone(BERLIN)
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, BERLIN)


_TABLE = Base.metadata.tables["mail"]
_AS_GIVEN = (
    "id",
    "jobcenter_id",
    "person_id",
    "key",
    "occasion",
    "facts",
    "programme_id",
    "task_id",
    "urgent",
    "created_at",
    "not_before",
)


@cache
def _insertion(dialect: str) -> Insert:
    """Name and address come from the person in the same statement."""
    columns = _TABLE.c
    given = {name: bindparam(f"of_{name}", type_=columns[name].type) for name in _AS_GIVEN}
    mine = (Person.jobcenter_id == given["jobcenter_id"]) & (Person.id == given["person_id"])
    known = select(address_of(Person.email).label("address"), Person.name).where(mine).subquery()
    address = func.coalesce(known.c.address, bindparam("of_address", type_=String))
    values = {
        **given,
        "address": address,
        "name": func.coalesce(known.c.name, bindparam("of_name", type_=String)),
        "state": case((address == "", MailState.LETTER.value), else_=MailState.WAITING.value),
        "next_try_at": given["not_before"],
        "attempts": literal(0),
        "problem": literal(""),
    }
    one = select(literal(1).label("one")).subquery()
    # SQLite takes the ON of the conflict for one of a join unless a WHERE stands between them.
    real = bindparam("is_real", type_=Integer) == 1
    chosen = select(*values.values()).select_from(one.outerjoin(known, true())).where(real)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return (
        insert(_TABLE).from_select(list(values), chosen).on_conflict_do_nothing(index_elements=["jobcenter_id", "key"])
    )


def address_of(email: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A person's address for mail: empty for a name to sign in with that is none."""
    return case((email.contains("@"), email), else_="")


def is_address(email: str) -> bool:
    """Whether what a person signs in with is an address for mail too."""
    return "@" in email
