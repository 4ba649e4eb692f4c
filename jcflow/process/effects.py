"""What a step does besides moving the programme, and what decides where an open-ended step leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import setting_of
from jcflow.accounts.people import holders
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.decisions import ballots, counting, records
from jcflow.decisions.ballots import Choice
from jcflow.decisions.records import Sitting
from jcflow.errors import BadInput
from jcflow.opinions.rounds import record_silence
from jcflow.procedure import Role, Step
from jcflow.programmes.procedures import EFFECTS as NAMES
from jcflow.programmes.procedures import OUTCOMES as OUTCOME_NAMES
from jcflow.programmes.programme import WITHDRAWN, Programme
from jcflow.programmes.schedule import schedule_of
from jcflow.programmes.versions import Version, newest_version


@dataclass(frozen=True)
class Resolution:
    """The record as the chair sets it down."""

    text: str
    decided_on: date


@dataclass(frozen=True)
class Facts:
    """What a step is told besides its reason."""

    casting_vote: Choice | None = None
    resolution: Resolution | None = None
    sitting: Sitting | None = None


@dataclass(frozen=True)
class Move:
    """A step being taken."""

    session: Session
    programme: Programme
    step: Step
    deed: Deed
    facts: Facts
    frozen: Version | None
    """What the step itself has frozen."""

    @cached_property
    def version(self) -> Version:
        """The newest frozen version, the step's own one included."""
        newest = self.frozen or newest_version(self.session, self.programme)
        assert newest is not None
        return newest

    @cached_property
    def ballot(self) -> ballots.Ballot:
        """The newest ballot that is not void."""
        found = ballots.current_ballot(self.session, self.programme)
        assert found is not None
        return found


def close_consultation(move: Move) -> dict[str, object]:
    """Record who stayed silent."""
    members = holders(move.session, Role.BOARD_MEMBER, local_day(move.deed.at))
    record_silence(move.session, move.programme, move.version, members, move.deed)
    return {}


def open_ballot(move: Move) -> dict[str, object]:
    """Open the vote on the version just frozen; the electorate is that of the day."""
    session, programme, today = move.session, move.programme, local_day(move.deed.at)
    rule = next(r for r in programme.procedure.tasks_in(str(move.step.target)) if r.act == "vote")
    ballots.open_ballot(
        session,
        programme,
        move.version,
        setting=setting_of(session, programme.jobcenter_id),
        members=holders(session, Role.ASSEMBLY_MEMBER, today),
        closes_on=schedule_of(session, programme).due(rule, today),
        deed=move.deed,
    )
    return {}


def void_ballot(move: Move) -> dict[str, object]:
    """Void the open ballot."""
    ballots.void(move.session, move.programme, move.deed)
    return {}


def conclude_ballot(move: Move) -> dict[str, object]:
    """Close the ballot and count."""
    counting.conclude(move.session, move.programme, move.deed)
    return {}


def cast_vote(move: Move) -> dict[str, object]:
    """Let the chair's vote decide the tie."""
    counting.decide_tie(move.session, move.ballot, move.facts.casting_vote, move.deed)
    return {}


def set_record(move: Move) -> dict[str, object]:
    """Set down the record, unless one entered from paper has just been confirmed."""
    ballot = move.ballot
    written = records.record_of(move.session, ballot)
    if written is not None and written.counts:
        return {}
    if move.facts.resolution is None:
        raise BadInput({"text": "Schreiben Sie den Wortlaut des Beschlusses auf."})
    records.set_down(
        move.session,
        move.programme,
        ballot,
        text=move.facts.resolution.text,
        decided_on=move.facts.resolution.decided_on,
        chair_id=_actor(move.deed),
        deed=move.deed,
    )
    return {}


def _actor(deed: Deed) -> UUID:
    person_id = deed.on_behalf_of or deed.actor_id
    assert person_id is not None
    return person_id


def free_slug(move: Move) -> dict[str, object]:
    """Give the slug free for a new attempt; the withdrawn programme stays under a numbered one."""
    stem = f"{move.programme.slug}{WITHDRAWN}"
    taken = move.session.scalar(select(func.count()).select_from(Programme).where(Programme.slug.startswith(stem)))
    return {"slug": f"{stem}{(taken or 0) + 1}"}


def enter_result(move: Move) -> dict[str, object]:
    """Enter what the council body decided, with the reference of its paper."""
    if move.facts.sitting is None or move.facts.sitting.outcome not in move.step.targets:
        raise BadInput({"outcome": "Wählen Sie das Ergebnis aus."})
    records.enter_result(
        move.session, move.programme, move.version.id, move.programme.state, move.facts.sitting, move.deed
    )
    return {}


def ballot_result(move: Move) -> str:
    """Adopted, rejected or tied."""
    assert move.ballot.result is not None
    return move.ballot.result.value


def sitting_result(move: Move) -> str:
    """What the council body decided."""
    assert move.facts.sitting is not None
    return move.facts.sitting.outcome


Effect = Callable[[Move], dict[str, object]]
"""Does its work and returns what it changes on the programme itself."""

EFFECTS: Mapping[str, Effect] = {
    effect.__name__: effect
    for effect in (
        close_consultation,
        open_ballot,
        void_ballot,
        conclude_ballot,
        cast_vote,
        set_record,
        free_slug,
        enter_result,
    )
}
OUTCOMES: Mapping[str, Callable[[Move], str]] = {
    "ballot_result": ballot_result,
    "recorded_result": ballot_result,
    "committee_result": sitting_result,
    "council_result": sitting_result,
}
assert set(EFFECTS) == NAMES
assert set(OUTCOMES) == set(OUTCOME_NAMES)
