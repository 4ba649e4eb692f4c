"""Fristen: what is due in the whole house."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import select

from jcflow.mail import ticking
from jcflow.mail.ticking import WorkerTick
from jcflow.programmes.programme import Programme
from tests.site import NOW, Site

FIVE_MINUTES = timedelta(minutes=5)


def test_staff_see_every_open_task_with_its_people_the_oldest_first(site: Site) -> None:
    site.at("consultation")

    page = site.client("buero").page("/deadlines")

    assert page.h1 == "Fristen"
    assert page.words.index("Stellungnahme absenden") < page.words.index("Beteiligung abschließen")
    assert "Lindenweiler" in page.words
    assert "Gremienbüro" in page.words


def test_one_deadline_of_many_people_is_one_row(site: Site) -> None:
    site.at("consultation")

    page = site.client("buero").text("/deadlines")

    assert page.count(">Stellungnahme absenden<") == 1


def test_what_is_late_is_counted(site: Site) -> None:
    site.at("consultation")

    with time_machine.travel(NOW + timedelta(days=30)):
        page = site.client("buero").page("/deadlines")

    assert "seit 9 Tagen überfällig" in page.words
    assert "Nichts ist überfällig" not in page.words


def test_a_worker_that_has_been_silent_for_five_minutes_is_missed(site: Site) -> None:
    site.at("consultation")
    office = site.client("buero")
    assert "Zurzeit wird niemand erinnert" in office.page("/deadlines").words

    with site.writing() as session:
        ticking.tick(session, "jcflow1:1")
    assert "Zurzeit wird niemand erinnert" not in office.page("/deadlines").words
    with site.writing() as session:
        for worker in session.scalars(select(WorkerTick)):
            worker.last_at -= FIVE_MINUTES

    assert "Zurzeit wird niemand erinnert" in office.page("/deadlines").words
    assert "arbeitet nicht, zuletzt am" in office.page("/deadlines").words


def test_others_do_not_see_the_deadlines_of_the_house(site: Site) -> None:
    for account in ("redaktion", "beirat1", "tv1", "admin", "revision"):
        assert site.client(account).get("/deadlines").status_code == 403


def test_another_house_sees_its_own_deadlines_only(site: Site) -> None:
    site.at("consultation")

    page = site.client("buero@herford").page("/deadlines")

    assert "Stellungnahme absenden" not in page.words
    with site.session("herford") as session:
        programme: Programme = site.programme(session)
        assert programme.title in page.words


def test_a_task_leads_its_holder_to_where_it_is_done(site: Site) -> None:
    site.at("consultation")

    staff, director = site.client("buero").page("/deadlines"), site.client("gf").page("/deadlines")

    where = f"/programmes/{site.slug()}"
    assert f"{where}/close" in staff.links
    assert f"{where}/close" not in director.links
    assert where in director.links
