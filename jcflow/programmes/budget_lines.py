"""Saving the lines of a budget table: all changes together, with one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy.orm import Session

from jcflow.audit.canonical import plain
from jcflow.audit.reading import image_at
from jcflow.audit.trail import Deed, record_all
from jcflow.errors import BadInput
from jcflow.programmes.budgets import BudgetLine, BudgetTable, check_reason, lines_in
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.ordering import check_keys, free_key
from jcflow.programmes.programme import Programme, check_columns


@dataclass(frozen=True)
class LineEdit:
    """One line as typed; every figure is in cents already."""

    key: str | None
    """None for a new line."""
    version: int
    """0 for a new line."""
    label: str
    role: LineRole
    parent_key: str | None
    sign: str | None
    amount: int | None
    prior_amount: int | None
    approximate: bool = False
    note: str | None = None
    part: LinePart | None = None
    removed: bool = False


def save_lines(
    session: Session, programme: Programme, within: BudgetTable, edits: Sequence[LineEdit], deed: Deed
) -> int:
    """Save a table's lines as typed, in the typed order; returns how many lines changed.

    Lines that are not among the edits stay as they are, after the others.

    Raises:
        Stale: A line that this save changes was changed since the form was opened.
        BadInput: A label is missing, a parent is no total or leads in a circle, or the reason is missing.
    """
    present = lines_in(session, within)
    check_keys([edit.key for edit in edits if edit.key], present)
    edits = [edit for edit in edits if edit.key or not edit.removed]
    fresh = _fresh_lines(within, edits, set(present))
    rows = [present[edit.key] if edit.key else fresh[index] for index, edit in enumerate(edits)]
    added: list[tuple[BudgetLine, dict[str, object]]] = []
    changed: list[tuple[BudgetLine, dict[str, object]]] = []
    for row, edit, new in zip(rows, edits, _values_of(edits, present), strict=True):
        if edit.key is None:
            added.append((row, new))
        elif any(getattr(row, name) != value for name, value in new.items()):
            said = {name: value for name, value in new.items() if name != "position"}
            check_columns(session, row, edit.version, f"Die Zeile „{row.label}“", said)
            changed.append((row, new))
    if added or changed:
        check_reason(programme, deed)
        record_all(session, deed, added)
        record_all(session, deed, changed)
    return len(added) + len(changed)


def _fresh_lines(within: BudgetTable, edits: Sequence[LineEdit], taken: set[str]) -> dict[int, BudgetLine]:
    fresh: dict[int, BudgetLine] = {}
    for index, edit in enumerate(edits):
        if edit.key:
            continue
        key = free_key(edit.label, taken)
        taken.add(key)
        fresh[index] = BudgetLine(
            jobcenter_id=within.jobcenter_id,
            programme_id=within.programme_id,
            table_id=within.id,
            key=key,
            label=edit.label,
            role=edit.role,
            position=index + 1,
        )
    return fresh


def as_edit(row: BudgetLine, rows: Mapping[str, BudgetLine]) -> LineEdit:
    """A saved line as an edit that changes nothing; `rows` holds the lines of its table by key."""
    parent_key = next((key for key, other in rows.items() if other.id == row.parent_id), None)
    own = {f.name: getattr(row, f.name) for f in fields(LineEdit) if f.name != "parent_key"}
    return LineEdit(parent_key=parent_key, **own)


def merged(session: Session, edits: Sequence[LineEdit], rows: Mapping[str, BudgetLine]) -> list[LineEdit]:
    """The edits; one that says only what its line said when the form was opened says what the line says now.

    A form sends all lines of a table: whoever changed one of them has said nothing about the others.

    Args:
        rows: The lines of the table by key.
    """
    return [
        as_edit(rows[edit.key], rows) if edit.key and edit.key in rows and _is_untouched(session, edit, rows) else edit
        for edit in edits
    ]


def _is_untouched(session: Session, edit: LineEdit, rows: Mapping[str, BudgetLine]) -> bool:
    row = rows[str(edit.key)]
    if not 0 < edit.version < row.version:
        return False
    opened = image_at(session, row, edit.version)
    above = rows.get(edit.parent_key or "")
    said = {f.name: getattr(edit, f.name) for f in fields(LineEdit) if f.name in BudgetLine.__mapper__.columns}
    said |= {"parent_id": above.id if above else None, "key": row.key, "version": edit.version}
    return all(opened.get(name) == plain(value) for name, value in said.items())


def _values_of(edits: Sequence[LineEdit], rows: dict[str, BudgetLine]) -> list[dict[str, object]]:
    problems: dict[str, str] = {}
    named = {e.key for e in edits}
    after = [*edits, *(as_edit(row, rows) for row in rows.values() if row.key not in named)]
    kept = {e.key: e for e in after if e.key and not e.removed}
    places = _places(edits, rows)
    values: list[dict[str, object]] = []
    for index, edit in enumerate(edits):
        label = " ".join(edit.label.split())
        if not edit.removed and not 1 <= len(label) <= 300:
            problems[f"label-{index}"] = f"Zeile {index + 1}: Geben Sie eine Bezeichnung ein, höchstens 300 Zeichen."
        parent = rows.get(edit.parent_key or "")
        above = kept.get(edit.parent_key or "")
        if edit.parent_key and not edit.removed and (above is None or above.role is not LineRole.TOTAL):
            problems[f"parent-{index}"] = f"Zeile {index + 1}: Wählen Sie als Summe eine Zeile, die eine Summe ist."
        elif edit.key and _circular(edit, kept):
            problems[f"parent-{index}"] = f"Zeile {index + 1}: Die Summe darf nicht in sich selbst zählen."
        values.append(
            {
                "label": label,
                "role": edit.role,
                "parent_id": parent.id if parent else None,
                "sign": edit.sign,
                "amount": edit.amount,
                "prior_amount": edit.prior_amount,
                "approximate": edit.approximate,
                "note": edit.note or None,
                "part": edit.part,
                "removed": edit.removed,
                "position": places[index],
            }
        )
    if problems:
        raise BadInput(problems)
    return values


def _places(edits: Sequence[LineEdit], rows: Mapping[str, BudgetLine]) -> list[int]:
    """Positions in the typed order; a line keeps its own wherever it can, so that the trail tells only of moves."""
    places: list[int] = []
    for edit in edits:
        last, own = places[-1] if places else 0, rows[edit.key].position if edit.key else 0
        places.append(max(own, last + 1))
    return places


def _circular(edit: LineEdit, kept: Mapping[str, LineEdit]) -> bool:
    seen, above = {edit.key}, kept.get(edit.parent_key or "")
    while above is not None:
        if above.key in seen:
            return True
        seen.add(above.key)
        above = kept.get(above.parent_key or "")
    return False
