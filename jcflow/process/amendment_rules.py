"""What the names in a workflow file about amendments mean: guards, effects, and what decides where a step leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.actor import Actor
from jcflow.accounts.role_names import named
from jcflow.amendments import booking, deciding
from jcflow.amendments.amendment import Amendment, AmendmentKind, standing_of
from jcflow.amendments.deciding import Decision
from jcflow.amendments.differences import accept_coming, outlook
from jcflow.amendments.parts import Parts, parts_in
from jcflow.amendments.procedures import EFFECTS as NAMES
from jcflow.amendments.procedures import GUARDS as GUARD_NAMES
from jcflow.amendments.procedures import OUTCOMES as OUTCOME_NAMES
from jcflow.amendments.proposing import is_year_open, shortage
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed
from jcflow.procedure import Role
from jcflow.programmes.budgets import SHORTEST_REASON, BudgetLine
from jcflow.programmes.programme import Programme

LONGEST_OPINION = 5_000
NOT_ACCEPTED = (
    "Mit dieser Änderung weichen Zahlen ab, die noch nicht angenommen sind. Zugestimmt werden kann, sobald die "
    "Beauftragte für den Haushalt sie bei dieser Änderung angenommen hat."
)


@dataclass(frozen=True)
class Said:
    """What a step of an amendment is told besides its reason; amounts in cents."""

    opinion: str = ""
    decision: Decision | None = None
    amount: int = 0
    reference: str = ""
    booked_on: date | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why figures that will not hold are accepted, by `differences.name_of`."""


@dataclass(frozen=True)
class Turn:
    """Somebody about to take a step of an amendment."""

    session: Session
    programme: Programme
    amendment: Amendment
    actor: Actor
    role: Role
    deed: Deed
    said: Said

    @property
    def people(self) -> frozenset[UUID | None]:
        """Who acts, and in whose place."""
        return frozenset({self.actor.person_id, self.actor.acting_as(self.role)}) - {None}

    @property
    def parts(self) -> Parts:
        """Who has had a part in the amendment, and in whose place."""
        return parts_in(self.session, self.amendment)


def other_than_proposer(turn: Turn) -> list[str]:
    """Who proposes neither checks nor decides nor books (§ 9 BHO, R-39)."""
    if turn.parts.proposers & turn.people:
        raise NotAllowed("jemanden, der die Änderung nicht selbst vorgeschlagen hat (§ 44f Abs. 2 SGB II)")
    return []


def other_than_checker(turn: Turn) -> list[str]:
    """Who checks, or declares a title fully committed, neither decides nor books."""
    if turn.parts.checkers & turn.people:
        raise NotAllowed("jemanden, der die Änderung nicht selbst geprüft hat")
    return []


def proposer_or_director(turn: Turn) -> list[str]:
    """Whoever has proposed it, or the managing director."""
    if not turn.parts.proposers & turn.people and Role.MANAGING_DIRECTOR not in turn.actor.roles:
        raise NotAllowed("die Person, die die Änderung vorgeschlagen hat, oder die Geschäftsführung")
    return []


def competent(turn: Turn) -> list[str]:
    """Only who is competent for this kind and amount."""
    entitled = turn.amendment.competent
    if entitled is None or turn.role is not entitled:
        raise NotAllowed(named([entitled] if entitled else []))
    return []


def year_open(turn: Turn) -> list[str]:
    """The budget of the year may still change."""
    is_open = is_year_open(turn.session, turn.programme, local_day(turn.deed.at))
    return [] if is_open else ["Das Haushaltsjahr ist abgeschlossen."]


def amount_available(turn: Turn) -> list[str]:
    """The giving line still has what is to be taken from it."""
    one = turn.amendment
    if one.kind is AmendmentKind.CORRECTION:
        return []
    try:
        sentence = shortage(turn.session, turn.programme, one, one.id)
    except BadInput as error:
        return list(error.problems.values())
    return [sentence] if sentence else []


def lines_present(turn: Turn) -> list[str]:
    """Both lines are still in the budget."""
    lines = [
        turn.session.get(BudgetLine, one) for one in (turn.amendment.source_line_id, turn.amendment.target_line_id)
    ]
    gone = any(line is None or line.removed for line in lines)
    return ["Eine der beiden Zeilen gibt es nicht mehr."] if gone else []


def receiver_committed(turn: Turn) -> list[str]:
    """The budget officer has declared the receiving title fully committed. Source: VV Nr. 1 zu § 46 BHO (R-30)."""
    if turn.amendment.declared_by is not None:
        return []
    return ["Die Beauftragte für den Haushalt hat den empfangenden Titel noch nicht für ausgeschöpft erklärt."]


def state_opinion(turn: Turn) -> dict[str, object]:
    """Keep the budget officer's statement, accept what will not hold, and settle who decides (R-11, R-27)."""
    opinion = turn.said.opinion.strip()
    if not SHORTEST_REASON <= len(opinion) <= LONGEST_OPINION:
        sentence = "Schreiben Sie in 10 bis 5.000 Zeichen, ob der Betrag entbehrlich und die Deckung zulässig ist."
        raise BadInput({"opinion": sentence})
    accept_coming(turn.session, turn.programme, turn.amendment, turn.said.reasons, turn.deed)
    role = deciding.competent_role(turn.session, turn.programme, turn.amendment)
    return {"checked_by": turn.deed.actor_id, "checked_at": turn.deed.at, "opinion": opinion, "competent": role}


def take_decision(turn: Turn) -> dict[str, object]:
    """Keep the decision; an approval makes the budget what was decided and freezes the version that holds it."""
    decision = _decision(turn)
    said = deciding.check_decision(turn.session, turn.amendment, decision, turn.deed)
    if not decision.approved:
        return said
    if outlook(turn.session, turn.programme, turn.amendment).open:
        raise BadInput({"outcome": NOT_ACCEPTED})
    return said | deciding.change_budget(turn.session, turn.programme, turn.amendment, turn.deed)


def restore_budget(turn: Turn) -> dict[str, object]:
    """Undo what the decision has made of the budget."""
    return deciding.restore_budget(turn.session, turn.programme, turn.amendment, turn.deed)


def block_amount(turn: Turn) -> dict[str, object]:
    """Lock the amount at the giving line."""
    return {"blocked_by": turn.deed.actor_id, "blocked_on": local_day(turn.deed.at)}


def enter_booking(turn: Turn) -> dict[str, object]:
    """Enter what the cash system has booked."""
    said, on = turn.said, turn.said.booked_on or date.max
    reference = said.reference
    booking.book(turn.session, turn.amendment, amount=said.amount, reference=reference, booked_on=on, deed=turn.deed)
    return {}


def enter_release(turn: Turn) -> dict[str, object]:
    """Let go of what will not be booked."""
    booking.release(turn.session, turn.amendment, amount=turn.said.amount, deed=turn.deed)
    return {}


def decision(turn: Turn) -> str:
    """Rejected; approved; or settled with the decision, where there is nothing to book."""
    if not _decision(turn).approved:
        return "rejected"
    return "approved" if turn.amendment.is_transfer else "settled"


def remainder(turn: Turn) -> str:
    """Whether something is still neither booked nor released."""
    return "rest" if standing_of(turn.session, turn.amendment).rest else "settled"


def _decision(turn: Turn) -> Decision:
    if turn.said.decision is None:
        raise BadInput({"outcome": "Wählen Sie aus, wie entschieden wurde."})
    return turn.said.decision


GUARDS: Mapping[str, Callable[[Turn], list[str]]] = {
    guard.__name__: guard
    for guard in (
        *(other_than_proposer, other_than_checker, proposer_or_director, competent),
        *(year_open, amount_available, lines_present, receiver_committed),
    )
}
"""Each answers with what stands in the way; who may not at all is told so."""
EFFECTS: Mapping[str, Callable[[Turn], dict[str, object]]] = {
    effect.__name__: effect
    for effect in (state_opinion, take_decision, restore_budget, block_amount, enter_booking, enter_release)
}
"""Each does its work and returns what it changes on the amendment itself."""
OUTCOMES: Mapping[str, Callable[[Turn], str]] = {"decision": decision, "remainder": remainder}
assert set(GUARDS) == GUARD_NAMES
assert set(EFFECTS) == NAMES
assert set(OUTCOMES) == set(OUTCOME_NAMES)
