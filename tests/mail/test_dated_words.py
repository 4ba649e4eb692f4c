"""A reminder that may have arrived and waits for days says what is the case on the day it goes out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from jcflow import database, worker
from jcflow.deadlines import moving
from jcflow.mail.smtp import Line
from jcflow.reminders.wording import long_day
from jcflow.tasks import Task
from jcflow.workdays import next_working_day
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


def seven_days_before(site: Site) -> datetime:
    """In the evening, when the first reminder of the opinions is due."""
    with site.session() as session:
        due = session.scalars(select(Task.due_on).where(Task.act == "opinion", Task.done_at.is_(None))).all()[0]
    return datetime(due.year, due.month, due.day, 18, 30, tzinfo=UTC) - timedelta(days=7)


def test_the_words_of_an_earlier_day_do_not_go_out_beside_the_new_ones(sqlite_site: Site) -> None:
    site, box = sqlite_site.at("consultation"), Box()
    with serving(box) as url:
        tick(site, url, NOW)
        evening = seven_days_before(site)
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


def test_the_words_of_a_worker_that_was_killed_days_ago_do_not_go_out(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, box = sqlite_site.at("consultation"), Box()
    with serving(box) as url:
        tick(site, url, NOW)
        evening = seven_days_before(site)
        with monkeypatch.context() as killed:
            killed.setattr(Line, "send", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                tick(site, url, evening)
        before = len(box.taken)
        with site.writing() as session:
            session.execute(text("UPDATE mail SET lease_until = NULL, state = 'waiting' WHERE state = 'sending'"))
        tick(site, url, evening.replace(hour=9) + timedelta(days=5))

    mine = [mail.message["Subject"] for mail in box.taken[before:] if READER in mail.recipients]
    assert mine == ["Erinnerung: noch 2 Tage für Ihre Stellungnahme"]


def test_a_deadline_that_has_moved_is_not_said_by_a_second_copy(sqlite_site: Site) -> None:
    site, box = sqlite_site.at("consultation"), Box()
    box.plan(READER, "gone")
    with serving(box) as url:
        tick(site, url, NOW)
        with site.writing() as session:
            mine = (Task.person_id == site.person_id("beirat1")) & Task.done_at.is_(None)
            task = session.scalars(select(Task).where(mine)).one()
            old, new = task.due_on, next_working_day(task.due_on + timedelta(days=14), "NW")
            chosen = moving.deadlines_of(session, [task.id], NOW.date())
            deed = replace(site.deed("buero"), reason="Die Sitzung ist verlegt.")
            moving.move(session, moving.shifts_to(session, chosen, new, NOW.date()), deed)
        tick(site, url, NOW + timedelta(minutes=5))

    first, *later = [mail for mail in box.taken if READER in mail.recipients]
    assert long_day(old) in first.words
    assert any(mail.message["Subject"].startswith("Ihre Stellungnahme") for mail in later)
    assert not any(f"Frist: {long_day(old)}" in mail.words for mail in later)
    assert len({mail.message_id for mail in (first, *later)}) == 1 + len(later)
