"""A file for Excel that comes back: its cells as text, with all that cannot be taken said by sheet and cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException, SheetTitleException

from jcflow import money
from jcflow.errors import BadInput
from jcflow.programmes.sheets.safety import DAMAGE, checked
from jcflow.programmes.sheets.shape import Column, Kind, Sheet
from jcflow.programmes.sheets.writing import (
    ABOUT,
    FIRST_COLUMN,
    FIRST_ROW,
    FORMAT,
    HEAD_ROW,
    KEY_COLUMN,
    VERSION_COLUMN,
)

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 3_000, 30, 60
STATE_ROW = 3
"""Where the sheet about the file says whether it holds the working draft or a version."""
MOST_PROBLEMS = 50
LONGEST_TEXT = 32_767
"""Characters of a cell; Excel takes no more."""
MALFORMED = (
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, AssertionError, SyntaxError),
    *(InvalidFileException, BadZipFile, TokenizerError, CellCoordinatesException, SheetTitleException),
)
"""What openpyxl raises on a workbook that is none."""
Raw = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: the text as people would type it; `is_formula` where it is computed."""

    place: str
    """As in `Blatt „Mittel“, Zelle G7`."""
    text: str = ""
    is_formula: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row by its key; `version` is what its line had when the file was made, None if the file does not say."""

    key: str
    version: int | None
    place: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet that was found for one of the programme's registers."""

    sheet: Sheet
    name: str
    rows: tuple[ReadRow, ...]


@dataclass
class Book:
    """What a file holds, and what is wrong with it; with problems nothing of it is taken."""

    sheets: list[ReadSheet] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet as it stands in the file: rows of cells with `value`, `data_type` and `number_format`."""

    name: str
    rows: tuple[Raw, ...]

    def text(self, row: int, column: int) -> str:
        """The text at a place, counted from 1; nothing where there is none."""
        cells = self.rows[row - 1] if row <= len(self.rows) else ()
        value = cells[column - 1].value if column <= len(cells) else None
        return "" if value is None else str(value).strip()

    def place(self, row: int, column: int) -> str:
        """A place as people call it."""
        return f"Blatt „{self.name}“, Zelle {get_column_letter(column)}{row}"


def pages_of(content: bytes, name: str) -> list[Page]:
    """The sheets of an upload, once it is known to be harmless.

    Raises:
        TooLarge: More than 10 MB.
        BadInput: It is no workbook that may be read.
    """
    sound = checked(content, name)
    try:
        book = load_workbook(BytesIO(sound), read_only=True, data_only=False, keep_links=False)
        sheets = book.worksheets
        if len(sheets) > MOST_SHEETS:
            reason = "more sheets than any programme has"
            raise ValueError(reason)
        return [Page(sheet.title, tuple(sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS))) for sheet in sheets]
    except MALFORMED as error:
        raise BadInput({"file": DAMAGE}) from error


def read_book(pages: Sequence[Page], sheets: Sequence[Sheet], house: str, slug: str) -> Book:
    """Compare the file's sheets with those the programme would have now, and read what people may change."""
    book = Book()
    about = next((page for page in pages if page.name == ABOUT), None)
    origin = _origin(about)
    if not origin:
        book.problems.append(
            "Die Datei stammt nicht aus jcflow: Es fehlt das Blatt „Angaben“ mit der Kennung. "
            "Laden Sie die Tabelle hier neu und tragen Sie Ihre Zahlen dort ein."
        )
        return book
    if origin != (house, slug):
        book.problems.append(_stranger(origin, house, slug))
        return book
    state = about.text(STATE_ROW, 2) if about else ""
    if state.startswith("Version "):
        book.notices.append(f"Die Datei zeigt {state[:20]}. Sie wird mit dem jetzigen Arbeitsstand verglichen.")
    _read_all(book, [page for page in pages if page is not about], {sheet.of: sheet for sheet in sheets})
    return book


def _read_all(book: Book, pages: Sequence[Page], known: Mapping[str, Sheet]) -> None:
    found = set[str]()
    for page in pages:
        of = page.text(1, KEY_COLUMN)
        if of not in known and of.startswith("budget_tables/"):
            book.problems.append(f"Blatt „{page.name}“: Diese Tabelle gibt es im Programm nicht.")
        elif of not in known:
            book.notices.append(f"Das Blatt „{page.name}“ gehört nicht zum Programm und wird nicht gelesen.")
        elif of in found:
            book.problems.append(f"Blatt „{page.name}“: Diese Tabelle steht zweimal in der Datei.")
        else:
            found.add(of)
            _read_sheet(book, page, known[of])
    missing = [sheet for of, sheet in known.items() if of not in found and sheet.rows]
    book.notices += [f"„{sheet.title}“ fehlt in der Datei und bleibt unverändert." for sheet in missing]


def _origin(about: Page | None) -> tuple[str, ...]:
    if about is None:
        return ()
    marks = [about.text(n, 2).split(" ") for n in range(1, 12) if about.text(n, 1) == "Kennung"]
    return tuple(marks[0][1:3]) if marks and marks[0][0] == FORMAT and len(marks[0]) == 3 else ()


def _stranger(origin: tuple[str, ...], house: str, slug: str) -> str:
    if origin[0] != house:
        return "Die Datei gehört zu einem anderen Jobcenter. Laden Sie die Tabelle dieses Programms neu."
    return f"Die Datei gehört zum Programm {origin[1][:40]}, hier ist das Programm {slug}. Laden Sie die Tabelle neu."


def _read_sheet(book: Book, page: Page, sheet: Sheet) -> None:
    columns = [(FIRST_COLUMN + n, column) for n, column in enumerate(sheet.columns) if column.editable]
    wrong = [
        f"{page.place(HEAD_ROW, place)}: Hier muss „{column.label}“ stehen, "
        f"es steht „{page.text(HEAD_ROW, place)[:60]}“. Die Datei gehört zu einem anderen Jahr oder ist umgestellt."
        for place, column in columns
        if page.text(HEAD_ROW, place) != column.label
    ]
    if wrong:
        book.problems += wrong[:1]
        return
    rows: dict[str, ReadRow] = {}
    for number in range(FIRST_ROW, len(page.rows) + 1):
        row = _read_row(page, number, columns)
        if row is None:
            continue
        if not row.key:
            book.problems.append(f"{row.place}: Die Zeile hat keinen Schlüssel. Neue Zeilen legen Sie in jcflow an.")
        elif sheet.row(row.key) is None:
            book.problems.append(f"{row.place}: Eine Zeile „{row.key[:60]}“ gibt es in „{sheet.title}“ nicht.")
        elif row.key in rows:
            book.problems.append(f"{row.place}: Die Zeile „{row.key[:60]}“ steht zweimal auf dem Blatt.")
        rows.setdefault(row.key, row)
    missing = [row for row in sheet.rows if row.key not in rows]
    names = ", ".join(f"„{row.values.get('label') or row.values.get('goal') or row.key}“" for row in missing[:5])
    if missing:
        more = f" und {len(missing) - 5} weitere" if len(missing) > 5 else ""
        book.notices.append(f"Auf dem Blatt „{page.name}“ fehlen {names}{more}. Was fehlt, bleibt unverändert.")
    book.sheets.append(ReadSheet(sheet, page.name, tuple(row for row in rows.values() if sheet.row(row.key))))


def _read_row(page: Page, number: int, columns: Sequence[tuple[int, Column]]) -> ReadRow | None:
    raw = page.rows[number - 1]
    cells = {column.name: _cell(page, raw, number, place, column) for place, column in columns}
    key = page.text(number, KEY_COLUMN)
    if not key and not any(cell.text or cell.is_formula or cell.problem for cell in cells.values()):
        return None
    version = page.text(number, VERSION_COLUMN)
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    return ReadRow(key, known, page.place(number, KEY_COLUMN), cells)


def _cell(page: Page, raw: Raw, number: int, place: int, column: Column) -> Cell:
    where = page.place(number, place)
    if place > len(raw) or raw[place - 1].value is None:
        return Cell(where)
    one = raw[place - 1]
    if one.data_type == "f":
        return Cell(where, is_formula=True)
    if one.data_type == "e":
        return Cell(where, problem="Hier steht ein Rechenfehler von Excel. Geben Sie den Wert ein.")
    try:
        return Cell(where, typed(one.value, column, str(one.number_format or "")))
    except ValueError as error:
        return Cell(where, problem=str(error))


def typed(value: object, column: Column, number_format: str = "General") -> str:
    """A cell's value as somebody would type it. Raises ValueError with the German sentence where none is clear."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            reason = "Der Text ist zu lang."
            raise ValueError(reason)
        return value
    if isinstance(value, bool):
        if column.kind is Kind.FLAG:
            return "ja" if value else "nein"
        reason = "Hier steht ein Wahrheitswert. Geben Sie den Wert ein."
        raise ValueError(reason)
    if isinstance(value, int | float) and math.isfinite(value):
        return _number(Decimal(repr(value)), column, in_percent="%" in number_format)
    kind = "ein Datum" if isinstance(value, date | datetime | time | timedelta) else "ein Wert, den jcflow nicht kennt"
    reason = f"Excel hat hier {kind}. Stellen Sie die Zelle auf „Text“ oder „Zahl“ und geben Sie den Wert neu ein."
    raise ValueError(reason)


def _number(value: Decimal, column: Column, *, in_percent: bool) -> str:
    if in_percent and column.kind in {Kind.AMOUNT, Kind.COUNT}:
        reason = "Hier steht eine Prozentzahl. Geben Sie eine Zahl ohne Prozentzeichen ein."
        raise ValueError(reason)
    exact = value * 100 if in_percent else value
    digits = 2 if column.kind is Kind.AMOUNT else 6
    rounded = round(exact, digits) if abs(exact) < 10**15 else exact
    text = f"{rounded:f}"
    shown = (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")
    if column.kind is Kind.AMOUNT and rounded != exact:
        clear = money.german(int(abs(rounded) * 100)) if abs(exact) < money.LIMIT // 100 else None
        raise money.NotAnAmount(f"{exact:f}".replace(".", ",")[:40], clear)
    return f"{shown} %" if in_percent and column.kind is Kind.TEXT else shown


def first(problems: Sequence[str]) -> Iterator[str]:
    """As many problems as a page can usefully say."""
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        yield f"Außerdem gibt es {len(problems) - MOST_PROBLEMS} weitere Stellen, die nicht stimmen."
