"""Budget lines from cells copied out of a spreadsheet or a text: read whole, or refused by line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jcflow.money import NotAnAmount, parse_amount

LONGEST_PASTE = 200_000
"""Characters."""
MOST_ROWS = 300
SHOWN = {"label": "Bezeichnung", "amount": "Plan", "prior": "Vorjahr", "note": "Anmerkung"}
"""The columns a pasted table may have, as they are called on the screen, in their order without a head."""

_HEADS = {
    "label": ("bezeichnung", "titel", "position", "zeile", "posten", "haushaltsstelle", "was"),
    "amount": ("plan", "ansatz", "betrag", "soll", "planung"),
    "prior": ("vorjahr", "vorjahresansatz", "vorjahreswert"),
    "note": ("anmerkung", "bemerkung", "erläuterung", "hinweis"),
}
_UNIT = re.compile(r"(?:\s+in)?\s*[(\[]?\s*(?:€|euro|eur)\s*[)\]]?$", re.IGNORECASE)
_NOTHING = frozenset({"", "-", "–", "—", "./."})


@dataclass(frozen=True)
class PastedRow:
    """One line as it was pasted; amounts are the texts of clear amounts, None where the cell said nothing."""

    number: int
    """Of its line in the pasted text, from 1."""
    label: str
    amount: str | None = None
    prior: str | None = None
    note: str | None = None


@dataclass
class Pasted:
    """What a text came to; with problems nothing of it is taken."""

    rows: list[PastedRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_cells(text: str, *, year: int, prior_year: int | None) -> Pasted:
    """The rows of cells separated by tabs or semicolons; the first line may name the columns, also by year."""
    found = Pasted()
    if len(text) > LONGEST_PASTE:
        found.problems.append(f"Der Text ist zu lang. Möglich sind {LONGEST_PASTE:,} Zeichen.".replace(",", "."))
        return found
    lines = _lines(text, found)
    if not lines or found.problems:
        found.problems = found.problems or ["Fügen Sie die Zellen der Tabelle ein, eine Zeile je Haushaltsstelle."]
        return found
    columns = list(SHOWN)
    heads = _columns(lines[0][1], {str(year): "amount", str(prior_year): "prior"})
    if heads is not None:
        columns = _checked_head(lines.pop(0), heads, found)
    if len(lines) > MOST_ROWS:
        found.problems.append(f"Die Tabelle hat mehr als {MOST_ROWS} Zeilen.")
    if not found.problems:
        for number, cells in lines:
            _row(number, cells, columns, found)
        _check_twice(found)
    return found


def _lines(text: str, found: Pasted) -> list[tuple[int, list[str]]]:
    delimiter = "\t" if "\t" in text else ";"
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=delimiter)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            plain = [" ".join(cell.split()) for cell in cells]
            if any(plain):
                lines.append((reader.line_num, plain))
    except csv.Error:
        found.problems.append(f"Zeile {reader.line_num} lässt sich nicht lesen. Fügen Sie die Zellen noch einmal ein.")
    return lines


def _columns(cells: Sequence[str], years: Mapping[str, str]) -> list[str] | None:
    """What the first line calls its columns, empty for a word that is not known; None where it is no head."""
    named = [_column(cell, years) for cell in cells]
    return named if "label" in named and len({name for name in named if name}) > 1 else None


def _column(cell: str, years: Mapping[str, str]) -> str:
    word = _UNIT.sub("", cell.casefold()).strip()
    for name, words in _HEADS.items():
        if word in words:
            return name
    head, _, year = word.rpartition(" ")
    if year in years and head in {"", "plan", "ansatz", "soll", "betrag", "jahr", "vorjahr"}:
        return years[year]
    return ""


def _checked_head(head: tuple[int, list[str]], columns: list[str], found: Pasted) -> list[str]:
    number, cells = head
    for place, (cell, name) in enumerate(zip(cells, columns, strict=True), 1):
        if not name and cell:
            known = ", ".join(SHOWN.values())
            found.problems.append(
                f"Zeile {number}, Spalte {place}: „{cell[:60]}“ ist keine Spalte des Budgets. Möglich sind: {known}."
            )
        elif name and name in columns[: place - 1]:
            found.problems.append(f"Zeile {number}, Spalte {place}: Die Spalte „{SHOWN[name]}“ kommt zweimal vor.")
    return columns


def _row(number: int, cells: Sequence[str], columns: Sequence[str], found: Pasted) -> None:
    said = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    if any(cells[len(columns) :]):
        found.problems.append(f"Zeile {number}: Die Zeile hat {len(cells)} Zellen. Möglich sind {len(columns)}.")
    nameless = next((n for n, (name, cell) in enumerate(zip(columns, cells, strict=False), 1) if cell and not name), 0)
    if nameless:
        found.problems.append(f"Zeile {number}, Spalte {nameless}: Die Spalte hat in der Kopfzeile keinen Namen.")
    label = said.get("label", "")
    if not 1 <= len(label) <= 300:
        found.problems.append(f"Zeile {number}, Spalte „Bezeichnung“: Geben Sie 1 bis 300 Zeichen ein.")
    amounts = {name: _amount(number, name, said.get(name, ""), found) for name in ("amount", "prior")}
    found.rows.append(PastedRow(number, label, amounts["amount"], amounts["prior"], said.get("note") or None))


def _amount(number: int, name: str, cell: str, found: Pasted) -> str | None:
    if cell in _NOTHING:
        return None
    try:
        parse_amount(cell)
    except NotAnAmount as error:
        found.problems.append(f"Zeile {number}, Spalte „{SHOWN[name]}“: {error}")
    return cell


def _check_twice(found: Pasted) -> None:
    first: dict[str, int] = {}
    for row in found.rows:
        known = first.setdefault(row.label.casefold(), row.number)
        if known != row.number and row.label:
            found.problems.append(f"Zeile {row.number}: „{row.label[:60]}“ steht schon in Zeile {known}.")
