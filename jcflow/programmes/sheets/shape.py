"""What a programme's file for Excel holds: one sheet for each budget table, one for instruments, one for targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, Row
from jcflow.programmes.field_text import show_field
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.parts import PART_NAMES, ROLE_WORDS, SIGN_WORDS
from jcflow.programmes.register_fields import INSTRUMENTS, TARGETS, Field, FieldKind, Register

READ_ONLY = frozenset({"role", "parent", "system"})
"""Fields that say how a row counts: they are changed on the pages, where what depends on them is seen."""

Versions = Mapping[tuple[str, str], int]
"""Reference of a register and key of a row to the row's version."""


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    AMOUNT = "amount"
    COUNT = "count"
    NUMBER = "number"
    FLAG = "flag"
    DIFFERENCE = "difference"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `sums` says that totals add up their parts in it."""

    name: str
    label: str
    kind: Kind
    editable: bool = False
    field: Field | None = None
    sums: bool = False
    width: int = 16


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row; `values` holds what the programme holds by column, amounts as cents, None for nothing."""

    key: str
    version: int | None
    values: Mapping[str, object]
    role: str
    parent: str | None = None
    sign: str = "+"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet; `of` is the reference of its register, such as `budget_tables/mittel` or `instruments`."""

    of: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[SheetRow, ...]
    note: str = ""

    def parts_of(self, key: str) -> list[SheetRow]:
        """The rows that count in a total."""
        return [row for row in self.rows if row.parent == key and row.role != LineRole.MEMO]

    def row(self, key: str) -> SheetRow | None:
        """The row of this key."""
        return next((row for row in self.rows if row.key == key), None)

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)


def sheets_of(document: Document, before: Document | None = None, versions: Versions | None = None) -> list[Sheet]:
    """All sheets of a document.

    Args:
        before: The programme of the year before, whose figures stand beside by key.
        versions: Versions of the rows, where the document is the working draft.
    """
    year = before.programme.period_from.year if before else document.programme.period_from.year - 1
    note = (
        "" if before else f"Für {year} gibt es kein Programm zum Vergleich. Die Spalte „Programm {year}“ bleibt leer."
    )
    known = versions or {}
    sheets = [_budget(table, _same_table(before, table.key), year, note, known) for table in document.budget_tables]
    for register, rows, figure in (
        (INSTRUMENTS, document.instruments, "planned"),
        (TARGETS, document.targets, "value"),
    ):
        earlier: Sequence[Row] = getattr(before, register.key) if before else ()
        sheets.append(_register(register, rows, {str(r["key"]): r.get(figure) for r in earlier}, year, note, known))
    return sheets


def _same_table(before: Document | None, key: str) -> BudgetTable | None:
    return next((t for t in before.budget_tables if t.key == key), None) if before else None


def _budget(table: BudgetTable, before: BudgetTable | None, year: int, note: str, versions: Versions) -> Sheet:
    of = f"budget_tables/{table.key}"
    then = {line.key: line.amount for line in before.lines} if before else {}
    labels = {line.key: line.label for line in table.lines}
    rows = tuple(_line(line, labels, then.get(line.key), versions.get((of, line.key))) for line in table.lines)
    if not note and before is None:
        note = f"Das Programm {year} hat diese Tabelle nicht. Die Spalte „Programm {year}“ bleibt leer."
    columns = (
        Column("label", "Bezeichnung", Kind.TEXT, editable=True, width=52),
        Column("role", "Art", Kind.TEXT),
        Column("parent", "Zählt in", Kind.TEXT, width=26),
        Column("sign", "Richtung", Kind.TEXT),
        Column("amount", f"Plan {table.year}", Kind.AMOUNT, editable=True, sums=True),
        Column("prior_amount", f"Vorjahr {table.prior_year or ''}".strip(), Kind.AMOUNT, editable=True, sums=True),
        Column("difference", "Unterschied", Kind.DIFFERENCE),
        Column("share", "Anteil an der Summe", Kind.SHARE),
        Column("before", f"Programm {year}", Kind.AMOUNT),
        Column("stated", "Summe im Programm", Kind.AMOUNT),
        Column("approximate", "Ungefähr", Kind.FLAG, editable=True, width=10),
        Column("part", "Rolle in der Rechnung", Kind.TEXT, width=30),
        Column("note", "Anmerkung", Kind.TEXT, editable=True, width=52),
    )
    return Sheet(of, table.title, columns, rows, note)


def _line(line: BudgetLine, labels: Mapping[str, str], then: int | None, version: int | None) -> SheetRow:
    is_total = line.role is LineRole.TOTAL
    values: dict[str, object] = line_values(line) | {
        "role": ROLE_WORDS[line.role],
        "parent": labels.get(line.parent or ""),
        "sign": SIGN_WORDS[line.sign or "+"] if line.parent else None,
        "part": PART_NAMES[line.part] if line.part else None,
        "before": then,
        "stated": line.amount if is_total else None,
    }
    return SheetRow(line.key, version, values, line.role.value, line.parent, line.sign or "+")


def line_values(line: object) -> dict[str, object]:
    """What of a budget line, saved or in a document, a sheet lets people change."""
    return {name: getattr(line, name) for name in ("label", "amount", "prior_amount", "approximate", "note")}


_KINDS = {FieldKind.COUNT: Kind.COUNT, FieldKind.DECIMAL: Kind.NUMBER, FieldKind.VALUE: Kind.NUMBER}
_WIDTHS = {"label": 52, "goal": 44, "indicator": 44, "legal_basis": 30, "parent": 26, "monitoring": 24}


def _register(
    register: Register,
    rows: Sequence[Row],
    then: Mapping[str, object],
    year: int,
    note: str,
    versions: Versions,
) -> Sheet:
    fields = {f.name: f for f in register.fields}
    figure = fields["planned" if register is INSTRUMENTS else "value"]
    columns = [_column(f) for f in register.fields if f.name != "key"]
    before = Column("before", f"Programm {year}", _KINDS[figure.kind], field=figure)
    if register is INSTRUMENTS:
        place = next(n for n, column in enumerate(columns) if column.name == "prior") + 1
        columns[place:place] = [
            Column("difference", "Unterschied", Kind.DIFFERENCE, field=figure),
            Column("share", "Anteil an der Summe", Kind.SHARE),
            before,
            Column("stated", "Summe im Programm", Kind.COUNT, field=figure),
        ]
    else:
        columns.append(before)
    labels = {str(row["key"]): row.get("label") for row in rows}
    made = tuple(_row(register, row, labels, then.get(str(row["key"])), versions) for row in rows)
    return Sheet(register.key, register.label, tuple(columns), made, note)


def _column(field: Field) -> Column:
    return Column(
        field.name,
        field.label,
        _KINDS.get(field.kind, Kind.TEXT),
        editable=field.name not in READ_ONLY,
        field=field,
        sums=field.name in {"planned", "prior"},
        width=_WIDTHS.get(field.name, 16),
    )


def _row(register: Register, row: Row, labels: Mapping[str, object], then: object, versions: Versions) -> SheetRow:
    role = str(row.get("role", LineRole.LINE.value))
    values: dict[str, object] = {f.name: row.get(f.name) for f in register.fields if f.name != "key"}
    for name in READ_ONLY & values.keys():
        field = next(f for f in register.fields if f.name == name)
        values[name] = show_field(field, values[name]) or None
    parent = row.get("parent")
    if parent is not None:
        values["parent"] = labels.get(str(parent))
    values |= {"before": then, "stated": row.get("planned") if role == LineRole.TOTAL else None}
    key = str(row["key"])
    return SheetRow(key, versions.get((register.key, key)), values, role, str(parent) if parent else None)
