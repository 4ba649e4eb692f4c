"""The form of a register row, made from the description of its fields, and what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from jcflow.errors import BadInput, NotFound
from jcflow.programmes import ordering
from jcflow.programmes.exchange.document import Document, Row
from jcflow.programmes.exchange.references import faulty_references
from jcflow.programmes.exchange.values import LINE, TEXT
from jcflow.programmes.field_text import parse_field, show_field
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.register_fields import REGISTERS, Field, FieldKind, Register
from jcflow.programmes.registers import RegisterRow, rows_of
from jcflow.web.grids import HEADS, titles_of

IN_USE = "Das wird noch gebraucht. Ändern Sie zuerst, was sich darauf bezieht."


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form; `options` are (value, label) of a list, `chosen` what is ticked where several may be."""

    field: Field
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    shape: str = "line"
    """`line`, `long`, `select` or `many`."""


def register_of(key: str) -> Register:
    """The register of this key.

    Raises:
        NotFound: There is none.
    """
    if key not in REGISTERS:
        raise NotFound
    return REGISTERS[key]


def fields_of(register: Register) -> list[Field]:
    """The fields people fill in; keys are made by themselves."""
    return [f for f in register.fields if f.name != "key"]


def typed_values(register: Register) -> dict[str, list[str]]:
    """What was posted, by field."""
    return {f.name: request.form.getlist(f.name) for f in fields_of(register)}


def stored_values(register: Register, data: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a row holds, as it is typed."""
    found: dict[str, list[str]] = {}
    for f in fields_of(register):
        value = data.get(f.name)
        if f.kind is FieldKind.KEYS:
            found[f.name] = [str(key) for key in value or ()]
        elif f.kind is FieldKind.ENUM or value is None:
            found[f.name] = [str(value)] if value is not None else []
        else:
            found[f.name] = [show_field(f, value)]
    return found


def in_words(register: Register, values: Mapping[str, list[str]]) -> dict[str, object]:
    """What is typed or held, by the label of its field, with the words of its lists."""
    words = {f.name: dict(f.choices) if f.kind is FieldKind.ENUM else {} for f in fields_of(register)}
    return {
        f.label: ", ".join(words[f.name].get(value, value) for value in values.get(f.name, []))
        for f in fields_of(register)
    }


def inputs_of(
    register: Register, values: Mapping[str, list[str]], document: Document, own_key: str = ""
) -> list[Input]:
    """The fields of the form with what stands in them."""
    titles = titles_of(document)
    totals = {str(row["key"]) for row in document.instruments if row.get("role") != LineRole.LINE}
    titles["parent"] = {k: v for k, v in titles["parent"].items() if k in totals and k != own_key}
    return [_input(f, values.get(f.name, []), titles) for f in fields_of(register)]


def _input(field: Field, typed: Sequence[str], titles: Mapping[str, Mapping[str, str]]) -> Input:
    value = typed[0] if typed else ""
    if field.kind is FieldKind.KEYS:
        return Input(field, options=tuple(titles[field.name].items()), chosen=tuple(typed), shape="many")
    if field.kind is FieldKind.KEY:
        blank = () if field.required else (("", "Keine"),)
        return Input(field, value, (*blank, *titles[field.name].items()), shape="select")
    if field.kind is FieldKind.ENUM:
        blank = (("", "Bitte auswählen"),) if field.required else (("", "Keine Angabe"),)
        return Input(field, value, (*blank, *field.choices), shape="select")
    many_lines = field.kind in {FieldKind.LONG_TEXT, FieldKind.AMOUNTS, FieldKind.EFFECTS}
    return Input(field, value, shape="long" if many_lines else "line")


def parsed(register: Register, values: Mapping[str, list[str]]) -> dict[str, object]:
    """The row's data, without its key.

    Raises:
        BadInput: A sentence per field.
    """
    data: dict[str, object] = {}
    problems: dict[str, str] = {}
    for f in fields_of(register):
        typed = ", ".join(values[f.name]) if f.kind is FieldKind.KEYS else next(iter(values[f.name]), "")
        try:
            TEXT.take(typed)
            value = parse_field(f, typed)
            if isinstance(value, str) and f.kind is not FieldKind.LONG_TEXT:
                LINE.take(value)
        except ValueError as error:
            problems[f.name] = str(error)
            continue
        if value is not None and value != []:
            data[f.name] = value
    if problems:
        raise BadInput(problems)
    return data


def with_key(session: Session, programme: Programme, register: Register, data: dict[str, object]) -> dict[str, object]:
    """The data of a new row with a key that no other row has, where the register has keys."""
    if all(f.name != "key" for f in register.fields):
        return data
    taken = {
        str(row.data.get("key"))
        for removed in (False, True)
        for row in rows_of(session, programme, removed=removed).get(register.key, [])
    }
    name = next((str(data[head]) for head in HEADS[register.key] if data.get(head)), register.label)
    return {"key": ordering.free_key(name, taken), **data}


def check_rows(
    session: Session, programme: Programme, register: Register, rows: Sequence[Row], *, in_form: bool = False
) -> None:
    """Refuse rows that would leave a reference into nothing.

    Args:
        rows: The register's rows as they would be.
        in_form: Say it at the field it is about, where there is one.

    Raises:
        BadInput: Something names what is not there, or a sum would be a part of itself.
    """
    document = document_of(session, programme)
    if register.key == "training_plans":
        keys = {str(row["key"]) for row in rows}
        if any(row.data.get("plan") not in keys for row in rows_of(session, programme).get("training_rows", [])):
            raise BadInput({"": IN_USE})
    if register.key == "training_rows":
        plans = {str(plan["key"]) for plan in document.training_plan}
        if any(row.get("plan") not in plans for row in rows):
            raise BadInput({"plan" if in_form else "": "Wählen Sie einen Plan, den es gibt."})
    before = set(faulty_references(document))
    fresh = [
        fault for fault in faulty_references(_with_rows(document, register.key, tuple(rows))) if fault not in before
    ]
    if fresh:
        raise BadInput({_field(f.place): _sentence(f.place) for f in fresh} if in_form else {"": IN_USE})


def _with_rows(document: Document, register: str, rows: tuple[Row, ...]) -> Document:
    """The document with other rows in a register that something refers to."""
    match register:
        case "instruments":
            return replace(document, instruments=rows)
        case "targets":
            return replace(document, targets=rows)
        case "measures":
            return replace(document, measures=rows)
        case "training_plans":
            return replace(document, training_plan=rows)
    return document


def _field(place: str) -> str:
    """The field of the form that a place in the document is about, if it has one."""
    name = place.rpartition("/")[2]
    return name if name in {"parent", "topics", "targets"} else ""


def _sentence(place: str) -> str:
    name = place.rpartition("/")[2]
    known = {
        "parent": "Wählen Sie eine Summe, die nicht selbst zu dieser Zeile zählt.",
        "topics": "Wählen Sie nur Themen aus der Liste.",
        "targets": "Wählen Sie nur Ziele aus der Liste.",
    }
    return known.get(name, IN_USE)


def data_with(rows: Sequence[RegisterRow], changed: RegisterRow | None, data: Row | None) -> list[Row]:
    """The rows' data with one row changed, added (`changed` none) or left out (`data` none)."""
    found: list[Row] = []
    for row in rows:
        if row is not changed:
            found.append(row.data)
        elif data is not None:
            found.append(data)
    if changed is None and data is not None:
        found.append(data)
    return found
