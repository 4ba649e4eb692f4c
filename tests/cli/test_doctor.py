"""`doctor`: what it finds good, and what not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from jcflow import clock, database
from jcflow.audit import triggers
from jcflow.cli.doctor import VENDOR, assets
from jcflow.config import data_dir
from jcflow.mail import ticking
from jcflow.mail.outbox import Letter, Occasion, queue
from tests.factories import found_house, small_document


def points(output: str) -> dict[str, tuple[str, str]]:
    """Name of a point to its verdict and what was found."""
    rows = [line.split(maxsplit=2) for line in output.splitlines()]
    return {name: (verdict, found) for verdict, name, found in rows}


def test_a_sound_installation_is_found_good(jcflow_on_sqlite, sqlite_url):
    seen = jcflow_on_sqlite("doctor")

    found = points(seen.stdout)
    number = len(triggers.expected("sqlite"))
    assert seen.exit_code == 0, seen.stdout
    assert {verdict for verdict, _what in found.values()} == {"gut"}
    assert found["Datenbank"][1].endswith(sqlite_url.removeprefix("sqlite:///"))
    assert found["Auslöser"][1] == f"{number} von {number}"
    assert found["synchronous"][1] == "FULL"
    assert found["journal_mode"][1] == database.journal_mode()
    newest = max(file.name[:4] for file in data_dir("migrations").glob("versions/0*.py"))
    assert found["Migrationen"][1] == f"{newest}, neueste ist {newest}"
    assert "Europe/Berlin im Juli +0200" in found["Zeitzonen"][1]


@pytest.mark.postgres
def test_a_server_that_may_lose_commits_is_found(jcflow_on_sqlite, new_postgresql):
    url = new_postgresql()

    # The server of the tests runs without fsync, for speed.
    seen = jcflow_on_sqlite("doctor", JCFLOW_DATABASE_URL=url)

    found = points(seen.stdout)
    assert seen.exit_code == 1
    assert found["Datenbank"][1].startswith("PostgreSQL ")
    assert found["Migrationen"][0] == found["Auslöser"][0] == "gut"
    assert found["fsync"] == ("FEHLER", "off")


def test_without_a_key_the_rest_is_looked_at_all_the_same(jcflow_on_sqlite):
    seen = jcflow_on_sqlite("doctor", JCFLOW_SECRET_KEY=None)

    found = points(seen.stdout)
    assert seen.exit_code == 1
    assert found["Schlüssel"] == ("FEHLER", "JCFLOW_SECRET_KEY ist nicht gesetzt")
    assert found["Migrationen"][0] == "gut"
    assert seen.stderr == "Ein Punkt ist nicht in Ordnung.\n"


def test_a_missing_database_is_found_and_not_made(jcflow_on_sqlite, tmp_path):
    seen = jcflow_on_sqlite("doctor", JCFLOW_DATABASE_URL="sqlite:///nirgends.sqlite3")

    assert seen.exit_code == 1
    assert points(seen.stdout)["Datenbank"][0] == "FEHLER"
    assert not (tmp_path / "nirgends.sqlite3").exists()


def test_missing_triggers_are_named(jcflow_on_sqlite, sqlite_url):
    engine = database.engine_for(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER vote_update"))
    engine.dispose()

    seen = jcflow_on_sqlite("doctor")

    verdict, found = points(seen.stdout)["Auslöser"]
    assert seen.exit_code == 1
    assert verdict == "FEHLER"
    assert found.endswith("es fehlen vote_update")


def test_no_password_is_shown(jcflow_on_sqlite):
    seen = jcflow_on_sqlite("doctor", JCFLOW_DATABASE_URL="postgresql+psycopg://jc:geheim@127.0.0.1:1/haus")

    assert seen.exit_code == 1
    assert "127.0.0.1:1/haus" in seen.stdout
    assert "geheim" not in seen.stdout + seen.stderr


def test_changed_and_missing_assets_are_found(tmp_path):
    listing = json.loads((VENDOR / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(listing))
    missing = assets(tmp_path)

    for name in listing["files"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((VENDOR / name).read_bytes())
    whole = assets(tmp_path)
    (tmp_path / "kern" / "kern.min.css").write_text("changed")
    changed = assets(tmp_path)

    assert not missing.good
    assert whole.good
    assert (changed.good, changed.found) == (False, "verändert oder unvollständig: kern/kern.min.css")
    assert not assets(tmp_path / "nirgends").good


def test_it_says_how_late_the_mail_is_and_whether_a_worker_lives(jcflow_on_sqlite, sqlite_url):
    before = points(jcflow_on_sqlite("doctor").stdout)
    once = jcflow_on_sqlite("worker", "--once")
    after = points(jcflow_on_sqlite("doctor", JCFLOW_SMTP_URL="smtp://mail.example?starttls=1").stdout)

    assert before["Worker"] == ("gut", "noch keiner gelaufen. Starten Sie ihn: jcflow worker")
    assert once.stdout.startswith("0 geplant, 0 versandt")
    assert after["Worker"][0] == "gut"
    assert after["Worker"][1].startswith("zuletzt vor ")
    assert after["Versand"] == ("gut", "0 fällig")
    assert after["Mail"] == ("gut", "mail.example:587, STARTTLS")


def test_mail_that_lies_too_long_and_a_worker_that_is_gone_are_found(jcflow_on_sqlite, sqlite_url):
    engine = database.engine_for(sqlite_url)
    with database.writing(engine) as session:
        house = found_house(session, small_document())
        letter = Letter(Occasion.RESET, house.people["gf"], "a", {}, urgent=True)
        queue(session, letter, at=clock.now() - timedelta(minutes=10))
        ticking.tick(session, "host:1")
        session.execute(text("UPDATE worker_tick SET last_at = '2026-01-01 00:00:00.000000'"))
    engine.dispose()

    seen = jcflow_on_sqlite("doctor", JCFLOW_SMTP_URL="smtp://jc:geheim@mail.example")
    patient = jcflow_on_sqlite("doctor", "--max-lag", "3600", JCFLOW_SMTP_URL="smtp://mail.example")

    found = points(seen.stdout)
    assert seen.exit_code == 1
    assert found["Versand"] == ("FEHLER", "1 fällig, die älteste seit 10 min")
    assert found["Worker"][0] == "FEHLER"
    assert found["Mail"][0] == "FEHLER"
    assert "geheim" not in seen.stdout
    assert points(patient.stdout)["Versand"][0] == "gut"
