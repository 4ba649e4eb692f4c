"""The figures of a year: what the budget tables state for each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jcflow.programmes.checks import Column
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.parts import BESIDE_THE_BUDGET, PART_NAMES


class Unknown(Exception):
    """A figure is not there; its text is the German sentence that says which."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A part as one table states it: its lines' amounts together."""

    part: LinePart
    table: BudgetTable
    cents: int
    approximate: bool
    place: str
    """Of the line, where it is one."""


@dataclass(frozen=True)
class Year:
    """The budget lines of one year in one column, by part; tables keep their order."""

    year: int
    column: Column
    lines: tuple[tuple[BudgetTable, BudgetLine], ...]

    @property
    def about(self) -> str:
        """The year, and that it is the one before where it is."""
        return f"{self.year} (Vorjahr)" if self.column == "prior_amount" else str(self.year)

    def amount(self, line: BudgetLine) -> int | None:
        """The line's cents in this column."""
        return line.prior_amount if self.column == "prior_amount" else line.amount

    def has(self, *parts: LinePart) -> bool:
        """Whether a line carries one of the parts, with or without an amount."""
        return any(line.part in parts for _, line in self.lines)

    def stated(self, part: LinePart) -> list[Stated]:
        """What each table that has the part states for it.

        Raises:
            Unknown: No line has the part, or one of them no amount.
        """
        found: dict[str, list[tuple[BudgetTable, BudgetLine]]] = {}
        for table, line in self.lines:
            if line.part is part:
                found.setdefault(table.key, []).append((table, line))
        if not found:
            raise Unknown(f"Es fehlt eine Zeile mit der Rolle „{PART_NAMES[part]}“.")
        whole = [_together(self, part, lines) for lines in found.values()]
        known = [one for one in whole if one is not None]
        if not known:
            label = next(iter(found.values()))[0][1].label
            raise Unknown(f"Die Zeile „{label}“ hat keinen Betrag.")
        return known

    def nearest(self, part: LinePart, table_key: str | None = None) -> Stated:
        """What the named table states for the part, else the first that does.

        Raises:
            Unknown: See `stated`.
        """
        found = self.stated(part)
        return next((one for one in found if one.table.key == table_key), found[0])


def _together(year: Year, part: LinePart, lines: Sequence[tuple[BudgetTable, BudgetLine]]) -> Stated | None:
    amounts = [year.amount(line) for _, line in lines]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    table, first = lines[0]
    place = f"budget_tables/{table.key}/{first.key}" if len(lines) == 1 else ""
    return Stated(part, table, sum(known), any(line.approximate for _, line in lines), place)


def years_of(document: Document) -> list[Year]:
    """The years that budget tables speak of, planned ones first; lines without a part, and memo lines, are left out."""
    found: dict[tuple[Column, int], list[tuple[BudgetTable, BudgetLine]]] = {}
    columns: tuple[Column, Column] = ("amount", "prior_amount")
    for column in columns:
        for table in document.budget_tables:
            year = table.year if column == "amount" else table.prior_year or table.year - 1
            within = found.setdefault((column, year), [])
            within += [(table, line) for line in table.lines if _counts(line)]
    return [Year(year, column, tuple(lines)) for (column, year), lines in found.items() if lines]


def _counts(line: BudgetLine) -> bool:
    return line.part is not None and line.role is not LineRole.MEMO and line.part not in BESIDE_THE_BUDGET
