"""What keeps a command from starting: exit 78 and a sentence that names the mend."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from jcflow import database
from jcflow.audit import triggers
from jcflow.config import data_dir

NEWEST = max(script.name[:4] for script in (data_dir("migrations") / "versions").glob("[0-9]*.py"))
"""Number of the newest migration."""
NEEDS_A_DATABASE = [
    ("serve",),
    ("db", "upgrade"),
    ("backup", "sicherung"),
    ("export", "--jobcenter", "herford", "--programme", "2022"),
    ("audit", "verify"),
    ("routes", "--json"),
]


@pytest.mark.parametrize("words", NEEDS_A_DATABASE, ids=" ".join)
def test_without_a_key_nothing_starts(jcflow_on_sqlite, words):
    ended = jcflow_on_sqlite(*words, JCFLOW_SECRET_KEY=None)

    assert ended.exit_code == 78
    assert ended.stdout == ""
    assert ended.stderr.startswith("JCFLOW_SECRET_KEY fehlt.")


@pytest.mark.parametrize("words", [words for words in NEEDS_A_DATABASE if words[0] in {"serve", "audit", "export"}])
def test_a_database_that_is_not_there_is_not_made_by_looking(jcflow_on_sqlite, tmp_path, words):
    ended = jcflow_on_sqlite(*words, JCFLOW_DATABASE_URL="sqlite:///neu/jcflow.sqlite3")

    assert ended.exit_code == 78
    assert "Legen Sie sie an: jcflow db upgrade" in ended.stderr
    assert not (tmp_path / "neu").exists()


def test_a_database_behind_the_newest_migration_is_not_served(jcflow_on_sqlite, tmp_path):
    (tmp_path / "leer.sqlite3").touch()

    ended = jcflow_on_sqlite("serve", JCFLOW_DATABASE_URL="sqlite:///leer.sqlite3")

    assert ended.exit_code == 78
    assert ended.stderr == (
        f"Die Datenbank hat den Stand leer, nötig ist {NEWEST}. "
        "Bringen Sie sie auf den neuesten Stand: jcflow db upgrade\n"
    )


def test_a_database_without_its_triggers_is_not_served_until_upgraded(jcflow, database_url):
    engine = database.engine_for(database_url)
    with engine.begin() as connection:
        name, table = next(iter(triggers.present(connection).items()))
        where = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER {name}{where}"))

    ended = jcflow("serve")
    jcflow("db", "upgrade")

    assert ended.exit_code == 78
    assert ended.stderr.startswith("In der Datenbank fehlen 1 Auslöser")
    assert "jcflow db upgrade" in ended.stderr
    with engine.connect() as connection:
        assert triggers.missing(connection) == []
    engine.dispose()


def test_a_server_that_does_not_answer_is_named_without_its_password(jcflow_on_sqlite):
    ended = jcflow_on_sqlite(
        "audit", "verify", JCFLOW_DATABASE_URL="postgresql+psycopg://jc:geheim@127.0.0.1:1/haus?connect_timeout=2"
    )

    assert ended.exit_code == 78
    assert ended.stderr == "Die Datenbank 127.0.0.1:1/haus ist nicht erreichbar.\n"


def test_a_file_that_is_no_database_is_named(jcflow_on_sqlite, tmp_path):
    (tmp_path / "text.sqlite3").write_text("Dies ist keine Datenbank, nur ein Text. " * 50)

    ended = jcflow_on_sqlite("audit", "verify", JCFLOW_DATABASE_URL="sqlite:///text.sqlite3")

    assert ended.exit_code == 78
    assert "ist nicht erreichbar" in ended.stderr


def test_db_upgrade_makes_the_folder_and_can_be_repeated(jcflow_on_sqlite, tmp_path):
    url = "sqlite:///var/tief/jcflow.sqlite3"

    first = jcflow_on_sqlite("db", "upgrade", JCFLOW_DATABASE_URL=url)
    second = jcflow_on_sqlite("db", "upgrade", JCFLOW_DATABASE_URL=url)

    file = tmp_path / "var" / "tief" / "jcflow.sqlite3"
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout == f"Die Datenbank {file} hat den Stand {NEWEST}.\n"


def test_every_rule_says_whom_it_is_open_to(jcflow_on_sqlite):
    listed = jcflow_on_sqlite("routes", "--json")

    rules = json.loads(listed.stdout)
    assert {"rule", "methods", "who", "objects"} == set(rules[0])
    assert {"rule": "/login", "methods": ["POST"], "who": "public", "objects": []} in rules
    assert [rule for rule in rules if rule["who"] is None] == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("eport",), "Den Befehl „eport“ gibt es nicht.\n"),
        (("export", "--slug", "2022"), "Die Option --slug gibt es nicht.\n"),
        (("export", "--jobcenter", "herford"), "Es fehlt: --programme.\n"),
        (("import",), "Es fehlt: FILE.\n"),
        (("import", "a", "b"), "So lässt sich der Befehl nicht aufrufen"),
        (("demo", "--at", "nirgends"), "Einen Stand „nirgends“ gibt es nicht. Bekannt sind: opened, drafting, "),
        (("person", "add", "--role", "chef"), "--role kennt diese Werte: managing_director, editor, "),
    ],
)
def test_wrong_use_is_explained_in_german(jcflow_on_sqlite, words, complaint):
    ended = jcflow_on_sqlite(*words)

    assert ended.exit_code == 2
    assert ended.stderr.startswith(complaint)
    assert "Aufruf: jcflow" in ended.stderr


def test_help_is_german(jcflow_on_sqlite):
    shown = jcflow_on_sqlite("export", "--help")

    assert shown.exit_code == 0
    assert "Aufruf: " in shown.stdout
    assert "Optionen:" in shown.stdout
    assert "Diese Hilfe zeigen." in shown.stdout


def test_the_default_database_lies_below_the_present_folder(jcflow_on_sqlite, tmp_path):
    made = jcflow_on_sqlite("db", "upgrade", JCFLOW_DATABASE_URL=None)

    assert made.exit_code == 0
    assert (tmp_path / "var" / "jcflow.sqlite3").is_file()
