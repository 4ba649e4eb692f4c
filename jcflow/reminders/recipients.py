"""Who is written to about a task: its holders of the day, who stands in for them, and who hears when it is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jcflow.accounts.absences import Absence, Substitute
from jcflow.accounts.closed_days import ClosedDay
from jcflow.accounts.mail_wishes import MailWish
from jcflow.accounts.people import Membership, Person
from jcflow.database import EVERY_JOBCENTER
from jcflow.procedure import Role


@dataclass(frozen=True)
class Member:
    """One membership that gives a role now or later."""

    id: UUID
    person_id: UUID
    since: date


@dataclass(frozen=True)
class Wish:
    """How a person wants to be written to."""

    collected: bool = False
    paused_until: date | None = None


@dataclass
class Crowd:
    """Everybody who may be written to in some Jobcenters, as of one day."""

    today: date
    people: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    """Person to name and address."""
    members: dict[tuple[UUID, Role], list[Member]] = field(default_factory=lambda: defaultdict(list))
    """Jobcenter and role to who holds it now or later."""
    named: dict[UUID, tuple[UUID, bool]] = field(default_factory=dict)
    """Membership to who is named in its place, and whether for the voting seat."""
    away_since: dict[UUID, date] = field(default_factory=dict)
    """Person to the first day of the absence of today."""
    wishes: dict[UUID, Wish] = field(default_factory=dict)
    closed: dict[UUID, set[date]] = field(default_factory=lambda: defaultdict(set))
    """Jobcenter to its own closed days."""

    def holders(self, house: UUID, role: Role, person_id: UUID | None) -> list[Member]:
        """Who holds a role now or later; only that person where one is given."""
        found = self.members.get((house, role), [])
        return [m for m in found if person_id is None or m.person_id == person_id]

    def standing_in(self, holders: Collection[Member], role: Role, *, always: bool) -> Iterator[tuple[UUID, date]]:
        """Who acts in the place of holders who are away today, and since when; with `always` even if they are not.

        A vote is given only by whoever is named for the seat.
        """
        for member in holders:
            substitute, votes = self.named.get(member.id, (None, False))
            since = self.away_since.get(member.person_id)
            if substitute is None or (role is Role.ASSEMBLY_MEMBER and not votes):
                continue
            if since is not None or always:
                yield substitute, since or self.today

    def wish(self, person_id: UUID) -> Wish:
        """How a person wants to be written to."""
        return self.wishes.get(person_id, Wish())


def crowd_of(session: Session, houses: Collection[UUID], today: date) -> Crowd:
    """Everybody of some Jobcenters, whichever the session serves, with a handful of statements."""
    crowd = Crowd(today)
    lasting = or_(Membership.valid_until.is_(None), Membership.valid_until > today)
    columns = (Membership.id, Membership.jobcenter_id, Membership.person_id, Membership.role, Membership.chair)
    question = (
        select(*columns, Membership.valid_from, Person.name, Person.email)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.jobcenter_id.in_(houses), lasting)
        .order_by(Membership.id)
    )
    for row in session.execute(question, execution_options=EVERY_JOBCENTER):
        member = Member(row.id, row.person_id, row.valid_from)
        crowd.people[row.person_id] = (row.name, row.email)
        crowd.members[row.jobcenter_id, row.role].append(member)
        if row.chair and row.role is Role.ASSEMBLY_MEMBER:
            crowd.members[row.jobcenter_id, Role.ASSEMBLY_CHAIR].append(member)
    _add_substitutes(session, crowd, houses)
    _add_wishes(session, crowd, houses)
    days = select(ClosedDay.jobcenter_id, ClosedDay.day).where(ClosedDay.jobcenter_id.in_(houses))
    for house, day in session.execute(days.where(ClosedDay.removed.is_(False)), execution_options=EVERY_JOBCENTER):
        crowd.closed[house].add(day)
    return crowd


def _add_substitutes(session: Session, crowd: Crowd, houses: Collection[UUID]) -> None:
    named = select(Substitute.membership_id, Substitute.person_id, Substitute.votes)
    named = named.where(Substitute.jobcenter_id.in_(houses), Substitute.removed.is_(False))
    for row in session.execute(named, execution_options=EVERY_JOBCENTER):
        if row.person_id in crowd.people:
            crowd.named[row.membership_id] = (row.person_id, row.votes)
    if not crowd.named:
        return
    today = (Absence.first_on <= crowd.today) & (Absence.last_on >= crowd.today) & Absence.removed.is_(False)
    away = select(Absence.person_id, Absence.first_on).where(Absence.jobcenter_id.in_(houses), today)
    for person_id, first_on in session.execute(away, execution_options=EVERY_JOBCENTER):
        crowd.away_since[person_id] = first_on


def _add_wishes(session: Session, crowd: Crowd, houses: Collection[UUID]) -> None:
    question = select(MailWish.person_id, MailWish.collected, MailWish.paused_until)
    rows = session.execute(question.where(MailWish.jobcenter_id.in_(houses)), execution_options=EVERY_JOBCENTER)
    for row in rows:
        paused = row.paused_until if row.paused_until is not None and row.paused_until >= crowd.today else None
        crowd.wishes[row.person_id] = Wish(row.collected, paused)
