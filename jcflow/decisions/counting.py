"""What a ballot comes to: majority, and the chair's vote in a tie. Source: § 44c Abs. 1 Satz 7, 8 SGB II."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.audit.trail import Deed, record
from jcflow.decisions.ballots import Ballot, BallotState, Choice, Result, electors_of, lock_ballot
from jcflow.decisions.casting import votes_of
from jcflow.errors import BadInput
from jcflow.programmes.programme import Programme


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


def chairs_vote(session: Session, ballot: Ballot, chair_id: UUID | None) -> Choice | None:
    """How whoever has the chair now voted in this ballot, where that can decide a tie.

    None after an abstention, without a vote, and for somebody who did not belong to the electorate.
    """
    seats = {e.id for e in electors_of(session, ballot) if e.person_id == chair_id}
    given = [v.choice for elector_id, v in votes_of(session, ballot).items() if elector_id in seats and v.counts]
    return next((choice for choice in given if choice is not Choice.ABSTAIN), None)


def decide_tie(session: Session, ballot: Ballot, choice: Choice | None, deed: Deed) -> None:
    """Let the chair's vote decide a tie: the vote given in the ballot, or one given now where there was none (R-03).

    Raises:
        BadInput: The ballot is not tied, or the chair neither voted yes or no nor does so now.
    """
    if ballot.result is not Result.TIED:
        raise BadInput({"choice": "Es gibt keine Stimmengleichheit."})
    decisive = chairs_vote(session, ballot, deed.on_behalf_of or deed.actor_id) or choice
    if decisive not in {Choice.YES, Choice.NO}:
        raise BadInput({"choice": "Wählen Sie „Ja“ oder „Nein“. Ihre Stimme gibt den Ausschlag."})
    result = Result.ADOPTED if decisive is Choice.YES else Result.REJECTED
    record(session, ballot, deed, result=result, casting_vote=decisive)
