"""The pages for absence, substitution and notifications with something on them, and with an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser import DESK, View, press
from tests.site import NOW, Site
from tests.web.test_axe import _faults, sign_in

pytestmark = pytest.mark.browser

FIRST, LAST = NOW.date().isoformat(), (NOW.date() + timedelta(days=30)).isoformat()


def test_pages_of_absences_are_for_everybody(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    sqlite_site.at("consultation")
    address, page, faults = live_server(sqlite_site.app), new_page(DESK), list[str]()
    sign_in(page, sqlite_site.client("buero"), address)
    somebody = f"{address}/deadlines/absences/{sqlite_site.person_id('beirat1')}"

    page.goto(somebody)
    page.fill("#first_on", LAST)
    page.fill("#last_on", FIRST)
    press(page, "text=Abwesenheit eintragen")
    assert page.locator(".kern-error").count() >= 1
    faults += _faults(page)
    page.fill("#first_on", FIRST)
    page.fill("#last_on", LAST)
    press(page, "text=Abwesenheit eintragen")
    faults += _faults(page)
    page.goto(f"{address}/deadlines/absences")
    assert "ohne Vertretung" in page.inner_text("main")
    faults += _faults(page)
    page.goto(f"{address}/deadlines/absences/{sqlite_site.person_id('tv2')}")
    faults += _faults(page)

    assert faults == []


def test_pages_of_one_s_own_mails_and_absences_are_for_everybody(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    address, page, faults = live_server(sqlite_site.app), new_page(DESK), list[str]()
    sign_in(page, sqlite_site.client("tv2"), address)

    for path in ("/account/absences", "/account/notifications", "/account"):
        page.goto(address + path)
        faults += _faults(page)
    page.goto(f"{address}/account/notifications")
    page.fill("#paused_until", "2020-01-01")
    press(page, "text=Benachrichtigungen speichern")
    faults += _faults(page)

    assert faults == []
