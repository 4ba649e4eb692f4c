"""`backup` and `restore`: what comes back is what was there, all of it or nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from jcflow import database
from jcflow.cli.copies import postgresql
from jcflow.cli.demo.content import DATA
from tests import postgres


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PostgreSQL's programs be those of the server the tests use."""
    found = postgres.binaries()
    if found is not None:
        monkeypatch.setenv("PATH", f"{found}{os.pathsep}{os.environ['PATH']}")


def state_of(jcflow) -> str:
    """What the house of Herford holds, as a file; empty where there is no such house."""
    exported = jcflow("export", "--jobcenter", "herford", "--programme", "2022")
    return exported.stdout if exported.exit_code == 0 else ""


def empty(url: str) -> None:
    """Take everything out of a database by hand, as an accident would."""
    if (file := make_url(url).database) and make_url(url).get_backend_name() == "sqlite":
        Path(file).unlink()
        return
    engine = database.engine_for(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def test_a_restored_database_exports_the_same_and_its_trail_is_whole(jcflow, database_url, tmp_path):
    jcflow("import", DATA / "herford-2022.yaml")
    jcflow("import", DATA / "ennepe-ruhr-2023.yaml")
    before, trail = state_of(jcflow), jcflow("audit", "verify").stdout

    saved = jcflow("backup", "sicherung")
    empty(database_url)
    restored = jcflow("restore", "sicherung")

    assert saved.exit_code == 0, saved.stderr
    assert restored.exit_code == 0, restored.stderr
    assert state_of(jcflow) == before != ""
    assert jcflow("audit", "verify").stdout == trail
    assert jcflow("db", "upgrade").exit_code == 0


def test_a_restored_database_still_refuses_unaudited_changes(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")
    jcflow("backup", "sicherung")
    empty(database_url)
    jcflow("restore", "sicherung")
    engine = database.engine_for(database_url)

    with pytest.raises(Exception, match="unaudited change"), engine.begin() as connection:
        connection.execute(text("UPDATE programme SET title = 'anders'"))
    engine.dispose()


def test_nobody_else_may_read_a_backup(jcflow, tmp_path):
    jcflow("backup", "sicherung")

    assert (tmp_path / "sicherung").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["sicherung"]


def test_a_database_with_content_is_not_replaced_unasked(jcflow):
    jcflow("backup", "leer")
    jcflow("import", DATA / "herford-2022.yaml")
    before = state_of(jcflow)

    refused = jcflow("restore", "leer")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Die Datenbank hat schon Inhalt.")
    assert state_of(jcflow) == before


def test_a_replaced_database_is_kept_beside_and_can_come_back(jcflow, tmp_path, database_url):
    jcflow("backup", "leer")
    jcflow("import", DATA / "herford-2022.yaml")
    before = state_of(jcflow)

    replaced = jcflow("restore", "leer", "--force")
    beside = Path(replaced.stdout.splitlines()[-1].removeprefix("Der alte Stand liegt in "))
    in_between = state_of(jcflow)
    jcflow("restore", beside)

    assert replaced.exit_code == 0, replaced.stderr
    assert in_between == ""
    assert state_of(jcflow) == before != ""
    beside.unlink()


def test_a_copy_that_breaks_off_changes_nothing(jcflow, tmp_path):
    jcflow("import", DATA / "herford-2022.yaml")
    jcflow("backup", "sicherung")
    before = state_of(jcflow)
    whole = (tmp_path / "sicherung").read_bytes()
    (tmp_path / "halb").write_bytes(whole[: len(whole) // 2])

    refused = jcflow("restore", "halb", "--force")

    assert refused.exit_code == 1
    assert state_of(jcflow) == before != ""


def test_a_file_of_something_else_is_refused(jcflow, tmp_path):
    (tmp_path / "notiz.txt").write_text("Dies ist keine Sicherung.")

    refused = jcflow("restore", "notiz.txt")

    assert refused.exit_code == 1
    assert "keine" in refused.stderr


def test_a_sqlite_file_of_something_else_is_refused(jcflow_on_sqlite, tmp_path):
    with sqlite3.connect(tmp_path / "andere.sqlite3") as connection:
        connection.execute("CREATE TABLE note (text)")
    connection.close()

    refused = jcflow_on_sqlite("restore", "andere.sqlite3")

    assert refused.exit_code == 1
    assert "keine unversehrte Sicherung" in refused.stderr


def test_the_database_is_no_place_for_its_own_backup(jcflow_on_sqlite, sqlite_url):
    refused = jcflow_on_sqlite("backup", make_url(sqlite_url).database)

    assert refused.exit_code == 2
    assert "ist die Datenbank selbst" in refused.stderr


@pytest.mark.parametrize("target", ["nirgends/sicherung", "."])
def test_a_backup_needs_a_place_that_exists(jcflow_on_sqlite, target):
    assert jcflow_on_sqlite("backup", target).exit_code == 2


def test_without_postgresqls_programs_a_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgresql, "INSTALLED", tmp_path)

    with pytest.raises(Exception, match="Das Programm pg_dump fehlt"):
        postgresql.program("pg_dump")
