"""A budget table as it is read: each line with last year's figure and what changed since an earlier version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jcflow.process.guards import in_words
from jcflow.programmes.checks import budget_differences
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.parts import ROLE_WORDS, SIGN_WORDS
from jcflow.web.csv_sheet import Cell, euros
from jcflow.web.formats import HARD_SPACE, euro, mio, percent, signed_euro

MOST_SHARES = 8
"""Parts of one bar; smaller ones are shown as one."""

CSV_HEAD = (
    "Tabelle",
    "Bezeichnung",
    "Art",
    "Zählt in",
    "Richtung",
    "Jahr",
    "Plan",
    "Vorjahr",
    "Unterschied",
    "Ungefähr",
)


@dataclass(frozen=True)
class Row:
    """One line; `changed` is what happened to it since the version it is compared with, empty if nothing."""

    line: BudgetLine
    changed: str = ""
    why: str | None = None
    """Address of the history of this line, where the reader may see it."""
    href: str | None = None
    """Address of the line's own page."""

    @property
    def is_total(self) -> bool:
        """Whether the line sums up others."""
        return self.line.role is LineRole.TOTAL

    @property
    def amount(self) -> str:
        """The planned amount in words of figures."""
        return shown(self.line.amount, approximate=self.line.approximate)

    @property
    def prior(self) -> str:
        """Last year's amount in words of figures."""
        return euro(self.line.prior_amount)

    @property
    def below(self) -> str:
        """What stands below the label."""
        said = [ROLE_WORDS[self.line.role]] if self.line.role is LineRole.MEMO else []
        said += [SIGN_WORDS["-"]] if self.line.sign == "-" else []
        return ", ".join([*said, *([self.line.note] if self.line.note else [])])


@dataclass(frozen=True)
class TableView:
    """A table with its message."""

    table: BudgetTable
    rows: tuple[Row, ...]
    message: str
    shares: tuple[tuple[str, float], ...]
    shares_message: str
    problems: tuple[str, ...]
    gone: tuple[str, ...]
    """Labels of lines that were removed since the version it is compared with."""

    @property
    def changed(self) -> int:
        """How many lines changed."""
        return sum(bool(row.changed) for row in self.rows)

    @property
    def lacks_prior(self) -> bool:
        """Whether no line has a figure of the year before."""
        return all(row.line.prior_amount is None for row in self.rows)

    def only_changed(self) -> TableView:
        """The same table with nothing but the changed lines."""
        return replace(self, rows=tuple(row for row in self.rows if row.changed))


def shown(cents: int | None, *, approximate: bool = False) -> str:
    """An amount, with "rund" where it is approximate."""
    return f"rund{HARD_SPACE}{euro(cents)}" if approximate and cents is not None else euro(cents)


def views(document: Document, earlier: Document | None) -> list[TableView]:
    """All tables of a document, compared with the same tables of an earlier version if there is one."""
    before = {t.key: {line.key: line for line in t.lines} for t in earlier.budget_tables} if earlier else None
    return [view_of(table, None if before is None else before.get(table.key, {})) for table in document.budget_tables]


def view_of(table: BudgetTable, before: Mapping[str, BudgetLine] | None) -> TableView:
    """One table, compared with the lines it had; None: there is nothing to compare with."""
    rows = tuple(Row(line, "" if before is None else change(line, before.get(line.key))) for line in table.lines)
    kept = {line.key for line in table.lines}
    top = _top(table.lines)
    shares = tuple(_shares(table.lines, top)) if top else ()
    return TableView(
        table=table,
        rows=rows,
        message=_message(table, top),
        shares=shares,
        shares_message=f"Größter Teil: {shares[0][0]} mit {percent(shares[0][1], 0)}." if shares else "",
        problems=tuple(in_words(difference) for difference in budget_differences(table)),
        gone=tuple(line.label for key, line in (before or {}).items() if key not in kept),
    )


def change(line: BudgetLine, before: BudgetLine | None) -> str:
    """What happened to a line, in words; empty if nothing."""
    if before is None:
        return "neue Zeile"
    if line.amount != before.amount:
        if line.amount is None or before.amount is None:
            return f"geändert: vorher {euro(before.amount)}"
        return f"geändert: {signed_euro(line.amount - before.amount)}"
    if line.prior_amount != before.prior_amount:
        return "Vorjahr geändert"
    return "" if _essence(line) == _essence(before) else "Angaben geändert"


def _essence(line: BudgetLine) -> BudgetLine:
    """A line without the two spellings of "is added"."""
    return replace(line, sign=line.sign or "+")


def _top(lines: Sequence[BudgetLine]) -> BudgetLine | None:
    """The total that counts in no other and has an amount."""
    return next((x for x in lines if x.role is LineRole.TOTAL and x.parent is None and x.amount), None)


def _message(table: BudgetTable, top: BudgetLine | None) -> str:
    if top is None:
        return f"Die Tabelle hat {len(table.lines)} Zeilen und nennt keine Gesamtsumme."
    about = "rund " if top.approximate else ""
    planned = f"{top.label} {table.year}: {about}{mio(top.amount)}"
    if top.amount is None or top.prior_amount is None:
        return f"{planned}."
    difference = top.amount - top.prior_amount
    if difference == 0:
        return f"{planned}, so viel wie im Vorjahr."
    return f"{planned}, {mio(abs(difference))} {'mehr' if difference > 0 else 'weniger'} als im Vorjahr."


def _shares(lines: Sequence[BudgetLine], top: BudgetLine) -> Iterator[tuple[str, float]]:
    parts = [x for x in lines if x.parent == top.key and x.role is not LineRole.MEMO and x.sign != "-" and x.amount]
    parts.sort(key=lambda line: line.amount or 0, reverse=True)
    whole = sum(line.amount or 0 for line in parts)
    if len(parts) < 2:
        return
    own = parts if len(parts) <= MOST_SHARES else parts[: MOST_SHARES - 1]
    yield from ((line.label, (line.amount or 0) / whole * 100) for line in own)
    rest = sum(line.amount or 0 for line in parts[len(own) :])
    if rest:
        yield "Übrige", rest / whole * 100


def csv_rows(document: Document) -> Iterator[tuple[Cell, ...]]:
    """Every line of every table under `CSV_HEAD`."""
    for table in document.budget_tables:
        labels = {line.key: line.label for line in table.lines}
        for line in table.lines:
            both = line.amount is not None and line.prior_amount is not None
            yield (
                table.title,
                line.label,
                ROLE_WORDS[line.role],
                labels.get(line.parent or "", ""),
                SIGN_WORDS[line.sign or "+"] if line.parent else "",
                table.year,
                euros(line.amount),
                euros(line.prior_amount),
                euros((line.amount or 0) - (line.prior_amount or 0)) if both else None,
                "ja" if line.approximate else "nein",
            )
