"""Paderborn's transfer of 2,263,542 euro in the browser: from the proposal to the booking, each step by somebody else.

The plan begins without the transfer; once it is decided, the budget says what was published.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from jcflow.amendments.amendment import standings_of
from jcflow.audit.trail import record_all
from jcflow.audit.verify import verify
from jcflow.programmes.budgets import line
from jcflow.programmes.versions import newest_version
from tests.browser import PLAIN
from tests.journeys.people import Cast
from tests.site import Site, bring

pytestmark = [pytest.mark.browser]

PATH = "/programmes/2022/amendments"
TRANSFER, SHARE = 2_263_542_00, 405_729_00
WITHOUT = {
    ("eingliederungstitel", "umschichtung"): TRANSFER,
    ("verwaltungskostenbudget", "umschichtung"): TRANSFER,
    ("verwaltungskostenbudget", "kfa"): SHARE,
    ("verwaltungskostenbudget", "gesamt"): TRANSFER + SHARE,
    ("globalbudget", "kfa"): SHARE,
}
"""Table and line to what the published figure is less before the transfer."""
REASON = "Die Verwaltungskosten lassen sich aus dem Verwaltungskostenbudget allein nicht decken."


def test_paderborns_transfer_goes_from_the_proposal_to_the_booking(
    new_site: Callable[[str], Site], live_server: Callable[[Flask], str], new_page: Callable[..., Page]
) -> None:
    site = new_site("sqlite").at("drafting")
    published = take_out_the_transfer(site)
    bring(site.url, "paderborn", "in_force")
    cast = Cast(live_server(site.app), "paderborn", new_page)

    propose(cast)
    check_and_decide(cast)
    block_and_book(cast)

    with site.session() as session:
        programme = site.programme(session)
        now = {place: line(session, programme, *place).amount for place in WITHOUT}
        (standing,) = standings_of(session, programme)
        newest = newest_version(session, programme)
        assert newest is not None
        assert now == published
        assert (standing.amendment.state, standing.amendment.version_id) == ("closed", newest.id)
        assert (standing.resolved, standing.blocked, standing.booked) == (TRANSFER, 0, TRANSFER)
        assert programme.state == "in_force"
        assert verify(session).findings == ()


def take_out_the_transfer(site: Site) -> dict[tuple[str, str], int | None]:
    """Let the plan begin without the transfer; returns the published figures."""
    with site.writing() as session:
        programme = site.programme(session)
        rows = {place: line(session, programme, *place) for place in WITHOUT}
        published = {place: row.amount for place, row in rows.items()}
        lower = [(row, {"amount": (row.amount or 0) - WITHOUT[place]}) for place, row in rows.items()]
        record_all(session, site.deed("gf"), lower)
    return published


def propose(cast: Cast) -> None:
    team = cast("redaktion", PLAIN)
    team.open(PATH)
    team.sees("Noch keine Budgetänderung")
    team.follow("Budgetänderung vorschlagen")
    team.follow("Umschichtung vom Eingliederungstitel in die Verwaltungskosten")
    team.page.get_by_label("Aus welcher Zeile?").select_option(
        label="Zuteilung des Bundes für den Eingliederungstitel II (EGT II), 15.832.243\u00a0€ "
        "(Eingliederungstitel II 2022)"
    )
    team.page.get_by_label("In welche Zeile?").select_option(
        label="Umschichtungsbetrag (zu Lasten des EGT II), 0\u00a0€ (Verwaltungskostenbudget 2022)"
    )
    team.write("Betrag", "2.263.542")
    team.write("Begründung", REASON)
    team.press("Vorschau zeigen")
    team.sees("Der kommunale Finanzierungsanteil steigt um 405.729\u00a0€")
    team.sees("23.787.500\u00a0€")
    team.press("Budgetänderung vorschlagen")
    team.reads("Budgetänderung 1")
    team.sees("die Beauftragte für den Haushalt")


def check_and_decide(cast: Cast) -> None:
    budget = cast("haushalt")
    budget.open("/tasks")
    budget.follow_to("/amendments/")
    budget.follow("Prüfung abschließen")
    budget.write("Stellungnahme", "Der Betrag ist entbehrlich, beide Titel sind gegenseitig deckungsfähig.")
    for reason in budget.page.get_by_label("Grund, warum Sie die Abweichung annehmen").all():
        reason.fill("Die Abweichung ist bekannt und bleibt.")
    budget.press("Prüfung abschließen")
    director = cast("gf")
    director.open("/tasks")
    director.follow_to("/amendments/")
    director.follow("Zur Entscheidung vorlegen")
    director.press("Zur Entscheidung vorlegen")
    director.sees("die Trägerversammlung")
    chair = cast("tv1")
    chair.open("/tasks")
    chair.follow_to("/amendments/")
    chair.follow("Entscheidung festhalten")
    chair.choose("Zugestimmt")
    chair.write("Wo steht die Entscheidung?", "Niederschrift 3/2022, TOP 4")
    for label, number in (("Ja", "5"), ("Nein", "1"), ("Enthaltungen", "0")):
        chair.page.get_by_label(label, exact=True).fill(number)
    chair.press("Entscheidung festhalten")
    chair.sees("Beschlossener Plan")
    chair.sees("5 Ja, 1 Nein, 0 Enthaltungen")


def block_and_book(cast: Cast) -> None:
    budget, director = cast("haushalt"), cast("gf")
    budget.open("/tasks")
    budget.follow_to("/amendments/")
    budget.follow("Betrag sperren")
    budget.press("Betrag sperren")
    director.open(PATH)
    director.sees("Gesperrt")
    budget.follow("Empfangenden Titel für ausgeschöpft erklären")
    budget.press("Empfangenden Titel für ausgeschöpft erklären")
    for amount, reference in (("2.000.000", "4711"), ("263.542", "4712")):
        director.open("/tasks")
        director.follow_to("/amendments/")
        director.follow("Buchung eintragen")
        director.write("Betrag", amount)
        director.write("Belegnummer", reference)
        director.press("Buchung eintragen")
    director.sees("Abgeschlossen")
    director.follow("Version")
    director.sees("Umschichtung")
