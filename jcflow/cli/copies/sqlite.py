"""Copies of a SQLite database, made page by page while it is in use, with SQLite's own backup."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from jcflow.cli.german import stop
from jcflow.database import BUSY_MS

MAGIC = b"SQLite format 3\x00"


def copy(source: Path, target: Path) -> None:
    """Write a copy that only its owner may read; what stood at `target` stays until the copy is whole."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _transfer(source, draft)
        with closing(sqlite3.connect(draft)) as connection:
            # A file alone, also where the database writes ahead: it can be read where nothing may be written.
            connection.execute("PRAGMA journal_mode = DELETE")
        _keep(draft)
        draft.replace(target)
    except (OSError, sqlite3.Error) as error:
        stop(f"Die Sicherung {target} ließ sich nicht schreiben: {error}")
    finally:
        draft.unlink(missing_ok=True)


def check(file: Path) -> None:
    """End the command unless the file is a sound copy made by `copy`."""
    with file.open("rb") as opened:
        begins = opened.read(len(MAGIC))
    try:
        sound = begins == MAGIC and _is_sound(file)
    except sqlite3.Error:
        sound = False
    if not sound:
        stop(f"{file} ist keine unversehrte Sicherung einer SQLite-Datenbank von jcflow.")


def _is_sound(file: Path) -> bool:
    with closing(_opened(file)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    return {"jobcenter", "alembic_version"} <= tables and str(verdict) == "ok"


def put_back(file: Path, target: Path, beside: Path | None) -> None:
    """Replace everything in the database by the copy, in one transaction; the present state goes to `beside` first."""
    if beside is not None:
        copy(target, beside)
    try:
        _transfer(file, target)
    except sqlite3.Error as error:
        stop(f"Die Sicherung {file} ließ sich nicht zurückspielen: {error}")


def _opened(file: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_MS / 1000)


def _transfer(source: Path, target: Path) -> None:
    with closing(_opened(source)) as from_there, closing(sqlite3.connect(target, timeout=BUSY_MS / 1000)) as to_here:
        to_here.execute("PRAGMA synchronous = FULL")
        from_there.backup(to_here)


def _keep(file: Path) -> None:
    """Wait until the file is on the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
