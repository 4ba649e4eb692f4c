"""`audit verify`: whoever gets past the triggers is found by the chain."""

from __future__ import annotations

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from jcflow import database
from jcflow.audit import triggers
from jcflow.audit.chain import AuditHead
from jcflow.audit.notes import origin_of, public_of, signed, written_key
from jcflow.cli.demo.content import DATA
from tests.factories import AT

TAMPERINGS = [
    ("UPDATE programme SET title = 'anders'", "Jobcenter Herford, programme ", "passt nicht zum letzten Ereignis"),
    ("DELETE FROM topic", "Jobcenter Herford, topic ", "Die Zeile zum Ereignis fehlt."),
    (
        'UPDATE audit_event SET body = replace(body, \'"role":"command_line"\', \'"role":"editor"\') WHERE seq = 3',
        "Jobcenter Herford, Ereignis 3:",
        "Die Prüfsumme passt nicht zum Inhalt.",
    ),
    ("UPDATE audit_event SET role = 'editor' WHERE seq = 4", "Jobcenter Herford, Ereignis 4:", "Spalten"),
    ("UPDATE audit_revision SET texts = '{\"title\": 1}' WHERE seq = 2", "Ereignis 2:", "Wortlaut"),
    ("UPDATE audit_revision SET texts = 'kein JSON' WHERE seq = 2", "Ereignis 2:", "Wortlaut"),
]


def tamper(url: str, *statements: str) -> None:
    """Take the triggers away by hand and change the database past the trail."""
    engine = database.engine_for(url)
    with engine.begin() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        for name, table in triggers.present(connection).items():
            connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
        if on_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))
    engine.dispose()


def test_an_untouched_trail_is_whole(jcflow):
    jcflow("import", DATA / "herford-2022.yaml")

    verified = jcflow("audit", "verify", "--deep")

    assert verified.exit_code == 0
    assert verified.stdout.startswith("Der Änderungsverlauf ist unversehrt: ")
    assert "Zeilen.\n" in verified.stdout


def test_without_more_the_chain_alone_is_checked(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")

    sound = jcflow("audit", "verify")
    tamper(database_url, TAMPERINGS[2][0])
    broken = jcflow("audit", "verify")

    assert (sound.exit_code, broken.exit_code) == (0, 1)
    assert sound.stdout.startswith("Der Änderungsverlauf ist unversehrt: ")
    assert "Jobcenter Herford: nicht verankert: " in sound.stdout
    assert "jcflow audit verify --deep" in sound.stdout
    assert "Ereignis 3" in broken.stdout


@pytest.mark.parametrize(("statement", "place", "reason"), TAMPERINGS)
def test_the_first_bad_place_is_named(jcflow, database_url, statement, place, reason):
    jcflow("import", DATA / "herford-2022.yaml")
    tamper(database_url, statement)

    verified = jcflow("audit", "verify", "--deep")

    assert verified.exit_code == 1
    assert place in verified.stdout
    assert reason in verified.stdout
    assert verified.stderr == "Der Änderungsverlauf ist nicht unversehrt.\n"


def test_a_missing_tail_is_noticed(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")
    last = "(SELECT max(seq) FROM audit_event)"
    newest = "(SELECT object_id FROM audit_event ORDER BY seq DESC LIMIT 1)"
    tamper(
        database_url,
        f"DELETE FROM budget_line WHERE id = {newest}",
        f"DELETE FROM register_row WHERE id = {newest}",
        f"DELETE FROM audit_revision WHERE seq = {last}",
        f"DELETE FROM audit_event WHERE seq = {last}",
    )

    verified = jcflow("audit", "verify", "--deep")

    assert verified.exit_code == 1
    assert "Die Kette endet nicht dort, wo ihr Kopf steht." in verified.stdout


def test_only_the_house_that_was_touched_is_named(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")
    jcflow("import", DATA / "ennepe-ruhr-2023.yaml")
    tamper(database_url, "UPDATE programme SET title = 'anders' WHERE slug = '2023-lpd'")

    verified = jcflow("audit", "verify", "--deep")

    assert verified.exit_code == 1
    assert len(verified.stdout.splitlines()) == 1
    assert verified.stdout.startswith("Jobcenter Ennepe-Ruhr-Kreis, programme ")


def test_a_folder_with_notes_of_another_house_only_is_refused(jcflow, tmp_path):
    jcflow("import", DATA / "herford-2022.yaml")
    (tmp_path / "1.txt").write_text(signed(uuid4(), 1, "a" * 64, AT, "daily", None, [Ed25519PrivateKey.generate()]))

    verified = jcflow("audit", "verify", "--checkpoints", tmp_path)

    assert verified.exit_code == 2
    assert "Kein Prüfpunkt im Ordner ist von einem Jobcenter dieser Datenbank." in verified.stderr


def test_a_note_by_a_key_of_its_own_does_not_count_beside_a_known_key(jcflow, database_url, tmp_path):
    jcflow("import", DATA / "herford-2022.yaml")
    engine = database.engine_for(database_url)
    with database.reading(engine) as session:
        head = session.scalars(select(AuditHead), execution_options=database.EVERY_JOBCENTER).one()
    engine.dispose()
    known, own = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (tmp_path / "1.txt").write_text(signed(head.jobcenter_id, head.seq, head.hash, AT, "daily", None, [own]))
    word = written_key(origin_of(head.jobcenter_id), public_of(known))

    alone = jcflow("audit", "verify", "--checkpoints", tmp_path)
    beside = jcflow("audit", "verify", "--checkpoints", tmp_path, "--key", word)

    assert (alone.exit_code, beside.exit_code) == (0, 1)
    assert "Kein gültiger Schlüssel hat ihn unterschrieben." in beside.stdout
