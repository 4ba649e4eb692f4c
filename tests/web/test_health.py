"""What a machine that watches the installation is told."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import ANY

from jcflow import clock, database
from jcflow.mail.outbox import Letter, Occasion, queue
from jcflow.mail.ticking import tick
from tests.site import Site


def test_it_lives_and_is_ready_and_says_how_late_the_mail_is(site: Site) -> None:
    site.at("drafting")
    before = site.client(None).get("/readyz").json
    with site.writing() as session:
        person_id, at = site.person_id("gf"), clock.now() - timedelta(hours=2)
        queue(session, Letter(Occasion.RESET, person_id, "a", {}, urgent=True), at=at)
        tick(session, "host:1")

    living, ready = site.client(None).get("/healthz"), site.client(None).get("/readyz")

    assert before == {
        "status": "ok",
        "mail": {"late": 0, "due": 0},
        "worker": None,
        "checkpoints": {"state": "amber", "late": ANY},
    }
    assert (living.status_code, ready.status_code) == (200, 200)
    assert living.json == ready.json
    assert ready.json is not None
    assert (ready.json["mail"]["due"], ready.json["status"]) == (1, "ok")
    assert 7200 <= ready.json["mail"]["late"] < 7260
    assert 0 <= ready.json["worker"] < 60


def test_without_a_database_it_lives_but_is_not_ready(sqlite_site: Site) -> None:
    sqlite_site.at("drafting")
    engine = database.engine_for(sqlite_site.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE mail RENAME TO elsewhere")
    engine.dispose()

    living, ready = sqlite_site.client(None).get("/healthz"), sqlite_site.client(None).get("/readyz")

    assert (living.status_code, ready.status_code) == (200, 503)
    assert ready.json == {"status": "no database", "mail": None, "worker": None, "checkpoints": None}
