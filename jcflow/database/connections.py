"""How a connection begins, and the transaction law of the design (§ 5.1) on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 10_000
"""How long a writer waits for another one, in milliseconds."""

CONNECTIONS = 16
"""How many one process holds at most: one for each request it answers at a time."""

CONNECT_S = 5
"""How long PostgreSQL may take to answer a new connection, in seconds."""

FIRST_SAFE_WAL = (3, 51, 3)
"""Older SQLite may corrupt a WAL database that two connections write and checkpoint at once."""


def engine_for(url: str) -> Engine:
    """An engine whose connections keep the transaction law of the design (§ 5.1) on SQLite and PostgreSQL."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def engine_options(url: str) -> dict[str, Any]:
    """How an engine for this database is made."""
    name = make_url(url).get_backend_name()
    options: dict[str, Any] = {"json_serializer": _json, "pool_size": CONNECTIONS, "pool_timeout": BUSY_MS / 1000}
    if name == "sqlite":
        return options
    return options | {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_S}}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def prepare(engine: Engine) -> None:
    """Install the connection rules on an engine that somebody else has made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _set_up_postgresql)
        event.listen(engine, "begin", _begin_postgresql)


def journal_mode() -> str:
    """WAL where this SQLite is free of the WAL-reset fault, else a truncated rollback journal."""
    return "WAL" if sqlite3.sqlite_version_info >= FIRST_SAFE_WAL else "TRUNCATE"


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        f"journal_mode = {journal_mode()}",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "secure_delete = ON",
        "synchronous = FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_up_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_MS}")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("reading"))
    if connection.info.get("reading") is not reading:
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        connection.info["reading"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def is_taken(error: BaseException) -> bool:
    """Whether an error says that somebody else has just taken what may exist only once."""
    if not isinstance(error, IntegrityError):
        return False
    unique = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(error.orig, "sqlstate", "") == "23505" or getattr(error.orig, "sqlite_errorcode", 0) in unique


def begin_reading(session: Session) -> None:
    """Start a transaction that cannot write: a GET, a check, an export."""
    session.connection(execution_options={"reading": True})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for one look at the data; nothing it does is kept."""
    with Session(engine) as session:
        begin_reading(session)
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session for one unit of work outside the web: committed at the end, undone on any error."""
    with Session(engine) as session, session.begin():
        yield session


def sweep(engine: Engine) -> None:
    """Let nothing that was deleted or overwritten remain in the database's files, as far as the database can.

    Outside any transaction; on SQLite everybody else waits meanwhile. What an earlier backup holds it holds on.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        for statement in ("PRAGMA query_only = OFF", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            cursor.execute(statement)
        cursor.close()
        # What the connection was told of itself is not so any more.
        raw.invalidate()
