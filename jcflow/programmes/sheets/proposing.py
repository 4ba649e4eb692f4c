"""What a file that comes back would change: compared with what the programme holds now, sums reckoned anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jcflow import money
from jcflow.programmes.exchange.values import COUNT_LIMIT
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.sheets.reading import Book, Cell, ReadRow, ReadSheet
from jcflow.programmes.sheets.shape import Column, Kind, Sheet, SheetRow
from jcflow.programmes.sheets.values import clean, same, text_of, value_of

MOST_CHANGES = 1_000
"""Values that one file may change; more does not fit into one form."""
SUMMED = "aus den Zeilen gerechnet"
MEANWHILE = "seit dem Laden der Datei geändert"

Values = Mapping[str, object]
Opened = Callable[[Sheet, SheetRow, int], Values]
"""A sheet, a row and a version to the values the row had then."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of one row: texts by column, for those columns only that should change."""

    of: str
    key: str
    version: int
    texts: Mapping[str, str]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Reference of the register and key of the row."""
        return f"{self.of}/{self.key}"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would change, as a page shows it."""

    sheet: str
    row: str
    column: str
    old: str
    new: str
    note: str = ""


@dataclass
class Proposal:
    """Everything that would change; with problems nothing does."""

    wishes: list[Wish] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    values: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    """Reference of a register and key of a row to the values that are to be saved."""
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def wishes_of(book: Book, opened: Opened) -> tuple[list[Wish], list[str]]:
    """What the file wants changed, and what in its cells cannot be taken.

    A cell that says only what its row said when the file was made says nothing: whatever somebody else has saved
    since stays.
    """
    wishes: list[Wish] = []
    problems: list[str] = []
    for read in book.sheets:
        for one in read.rows:
            row = read.sheet.row(one.key)
            assert row is not None
            texts, notes = _wanted(read, row, one, opened, problems)
            if texts:
                wishes.append(Wish(read.sheet.of, row.key, row.version or 0, texts, notes))
    if sum(len(wish.texts) for wish in wishes) > MOST_CHANGES:
        problems.append(f"Die Datei ändert mehr als {MOST_CHANGES:,} Werte auf einmal.".replace(",", "."))
    return wishes, problems


def _wanted(
    read: ReadSheet, row: SheetRow, one: ReadRow, opened: Opened, problems: list[str]
) -> tuple[dict[str, str], dict[str, str]]:
    texts, notes = dict[str, str](), dict[str, str]()
    is_old = one.version is not None and row.version is not None and 0 < one.version < row.version
    then = opened(read.sheet, row, one.version or 0) if is_old else row.values
    for column in read.sheet.columns:
        cell = one.cells.get(column.name)
        if cell is None or _is_left_to_us(read.sheet, row, column, cell):
            continue
        if cell.problem or cell.is_formula:
            problems.append(f"{cell.place}: {cell.problem or _formula(column)}")
            continue
        try:
            if _is_said(column, cell, then) or _is_said(column, cell, row.values):
                continue
        except ValueError as error:
            problems.append(f"{cell.place}: {error}")
            continue
        texts[column.name] = cell.text
        if not same(column, then.get(column.name), row.values.get(column.name)):
            notes[column.name] = MEANWHILE
    return texts, notes


def _formula(column: Column) -> str:
    what = "den Text" if column.kind is Kind.TEXT else "die Zahl"
    return f"Hier steht eine Formel. Geben Sie {what} selbst ein."


def _is_left_to_us(sheet: Sheet, row: SheetRow, column: Column, cell: Cell) -> bool:
    """Whether the cell is a sum's: what is computed there is never read."""
    if not column.sums or row.role != LineRole.TOTAL or not sheet.parts_of(row.key):
        return False
    is_blank = not cell.problem and not cell.text.strip()
    return cell.is_formula or (is_blank and not _is_open(sheet, row, column))


def _is_open(sheet: Sheet, row: SheetRow, column: Column) -> bool:
    return any(part.values.get(column.name) is None for part in sheet.parts_of(row.key))


def _is_said(column: Column, cell: Cell, values: Values) -> bool:
    value = values.get(column.name)
    if cell.text == clean(text_of(column, value)):
        return True
    return same(column, value_of(column, cell.text), value)


def propose(sheets: Sequence[Sheet], wishes: Sequence[Wish]) -> Proposal:
    """What the wishes come to, sums included; rows that are not there any more are left out."""
    found = Proposal()
    for sheet in sheets:
        mine = {wish.key: wish for wish in wishes if wish.of == sheet.of and sheet.row(wish.key)}
        if mine:
            _Table(sheet, mine, found).settle()
    return found


class _Table:
    """One sheet while its wishes are settled."""

    def __init__(self, sheet: Sheet, wishes: Mapping[str, Wish], found: Proposal) -> None:
        self.sheet, self.found, self.wishes = sheet, found, wishes
        self.rows = {row.key: row for row in sheet.rows}
        self.new: dict[str, dict[str, object]] = {row.key: dict(row.values) for row in sheet.rows}
        self.typed: dict[tuple[str, str], object] = {}

    def settle(self) -> None:
        """Read the wishes, reckon the sums, note what changes."""
        for wish in self.wishes.values():
            self._read(wish)
        for column in self.sheet.columns:
            if column.sums:
                self._sum_up(column)
        for row in self.sheet.rows:
            self._note(row)
        for wish in self.wishes.values():
            texts = {name: text for name, text in wish.texts.items() if (wish.key, name) in self.typed}
            if texts:
                self.found.wishes.append(Wish(wish.of, wish.key, wish.version, texts, wish.notes))

    def _read(self, wish: Wish) -> None:
        for name, text in wish.texts.items():
            column = self.sheet.column(name)
            if column is None or not column.editable:
                continue
            try:
                value = value_of(column, text)
            except ValueError as error:
                self.found.problems.append(f"{self.sheet.title}, {self._name(wish.key)}, {column.label}: {error}")
                continue
            self.typed[wish.key, name] = value
            self.new[wish.key][name] = value

    def _name(self, key: str) -> str:
        values = self.rows[key].values
        return str(values.get("label") or values.get("goal") or key)

    def _sum_up(self, column: Column) -> None:
        """Let every total follow its parts that did so before; what was stated otherwise stays and is named."""
        before, after = dict[str, int | None](), dict[str, int | None]()
        totals = [row for row in self.sheet.rows if row.role == LineRole.TOTAL and self.sheet.parts_of(row.key)]
        for row in totals:
            self._reckon(row, column, before, after, frozenset())

    def _reckon(
        self,
        row: SheetRow,
        column: Column,
        before: dict[str, int | None],
        after: dict[str, int | None],
        above: frozenset[str],
    ) -> None:
        if row.key in after or row.key in above:
            return
        parts = self.sheet.parts_of(row.key)
        for part in parts:
            if part.role == LineRole.TOTAL and self.sheet.parts_of(part.key):
                self._reckon(part, column, before, after, above | {row.key})
        name, stated = column.name, row.values.get(column.name)
        then = _sum(parts, [part.values.get(name) for part in parts])
        now = _sum(parts, [self.new[part.key].get(name) for part in parts])
        before[row.key], after[row.key] = then, now
        if now is None:
            return
        moved, follows = now != then, stated is None or stated == then
        kept = now if moved and follows and 0 <= now < _limit(column) else stated
        self.new[row.key][name] = kept
        self._say(row, column, kept, now, moved=moved)

    def _say(self, row: SheetRow, column: Column, kept: object, now: int, *, moved: bool) -> None:
        where = f"{self.sheet.title}, {self._name(row.key)}, {column.label}"
        typed = self.typed.pop((row.key, column.name), None)
        reckoned = _shown(column, now)
        if typed is not None and typed != now:
            self.found.notices.append(
                f"{where}: Die Summe ist in der Datei überschrieben ({_shown(column, typed)}). "
                f"jcflow rechnet {reckoned}. Die Zahl aus der Datei wird nicht übernommen."
            )
        if moved and kept != now:
            self.found.notices.append(
                f"{where}: Angegeben bleiben {_shown(column, kept)}, die Zeilen ergeben {reckoned}. "
                "Ändern Sie die Angabe bei Bedarf auf der Seite der Tabelle."
            )

    def _note(self, row: SheetRow) -> None:
        wish = self.wishes.get(row.key)
        for column in self.sheet.columns:
            old, new = row.values.get(column.name), self.new[row.key].get(column.name)
            if not column.editable or same(column, old, new):
                continue
            self.found.values.setdefault((self.sheet.of, row.key), {})[column.name] = new
            is_typed = (row.key, column.name) in self.typed
            note = (wish.notes.get(column.name, "") if wish else "") if is_typed else SUMMED
            shown = (_shown(column, old), _shown(column, new))
            self.found.changes.append(Change(self.sheet.title, self._name(row.key), column.label, *shown, note))


def _sum(parts: Sequence[SheetRow], figures: Sequence[object]) -> int | None:
    total = 0
    for part, figure in zip(parts, figures, strict=True):
        if not isinstance(figure, int):
            return None
        total += -figure if part.sign == "-" else figure
    return total


def _limit(column: Column) -> int:
    return money.LIMIT if column.kind is Kind.AMOUNT else COUNT_LIMIT


def _shown(column: Column, value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, int) and not isinstance(value, bool) and column.kind in {Kind.AMOUNT, Kind.COUNT}:
        figure = money.german(value if column.kind is Kind.AMOUNT else value * 100)
        return f"{figure}\N{NO-BREAK SPACE}€" if column.kind is Kind.AMOUNT else figure
    return text_of(column, value)
