"""Empty, migrated databases, each a quick copy of one that was migrated once per run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from jcflow import database
from tests import postgres
from tests.needs import lacks

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
"""For `@pytest.mark.parametrize` or `params=`: a test that takes a database runs on both."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL server on which databases may be made; found as `dependencies.md` §11 orders."""
    if given := os.environ.get("JCFLOW_TEST_DATABASE_URL"):
        yield given
        return
    programs = postgres.binaries()
    if programs is None:
        lacks("Kein PostgreSQL gefunden:", "apt install postgresql", demanded_by="JCFLOW_REQUIRE_POSTGRES")
    with postgres.private_server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """`new_database("sqlite" | "postgresql")` makes an empty migrated database and returns its address."""
    with ExitStack() as ends:
        makers: dict[str, Callable[[], str]] = {}

        def make(kind: str) -> str:
            if kind not in makers:
                if kind == "sqlite":
                    makers[kind] = _sqlite_maker(tmp_path_factory.mktemp("sqlite"))
                else:
                    makers[kind] = _postgres_maker(request.getfixturevalue("postgres_url"), ends)
            return makers[kind]()

        yield make


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """Address of an empty migrated database of this test's own; the test runs once on each kind."""
    return new_database(request.param)


@pytest.fixture
def sqlite_url(new_database: Callable[[str], str]) -> str:
    """Address of an empty migrated SQLite database of this test's own."""
    return new_database("sqlite")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest migration and let go of it."""
    engine = database.engine_for(url)
    try:
        database.upgrade(engine)
    finally:
        engine.dispose()


def _sqlite_maker(folder: Path) -> Callable[[], str]:
    template = folder / "template.sqlite3"
    migrate(f"sqlite:///{template}")

    def copy() -> str:
        path = folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return copy


def _postgres_maker(server: str, ends: ExitStack) -> Callable[[], str]:
    """Databases made here are dropped when `ends` closes; the template's name keeps two runs apart."""
    prefix = f"jcflow_test_{uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def create(name: str, origin: str) -> str:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"'))
        made.append(name)
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    def drop() -> None:
        with engine.connect() as connection:
            for name in reversed(made):
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()

    ends.callback(drop)
    migrate(create(f"{prefix}_template", "template0"))

    return lambda: create(f"{prefix}_{len(made)}", f"{prefix}_template")
