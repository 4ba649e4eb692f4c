"""A ballot of the carrier assembly on one frozen version: electorate, votes, result. Source: § 44c Abs. 1 SGB II."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.jobcenters import Setting
from jcflow.accounts.people import Carrier, Membership
from jcflow.audit.trail import Audited, Deed, audited, record, record_all
from jcflow.clock import local_day
from jcflow.errors import BadInput, Conflict, NotAllowed, NotFound
from jcflow.programmes.programme import Programme, check_version
from jcflow.programmes.versions import Version

LONGEST_REASON = 5_000


class BallotState(StrEnum):
    """Open for votes, void after a recall, or concluded by the chair."""

    OPEN = "open"
    VOID = "void"
    CONCLUDED = "concluded"


class Choice(StrEnum):
    """One vote."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Result(StrEnum):
    """What a ballot came to."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    TIED = "tied"


class VotingClosed(Conflict):
    """A vote after the ballot was concluded or voided."""

    def __str__(self) -> str:
        return "Die Abstimmung ist beendet. Ihre Stimme kann nicht mehr angenommen werden."


class Ballot(Audited):
    """One ballot. At most one of a programme is open."""

    __tablename__ = "ballot"
    __table_args__ = audited(
        Index(
            "uq_ballot_open",
            "programme_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        programme_id="programme",
        version_id="programme_version",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "version_id", "version_sha256", "state", "opened_at", "closes_on", "concluded_at"}
        | {"seats_agency", "seats_municipality", "yes", "no", "abstain", "result", "casting_vote", "chair_id"}
    )
    VOUCHES_FOR = ("version_id", "version_sha256")

    programme_id: Mapped[UUID]
    version_id: Mapped[UUID]
    version_sha256: Mapped[str]
    state: Mapped[BallotState] = mapped_column(default=BallotState.OPEN)
    opened_at: Mapped[datetime]
    closes_on: Mapped[date]
    """Last day for votes, until 24:00 local time."""
    seats_agency: Mapped[int]
    """Voting seats, vacant ones included: they count for parity, not against the ballot."""
    seats_municipality: Mapped[int]
    chair_id: Mapped[UUID | None]
    """Who concluded it."""
    concluded_at: Mapped[datetime | None]
    yes: Mapped[int | None]
    no: Mapped[int | None]
    abstain: Mapped[int | None]
    result: Mapped[Result | None]
    """Final; `tied` until the chair's vote has decided."""
    casting_vote: Mapped[Choice | None]
    """The chair's vote that decided a tie (§ 44c Abs. 1 Satz 8 SGB II)."""


class Elector(Audited):
    """A filled seat of the frozen electorate."""

    __tablename__ = "elector"
    __table_args__ = audited(
        UniqueConstraint("ballot_id", "person_id"), programme_id="programme", ballot_id="ballot", person_id="person"
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"programme_id", "ballot_id", "person_id", "carrier", "chair"})

    programme_id: Mapped[UUID]
    ballot_id: Mapped[UUID]
    person_id: Mapped[UUID]
    carrier: Mapped[Carrier]
    chair: Mapped[bool]


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

    @property
    def counts(self) -> bool:
        """Whether the vote is in."""
        return self.entered_by is None or self.confirmed_by is not None


@dataclass(frozen=True)
class InMeeting:
    """How a vote came that the Gremienbüro enters."""

    given_on: date
    entered_by: UUID


def seat_problems(setting: Setting, members: Sequence[Membership]) -> list[str]:
    """Why the electorate would be unsound: unequal seats (R-01, § 44c Abs. 1 Satz 2 SGB II), too many members, none."""
    filled = {carrier: sum(m.carrier is carrier for m in members) for carrier in Carrier}
    problems = []
    if setting.seats_agency != setting.seats_municipality:
        problems.append(
            f"Die Träger haben nicht gleich viele Sitze: Agentur {setting.seats_agency}, "
            f"Kommune {setting.seats_municipality} (§ 44c Abs. 1 Satz 2 SGB II)."
        )
    seats = {Carrier.AGENCY: setting.seats_agency, Carrier.MUNICIPALITY: setting.seats_municipality}
    german = {Carrier.AGENCY: "Die Agentur", Carrier.MUNICIPALITY: "Die Kommune"}
    for carrier, number in filled.items():
        if number > seats[carrier]:
            problems.append(f"{german[carrier]} hat {number} Mitglieder, aber {seats[carrier]} Sitze.")
        if number == 0:
            problems.append(f"{german[carrier]} hat kein Mitglied in der Trägerversammlung.")
    if not any(m.chair for m in members):
        problems.append("Die Trägerversammlung hat keinen Vorsitz.")
    return problems


def open_ballot(
    session: Session,
    programme: Programme,
    version: Version,
    *,
    setting: Setting,
    members: Sequence[Membership],
    closes_on: date,
    deed: Deed,
) -> Ballot:
    """Open the vote on a version and freeze its electorate: the members of this day."""
    ballot = Ballot(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        version_id=version.id,
        version_sha256=version.sha256,
        opened_at=deed.at,
        closes_on=closes_on,
        seats_agency=setting.seats_agency,
        seats_municipality=setting.seats_municipality,
    )
    record(session, ballot, deed)
    electors = [
        Elector(
            jobcenter_id=programme.jobcenter_id,
            programme_id=programme.id,
            ballot_id=ballot.id,
            person_id=m.person_id,
            carrier=m.carrier,
            chair=m.chair,
        )
        for m in members
    ]
    record_all(session, deed, [(elector, {}) for elector in electors])
    return ballot


def ballots_of(session: Session, programme: Programme) -> list[Ballot]:
    """All ballots of a programme, the newest first."""
    mine = Ballot.programme_id == programme.id
    return list(session.scalars(select(Ballot).where(mine).order_by(Ballot.opened_at.desc(), Ballot.audit_seq.desc())))


def current_ballot(session: Session, programme: Programme) -> Ballot | None:
    """The newest ballot that is not void."""
    return next((b for b in ballots_of(session, programme) if b.state is not BallotState.VOID), None)


def lock_ballot(session: Session, programme: Programme) -> Ballot:
    """The programme's open ballot, locked until the transaction ends.

    Raises:
        VotingClosed: None is open.
    """
    question = select(Ballot).where(Ballot.programme_id == programme.id, Ballot.state == BallotState.OPEN)
    found = session.scalar(question.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise VotingClosed
    return found


def electors_of(session: Session, ballot: Ballot) -> list[Elector]:
    """The frozen electorate, agency first."""
    mine = Elector.ballot_id == ballot.id
    return list(
        session.scalars(select(Elector).where(mine).order_by(Elector.carrier, Elector.chair.desc(), Elector.id))
    )


def elector(session: Session, ballot: Ballot, person_id: UUID) -> Elector:
    """A person's seat in the electorate.

    Raises:
        NotAllowed: The person was no voting member when the ballot was opened.
    """
    found = session.scalar(select(Elector).where(Elector.ballot_id == ballot.id, Elector.person_id == person_id))
    if found is None:
        raise NotAllowed("Personen, die bei Eröffnung der Abstimmung Mitglied der Trägerversammlung waren")
    return found


def votes_of(session: Session, ballot: Ballot) -> dict[UUID, Vote]:
    """Elector id to vote, those still to be confirmed included."""
    question = select(Vote).join(Elector, Elector.id == Vote.elector_id).where(Elector.ballot_id == ballot.id)
    return {vote.elector_id: vote for vote in session.scalars(question)}


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
        NotAllowed: The person does not belong to the electorate.
        Stale: The vote was changed since the form was opened.
        BadInput: The reason is too long.
    """
    ballot = lock_ballot(session, programme)
    seat = elector(session, ballot, person_id)
    if len(reason) > LONGEST_REASON:
        raise BadInput({"reason": "Kürzen Sie die Begründung auf höchstens 5.000 Zeichen."})
    said: dict[str, object] = {
        "choice": choice,
        "reason": reason.strip(),
        "at": deed.at,
        "given_on": meeting.given_on if meeting else local_day(deed.at),
        "entered_by": meeting.entered_by if meeting else None,
        "confirmed_by": None,
    }
    known = session.scalar(select(Vote).where(Vote.elector_id == seat.id))
    if known is None:
        if version:
            raise NotFound
        known = Vote(jobcenter_id=programme.jobcenter_id, programme_id=programme.id, elector_id=seat.id, **said)
        record(session, known, deed)
    else:
        check_version(known, version, "Ihre Stimme", {"choice": choice, "reason": reason})
        record(session, known, deed, **said)
    return known


def enter_vote(
    session: Session,
    programme: Programme,
    person_id: UUID,
    *,
    choice: Choice,
    reason: str,
    meeting: InMeeting,
    deed: Deed,
) -> Vote:
    """Enter a vote given in the meeting; one entered before and not yet confirmed is replaced.

    Raises:
        VotingClosed: The ballot is over.
        NotAllowed: The person does not belong to the electorate.
        BadInput: The person has voted already, the day lies before the ballot or in the future, or the reason
            is too long.
    """
    ballot = lock_ballot(session, programme)
    seat = elector(session, ballot, person_id)
    known = session.scalar(select(Vote).where(Vote.elector_id == seat.id))
    if known is not None and known.counts:
        raise BadInput({"elector": "Diese Person hat schon abgestimmt. Ändern kann sie ihre Stimme nur selbst."})
    if not local_day(ballot.opened_at) <= meeting.given_on <= local_day(deed.at):
        raise BadInput({"given_on": "Der Tag liegt nicht zwischen der Eröffnung der Abstimmung und heute."})
    version = known.version if known else 0
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


def turnout(session: Session, ballot: Ballot) -> Turnout:
    """How far the vote has come."""
    voted = frozenset(elector_id for elector_id, v in votes_of(session, ballot).items() if v.counts)
    return Turnout(voted, tuple(electors_of(session, ballot)))


def count(votes: Sequence[Choice]) -> Result:
    """The result by majority of the votes; abstentions count for neither side (§ 44c Abs. 1 Satz 7 SGB II)."""
    yes, no = votes.count(Choice.YES), votes.count(Choice.NO)
    if yes == no:
        return Result.TIED
    return Result.ADOPTED if yes > no else Result.REJECTED


def conclude(session: Session, programme: Programme, deed: Deed) -> Ballot:
    """Close the ballot and state its result.

    Raises:
        VotingClosed: None is open.
    """
    ballot = lock_ballot(session, programme)
    choices = [v.choice for v in votes_of(session, ballot).values() if v.counts]
    record(
        session,
        ballot,
        deed,
        state=BallotState.CONCLUDED,
        concluded_at=deed.at,
        chair_id=deed.on_behalf_of or deed.actor_id,
        yes=choices.count(Choice.YES),
        no=choices.count(Choice.NO),
        abstain=choices.count(Choice.ABSTAIN),
        result=count(choices),
    )
    return ballot


def chairs_vote(session: Session, ballot: Ballot) -> Choice | None:
    """How the chair has voted in this ballot, where that can decide a tie; None after an abstention or no vote."""
    chairs = {e.id for e in electors_of(session, ballot) if e.chair}
    given = [v.choice for elector_id, v in votes_of(session, ballot).items() if elector_id in chairs and v.counts]
    return next((choice for choice in given if choice is not Choice.ABSTAIN), None)


def decide_tie(session: Session, ballot: Ballot, choice: Choice | None, deed: Deed) -> None:
    """Let the chair's vote decide a tie: the vote given in the ballot, or one given now where there was none (R-03).

    Raises:
        BadInput: The ballot is not tied, or the chair neither voted yes or no nor does so now.
    """
    if ballot.result is not Result.TIED:
        raise BadInput({"choice": "Es gibt keine Stimmengleichheit."})
    decisive = chairs_vote(session, ballot) or choice
    if decisive not in {Choice.YES, Choice.NO}:
        raise BadInput({"choice": "Wählen Sie „Ja“ oder „Nein“. Ihre Stimme gibt den Ausschlag."})
    result = Result.ADOPTED if decisive is Choice.YES else Result.REJECTED
    record(session, ballot, deed, result=result, casting_vote=decisive)


def void(session: Session, programme: Programme, deed: Deed) -> None:
    """Void the open ballot; its votes stay on record and count for nothing."""
    record(session, lock_ballot(session, programme), deed, state=BallotState.VOID)
