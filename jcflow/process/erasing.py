"""Forgetting a person (Art. 17 DSGVO) where the law allows it.

What leaves: name, address, access, the mails, and what the person wrote on a programme that was withdrawn. What stays
is what Art. 17 Abs. 3 lit. b and e DSGVO and § 84 SGB X keep: votes, records, opinions on what was resolved, under a
number that is nobody's name any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from jcflow.accounts.leaving import address_left, drop_access, name_left, seats_filled_for
from jcflow.accounts.people import Person, memberships
from jcflow.audit.chain import AuditEvent, AuditRevision
from jcflow.audit.erasing import PERSON, Erasure, erasure_of
from jcflow.audit.trail import Audited, Deed
from jcflow.clock import local_day, written
from jcflow.decisions.ballots import Ballot, BallotState, Elector
from jcflow.errors import BadInput, Conflict
from jcflow.mail.erasing import count_to, take_out
from jcflow.opinions.board import Opinion
from jcflow.process.kept_names import needed_until
from jcflow.process.withdrawn_opinions import erase_all, files_left, points_left, still_says, unsaid
from jcflow.programmes.presence import Presence
from jcflow.programmes.versions import Version
from jcflow.tasks.task import Task

LONGEST_REASON = 500


class NotYetErasable(Conflict):
    """Somebody who still has a part in something cannot be forgotten."""

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__(obstacles)
        self.obstacles = obstacles

    def __str__(self) -> str:
        return " ".join(["Diese Person lässt sich noch nicht löschen.", *self.obstacles])


class Gone(Conflict):
    """Somebody who was forgotten has no account any more."""

    def __str__(self) -> str:
        return "Diese Person ist gelöscht. Laden Sie sie neu ein, wenn sie wieder mitarbeitet."


@dataclass(frozen=True)
class Leaving:
    """What would leave with a person, in numbers."""

    mails: int
    points: int
    """Of opinions on programmes that were withdrawn."""
    files: int
    """The papers these opinions came on."""
    mentions: int
    """Saved texts of others in which the name stands; they stay."""
    versions: int
    """Frozen versions in whose text the name stands; they stay."""


def obstacles(session: Session, somebody: Person, day: date, *, actor_id: UUID | None) -> list[str]:
    """What has to be done first, as German sentences; empty: nothing."""
    found = []
    if somebody.id == actor_id:
        found.append("Sich selbst können Sie nicht löschen. Bitten Sie eine andere Verwaltung.")
    lasting = [m for m in memberships(session, somebody.id) if m.valid_until is None or m.valid_until > day]
    if lasting:
        found.append("Die Person hat noch eine Rolle. Beenden Sie erst alle Rollen.")
    if any(seat.valid_until is None or seat.valid_until > day for seat in seats_filled_for(session, somebody)):
        found.append("Die Person ist noch als Vertretung eingetragen. Nehmen Sie sie dort heraus.")
    if session.scalar(select(Task.id).where(Task.person_id == somebody.id, Task.done_at.is_(None)).limit(1)):
        found.append("Die Person hat noch eine offene Aufgabe.")
    seat = select(Elector.id).join(Ballot, Ballot.id == Elector.ballot_id)
    if session.scalar(seat.where(Elector.person_id == somebody.id, Ballot.state == BallotState.OPEN).limit(1)):
        found.append("Die Person ist in einer laufenden Abstimmung stimmberechtigt. Warten Sie deren Ende ab.")
    if until := needed_until(session, somebody, day):
        found.append(
            "Der Name belegt, wie ein Programm beschlossen, geprüft oder geändert wurde. Er wird bis "
            f"{written(until)} aufbewahrt (Art. 17 Abs. 3 Buchstabe b DSGVO). Löschen Sie die Person danach."
        )
    return found


def leaving(session: Session, somebody: Person) -> Leaving:
    """What would leave with a person, and where the name would stay."""
    opinions = _opinions(session, somebody)
    points, files = points_left(session, opinions), files_left(session, opinions)
    same = (AuditEvent.jobcenter_id == AuditRevision.jobcenter_id) & (AuditEvent.seq == AuditRevision.seq)
    texts = (
        select(AuditEvent.seq)
        .join(AuditRevision, same)
        .where(
            AuditRevision.jobcenter_id == somebody.jobcenter_id,
            _naming(AuditRevision.texts, somebody),
            AuditEvent.object_id.not_in([row.id for row in (somebody, *opinions, *points, *files)]),
        )
    )
    return Leaving(
        mails=count_to(session, somebody),
        points=len(points),
        files=len(files),
        mentions=_count(session, texts),
        versions=_count(session, select(Version.id).where(_naming(Version.content, somebody))),
    )


def _naming(column: InstrumentedAttribute[str], somebody: Person) -> ColumnElement[bool]:
    return or_(*(column.contains(word, autoescape=True) for word in (somebody.name, somebody.email)))


def _count(session: Session, question: Select[int] | Select[UUID]) -> int:
    return session.scalar(select(func.count()).select_from(question.subquery())) or 0


def _opinions(session: Session, somebody: Person) -> list[Opinion]:
    return list(session.scalars(select(Opinion).where(Opinion.person_id == somebody.id, still_says())))


def forget(session: Session, somebody: Person, deed: Deed) -> Erasure:
    """Let a person be forgotten.

    The caller has held the house.

    Raises:
        BadInput: The reason is missing, too long, or names the person.
        NotYetErasable: Something has to be done first.
        Gone: It was done before.
    """
    if problem := problem_of(deed.reason, somebody):
        raise BadInput({"reason": problem})
    return forget_duly(session, somebody, deed)


def forget_duly(session: Session, somebody: Person, deed: Deed) -> Erasure:
    """The same for a reason that nobody has typed: a period is over, or it was done before a backup was restored.

    Raises:
        NotYetErasable: Something has to be done first.
        Gone: It was done before.
    """
    if erasure_of(session, somebody.id) is not None:
        raise Gone
    if found := obstacles(session, somebody, local_day(deed.at), actor_id=deed.actor_id):
        raise NotYetErasable(found)
    instead = name_left(session, somebody)
    said = unsaid(session, _opinions(session, somebody))
    mails = take_out(session, somebody, instead)
    drop_access(session, somebody)
    session.execute(delete(Presence).where(Presence.person_id == somebody.id))
    rows: list[tuple[Audited, Mapping[str, object]]] = [
        *said,
        (somebody, {"name": instead, "email": address_left(somebody)}),
    ]
    erasure = Erasure(
        jobcenter_id=somebody.jobcenter_id, kind=PERSON, person_id=somebody.id, count=mails + len(said), at=deed.at
    )
    return erase_all(session, deed, erasure, rows)


def problem_of(reason: str, somebody: Person) -> str:
    """What is wrong with a reason, as a German sentence; it stays for good, so it must not name the person."""
    said = reason.casefold()
    words, name = set(re.findall(r"\w+", said)), re.findall(r"\w{3,}", somebody.name.casefold())
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        return f"Geben Sie den Grund an, höchstens {LONGEST_REASON} Zeichen."
    if somebody.email.casefold() in said or not words.isdisjoint(name):
        return "Der Grund bleibt stehen. Nennen Sie darin weder Namen noch E-Mail-Adresse der Person."
    return ""
