"""The programme's rows behind its sheets: as they are now, as they were, and saved together under one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.audit.reading import image_at
from jcflow.audit.trail import Deed, record_all
from jcflow.errors import BadInput, NotFound, Removed
from jcflow.programmes import budget_lines, budgets
from jcflow.programmes.budgets import SHORTEST_REASON, BudgetLine, lines_of, tables_of
from jcflow.programmes.live import figures_of
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.programmes.registers import RegisterRow, rows_of
from jcflow.programmes.sheets.proposing import Proposal, Values, Wish
from jcflow.programmes.sheets.shape import Sheet, SheetRow, sheets_of
from jcflow.programmes.sheets.values import clean, same, text_of, value_of
from jcflow.programmes.sheets.writing import Origin

REGISTERS = ("instruments", "targets")
Rows = Mapping[tuple[str, str], BudgetLine | RegisterRow]


@dataclass(frozen=True)
class Present:
    """A programme's sheets as they are now, with the rows behind them by register and key."""

    session: Session
    programme: Programme
    sheets: tuple[Sheet, ...]
    rows: Rows

    def opened(self, sheet: Sheet, row: SheetRow, version: int) -> Values:
        """The values a row had when it had this version."""
        one = self.rows[sheet.of, row.key]
        image = image_at(self.session, one, version)
        return dict(image.get("data", {})) if isinstance(one, RegisterRow) else image


@dataclass(frozen=True)
class Clashing:
    """A row that somebody else changed since the preview: what is wanted and what there is, by column."""

    wish: Wish
    label: str
    version: int
    seq: int | None
    texts: tuple[tuple[str, str, str], ...]


def present(session: Session, programme: Programme) -> Present:
    """The sheets of the working draft."""
    rows: dict[tuple[str, str], BudgetLine | RegisterRow] = {}
    lines = lines_of(session, programme)
    for table in tables_of(session, programme):
        rows |= {(f"budget_tables/{table.key}", line.key): line for line in lines.get(table.id, [])}
    registers = rows_of(session, programme)
    for of in REGISTERS:
        rows |= {(of, str(row.data["key"])): row for row in registers.get(of, [])}
    versions = {name: row.version for name, row in rows.items()}
    return Present(session, programme, tuple(sheets_of(figures_of(session, programme), versions=versions)), rows)


def versions_in(session: Session, programme: Programme) -> dict[tuple[str, str], int]:
    """Register and key of every row to its version."""
    return {name: row.version for name, row in present(session, programme).rows.items()}


def origin_of(session: Session, programme: Programme, state: str = "Arbeitsstand") -> Origin:
    """Where a file of the programme comes from."""
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    return Origin(house.key, programme.slug, house.name, programme.title, state)


def programme_before(session: Session, programme: Programme) -> Programme | None:
    """The house's programme of the same kind for the time just before, None where there is none."""
    last_day = programme.period_from - timedelta(days=1)
    others = [p for p in all_programmes(session) if p.kind == programme.kind and p.state != "withdrawn"]
    own = next((p for p in others if p.id == programme.previous_id), None)
    return own or next((p for p in others if p.period_to == last_day), None)


def check_there(now: Present, wishes: Sequence[Wish]) -> None:
    """Refuse wishes for rows that are gone.

    Raises:
        Removed: A row was removed since the preview.
        NotFound: There never was one.
    """
    for wish in wishes:
        if (wish.of, wish.key) not in now.rows:
            raise _gone(now, wish)


def _gone(now: Present, wish: Wish) -> Exception:
    session, programme = now.session, now.programme
    if wish.of in REGISTERS:
        removed = rows_of(session, programme, removed=True).get(wish.of, [])
        return Removed("Die Zeile", "Übersichten") if any(r.data["key"] == wish.key for r in removed) else NotFound()
    table = budgets.table(session, programme, wish.of.removeprefix("budget_tables/"))
    if table.removed or budgets.line(session, programme, table.key, wish.key).removed:
        return Removed("Die Zeile", "Budget")
    return NotFound()


def clashes(now: Present, wishes: Sequence[Wish]) -> list[Clashing]:
    """The rows of which somebody else has changed the very values that are wanted otherwise here."""
    found = []
    for wish in wishes:
        sheet = next(sheet for sheet in now.sheets if sheet.of == wish.of)
        row = sheet.row(wish.key)
        assert row is not None
        if row.version == wish.version:
            continue
        is_known = 0 < wish.version < (row.version or 0)
        then = now.opened(sheet, row, wish.version) if is_known else None
        texts = tuple(_differing(sheet, row, wish, then))
        if texts:
            label = str(row.values.get("label") or row.values.get("goal") or row.key)
            found.append(Clashing(wish, label, row.version or 0, now.rows[wish.of, wish.key].audit_seq, texts))
    return found


def _differing(sheet: Sheet, row: SheetRow, wish: Wish, then: Values | None) -> list[tuple[str, str, str]]:
    differing = []
    for name, text in wish.texts.items():
        column = sheet.column(name)
        if column is None:
            continue
        current = row.values.get(name)
        if then is not None and same(column, then.get(name), current):
            continue
        wanted = value_of(column, text)
        if not same(column, wanted, current):
            differing.append((column.label, clean(text_of(column, wanted)), clean(text_of(column, current))))
    return differing


def check_reason(deed: Deed) -> None:
    """Demand a reason: a file changes much at once.

    Raises:
        BadInput: It is missing or too short.
    """
    if len(deed.reason.strip()) < SHORTEST_REASON:
        sentence = f"Begründen Sie die Änderungen mit mindestens {SHORTEST_REASON} Zeichen. Sie steht im Verlauf."
        raise BadInput({"reason": sentence})


def save(now: Present, proposal: Proposal, deed: Deed) -> int:
    """Save everything that is proposed, or nothing; returns how many rows changed.

    The caller holds the programme's lock and has looked for clashes.

    Raises:
        BadInput: The reason is missing or too short.
    """
    check_reason(deed)
    changed = 0
    touched = {of for of, _ in proposal.values}
    for table in tables_of(now.session, now.programme):
        of = f"budget_tables/{table.key}"
        if of in touched:
            wanted = {key: values for (register, key), values in proposal.values.items() if register == of}
            changed += _save_lines(now, table, wanted, deed)
    return changed + _save_rows(now, proposal, deed)


def _save_lines(now: Present, table: budgets.BudgetTable, wanted: Mapping[str, Values], deed: Deed) -> int:
    keyed = budgets.lines_in(now.session, table)
    kept = lines_of(now.session, now.programme).get(table.id, [])
    edits = [replace(budget_lines.as_edit(line, keyed), **dict(wanted.get(line.key, {}))) for line in kept]  # type: ignore[arg-type]
    return budget_lines.save_lines(now.session, now.programme, table, edits, deed)


def _save_rows(now: Present, proposal: Proposal, deed: Deed) -> int:
    written: list[tuple[RegisterRow, dict[str, object]]] = []
    for name, values in proposal.values.items():
        row = now.rows[name]
        if isinstance(row, RegisterRow):
            data = {**row.data, **values}
            written.append((row, {"data": {n: value for n, value in data.items() if value is not None}}))
    record_all(now.session, deed, written)
    return len(written)
