"""Registers as tables to read: which columns, which words, where a sum does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from jcflow.process.guards import in_words
from jcflow.programmes.checks import (
    Difference,
    Key,
    accepted_in,
    budget_differences,
    instrument_differences,
    training_differences,
)
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, Row, TopicSet
from jcflow.programmes.exchange.references import registers_of
from jcflow.programmes.field_text import show_field
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.register_fields import REGISTERS, TRAINING_ROWS, Field, FieldKind
from jcflow.programmes.wording.references import Figures
from jcflow.web.formats import euro, number
from jcflow.web.markdown import render

NUMERIC = frozenset({FieldKind.COUNT, FieldKind.DECIMAL, FieldKind.AMOUNT})
HEADS = {
    "instruments": ("label",),
    "targets": ("goal", "indicator", "key"),
    "measures": ("title",),
    "projects": ("name",),
    "training_plans": ("title",),
    "training_rows": ("occupation",),
    "staffing": ("label",),
    "internal_potentials": ("title", "order"),
}
"""Register to the fields of which the first filled one names a row."""
COLUMN_LABELS = {
    "amount": "Plan",
    "prior_amount": "Vorjahr",
    "planned": "Geplant",
    "prior": "Vorjahr",
    "total": "Summe",
}
_ROLE_WORDS = {LineRole.TOTAL.value: "Summe", LineRole.MEMO.value: "nachrichtlich"}
AcceptedReasons = Mapping[Key, str]
"""What an acceptance is about to its reason."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a row; Markup where it was Markdown."""

    label: str
    """Head of its column, repeated on narrow screens."""
    text: str | Markup
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what names it, a second line below the name, and its values."""

    title: str
    cells: tuple[Cell, ...]
    below: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """A sum that does not hold, in words, and why it was accepted, if it was."""

    sentence: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A register as one table; `columns` are head and whether numbers stand below it, the first names the rows."""

    of: str
    caption: str
    columns: tuple[tuple[str, bool], ...]
    lines: tuple[Line, ...]
    wrong: tuple[Wrong, ...] = ()


def grids_of(
    document: Document, accepted: AcceptedReasons | None = None, figures: Figures | None = None
) -> dict[str, Grid]:
    """Every register of a document that has rows, by its reference such as `budget_tables/mittel`."""
    known = accepted or {}
    named = figures or Figures(document)
    found = [_budget(table, known) for table in document.budget_tables]
    found += [_topics(topics, named) for topics in document.topic_sets]
    titles = titles_of(document)
    for name in ("instruments", "targets", "measures", "projects"):
        found.append(plain_grid(name, getattr(document, name), titles))
    found += [_training(plan, known) for plan in document.training_plan]
    found.append(plain_grid("staffing", document.staffing, titles))
    found.append(plain_grid("internal_potentials", document.internal_potentials, titles))
    shown = {grid.of: grid for grid in found if grid.lines}
    if "instruments" in shown:
        wrong = _wrong(instrument_differences(document.instruments), known)
        plain = shown["instruments"]
        shown["instruments"] = Grid(plain.of, plain.caption, plain.columns, plain.lines, wrong)
    return shown


def titles_of(document: Document) -> dict[str, dict[str, str]]:
    """What keys stand for, for the fields that hold keys of other rows."""
    topics = {t.key: t.title for s in document.topic_sets for t in s.topics}
    targets = {str(row["key"]): row_title("targets", row) for row in document.targets}
    return {
        "topics": topics,
        "targets": targets,
        "parent": {str(row["key"]): str(row["label"]) for row in document.instruments},
        "plan": {str(plan["key"]): str(plan["title"]) for plan in document.training_plan},
    }


def register_titles(document: Document) -> dict[str, str]:
    """What a register block may show: reference to title, in the order of `references.registers_of`."""
    named = {f"budget_tables/{t.key}": f"Budget: {t.title}" for t in document.budget_tables}
    named |= {f"topic_sets/{s.key}": f"Themen: {s.title}" for s in document.topic_sets}
    named |= {f"training_plan/{p['key']}": f"Bildungszielplanung: {p['title']}" for p in document.training_plan}
    return {of: named.get(of) or REGISTERS[of].label for of in registers_of(document)}


def row_title(register: str, row: Row) -> str:
    """What names a row of a register."""
    return next((str(row[name]) for name in HEADS[register] if row.get(name)), "ohne Bezeichnung")


def _wrong(differences: Iterable[Difference], accepted: AcceptedReasons) -> tuple[Wrong, ...]:
    return tuple(Wrong(sentence_of(d), accepted_in(accepted, d) or "") for d in differences)


def sentence_of(difference: Difference) -> str:
    """A figure that does not hold, with both numbers and the difference."""
    if difference.identity:
        return in_words(difference)
    shown = euro if difference.unit == "cents" else number
    apart = shown(abs(difference.amount))
    more = "zu hoch" if difference.amount > 0 else "zu niedrig"
    return (
        f"„{difference.label}“, {COLUMN_LABELS[difference.column]}: angegeben sind {shown(difference.stated)}, "
        f"die Zeilen ergeben {shown(difference.computed)}. Die Summe ist um {apart} {more}."
    )


def _budget(table: BudgetTable, accepted: AcceptedReasons) -> Grid:
    now, before = str(table.year), str(table.prior_year or "Vorjahr")
    has_prior = any(line.prior_amount is not None for line in table.lines)
    columns = (("Bezeichnung", False), (f"Plan {now}", True), *(((before, True),) if has_prior else ()))
    lines = tuple(
        Line(
            line.label,
            (
                Cell(f"Plan {now}", _amount(line, line.amount), numeric=True),
                *((Cell(before, _amount(line, line.prior_amount), numeric=True),) if has_prior else ()),
            ),
            " · ".join(_remarks(line)),
            line.role is LineRole.TOTAL,
        )
        for line in table.lines
    )
    caption = f"{table.title}, Beträge in Euro"
    return Grid(f"budget_tables/{table.key}", caption, columns, lines, _wrong(budget_differences(table), accepted))


def _amount(line: BudgetLine, cents: int | None) -> str:
    if cents is None:
        return euro(None)
    about = "rund " if line.approximate else ""
    return f"{about}{euro(-cents if line.sign == '-' and cents else cents)}"


def _remarks(line: BudgetLine) -> list[str]:
    remarks = [_ROLE_WORDS[line.role]] if line.role in _ROLE_WORDS else []
    if line.printed:
        remarks.append(f"gedruckt ist „{line.printed}“")
    return [*remarks, *([line.note] if line.note else [])]


def _topics(topics: TopicSet, figures: Figures) -> Grid:
    has_text = any(t.reason or t.approach for t in topics.topics)
    texts = ("Begründung", "Handlungsansatz") if has_text else ()
    lines = []
    for t in sorted(topics.topics, key=lambda t: (not t.selected, t.order or 10**6)):
        chosen = (f"Ja, Rang {t.order}" if t.order else "Ja") if t.selected else "Nein"
        cells = [Cell("Gewählt", chosen)]
        for label, text in zip(texts, (t.reason, t.approach), strict=False):
            html = render(text, shift=5, prefix=f"{t.key}-{label[:1]}", figures=figures) if text else "–"
            cells.append(Cell(label, html))
        title = f"{t.number} {t.title}" if t.number else t.title
        lines.append(Line(title, tuple(cells), t.local_title or ""))
    columns = (("Thema", False), ("Gewählt", False), *((label, False) for label in texts))
    return Grid(f"topic_sets/{topics.key}", topics.title, columns, tuple(lines))


def plain_grid(
    register: str, rows: Sequence[Row], titles: Mapping[str, Mapping[str, str]], caption: str | None = None
) -> Grid:
    """A register described by `register_fields`; columns nobody filled are left out."""
    described = REGISTERS[register]
    heads = HEADS[register]
    shown = [f for f in described.fields if f.name not in {*heads[:1], "key", "plan"} and _is_filled(f, rows)]
    shown = [f for f in shown if f.name != "role"]
    first = next(f.label for f in described.fields if f.name == heads[0])
    lines = tuple(
        Line(
            row_title(register, row),
            tuple(Cell(f.label, cell_text(f, row.get(f.name), titles), f.kind in NUMERIC) for f in shown),
            _ROLE_WORDS.get(str(row.get("role")), ""),
            row.get("role") == LineRole.TOTAL,
        )
        for row in rows
    )
    columns = ((first, False), *((f.label, f.kind in NUMERIC) for f in shown))
    return Grid(register, caption or described.label, columns, lines)


def _is_filled(field: Field, rows: Sequence[Row]) -> bool:
    return any(row.get(field.name) not in (None, "", []) for row in rows)


def cell_text(field: Field, value: object, titles: Mapping[str, Mapping[str, str]]) -> str | Markup:
    """A value as it is read: keys as what they stand for, long texts as Markdown."""
    if value in (None, "", []):
        return "–"
    known = titles.get(field.name)
    if known is not None:
        keys = value if isinstance(value, list | tuple) else [value]
        return "; ".join(known.get(str(key), str(key)) for key in keys)
    if field.kind is FieldKind.LONG_TEXT:
        return render(str(value), shift=4)
    return show_field(field, value)


def _training(plan: Row, accepted: AcceptedReasons) -> Grid:
    rows = plan.get("rows")
    within: Sequence[Row] = rows if isinstance(rows, list | tuple) else ()
    described = [f for f in TRAINING_ROWS.fields if f.name not in {"key", "plan", "occupation"}]
    shown = [f for f in described if _is_filled(f, within)]
    lines = [Line(str(row.get("occupation")), tuple(_training_cells(shown, row))) for row in within]
    columns = [("Beruf oder Bildungsziel", False)]
    for f in shown:
        columns += (
            [(f"{q}. Quartal", True) for q in range(1, 5)] if f.name == "quarters" else [(f.label, f.kind in NUMERIC)]
        )
    total = plan.get("total")
    if isinstance(total, int):
        if len(columns) == 1:
            columns.append(("Summe", True))
        blank = [Cell(label, "–", numeric) for label, numeric in columns[1:-1]]
        lines.append(Line("Summe", (*blank, Cell(columns[-1][0], number(total), numeric=True)), strong=True))
    wrong = _wrong(training_differences(plan), accepted)
    return Grid(f"training_plan/{plan['key']}", f"{plan['title']}, Eintritte", tuple(columns), tuple(lines), wrong)


def _training_cells(shown: Sequence[Field], row: Row) -> list[Cell]:
    cells: list[Cell] = []
    for field in shown:
        value = row.get(field.name)
        if field.name == "quarters":
            counts = value if isinstance(value, list | tuple) else (None,) * 4
            cells += [Cell(f"{q}. Quartal", number(count), numeric=True) for q, count in enumerate(counts, 1)]
        else:
            cells.append(Cell(field.label, cell_text(field, value, {}), field.kind in NUMERIC))
    return cells
