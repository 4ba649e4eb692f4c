"""Differences of what a programme holds beside its chapters: budget tables, topics, and every other register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from jcflow.programmes.comparing.blocks import VISIBLE
from jcflow.programmes.comparing.rows import FieldChange, Keyed, RowChange, compare_rows, compare_values
from jcflow.programmes.comparing.texts import Change
from jcflow.programmes.comparing.words import Allowance
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, Row, Topic, TopicSet
from jcflow.programmes.kinds import LineRole, Visibility
from jcflow.programmes.parts import PART_NAMES
from jcflow.programmes.register_fields import REGISTERS, TRAINING_PLANS, TRAINING_ROWS, Field, FieldKind

_K = FieldKind
_ROLES = tuple(zip(LineRole, ("Zeile", "Summe", "nachrichtlich"), strict=True))
LINE_FIELDS = (
    Field("amount", "Plan", _K.AMOUNT),
    Field("prior_amount", "Vorjahr", _K.AMOUNT),
    Field("label", "Bezeichnung", _K.TEXT),
    Field("role", "Art", _K.ENUM, choices=_ROLES),
    Field("part", "Teil des Budgets", _K.ENUM, choices=tuple(PART_NAMES.items())),
    Field("parent", "Zählt in", _K.KEY),
    Field("sign", "Richtung", _K.ENUM, choices=(("-", "wird abgezogen"),)),
    Field("approximate", "Genauigkeit", _K.ENUM, choices=(("about", "rund"),)),
    Field("printed", "Gedruckt", _K.TEXT),
    Field("note", "Bemerkung", _K.LONG_TEXT),
)
TABLE_FIELDS = (
    Field("title", "Überschrift", _K.TEXT),
    Field("year", "Jahr", _K.TEXT),
    Field("prior_year", "Vorjahr", _K.TEXT),
    VISIBLE,
)
TOPIC_FIELDS = (
    Field("selected", "Gewählt", _K.ENUM, choices=(("yes", "ja"), ("no", "nein"))),
    Field("order", "Rang", _K.COUNT),
    Field("number", "Nummer", _K.TEXT),
    Field("title", "Thema", _K.TEXT),
    Field("local_title", "Eigener Titel", _K.TEXT),
    Field("reason", "Begründung", _K.LONG_TEXT),
    Field("approach", "Handlungsansatz", _K.LONG_TEXT),
)
SET_FIELDS = (
    Field("title", "Überschrift", _K.TEXT),
    Field("choose", "Zu wählen", _K.COUNT),
    Field("of", "Zur Wahl", _K.COUNT),
    VISIBLE,
)
PLAIN = ("instruments", "targets", "measures", "projects", "staffing", "internal_potentials")
"""Registers whose rows stand in the document as they are."""
NAMED_BY = ("label", "title", "name", "occupation", "goal", "indicator", "key", "order")
"""Fields of which the first filled one names a row."""


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A register that is not as it was; `of` is its reference, such as `budget_tables/mittel`."""

    of: str
    title: str
    change: Change
    fields: tuple[FieldChange, ...]
    """Of the register as a whole."""
    rows: tuple[RowChange, ...]
    names: Mapping[str, str]
    """What the keys of its rows stand for."""


@dataclass(frozen=True)
class _Register:
    """A register of one document, ready to be compared."""

    title: str
    head: Mapping[str, object]
    rows: Sequence[Keyed]


def compare_registers(old: Document, new: Document, allowance: Allowance) -> tuple[RegisterChange, ...]:
    """The registers that are new, gone or not as they were: budget, topics, then the others."""
    found = [
        *_compared(_budgets(old), _budgets(new), TABLE_FIELDS, LINE_FIELDS, allowance),
        *_compared(_topics(old), _topics(new), SET_FIELDS, TOPIC_FIELDS, allowance),
    ]
    for name in PLAIN:
        found += _compared(_plain(name, old), _plain(name, new), (VISIBLE,), _shown(REGISTERS[name].fields), allowance)
    head = (*_shown(TRAINING_PLANS.fields), VISIBLE)
    found += _compared(_training(old), _training(new), head, _shown(TRAINING_ROWS.fields), allowance)
    return tuple(found)


def _shown(described: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(field for field in described if field.name not in {"key", "plan"})


def _compared(
    old: Mapping[str, _Register],
    new: Mapping[str, _Register],
    head: Sequence[Field],
    fields: Sequence[Field],
    allowance: Allowance,
) -> Iterator[RegisterChange]:
    """The registers of one kind by reference; of one that is new or gone every row is told."""
    for of in dict.fromkeys((*new, *old)):
        before, after = old.get(of), new.get(of)
        shown = after or before
        assert shown is not None
        both = before is not None and after is not None
        changes = tuple(compare_values(head, before.head, after.head)) if before and after else ()
        were, are = before.rows if before else (), after.rows if after else ()
        rows = compare_rows(fields, were, are, allowance)
        change = Change.CHANGED if both else Change.REMOVED if after is None else Change.ADDED
        if rows or changes or not both:
            names = {row.key: row.label for row in (*were, *are)}
            yield RegisterChange(of, shown.title, change, changes, rows, names)


def _visibility(document: Document, of: str) -> Visibility:
    return document.register_visibility.get(of, Visibility.PUBLIC)


def _budgets(document: Document) -> dict[str, _Register]:
    return {
        f"budget_tables/{table.key}": _Register(
            table.title,
            {
                **_values(table, "title", "year", "prior_year"),
                "visibility": _visibility(document, f"budget_tables/{table.key}"),
            },
            [_line(line) for line in table.lines],
        )
        for table in document.budget_tables
    }


def _values(row: BudgetLine | BudgetTable | Topic | TopicSet, *names: str) -> dict[str, object]:
    wanted = names or tuple(field.name for field in fields(row))
    return {name: getattr(row, name) for name in wanted}


def _line(line: BudgetLine) -> Keyed:
    """Without what goes without saying: a line is added, and exact."""
    about, sign = "about" if line.approximate else None, "-" if line.sign == "-" else None
    return Keyed(line.key, line.label, {**_values(line), "approximate": about, "sign": sign})


def _topics(document: Document) -> dict[str, _Register]:
    return {
        f"topic_sets/{s.key}": _Register(
            s.title,
            {**_values(s, "title", "choose", "of"), "visibility": _visibility(document, f"topic_sets/{s.key}")},
            [_topic(topic) for topic in s.topics],
        )
        for s in document.topic_sets
    }


def _topic(topic: Topic) -> Keyed:
    chosen = "yes" if topic.selected else "no"
    return Keyed(topic.key, topic.local_title or topic.title, {**_values(topic), "selected": chosen})


def _plain(name: str, document: Document) -> dict[str, _Register]:
    rows: Sequence[Row] = getattr(document, name)
    head = {"visibility": _visibility(document, name)}
    return {name: _Register(REGISTERS[name].label, head, [_row(row) for row in rows])} if rows else {}


def _row(row: Row) -> Keyed:
    label = next((str(row[name]) for name in NAMED_BY if row.get(name)), "ohne Bezeichnung")
    return Keyed(str(row.get("key", row.get("order"))), label, row)


def _training(document: Document) -> dict[str, _Register]:
    found = {}
    for plan in document.training_plan:
        of, rows = f"training_plan/{plan['key']}", plan.get("rows")
        assert isinstance(rows, Sequence)
        head = {**plan, "visibility": _visibility(document, of)}
        found[of] = _Register(str(plan["title"]), head, [_row(row) for row in rows])
    return found
