"""What an amendment does to the budget: line by line, with the sums above them and the municipal share.

A transfer stands in the transfer lines of both budgets where they have such lines, and the allocations stay; else it
stands in the giving and the receiving line themselves. Whatever raises or lowers administrative cost moves the
municipal share along. Source: § 46 Abs. 1 Satz 5, Abs. 3 SGB II; rules R-29 to R-32.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.amendments.amendment import BETWEEN_BUDGETS, AmendmentKind
from jcflow.errors import BadInput
from jcflow.money import german
from jcflow.programmes.budgets import BudgetLine, BudgetTable, lines_of, tables_of
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.programme import Programme

SHARE_PER_MILLE = 152
"""The municipal share of all administrative cost, in thousandths. Source: § 46 Abs. 3 Satz 1 SGB II."""
EURO = 100

INTEGRATION_PARTS = frozenset(
    {LinePart.INTEGRATION_BUDGET, LinePart.REGULAR, LinePart.RUNOFF_FUNDING, LinePart.REIMBURSEMENT, LinePart.AVAILABLE}
    | {LinePart.COMMITMENT, LinePart.NEW_BUSINESS, LinePart.INTEGRATION_TRANSFER_IN, LinePart.INTEGRATION_TRANSFER_OUT}
)
ADMIN_PARTS = frozenset(
    {LinePart.ADMIN_BUDGET, LinePart.ADMIN_TOTAL, LinePart.ADMIN_TRANSFER_IN, LinePart.ADMIN_TRANSFER_OUT}
    | {LinePart.MUNICIPAL_SHARE}
)
TRANSFER_PARTS = frozenset(
    {LinePart.INTEGRATION_TRANSFER_IN, LinePart.INTEGRATION_TRANSFER_OUT}
    | {LinePart.ADMIN_TRANSFER_IN, LinePart.ADMIN_TRANSFER_OUT}
)
"""Lines that state a transfer; only a transfer changes them, and then on both sides."""
_GIVING = {
    AmendmentKind.TRANSFER_EGT_TO_VK: LinePart.INTEGRATION_TRANSFER_OUT,
    AmendmentKind.TRANSFER_VK_TO_EGT: LinePart.ADMIN_TRANSFER_OUT,
}
_GIVEN_AWAY = {
    LinePart.INTEGRATION_BUDGET: LinePart.INTEGRATION_TRANSFER_OUT,
    LinePart.REGULAR: LinePart.INTEGRATION_TRANSFER_OUT,
    LinePart.ADMIN_BUDGET: LinePart.ADMIN_TRANSFER_OUT,
}
"""Allocation to the lines that say how much of it is given away already."""
_RECEIVING = {
    AmendmentKind.TRANSFER_EGT_TO_VK: LinePart.ADMIN_TRANSFER_IN,
    AmendmentKind.TRANSFER_VK_TO_EGT: LinePart.INTEGRATION_TRANSFER_IN,
}
_OPPOSITE = {
    AmendmentKind.TRANSFER_EGT_TO_VK: AmendmentKind.TRANSFER_VK_TO_EGT,
    AmendmentKind.TRANSFER_VK_TO_EGT: AmendmentKind.TRANSFER_EGT_TO_VK,
}
DERIVED = {
    LinePart.AVAILABLE: LinePart.INTEGRATION_BUDGET,
    LinePart.NEW_BUSINESS: LinePart.INTEGRATION_BUDGET,
    LinePart.ADMIN_TOTAL: LinePart.ADMIN_BUDGET,
}
"""Figures that follow from a budget; they move with it where no sum of the table makes them."""


class Cause(StrEnum):
    """Why a line changes."""

    GIVES = "gives"
    RECEIVES = "receives"
    SHARE = "share"
    FOLLOWS = "follows"


class Wanted(Protocol):
    """What of an amendment decides what it does."""

    @property
    def kind(self) -> AmendmentKind: ...
    @property
    def amount(self) -> int: ...
    @property
    def lowers(self) -> bool: ...
    @property
    def source_line_id(self) -> UUID | None: ...
    @property
    def target_line_id(self) -> UUID | None: ...


@dataclass(frozen=True)
class LineChange:
    """One line before and after, in cents."""

    table: BudgetTable
    line: BudgetLine
    before: int
    after: int
    cause: Cause


@dataclass(frozen=True)
class Effect:
    """All that an amendment changes, in the order of the tables."""

    changes: tuple[LineChange, ...]
    share: int
    """By how much the municipal share rises, in cents; negative where it falls."""

    @property
    def lacks(self) -> tuple[LineChange, ...]:
        """The lines that would fall below zero."""
        return tuple(change for change in self.changes if change.after < 0)


def share_of(amount: int) -> int:
    """By how much the municipal share rises when the federal part of administrative cost rises by so many cents.

    T × 0.152 / 0.848, rounded half up to whole euro; negative amounts give the same figure with a minus.
    """
    rest = 1000 - SHARE_PER_MILLE
    euro = (2 * abs(amount) * SHARE_PER_MILLE + rest * EURO) // (2 * rest * EURO)
    return euro * EURO * (1 if amount >= 0 else -1)


def effect_of(session: Session, programme: Programme, wanted: Wanted) -> Effect:
    """What an amendment would do to the budget as it is now; it changes nothing, and may fall below zero."""
    return Budget(session, programme, wanted).effect()


@dataclass
class Budget:
    """The lines of a programme while the effect of an amendment is worked out."""

    session: Session
    programme: Programme
    wanted: Wanted
    deltas: dict[UUID, int] = field(default_factory=dict)
    causes: dict[UUID, Cause] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = tables_of(self.session, self.programme)
        within = lines_of(self.session, self.programme)
        self.lines = {line.id: line for table in self.tables for line in within.get(table.id, [])}
        self.table_of = {line.id: table for table in self.tables for line in within.get(table.id, [])}

    def effect(self) -> Effect:
        """Work it out."""
        wanted, share = self.wanted, 0
        if wanted.kind in BETWEEN_BUDGETS:
            share = self._between_budgets()
        elif wanted.kind is AmendmentKind.LINE_SHIFT:
            self._move(self.wherever(wanted.source_line_id), -wanted.amount, Cause.GIVES)
            self._move(self.wherever(wanted.target_line_id), wanted.amount, Cause.RECEIVES)
        elif wanted.kind is not AmendmentKind.CORRECTION:
            share = self._raise_or_lower()
        changes = (
            LineChange(self.table_of[one], line, line.amount, line.amount + self.deltas[one], self.causes[one])
            for one, line in self.lines.items()
            if self.deltas.get(one) and line.amount is not None
        )
        return Effect(tuple(changes), share)

    def _between_budgets(self) -> int:
        kind, amount = self.wanted.kind, self.wanted.amount
        given, received = self.own_lines(_GIVING[kind]), self.own_lines(_RECEIVING[kind])
        back = _OPPOSITE[kind]
        taken, put = self.own_lines(_RECEIVING[back]), self.own_lines(_GIVING[back])
        has_own = bool(given or received)
        if not has_own and taken and put and all((line.amount or 0) >= amount for line in (*taken, *put)):
            # Money that was once given comes back: the transfer that stands in the plan gets smaller.
            self._move([line.id for line in taken], -amount, Cause.GIVES)
            self._move([line.id for line in put], -amount, Cause.RECEIVES)
        else:
            giving: list[UUID | None] = [line.id for line in given]
            receiving: list[UUID | None] = [line.id for line in received]
            self._move(giving or [self.wanted.source_line_id], amount if given else -amount, Cause.GIVES)
            self._move(receiving or [self.wanted.target_line_id], amount, Cause.RECEIVES)
        to_admin = amount if kind is AmendmentKind.TRANSFER_EGT_TO_VK else -amount
        self._follow(LinePart.INTEGRATION_BUDGET, -to_admin)
        return self._raise_share(to_admin)

    def _raise_or_lower(self) -> int:
        wanted = self.wanted
        line = self.lines.get(wanted.source_line_id or wanted.target_line_id or UUID(int=0))
        if line is None:
            return 0
        change, cause = (-wanted.amount, Cause.GIVES) if wanted.lowers else (wanted.amount, Cause.RECEIVES)
        self._move(self.wherever(line.id), change, cause)
        if line.part is LinePart.ADMIN_BUDGET:
            return self._raise_share(change)
        if line.part in {LinePart.INTEGRATION_BUDGET, LinePart.REGULAR}:
            self._follow(LinePart.INTEGRATION_BUDGET, change)
        return 0

    def _raise_share(self, change: int) -> int:
        share = share_of(change)
        shares = [line.id for line in self.lines.values() if line.part is LinePart.MUNICIPAL_SHARE]
        self._move(shares, share, Cause.SHARE)
        self._follow(LinePart.ADMIN_BUDGET, change + share)
        return share

    def own_lines(self, part: LinePart) -> list[BudgetLine]:
        """The lines of a part that have an amount of their own."""
        return [x for x in self.lines.values() if x.part is part and x.amount is not None and not self._is_sum(x)]

    def side_of(self, line: BudgetLine) -> str:
        """Which budget a line belongs to, by its part or else by those of its table: `egt`, `vk`, or empty."""
        table = self.table_of[line.id]
        around = [line] if line.part else [x for x in self.lines.values() if self.table_of[x.id] is table]
        sides = (("egt", INTEGRATION_PARTS), ("vk", ADMIN_PARTS))
        found = {side for side, parts in sides if any(x.part in parts for x in around)}
        return found.pop() if len(found) == 1 else ""

    def states_transfers(self, kind: AmendmentKind) -> bool:
        """Whether a transfer stands in lines of its own, whatever line it is said to come from or to go to."""
        back = _OPPOSITE[kind]
        return any(self.own_lines(part) for part in (_GIVING[kind], _RECEIVING[kind], _GIVING[back], _RECEIVING[back]))

    def wherever(self, line_id: UUID | None) -> list[UUID]:
        """The line, and those of other tables that state the same figure."""
        line = self.lines.get(line_id) if line_id else None
        if line is None:
            return []
        table = self.table_of[line.id]
        others = (x for x in self.lines.values() if line.part and x.part is line.part and x.role is line.role)
        return [line.id, *(x.id for x in others if x.amount == line.amount and self.table_of[x.id] is not table)]

    def _is_sum(self, line: BudgetLine) -> bool:
        return line.role is LineRole.TOTAL and any(other.parent_id == line.id for other in self.lines.values())

    def _move(self, ids: Iterable[UUID | None], change: int, cause: Cause) -> None:
        """Change lines, and every sum above them."""
        for one in ids:
            line = self.lines.get(one) if one else None
            if line is None or change == 0:
                continue
            self._add(line, change, cause)
            self._climb(line, change)

    def _add(self, line: BudgetLine, change: int, cause: Cause) -> None:
        self.deltas[line.id] = self.deltas.get(line.id, 0) + change
        self.causes.setdefault(line.id, cause)

    def _climb(self, line: BudgetLine, change: int) -> None:
        seen = {line.id}
        while line.parent_id in self.lines and line.role is not LineRole.MEMO and line.parent_id not in seen:
            change = -change if line.sign == "-" else change
            line = self.lines[line.parent_id]
            seen.add(line.id)
            self._add(line, change, Cause.FOLLOWS)

    def _follow(self, budget: LinePart, change: int) -> None:
        """Move figures that follow from a budget and are no sum of their table."""
        parts: Collection[LinePart] = {part for part, of in DERIVED.items() if of is budget}
        alone = [x for x in self.lines.values() if x.part in parts and not self._is_sum(x) and x.id not in self.deltas]
        self._move([line.id for line in alone], change, Cause.FOLLOWS)


def free_at(session: Session, programme: Programme, wanted: Wanted, planned: int) -> int:
    """What the giving line still has for this amendment, in cents.

    Args:
        planned: What other amendments that are not decided yet want to take from the same line.

    Raises:
        BadInput: The giving line is gone or has no amount.
    """
    budget = Budget(session, programme, wanted)
    line = budget.lines.get(wanted.source_line_id) if wanted.source_line_id else None
    if line is None or line.amount is None:
        raise BadInput({"source": "Die abgebende Zeile hat keinen Betrag mehr. Wählen Sie eine andere."})
    part = _GIVING[wanted.kind] if wanted.kind in BETWEEN_BUDGETS else _GIVEN_AWAY.get(line.part) if line.part else None
    given = max((x.amount or 0 for x in budget.own_lines(part)), default=0) if part else 0
    return line.amount - given - planned


def lacking(effect: Effect) -> str:
    """A sentence for the first line that would fall below zero; empty where none would."""
    for change in effect.lacks:
        return f"In der Zeile „{change.line.label}“ stehen nur {german(change.before)} €."
    return ""
