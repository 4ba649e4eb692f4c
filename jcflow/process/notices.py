"""Who is written to because of a step or an act, in the transaction of that very step or act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select
from sqlalchemy.orm import Session

from jcflow.accounts.absences import all_acting
from jcflow.accounts.people import Person, holders
from jcflow.accounts.role_names import ROLE_NAMES
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.decisions.ballots import Ballot
from jcflow.decisions.casting import turnout
from jcflow.mail.circulars import Circular, announce
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.opinions.board import Opinion, Stance
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme, StepTaken
from jcflow.tasks import open_task

PARTICIPANTS = frozenset(Role) - {Role.AUDITOR, Role.ADMIN, Role.ASSEMBLY_CHAIR}
"""Everybody who has a part in a programme; whoever chairs the assembly is its member."""

_WORDS = {"adopted": "angenommen", "rejected": "abgelehnt"}


def step_taken(session: Session, programme: Programme, taken: StepTaken, deed: Deed) -> None:
    """Tell whoever has to know that a programme has moved on; those with a new task hear of it as their task."""
    notice = _BY_TRIGGER.get(taken.trigger)
    if notice is not None:
        notice(session, programme, taken, deed)


def _result(session: Session, programme: Programme, taken: StepTaken, deed: Deed) -> None:
    """M12: what was decided, to everybody."""
    if taken.outcome not in _WORDS or taken.target not in {"in_force", "rejected"}:
        _sent_back(session, programme, taken, deed)
        return
    facts = {
        "outcome": _WORDS[taken.outcome],
        "on": local_day(deed.at).isoformat(),
        "in_force": taken.target == "in_force",
    }
    key = f"result/{taken.id}"
    announce(session, Circular(Occasion.RESULT, PARTICIPANTS, key, facts, programme.id), at=deed.at)


def _sent_back(session: Session, programme: Programme, taken: StepTaken, deed: Deed) -> None:
    """M13: somebody asks the managing director to work on it once more."""
    if taken.outcome in {"recommended", "deferred"} or not programme.current.edit:
        return
    who = ROLE_NAMES[Role(taken.role)].partition(" ")[2] if taken.role in set(Role) else "Gremienbüro"
    facts = {"who": who, "reason": deed.reason, "state": programme.current.label}
    directors = Circular(
        Occasion.SENT_BACK,
        {Role.MANAGING_DIRECTOR},
        f"sent_back/{taken.id}",
        facts,
        programme.id,
        but_not=deed.actor_id,
    )
    announce(session, directors, at=deed.at)


_SPOKE = (
    select(Opinion.__table__.c.id)
    .where(
        Opinion.person_id == Person.id,
        Opinion.programme_id == bindparam("programme", type_=Uuid),
        Opinion.withdrawn.is_(False),
        Opinion.stance.not_in((Stance.SILENT, Stance.NO_OPINION)),
        or_(Opinion.entered_by.is_(None), Opinion.confirmed_by.is_not(None)),
    )
    .exists()
)
"""That a person has said something on the programme."""


def _answered(session: Session, programme: Programme, taken: StepTaken, deed: Deed) -> None:
    """M07: the answers stand now, to each member who said something."""
    members = {Role.BOARD_MEMBER}
    news = Circular(Occasion.ANSWER, members, f"answer/{taken.id}", {}, programme.id, only=_SPOKE)
    announce(session, news, at=deed.at)


_BY_TRIGGER: Mapping[str, Callable[[Session, Programme, StepTaken, Deed], None]] = {
    "record": _result,
    "enter_result": _result,
    "return": _sent_back,
    "recall": _sent_back,
    "dispose": _answered,
}


def opinion_given(session: Session, programme: Programme, given: Opinion, points: int, deed: Deed) -> None:
    """M05 to the member, M06 to the managing director and the Gremienbüro; each version of an opinion once."""
    on = given.given_on.isoformat()
    facts = {"opinion_id": str(given.id), "points": points, "on": on}
    receipt = {**facts, "no_opinion": given.stance is Stance.NO_OPINION}
    mine = f"opinion_received/{given.id}/{given.version}"
    queue(session, Letter(Occasion.OPINION_RECEIVED, given.person_id, mine, receipt, programme.id), at=deed.at)
    if given.stance is Stance.NO_OPINION:
        return
    readers = {Role.MANAGING_DIRECTOR, Role.STAFF}
    about = {**facts, "who": given.organisation or "Mitglied des Beirats"}
    news = Circular(Occasion.OPINION_NEW, readers, f"opinion_new/{given.id}/{given.version}", about, programme.id)
    announce(session, news, at=deed.at)


def vote_given(session: Session, programme: Programme, ballot: Ballot, deed: Deed) -> None:
    """M09 to whose vote it is; M11 to who concludes once every seat has voted, unless told that time is over."""
    facts = {"on": local_day(deed.at).isoformat(), "at": deed.at.isoformat()}
    voter, key = deed.on_behalf_of or deed.actor_id, f"vote_received/{deed.group}"
    letters = [Letter(Occasion.VOTE_RECEIVED, voter, key, facts, programme.id)]
    if turnout(session, ballot).is_complete:
        task = open_task(session, programme, "conclude")
        if task is not None and not _has_been_told(session, task):
            about, said = f"conclude/{ballot.id}", {"complete": True}
            letters += [
                Letter(Occasion.CONCLUDE, person_id, f"{about}/{person_id}", said, programme.id, task_id=task)
                for person_id in _who_concludes(session, local_day(deed.at))
            ]
    queue(session, *letters, at=deed.at)


def _who_concludes(session: Session, day: date) -> list[UUID]:
    """The chair, and who stands in for the chair on a day."""
    chairs = [member.person_id for member in holders(session, Role.ASSEMBLY_CHAIR, day)]
    return chairs + [s.substitute.person_id for s in all_acting(session, day) if Role.ASSEMBLY_CHAIR in s.roles]


def _has_been_told(session: Session, task_id: UUID) -> bool:
    """Whether somebody was asked to conclude because the time for votes was over."""
    mine = (Mail.task_id == task_id) & (Mail.occasion == Occasion.CONCLUDE) & (Mail.state != MailState.CANCELLED)
    return session.scalar(select(Mail.id).where(mine).limit(1)) is not None


def published(session: Session, programme: Programme, deed: Deed) -> None:
    """M14: everybody may read it now."""
    facts = {"on": local_day(deed.at).isoformat()}
    key = f"published/{programme.published_version_id}/{local_day(deed.at)}"
    announce(session, Circular(Occasion.PUBLISHED, PARTICIPANTS, key, facts, programme.id), at=deed.at)
