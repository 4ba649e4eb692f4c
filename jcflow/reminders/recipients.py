"""Who is written to about a task: its holders of the day, who stands in for them, and who hears when it is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, String, bindparam, or_, select, type_coerce
from sqlalchemy.orm import Session

from jcflow.accounts.absences import Absence
from jcflow.accounts.closed_days import ClosedDay
from jcflow.accounts.mail_wishes import MailWish
from jcflow.accounts.people import Membership, Person
from jcflow.accounts.substitutes import Substitute
from jcflow.procedure import Role
from jcflow.reminders.writing import asked, listed, of_ids, plain


class Member(NamedTuple):
    """One membership that gives a role now or later."""

    id: str
    person_id: str
    since: date
    name: str
    email: str


@dataclass(frozen=True)
class Wish:
    """How a person wants to be written to."""

    collected: bool = False
    paused_until: date | None = None


NO_WISH = Wish()


@dataclass
class Crowd:
    """Everybody who may be written to in some Jobcenters, as of one day; all ids are plain ones."""

    today: date
    people: dict[str, Member] = field(default_factory=dict)
    """Person to one of the memberships, for name and address."""
    members: dict[tuple[str, str], list[Member]] = field(default_factory=lambda: defaultdict(list))
    """Jobcenter and role to who holds it now or later."""
    named: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Membership to who is named in its place, and whether for the voting seat."""
    away_since: dict[str, date] = field(default_factory=dict)
    """Person to the first day of the absence of today."""
    wishes: dict[str, Wish] = field(default_factory=dict)
    closed: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    """Jobcenter to its own closed days."""

    def holders(self, house: str, role: Role, person_id: str | None) -> Sequence[Member]:
        """Who holds a role now or later; only that person where one is given."""
        found = self.members.get((house, role.value), ())
        return found if person_id is None else [member for member in found if member.person_id == person_id]

    def standing_in(self, holders: Collection[Member], role: Role, *, always: bool) -> Iterator[tuple[str, date]]:
        """Who acts in the place of holders who are away today, and since when; with `always` even if they are not.

        A vote is given only by whoever is named for the seat.
        """
        for member in holders if self.named else ():
            substitute, votes = self.named.get(member.id, (None, False))
            since = self.away_since.get(member.person_id)
            if substitute is None or (role is Role.ASSEMBLY_MEMBER and not votes):
                continue
            if since is not None or always:
                yield substitute, since or self.today

    def wish(self, person_id: str) -> Wish:
        """How a person wants to be written to."""
        return self.wishes.get(person_id, NO_WISH)


def crowd_of(session: Session, houses: Collection[str], today: date) -> Crowd:
    """Everybody of some Jobcenters, whichever the session serves, with a handful of statements.

    Args:
        houses: Plain ids.
    """
    crowd, here = Crowd(today), of_ids(list(houses))
    chosen = listed(session.get_bind().dialect.name)
    for row in asked(session, _MEMBERS.where(Membership.jobcenter_id.in_(chosen)), {**here, "today": today}):
        house, role, chair, *own = row
        member = crowd.people[row.person_id] = Member(*own)
        crowd.members[house, role].append(member)
        if chair and role == Role.ASSEMBLY_MEMBER.value:
            crowd.members[house, Role.ASSEMBLY_CHAIR.value].append(member)
    _add_substitutes(session, crowd, houses)
    _add_wishes(session, crowd, houses)
    days = select(plain(ClosedDay.jobcenter_id), ClosedDay.day).where(ClosedDay.jobcenter_id.in_(chosen))
    for house, day in asked(session, days.where(ClosedDay.removed.is_(False)), here):
        crowd.closed[house].add(day)
    return crowd


_LASTING = or_(Membership.valid_until.is_(None), Membership.valid_until > bindparam("today", type_=Date))
_MEMBERS = (
    select(
        plain(Membership.jobcenter_id),
        type_coerce(Membership.role, String),
        Membership.chair,
        plain(Membership.id),
        plain(Membership.person_id).label("person_id"),
        Membership.valid_from,
        Person.name,
        Person.email,
    )
    .join(Person, Person.id == Membership.person_id)
    .where(_LASTING)
)


def _add_substitutes(session: Session, crowd: Crowd, houses: Collection[str]) -> None:
    here, chosen = of_ids(list(houses)), listed(session.get_bind().dialect.name)
    named = select(plain(Substitute.membership_id), plain(Substitute.person_id), Substitute.votes)
    named = named.where(Substitute.jobcenter_id.in_(chosen), Substitute.removed.is_(False))
    for membership_id, person_id, votes in asked(session, named, here):
        if person_id in crowd.people:
            crowd.named[membership_id] = (person_id, votes)
    if not crowd.named:
        return
    today = (Absence.first_on <= crowd.today) & (Absence.last_on >= crowd.today) & Absence.removed.is_(False)
    away = select(plain(Absence.person_id), Absence.first_on).where(Absence.jobcenter_id.in_(chosen), today)
    for person_id, first_on in asked(session, away, here):
        crowd.away_since[person_id] = first_on


def _add_wishes(session: Session, crowd: Crowd, houses: Collection[str]) -> None:
    chosen = listed(session.get_bind().dialect.name)
    question = select(plain(MailWish.person_id), MailWish.collected, MailWish.paused_until)
    for row in asked(session, question.where(MailWish.jobcenter_id.in_(chosen)), of_ids(list(houses))):
        person_id, collected, until = row
        paused = until if until is not None and until >= crowd.today else None
        crowd.wishes[person_id] = Wish(collected, paused)
