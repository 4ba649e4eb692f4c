"""Copies of a PostgreSQL database, with its own `pg_dump`, `pg_restore` and `psql`."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from jcflow.cli.german import stop

MAGIC = b"PGDMP"
INSTALLED = Path("/usr/lib/postgresql")

EMPTY = """DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND starts_with(proname, 'jcflow_') LOOP
    EXECUTE format('DROP FUNCTION public.%I() CASCADE', one.name);
  END LOOP;
END $$;
"""
"""Run in the transaction that puts the copy back, so that the old content is gone only when the new one is whole."""


def dump(url: str, target: Path) -> None:
    """Write a copy that only its owner may read; what stood at `target` stays until the copy is whole."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        words = ("--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
        _run("pg_dump", *words, f"--dbname={_without_password(url)}", url=url)
        draft.replace(target)
    except OSError as error:
        stop(f"Die Sicherung {target} ließ sich nicht schreiben: {error}")
    finally:
        draft.unlink(missing_ok=True)


def check(file: Path) -> None:
    """End the command unless the file begins as a copy made by `dump`."""
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            stop(f"{file} ist keine Sicherung einer PostgreSQL-Datenbank von jcflow.")


def put_back(file: Path, url: str, beside: Path | None) -> None:
    """Replace everything in the database by the copy, in one transaction; the present state goes to `beside` first."""
    if beside is not None:
        dump(url, beside)
    with tempfile.TemporaryDirectory(prefix="jcflow-") as folder:
        # As a script and not piped: a copy that breaks off must stop before the transaction begins.
        script, emptying = Path(folder) / "copy.sql", Path(folder) / "empty.sql"
        emptying.write_text(EMPTY, encoding="ascii")
        _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file), url=url)
        words = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        files = (f"--file={emptying}", f"--file={script}")
        _run("psql", *words, *files, f"--dbname={_without_password(url)}", url=url)


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs: in PATH, else the newest that is installed.

    Ends the command where there is none.
    """
    if found := shutil.which(name):
        return found
    installed = [path for path in INSTALLED.glob(f"*/bin/{name}") if path.parent.parent.name.isdigit()]
    if not installed:
        stop(f"Das Programm {name} fehlt. Installieren Sie es: apt install postgresql-client")
    return str(max(installed, key=lambda path: int(path.parent.parent.name)))


def _run(name: str, *words: str, url: str) -> None:
    # The password goes by the environment: the words of a command can be read by everybody on the machine.
    password = make_url(url).password
    environ = {**os.environ, "PGCLIENTENCODING": "UTF8", **({"PGPASSWORD": str(password)} if password else {})}
    done = subprocess.run(
        [program(name), *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        stop(f"{name} ist gescheitert: {done.stderr.strip()}")


def _without_password(url: str) -> str:
    parts = make_url(url)
    bare = URL.create("postgresql", parts.username, None, parts.host, parts.port, parts.database, parts.query)
    return bare.render_as_string(hide_password=False)
