"""A reminder that may have arrived and waits for days says what is the case on the day it goes out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from jcflow import database, worker
from jcflow.tasks import Task
from tests.mail.server import Box, serving
from tests.site import NOW, Site

READER = "beirat1@paderborn.example"


def tick(site: Site, url: str, at: datetime) -> None:
    engine = database.engine_for(site.url)
    try:
        settings = replace(site.settings, database_url=site.url, smtp_url=url, base_url="https://jcflow.example")
        worker.tick(engine, settings, at)
    finally:
        engine.dispose()


def test_the_words_of_an_earlier_day_do_not_go_out_beside_the_new_ones(sqlite_site: Site) -> None:
    site, box = sqlite_site.at("consultation"), Box()
    with serving(box) as url:
        tick(site, url, NOW)
        with site.session() as session:
            due = session.scalars(select(Task.due_on).where(Task.act == "opinion", Task.done_at.is_(None))).all()[0]
        evening = datetime(due.year, due.month, due.day, 18, 30, tzinfo=UTC) - timedelta(days=7)
        before = len(box.taken)
        box.plan(READER, "gone")
        tick(site, url, evening)
        for days in (5, 6):
            tick(site, url, evening.replace(hour=9) + timedelta(days=days))

    mine = [mail.message for mail in box.taken[before:] if READER in mail.recipients]
    assert [message["Subject"] for message in mine] == [
        "Erinnerung: noch 7 Tage für Ihre Stellungnahme",
        "Erinnerung: noch 2 Tage für Ihre Stellungnahme",
    ]
    assert len({message["Message-ID"] for message in mine}) == 2
