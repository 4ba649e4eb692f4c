"""Empty, migrated databases, each a quick copy of one that was migrated once per run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from jcflow import database
from tests import postgres
from tests.needs import lacks
from tests.ram import quick_folder

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
"""For `@pytest.mark.parametrize` or `params=`: a test that takes a database runs on both."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL server on which databases may be made.

    It is the one of `JCFLOW_TEST_DATABASE_URL`, else a private one of the best programs found here.
    """
    if given := os.environ.get("JCFLOW_TEST_DATABASE_URL"):
        yield given
        return
    programs = postgres.binaries()
    if programs is None:
        lacks("Kein PostgreSQL gefunden:", "apt install postgresql", demanded_by="JCFLOW_REQUIRE_POSTGRES")
    with postgres.private_server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def new_sqlite() -> Iterator[Callable[[], str]]:
    """Makes an empty migrated SQLite database: a copy of a file."""
    folder = quick_folder("jcflow-")
    template = folder / "template.sqlite3"
    migrate(f"sqlite:///{template}")

    def make() -> str:
        path = folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    yield make

    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_postgresql(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes an empty migrated PostgreSQL database: a copy the server makes. All are dropped at the end."""
    prefix = f"jcflow_test_{uuid4().hex[:12]}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def create(name: str, origin: str) -> str:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"'))
        url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        made.append(url)
        return url

    migrate(create(f"{prefix}_template", "template0"))

    yield lambda: create(f"{prefix}_{len(made)}", f"{prefix}_template")

    engine.dispose()
    for url in made:
        discard(url)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """`new_database("sqlite" | "postgresql")` makes an empty migrated database and returns its address."""
    return lambda kind: request.getfixturevalue(f"new_{kind}")()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[str]:
    """Address of an empty migrated database of this test's own; the test runs once on each kind."""
    url = new_database(request.param)
    yield url
    discard(url)


@pytest.fixture
def sqlite_url(new_sqlite: Callable[[], str]) -> Iterator[str]:
    """Address of an empty migrated SQLite database of this test's own."""
    url = new_sqlite()
    yield url
    discard(url)


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest migration and let go of it."""
    engine = database.engine_for(url)
    try:
        database.upgrade(engine)
    finally:
        engine.dispose()


def discard(url: str) -> None:
    """Throw a test's database away, whoever is still connected."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "")
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()
        return
    engine = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{address.database}" WITH (FORCE)'))
