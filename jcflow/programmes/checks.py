"""Whether a programme's figures add up and its topics are chosen; it reports, it refuses nothing.

Source of the rules: the exchange format's last paragraph, which restates the budget identities of real programmes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from jcflow.errors import Fault
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, ProgrammeHead, Row, TopicSet
from jcflow.programmes.kinds import LineRole, ProgrammeKind

Column: TypeAlias = Literal["amount", "prior_amount", "planned", "prior", "total"]
Unit: TypeAlias = Literal["cents", "count", "percent", "number"]
"""`percent` counts thousandths of a percentage point, `number` ten-thousandths of one."""
Key: TypeAlias = tuple[str, str, int, int, str]
"""What an acceptance is about: place, column, stated and computed figure, and the figures behind them."""

T = TypeVar("T")

TOLERANCE_PER_MILLE = 5
"""How far an approximate total may lie from the sum of its parts, in thousandths of the stated total."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that does not hold; `computed` may be negative.

    `place` is like `budget_tables/mittel/vw-gesamt` for a total, like `identities/I-3/2027` for an identity.
    """

    place: str
    label: str
    column: Column
    stated: int
    computed: int
    unit: Unit
    approximate: bool
    parts: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    """Name and figure of everything the computed figure is made of."""
    identity: str = ""
    """Which of the identities does not hold, with its law; empty for a plain sum."""
    same: str = field(default="", compare=False)
    """Place of the line that states the figure, where an identity is about one line."""

    @property
    def key(self) -> Key:
        """By which an acceptance knows it: another figure behind it, and it is another difference."""
        behind = hashlib.sha256(repr((self.stated, *sorted(self.parts))).encode()).hexdigest()[:32]
        return self.place, self.column, self.stated, self.computed, behind

    @property
    def amount(self) -> int:
        """Stated minus computed: positive where the total is too high."""
        return self.stated - self.computed


@dataclass(frozen=True, slots=True)
class _Figure:
    key: str
    label: str
    role: str
    parent: str | None
    factor: int
    value: int | None
    approximate: bool = False


def accepted_in(accepted: Mapping[Key, T], difference: Difference) -> T | None:
    """What is known of a difference; rows from before figures were kept know only what was stated and computed."""
    key = difference.key
    return accepted.get(key, accepted.get((*key[:4], "")))


def differences(document: Document) -> tuple[Difference, ...]:
    """Every total of the document that does not hold, in the order of the file."""
    return (
        *(difference for table in document.budget_tables for difference in budget_differences(table)),
        *instrument_differences(document.instruments),
        *(difference for plan in document.training_plan for difference in training_differences(plan)),
    )


def budget_differences(table: BudgetTable) -> tuple[Difference, ...]:
    """Totals that are not the signed sum of the lines whose parent they are, per column where every part is given."""
    place = f"budget_tables/{table.key}"
    now = [_line_figure(line, line.amount) for line in table.lines]
    before = [_line_figure(line, line.prior_amount) for line in table.lines]
    return (*_unequal(place, now, "amount", "cents"), *_unequal(place, before, "prior_amount", "cents"))


def instrument_differences(rows: Sequence[Row]) -> tuple[Difference, ...]:
    """Totals among the instruments that are not the sum of their parts, for planned entries and for the prior year."""
    return (
        *_unequal("instruments", [_row_figure(row, "planned") for row in rows], "planned", "count"),
        *_unequal("instruments", [_row_figure(row, "prior") for row in rows], "prior", "count"),
    )


def training_differences(plan: Row) -> tuple[Difference, ...]:
    """At most one: the plan's total against its `rows`, where there are rows and each has a total."""
    rows = plan.get("rows")
    stated = _count(plan.get("total"))
    totals = [_count(row.get("total")) for row in rows] if isinstance(rows, list) else []
    known = [total for total in totals if total is not None]
    if stated is None or not totals or len(known) < len(totals) or sum(known) == stated:
        return ()
    place, label = f"training_plan/{plan.get('key')}", str(plan.get("title"))
    parts = tuple((str(number), value) for number, value in enumerate(known, 1))
    return (Difference(place, label, "total", stated, sum(known), "count", approximate=False, parts=parts),)


def topic_problems(document: Document) -> tuple[Fault, ...]:
    """One German sentence for each topic set in which not exactly `choose` topics are selected."""
    return tuple(problem for topics in document.topic_sets for problem in _topic_problem(topics))


def slug_of(head: ProgrammeHead) -> str:
    """How the programme is named in addresses: `2022`, `2023-2024`, with `-lpd` for a local planning document."""
    first, last = head.period_from.year, head.period_to.year
    period = str(first) if first == last else f"{first}-{last}"
    return f"{period}-lpd" if head.kind is ProgrammeKind.LPD else period


def jobcenter_key(name: str) -> str:
    """The Jobcenter's short name, beginning with a letter: `Jobcenter Ennepe-Ruhr-Kreis` is `ennepe-ruhr`."""
    plain = name.lower().translate(_GERMAN_LETTERS)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii")
    words = _NOT_IN_KEYS.sub("-", ascii_only).strip("-")
    place = _TRAILING_KIND.sub("", _LEADING_KINDS.sub("", words))
    return place.lstrip("0123456789-") or "jobcenter"


_GERMAN_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_LEADING_KINDS = re.compile(r"^(?:(?:jobcenter|kreis|landkreis|stadt)(?:-|$))+")
_TRAILING_KIND = re.compile(r"-kreis$")


def _topic_problem(topics: TopicSet) -> Iterator[Fault]:
    selected = sum(topic.selected for topic in topics.topics)
    if topics.choose is None or selected == topics.choose:
        return
    catalogue = "" if topics.of is None else f" von {topics.of}"
    noun = "Thema" if topics.choose == 1 and topics.of is None else "Themen"
    verb = "ist" if selected == 1 else "sind"
    yield Fault(
        f"topic_sets/{topics.key}", f"Wählen Sie genau {topics.choose}{catalogue} {noun}, gewählt {verb} {selected}."
    )


def _line_figure(line: BudgetLine, value: int | None) -> _Figure:
    factor = -1 if line.sign == "-" else 1
    return _Figure(line.key, line.label, line.role, line.parent, factor, value, line.approximate)


def _row_figure(row: Row, column: str) -> _Figure:
    parent = row.get("parent")
    value = _count(row.get(column))
    return _Figure(
        str(row.get("key")),
        str(row.get("label")),
        str(row.get("role")),
        None if parent is None else str(parent),
        1,
        value,
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _unequal(place: str, figures: Sequence[_Figure], column: Column, unit: Unit) -> Iterator[Difference]:
    parts: dict[str, list[_Figure]] = {}
    for figure in figures:
        if figure.parent is not None and figure.role != LineRole.MEMO:
            parts.setdefault(figure.parent, []).append(figure)
    for total in figures:
        computed = _signed_sum(parts.get(total.key, []))
        if total.role != LineRole.TOTAL or total.value is None or computed is None:
            continue
        allowed = total.value * TOLERANCE_PER_MILLE if total.approximate else 0
        if abs(total.value - computed) * 1000 > allowed:
            within = tuple((part.key, part.factor * (part.value or 0)) for part in parts[total.key])
            where = f"{place}/{total.key}"
            yield Difference(where, total.label, column, total.value, computed, unit, total.approximate, within)


def _signed_sum(parts: Sequence[_Figure]) -> int | None:
    """The sum of the parts, None where there are none or one of them has no value."""
    values = [part.factor * part.value for part in parts if part.value is not None]
    return sum(values) if values and len(values) == len(parts) else None
