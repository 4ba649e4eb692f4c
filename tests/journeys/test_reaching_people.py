"""How people are reached: their own settings, who stands in for them, and what the Gremienbüro sees of the mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import vobject
from flask import Flask
from icalendar import Calendar
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jcflow import clock, database, worker
from jcflow.accounts.mail_wishes import wish_of
from jcflow.accounts.people import Person as Member
from jcflow.audit.trail import record
from jcflow.mail.outbox import Mail, MailState
from tests.browser import PLAIN
from tests.journeys.people import Cast, Person
from tests.mail.server import Box, serving
from tests.site import NOW, Site

pytestmark = pytest.mark.browser

PATH = "/programmes/2022"
TODAY, NEXT_WEEK = NOW.date(), NOW.date() + timedelta(days=7)


def tick(site: Site, smtp_url: str | None) -> worker.Ticked:
    """Let a worker look once at what is due."""
    engine = database.engine_for(site.url)
    try:
        settings = replace(site.settings, database_url=site.url, smtp_url=smtp_url)
        return worker.tick(engine, settings, clock.now(), name="jcflow1:1")
    finally:
        engine.dispose()


def test_a_member_goes_away_and_the_substitute_acts_with_both_names(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("consultation")
    cast = Cast(live_server(site.app), "paderborn", new_page)

    enter_an_absence(cast("beirat1", PLAIN), "Birkentor")
    substitute = cast("redaktion", PLAIN)
    substitute.open("/tasks")
    substitute.sees("Sie vertreten zurzeit")
    substitute.follow("Aufgabe öffnen")
    substitute.choose("Zustimmung")
    substitute.press("Stellungnahme absenden")
    substitute.sees("eingegangen")

    history = cast("revision")
    history.open(f"{PATH}/history")
    entry = history.page.locator(".jc-time li", has_text="Birkentor").first
    expect(entry).to_contain_text("für")
    expect(entry).to_contain_text("Lindenweiler")
    with site.session() as session:
        told = session.scalars(select(Mail.address).where(Mail.occasion == "substitution")).all()
    assert sorted(address.partition("@")[0] for address in told) == ["beirat1", "redaktion"]


def enter_an_absence(member: Person, substitute: str) -> None:
    member.open("/account")
    member.follow("Abwesenheit und Vertretung eintragen")
    choice = member.page.get_by_label("Vertretung für").first
    names = choice.locator("option").all_inner_texts()
    choice.select_option(label=next(name for name in names if substitute in name))
    member.press("Vertretung speichern")
    member.sees("Die Vertretung ist gespeichert.")
    member.write("Erster Tag", NEXT_WEEK.isoformat())
    member.write("Letzter Tag", TODAY.isoformat())
    member.press("Abwesenheit eintragen")
    member.sees("Der letzte Tag liegt vor dem ersten.")
    member.write("Erster Tag", TODAY.isoformat())
    member.write("Letzter Tag", NEXT_WEEK.isoformat())
    member.press("Abwesenheit eintragen")
    member.sees("Die Abwesenheit ist eingetragen.")


def test_a_person_chooses_how_to_be_written_to_and_takes_the_deadlines_into_the_own_calendar(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("consultation")
    member = Cast(live_server(site.app), "paderborn", new_page)("beirat1", PLAIN)

    member.open("/account")
    member.follow("Benachrichtigungen ändern")
    member.choose("Zusammenfassung")
    member.write("Erinnerungen pausieren bis", NEXT_WEEK.isoformat())
    member.press("Benachrichtigungen speichern")
    with site.session() as session:
        wish = wish_of(session, site.person_id("beirat1"))
        assert wish is not None
        assert (wish.collected, wish.paused_until) == (True, NEXT_WEEK)

    member.open("/account")
    member.follow("Fristen in den eigenen Kalender übernehmen")
    first = new_address(member, "Adresse erzeugen")
    (event,) = Calendar.from_ical(read(member, first)).events
    assert "Stellungnahme absenden" in str(event["summary"])
    assert len(vobject.readOne(read(member, first)).vevent_list) == 1
    second = new_address(member, "Neue Adresse erzeugen")
    assert member.page.request.get(first).status == 404
    assert read(member, second)
    member.press("Adresse sperren")
    member.sees("Die Adresse gilt nicht mehr.")
    assert member.page.request.get(second).status == 404


def new_address(member: Person, button: str) -> str:
    """Press the button; the address is shown this once."""
    member.press(button)
    found = member.page.get_by_label("Adresse zum Abonnieren").input_value()
    member.open("/account/calendar")
    expect(member.page.get_by_label("Adresse zum Abonnieren")).to_have_count(0)
    return member.url + re.sub(r"^https?://[^/]+", "", found)


def read(member: Person, address: str) -> str:
    """What a calendar program gets."""
    answer = member.page.request.get(address)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/calendar")
    return answer.text()


def test_the_office_sees_every_mail_sends_again_prints_and_proves_it(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = sqlite_site.at("consultation")
    with site.writing() as session:
        by_post = session.get_one(Member, site.person_id("beirat5"))
        record(session, by_post, site.deed("admin"), email=f"ohne-{uuid4()}")
    box = Box()
    box.plan("beirat2@paderborn.example", "550 5.1.1 unknown user")
    with serving(box) as smtp_url:
        done = tick(site, smtp_url)
        site.settings = replace(site.settings, smtp_url=smtp_url)
        office = Cast(live_server(site.app), "paderborn", new_page)("buero")

        assert done.delivered.sent >= 4
        find_the_lost_one(office)
        tick(site, smtp_url)

    assert [mail.recipients for mail in box.taken].count(("beirat2@paderborn.example",)) == 1
    hand_a_letter_in(office)
    prove_it(office)
    with site.session() as session:
        asked = session.scalars(select(Mail.state).where(Mail.occasion == "consultation")).all()
    assert asked == [MailState.SENT] * 5


def find_the_lost_one(office: Person) -> None:
    office.open("/deadlines")
    expect(office.page.get_by_text("Zurzeit wird niemand erinnert")).to_have_count(0)
    office.follow("E-Mails ansehen")
    office.open("/mails")
    office.page.get_by_label("Stand").first.select_option("lost")
    office.press("Filtern")
    office.sees("unknown user")
    office.page.locator("#tabelle-versand tbody th a").first.click()
    office.reads("E-Mail an")
    office.sees("Beteiligung des Beirats")
    office.press("Noch einmal senden")
    office.sees("wird noch einmal gesendet")


def hand_a_letter_in(office: Person) -> None:
    office.open("/mails?show=letters")
    office.page.locator("#tabelle-versand tbody th a").first.click()
    office.sees("hat keine E-Mail-Adresse. Drucken Sie diese Seite")
    office.press("Brief als versandt eintragen")
    office.sees("ist als versandt eingetragen")


def prove_it(office: Person) -> None:
    """The sheet says of each member that, when and how they were asked."""
    office.open("/mails?occasion=consultation")
    with office.page.expect_download() as loading:
        office.page.get_by_role("link", name="Als CSV laden").click()
    rows = loading.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith('"Person";"Adresse";"Anlass";"Aufgabe"')
    assert len(rows) == 6
    assert all("versandt" in row and "18.11.2026" in row for row in rows[1:])
    assert sum("als Brief versandt" in row for row in rows) == 1
