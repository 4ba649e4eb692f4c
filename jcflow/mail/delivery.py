"""Sending what was claimed: written in one look at the data, handed over outside any transaction, noted at once.

The note of a mail is written while the next one is on its way. What a mail says is not known here; whoever sends
hands in a function that writes it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import TracebackType
from typing import ParamSpec, Protocol, Self
from uuid import UUID

from jinja2 import TemplateError
from sqlalchemy import Engine, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from jcflow import asked, database
from jcflow.accounts.absences import all_acting
from jcflow.accounts.many_roles import learn_roles
from jcflow.accounts.people import Person, holders
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER
from jcflow.errors import JcflowError
from jcflow.mail import outcomes
from jcflow.mail.claims import LEASE, Lease
from jcflow.mail.holding import NotYet
from jcflow.mail.message import Letterhead, NoAddress, message, sendable
from jcflow.mail.offices import learn_offices, office_of
from jcflow.mail.outbox import Letter, Mail, Occasion, by_day, is_address, queue
from jcflow.mail.outcomes import Failure
from jcflow.mail.smtp import SECONDS, Line, Unreachable
from jcflow.procedure import Role

POISON = (
    TemplateError,
    JcflowError,
    NoResultFound,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What goes wrong in writing one mail because of that mail; all else is about more than one of them."""


UNNOTED = 1
"""Mails that may have arrived without a note of it, besides the one on its way: so many more would come twice."""

P = ParamSpec("P")


class Written(Protocol):
    """A mail in its words."""

    @property
    def subject(self) -> str:
        """One line."""

    @property
    def text(self) -> str:
        """Plain."""

    @property
    def html(self) -> str:
        """The same as a page."""


Render = Callable[[Session, Mail], Written | None]
"""Writes a mail as it is to be sent now; None where there is no reason for it any more. Raises: NotYet."""


@dataclass(frozen=True)
class _Ready:
    mail: Mail
    content: bytes
    is_new: bool
    """Whether nobody can have these words yet."""


@dataclass
class Delivered:
    """What became of the mails of a batch."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    """Without a reason any more, or to be printed."""
    returned: int = 0
    """Given back: there was no time or no connection for them."""
    is_down: bool = False
    """The mail server was not to be reached."""


@dataclass
class Delivery:
    """One claimed batch on its way."""

    engine: Engine
    lease: Lease
    render: Render
    head: Letterhead
    now: Callable[[], datetime]
    should_stop: Callable[[], bool]
    seconds: float = SECONDS
    """How long one mail may take."""
    began: float = field(default_factory=time.monotonic)
    """When the lease was asked for: it lasts at least until `LEASE` after that."""
    done: Delivered = field(default_factory=Delivered)

    def run(self, line: Line) -> Delivered:
        """Send all of it as long as the lease lasts."""
        ready = self._write()
        with _Clerk() as clerk:
            for number, one in enumerate(ready):
                if self.done.is_down or self.should_stop() or not self._has_time() or self._is_too_late_for(one.mail):
                    self._give_back(ready[number:])
                    break
                clerk.note(self._note, one, self._send(line, one), self.now())
        return self.done

    def _has_time(self) -> bool:
        return time.monotonic() - self.began <= LEASE.total_seconds() - self.seconds

    def _is_too_late_for(self, mail: Mail) -> bool:
        """Whether night has fallen meanwhile; the urgent ones of a batch come first."""
        return not mail.urgent and by_day(self.now()) > self.now()

    def _send(self, line: Line, one: _Ready) -> Failure | None:
        try:
            return line.send(self.head.sender, sendable(one.mail.address), one.content)
        except Unreachable as error:
            self.done.is_down = True
            return error.failure

    def _note(self, one: _Ready, failure: Failure | None, at: datetime) -> None:
        with database.writing(self.engine) as session:
            if failure is None:
                outcomes.sent(session, one.mail.id, self.lease.token, at)
                self.done.sent += 1
            else:
                # An earlier copy may have arrived, whatever the answer to this one was.
                known = replace(failure, unknown=failure.unknown or not one.is_new)
                self._fail(session, one.mail, known, at)

    def _fail(self, session: Session, mail: Mail, failure: Failure, at: datetime) -> None:
        self.done.failed += 1
        state = outcomes.failed(session, mail, self.lease.token, failure, at)
        if state is not None and state.is_lost:
            tell_office(session, mail, failure.problem, at)

    def _give_back(self, mails: Collection[_Ready]) -> None:
        with database.writing(self.engine) as session:
            for one in mails:
                outcomes.released(session, one.mail.id, self.lease.token, is_new=one.is_new)
        self.done.returned += len(mails)

    def _write(self) -> list[_Ready]:
        """Write every mail, and keep its words before any is sent, so that a second copy is the same."""
        at = self.now()
        with database.reading(self.engine) as session:
            asked.remember(session)
            mails = _claimed(session, self.lease)
            said = {mail.id for mail in mails if mail.text is not None}
            readers = {mail.person_id: mail.jobcenter_id for mail in mails if mail.person_id is not None}
            learn_roles(session, readers, local_day(at))
            learn_offices(session, {mail.jobcenter_id for mail in mails}, local_day(at))
            desk = _Desk(session, self.render, self.head, at, _readers(session, mails))
            results = [(mail, desk.result(mail)) for mail in mails]
        texts = {mail: result for mail, result in results if isinstance(result, bytes)}
        with database.writing(self.engine) as session:
            held = outcomes.written(session, texts, self.lease.token)
            for mail, result in results:
                if isinstance(result, Failure):
                    self._fail(session, mail, result, at)
                elif isinstance(result, NotYet):
                    outcomes.put_off(session, mail.id, self.lease.token, result.until)
                    self.done.returned += 1
                elif isinstance(result, str):
                    outcomes.unwritable(session, mail, self.lease.token, result, at)
                    self.done.failed += 1
                elif result is None:
                    settle = outcomes.to_print if not mail.address else outcomes.cancelled
                    settle(session, mail.id, self.lease.token)
                    self.done.dropped += 1
        return [_Ready(mail, text, mail.id not in said) for mail, text in texts.items() if mail.id in held]


class _Clerk:
    """Writes notes in their order, in a thread of its own; never more than `UNNOTED` of them are missing."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._missing: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._thread:
            if error is None:
                self.finish()

    def note(self, write: Callable[P, None], /, *args: P.args, **named: P.kwargs) -> None:
        """Have a note written; what went wrong with an earlier one comes up here."""
        self._missing.append(self._thread.submit(write, *args, **named))
        self.finish(UNNOTED)

    def finish(self, missing: int = 0) -> None:
        """Wait until no more notes than so many are missing."""
        while len(self._missing) > missing:
            self._missing.popleft().result()


def _claimed(session: Session, lease: Lease) -> Sequence[Mail]:
    mine = Mail.id.in_(lease.mails) & (Mail.lease_token == lease.token)
    found = {mail.id: mail for mail in session.scalars(select(Mail).where(mine), execution_options=EVERY_JOBCENTER)}
    # They get their words here, and the session that reads shall not try to store them.
    session.expunge_all()
    return [found[mail_id] for mail_id in lease.mails if mail_id in found]


def _readers(session: Session, mails: Sequence[Mail]) -> dict[UUID, Person]:
    wanted = {mail.person_id for mail in mails if mail.person_id is not None}
    found = session.scalars(select(Person).where(Person.id.in_(wanted)), execution_options=EVERY_JOBCENTER)
    return {somebody.id: somebody for somebody in found}


@dataclass
class _Desk:
    """Writes the mails of a batch in one look at the data."""

    session: Session
    render: Render
    head: Letterhead
    at: datetime
    readers: Mapping[UUID, Person]

    def result(self, mail: Mail) -> bytes | Failure | NotYet | str | None:
        """What to send; a failure without a try; until when it waits; why it cannot be written; or nothing, as it is
        to be sent no more.
        """
        database.serve(self.session, mail.jobcenter_id)
        try:
            self._look_up(mail)
            written = self.render(self.session, mail)
            if written is None or not mail.address:
                return None
            kept, now = (mail.subject, mail.text, mail.html), (written.subject, written.text, written.html)
            if kept != now:
                # Nobody gets the words of another day, or of a deadline that has moved, beside the new ones.
                edition = "" if mail.subject is None else sha256(written.text.encode()).hexdigest()
                mail.subject, mail.text, mail.html = now
                mail.worded_at, mail.message_id = self.at, self.head.message_id(mail, edition)
            office = office_of(self.session, local_day(self.at))
            return message(mail, office.jobcenter.name, office.reply_to, self.head)
        except NotYet as error:
            return error
        except NoAddress as error:
            return Failure(str(error), final=True)
        except POISON as error:
            return f"Die Mail lässt sich nicht schreiben: {type(error).__name__}: {error}"[:500]

    def _look_up(self, mail: Mail) -> None:
        """Who reads it now, and where."""
        if mail.person_id is not None:
            somebody = self.readers[mail.person_id]
            mail.name, mail.address = somebody.name, somebody.email if is_address(somebody.email) else ""


def tell_office(session: Session, mail: Mail, problem: str, at: datetime) -> None:
    """Queue a word to the Gremienbüro, substitutes included, that a mail never arrived; about such a word none."""
    if mail.occasion is Occasion.UNDELIVERABLE:
        return
    database.serve(session, mail.jobcenter_id)
    facts = {"who": mail.name, "to": mail.address, "subject": mail.subject or "", "problem": problem}
    today = local_day(at)
    office = {member.person_id for member in holders(session, Role.STAFF, today)}
    office |= {each.substitute.person_id for each in all_acting(session, today) if Role.STAFF in each.roles}
    letters = [
        Letter(Occasion.UNDELIVERABLE, person_id, f"undeliverable/{mail.id}/{mail.attempts}/{person_id}", facts)
        for person_id in sorted(office - {mail.person_id}, key=str)
    ]
    queue(session, *letters, at=at)
