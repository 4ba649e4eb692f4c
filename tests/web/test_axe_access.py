"""The pages for a forgotten password, another address and a second factor, with and without an error, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from jcflow.mail.outbox import Occasion
from tests.browser import PLAIN, View, press
from tests.site import Site
from tests.web.codes import PAGE, RECOVERY, App, demand
from tests.web.letters import path_in
from tests.web.test_axe import _faults, sign_in

pytestmark = pytest.mark.browser

LIVE = View(scripts=True)


def test_a_password_is_reset_in_the_browser(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    address, page, faults = live_server(sqlite_site.app), new_page(LIVE), list[str]()

    page.goto(f"{address}/login")
    press(page, "text=Passwort vergessen?")
    faults += _faults(page)
    press(page, "text=Link anfordern")
    assert page.locator(".kern-error").count() == 1
    faults += _faults(page)
    page.fill("#email", "gf@paderborn.example")
    press(page, "text=Link anfordern")
    assert "sehen Sie in Ihr Postfach" in page.inner_text("main")
    faults += _faults(page)
    page.goto(address + path_in(sqlite_site, Occasion.RESET))
    page.fill("#password", "kurz")
    page.fill("#again", "kurz")
    press(page, "text=Passwort festlegen")
    faults += _faults(page)
    page.fill("#password", "drei wirre woerter")
    page.fill("#again", "drei wirre woerter")
    press(page, "text=Passwort festlegen")
    assert page.url == f"{address}/login"

    assert faults == []


def test_an_address_is_changed_in_the_browser(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    address, page, faults = live_server(sqlite_site.app), new_page(LIVE), list[str]()
    sign_in(page, sqlite_site.client("gf"), address)

    page.goto(f"{address}/account")
    press(page, "text=E-Mail-Adresse ändern")
    press(page, "text=Link anfordern")
    faults += _faults(page)
    page.fill("#email", "neu@paderborn.example")
    page.fill("#old", "demo")
    press(page, "text=Link anfordern")
    page.goto(address + path_in(sqlite_site, Occasion.ADDRESS_CHANGE))
    faults += _faults(page)
    press(page, "button:has-text('Adresse bestätigen')")
    assert "neu@paderborn.example" in page.inner_text("main")

    assert faults == []


@pytest.mark.parametrize("view", [LIVE, PLAIN], ids=["desk", "phone without scripts"])
def test_a_second_factor_is_set_up_and_used_in_the_browser(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page], view: View
) -> None:
    address, page, faults = live_server(sqlite_site.app), new_page(view), list[str]()
    look = _faults if view.scripts else lambda _: []
    sign_in(page, sqlite_site.client("gf"), address)

    page.goto(address + PAGE)
    faults += look(page)
    page.fill("#code", "000000")
    press(page, "button:has-text('Zweiten Faktor einrichten')")
    faults += look(page)
    app = App(page.content())
    page.fill("#code", app.code(-1))
    press(page, "button:has-text('Zweiten Faktor einrichten')")
    assert len(RECOVERY.findall(page.content())) == 10
    faults += look(page)
    page.goto(address + PAGE)
    faults += look(page)
    press(page, "text=Abmelden")
    page.fill("#email", "gf@paderborn.example")
    page.fill("#password", "demo")
    press(page, "button:has-text('Anmelden')")
    faults += look(page)
    page.fill("#code", "000000")
    press(page, "text=Code prüfen")
    faults += look(page)
    page.fill("#code", app.code())
    press(page, "text=Code prüfen")
    assert page.locator("text=Abmelden").count() == 1

    assert faults == []


def test_a_demanded_factor_is_explained_in_the_browser(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    demand(sqlite_site, factor_for_admin="1")
    address, page, faults = live_server(sqlite_site.app), new_page(LIVE), list[str]()
    sign_in(page, sqlite_site.client("admin"), address)

    page.goto(f"{address}/admin/settings")
    faults += _faults(page)
    page.fill("#office_phone", "05251 123-456")
    press(page, "text=Einstellungen speichern")
    assert "verlangt für die Verwaltung" in page.inner_text("main")
    faults += _faults(page)
    page.fill("#code", App(page.content()).code())
    press(page, "button:has-text('Zweiten Faktor einrichten')")
    faults += _faults(page)
    press(page, "text=Jetzt absenden")
    assert page.input_value("#office_phone") == "05251 123-456"
    page.goto(f"{address}/admin/people/{sqlite_site.person_id('gf')}")
    faults += _faults(page)

    assert faults == []
