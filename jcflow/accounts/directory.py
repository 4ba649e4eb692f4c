"""Finding people of a Jobcenter by name, address or role."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.audit.chain import AuditEvent
from jcflow.procedure import Role


@dataclass(frozen=True)
class Sought:
    """Who is looked for: whose name or address holds a text, or who holds one of the roles on the day."""

    text: str
    """Empty: everybody."""
    roles: frozenset[Role]
    chairs: bool
    """Whether whoever leads the assembly is looked for too."""
    day: date


def found_people(session: Session, sought: Sought, *, after: Person | None, limit: int) -> list[Person]:
    """The people looked for, by name; with `after`, those behind that person."""
    question = select(Person).where(_fits(sought)).order_by(Person.name, Person.id).limit(limit)
    if after is not None:
        question = question.where(tuple_(Person.name, Person.id) > (after.name, after.id))
    return list(session.scalars(question))


def count_people(session: Session, sought: Sought, *, most: int) -> int:
    """How many people are looked for, at most `most`."""
    found = select(Person.id).where(_fits(sought)).order_by(Person.name, Person.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def _fits(sought: Sought) -> ColumnElement[bool]:
    if not sought.text:
        return Person.id.is_not(None)
    # SQLite knows large and small letters only of the English alphabet, so the usual spellings are asked for.
    spellings = {sought.text, sought.text.lower(), sought.text.title()}
    named = [column.icontains(s, autoescape=True) for column in (Person.name, Person.email) for s in sorted(spellings)]
    holds = or_(Membership.role.in_(sought.roles), Membership.chair & sought.chairs)
    member = select(Membership.id).where(Membership.person_id == Person.id, valid_on(sought.day), holds)
    return or_(*named, member.exists())


def who_acted(session: Session, jobcenter_id: UUID) -> list[tuple[UUID, str]]:
    """Id and name of everybody who has ever acted in the Jobcenter, by name."""
    deed = select(AuditEvent.seq).where(AuditEvent.jobcenter_id == jobcenter_id, AuditEvent.actor_id == Person.id)
    question = select(Person.id, Person.name).where(Person.jobcenter_id == jobcenter_id, deed.exists())
    return [(row.id, row.name) for row in session.execute(question.order_by(Person.name, Person.id))]


def held_on(session: Session, ids: Collection[UUID], day: date) -> list[Membership]:
    """The memberships of these people that count on a day."""
    mine = Membership.person_id.in_(ids)
    return list(session.scalars(select(Membership).where(mine, valid_on(day)).order_by(Membership.id)))
