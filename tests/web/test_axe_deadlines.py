"""The pages between a form and its saving: previews of deadlines and plans, and forms of measures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from jcflow.programmes import registers
from jcflow.tasks import Task
from tests.browser import DESK, View, press
from tests.site import NOW, Site
from tests.web.test_axe import _faults, sign_in

pytestmark = pytest.mark.browser

LATER = (NOW.date() + timedelta(days=40)).isoformat()


def test_previews_of_moved_deadlines_and_of_plans_are_for_everybody(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    sqlite_site.at("consultation")
    office = sqlite_site.client("buero")
    address, page, faults = live_server(sqlite_site.app), new_page(DESK), list[str]()
    sign_in(page, office, address)

    with sqlite_site.session() as session:
        task_id = session.scalars(select(Task.id).where(Task.done_at.is_(None)).order_by(Task.due_on)).first()
    page.goto(f"{address}/deadlines/move?task={task_id}")
    page.fill("#new_on", LATER)
    page.fill("#reason", "Zwei Mitglieder sind im Urlaub.")
    press(page, "text=Verschiebung prüfen")
    assert page.locator("h1").inner_text() == "Verschiebung prüfen"
    faults += _faults(page)
    page.goto(f"{address}/programmes/{sqlite_site.slug()}/plan")
    page.fill("#resolved_on", "2027-06-15")
    press(page, "text=Termine berechnen")
    assert page.locator("h1").inner_text() == "Terminplan prüfen"
    faults += _faults(page)

    assert faults == []


def test_pages_of_measures_are_for_everybody(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    sqlite_site.at("in_force")
    with sqlite_site.writing() as session:
        data = {"key": "kurse", "title": "Kurse für Jugendliche", "topics": []}
        row = registers.add_row(session, sqlite_site.programme(session), "measures", data, sqlite_site.deed("gf"))
        base = f"/programmes/{sqlite_site.slug()}/progress"
        place = f"{base}/{row.id}"
    director = sqlite_site.client("gf")
    person = str(sqlite_site.person_id("gf"))
    director.post_form(f"{place}/owner", {"person": person, "due_on": LATER})
    address, page, faults = live_server(sqlite_site.app), new_page(DESK), list[str]()
    sign_in(page, director, address)

    for path in (base, f"{place}/owner", f"{place}/report", "/calendar", "/account/calendar"):
        page.goto(address + path)
        faults += [f"{path} {fault}" for fault in _faults(page)]

    assert faults == []
