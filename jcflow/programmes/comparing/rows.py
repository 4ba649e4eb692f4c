"""Differences of two lists of keyed rows: budget lines, topics, register rows, rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jcflow.programmes.comparing.order import merged, moved
from jcflow.programmes.comparing.texts import Change, Paragraph, compare_texts
from jcflow.programmes.comparing.words import Allowance
from jcflow.programmes.register_fields import Field, FieldKind

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_EMPTY: tuple[object, ...] = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class Keyed:
    """A row: what it is known by, what it is called, and its values by name of field."""

    key: str
    label: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after, as JSON holds it; None where there was or is none."""

    field: Field
    old: object
    new: object

    @property
    def difference(self) -> Decimal | None:
        """How much more it is than before, in the unit of the field (cents for amounts); None where it is no figure."""
        if self.field.kind not in {FieldKind.AMOUNT, FieldKind.COUNT, FieldKind.DECIMAL, FieldKind.VALUE}:
            return None
        if not all(_NUMBER.fullmatch(str(value)) for value in (self.old, self.new)):
            return None
        return Decimal(str(self.new)) - Decimal(str(self.old))


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that is not as it was; `moved` if it stands elsewhere among those that stayed."""

    key: str
    label: str
    change: Change
    moved: bool
    fields: tuple[FieldChange, ...]
    texts: tuple[tuple[Field, tuple[Paragraph, ...]], ...]
    """Long texts, by words."""


def compare_rows(
    fields: Sequence[Field], old: Sequence[Keyed], new: Sequence[Keyed], allowance: Allowance
) -> tuple[RowChange, ...]:
    """The rows that are new, gone or not as they were, in the new order. Keys are unique on each side."""
    places = {row.key: place for place, row in enumerate(new)}
    pairs = {place: places[row.key] for place, row in enumerate(old) if row.key in places}
    strays = moved(pairs)
    found = []
    for here, there in merged(len(old), len(new), pairs):
        before, after = None if here is None else old[here], None if there is None else new[there]
        row = _row(fields, before, after, here in strays, allowance)
        if row.change is not Change.SAME or row.moved:
            found.append(row)
    return tuple(found)


def _row(
    fields: Sequence[Field], before: Keyed | None, after: Keyed | None, strayed: bool, allowance: Allowance
) -> RowChange:
    shown = after or before
    assert shown is not None
    was, now = (before.values if before else {}), (after.values if after else {})
    changes = tuple(compare_values(fields, was, now))
    plain = tuple(change for change in changes if change.field.kind is not FieldKind.LONG_TEXT)
    texts = tuple(
        (change.field, compare_texts(str(change.old or ""), str(change.new or ""), allowance))
        for change in changes
        if change.field.kind is FieldKind.LONG_TEXT
    )
    change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.CHANGED
    if change is Change.CHANGED and not plain and not texts:
        change = Change.SAME
    return RowChange(shown.key, shown.label, change, strayed, plain, texts)


def compare_values(
    fields: Sequence[Field], was: Mapping[str, object], now: Mapping[str, object]
) -> Iterator[FieldChange]:
    """The fields whose value is another one; empty ones are all alike."""
    for field in fields:
        old, new = (None if side.get(field.name) in _EMPTY else side.get(field.name) for side in (was, now))
        if _plain(old) != _plain(new):
            yield FieldChange(field, old, new)


def _plain(value: object) -> object:
    """The value with tuples as lists, as JSON has it."""
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
