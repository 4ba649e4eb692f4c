"""The database as commands meet it: reachable, made, and up to date, or a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import jcflow.process.opening  # noqa: F401  reaches every table, so that every trigger is expected
from jcflow import database
from jcflow.accounts import jobcenters
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.audit import triggers
from jcflow.audit.trail import Deed
from jcflow.cli.german import stop
from jcflow.config import Settings
from jcflow.errors import BadConfiguration, NotFound

UPGRADE = "Bringen Sie sie auf den neuesten Stand: jcflow db upgrade"


def place_of(settings: Settings) -> str:
    """Where the database is, without any password: a path, or host and name."""
    url = make_url(settings.database_url)
    if settings.database_file is not None:
        return str(settings.database_file)
    host = url.host or url.query.get("host") or "lokal"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database}"


@contextmanager
def reachable(settings: Settings) -> Iterator[Engine]:
    """The database, whatever it holds; a SQLite file that is missing is not made.

    Raises:
        BadConfiguration: It does not exist or does not answer.
    """
    file = settings.database_file
    if file is not None and not file.exists():
        raise BadConfiguration(f"Die Datenbank {file} gibt es noch nicht. Legen Sie sie an: jcflow db upgrade")
    with created(settings) as engine:
        yield engine


@contextmanager
def created(settings: Settings) -> Iterator[Engine]:
    """The database; a SQLite file and its folder are made where they are missing.

    Raises:
        BadConfiguration: It does not answer, or the folder cannot be made.
    """
    engine = database.engine_for(settings.database_url)
    try:
        if settings.database_file is not None:
            settings.database_file.parent.mkdir(parents=True, exist_ok=True)
        engine.connect().close()
    except (DatabaseError, OSError) as error:
        engine.dispose()
        raise BadConfiguration(f"Die Datenbank {place_of(settings)} ist nicht erreichbar.") from error
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def ready(settings: Settings) -> Iterator[Engine]:
    """The database with the newest schema.

    Raises:
        BadConfiguration: It does not answer, or migrations are behind.
    """
    with reachable(settings) as engine:
        check_schema(engine)
        yield engine


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection that cannot write, and on SQLite waits for no writer."""
    with engine.connect() as connection:
        yield connection.execution_options(reading=True)


def check_schema(engine: Engine) -> None:
    """Refuse a database whose schema is not that of this installation.

    Raises:
        BadConfiguration: Migrations are behind, or ahead.
    """
    with looking(engine) as connection:
        present, newest = database.revisions(connection)
    if present != newest:
        raise BadConfiguration(f"Die Datenbank hat den Stand {present or 'leer'}, nötig ist {newest}. {UPGRADE}")


def check_triggers(engine: Engine) -> None:
    """Refuse a database in which unaudited changes would go through.

    Raises:
        BadConfiguration: Triggers are missing or disabled.
    """
    with looking(engine) as connection:
        missing = triggers.missing(connection)
    if missing:
        raise BadConfiguration(
            f"In der Datenbank fehlen {len(missing)} Auslöser, die ungeprüfte Änderungen abweisen. {UPGRADE}"
        )


def command_line(at: datetime) -> Deed:
    """What the command line does, without a person."""
    return Deed(None, "command_line", at)


def served_house(session: Session, name: str) -> Jobcenter:
    """The Jobcenter of a name or key, which the session serves from then on; ends the command where there is none."""
    try:
        house = jobcenters.by_name(session, name)
    except NotFound:
        known = ", ".join(house.key for house in jobcenters.all_jobcenters(session))
        stop(f"Ein Jobcenter „{name}“ gibt es hier nicht. Bekannt sind: {known or 'keine'}.")
    database.serve(session, house.id)
    return house
