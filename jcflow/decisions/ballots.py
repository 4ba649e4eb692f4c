"""A ballot of the carrier assembly on one frozen version: electorate, votes, result. Source: § 44c Abs. 1 SGB II."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.jobcenters import Setting
from jcflow.accounts.people import Carrier, Membership
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record, record_all
from jcflow.errors import Conflict, NotAllowed
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version


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

    programme_id: Mapped[UUID] = mapped_column(index=True)
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


@once
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


@once
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


def void(session: Session, programme: Programme, deed: Deed) -> None:
    """Void the open ballot; its votes stay on record and count for nothing."""
    record(session, lock_ballot(session, programme), deed, state=BallotState.VOID)
