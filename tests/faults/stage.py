"""A database that goes back to where it was within milliseconds, while web processes hold connections to it."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session

from jcflow import clock, database
from jcflow.accounts.jobcenters import by_name
from jcflow.cli import cast, tour
from jcflow.database import Base
from jcflow.decisions.ballots import Choice
from jcflow.programmes.programme import Programme, all_programmes
from tests.databases import discard

Contents = dict[str, tuple[int, str]]
"""Table to the number of its rows and a checksum over all of them."""


@dataclass
class Stage:
    """One database with the present it can be put back to."""

    url: str
    template: str
    """A database nobody connects to; for SQLite a path."""

    @classmethod
    def on(cls, url: str) -> Stage:
        """A stage whose present is what the database holds now. Nobody may be connected to it."""
        address, name = make_url(url), f"jcflow_stage_{uuid4().hex[:16]}"
        if address.get_backend_name() == "sqlite":
            assert address.database is not None
            template = str(Path(address.database).with_name(f"{name}.sqlite3"))
            with sqlite3.connect(address.database) as source, sqlite3.connect(template) as target:
                source.backup(target)
            return cls(url, template)
        _on_server(url, f'CREATE DATABASE "{name}" TEMPLATE "{address.database}" STRATEGY FILE_COPY')
        return cls(url, name)

    def reset(self) -> None:
        """Put everything back, under whatever is connected."""
        address = make_url(self.url)
        if address.get_backend_name() == "sqlite":
            # Through SQLite itself: what a killed process has left half done is undone first.
            with sqlite3.connect(self.template) as source, sqlite3.connect(address.database or "") as target:
                source.backup(target)
            return
        _on_server(
            self.url,
            f'DROP DATABASE IF EXISTS "{address.database}" WITH (FORCE)',
            f'CREATE DATABASE "{address.database}" TEMPLATE "{self.template}" STRATEGY FILE_COPY',
        )

    def contents(self) -> Contents:
        """What every table holds, once nobody is writing any more."""
        with engine_on(self.url) as engine, engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                _wait_for_the_dead(connection)
            found = {}
            for table in sorted(Base.metadata.tables):
                rows = sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"')))
                found[table] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
            return found

    def discard(self) -> None:
        """Throw both databases away."""
        discard(self.url)
        if make_url(self.url).get_backend_name() == "sqlite":
            Path(self.template).unlink()
        else:
            discard(make_url(self.url).set(database=self.template).render_as_string(hide_password=False))


@contextmanager
def engine_on(url: str) -> Iterator[Engine]:
    """An engine that leaves no connection behind."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _on_server(url: str, *commands: str) -> None:
    server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with engine_on(server) as engine, engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for command in commands:
            connection.execute(text(command))


def _wait_for_the_dead(connection: Any) -> None:
    """A server process may still be busy with the last words of a client that was killed."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    for _ in range(200):
        if not connection.execute(busy).scalar_one():
            connection.rollback()
            return
        connection.rollback()
        time.sleep(0.02)
    raise AssertionError("somebody is still writing")


@contextmanager
def programme_in(url: str, house: str = "paderborn") -> Iterator[tuple[Session, Programme]]:
    """The newest programme of a house, in a session that is committed at the end."""
    with engine_on(url) as plain:
        database.prepare(plain)
        with database.writing(plain) as session:
            database.serve(session, by_name(session, house).id)
            yield session, all_programmes(session)[0]


def let_all_vote(url: str) -> None:
    """Let every member of Paderborn's assembly vote yes by the real verbs."""
    with programme_in(url) as (session, programme):
        people = cast.known(session, by_name(session, "paderborn"))
        votes = {f"tv{number}": Choice.YES for number in range(1, 7)}
        at = clock.now() - timedelta(hours=1)
        tour.vote(tour.Tour(session, programme, people, at, timedelta(seconds=10), votes))
