"""A worker's day without its network: plans, claims and writes mails at given moments, and keeps what it would send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.people import Person
from jcflow.clock import BERLIN
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.mail import outcomes
from jcflow.mail.claims import claim
from jcflow.mail.holding import NotYet
from jcflow.mail.outbox import Mail
from jcflow.reminders.letters import Letters
from jcflow.reminders.planning import plan

BASE_URL = "https://jcflow.example"


@dataclass(frozen=True)
class Sent:
    """A mail that went out."""

    at: datetime
    account: str
    """What stands before the @."""
    occasion: str
    subject: str
    text: str
    html: str

    @property
    def day(self) -> str:
        """ISO day in Berlin."""
        return self.at.astimezone(BERLIN).date().isoformat()


@dataclass
class Post:
    """Sends for every Jobcenter of the session's database; keeps what goes to one of them."""

    session: Session
    house_id: UUID
    sent: list[Sent] = field(default_factory=list)
    cancelled: int = 0

    def tick(self, at: datetime) -> list[Sent]:
        """Plan and send at this moment; returns what went out to the house."""
        before = len(self.sent)
        while plan(self.session, at):
            pass
        letters = Letters(BASE_URL, at)
        while (lease := claim(self.session, at)).mails:
            for mail_id in lease.mails:
                self._send(letters, mail_id, lease.token, at)
        serve(self.session, self.house_id)
        return self.sent[before:]

    def walk(self, first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
        """The moments from one to another, each after its tick."""
        at = first
        while at <= last:
            self.tick(at)
            yield at
            at += step

    def _send(self, letters: Letters, mail_id: UUID, token: UUID, at: datetime) -> None:
        mail = self.session.get_one(Mail, mail_id, populate_existing=True, execution_options=dict(EVERY_JOBCENTER))
        house_id = mail.jobcenter_id
        serve(self.session, house_id)
        try:
            made = letters.render(self.session, mail)
        except NotYet as error:
            outcomes.put_off(self.session, mail_id, token, error.until)
            return
        if made is None:
            outcomes.cancelled(self.session, mail_id, token)
            self.cancelled += house_id == self.house_id
            return
        outcomes.sent(self.session, mail_id, token, at)
        if house_id == self.house_id:
            account = self.session.get_one(Person, mail.person_id).email.partition("@")[0]
            self.sent.append(Sent(at, account, mail.occasion.value, *made))
