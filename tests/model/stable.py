"""One engine for many databases: the templates of the walk, and a fresh copy for each example."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from jcflow import database
from tests.databases import discard


class Stable:
    """Databases of one kind beside the one at `url`, named by file or by name on the server.

    The engine goes to the one in use; what SQLAlchemy has compiled stays with it, so that a new example costs no more
    than a copy. SQLite does not wait for the disk: no power is cut here; nor is PostgreSQL asked whether it is there.
    """

    def __init__(self, url: str) -> None:
        self._address = make_url(url)
        self.present = self._address.database or ""
        self.engine = create_engine(url, **{**database.engine_options(url), "pool_pre_ping": False})
        database.prepare(self.engine)
        event.listen(self.engine, "do_connect", self._connect_to_present)
        self._admin: Engine | None = None
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _do_not_wait)
        else:
            self._admin = create_engine(self._address.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def _connect_to_present(
        self, dialect: Dialect, _record: ConnectionPoolEntry, words: list[Any], options: dict[str, Any]
    ) -> None:
        if dialect.name == "sqlite":
            words[0] = self.present
        else:
            options["dbname"] = self.present

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection that only looks; on PostgreSQL without a transaction, which costs two more ways there and back.

        Nobody writes meanwhile.
        """
        how = {"reading": True} if self._admin is None else {"isolation_level": "AUTOCOMMIT"}
        with self.engine.connect().execution_options(**how) as connection:
            yield connection

    def use(self, name: str) -> None:
        """Go to another database; nobody is connected to the one before."""
        self.engine.dispose()
        self.present = name

    def copy(self) -> str:
        """A copy of the one in use; returns its name."""
        self.engine.dispose()
        name = f"jcflow_model_{uuid4().hex[:16]}"
        if self._admin is None:
            path = Path(self.present).with_name(f"{name}.sqlite3")
            shutil.copyfile(self.present, path)
            return str(path)
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{self.present}"'))
        return name

    def drop(self, name: str) -> None:
        """Throw one away."""
        self.engine.dispose()
        if self._admin is None:
            discard(f"sqlite:///{name}")
            return
        with self._admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def close(self) -> None:
        """Let go of the server."""
        self.engine.dispose()
        if self._admin is not None:
            self._admin.dispose()


def _do_not_wait(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()
