"""The file for Excel: sheets with formulas for sums and shares, made so that no text in it is ever computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from jcflow.programmes.kinds import LineRole
from jcflow.programmes.sheets.shape import Column, Kind, Sheet, SheetRow
from jcflow.programmes.sheets.values import clean, text_of

ABOUT = "Angaben"
FORMAT = "jcflow-tabelle-1"
HEAD_ROW, FIRST_ROW = 4, 5
KEY_COLUMN, VERSION_COLUMN, FIRST_COLUMN = 1, 2, 3
LONGEST_NUMBER = 15
"""Digits that a spreadsheet keeps exactly."""
LONGEST_NAME = 31
"""Characters of a sheet's name."""
FORMATS = {
    Kind.AMOUNT: "#,##0.00\\ [$€-407];\\-#,##0.00\\ [$€-407]",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "General",
    Kind.SHARE: "0.0%",
}
WHOLE_EURO = "#,##0\\ [$€-407];\\-#,##0\\ [$€-407]"
"""Shown as `1.234 €` by a German spreadsheet: the file holds the separators in their English form."""
GREY = Font(color="FF6B7280")
BOLD = Font(bold=True)
FILL = PatternFill("solid", fgColor="FFE5E7EB")
WRAP = Alignment(wrap_text=True, vertical="top")
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True)
class Origin:
    """Where a file comes from; what is read back is compared with it."""

    house: str
    """Key of the Jobcenter."""
    slug: str
    house_name: str = ""
    title: str = ""
    state: str = "Arbeitsstand"

    @property
    def mark(self) -> str:
        """One line that a machine reads back."""
        return f"{FORMAT} {self.house} {self.slug}"


def workbook(sheets: Sequence[Sheet], origin: Origin) -> bytes:
    """The file; it holds formulas but no macros, links or scripts, and text that looks like a formula stays text."""
    book = Workbook()
    about = book.active
    assert isinstance(about, Worksheet)
    book.properties.creator, book.properties.title = "jcflow", clean(origin.title)
    _about(about, origin)
    taken = {ABOUT.casefold()}
    for sheet in sheets:
        _fill(book.create_sheet(_name(sheet.title, taken)), sheet)
    into = BytesIO()
    book.save(into)
    return into.getvalue()


def _name(title: str, taken: set[str]) -> str:
    stem = " ".join(clean(title).translate(_FORBIDDEN).split()).strip("'") or "Tabelle"
    name, number = stem[:LONGEST_NAME], 2
    while name.casefold() in taken:
        tail = f" {number}"
        name, number = stem[: LONGEST_NAME - len(tail)] + tail, number + 1
    taken.add(name.casefold())
    return name


def _about(into: Worksheet, origin: Origin) -> None:
    into.title = ABOUT
    facts = (
        ("Jobcenter", origin.house_name),
        ("Programm", origin.title),
        ("Stand", origin.state),
        ("Kennung", origin.mark),
        ("Hinweis", "Ändern Sie nur Zellen ohne grauen Grund. Neue Zeilen legen Sie in jcflow an."),
        (
            "Hinweis",
            "Summen rechnet jcflow beim Einlesen selbst. Zahlen, die Sie über eine Summe tippen, zählen nicht.",
        ),
    )
    for number, (label, value) in enumerate(facts, 1):
        _put(into.cell(number, 1), label)
        _put(into.cell(number, 2), value)
        into.cell(number, 1).font = BOLD
        into.cell(number, 2).alignment = WRAP
    into.column_dimensions["A"].width, into.column_dimensions["B"].width = 14, 90


def _put(cell: Cell | MergedCell, text: str) -> None:
    """Write text, whatever it looks like; a person who edits the cell in Excel still has text in it."""
    assert isinstance(cell, Cell)
    cell.value = clean(text)
    cell.data_type = "s"
    if text.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")):
        cell.quotePrefix = True


def _fill(into: Worksheet, sheet: Sheet) -> None:
    _put(into.cell(1, KEY_COLUMN), sheet.of)
    _put(into.cell(1, FIRST_COLUMN), sheet.title)
    _put(into.cell(2, FIRST_COLUMN), sheet.note)
    into.cell(1, KEY_COLUMN).font, into.cell(1, FIRST_COLUMN).font = GREY, BOLD
    heads = ["Schlüssel", "Stand der Zeile", *(column.label for column in sheet.columns)]
    for number, head in enumerate(heads, 1):
        cell = into.cell(HEAD_ROW, number)
        _put(cell, head)
        cell.font, cell.fill, cell.alignment = BOLD, FILL, WRAP
    places = {row.key: FIRST_ROW + n for n, row in enumerate(sheet.rows)}
    for row in sheet.rows:
        _row(into, sheet, row, places)
    _arrange(into, sheet)


def _row(into: Worksheet, sheet: Sheet, row: SheetRow, places: dict[str, int]) -> None:
    number = places[row.key]
    key, version = into.cell(number, KEY_COLUMN), into.cell(number, VERSION_COLUMN)
    _put(key, row.key)
    key.font, key.fill = GREY, FILL
    version.value = row.version
    for place, column in enumerate(sheet.columns, FIRST_COLUMN):
        cell = into.cell(number, place)
        formula = formula_of(sheet, row, column, places)
        if formula is not None:
            cell.value = formula
        elif column.kind in {Kind.DIFFERENCE, Kind.SHARE}:
            continue
        else:
            _value(cell, column, row.values.get(column.name))
        cell.number_format = number_format(column, row.values.get(column.name))
        cell.font = Font(bold=row.role == LineRole.TOTAL)
        if formula is not None or not column.editable:
            cell.fill = FILL
        if column.kind is Kind.TEXT:
            cell.alignment = WRAP


def number_format(column: Column, value: object) -> str:
    """How a spreadsheet shows a figure of the column; cents only where there are some."""
    if column.kind is Kind.DIFFERENCE:
        return FORMATS[Kind.COUNT] if column.field else WHOLE_EURO
    if column.kind is Kind.AMOUNT and not (isinstance(value, int) and value % 100):
        return WHOLE_EURO
    return FORMATS.get(column.kind, "General")


def _value(cell: Cell | MergedCell, column: Column, value: object) -> None:
    if value is None:
        return
    if column.kind is Kind.AMOUNT and isinstance(value, int):
        cell.value = value // 100 if value % 100 == 0 else value / 100
    elif column.kind is Kind.COUNT and isinstance(value, int):
        cell.value = value
    elif column.kind is Kind.NUMBER and _is_number(str(value)):
        cell.value = float(str(value))
    else:
        _put(cell, text_of(column, value))


def _is_number(text: str) -> bool:
    whole, _, places = text.removeprefix("-").partition(".")
    digits = f"{whole}{places}"
    return bool(whole) and digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER


def formula_of(sheet: Sheet, row: SheetRow, column: Column, places: dict[str, int]) -> str | None:
    """What is computed in a cell, as the file holds it; None: nothing is."""
    number = places[row.key]
    if column.kind is Kind.DIFFERENCE:
        now, before = _letters(sheet, "amount", "prior_amount") or _letters(sheet, "planned", "prior")
        return f'=IF(OR({now}{number}="",{before}{number}=""),"",{now}{number}-{before}{number})'
    if column.kind is Kind.SHARE:
        if row.role == LineRole.MEMO or row.parent not in places:
            return None
        (now,) = _letters(sheet, "amount") or _letters(sheet, "planned")
        whole = places[row.parent]
        return f'=IF(OR({now}{number}="",N({now}{whole})=0),"",{now}{number}/{now}{whole})'
    if column.sums and is_sum(sheet, row, column):
        (letter,) = _letters(sheet, column.name)
        return _sum(letter, sheet.parts_of(row.key), places)
    return None


def is_sum(sheet: Sheet, row: SheetRow, column: Column) -> bool:
    """Whether a total is computed in the column: it has parts, and each has its figure, or nothing is stated."""
    if row.role != LineRole.TOTAL:
        return False
    figures = [part.values.get(column.name) for part in sheet.parts_of(row.key)]
    return bool(figures) and (row.values.get(column.name) is None or all(figure is not None for figure in figures))


def _letters(sheet: Sheet, *names: str) -> list[str]:
    places = {column.name: place for place, column in enumerate(sheet.columns, FIRST_COLUMN)}
    return [get_column_letter(places[name]) for name in names if name in places]


def _sum(letter: str, parts: Sequence[SheetRow], places: dict[str, int]) -> str:
    plus = list(_ranges(letter, sorted(places[part.key] for part in parts if part.sign != "-")))
    minus = list(_ranges(letter, sorted(places[part.key] for part in parts if part.sign == "-")))
    added = f"SUM({','.join(plus)})" if plus else "0"
    taken = f"-SUM({','.join(minus)})" if minus else ""
    return f'=IF(COUNT({",".join([*plus, *minus])})=0,"",{added}{taken})'


def _ranges(letter: str, numbers: Sequence[int]) -> Iterator[str]:
    begin = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            first = numbers[begin]
            yield f"{letter}{first}" if first == number else f"{letter}{first}:{letter}{number}"
            begin = place + 1


def _arrange(into: Worksheet, sheet: Sheet) -> None:
    """Widths, the frozen head, and how it is printed."""
    into.column_dimensions["A"].width = 22
    into.column_dimensions["B"].hidden = True
    for place, column in enumerate(sheet.columns, FIRST_COLUMN):
        into.column_dimensions[get_column_letter(place)].width = column.width
    into.freeze_panes = f"D{FIRST_ROW}"
    into.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    into.page_setup.orientation, into.page_setup.paperSize = "landscape", 9
    into.page_setup.fitToWidth, into.page_setup.fitToHeight = 1, 0
    into.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer = into.oddFooter
    assert footer is not None
    footer.left.text, footer.right.text = "&A", "Seite &P von &N"
