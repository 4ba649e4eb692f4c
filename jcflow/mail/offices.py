"""The Gremienbüro of a house as its mails know it: where answers go, and whom to ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter, Setting
from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.asked import answered, once
from jcflow.database import EVERY_JOBCENTER, serve, served
from jcflow.mail.message import is_deliverable
from jcflow.procedure import Role


@dataclass(frozen=True)
class Office:
    """The Gremienbüro of a Jobcenter on a day."""

    jobcenter: Jobcenter
    setting: Setting
    people: tuple[Person, ...]
    """Who belongs to it, by name."""

    @property
    def reply_to(self) -> str:
        """The office's own address, else that of one of its people; empty without any.

        An address that cannot be sent to is passed over: it is no reason to keep back the mails of others.
        """
        known = [self.setting.office_email or "", *sorted(person.email for person in self.people)]
        return next((address for address in known if is_deliverable(address)), "")

    @property
    def contact(self) -> str:
        """One line: whom to ask, telephone, hours, address."""
        reached = (person for person in self.people if is_deliverable(person.email))
        first = next(reached, self.people[0] if self.people else None)
        telephone = ", ".join(part for part in (self.setting.office_phone, self.setting.office_hours) if part)
        address = self.setting.office_email or (first.email if first and is_deliverable(first.email) else "")
        said = (first.name if first else "Gremienbüro", f"Telefon {telephone}" if telephone else "", address)
        return ", ".join(part for part in said if part)


@once
def office_of(session: Session, day: date) -> Office:
    """The Gremienbüro of the Jobcenter the session serves."""
    return _offices(session, [served(session)], day)[served(session)]


def learn_offices(session: Session, houses: Collection[UUID], day: date) -> None:
    """Answer `office_of` for many houses at once, in a session that remembers; it serves one of them afterwards."""
    for house, office in _offices(session, houses, day).items():
        serve(session, house)
        answered(session, office_of, office, day)


def _offices(session: Session, houses: Collection[UUID], day: date) -> dict[UUID, Office]:
    question = select(Jobcenter, Setting).join(Setting, Setting.jobcenter_id == Jobcenter.id)
    found = session.execute(question.where(Jobcenter.id.in_(houses)), execution_options=EVERY_JOBCENTER).all()
    people: dict[UUID, dict[Person, None]] = {house: {} for house in houses}
    theirs = Membership.jobcenter_id.in_(houses) & (Membership.role == Role.STAFF) & valid_on(day)
    staff = select(Person).join(Membership, Membership.person_id == Person.id).where(theirs)
    for person in session.scalars(staff.order_by(Person.name, Person.id), execution_options=EVERY_JOBCENTER):
        people[person.jobcenter_id][person] = None
    return {row[0].id: Office(row[0], row[1], tuple(people[row[0].id])) for row in found}
