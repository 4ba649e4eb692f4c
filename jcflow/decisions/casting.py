"""The votes in a ballot: given by the member, or entered from the meeting and confirmed by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.absences import acting_for
from jcflow.accounts.exclusive import is_excluded
from jcflow.accounts.people import Carrier, holders, roles_of
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.clock import local_day
from jcflow.decisions.ballots import Ballot, Choice, Elector, elector, lock_ballot
from jcflow.errors import BadInput, NotAllowed, NotFound
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme, check_version

LONGEST_REASON = 5_000


class Vote(Audited):
    """The vote of one elector; it may be changed until the ballot is concluded."""

    __tablename__ = "vote"
    __table_args__ = audited(UniqueConstraint("elector_id"), programme_id="programme", elector_id="elector")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "elector_id", "given_on", "at", "entered_by", "confirmed_by"}
    )

    programme_id: Mapped[UUID]
    elector_id: Mapped[UUID]
    choice: Mapped[Choice]
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    given_on: Mapped[date]
    entered_by: Mapped[UUID | None]
    """The Gremienbüro's person, for a vote given in the meeting."""
    confirmed_by: Mapped[UUID | None]
    """Second person; without it an entered vote does not count."""
    cast_by: Mapped[UUID | None]
    """Who voted on the seat while its holder was away; None: the holder."""

    @property
    def counts(self) -> bool:
        """Whether the vote is in."""
        return self.entered_by is None or self.confirmed_by is not None


@dataclass(frozen=True)
class InMeeting:
    """How a vote came that the Gremienbüro enters."""

    given_on: date
    entered_by: UUID


@once
def votes_of(session: Session, ballot: Ballot) -> dict[UUID, Vote]:
    """Elector id to vote, those still to be confirmed included."""
    question = select(Vote).join(Elector, Elector.id == Vote.elector_id).where(Elector.ballot_id == ballot.id)
    return {vote.elector_id: vote for vote in session.scalars(question)}


def last_vote(session: Session, programme: Programme, person_id: UUID) -> tuple[Vote, Ballot] | None:
    """The vote of a seat's holder that counts in the newest ballot there is one in, broken off ballots included."""
    mine = (Ballot.programme_id == programme.id) & (Elector.person_id == person_id)
    question = (
        select(Vote, Ballot).join(Elector, Elector.id == Vote.elector_id).join(Ballot, Ballot.id == Elector.ballot_id)
    )
    given = session.execute(question.where(mine).order_by(Ballot.opened_at.desc(), Ballot.id))
    return next(((vote, ballot) for vote, ballot in given if vote.counts), None)


def vote(session: Session, programme: Programme, vote_id: UUID) -> Vote:
    """One vote of the programme.

    Raises:
        NotFound: There is none of this id.
    """
    found = session.scalar(select(Vote).where(Vote.programme_id == programme.id, Vote.id == vote_id))
    if found is None:
        raise NotFound
    return found


def cast_vote(
    session: Session,
    programme: Programme,
    person_id: UUID,
    *,
    choice: Choice,
    reason: str,
    version: int,
    deed: Deed,
    meeting: InMeeting | None = None,
) -> Vote:
    """Vote, or change the vote given before.

    Args:
        version: Row version of the vote the form was opened with; 0 for a first one.
        meeting: Set where the Gremienbüro enters it; it then counts only once confirmed.

    Raises:
        VotingClosed: The ballot is over.
        NotAllowed: The person does not belong to the electorate, was no member any more on the day of the vote, or
            whoever votes is or stands in for the managing director.
        Stale: The vote was changed since the form was opened.
        BadInput: The reason is too long.
    """
    ballot = lock_ballot(session, programme)
    seat = elector(session, ballot, person_id)
    said = _said(choice, reason, meeting, deed)
    _check_right(session, person_id, meeting, deed)
    known = session.scalar(select(Vote).where(Vote.elector_id == seat.id))
    _check_one_of_both(known, said)
    if known is None:
        if version:
            raise NotFound
        known = Vote(jobcenter_id=programme.jobcenter_id, programme_id=programme.id, elector_id=seat.id, **said)
        record(session, known, deed)
    else:
        what = "Die Eintragung" if meeting else "Ihre Stimme"
        check_version(known, version, what, {"choice": choice, "reason": reason})
        record(session, known, deed, **said)
    return known


def _check_one_of_both(known: Vote | None, said: Mapping[str, object]) -> None:
    """Once the holder of a seat or whoever stands in has voted, the other one cannot any more (R-02).

    Raises:
        BadInput: The other one has voted.
    """
    if known is not None and known.counts and known.cast_by != said["cast_by"]:
        other = "Die Vertretung" if known.cast_by else "Das Mitglied selbst"
        raise BadInput({"choice": f"{other} hat für diesen Sitz schon abgestimmt. Es zählt nur eine Stimme."})


def _check_right(session: Session, person_id: UUID, meeting: InMeeting | None, deed: Deed) -> None:
    """A member votes, and nobody who has today, or acts in, a role that excludes it (§ 44d Abs. 1 Satz 3 SGB II).

    Raises:
        NotAllowed: The person is no member on the day, or whoever votes may not.
    """
    today = local_day(deed.at)
    if not _is_member(session, person_id, meeting.given_on if meeting else today):
        raise NotAllowed("Personen, die am Tag der Stimmabgabe Mitglied der Trägerversammlung sind")
    if meeting is not None:
        return
    voter_id = deed.actor_id or person_id
    acted_in = {standing.membership.role for standing in acting_for(session, voter_id, today)}
    if is_excluded(Role.ASSEMBLY_MEMBER, acted_in | roles_of(session, voter_id, today)):
        raise NotAllowed("Personen, die nicht zugleich die Geschäftsführung wahrnehmen")


def _is_member(session: Session, person_id: UUID, day: date) -> bool:
    return any(m.person_id == person_id for m in holders(session, Role.ASSEMBLY_MEMBER, day))


def _said(choice: Choice, reason: str, meeting: InMeeting | None, deed: Deed) -> dict[str, object]:
    if len(reason) > LONGEST_REASON:
        raise BadInput({"reason": "Kürzen Sie die Begründung auf höchstens 5.000 Zeichen."})
    return {
        "choice": choice,
        "reason": reason.strip(),
        "at": deed.at,
        "given_on": meeting.given_on if meeting else local_day(deed.at),
        "entered_by": meeting.entered_by if meeting else None,
        "confirmed_by": None,
        "cast_by": deed.actor_id if deed.on_behalf_of and not meeting else None,
    }


def enter_vote(
    session: Session,
    programme: Programme,
    person_id: UUID,
    *,
    choice: Choice,
    reason: str,
    meeting: InMeeting,
    version: int,
    deed: Deed,
) -> Vote:
    """Enter a vote given in the meeting; one entered before and not yet confirmed is replaced.

    Args:
        version: Row version of the entry the form was opened with; 0 for a first one.

    Raises:
        VotingClosed: The ballot is over.
        NotAllowed: The person does not belong to the electorate.
        Stale: Somebody entered the vote or changed the entry since the form was opened.
        BadInput: The person has voted already or was no member any more on the day, the day lies before the ballot
            or in the future, or the reason is too long.
    """
    ballot = lock_ballot(session, programme)
    seat = elector(session, ballot, person_id)
    known = session.scalar(select(Vote).where(Vote.elector_id == seat.id))
    if known is not None and known.counts:
        raise BadInput({"elector": "Diese Person hat schon abgestimmt. Ändern kann sie ihre Stimme nur selbst."})
    if not local_day(ballot.opened_at) <= meeting.given_on <= local_day(deed.at):
        raise BadInput({"given_on": "Der Tag liegt nicht zwischen der Eröffnung der Abstimmung und heute."})
    if not _is_member(session, person_id, meeting.given_on):
        sentence = "An diesem Tag war die Person nicht mehr Mitglied der Trägerversammlung. Prüfen Sie Person und Tag."
        raise BadInput({"given_on": sentence})
    return cast_vote(
        session, programme, person_id, choice=choice, reason=reason, version=version, deed=deed, meeting=meeting
    )


def confirm_vote(session: Session, programme: Programme, given: Vote, deed: Deed) -> None:
    """Confirm, as a second person, a vote that was entered.

    Raises:
        VotingClosed: The ballot is over.
        BadInput: It needs no confirmation, or the one who entered it would confirm it.
    """
    lock_ballot(session, programme)
    if given.entered_by is None or given.confirmed_by is not None:
        raise BadInput({"confirm": "Hier ist nichts zu bestätigen."})
    if given.entered_by == deed.actor_id:
        raise BadInput({"confirm": "Bestätigen muss eine zweite Person."})
    record(session, given, deed, confirmed_by=deed.actor_id)


@dataclass(frozen=True)
class Turnout:
    """Who has voted, never how."""

    voted: frozenset[UUID]
    """Ids of electors whose vote counts."""
    electors: tuple[Elector, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every filled seat has voted."""
        return len(self.voted) == len(self.electors)

    @property
    def is_quorate(self) -> bool:
        """Whether more than half of the filled seats have voted, and at least one of each carrier."""
        sides = {e.carrier for e in self.electors if e.id in self.voted}
        return 2 * len(self.voted) > len(self.electors) and sides == set(Carrier)


@once
def turnout(session: Session, ballot: Ballot) -> Turnout:
    """How far the vote has come; the electorate agency first."""
    question = (
        select(Elector, Vote).outerjoin(Vote, Vote.elector_id == Elector.id).where(Elector.ballot_id == ballot.id)
    )
    rows = session.execute(question.order_by(Elector.carrier, Elector.chair.desc(), Elector.id)).all()
    voted = frozenset(elector.id for elector, vote in rows if vote is not None and vote.counts)
    return Turnout(voted, tuple(elector for elector, _ in rows))
