"""A year of the annual programme of Kreis Paderborn, in the browser, each act by its own person; on SQLite.

The other kind of house walks its year on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from jcflow import clock
from jcflow.audit.verify import verify
from jcflow.decisions.ballots import Choice
from jcflow.programmes.programme import steps_of
from tests.browser import PLAIN, press
from tests.journeys.people import PDF, Cast, upload
from tests.site import Site

pytestmark = pytest.mark.browser

PATH = "/programmes/2022"


def test_programme_goes_from_draft_to_publication(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    cast = Cast(live_server(sqlite_site.at("drafting").app), "paderborn", new_page)

    write_the_draft(cast)
    check_in_the_house(cast)
    ask_the_board(cast)
    answer_the_board(cast)
    vote(cast)
    record_and_publish(cast)
    read_what_is_proved(cast, sqlite_site)
    open_next_year(cast)


def write_the_draft(cast: Cast) -> None:
    team = cast("redaktion")
    team.open(f"{PATH}/text/vorwort/edit")
    team.press_to(f"{PATH}/text/blocks/")
    team.write("Text", "Wir legen hier dar, was wir im Jahr 2022 vorhaben.")
    team.press("Abschnitt speichern")
    team.open(f"{PATH}/text")
    team.sees("Wir legen hier dar, was wir im Jahr 2022 vorhaben.")

    director = cast("gf")
    director.open("/tasks")
    director.follow("Aufgabe öffnen")
    director.reads("Zur internen Prüfung geben")
    director.press("Zur internen Prüfung geben")
    assert director.actions <= 3
    director.reads("Erledigt: Zur internen Prüfung geben")
    director.sees("Interne Prüfung")


def check_in_the_house(cast: Cast) -> None:
    equality = cast("bca")
    equality.open(f"{PATH}/sign-off")
    equality.choose("Mitzeichnen")
    equality.press("Prüfung der Chancengleichheit abschließen")

    budget = cast("haushalt")
    budget.open(f"{PATH}/state-budget")
    budget.sees("15,228")
    budget.write("Grund, warum Sie die Abweichung annehmen", "So mit dem Kreis vereinbart, Ausgleich im Folgejahr.")
    budget.write("Ihre Stellungnahme", "Die Mittel sind gedeckt.")
    budget.press("Prüfung des Haushalts abschließen")

    director = cast("gf")
    director.open(f"{PATH}/carrier-targets")
    director.choose("Keine")
    director.press("Zielvorgaben hinterlegen")
    director.open(f"{PATH}/release")
    director.press("Der Trägerversammlung vorlegen")
    director.reads("Erledigt: Der Trägerversammlung vorlegen")


def ask_the_board(cast: Cast) -> None:
    chair = cast("tv1")
    chair.open(f"{PATH}/text")
    chair.sees("Version 2")
    chair.open(f"{PATH}/refer")
    chair.press("Dem Beirat vorlegen")

    lay = cast("beirat1", PLAIN)
    lay.open(f"{PATH}/opinions/new")
    lay.choose("Bedenken")
    lay.write("Text zu Punkt 1", "Die Mittel für Qualifizierung reichen nicht aus.")
    lay.press("Stellungnahme absenden")
    assert lay.actions <= 4
    lay.sees("eingegangen")

    for account in ("beirat2", "beirat3"):
        member = cast(account, PLAIN)
        member.open(f"{PATH}/opinions/new")
        member.choose("Keine Äußerung")
        member.press("Stellungnahme absenden")
    another = cast("beirat4", PLAIN)
    another.open(f"{PATH}/opinions/new")
    another.page.locator("input[name=stance][value=agree]").check()
    another.press("Stellungnahme absenden")

    enter_an_opinion_from_paper(cast)
    office = cast("buero")
    office.open(f"{PATH}/close")
    office.press("Beteiligung abschließen")
    office.reads("Erledigt: Beteiligung abschließen")


def enter_an_opinion_from_paper(cast: Cast) -> None:
    office = cast("buero")
    office.open(f"{PATH}/opinions/enter")
    office.page.get_by_label("Mitglied").select_option(index=1)
    office.write("Abgegeben am", clock.today().isoformat())
    office.page.locator("input[name=stance][value=agree_with_points]").check()
    office.write("Text zu Punkt 1", "Bitte die Jugendhilfe früh einbeziehen.")
    upload(office, "Scan der unterschriebenen Stellungnahme", PDF)
    office.press("Eintragung speichern")

    director = cast("gf")
    director.open(f"{PATH}/opinions")
    director.follow_to("/confirm")
    director.press("Eintragung bestätigen")


def answer_the_board(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/dispose")
    director.sees("Eine Antwort fehlt")
    for reply in ("Wir erhöhen die Mittel im Rahmen der Zuteilung.", "Die Jugendhilfe ist ab Januar dabei."):
        director.open(f"{PATH}/opinions")
        director.follow_to("/reply/")
        director.page.locator("input[name=disposition][value=partly]").check()
        director.write("Ihre Antwort", reply)
        director.press("Antwort senden")

    change_an_amount(cast)
    director.open(f"{PATH}/dispose")
    director.sees("Beauftragte für den Haushalt")
    budget = cast("haushalt")
    budget.open(f"{PATH}/state-budget")
    for gap in budget.page.get_by_label("Grund, warum Sie die Abweichung annehmen").all():
        gap.fill("Wird mit dem Nachtrag ausgeglichen.")
    budget.press("Prüfung des Haushalts abschließen")

    director.open(f"{PATH}/dispose")
    director.press("Zum Beschluss vorlegen")
    director.reads("Erledigt: Zum Beschluss vorlegen")


def change_an_amount(cast: Cast) -> None:
    director = cast("gf")
    director.open(f"{PATH}/budget/eingliederungstitel/edit")
    director.page.locator('input[name^="amount-"]').first.fill("15.900.000")
    director.press("Tabelle speichern")
    director.sees("Begründen Sie die Änderung")
    director.write("Begründung", "Der Beirat hat um mehr Mittel für Qualifizierung gebeten.")
    director.press("Tabelle speichern")
    director.open(f"{PATH}/budget")
    director.follow("Wer und warum?")
    director.sees("Der Beirat hat um mehr Mittel für Qualifizierung gebeten.")


def vote(cast: Cast) -> None:
    said = {"tv1": "Ja", "tv2": "Ja", "tv3": "Enthaltung", "tv4": "Ja", "tv6": "Nein"}
    for account, choice in said.items():
        member = cast(account, PLAIN)
        member.open(f"{PATH}/vote")
        member.choose(choice)
        member.press("Stimme prüfen")
        member.press(f"Mit „{choice}“ stimmen")
        assert member.actions <= 3
        member.sees("Ihre Stimme ist abgegeben")

    office = cast("buero")
    office.open(f"{PATH}/vote/enter")
    office.page.get_by_label("Wessen Stimme?").select_option(index=1)
    office.write("Tag der Sitzung", clock.today().isoformat())
    office.page.locator(f"input[name=choice][value={Choice.NO}]").check()
    upload(office, "Unterschriebener Beleg", PDF)
    office.press("Stimme eintragen")
    second = cast("tv6")
    second.open(f"{PATH}/vote/result")
    second.follow_to("/vote/entries/")
    second.press("Stimme bestätigen")

    chair = cast("tv1")
    chair.open(f"{PATH}/conclude")
    chair.press("Ergebnis feststellen")
    chair.sees("3 Ja, 2 Nein, 1 Enthaltung")


def record_and_publish(cast: Cast) -> None:
    chair = cast("tv1")
    chair.open(f"{PATH}/record/write")
    chair.press("Niederschrift abschließen")
    chair.open(PATH)
    chair.sees("In Kraft")

    director = cast("gf")
    director.open(f"{PATH}/publish")
    director.press("Programm veröffentlichen")

    reader = cast.new_page(PLAIN)
    reader.goto(f"{cast.url}/public")
    press(reader, "a:has-text('Arbeitsmarktprogramm Strategie 2022')")
    assert "Wir legen hier dar" in reader.content()
    assert reader.context.cookies() == []


def read_what_is_proved(cast: Cast, site: Site) -> None:
    auditor = cast("revision")
    auditor.open(f"{PATH}/history")
    auditor.sees("Der Beirat hat um mehr Mittel für Qualifizierung gebeten.")
    with site.session() as session:
        verdict = verify(session)
        path = steps_of(session, site.programme(session))
    assert verdict.findings == ()
    assert [step.trigger for step in path] == [
        *("import", "submit", "release", "refer", "close", "dispose", "conclude", "record")
    ]


def open_next_year(cast: Cast) -> None:
    director = cast("gf")
    director.open("/programmes/new")
    director.press("Programm eröffnen")
    director.reads("Arbeitsmarktprogramm Strategie 2023")
    director.open("/programmes/2023/basis")
    director.choose("Sie liegt noch nicht vor")
    director.press("Planungsgrundlage eintragen")
    director.open("/programmes/2023/start")
    director.press("Entwurf beginnen")
    director.open("/programmes/2023/text")
    director.sees("aus dem Vorjahr, ungeprüft")
    director.open("/programmes/2023/submit")
    director.sees("aus dem Vorjahr und noch ungeprüft")
