"""`doctor`: what an installation stands on, each point found good or not."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import click
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from jcflow import clock, database
from jcflow.audit import triggers
from jcflow.cli.connections import looking, place_of, reachable
from jcflow.cli.german import Command, stop
from jcflow.cli.mounts import check_place
from jcflow.config import Settings
from jcflow.errors import BadConfiguration, BadFile
from jcflow.mail.smtp import MailServer
from jcflow.mail.ticking import pulse
from jcflow.process.anchoring import Light, standing
from jcflow.programmes import procedures

VENDOR = Path(__file__).parents[1] / "static" / "vendor"
OLDEST_POSTGRESQL = 150000
"""As the server numbers itself: 15.0."""


@dataclass(frozen=True)
class Point:
    """One thing looked at."""

    name: str
    found: str
    good: bool = True


@click.command("doctor", cls=Command)
@click.option(
    "--max-lag",
    "max_lag",
    metavar="SEKUNDEN",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    help="So lange darf die älteste fällige Mail liegen.",
)
def doctor(max_lag: int) -> None:
    """Zeigen, worauf die Installation steht, und was ihr fehlt."""
    points = list(examine(timedelta(seconds=max_lag)))
    width = max(len(point.name) for point in points)
    for point in points:
        click.echo(f"{'gut   ' if point.good else 'FEHLER'}  {point.name:{width}}  {point.found}")
    wrong = sum(not point.good for point in points)
    if wrong:
        stop("Ein Punkt ist nicht in Ordnung." if wrong == 1 else f"{wrong} Punkte sind nicht in Ordnung.")


def examine(max_lag: timedelta) -> Iterator[Point]:
    """Every point, in the order a reader wants them.

    Args:
        max_lag: How long the mail that has waited longest may be late.

    Raises:
        BadConfiguration: Something other than the key is wrong with the settings, or a SQLite database
            lies on a network file system.
    """
    has_key = bool(os.environ.get("JCFLOW_SECRET_KEY"))
    try:
        settings = Settings.from_environ()
        yield Point("Schlüssel", "JCFLOW_SECRET_KEY ist gesetzt")
    except BadConfiguration as error:
        # Without a key of its own the rest can still be looked at; what else is wrong is raised here.
        settings = Settings.from_environ({**os.environ, "JCFLOW_SECRET_KEY": "-" * 48})
        yield Point("Schlüssel", str(error) if has_key else "JCFLOW_SECRET_KEY ist nicht gesetzt", good=False)
    check_place(settings)
    yield Point("jcflow", metadata.version("jcflow"))
    yield from _database(settings, max_lag)
    yield from _surroundings()
    yield Point("Adresse", settings.base_url)
    yield _mail_server(settings)


def _database(settings: Settings, max_lag: timedelta) -> Iterator[Point]:
    try:
        with reachable(settings) as engine, looking(engine) as connection:
            yield _kind(engine, connection, settings)
            yield from _durability(engine, connection)
            schema = list(_schema(connection))
            yield from schema
            if schema[-1].good:
                yield from _mail(connection, settings, max_lag)
                yield _checkpoints(connection, settings)
    except BadConfiguration as error:
        yield Point("Datenbank", str(error), good=False)


def _kind(engine: Engine, connection: Connection, settings: Settings) -> Point:
    if engine.dialect.name == "sqlite":
        return Point("Datenbank", f"SQLite {sqlite3.sqlite_version}, {place_of(settings)}")
    version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    number = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar_one()))
    return Point("Datenbank", f"PostgreSQL {version}, {place_of(settings)}", good=number >= OLDEST_POSTGRESQL)


def _durability(engine: Engine, connection: Connection) -> Iterator[Point]:
    """Whether a commit survives a power cut."""
    if engine.dialect.name == "sqlite":
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        names = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
        yield Point("synchronous", names.get(level, str(level)), good=level >= 2)
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()).upper()
        yield Point("journal_mode", mode, good=mode == database.journal_mode())
        keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()
        yield Point("foreign_keys", "ON" if keys else "OFF", good=bool(keys))
        return
    for name in ("synchronous_commit", "fsync"):
        value = str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())
        yield Point(name, value, good=value != "off")


def _schema(connection: Connection) -> Iterator[Point]:
    expected = set(triggers.expected(connection.dialect.name))
    missing = triggers.missing(connection)
    found = f"{len(expected) - len(missing)} von {len(expected)}"
    named = f", es fehlen {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}" if missing else ""
    yield Point("Auslöser", found + named, good=not missing)
    present, newest = database.revisions(connection)
    yield Point("Migrationen", f"{present or 'keine'}, neueste ist {newest}", good=present == newest)


def _mail(connection: Connection, settings: Settings, max_lag: timedelta) -> Iterator[Point]:
    with Session(connection) as session:
        found = pulse(session, clock.now())
    due = f"{found.waiting} fällig" + (f", die älteste seit {_long(found.late_by)}" if found.waiting else "")
    # Without a mail server nothing gets away, and the page of the Gremienbüro says so.
    yield Point("Versand", due, good=not settings.smtp_url or found.late_by <= max_lag)
    if found.silent_for is None:
        yield Point("Worker", "noch keiner gelaufen. Starten Sie ihn: jcflow worker", good=not found.waiting)
    else:
        yield Point("Worker", f"zuletzt vor {_long(found.silent_for)}", good=not found.is_silent)


def _checkpoints(connection: Connection, settings: Settings) -> Point:
    with Session(connection) as session:
        light, late = standing(session, clock.now())
    found = "alle gesetzt" if light is Light.GREEN else f"fällig seit {_long(late)}"
    key = "" if settings.signing_key else ", JCFLOW_SIGNING_KEY ist nicht gesetzt"
    return Point("Prüfpunkte", found + key, good=light is not Light.RED)


def _long(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _mail_server(settings: Settings) -> Point:
    if not settings.smtp_url:
        return Point("Mail", "JCFLOW_SMTP_URL ist nicht gesetzt")
    try:
        server = MailServer.of(settings.smtp_url)
    except BadConfiguration as error:
        return Point("Mail", str(error), good=False)
    tls = {"smtp": "unverschlüsselt", "starttls": "STARTTLS", "smtps": "TLS"}[server.tls]
    return Point("Mail", f"{server.host}:{server.port}, {tls}")


def _surroundings() -> Iterator[Point]:
    summer = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(clock.BERLIN)
    yield Point("Zeitzonen", f"{zone_data()}, Europe/Berlin im Juli {summer:%z}", good=f"{summer:%z}" == "+0200")
    try:
        found = ", ".join(f"{key} {version}" for key, version in procedures.known())
        yield Point("Verfahren", found)
    except BadFile as error:
        yield Point("Verfahren", str(error), good=False)
    yield assets(VENDOR)


def zone_data() -> str:
    """Which zone data Python reads, and its version: the system's where it has any, else the package's."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "Europe" / "Berlin").is_file():
            listing = folder / "tzdata.zi"
            first = listing.read_text(encoding="utf-8").partition("\n")[0] if listing.is_file() else ""
            return f"System {first.removeprefix('# version ') or 'ohne Versionsangabe'}"
    return f"tzdata {metadata.version('tzdata')}"


def assets(folder: Path) -> Point:
    """Whether the style sheets and fonts are there, every file as it was built."""
    try:
        files: dict[str, str] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        return Point("Gestaltung", "fehlt. Holen Sie sie: make assets", good=False)
    wrong = [name for name, expected in files.items() if _checksum(folder / name) != expected]
    if wrong:
        return Point("Gestaltung", f"verändert oder unvollständig: {', '.join(sorted(wrong))}", good=False)
    return Point("Gestaltung", f"{len(files)} Dateien, Prüfsummen stimmen")


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
