"""What is measured on: a migrated database of each kind that keeps what it acknowledges, with a small Jobcenter."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.cli import cast
from jcflow.process.opening import import_document, open_programme
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.programmes.milestones import set_basis
from tests import postgres
from tests.databases import migrate
from tests.factories import COMMAND_LINE, House, demo_hash, found_house, small_document
from tests.faults.web import Browser, running

KINDS = ("sqlite", "postgresql")


class Figure(NamedTuple):
    """One line of the benchmark."""

    name: str
    value: float
    unit: str


@contextmanager
def fresh_database(kind: str) -> Iterator[str]:
    """Address of an empty migrated database on disk, gone after the block."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="jcflow-bench-") as folder:
            url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
            migrate(url)
            yield url
        return
    programs = postgres.binaries()
    if programs is None:
        raise SystemExit("Kein PostgreSQL gefunden: apt install postgresql")
    with postgres.private_server(programs, postgres.DURABLE) as url:
        migrate(url)
        yield url


@contextmanager
def copy_of(url: str) -> Iterator[str]:
    """Address of a second database that holds the same, gone after the block. Nobody may be connected to the first."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        second = Path(address.database or "").with_name("copy.sqlite3")
        second.write_bytes(Path(address.database or "").read_bytes())
        yield f"sqlite:///{second}"
        second.unlink()
        return
    server = create_engine(address.set(database="template1"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE jcflow_copy TEMPLATE "{address.database}" STRATEGY FILE_COPY'))
    yield address.set(database="jcflow_copy").render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE jcflow_copy WITH (FORCE)"))


def gather_statistics(url: str) -> None:
    """What autovacuum does on PostgreSQL within a minute; SQLite has nothing like it."""
    if make_url(url).get_backend_name() != "postgresql":
        return
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


@contextmanager
def site_on(url: str) -> Iterator[Callable[[str], Browser]]:
    """Run the site on a database; yields what signs somebody in by the address."""
    with tempfile.TemporaryDirectory(prefix="jcflow-bench-") as folder, running(url, Path(folder)) as web:
        yield lambda address: web.browser().sign_in(address)


def years(number: int) -> list[str]:
    """The slugs of so many programmes."""
    return [str(year) for year in range(2030, 2030 + number)]


def open_years(session: Session, name: str, number: int) -> House:
    """A Jobcenter with its people, one programme in drafting, and so many that are opened and may start."""
    house = found_house(session, small_document(name=name))
    for year in map(int, years(number)):
        head = ProgrammeHead(ProgrammeKind.AMIP, f"Programm {year}", date(year, 1, 1), date(year, 12, 31))
        opened = open_programme(session, house.jobcenter, head, house.deed())
        set_basis(session, opened, known=False, source="", dated=None, note="Liegt noch nicht vor.", deed=house.deed())
    return house


def draft_years(session: Session, name: str, number: int) -> str:
    """A Jobcenter with its people and so many complete programmes in drafting, one a year; returns its key."""
    document = small_document(name=name)
    for year in map(int, years(number)):
        head = replace(document.programme, period_from=date(year, 1, 1), period_to=date(year, 12, 31))
        drafted = import_document(session, replace(document, programme=head), COMMAND_LINE)
    house = session.get_one(Jobcenter, drafted.jobcenter_id)
    cast.people(session, house, COMMAND_LINE, demo_hash())
    return house.key
