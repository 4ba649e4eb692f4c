"""What an absence means for the procedure: who is told of it, and which deadlines it leaves without anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jcflow.accounts.absences import Absence, absences_from, absences_of, substitutes_of
from jcflow.accounts.people import Membership, Person, holders, names, roles_of
from jcflow.accounts.role_names import ROLE_NAMES
from jcflow.accounts.substitutes import Substitute
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.mail.outbox import Letter, Occasion, queue
from jcflow.procedure import Role
from jcflow.tasks import Task, look_again


def absence_entered(session: Session, entered: Absence, somebody: Person, deed: Deed) -> None:
    """M20: to whoever is away and to each who stands in."""
    named = substitutes_of(session, somebody.id, local_day(deed.at))
    people = names(session, [substitute.person_id for _, substitute in named if substitute])
    standing = [(member, substitute) for member, substitute in named if substitute is not None]
    letters = [
        _letter(entered, somebody, member, substitute, substitute.person_id, str(people[substitute.person_id]))
        for member, substitute in standing
    ]
    alone = [] if standing else [_letter(entered, somebody, member, None, somebody.id, "") for member, _ in named[:1]]
    own = [
        _letter(entered, somebody, member, substitute, somebody.id, str(people[substitute.person_id]))
        for member, substitute in standing
    ]
    queue(session, *letters, *own, *alone, at=deed.at)
    for member, _ in standing:
        _look_again(session, member, entered, deed)


def substitute_named(session: Session, member: Membership, named: Substitute, absent: Person, deed: Deed) -> None:
    """M20 to both for each absence that was entered before; open tasks are told to the substitute too."""
    substitute = str(names(session, [named.person_id])[named.person_id])
    for away in absences_of(session, member.person_id, local_day(deed.at)):
        both = (named.person_id, absent.id)
        queue(session, *(_letter(away, absent, member, named, to, substitute) for to in both), at=deed.at)
        _look_again(session, member, away, deed)


def absence_removed(session: Session, removed: Absence, somebody: Person, deed: Deed) -> None:
    """M20 once more to all who were told of it: nobody stands in."""
    if removed.last_on >= local_day(deed.at):
        for member, named in substitutes_of(session, somebody.id, local_day(deed.at)):
            if named is not None:
                _take_back(session, [removed], member, named, somebody, deed)


def substitution_ended(session: Session, member: Membership, former: Substitute, absent: Person, deed: Deed) -> None:
    """M20 once more to both for each absence they were told of: somebody else stands in, or nobody."""
    _take_back(session, absences_of(session, absent.id, local_day(deed.at)), member, former, absent, deed)


def _take_back(
    session: Session, absences: list[Absence], member: Membership, named: Substitute, absent: Person, deed: Deed
) -> None:
    substitute = str(names(session, [named.person_id])[named.person_id])
    told = [
        _letter(one, absent, member, named, to, substitute) for one in absences for to in (named.person_id, absent.id)
    ]
    ended = [replace(one, key=f"ended/{one.key}", facts={**one.facts, "ended": True, "told": one.key}) for one in told]
    queue(session, *ended, at=deed.at)


def _look_again(session: Session, member: Membership, away: Absence, deed: Deed) -> None:
    """Ask anew on the first day away who is to be told of what the member owes."""
    roles = {member.role, Role.ASSEMBLY_CHAIR} if member.chair else {member.role}
    look_again(session, member.person_id, roles, max(away.first_on, local_day(deed.at)))


def _letter(
    entered: Absence, absent: Person, member: Membership, named: Substitute | None, to: object, substitute: str
) -> Letter:
    facts = {
        "absence": str(entered.id),
        "named": str(named.id) if named else "",
        "ended": False,
        "first_on": entered.first_on.isoformat(),
        "last_on": entered.last_on.isoformat(),
        "absent": absent.name,
        "substitute": substitute,
        "is_substitute": to != absent.id,
        "roles": label_of(member),
        "seat": bool(named and named.votes),
    }
    person_id = absent.id if to == absent.id or named is None else named.person_id
    about = f"substitution/{entered.id}/{named.id if named else member.id}/{person_id}"
    return Letter(Occasion.SUBSTITUTION, person_id, about, facts)


def label_of(member: Membership) -> str:
    """The role of a membership in German, as in „Vertretung für …“."""
    role = Role.ASSEMBLY_CHAIR if member.chair else member.role
    return ROLE_NAMES[role].partition(" ")[2]


@dataclass(frozen=True)
class Uncovered:
    """A deadline that falls into the absence of the only one who could keep it."""

    task: Task
    absence: Absence
    person: Person


def uncovered(session: Session, today: date) -> list[Uncovered]:
    """The open deadlines nobody is there for on their day and nobody stands in for, the earliest first, each once."""
    absent = absences_from(session, today)
    away = [entered for entered, _ in absent]
    found = {
        task.id: Uncovered(task, entered, somebody)
        for entered, somebody in absent
        for member, _ in substitutes_of(session, somebody.id, today)
        for task in _falling_into(session, entered, member)
        if _nobody_is_there(session, task, member, away, max(task.due_on, today))
    }
    return sorted(found.values(), key=lambda each: (each.task.due_on, str(each.task.id)))


def _falling_into(session: Session, away: Absence, member: Membership) -> list[Task]:
    roles = {member.role, Role.ASSEMBLY_CHAIR} if member.chair else {member.role}
    own = or_(Task.person_id.is_(None), Task.person_id == member.person_id)
    within = Task.due_on.between(away.first_on, away.last_on) & Task.done_at.is_(None)
    return list(session.scalars(select(Task).where(within, own, Task.role.in_(roles)).order_by(Task.due_on, Task.id)))


def _nobody_is_there(session: Session, task: Task, member: Membership, away: list[Absence], day: date) -> bool:
    owing = [member] if task.person_id is not None else holders(session, task.role, day)
    return is_left_alone(session, task.role, owing, away, day)


def is_left_alone(session: Session, role: Role, owing: list[Membership], away: list[Absence], day: date) -> bool:
    """Whether on a day neither those who owe something in a role are there nor whoever stands in for them.

    Args:
        away: All absences of that day.
    """
    if any(not _is_away(holder.person_id, away, day) for holder in owing):
        return False
    named = Substitute.membership_id.in_([holder.id for holder in owing]) & Substitute.removed.is_(False)
    return not any(
        (substitute.votes or role is not Role.ASSEMBLY_MEMBER)
        and not _is_away(substitute.person_id, away, day)
        and roles_of(session, substitute.person_id, day)
        for substitute in session.scalars(select(Substitute).where(named))
    )


def _is_away(person_id: UUID, away: list[Absence], day: date) -> bool:
    return any(each.person_id == person_id and each.first_on <= day <= each.last_on for each in away)
