"""The figures that will not hold once an amendment is carried out, and their acceptance beforehand (R-27).

An acceptance is about a figure as it stands: where an amendment changes one, what was accepted counts no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from jcflow.amendments.amendment import AmendmentKind
from jcflow.amendments.effect import Effect, Wanted, effect_of
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput
from jcflow.programmes.acceptances import accept, accepted_of
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.checks import Difference, accepted_in
from jcflow.programmes.exchange.document import BudgetTable, Document
from jcflow.programmes.identities.checking import all_differences
from jcflow.programmes.live import text_of
from jcflow.programmes.programme import Programme


@dataclass(frozen=True)
class Outlook:
    """What the budget will look like, and which of its figures will not hold."""

    document: Document
    """Without topics, with the figures after the amendment."""
    open: tuple[Difference, ...] = ()
    """Neither hold nor are accepted as they will stand."""
    lapsing: tuple[Difference, ...] = ()
    """Accepted as they stand now; another figure, or none, takes their place."""


def outlook(session: Session, programme: Programme, wanted: Wanted) -> Outlook:
    """The figures after an amendment; one of words alone leaves all as they are, open ones too."""
    present = text_of(session, programme)
    if wanted.kind is AmendmentKind.CORRECTION:
        return Outlook(present)
    after = _document_after(present, effect_of(session, programme, wanted))
    known = accepted_of(session, programme)
    coming = all_differences(after)
    remaining = {one.key for one in coming}
    return Outlook(
        after,
        tuple(one for one in coming if accepted_in(known, one) is None),
        tuple(
            one for one in all_differences(present) if one.key not in remaining and accepted_in(known, one) is not None
        ),
    )


def _document_after(present: Document, effect: Effect) -> Document:
    after = {(change.table.key, change.line.key): change.after for change in effect.changes}

    def changed(table: BudgetTable) -> BudgetTable:
        lines = tuple(
            replace(x, amount=after[table.key, x.key], printed=None) if (table.key, x.key) in after else x
            for x in table.lines
        )
        return replace(table, lines=lines)

    return replace(present, budget_tables=tuple(changed(table) for table in present.budget_tables))


def name_of(one: Difference) -> str:
    """By what a form names the reason for a difference."""
    return f"accept|{one.place}|{one.column}|{one.stated}|{one.computed}"


def accept_coming(
    session: Session, programme: Programme, wanted: Wanted, reasons: Mapping[str, str], deed: Deed
) -> None:
    """Accept every figure that will not hold, each with its reason.

    Args:
        reasons: By `name_of` the difference.

    Raises:
        BadInput: A reason is missing or too short; named like the reasons.
    """
    coming = outlook(session, programme, wanted).open
    problems = {
        name_of(one): f"Begründen Sie mit mindestens {SHORTEST_REASON} Zeichen, warum „{one.label}“ abweichen darf."
        for one in coming
        if len(reasons.get(name_of(one), "").strip()) < SHORTEST_REASON
    }
    if problems:
        raise BadInput(problems)
    for one in coming:
        accept(session, programme, one, reasons[name_of(one)], deed)
