"""Writing many rows with one statement: they go over as one JSON text, which the database takes apart itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Insert, Integer, String, Table, Uuid, bindparam, cast, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

PORTION = 5_000
"""Rows, or ids, of one statement."""


def put(
    session: Session, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[object]], same: Mapping[str, object]
) -> None:
    """Insert rows; one whose key is known already is left out.

    Args:
        names: The columns of `rows`, in their order: ids, texts, whole numbers, days or nothing.
        same: Columns that hold the same in every row.
    """
    statement = _insertion(table, names, tuple(same), session.get_bind().dialect.name)
    for first in range(0, len(rows), PORTION):
        some = orjson.dumps(rows[first : first + PORTION]).decode()
        session.connection().execute(statement, {"rows": some, **{f"same_{name}": same[name] for name in same}})


@cache
def _insertion(table: Table, names: tuple[str, ...], same: tuple[str, ...], dialect: str) -> Insert:
    given = bindparam("rows", type_=String)
    if dialect == "sqlite":
        each = func.json_each(given).table_valued("value")
    else:
        each = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value")
    values = {name: _part(each.c.value, place, table.c[name].type, dialect) for place, name in enumerate(names)}
    values |= {name: bindparam(f"same_{name}", type_=table.c[name].type) for name in same}
    # SQLite takes the ON of the conflict for one of a join unless a WHERE stands between them.
    chosen = select(*values.values()).select_from(each).where(true())
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).from_select(list(values), chosen).on_conflict_do_nothing()


def _part(row: ColumnElement[Any], place: int, kind: Any, dialect: str) -> ColumnElement[Any]:
    """One value of a row, as the column stores it."""
    if dialect == "sqlite":
        found = func.json_extract(row, f"$[{place}]")
        return func.replace(found, "-", "") if isinstance(kind, Uuid) else found
    text = row.op("->>")(cast(place, Integer))
    return text if isinstance(kind, String) else cast(text, kind)
