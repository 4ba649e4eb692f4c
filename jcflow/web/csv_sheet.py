"""Tables to take away as CSV, made so that a German spreadsheet opens them and computes nothing in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response

Cell = str | int | Decimal | None

MARK = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def euros(cents: int | None) -> Decimal | None:
    """Cents as the number a cell holds: euro with two places."""
    return None if cents is None else (Decimal(cents) / 100).quantize(Decimal("0.01"))


def sheet(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as text: semicolons, decimal commas, lines that end in CR LF. Only numbers are ever numbers."""
    lines = (";".join(_cell(value) for value in row) for row in (head, *rows))
    return MARK + "".join(f"{line}\r\n" for line in lines)


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """An answer that saves the rows under a file name of ASCII letters, digits and hyphens."""
    response = Response(sheet(head, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, int | Decimal):
        return str(value).replace(".", ",")
    text = value.replace("\0", "")
    guarded = f"\t{text}" if text.lstrip(" \n").startswith(STARTS_A_FORMULA) else text
    return '"' + guarded.replace('"', '""') + '"'
