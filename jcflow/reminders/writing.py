"""Many ids and rows at once: read as plain text and written with one statement, whichever database it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

PORTION = 5_000
"""Rows, or ids, of one statement."""


class plain(FunctionElement[str]):  # noqa: N801
    """An id as 32 hexadecimal digits: for thousands of them, objects would cost more than the question itself."""

    type = String()
    inherit_cache = True


@compiles(plain)
def _as_stored(element: plain, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(plain, "postgresql")
def _without_dashes(element: plain, compiler: SQLCompiler, **how: Any) -> str:
    return f"replace(CAST({compiler.process(element.clauses, **how)} AS text), '-', '')"


class as_text(FunctionElement[str]):  # noqa: N801
    """A day as it is written in ISO 8601, for the same reason."""

    type = String()
    inherit_cache = True


@compiles(as_text)
def _as_text(element: as_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **how)} AS text)"


def written_out(digits: str) -> str:
    """A plain id as ids are written: in five groups."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_ids(number: int) -> list[str]:
    """So many random plain ids, ascending: rows that are stored in the order of their key are stored faster."""
    digits = os.urandom(16 * number).hex()
    return sorted(digits[first : first + 32] for first in range(0, 32 * number, 32))


@cache
def listed(dialect: str) -> Select[Any]:
    """The ids that stand in the parameter `ids`, as `of_ids` writes them."""
    given = bindparam("ids", type_=String)
    if dialect == "sqlite":
        return select(func.json_each(given).table_valued("value").c.value)
    return select(cast(func.jsonb_array_elements_text(cast(given, JSONB)).column_valued(), Uuid))


def of_ids(ids: Sequence[str]) -> dict[str, str]:
    """The parameter of `listed`."""
    return {"ids": orjson.dumps(ids).decode()}


def asked(session: Session, question: Executable, values: Mapping[str, object]) -> Sequence[Any]:
    """The rows that answer a question about all Jobcenters, past the session's own bookkeeping and filter."""
    return session.connection().execute(question, values).all()


def put(
    session: Session, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[object]], same: Mapping[str, object]
) -> None:
    """Insert rows; one whose key is known already is left out.

    Args:
        names: The columns of `rows`, in their order: plain ids, texts, whole numbers, ISO days or nothing.
        same: Columns that hold the same in every row.
    """
    given = {f"same_{name}": same[name] for name in same}
    statement = _insertion(session.get_bind().dialect.name, table, names, tuple(same))
    for first in range(0, len(rows), PORTION):
        some = orjson.dumps(rows[first : first + PORTION]).decode()
        session.connection().execute(statement, {"rows": some, **given})


@cache
def _insertion(dialect: str, table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Insert:
    given = bindparam("rows", type_=String)
    on_sqlite = dialect == "sqlite"
    elements = func.json_each(given) if on_sqlite else func.jsonb_array_elements(cast(given, JSONB))
    each = elements.table_valued("value")
    part = _part_of_text if on_sqlite else _part
    values = {name: part(each.c.value, place, table.c[name].type) for place, name in enumerate(names)}
    values |= {name: bindparam(f"same_{name}", type_=table.c[name].type) for name in same}
    # With a condition, for else SQLite would read ON CONFLICT as the condition of a join.
    chosen = select(*values.values()).select_from(each).where(true())
    insertion = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    return insertion.from_select(list(values), chosen).on_conflict_do_nothing()


def _part_of_text(row: ColumnElement[Any], place: int, _kind: Any) -> ColumnElement[Any]:
    return func.json_extract(row, f"$[{place}]")


def _part(row: ColumnElement[Any], place: int, kind: Any) -> ColumnElement[Any]:
    """One value of a row, as the column stores it."""
    text = row.op("->>")(cast(place, Integer))
    return text if isinstance(kind, String) else cast(text, kind)
