"""Proposing an amendment: what may be proposed, and what has to be right before anybody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.amendments import effect
from jcflow.amendments.amendment import (
    BETWEEN_BUDGETS,
    TRANSFERS,
    UNDECIDED,
    Amendment,
    AmendmentKind,
)
from jcflow.amendments.procedures import newest
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.errors import BadInput, StepNotPossible
from jcflow.money import german
from jcflow.procedure import Phase
from jcflow.programmes.budgets import SHORTEST_REASON, BudgetLine, lines_of, tables_of
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.programme import Programme, all_programmes

PROPOSE = "Budgetänderung vorschlagen"
LONGEST_REASON = 2_000
LONGEST_WORDING = 300
COLUMNS = {"label": "Bezeichnung", "note": "Anmerkung"}
"""What a correction may change."""


@dataclass(frozen=True)
class Draft:
    """An amendment as typed; every figure is in cents already."""

    kind: AmendmentKind
    amount: int = 0
    source_line_id: UUID | None = None
    target_line_id: UUID | None = None
    lowers: bool = False
    column: str | None = None
    wording: str = ""
    reason: str = ""


def check_open(session: Session, programme: Programme, today: date, what: str = PROPOSE) -> None:
    """Refuse amendments of a programme that is not in force, and of a year that is closed.

    Raises:
        StepNotPossible: The programme is not in force, or its year is closed.
    """
    if programme.current.phase is not Phase.IN_FORCE:
        raise StepNotPossible(what, programme.current.label)
    if not is_year_open(session, programme, today):
        raise StepNotPossible(what, programme.current.label, ["Das Haushaltsjahr ist abgeschlossen."])


def is_year_open(session: Session, programme: Programme, today: date) -> bool:
    """Whether the budget of the programme's period may still change.

    It is closed once the period is over and the programme that follows it is in force.
    """
    if today <= programme.period_to:
        return True
    later = (p for p in all_programmes(session) if p.kind is programme.kind and p.period_from > programme.period_to)
    return not any(p.current.phase is Phase.IN_FORCE for p in later)


def eligible(session: Session, programme: Programme, *, giving: bool) -> list[tuple[str, list[BudgetLine]]]:
    """Title of a table to the lines that may give or receive: with an amount, no sum, not the municipal share."""
    unfit = {LinePart.MUNICIPAL_SHARE}
    if giving:
        unfit |= {LinePart.INTEGRATION_TRANSFER_OUT, LinePart.ADMIN_TRANSFER_OUT}
    within = lines_of(session, programme)
    found = []
    for table in tables_of(session, programme):
        lines = [x for x in within.get(table.id, []) if _has_money(x, within[table.id]) and x.part not in unfit]
        found.append((table.title, lines))
    return [(title, lines) for title, lines in found if lines]


def _has_money(line: BudgetLine, lines: list[BudgetLine]) -> bool:
    is_sum = line.role is LineRole.TOTAL and any(other.parent_id == line.id for other in lines)
    return line.amount is not None and line.role is not LineRole.MEMO and not is_sum


def planned_from(session: Session, programme: Programme, lines: list[UUID], but: UUID | None = None) -> int:
    """What amendments that are not decided yet want to take from lines that state one figure, in cents."""
    mine = (Amendment.programme_id == programme.id) & Amendment.source_line_id.in_(lines)
    waiting = mine & Amendment.state.in_(UNDECIDED)
    if but is not None:
        waiting &= Amendment.id != but
    return int(session.scalar(select(func.coalesce(func.sum(Amendment.amount), 0)).where(waiting)) or 0)


def shortage(session: Session, programme: Programme, wanted: effect.Wanted, but: UUID | None = None) -> str:
    """What keeps the giving line from giving the amount, as a sentence; empty where nothing does.

    Raises:
        BadInput: The giving line is gone or has no amount.
    """
    if wanted.source_line_id is not None:
        lines = effect.Budget(session, programme, wanted).wherever(wanted.source_line_id)
        free = effect.free_at(session, programme, wanted, planned_from(session, programme, lines, but))
        if wanted.amount > free:
            return f"Frei sind in der abgebenden Zeile nur noch {german(max(free, 0))} €."
    return effect.lacking(effect.effect_of(session, programme, wanted))


def check_draft(session: Session, programme: Programme, draft: Draft) -> None:
    """Refuse an amendment that cannot be right.

    Raises:
        BadInput: A sentence for each field.
    """
    problems = dict(_reason_problems(draft))
    if draft.kind is AmendmentKind.CORRECTION:
        problems |= _correction_problems(session, programme, draft)
    else:
        problems |= dict(_line_problems(session, programme, draft))
        if draft.amount <= 0:
            problems["amount"] = "Geben Sie einen Betrag über 0 € ein, zum Beispiel 120.000."
        if not problems and (sentence := shortage(session, programme, draft)):
            problems["amount"] = sentence
    if problems:
        raise BadInput(problems)


def _reason_problems(draft: Draft) -> Iterator[tuple[str, str]]:
    if not SHORTEST_REASON <= len(draft.reason.strip()) <= LONGEST_REASON:
        yield "reason", f"Begründen Sie die Änderung in {SHORTEST_REASON} bis 2.000 Zeichen. Sie steht im Verlauf."


def _line_problems(session: Session, programme: Programme, draft: Draft) -> Iterator[tuple[str, str]]:
    giving = {x.id: x for _, lines in eligible(session, programme, giving=True) for x in lines}
    receiving = {x.id: x for _, lines in eligible(session, programme, giving=False) for x in lines}
    source, target = giving.get(draft.source_line_id or UUID(int=0)), receiving.get(draft.target_line_id or UUID(int=0))
    if (draft.kind in TRANSFERS or draft.lowers) and source is None:
        yield "source", "Wählen Sie die Zeile, aus der der Betrag kommt."
    if (draft.kind in TRANSFERS or not draft.lowers) and target is None:
        yield "target", "Wählen Sie die Zeile, die den Betrag erhält."
    if source is not None and source is target:
        yield "target", "Wählen Sie eine andere Zeile als die, aus der der Betrag kommt."
    budget = effect.Budget(session, programme, draft)
    if draft.kind in BETWEEN_BUDGETS:
        yield from _direction_problems(draft, budget, source, target)
    else:
        yield from _one_budget_problems(budget, source, target)
    if draft.kind is AmendmentKind.COMMITMENT_AUTHORITY_CHANGE:
        yield from _authority_problems(source, target)


def _direction_problems(
    draft: Draft, budget: effect.Budget, source: BudgetLine | None, target: BudgetLine | None
) -> Iterator[tuple[str, str]]:
    """Lines on the wrong side of a transfer; where transfers stand in lines of their own, those on neither side too."""
    names = {"egt": "zum Eingliederungstitel", "vk": "zum Verwaltungskostenbudget"}
    sides = ("egt", "vk") if draft.kind is AmendmentKind.TRANSFER_EGT_TO_VK else ("vk", "egt")
    known = budget.states_transfers(draft.kind)
    for name, line, wanted in (("source", source, sides[0]), ("target", target, sides[1])):
        side = budget.side_of(line) if line is not None else wanted
        if side and side != wanted:
            yield name, f"Diese Zeile gehört {names[side]}. Wählen Sie eine andere oder die andere Richtung."
        elif not side and known:
            yield name, f"Diese Zeile gehört nicht {names[wanted]}. Wählen Sie eine, die dazugehört."


def _authority_problems(source: BudgetLine | None, target: BudgetLine | None) -> Iterator[tuple[str, str]]:
    """Lines that hold money to spend and no authority to commit the house for later years."""
    for name, line in (("source", source), ("target", target)):
        if line is not None and line.part not in {LinePart.COMMITMENT, None}:
            yield (
                name,
                "Diese Zeile nennt Mittel des Jahres und keine Verpflichtungsermächtigung. Wählen Sie eine andere.",
            )


def _one_budget_problems(
    budget: effect.Budget, source: BudgetLine | None, target: BudgetLine | None
) -> Iterator[tuple[str, str]]:
    """Lines that state a transfer, and money that would leave its budget without one."""
    for name, line in (("source", source), ("target", target)):
        if line is not None and line.part in effect.TRANSFER_PARTS:
            yield name, "Diese Zeile nennt eine Umschichtung. Wählen Sie eine andere, oder schlagen Sie eine vor."
    if source is not None and target is not None and budget.side_of(source) != budget.side_of(target):
        yield "target", "Die Zeilen gehören zu verschiedenen Budgets. Schlagen Sie dafür eine Umschichtung vor."


def _correction_problems(session: Session, programme: Programme, draft: Draft) -> dict[str, str]:
    line = correctable(session, programme).get(draft.target_line_id or UUID(int=0))
    problems = {}
    if line is None:
        problems["target"] = "Wählen Sie die Zeile, die berichtigt wird."
    if draft.column not in COLUMNS:
        problems["column"] = "Wählen Sie aus, was berichtigt wird."
    wording = " ".join(draft.wording.split())
    shortest = 0 if draft.column == "note" else 1
    if not shortest <= len(wording) <= LONGEST_WORDING:
        problems["wording"] = f"Geben Sie den richtigen Wortlaut ein, höchstens {LONGEST_WORDING} Zeichen."
    elif line is not None and draft.column in COLUMNS and (getattr(line, draft.column) or "") == wording:
        problems["wording"] = "So steht es schon da."
    return problems


def correctable(session: Session, programme: Programme) -> dict[UUID, BudgetLine]:
    """Id to line, for every line whose words may be corrected."""
    within = lines_of(session, programme)
    return {line.id: line for table in tables_of(session, programme) for line in within.get(table.id, [])}


def propose(session: Session, programme: Programme, draft: Draft, deed: Deed) -> Amendment:
    """Enter a proposal; nothing of the budget changes.

    Raises:
        StepNotPossible: The programme is not in force, or its year is closed.
        BadInput: Amount, lines, wording or reason are not right, or the giving line has not enough.
    """
    check_open(session, programme, local_day(deed.at))
    check_draft(session, programme, draft)
    procedure = newest()
    highest = select(func.max(Amendment.number)).where(Amendment.programme_id == programme.id)
    is_correction = draft.kind is AmendmentKind.CORRECTION
    fresh = Amendment(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        number=(session.scalar(highest) or 0) + 1,
        kind=draft.kind,
        year=_year_of(session, programme, draft),
        state=procedure.initial.key,
        entered_on=local_day(deed.at),
        workflow_key=procedure.key,
        workflow_version=procedure.version,
        source_line_id=None if is_correction else draft.source_line_id,
        target_line_id=draft.target_line_id,
        amount=0 if is_correction else draft.amount,
        lowers=draft.lowers,
        column=draft.column if is_correction else None,
        wording=" ".join(draft.wording.split()) if is_correction else "",
        reason=draft.reason.strip(),
        proposed_by=deed.actor_id,
        proposed_role=deed.role,
        proposed_at=deed.at,
    )
    record(session, fresh, deed)
    return fresh


def _year_of(session: Session, programme: Programme, draft: Draft) -> int:
    """The year of the table whose line is named."""
    line_id = draft.source_line_id or draft.target_line_id
    within = lines_of(session, programme)
    years = (t.year for t in tables_of(session, programme) if any(x.id == line_id for x in within.get(t.id, [])))
    return next(years, programme.period_from.year)
