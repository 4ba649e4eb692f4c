"""A ballot as pages show it: what it is about, who has voted, and, once concluded, how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.people import names
from jcflow.clock import written
from jcflow.decisions.ballots import Ballot, BallotState, Elector, current_ballot, electors_of
from jcflow.decisions.casting import Turnout, Vote, turnout, votes_of
from jcflow.decisions.records import rule_of
from jcflow.errors import NotFound
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version, version_by_id
from jcflow.web.database import db
from jcflow.web.labels import CARRIER_LABELS, CHOICE_LABELS
from jcflow.web.visitors import me

SEE_VOTES = frozenset({Role.ASSEMBLY_MEMBER, Role.MANAGING_DIRECTOR, Role.STAFF, Role.AUDITOR})
"""Who reads, after the conclusion, how each member has voted."""


@dataclass(frozen=True)
class Seat:
    """One elector; how they voted is set only where the visitor may see it."""

    elector_id: UUID
    name: str
    carrier: str
    chair: bool
    voted: bool
    pending: Vote | None
    """A vote that was entered and still has to be confirmed."""
    choice: str = ""
    reason: str = ""
    at: datetime | None = None
    given_on: date | None = None
    entered: str = ""
    """Who entered and who confirmed the vote, where the Gremienbüro did."""


@dataclass(frozen=True)
class BallotView:
    """A ballot with its electorate."""

    ballot: Ballot
    version: Version
    motion: str
    seats: tuple[Seat, ...]
    turnout: Turnout
    shows_votes: bool
    rule: str
    law: str

    @property
    def quoted_motion(self) -> str:
        """The text that is voted on, in quotes."""
        return f"„{self.motion.replace('„', '‚').replace('“', '‘')}“"

    @property
    def is_open(self) -> bool:
        """Whether votes may still be given."""
        return self.ballot.state is BallotState.OPEN

    @property
    def missing(self) -> list[Seat]:
        """Who has not voted."""
        return [seat for seat in self.seats if not seat.voted]

    @property
    def pending(self) -> list[Seat]:
        """Whose entered vote still has to be confirmed."""
        return [seat for seat in self.seats if seat.pending is not None]

    @property
    def turnout_text(self) -> str:
        """Who has voted, never how."""
        return f"{len(self.turnout.voted)} von {len(self.turnout.electors)} haben abgestimmt"


def motion_of(programme: Programme, number: int) -> str:
    """The text that is voted on."""
    return (
        f"Die Trägerversammlung stimmt dem Programm „{programme.title}“ "
        f"({written(programme.period_from)} bis {written(programme.period_to)}) in der Fassung der Version {number} zu."
    )


def ballot_of(programme: Programme) -> Ballot:
    """The programme's newest ballot that is not void.

    Raises:
        NotFound: There is none.
    """
    found = current_ballot(db.session(), programme)
    if found is None:
        raise NotFound
    return found


def view_of(session: Session, programme: Programme, ballot: Ballot) -> BallotView:
    """The ballot as the visitor may see it: votes only after the conclusion, and not for everybody."""
    shows = ballot.state is BallotState.CONCLUDED and bool(me().roles & SEE_VOTES)
    votes, electors = votes_of(session, ballot), electors_of(session, ballot)
    people = names(
        session,
        {e.person_id for e in electors} | {p for v in votes.values() for p in (v.entered_by, v.confirmed_by)},
    )
    version = version_by_id(session, ballot.version_id)
    seats = [_seat(e, votes.get(e.id), people, shows=shows) for e in electors]
    rule, law = rule_of(ballot) if ballot.result is not None else ("", "")
    return BallotView(
        ballot=ballot,
        version=version,
        motion=motion_of(programme, version.number),
        seats=tuple(sorted(seats, key=lambda seat: (seat.carrier, not seat.chair, seat.name))),
        turnout=turnout(session, ballot),
        shows_votes=shows,
        rule=rule,
        law=law,
    )


def _seat(elector: Elector, vote: Vote | None, people: dict[UUID | None, str], *, shows: bool) -> Seat:
    name, carrier = people.get(elector.person_id, "unbekannt"), CARRIER_LABELS[elector.carrier]
    counts = vote is not None and vote.counts
    pending = vote if vote is not None and not vote.counts else None
    if not shows or vote is None or not counts:
        return Seat(elector.id, name, carrier, elector.chair, counts, pending)
    entered = ""
    if vote.entered_by is not None:
        entered = (
            f"eingetragen von {people.get(vote.entered_by, 'unbekannt')}, "
            f"bestätigt von {people.get(vote.confirmed_by, 'unbekannt')}"
        )
    return Seat(
        elector.id,
        name,
        carrier,
        elector.chair,
        counts,
        None,
        choice=CHOICE_LABELS[vote.choice],
        reason=vote.reason,
        at=vote.at,
        given_on=vote.given_on,
        entered=entered,
    )
