"""People and their memberships: who holds which role on which day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Date, Index, bindparam, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.addresses import fault_of
from jcflow.accounts.exclusive import is_excluded
from jcflow.accounts.jobcenters import ASSEMBLY_ROLES, Jobcenter
from jcflow.accounts.substitutes import Substitute
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER
from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Role


class Carrier(StrEnum):
    """The two sides of a joint institution. Source: § 44b Abs. 1 SGB II."""

    AGENCY = "agency"
    MUNICIPALITY = "municipality"


class BoardGroup(StrEnum):
    """Whom a member of the advisory board speaks for. Source: § 18d SGB II."""

    EMPLOYER = "employer"
    EMPLOYEE = "employee"
    WELFARE = "welfare"
    CHAMBER = "chamber"
    MUNICIPAL = "municipal"
    OTHER = "other"


class Person(Audited):
    """Somebody with an account in one Jobcenter."""

    __tablename__ = "person"
    __table_args__ = audited(Index(None, "jobcenter_id", "name", "id"))

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    """In lower case; the name to sign in with."""

    @property
    def domain(self) -> str:
        """What stands behind the @ of the address."""
        return self.email.partition("@")[2]


class Membership(Audited):
    """One role of one person for a time."""

    __tablename__ = "membership"
    __table_args__ = audited(Index(None, "jobcenter_id", "role"), Index(None, "person_id"), person_id="person")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"person_id", "role", "carrier", "board_group", "chair", "valid_from", "valid_until"}
    )

    person_id: Mapped[UUID]
    role: Mapped[Role]
    carrier: Mapped[Carrier | None]
    """Side in the carrier assembly."""
    board_group: Mapped[BoardGroup | None]
    organisation: Mapped[str] = mapped_column(default="")
    """Whom a board member was proposed by."""
    chair: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The first day without the role; None: open-ended."""


def valid_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that a membership counts on a day."""
    return (Membership.valid_from <= day) & or_(Membership.valid_until.is_(None), Membership.valid_until > day)


_HELD = select(Membership).where(Membership.person_id == bindparam("person_id"), valid_on(bindparam("day", type_=Date)))


@once
def roles_of(session: Session, person_id: UUID, day: date) -> frozenset[Role]:
    """All roles a person holds on a day; the chair of the assembly is also its member."""
    held = session.scalars(_HELD, {"person_id": person_id, "day": day}, execution_options=EVERY_JOBCENTER)
    return roles_in(held)


def roles_in(held: Iterable[Membership]) -> frozenset[Role]:
    """All roles that memberships give; the chair of the assembly is also its member."""
    every = [(member.role, member.chair and member.role is Role.ASSEMBLY_MEMBER) for member in held]
    return frozenset(role for role, _ in every) | {Role.ASSEMBLY_CHAIR for _, leads in every if leads}


def has_ended(session: Session, person_id: UUID, roles: Collection[Role], day: date) -> bool:
    """Whether one of these roles of a person (any, where none is named) was over from this very day on."""
    mine = select(Membership.role).where(Membership.person_id == person_id, Membership.valid_until == day)
    ended = set(session.scalars(mine, execution_options=EVERY_JOBCENTER))
    wanted = {Role.ASSEMBLY_MEMBER if role is Role.ASSEMBLY_CHAIR else role for role in roles}
    return bool(ended & (wanted or ended))


def holders(session: Session, role: Role, day: date) -> list[Membership]:
    """Memberships that give a role on a day, in a fixed order."""
    return [m for m in holders_from(session, role, day) if m.valid_from <= day]


def ends_after(day: date) -> ColumnElement[bool]:
    """The condition that a membership counts on a day or begins later."""
    return or_(Membership.valid_until.is_(None), Membership.valid_until > day)


@once
def holders_from(session: Session, role: Role, day: date) -> list[Membership]:
    """Memberships that give a role on a day or later, in a fixed order."""
    wanted = Membership.role == (Role.ASSEMBLY_MEMBER if role is Role.ASSEMBLY_CHAIR else role)
    question = select(Membership).where(wanted, ends_after(day)).order_by(Membership.carrier, Membership.id)
    if role is Role.ASSEMBLY_CHAIR:
        question = question.where(Membership.chair)
    return list(session.scalars(question))


def person(session: Session, person_id: UUID) -> Person:
    """A person of the Jobcenter the session serves.

    Raises:
        NotFound: There is none of this id here.
    """
    found = session.scalar(select(Person).where(Person.id == person_id))
    if found is None:
        raise NotFound
    return found


def names(session: Session, ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """Person id to name, for as many as are known."""
    wanted = {person_id for person_id in ids if person_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))) if wanted else ()
    return {row[0]: row[1] for row in rows}


def people(session: Session) -> list[Person]:
    """Everybody in the Jobcenter, by name."""
    return list(session.scalars(select(Person).order_by(Person.name, Person.id)))


def memberships(session: Session, person_id: UUID | None = None) -> list[Membership]:
    """All memberships, past ones included, newest first; of one person if given."""
    question = select(Membership).order_by(Membership.valid_from.desc(), Membership.id)
    return list(session.scalars(question if person_id is None else question.where(Membership.person_id == person_id)))


def membership(session: Session, membership_id: UUID) -> Membership:
    """One membership of this Jobcenter.

    Raises:
        NotFound: There is none of this id here.
    """
    found = session.scalar(select(Membership).where(Membership.id == membership_id))
    if found is None:
        raise NotFound
    return found


def add_person(session: Session, house: Jobcenter, *, name: str, email: str, deed: Deed) -> Person:
    """Make somebody known; without a membership they may do nothing.

    Raises:
        BadInput: Name or address missing, malformed or taken.
    """
    name, email = name.strip(), email.strip().lower()
    problems = {}
    if not 1 <= len(name) <= 200:
        problems["name"] = "Geben Sie den Namen ein, höchstens 200 Zeichen."
    if fault := fault_of(email):
        problems["email"] = fault
    elif session.scalar(select(Person.id).where(Person.email == email), execution_options=EVERY_JOBCENTER):
        problems["email"] = "Diese E-Mail-Adresse ist schon vergeben. Wählen Sie eine andere."
    if problems:
        raise BadInput(problems)
    somebody = Person(jobcenter_id=house.id, name=name, email=email)
    record(session, somebody, deed)
    return somebody


def add_membership(session: Session, house: Jobcenter, member: Membership, deed: Deed) -> Membership:
    """Give a person a role for a time.

    Raises:
        BadInput: The role does not exist in this form of Jobcenter, a detail is missing, or the role
            excludes one already held or acted in: the managing director never votes (§ 44d Abs. 1 Satz 3
            SGB II) and does not check the own budget (§ 9 BHO). Nobody gives himself a role in the procedure.
    """
    problems = _shape_problems(house, member)
    if deed.actor_id == member.person_id and member.role is not Role.ADMIN:
        problems["role"] = "Sich selbst können Sie keine Rolle im Verfahren geben. Bitten Sie eine andere Verwaltung."
    others = [m for m in memberships(session, member.person_id) if _overlap(m, member)]
    held = {m.role for m in others}
    if is_excluded(member.role, held):
        problems["role"] = "Diese Rolle schließt eine Rolle aus, die die Person schon hat. Beenden Sie erst die andere."
    elif any((m.role, m.board_group) == (member.role, member.board_group) for m in others):
        problems["role"] = "Die Person hat diese Rolle in der Zeit schon. Beenden Sie erst die bisherige."
    elif any(_is_in_the_way(member, *named) for named in seats_named_for(session, member.person_id, member.valid_from)):
        problems["role"] = "Die Person vertritt jemanden in dieser Rolle oder in einer, die diese ausschließt."
    if member.chair and any(_overlap(m, member) for m in memberships(session) if m.chair):
        problems["chair"] = "In dieser Zeit hat schon jemand den Vorsitz. Beenden Sie erst den bisherigen."
    if problems:
        raise BadInput(problems)
    record(session, member, deed)
    return member


def seats_named_for(session: Session, person_id: UUID, day: date) -> list[tuple[Membership, Substitute]]:
    """Memberships of a day or later in which a person is named to act for the holder."""
    named = (Substitute.person_id == person_id) & Substitute.removed.is_(False)
    question = select(Membership, Substitute).join(Substitute, Substitute.membership_id == Membership.id).where(named)
    return [(row[0], row[1]) for row in session.execute(question.where(ends_after(day)))]


def _is_in_the_way(member: Membership, seat: Membership, named: Substitute) -> bool:
    """Whether acting on a seat forbids a membership; a member may lead for the chair."""
    twice = seat.role is member.role and (named.votes or not seat.chair)
    return _overlap(seat, member) and (twice or is_excluded(member.role, {seat.role}))


def _shape_problems(house: Jobcenter, member: Membership) -> dict[str, str]:
    problems = {}
    if member.role is Role.ASSEMBLY_CHAIR or (house.form == "zkT" and member.role in ASSEMBLY_ROLES):
        problems["role"] = "Diese Rolle gibt es in diesem Jobcenter nicht. Wählen Sie eine andere."
    if member.role is Role.ASSEMBLY_MEMBER and member.carrier is None:
        problems["carrier"] = "Wählen Sie aus, welchen Träger das Mitglied vertritt."
    if member.role is Role.BOARD_MEMBER and member.board_group is None:
        problems["board_group"] = "Wählen Sie die Gruppe aus, für die das Mitglied spricht."
    if member.chair and member.role is not Role.ASSEMBLY_MEMBER:
        problems["chair"] = "Den Vorsitz führt ein Mitglied der Trägerversammlung."
    if member.valid_until is not None and member.valid_until <= member.valid_from:
        problems["valid_until"] = "Das Ende liegt vor dem Beginn. Wählen Sie einen späteren Tag."
    return problems


def _overlap(one: Membership, other: Membership) -> bool:
    late, early = max(one.valid_from, other.valid_from), date.max
    return late < min(one.valid_until or early, other.valid_until or early)


def end_membership(session: Session, member: Membership, on: date, deed: Deed) -> None:
    """Let a membership end; from that day on it gives no rights and no tasks.

    Raises:
        BadInput: It has ended before, the day has passed, or nobody would be left to administer the house.
    """
    if member.valid_until is not None and member.valid_until <= on:
        raise BadInput({"on": "Die Rolle ist bis dahin schon beendet. Prüfen Sie den Tag."})
    if on < local_day(deed.at):
        raise BadInput({"on": "Der Tag ist vorbei. Wählen Sie heute oder einen späteren Tag."})
    if member.role is Role.ADMIN and not _others_administer(session, member, on):
        raise BadInput({"on": "Sonst verwaltet niemand die Anwendung. Geben Sie erst einer anderen Person die Rolle."})
    record(session, member, deed, valid_until=on)


def _others_administer(session: Session, member: Membership, on: date) -> bool:
    return any(m.valid_until is None for m in holders(session, Role.ADMIN, on) if m.id != member.id)


def demo_accounts(session: Session) -> list[Person]:
    """Everybody in every house, for the sign-in page of the demo."""
    question = select(Person).where(Person.email.endswith(".example")).order_by(Person.jobcenter_id, Person.email)
    return list(session.scalars(question, execution_options=EVERY_JOBCENTER))
