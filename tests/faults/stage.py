"""A database that goes back to where it was within milliseconds, while web processes hold connections to it."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

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
    """One database that can be put to several states."""

    url: str
    scenes: dict[str, str]
    """State to a database to copy from, to which nobody connects: a path on SQLite, else a name."""
    state: str

    @classmethod
    def of(cls, **prepared: str) -> Stage:
        """A stage for databases, given by their addresses, in states; it begins with the first."""
        scenes = {state: str(make_url(url).database) for state, url in prepared.items()}
        state, url = next(iter(prepared.items()))
        live = make_url(url).database or ""
        live = f"{live.removesuffix('.sqlite3')}_live" + (".sqlite3" if live.endswith(".sqlite3") else "")
        stage = cls(make_url(url).set(database=live).render_as_string(hide_password=False), scenes, state)
        stage.reset()
        return stage

    def reset(self, state: str | None = None) -> None:
        """Put everything back to this state or the present one, under whatever is connected."""
        self.state = state or self.state
        address, scene = make_url(self.url), self.scenes[self.state]
        if address.get_backend_name() == "sqlite":
            # Through SQLite itself: what a killed process has left half done is undone first.
            with closing(sqlite3.connect(scene)) as source, closing(sqlite3.connect(str(address.database))) as target:
                source.backup(target)
            return
        on_server(
            self.url,
            f'DROP DATABASE IF EXISTS "{address.database}" WITH (FORCE)',
            f'CREATE DATABASE "{address.database}" TEMPLATE "{scene}" STRATEGY FILE_COPY',
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
        """Throw all of it away."""
        discard(self.url)
        for scene in self.scenes.values():
            discard(make_url(self.url).set(database=scene).render_as_string(hide_password=False))


@contextmanager
def engine_on(url: str) -> Iterator[Engine]:
    """An engine that leaves no connection behind."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def on_server(url: str, *commands: str) -> None:
    """Tell the PostgreSQL server something outside of any transaction."""
    server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with engine_on(server) as engine, engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for command in commands:
            connection.execute(text(command))


def owner_of_server(url: str) -> tuple[int, int]:
    """User and group whose rights the PostgreSQL server has; it runs on this machine."""
    with engine_on(url) as engine, engine.connect() as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        found = Path(f"/proc/{process}").stat()
    return found.st_uid, found.st_gid


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


def make_ready(url: str, state: str) -> None:
    """Let Paderborn's programme lack nothing for the step out of `drafting` or `resolution`, by the real verbs."""
    with programme_in(url) as (session, programme):
        people = cast.known(session, by_name(session, "paderborn"))
        votes = {f"tv{number}": Choice.YES for number in range(1, 7)}
        going = tour.Tour(session, programme, people, clock.now() - timedelta(hours=1), timedelta(seconds=10), votes)
        {"drafting": tour.enter_basis, "resolution": tour.vote}[state](going)
