"""Deadlines as people meet them: the calendar, what is overdue, the plan backwards, and what becomes of measures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jcflow.mail.outbox import Mail, Occasion
from jcflow.programmes import registers, topics
from jcflow.programmes.schedule import planned_days
from jcflow.tasks import Task
from jcflow.workdays import next_working_day
from tests.browser import PLAIN
from tests.journeys.people import PDF, Cast, Person, upload
from tests.site import NOW, Site

pytestmark = pytest.mark.browser

PATH = "/programmes/2022"
LATE = NOW + timedelta(days=30)
"""Nine days after the board was to have spoken."""
MEASURE = "Kurse für Jugendliche"
OPINION, CLOSING = "Stellungnahme absenden", "Beteiligung abschließen"


def due_days(site: Site) -> dict[str, date]:
    """Open task to the day it is due."""
    with site.session() as session:
        return {task.label: task.due_on for task in session.scalars(select(Task).where(Task.done_at.is_(None)))}


def written_to(site: Site, occasion: Occasion) -> list[str]:
    """The accounts of those to whom mails of this kind wait, each as often as there are mails."""
    with site.session() as session:
        found = session.scalars(select(Mail.address).where(Mail.occasion == occasion)).all()
    return sorted(address.partition("@")[0] for address in found)


def test_the_office_reminds_and_moves_what_is_overdue_and_people_are_written_to(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("consultation")
    with time_machine.travel(LATE, tick=True):
        cast = Cast(live_server(site.app), "paderborn", new_page)
        office = cast("buero")

        office.open("/deadlines")
        office.sees("seit 9 Tagen überfällig")
        remind_the_board(office)
        move_both(office)
        later = (LATE + timedelta(days=14)).date()
        assert set(due_days(site).values()) == {later, next_working_day(later + timedelta(days=1), "NW")}
        move_one(office)

        assert due_days(site)[CLOSING] == (LATE + timedelta(days=21)).date()
        board = [f"beirat{number}" for number in range(1, 6)]
        assert written_to(site, Occasion.REMINDER) == board
        assert written_to(site, Occasion.DEADLINE_MOVED) == [*board, "buero", "buero"]
        read_it_as_a_member(cast("beirat1", PLAIN))
        read_it_in_the_history(cast("revision"))


def remind_the_board(office: Person) -> None:
    office.follow_about("/deadlines/remind", OPINION)
    office.reads("Wer wird erinnert?")
    office.sees("5 Personen bekommen eine E-Mail")
    office.press("Jetzt erinnern")
    assert office.actions <= 3
    office.sees("Wir erinnern 5 Personen.")
    office.sees("1-mal, zuletzt 18.12.2026")
    office.follow_about("/deadlines/remind", OPINION)
    office.sees("Heute ist schon erinnert worden")
    office.follow("Zu den Fristen")


def move_both(office: Person) -> None:
    for box in office.page.get_by_role("checkbox").all():
        box.check()
    office.press("Ausgewählte verschieben")
    office.reads("2 Fristen verschieben")
    office.press("Verschiebung prüfen")
    office.sees("mit 10 bis 1.000 Zeichen")
    office.write("Neue Frist", (LATE + timedelta(days=14)).date().isoformat())
    office.write("Begründung", "Zwei Mitglieder sind krank.")
    office.press("Verschiebung prüfen")
    office.reads("Verschiebung prüfen")
    office.sees("Wir schreiben 6 Personen eine E-Mail")
    office.press("Fristen verschieben")
    office.sees("2 Fristen sind verschoben auf den 1.1.2027")


def move_one(office: Person) -> None:
    office.follow_about("/deadlines/move", CLOSING)
    office.write("Neue Frist", (LATE + timedelta(days=21)).date().isoformat())
    office.write("Begründung", "Über den Jahreswechsel ist niemand da.")
    office.press("Verschiebung prüfen")
    office.press("Frist verschieben")
    office.sees("1 Frist ist verschoben")
    office.sees("Nichts ist überfällig.")


def read_it_as_a_member(member: Person) -> None:
    member.open("/tasks")
    member.sees("Frist Freitag, 1. Januar 2027")
    member.open("/calendar")
    member.reads("Terminplan")
    member.sees("Das Verfahren ist im Plan")
    fits_a_phone(member)


def read_it_in_the_history(auditor: Person) -> None:
    auditor.open(f"{PATH}/history")
    auditor.sees("Frist verschoben")
    auditor.sees("Zwei Mitglieder sind krank.")


def fits_a_phone(person: Person) -> None:
    """Nothing has to be scrolled sideways."""
    wide = person.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_the_office_plans_backwards_and_everybody_reads_the_calendar_on_paper_too(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("drafting")
    cast = Cast(live_server(site.app), "paderborn", new_page)
    office = cast("buero")

    plan_backwards(office)

    with site.session() as session:
        planned = planned_days(site.programme(session))
    assert due_days(site)["Zur internen Prüfung geben"] == planned["drafting"]
    assert written_to(site, Occasion.DEADLINE_MOVED) == ["gf"]
    member = cast("tv2", PLAIN)
    member.open("/calendar")
    member.sees("15.6.2027")
    fits_a_phone(member)
    is_fit_to_print(office)


def plan_backwards(office: Person) -> None:
    office.open("/calendar")
    office.follow("Termine planen")
    office.write("Geplanter Tag des Beschlusses", "2026-12-14")
    office.press("Termine berechnen")
    office.sees("der Tag ist vorbei")
    expect(office.page.get_by_role("button", name="Terminplan speichern")).to_have_count(0)
    office.follow("Anderer Tag")
    office.write("Geplanter Tag des Beschlusses", "2027-06-15")
    office.press("Termine berechnen")
    office.sees("Alle Termine passen.")
    office.sees("Wir schreiben 1 Person")
    office.press("Terminplan speichern")
    office.reads("Terminplan")
    office.sees("Der Terminplan ist gespeichert.")
    office.sees("geplant")


def is_fit_to_print(office: Person) -> None:
    """Bars and tables stay, what can only be pressed goes, and nothing leaves the sheet."""
    page = office.page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 658, "height": 980})
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("figure.jc-chart")).to_be_visible()
    expect(page.locator("#tabelle-termine thead")).to_be_visible()
    assert page.locator("#tabelle-termine td").first.evaluate("e => getComputedStyle(e).display") == "table-cell"
    expect(page.locator(".jc-nav")).to_be_hidden()
    expect(page.get_by_role("link", name="Termine planen")).to_be_hidden()
    fits_a_phone(office)
    rows = page.locator("#tabelle-termine tbody tr")
    assert rows.count() >= 8
    assert all(row.evaluate("e => getComputedStyle(e).breakInside") == "avoid" for row in rows.all())
    assert len(page.pdf(prefer_css_page_size=True)) > 10_000


def test_an_owner_reports_how_a_measure_stands_and_both_bodies_read_it(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("in_force")
    with site.writing() as session:
        programme = site.programme(session)
        chosen = next(topic for own in topics.topics_of(session, programme).values() for topic in own)
        data = {"key": "kurse", "title": MEASURE, "topics": [chosen.key]}
        registers.add_row(session, programme, "measures", data, site.deed("gf"))
    cast = Cast(live_server(site.app), "paderborn", new_page)

    name_the_owner(cast)
    report(cast("redaktion"))

    for account in ("beirat1", "tv2"):
        member = cast(account, PLAIN)
        member.open(f"{PATH}/progress")
        member.sees("0 von 1 Maßnahme ist erledigt")
        member.sees("verzögert sich")
        member.sees("Der zweite Kurs beginnt erst im März.")
        expect(member.page.get_by_role("link", name="scan.pdf")).to_have_count(0)
        fits_a_phone(member)
    director = cast("gf")
    director.open(f"{PATH}/progress")
    expect(director.page.get_by_role("link", name="scan.pdf")).to_be_visible()


def name_the_owner(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/progress")
    director.follow_about("/owner", MEASURE)
    director.reads("Wer ist zuständig?")
    director.page.get_by_label("Zuständige Person").select_option(label=owner_of(director.page))
    director.write("Fällig am", (NOW + timedelta(days=90)).date().isoformat())
    director.press("Zuständigkeit speichern")
    director.sees("noch kein Bericht")


def owner_of(page: Page) -> str:
    """The option with the editor's name."""
    options = page.get_by_label("Zuständige Person").locator("option").all_inner_texts()
    return next(option for option in options if "Birkentor" in option)


def report(owner: Person) -> None:
    owner.open("/tasks")
    owner.sees(f"Stand melden: {MEASURE}")
    owner.follow("Aufgabe öffnen")
    owner.follow_about("/report", MEASURE)
    owner.choose("verzögert sich")
    owner.write("Ein Satz dazu", "Der zweite Kurs beginnt erst im März.")
    upload(owner, "Beleg", PDF)
    owner.press("Stand melden")
    owner.sees("Ihr Bericht ist gespeichert.")
    owner.open("/tasks")
    owner.sees(f"Stand melden: {MEASURE}")
