"""Who is away when, and who acts meanwhile.

A substitute is named for one membership and acts only while its holder is away. Tasks can be done in somebody's place;
a vote only by whoever is named for the voting seat itself, and then never by both (R-02, § 44c Abs. 1 Satz 4 SGB II).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, bindparam, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from jcflow.accounts.exclusive import is_excluded
from jcflow.accounts.people import Membership, Person, memberships, seats_named_for, valid_on
from jcflow.accounts.substitutes import STANDING, Substitute
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER
from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Role

NOT_REPLACED = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles without tasks in the procedure: nobody acts in their place."""


class Absence(Audited):
    """Days on which a person is away."""

    __tablename__ = "absence"
    __table_args__ = audited(Index(None, "jobcenter_id", "last_on", **STANDING), person_id="person")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"person_id", "first_on", "last_on", "removed"})

    person_id: Mapped[UUID]
    first_on: Mapped[date]
    last_on: Mapped[date]
    """The last day away."""
    removed: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Standing:
    """That one person acts in another's place."""

    membership: Membership
    substitute: Substitute
    absence: Absence

    @property
    def roles(self) -> frozenset[Role]:
        """What the substitute may be meanwhile; the right to vote only where it was given."""
        role = self.membership.role
        if role is not Role.ASSEMBLY_MEMBER:
            return frozenset({role})
        leads = {Role.ASSEMBLY_CHAIR} if self.membership.chair else set()
        return frozenset(leads | ({role} if self.substitute.votes else set()))


_ACTING = (
    select(Membership, Substitute, Absence)
    .join(Substitute, Substitute.membership_id == Membership.id)
    .join(Absence, Absence.person_id == Membership.person_id)
    .where(
        valid_on(bindparam("day")),
        Substitute.removed.is_(False),
        Absence.removed.is_(False),
        Absence.first_on <= bindparam("day"),
        Absence.last_on >= bindparam("day"),
    )
    .order_by(Membership.id)
)


@once
def acting_for(session: Session, person_id: UUID, day: date) -> list[Standing]:
    """In whose place a person acts on a day."""
    mine = _ACTING.where(Substitute.person_id == person_id)
    rows = session.execute(mine, {"day": day}, execution_options=EVERY_JOBCENTER)
    return [Standing(*row) for row in rows]


def all_acting(session: Session, day: date) -> list[Standing]:
    """Everybody who acts in somebody's place on a day."""
    return [Standing(*row) for row in session.execute(_ACTING, {"day": day})]


def replaced_roles(standing: list[Standing]) -> Mapping[Role, UUID]:
    """Role to the person in whose place it may be acted in."""
    return {role: each.membership.person_id for each in standing for role in each.roles}


def absences_of(session: Session, person_id: UUID, since: date) -> list[Absence]:
    """A person's absences that are not over on a day, the next first."""
    mine = (Absence.person_id == person_id) & Absence.removed.is_(False) & (Absence.last_on >= since)
    return list(session.scalars(select(Absence).where(mine).order_by(Absence.first_on, Absence.id)))


def absences_from(session: Session, since: date) -> list[tuple[Absence, Person]]:
    """All absences of the Jobcenter that are not over on a day, the next first."""
    lasting = Absence.removed.is_(False) & (Absence.last_on >= since)
    question = select(Absence, Person).join(Person, Person.id == Absence.person_id).where(lasting)
    return [(row[0], row[1]) for row in session.execute(question.order_by(Absence.first_on, Absence.id))]


def absence(session: Session, absence_id: UUID) -> Absence:
    """One absence that has not been removed.

    Raises:
        NotFound: There is none of this id.
    """
    found = session.scalar(select(Absence).where(Absence.id == absence_id, Absence.removed.is_(False)))
    if found is None:
        raise NotFound
    return found


def enter_absence(session: Session, somebody: Person, first_on: date, last_on: date, deed: Deed) -> Absence:
    """Note that a person is away from one day to another, both included.

    Raises:
        BadInput: The days are the wrong way round, over, longer than a year, or overlap an absence known already.
    """
    problems = {}
    if last_on < first_on:
        problems["last_on"] = "Der letzte Tag liegt vor dem ersten. Prüfen Sie beide."
    elif last_on < local_day(deed.at):
        problems["last_on"] = "Diese Tage sind vorbei. Wählen Sie heute oder spätere Tage."
    elif (last_on - first_on).days > 366:
        problems["last_on"] = "Das ist länger als ein Jahr. Wählen Sie einen früheren letzten Tag."
    elif any(a.first_on <= last_on and first_on <= a.last_on for a in absences_of(session, somebody.id, first_on)):
        problems["first_on"] = "Für einen Teil dieser Tage ist schon eine Abwesenheit eingetragen. Ändern Sie diese."
    if problems:
        raise BadInput(problems)
    entered = Absence(jobcenter_id=somebody.jobcenter_id, person_id=somebody.id, first_on=first_on, last_on=last_on)
    record(session, entered, deed)
    return entered


def remove_absence(session: Session, entered: Absence, deed: Deed) -> None:
    """Take an absence back; from now on nobody acts in the person's place because of it."""
    record(session, entered, deed, removed=True)


def substitutes_of(session: Session, person_id: UUID, day: date) -> list[tuple[Membership, Substitute | None]]:
    """A person's roles of a day or later that can be substituted, each with who is named for it."""
    named = aliased(Substitute)
    lasting = (Membership.person_id == person_id) & Membership.role.not_in(NOT_REPLACED)
    over = Membership.valid_until.is_not(None) & (Membership.valid_until <= day)
    question = (
        select(Membership, named)
        .outerjoin(named, (named.membership_id == Membership.id) & named.removed.is_(False))
        .where(lasting, ~over)
        .order_by(Membership.role, Membership.id)
    )
    return [(row[0], row[1]) for row in session.execute(question)]


def name_substitute(
    session: Session, member: Membership, somebody: Person | None, deed: Deed, *, votes: bool = False
) -> Substitute | None:
    """Name who acts in a membership while its holder is away, in place of whoever was named before; None: nobody.

    Args:
        votes: Whether the voting seat itself is substituted.

    Whoever chairs the assembly may be substituted by another member: in leading it, not on the seat.

    Raises:
        BadInput: The person is the holder, holds the role already or one that excludes it, or is named for another
            holder of either: so it is always clear in whose place somebody acts, and nobody has two votes.
    """
    known = session.scalar(
        select(Substitute).where(Substitute.membership_id == member.id, Substitute.removed.is_(False))
    )
    if somebody is not None and known is not None and (known.person_id, known.votes) == (somebody.id, votes):
        return known
    if somebody is not None:
        _check_substitute(session, member, somebody, local_day(deed.at), votes)
    if known is not None:
        record(session, known, deed, removed=True)
        session.flush()
    if somebody is None:
        return None
    named = Substitute(jobcenter_id=member.jobcenter_id, membership_id=member.id, person_id=somebody.id, votes=votes)
    record(session, named, deed)
    return named


def _check_substitute(session: Session, member: Membership, somebody: Person, day: date, votes: bool) -> None:
    held = {m.role for m in memberships(session, somebody.id) if m.valid_until is None or m.valid_until > day}
    elsewhere = {seat.role for seat, _ in seats_named_for(session, somebody.id, day) if seat.id != member.id}
    problem = ""
    if member.role in NOT_REPLACED:
        problem = "Für diese Rolle gibt es keine Vertretung."
    elif votes and member.role is not Role.ASSEMBLY_MEMBER:
        problem = "Ein Stimmrecht gibt es nur in der Trägerversammlung."
    elif somebody.id == member.person_id:
        problem = "Sich selbst kann niemand vertreten. Wählen Sie eine andere Person."
    elif member.role in held and (votes or not member.chair):
        problem = "Diese Person hat die Rolle schon selbst. Wählen Sie eine andere Person."
    elif is_excluded(member.role, held):
        problem = "Diese Person hat eine Rolle, die diese hier ausschließt. Wählen Sie eine andere Person."
    elif not held:
        problem = "Diese Person hat in diesem Jobcenter keine Rolle. Wählen Sie eine andere Person."
    elif member.role in elsewhere:
        problem = "Diese Person vertritt in dieser Rolle schon jemand anderen. Wählen Sie eine andere Person."
    elif is_excluded(member.role, elsewhere):
        problem = "Diese Person vertritt jemanden in einer Rolle, die diese hier ausschließt. Wählen Sie eine andere."
    if problem:
        raise BadInput({"person": problem})
