"""Register values as a person types and reads them: German numbers and dates, one entry per line in lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from jcflow.money import german, parse_amount
from jcflow.programmes.exchange.values import COUNT_LIMIT, LINE_LIMIT, TEXT_LIMIT
from jcflow.programmes.register_fields import Field, FieldKind, is_date_part

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)

_COUNT = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_DECIMAL = re.compile(r"([-−–]?)\s*(0|[1-9][0-9]{0,11}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3})(?:,([0-9]{1,6}))?")
_POINT = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,6}")
_STORED_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_LONE_GROUP = re.compile(r"[-−–]?[0-9]{1,3}\.[0-9]{3}")
"""Thousands to one reader, three places to another."""
_FIGURES_ALONE = re.compile(r"[-−–]?\s?[0-9][0-9.,' ]*")
"""What is meant as a number, however it is written."""
_KEY = re.compile(r"\w[\w.\-]{0,99}")
_BAR = re.compile(r"(?<!\\)\|")
_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
_MONTH_NUMBER = re.compile(r"([0-9]{1,2})[./]([0-9]{4})")
_MONTH_NAME = re.compile(r"(\w+)\s+([0-9]{4})")
_PART_OF_YEAR = re.compile(r"(?:([1-4])\.\s*(Quartal|Halbjahr)|(?:(Q|H)([1-4])))[\s/]+([0-9]{4})", re.IGNORECASE)


def parse_field(field: Field, text: str) -> object | None:
    """The JSON value of what was typed, None for nothing. Raises ValueError with the German sentence for the field."""
    typed = text.replace("\r\n", "\n").strip()
    if not typed:
        if field.required:
            reason = f"Füllen Sie „{field.label}“ aus."
            raise ValueError(reason)
        return None
    return _PARSERS[field.kind](field, typed)


def show_field(field: Field, value: object) -> str:
    """The value as text for a form or a table; `parse_field` takes it back. Nothing for None."""
    if value is None:
        return ""
    if field.choices and isinstance(value, str):
        return dict(field.choices).get(value, value)
    shower = _SHOWERS.get(field.kind)
    return shower(value) if shower else str(value)


def _refuse(sentence: str) -> ValueError:
    return ValueError(sentence)


def _key(field: Field, text: str) -> str:
    if not _KEY.fullmatch(text):
        raise _refuse(
            f"Verwenden Sie für „{field.label}“ nur Buchstaben, Ziffern, „-“, „_“ und „.“, höchstens 100 Zeichen."
        )
    return text


def _line(field: Field, text: str) -> str:
    if "\n" in text:
        raise _refuse(f"Schreiben Sie „{field.label}“ in eine Zeile.")
    if len(text) > LINE_LIMIT:
        raise _refuse(f"Kürzen Sie „{field.label}“ auf höchstens {LINE_LIMIT} Zeichen.")
    return {label: value for value, label in field.choices}.get(text, text)


def _long_text(field: Field, text: str) -> str:
    if len(text) > TEXT_LIMIT:
        raise _refuse(f"Kürzen Sie „{field.label}“ auf höchstens {TEXT_LIMIT} Zeichen.")
    return text


def _count(field: Field, text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise _refuse(f"Geben Sie für „{field.label}“ eine ganze Zahl ein, zum Beispiel 120.")
    digits = text.replace(".", "").lstrip("0") or "0"
    if len(digits) >= len(str(COUNT_LIMIT)):
        raise _refuse(f"Die Zahl für „{field.label}“ ist zu groß.")
    return int(digits)


def _decimal(field: Field, text: str) -> str:
    bare = text.removesuffix("%").rstrip()
    if _LONE_GROUP.fullmatch(bare):
        raise _refuse(
            f"„{text}“ ist nicht eindeutig. Meinten Sie {bare.replace('.', '')} oder {bare.replace('.', ',')}?"
        )
    number = _stored_decimal(bare)
    if number is not None:
        return number
    if _POINT.fullmatch(text):
        raise _refuse(f"„{text}“ ist nicht eindeutig. Meinten Sie {text.replace('.', ',')}?")
    raise _refuse(f"Geben Sie für „{field.label}“ eine Zahl ein, zum Beispiel 18,7.")


def _value(field: Field, text: str) -> str:
    line = _line(field, text)
    number = _stored_decimal(line)
    if number is None and _FIGURES_ALONE.fullmatch(line) and not _DAY.fullmatch(line):
        return _decimal(field, line)
    return number or line


def _stored_decimal(text: str) -> str | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    whole = match[2].replace(".", "")
    places = f".{match[3]}" if match[3] else ""
    return f"{'-' if match[1] else ''}{whole}{places}"


def _choice(field: Field, text: str) -> str:
    for value, label in field.choices:
        if text in (value, label):
            return value
    raise _refuse(f"Wählen Sie „{field.label}“ aus der Liste.")


def _date_part(field: Field, text: str) -> str:
    found = next((part for part in _date_readings(text) if is_date_part(part)), None)
    if found is None:
        raise _refuse(f"Geben Sie für „{field.label}“ ein Datum oder einen Zeitraum ein. {field.hint}".rstrip())
    return found


def _date_readings(text: str) -> list[str]:
    readings = [text]
    if day := _DAY.fullmatch(text):
        readings.append(f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}")
    if month := _MONTH_NUMBER.fullmatch(text):
        readings.append(f"{month[2]}-{int(month[1]):02d}")
    if (named := _MONTH_NAME.fullmatch(text)) and named[1].capitalize() in MONTHS:
        readings.append(f"{named[2]}-{MONTHS.index(named[1].capitalize()) + 1:02d}")
    if part := _PART_OF_YEAR.fullmatch(text):
        letter = (part[3] or {"quartal": "Q", "halbjahr": "H"}[part[2].lower()]).upper()
        readings.append(f"{part[5]}-{letter}{part[1] or part[4]}")
    return readings


def _keys(field: Field, text: str) -> list[str]:
    return list(dict.fromkeys(_key(field, part) for part in re.split(r"[\s,;]+", text) if part))


def _amount(_field: Field, text: str) -> int:
    return parse_amount(text)


def _quarters(field: Field, text: str) -> list[int]:
    parts = [part for part in re.split(r"[\s,;|]+", text) if part]
    if len(parts) != 4:
        raise _refuse(f"Geben Sie für „{field.label}“ vier Zahlen ein, zum Beispiel 6, 6, 5, 2.")
    return [_count(field, part) for part in parts]


def _amounts(_field: Field, text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for number, (label, amount, period) in _cells(text):
        if not amount:
            raise _refuse(f"Zeile {number}: Schreiben Sie „Bezeichnung | Betrag | Zeitraum“.")
        try:
            entry: dict[str, object] = {"label": label, "amount": parse_amount(amount)}
        except ValueError as error:
            raise _refuse(f"Zeile {number}: {error}") from error
        found.append(entry | ({"period": period} if period else {}))
    return found


def _effects(field: Field, text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for _number, (label, value, unit) in _cells(text):
        entry: dict[str, object] = {"label": label}
        found.append(entry | ({"value": _value(field, value)} if value else {}) | ({"unit": unit} if unit else {}))
    return found


def _cells(text: str) -> list[tuple[int, tuple[str, str, str]]]:
    """Number and three cells of every line that is not blank; missing cells are empty."""
    rows: list[tuple[int, tuple[str, str, str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in _BAR.split(line)]
        if len(cells) > 3 or not cells[0]:
            raise _refuse(
                f"Zeile {number}: Schreiben Sie eine Bezeichnung und höchstens zwei Angaben, getrennt durch „|“."
            )
        if len(line) > LINE_LIMIT:
            raise _refuse(f"Zeile {number}: Kürzen Sie die Zeile auf höchstens {LINE_LIMIT} Zeichen.")
        rows.append((number, (cells[0], cells[1] if len(cells) > 1 else "", cells[2] if len(cells) > 2 else "")))
    return rows


def _show_count(value: object) -> str:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value)


def _show_decimal(value: object) -> str:
    text = str(value)
    return text.replace(".", ",") if _STORED_DECIMAL.fullmatch(text) else text


def _show_date_part(value: object) -> str:
    text = str(value)
    if not is_date_part(text) or len(text) == len("2014"):
        return text
    year, rest = text[:4], text[5:]
    if rest[0] in "QH":
        return f"{rest[1]}. {'Quartal' if rest[0] == 'Q' else 'Halbjahr'} {year}"
    return f"{rest[3:]}.{rest[:2]}.{year}" if len(rest) == len("03-31") else f"{MONTHS[int(rest) - 1]} {year}"


def _show_amount(value: object) -> str:
    return german(value) if isinstance(value, int) else str(value)


def _show_list(value: object) -> str:
    return ", ".join(_show_count(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _show_amounts(value: object) -> str:
    return _lines(value, lambda entry: (entry.get("label"), _show_amount(entry.get("amount")), entry.get("period")))


def _show_effects(value: object) -> str:
    return _lines(value, lambda entry: (entry.get("label"), _show_decimal(entry.get("value") or ""), entry.get("unit")))


def _lines(value: object, cells_of: Callable[[Mapping[str, object]], tuple[object, ...]]) -> str:
    lines = []
    for entry in value if isinstance(value, list | tuple) else ():
        cells = [str(cell or "").replace("|", "\\|") for cell in cells_of(entry)]
        while not cells[-1]:
            cells.pop()
        lines.append(" | ".join(cells))
    return "\n".join(lines)


_PARSERS: Mapping[FieldKind, Callable[[Field, str], object]] = {
    FieldKind.KEY: _key,
    FieldKind.TEXT: _line,
    FieldKind.LONG_TEXT: _long_text,
    FieldKind.COUNT: _count,
    FieldKind.DECIMAL: _decimal,
    FieldKind.VALUE: _value,
    FieldKind.ENUM: _choice,
    FieldKind.DATE_PART: _date_part,
    FieldKind.KEYS: _keys,
    FieldKind.AMOUNT: _amount,
    FieldKind.QUARTERS: _quarters,
    FieldKind.AMOUNTS: _amounts,
    FieldKind.EFFECTS: _effects,
}
_SHOWERS: Mapping[FieldKind, Callable[[object], str]] = {
    FieldKind.COUNT: _show_count,
    FieldKind.DECIMAL: _show_decimal,
    FieldKind.VALUE: _show_decimal,
    FieldKind.DATE_PART: _show_date_part,
    FieldKind.KEYS: _show_list,
    FieldKind.AMOUNT: _show_amount,
    FieldKind.QUARTERS: _show_list,
    FieldKind.AMOUNTS: _show_amounts,
    FieldKind.EFFECTS: _show_effects,
}
