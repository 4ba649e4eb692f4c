"""Every page of every role, light, dark and on a phone: nothing for axe to find, nothing to scroll sideways."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser import DESK, PHONE, View, axe, press
from tests.places import crawl, furnish
from tests.shapes import shapes_of
from tests.site import Client, Site

# One worker for all: what it has seen in one state it need not judge in another.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe")]

STATES = [
    ("drafting", "paderborn", ("gf", "admin", "tv1")),
    ("internal_check", "paderborn", ("bca", "haushalt")),
    ("consultation", "paderborn", ("beirat1", "buero")),
    ("disposition", "paderborn", ("gf",)),
    ("resolution", "paderborn", ("tv1", "tv2")),
    ("awaiting_record", "paderborn", ("tv1",)),
    ("published", "paderborn", (None, "gf", "revision")),
    ("committee", "ennepe-ruhr", ("buero",)),
]
"""State, house, and whose pages differ most there."""
NARROW = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
"""The rules whose verdict depends on colours and widths; the others are asked once per page."""


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """The kinds of page and the shapes axe has judged; a known kind made of nothing else is not judged again."""
    return set()


@pytest.mark.parametrize(("state", "house", "accounts"), STATES)
def test_every_page_is_for_everybody(
    sqlite_site: Site,
    live_server: Callable[[Flask], str],
    new_page: Callable[[View], Page],
    seen: set[str],
    state: str,
    house: str,
    accounts: tuple[str | None, ...],
) -> None:
    sqlite_site.at(state, house)
    furnish(sqlite_site, house)
    address, page, faults = live_server(sqlite_site.app), new_page(DESK), list[str]()

    for account in accounts:
        client = sqlite_site.client(f"{account}@{house}" if account else None)
        sign_in(page, client, address)
        for path, answer in list(crawl(client, per_rule=1)):
            if answer.status_code == 200 and answer.mimetype == "text/html":
                shapes = {_kind(path), *shapes_of(answer.text)}
                if not shapes <= seen:
                    seen |= shapes
                    page.goto(address + path)
                    faults += [f"{account} {path} {fault}" for fault in _faults(page)]

    assert faults == []


def sign_in(page: Page, client: Client, address: str) -> None:
    """Give a browser the session of a client."""
    page.context.clear_cookies()
    cookie = client.get_cookie("jcflow")
    if cookie is not None:
        page.context.add_cookies([{"name": "jcflow", "value": cookie.value, "url": address}])


def _kind(path: str) -> str:
    """The address without what stands for one of many."""
    return re.sub(r"[0-9a-f-]{36}|\d+", "…", path.partition("?")[0])


def _faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands: on a desk, and on a phone in the dark."""
    found = axe(page)
    if page.locator("h1").count() != 1:
        found.append("nicht genau eine h1")
    if page.locator("main .kern-btn--primary").count() > 1:
        found.append("mehr als eine Hauptschaltfläche")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    found += [f"(Telefon, dunkel) {fault}" for fault in axe(page, NARROW)]
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"(Telefon) {wide} px zu breit")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK.width, "height": DESK.height})
    return found


@pytest.mark.parametrize("path", ["/login", "/gibt/es/nicht", "/public", "/help"])
def test_pages_for_nobody_in_particular_are_for_everybody_too(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page], path: str
) -> None:
    page = new_page(DESK)

    page.goto(live_server(sqlite_site.app) + path)

    assert _faults(page) == []


def test_refusals_and_pages_with_errors_are_for_everybody_too(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    address, page = live_server(sqlite_site.app), new_page(DESK)
    sign_in(page, sqlite_site.client("gf"), address)

    page.goto(f"{address}/admin")
    forbidden = _faults(page)
    page.goto(f"{address}/programmes/{sqlite_site.slug()}/close")
    refused = _faults(page)
    page.goto(f"{address}/account")
    press(page, "form[action='/account/password'] button")

    assert page.evaluate("() => document.activeElement.id") == "fehler"
    assert forbidden + refused + _faults(page) == []
