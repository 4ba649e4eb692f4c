"""`db upgrade`, `backup`, `restore`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Engine, inspect

from jcflow import clock, database
from jcflow.accounts.jobcenters import all_jobcenters
from jcflow.cli.connections import UPGRADE, created, looking, place_of, reachable
from jcflow.cli.copies import postgresql, sqlite
from jcflow.cli.files import FILE
from jcflow.cli.german import Command, Group, misuse, stop
from jcflow.config import Settings

db = Group("db", help="Die Datenbank.")


@db.command("upgrade")
def upgrade() -> None:
    """Die Datenbank anlegen oder auf den neuesten Stand bringen."""
    settings = Settings.from_environ()
    with created(settings) as engine:
        database.upgrade(engine)
        with looking(engine) as connection:
            present, _newest = database.revisions(connection)
    click.echo(f"Die Datenbank {place_of(settings)} hat den Stand {present}.")


@click.command("backup", cls=Command)
@click.argument("file", type=FILE, metavar="FILE")
def backup(file: Path) -> None:
    """Die ganze Datenbank in eine Datei sichern.

    Der Betrieb läuft dabei weiter. Eine ältere Datei dieses Namens wird ersetzt.
    """
    settings = Settings.from_environ()
    _check_target(settings, file)
    with reachable(settings):
        if settings.database_file is not None:
            sqlite.copy(settings.database_file, file)
        else:
            postgresql.dump(settings.database_url, file)
    click.echo(f"Gesichert: {file} ({file.stat().st_size:,} Byte)".replace(",", "."))


def _check_target(settings: Settings, file: Path) -> None:
    if settings.database_file is not None and file.resolve() == settings.database_file.resolve():
        misuse(f"{file} ist die Datenbank selbst.")
    if file.is_dir() or not file.absolute().parent.is_dir():
        misuse(f"{file} kann keine Datei werden. Nennen Sie eine Datei in einem Ordner, den es gibt.")


@click.command("restore", cls=Command)
@click.argument("file", type=FILE, metavar="FILE")
@click.option(
    "--force", is_flag=True, help="Auch eine Datenbank mit Inhalt ersetzen; der alte Stand wird vorher gesichert."
)
def restore(file: Path, force: bool) -> None:
    """Eine Sicherung zurückspielen: ganz oder gar nicht."""
    settings = Settings.from_environ()
    if not file.is_file():
        misuse(f"Die Datei {file} gibt es nicht.")
    stamp = f"{clock.now().astimezone(clock.BERLIN):%Y%m%d-%H%M%S}"
    on_sqlite = settings.database_file
    (sqlite if on_sqlite is not None else postgresql).check(file)
    with created(settings) as engine:
        filled = is_filled(engine)
        if filled and not force:
            stop("Die Datenbank hat schon Inhalt. Soll er ersetzt werden? Dann: jcflow restore --force FILE")
        beside = _beside(on_sqlite or file.absolute(), stamp) if filled else None
        engine.dispose()
        if on_sqlite is not None:
            sqlite.put_back(file, on_sqlite, beside)
        else:
            postgresql.put_back(file, settings.database_url, beside)
        click.echo(f"Zurückgespielt: {file}" + (f"\nDer alte Stand liegt in {beside}" if beside else ""))
        with looking(engine) as connection:
            present, newest = database.revisions(connection)
        if present != newest:
            click.echo(f"Die Sicherung hat den Stand {present}, nötig ist {newest}. {UPGRADE}", err=True)


def is_filled(engine: Engine) -> bool:
    """Whether the database holds anything somebody could lose: a Jobcenter, or tables of something else."""
    tables = set(inspect(engine).get_table_names())
    if "jobcenter" not in tables:
        return bool(tables - {"alembic_version"})
    with database.reading(engine) as session:
        return bool(all_jobcenters(session))


def _beside(path: Path, stamp: str) -> Path:
    """A name beside `path` that does not exist yet."""
    return path.with_name(f"{path.stem}.vorher-{stamp}{path.suffix}")
