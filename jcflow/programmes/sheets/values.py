"""The values of a sheet's cells: as text people type, as the programme holds them, and whether two are the same."""

from __future__ import annotations

import re
from decimal import Decimal

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from jcflow import money
from jcflow.programmes.exchange.values import LINE
from jcflow.programmes.field_text import parse_field, show_field
from jcflow.programmes.sheets.shape import Column, Kind

LONGEST_LABEL = 300
BLANK = (None, "")
FLAGS = {"ja": True, "nein": False, "": False}
_DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text as a cell can hold it: without characters that XML does not know, line ends of one kind."""
    return _NOT_XML.sub("", ILLEGAL_CHARACTERS_RE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def text_of(column: Column, value: object) -> str:
    """A value as people read and type it; nothing for None."""
    if value is None:
        return ""
    if column.kind is Kind.FLAG:
        return "ja" if value else "nein"
    if column.kind is Kind.AMOUNT:
        return money.german(value) if isinstance(value, int) else str(value)
    return show_field(column.field, value) if column.field else str(value)


def value_of(column: Column, text: str) -> object | None:
    """The value of what was typed. Raises ValueError with the German sentence."""
    typed = text.strip()
    if column.kind is Kind.FLAG:
        if typed.lower() not in FLAGS:
            reason = "Schreiben Sie „ja“ oder „nein“."
            raise ValueError(reason)
        return FLAGS[typed.lower()]
    if column.kind is Kind.AMOUNT:
        return money.parse_amount(typed) if typed else None
    if column.field is not None:
        value = parse_field(column.field, typed)
        return LINE.take(value) if isinstance(value, str) else value
    line = LINE.take(" ".join(typed.split()))
    if column.name == "label" and not 1 <= len(line) <= LONGEST_LABEL:
        reason = f"Geben Sie eine Bezeichnung ein, höchstens {LONGEST_LABEL} Zeichen."
        raise ValueError(reason)
    return line or None


def same(column: Column, one: object, other: object) -> bool:
    """Whether two values of a column are the same; `2.0` and `2` are the same number."""
    if one == other or (one in BLANK and other in BLANK):
        return True
    if column.kind is not Kind.NUMBER or not isinstance(one, str) or not isinstance(other, str):
        return False
    numbers = _DECIMAL.fullmatch(one), _DECIMAL.fullmatch(other)
    return all(numbers) and Decimal(one) == Decimal(other)
