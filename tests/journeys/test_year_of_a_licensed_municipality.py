"""A year of the local planning document of Ennepe-Ruhr-Kreis, in the browser: the council's bodies decide.

On PostgreSQL; the other kind of house walks its year on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from jcflow import clock
from jcflow.audit.verify import verify
from jcflow.programmes.programme import steps_of
from tests.browser import PLAIN
from tests.journeys.people import Cast
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.postgres]

PATH = "/programmes/2023-lpd"


def test_document_goes_from_draft_through_committee_and_council(
    new_site: Callable[[str], Site], live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = new_site("postgresql")
    cast = Cast(live_server(site.at("drafting").app), "ennepe-ruhr", new_page)

    submit_and_check(cast)
    hand_over(cast)
    ask_and_answer(cast)
    enter_results(cast)
    publish(cast)

    with site.session("ennepe-ruhr") as session:
        path = [(step.trigger, step.outcome) for step in steps_of(session, site.programme(session))]
        assert verify(session).findings == ()
    assert path == [
        *(("import", None), ("submit", None), ("release", None), ("close", None), ("dispose", None)),
        *(("enter_result", "deferred"), ("enter_result", "recommended"), ("enter_result", "adopted")),
    ]


def submit_and_check(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/submit")
    director.press("Zur internen Prüfung geben")
    equality = cast("bca")
    equality.open(f"{PATH}/sign-off")
    equality.choose("Mitzeichnen")
    equality.press("Prüfung der Chancengleichheit abschließen")
    budget = cast("haushalt")
    budget.open(f"{PATH}/state-budget")
    budget.press("Prüfung des Haushalts abschließen")
    director.open(f"{PATH}/release")
    director.press("Dem Beirat vorlegen")
    director.sees("Beteiligung des Beirats")


def hand_over(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/hand-over")
    director.sees("Beschluss steht aus")
    director.write("Tag der Abgabe", clock.today().isoformat())
    director.press("An das Land geben")
    director.sees("Beschluss steht aus")


def ask_and_answer(cast: Cast) -> None:
    for account in ("beirat1", "beirat2", "beirat3", "beirat4", "beirat5"):
        member = cast(account, PLAIN)
        member.open(f"{PATH}/opinions/new")
        member.choose("Keine Äußerung" if account != "beirat2" else "Bedenken")
        if account == "beirat2":
            member.write("Text zu Punkt 1", "Die Beratung braucht mehr Zeit je Gespräch.")
        member.press("Stellungnahme absenden")
    office = cast("buero")
    office.open(f"{PATH}/close")
    office.press("Beteiligung abschließen")
    director = cast("gf")
    director.open(f"{PATH}/opinions")
    director.follow_to("/reply/")
    director.choose("zur Kenntnis")
    director.write("Ihre Antwort", "Die Personalplanung wird im Herbst beraten.")
    director.press("Antwort senden")
    director.open(f"{PATH}/dispose")
    director.press("Dem Kreisausschuss vorlegen")


def enter_results(cast: Cast) -> None:
    office = cast("buero")
    for outcome, reference in (("deferred", "17/2022"), ("recommended", "19/2022"), ("adopted", "23/2022")):
        office.open(f"{PATH}/results/enter")
        office.page.locator(f"input[name=outcome][value={outcome}]").check()
        office.page.locator("input[name=met_on]").fill(clock.today().isoformat())
        office.page.locator("input[name=reference]").fill(reference)
        for name, number in (("yes", "11"), ("no", "2"), ("abstain", "1"), ("excluded", "0")):
            office.page.locator(f"input[name={name}]").fill(number)
        with office.page.expect_navigation():
            office.page.locator("main form button.kern-btn--primary").click()
        office.reads("Erledigt")
    office.open(PATH)
    office.sees("In Kraft")


def publish(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/publish")
    director.press("Programm veröffentlichen")
    reader = cast.new_page(PLAIN)
    reader.goto(f"{cast.url}/public/ennepe-ruhr/2023-lpd")
    assert "Lokales Planungsdokument 2023" in reader.content()
