"""Many ids and rows at once: read as plain text and written with one statement, whichever database it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy import table as lightweight
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


def put(
    session: Session, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[object]], same: Mapping[str, object]
) -> None:
    """Insert rows; one whose key is known already is left out.

    Args:
        names: The columns of `rows`, in their order: plain ids, texts, whole numbers, ISO days or nothing.
        same: Columns that hold the same in every row.
    """
    given = {f"same_{name}": same[name] for name in same}
    for first in range(0, len(rows), PORTION):
        some = rows[first : first + PORTION]
        if session.get_bind().dialect.name == "sqlite":
            _put_one_by_one(session, table, names, some, same)
        else:
            statement = _insertion(table, names, tuple(same))
            session.connection().execute(statement, {"rows": orjson.dumps(some).decode(), **given})


def _put_one_by_one(
    session: Session, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[object]], same: Mapping[str, object]
) -> None:
    """SQLite runs in this very process: to hand it rows as they are is the fastest there is."""
    kept = [_stored(session, table, name, value) for name, value in same.items()]
    statement = _plain_insertion(table.name, (*names, *same))
    session.connection().exec_driver_sql(statement, [(*row, *kept) for row in rows])


def _stored(session: Session, table: Table, name: str, value: object) -> object:
    process = table.c[name].type.bind_processor(session.get_bind().dialect)
    return process(value) if process else value


@cache
def _plain_insertion(name: str, names: tuple[str, ...]) -> str:
    bare = lightweight(name, *map(column, names))
    statement = sqlite.insert(bare).on_conflict_do_nothing()
    return str(statement.compile(dialect=sqlite.dialect(), column_keys=names))


@cache
def _insertion(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Insert:
    given = bindparam("rows", type_=String)
    each = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value")
    values = {name: _part(each.c.value, place, table.c[name].type) for place, name in enumerate(names)}
    values |= {name: bindparam(f"same_{name}", type_=table.c[name].type) for name in same}
    chosen = select(*values.values()).select_from(each)
    return postgresql.insert(table).from_select(list(values), chosen).on_conflict_do_nothing()


def _part(row: ColumnElement[Any], place: int, kind: Any) -> ColumnElement[Any]:
    """One value of a row, as the column stores it."""
    text = row.op("->>")(cast(place, Integer))
    return text if isinstance(kind, String) else cast(text, kind)
