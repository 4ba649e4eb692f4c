"""Reads register rows by the fields of `register_fields`, and turns them back into plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jcflow.money import to_exchange
from jcflow.programmes.exchange.document import Row
from jcflow.programmes.exchange.record import Record
from jcflow.programmes.exchange.values import AMOUNT, COUNT, DECIMAL, KEY, LINE, NAME, TEXT, Form, filled, one_of
from jcflow.programmes.register_fields import TRAINING_PLANS, TRAINING_ROWS, Field, FieldKind, is_date_part

_TRAINING_ROW_FIELDS = tuple(field for field in TRAINING_ROWS.fields if field.name != "plan")


def _date_part(value: object) -> str:
    text = LINE.take(value)
    if not is_date_part(text):
        reason = (
            f"„{text[:40]}“ ist kein Datum und kein Teil davon, wie 2014, 2014-03, 2014-Q1, 2014-H2 oder 2014-03-31."
        )
        raise ValueError(reason)
    return text


def _quarters(value: object) -> list[int]:
    if not isinstance(value, list) or len(value) != 4:
        reason = "Hier werden vier Zahlen erwartet, eine je Quartal."
        raise ValueError(reason)
    return [COUNT.take(item) for item in value]


_DATE_PART = Form(_date_part, "")
_QUARTERS: Form[list[int]] = Form(_quarters, [])


def read_row(record: Record, fields: Iterable[Field]) -> dict[str, object]:
    """The row's values by name, in the order of the fields; absent ones are left out, amounts are cents."""
    row: dict[str, object] = {}
    for field in fields:
        value = _read(record, field)
        if value is not None and value != []:
            row[field.name] = value
    return row


def read_training_plan(record: Record) -> dict[str, object]:
    """A training plan with its `rows` as a list."""
    plan = read_row(record, TRAINING_PLANS.fields)
    plan["rows"] = list(record.parts("rows", lambda row: read_row(row, _TRAINING_ROW_FIELDS), by="key"))
    return plan


def row_data(row: Row, fields: Sequence[Field]) -> dict[str, object]:
    """The row as the file holds it: keys in the order of the fields, cents as decimal strings."""
    data: dict[str, object] = {}
    for field in fields:
        value = row.get(field.name)
        if value is None or value == []:
            continue
        if field.kind is FieldKind.AMOUNT:
            value = _euro(value)
        if field.kind is FieldKind.AMOUNTS and isinstance(value, list):
            value = [{**item, "amount": _euro(item["amount"])} for item in value]
        data[field.name] = value
    return data


def training_plan_data(plan: Row) -> dict[str, object]:
    """A training plan as the file holds it."""
    data = row_data(plan, TRAINING_PLANS.fields)
    rows = plan.get("rows")
    data["rows"] = [row_data(row, _TRAINING_ROW_FIELDS) for row in rows] if isinstance(rows, list) else []
    return data


def _euro(cents: object) -> str:
    if not isinstance(cents, int):
        message = f"{cents!r} is not an amount in cents"
        raise TypeError(message)
    return to_exchange(cents)


def _read(record: Record, field: Field) -> object:
    match field.kind:
        case FieldKind.AMOUNTS:
            return list(record.parts(field.name, _amount))
        case FieldKind.EFFECTS:
            return list(record.parts(field.name, _effect))
        case FieldKind.KEYS:
            return list(record.all_of(field.name, KEY))
        case _:
            form = _form(field)
            return record.need(field.name, form) if field.required else record.maybe(field.name, form)


def _form(field: Field) -> Form[object]:
    forms: dict[FieldKind, Form[str] | Form[int] | Form[list[int]]] = {
        FieldKind.KEY: KEY,
        FieldKind.TEXT: NAME if field.required else LINE,
        FieldKind.LONG_TEXT: filled(TEXT) if field.required else TEXT,
        FieldKind.COUNT: COUNT,
        FieldKind.DECIMAL: DECIMAL,
        FieldKind.VALUE: LINE,
        FieldKind.DATE_PART: _DATE_PART,
        FieldKind.AMOUNT: AMOUNT,
        FieldKind.QUARTERS: _QUARTERS,
    }
    form = one_of(value for value, _ in field.choices) if field.kind is FieldKind.ENUM else forms[field.kind]
    return Form(form.take, form.instead)


def _amount(record: Record) -> dict[str, object]:
    amount: dict[str, object] = {"label": record.need("label", NAME), "amount": record.need("amount", AMOUNT)}
    return amount | _given(period=record.maybe("period", LINE))


def _effect(record: Record) -> dict[str, object]:
    effect: dict[str, object] = {"label": record.need("label", NAME)}
    return effect | _given(value=record.maybe("value", LINE), unit=record.maybe("unit", LINE))


def _given(**values: str | None) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
