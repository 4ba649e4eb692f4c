"""What the demo adds to a programme in force: one transfer that was proposed and checked, and waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.actor import Actor
from jcflow.accounts.people import roles_of
from jcflow.amendments.amendment import AmendmentKind, amendments_of
from jcflow.amendments.differences import name_of, outlook
from jcflow.amendments.proposing import Draft, eligible
from jcflow.clock import local_day
from jcflow.process import amending
from jcflow.process.amendment_rules import Said
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.kinds import LinePart
from jcflow.programmes.programme import Programme

AMOUNT = 250_000_00
REASON = "Mehrere Stellen sind früher besetzt als geplant; die Personalkosten steigen."
OPINION = "Der Betrag ist im Eingliederungstitel entbehrlich. Beide Titel sind gegenseitig deckungsfähig."
ACCEPTED = "Die Abweichung stand schon im beschlossenen Programm; sie wird im nächsten bereinigt."


def begin_amendment(
    session: Session, programme: Programme, *, people: Mapping[str, UUID], at: datetime, pace: timedelta
) -> datetime:
    """Propose a transfer and let it be checked; returns the instant of the last deed.

    Where the budget lacks the lines of one side, or has an amendment already, nothing happens.
    """
    source = _line(session, programme, LinePart.INTEGRATION_BUDGET, LinePart.REGULAR, giving=True)
    target = _line(session, programme, LinePart.ADMIN_TRANSFER_IN, giving=False)
    if source is None or target is None or amendments_of(session, programme):
        return at

    def actor(account: str) -> Actor:
        return Actor(people[account], roles_of(session, people[account], local_day(at)))

    draft = Draft(AmendmentKind.TRANSFER_EGT_TO_VK, AMOUNT, source.id, target.id, reason=REASON)
    at += pace
    one = amending.propose(session, programme, draft, actor=actor("redaktion"), at=at)
    at += pace
    reasons = {name_of(difference): ACCEPTED for difference in outlook(session, programme, one).open}
    said = Said(opinion=OPINION, reasons=reasons)
    amending.take(session, programme, one, "check", actor=actor("haushalt"), at=at, said=said)
    return at


def _line(session: Session, programme: Programme, *parts: LinePart, giving: bool) -> BudgetLine | None:
    """The last eligible line that plays one of the parts: the one in the budget's own table."""
    lines = [x for _, found in eligible(session, programme, giving=giving) for x in found if x.part in parts]
    return lines[-1] if lines else None
