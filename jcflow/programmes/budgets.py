"""Budget tables and their lines. All changes of a table are saved together, with one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.trail import Deed, audited, record, record_all
from jcflow.errors import BadInput, NotFound
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.ordering import Ordered, check_keys, free_key
from jcflow.programmes.programme import Programme, check_columns

SHORTEST_REASON = 10
"""Characters a reason has at least."""


class BudgetTable(Ordered):
    """A budget table of one year. Source: § 46 Abs. 1 Satz 5 SGB II."""

    __tablename__ = "budget_table"
    __table_args__ = audited(UniqueConstraint("programme_id", "key"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "key", "title", "year", "prior_year", "position", "removed"}
    )

    programme_id: Mapped[UUID]
    key: Mapped[str]
    title: Mapped[str]
    year: Mapped[int]
    prior_year: Mapped[int | None]


class BudgetLine(Ordered):
    """One line. Its direction is in `sign`, so amounts are never negative."""

    __tablename__ = "budget_line"
    __table_args__ = audited(
        UniqueConstraint("table_id", "key"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("prior_amount >= 0", name="prior_amount_not_negative"),
        programme_id="programme",
        table_id="budget_table",
        parent_id="budget_line",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "table_id", "key", "label", "role", "parent_id", "sign", "amount", "prior_amount"}
        | {"approximate", "printed", "position", "removed"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    table_id: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str]
    label: Mapped[str]
    role: Mapped[LineRole]
    parent_id: Mapped[UUID | None]
    """The total it counts in."""
    sign: Mapped[str | None]
    """`+` or `-`: how it counts there; None counts as `+`."""
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Cents."""
    prior_amount: Mapped[int | None] = mapped_column(BigInteger)
    """Cents, last year."""
    approximate: Mapped[bool] = mapped_column(default=False)
    printed: Mapped[str | None]
    note: Mapped[str | None]


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
    removed: bool = False


def tables_of(session: Session, programme: Programme, *, removed: bool = False) -> list[BudgetTable]:
    """The budget tables in their order."""
    mine = (BudgetTable.programme_id == programme.id) & (BudgetTable.removed == removed)
    return list(session.scalars(select(BudgetTable).where(mine).order_by(BudgetTable.position, BudgetTable.id)))


def lines_of(session: Session, programme: Programme, *, removed: bool = False) -> dict[UUID, list[BudgetLine]]:
    """Table id to its lines in their order."""
    mine = (BudgetLine.programme_id == programme.id) & (BudgetLine.removed == removed)
    found: dict[UUID, list[BudgetLine]] = {}
    for line in session.scalars(select(BudgetLine).where(mine).order_by(BudgetLine.position, BudgetLine.id)):
        found.setdefault(line.table_id, []).append(line)
    return found


def lines_in(session: Session, within: BudgetTable) -> dict[str, BudgetLine]:
    """Key to line of one table, removed lines included."""
    return {row.key: row for row in session.scalars(select(BudgetLine).where(BudgetLine.table_id == within.id))}


def table(session: Session, programme: Programme, key: str) -> BudgetTable:
    """The budget table of this key, removed or not.

    Raises:
        NotFound: The programme has none.
    """
    found = session.scalar(select(BudgetTable).where(BudgetTable.programme_id == programme.id, BudgetTable.key == key))
    if found is None:
        raise NotFound
    return found


def line(session: Session, programme: Programme, table_key: str, key: str) -> BudgetLine:
    """One line, removed or not.

    Raises:
        NotFound: The table has none of this key.
    """
    within = table(session, programme, table_key)
    found = session.scalar(select(BudgetLine).where(BudgetLine.table_id == within.id, BudgetLine.key == key))
    if found is None:
        raise NotFound
    return found


def add_table(
    session: Session, programme: Programme, *, title: str, year: int, prior_year: int | None, deed: Deed
) -> BudgetTable:
    """Add an empty budget table at the end.

    Raises:
        BadInput: Title or year missing or out of range.
    """
    title = " ".join(title.split())
    problems = {}
    if not 1 <= len(title) <= 300:
        problems["title"] = "Geben Sie einen Titel ein, höchstens 300 Zeichen."
    if not 2005 <= year <= 2100:
        problems["year"] = "Geben Sie ein Jahr ein, zum Beispiel 2027."
    if problems:
        raise BadInput(problems)
    rows = session.scalars(select(BudgetTable).where(BudgetTable.programme_id == programme.id)).all()
    fresh = BudgetTable(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        key=free_key(title, {row.key for row in rows}),
        title=title,
        year=year,
        prior_year=prior_year,
        position=max((row.position for row in rows), default=0) + 1,
    )
    record(session, fresh, deed)
    return fresh


def check_reason(programme: Programme, deed: Deed) -> None:
    """Demand a reason for a change of amounts or topics once the programme was submitted.

    Raises:
        BadInput: The reason is missing or shorter than 10 characters.
    """
    if programme.submitted_once and len(deed.reason.strip()) < SHORTEST_REASON:
        raise BadInput(
            {"reason": f"Begründen Sie die Änderung mit mindestens {SHORTEST_REASON} Zeichen. Sie steht im Verlauf."}
        )


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


def remove_table(session: Session, one: BudgetTable, programme: Programme, deed: Deed) -> None:
    """Remove a whole budget table; it can be brought back.

    Raises:
        BadInput: The reason is missing after the first submission.
    """
    check_reason(programme, deed)
    record(session, one, deed, removed=True)
