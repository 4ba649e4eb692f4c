"""The form of a block: what was typed, as a page shows it again and as the block holds it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from jcflow.errors import BadInput
from jcflow.programmes.exchange.values import FILE, LINE, TEXT, Form
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.web.labels import VISIBILITY_LABELS

MOST_COLUMNS, MOST_CELLS = 30, 3_000
LINES = {
    BlockKind.TEXT: (),
    BlockKind.TABLE: ("caption", "source"),
    BlockKind.FIGURE: ("caption", "alt", "file", "source"),
    BlockKind.REGISTER: ("of",),
}
"""The single values of each kind's form besides the text and the table."""
LABELS = {
    "markdown": "Text",
    "caption": "Titel",
    "alt": "Textalternative",
    "file": "Bild",
    "of": "Übersicht",
    "source": "Quelle",
}
MISSING = {
    "caption": "Geben Sie einen Titel ein.",
    "alt": "Beschreiben Sie, was auf dem Bild zu sehen ist.",
    "file": "Laden Sie ein Bild hoch oder wählen Sie eines aus.",
    "of": "Wählen Sie eine Übersicht aus.",
}


@dataclass
class Typed:
    """What stands in the form of a block."""

    kind: BlockKind
    visibility: str = Visibility.PUBLIC.value
    values: dict[str, str] = field(default_factory=dict)
    """Markdown and single values by name."""
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    paste: str = ""

    def content(self, registers: Mapping[str, str]) -> dict[str, object]:
        """What the block is to hold, with the keys of the exchange format.

        Args:
            registers: What a register block may show.

        Raises:
            BadInput: A sentence per field.
        """
        problems: dict[str, str] = {}
        if self.visibility not in set(Visibility):
            problems["visibility"] = "Wählen Sie, wer den Abschnitt sehen darf."
        found: dict[str, object] = {}
        if self.kind is BlockKind.TEXT:
            found["markdown"] = _taken(TEXT, self.values["markdown"], "markdown", problems)
            if not self.values["markdown"].strip():
                problems["markdown"] = "Schreiben Sie einen Text."
        for name in LINES[self.kind]:
            found[name] = self._line(name, problems)
        if self.kind is BlockKind.TABLE:
            found |= self._table(problems)
        if self.kind is BlockKind.REGISTER and "of" not in problems and self.values["of"] not in registers:
            problems["of"] = MISSING["of"]
        if problems:
            raise BadInput(problems)
        return found

    def _line(self, name: str, problems: dict[str, str]) -> str | None:
        value = self.values[name]
        if not value:
            if name in MISSING:
                problems[name] = MISSING[name]
            return None
        return _taken(FILE if name == "file" else LINE, value, name, problems)

    def _table(self, problems: dict[str, str]) -> dict[str, object]:
        rows = [row for row in self.rows if any(cell.strip() for cell in row)]
        if self.paste.strip():
            problems["paste"] = "Übernehmen Sie den eingefügten Text zuerst in die Tabelle, oder löschen Sie ihn."
        if not any(column.strip() for column in self.columns):
            problems["column-1"] = "Geben Sie mindestens einer Spalte einen Namen."
        if len(self.columns) > MOST_COLUMNS or len(self.columns) * len(rows) > MOST_CELLS:
            problems["column-1"] = f"Erlaubt sind {MOST_COLUMNS} Spalten und {MOST_CELLS} Zellen."
        for number, column in enumerate(self.columns, 1):
            _taken(LINE, column, f"column-{number}", problems)
        for number, row in enumerate(rows, 1):
            for cell in row:
                _taken(TEXT, cell, f"row-{number}", problems)
        return {"columns": self.columns, "rows": rows}

    def as_read(self, registers: Mapping[str, str]) -> dict[str, object]:
        """The form in words, for the page that shows two texts."""
        read: dict[str, object] = {LABELS[name]: value for name, value in self.values.items()}
        if self.kind is BlockKind.REGISTER:
            read["Übersicht"] = registers.get(self.values["of"], self.values["of"])
        if self.kind is BlockKind.TABLE:
            read["Tabelle"] = "\n".join(" | ".join(row) for row in [self.columns, *self.rows])
        visibility = self.visibility
        read["Sichtbarkeit"] = VISIBILITY_LABELS[Visibility(visibility)] if visibility in set(Visibility) else ""
        return read

    def change_table(self, deed: str) -> None:
        """Add or take away a row or column, or take over what was pasted: `row`, `column`, `paste`, `drop-row-2` …"""
        width = len(self.columns)
        what, _, place = deed.rpartition("-")
        index = int(place) - 1 if place.isascii() and place.isdigit() and len(place) < 5 else -1
        if deed == "row":
            self.rows.append([""] * width)
        elif deed == "column" and width < MOST_COLUMNS:
            self.columns.append("")
            self.rows = [[*row, ""] for row in self.rows]
        elif deed == "paste":
            self._take_over()
        elif what == "drop-row" and 0 <= index < len(self.rows):
            del self.rows[index]
        elif what == "drop-column" and 0 <= index < width and width > 1:
            self.columns = _without(self.columns, index)
            self.rows = [_without(row, index) for row in self.rows]

    def _take_over(self) -> None:
        """Make the pasted text the table: its first line becomes the head."""
        text = self.paste.strip("\n")
        delimiter = "\t" if "\t" in text else ";"
        lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
        width = max((len(row) for row in lines), default=0)
        if not lines or width > MOST_COLUMNS or width * len(lines) > MOST_CELLS:
            return
        padded = [row + [""] * (width - len(row)) for row in lines]
        self.columns, self.rows, self.paste = padded[0], padded[1:], ""


def _without(cells: list[str], index: int) -> list[str]:
    return cells[:index] + cells[index + 1 :]


def _taken(form: Form[str], value: str, name: str, problems: dict[str, str]) -> str:
    try:
        return form.take(value)
    except ValueError as error:
        problems[name] = str(error)
        return ""


def posted(kind: BlockKind) -> Typed:
    """The form as it was posted."""
    names = ("markdown",) if kind is BlockKind.TEXT else LINES[kind]
    values = {name: request.form.get(name, "").replace("\r\n", "\n") for name in names}
    values = {name: value if name == "markdown" else " ".join(value.split()) for name, value in values.items()}
    typed = Typed(kind, request.form.get("visibility", ""), values)
    if kind is BlockKind.TABLE:
        typed.columns = [" ".join(column.split()) for column in request.form.getlist("column")] or [""]
        cells = [cell.replace("\r\n", "\n").strip() for cell in request.form.getlist("cell")]
        width = len(typed.columns)
        cells += [""] * (-len(cells) % width)
        typed.rows = [cells[at : at + width] for at in range(0, len(cells), width)]
        typed.paste = request.form.get("paste", "").replace("\r\n", "\n")
    return typed


def blank(kind: BlockKind) -> Typed:
    """The form for a new block."""
    names = ("markdown",) if kind is BlockKind.TEXT else LINES[kind]
    typed = Typed(kind, values=dict.fromkeys(names, ""))
    if kind is BlockKind.TABLE:
        typed.columns, typed.rows = ["", ""], [["", ""], ["", ""]]
    return typed


def stored(kind: BlockKind, content: Mapping[str, Any], visibility: Visibility) -> Typed:
    """The form with what a block holds."""
    typed = blank(kind)
    typed.visibility = visibility.value
    typed.values = {name: str(content.get(name) or "") for name in typed.values}
    if kind is BlockKind.TABLE:
        typed.columns = [str(column) for column in content["columns"]]
        typed.rows = [[str(cell) for cell in row] for row in content["rows"]]
    return typed
