"""The checks of the figures on the budget page, in the internal check, before release and in the version."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jcflow.programmes.acceptances import accepted_of
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.kinds import LinePart
from jcflow.programmes.versions import newest_version
from tests.site import Site

WHY = "So mit dem Kreis vereinbart, Ausgleich im Folgejahr."
OFFER = "Vorschlag nach der Bezeichnung: Zuteilung des Bundes für Verwaltungskosten."


def path(site: Site, rest: str) -> str:
    return f"/programmes/{site.slug()}/{rest}"


def words(site: Site, account: str, rest: str) -> str:
    return site.client(account).page(path(site, rest)).words.replace("\N{NO-BREAK SPACE}", " ")


def accepting(site: Site) -> dict[str, str]:
    """The reasons of a form of the internal check, one for each open difference."""
    form = site.client("haushalt").form(path(site, "state-budget"))
    return {name: WHY for name in form.filled({}) if name.startswith("accept|")}


def test_the_budget_page_says_what_holds_what_differs_and_what_cannot_be_checked(sqlite_site: Site) -> None:
    said = words(sqlite_site, "redaktion", "budget")

    assert "1 weicht ab" in said
    assert "Kommunaler Finanzierungsanteil, 2022" in said
    assert "3.622.380 €" in said
    assert "3.615.700 €" in said
    assert "6.680 €" in said
    assert "15,228 % der Verwaltungskosten insgesamt" in said
    assert "Umschichtung auf beiden Seiten, 2022" in said
    assert "Es fehlt eine Zeile mit der Rolle „Neugeschäft“." in said


def test_another_house_sees_none_of_it(sqlite_site: Site) -> None:
    assert sqlite_site.client("redaktion@herford").get(path(sqlite_site, "budget")).status_code in {200, 404}
    assert "3.615.700" not in sqlite_site.client("redaktion@herford").get(path(sqlite_site, "budget")).text
    assert sqlite_site.client("admin").get(path(sqlite_site, "budget")).status_code == 403


def test_what_differs_stops_the_release_until_the_budget_officer_accepts_it(site: Site) -> None:
    site.at("internal_check")
    assert "Kommunaler Finanzierungsanteil 2022 (I-3" in words(site, "gf", "release")

    stated = site.client("haushalt").post_form(path(site, "state-budget"), {"text": "Geprüft.", **accepting(site)})

    assert stated.status_code == 303
    said = words(site, "gf", "release")
    assert "Kommunaler Finanzierungsanteil 2022 (I-3" not in said
    assert "Alle Abweichungen sind angenommen." in said
    assert WHY in said


def test_the_acceptance_is_part_of_the_version_and_printed_with_it(site: Site) -> None:
    site.at("first_reading")

    with site.session() as session:
        programme = site.programme(session)
        version = newest_version(session, programme)
        assert version is not None
        (one,) = version.accepted.values()
        assert one.key[:4] == ("identities/I-3/2022", "amount", 3_622_380_00, 3_615_700_00)
        assert one.key in accepted_of(session, programme)
        reason, number = one.reason, version.number
    said = words(site, "tv1", f"versions/{number}")
    assert "angegeben 3.622.380 €, gerechnet 3.615.700 €" in said
    assert f"Angenommen mit der Begründung: {reason}" in said


def test_an_acceptance_lapses_when_a_figure_behind_it_changes(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    assert "Alle Abweichungen sind angenommen." in words(sqlite_site, "gf", "budget")

    answer = sqlite_site.client("gf").post_form(
        path(sqlite_site, "budget/verwaltungskostenbudget/edit"),
        {"amount-3": "23.787.600", "reason": "Der Bund hat neu zugeteilt."},
    )

    assert answer.status_code == 303
    assert "Abweichung ist offen." in words(sqlite_site, "gf", "budget")


def test_a_line_gets_its_part_in_the_form_and_an_offer_is_never_set_silently(site: Site) -> None:
    edit = path(site, "budget/globalbudget/edit")
    client = site.client("redaktion")
    assert client.post_form(edit, {"part-0": ""}).status_code == 303
    assert part_of(site, "verwaltungskostenbudget-bund") is None
    assert OFFER in client.page(edit).words

    assert client.post_form(edit, {"label-1": "Eingliederungstitel"}).status_code == 303
    assert part_of(site, "verwaltungskostenbudget-bund") is None
    assert client.post_form(edit, {"part-0": "admin_budget"}).status_code == 303

    assert part_of(site, "verwaltungskostenbudget-bund") is LinePart.ADMIN_BUDGET
    line = " ".join(client.page(path(site, "budget/globalbudget/verwaltungskostenbudget-bund")).words.split())
    assert "Zuteilung des Bundes für Verwaltungskosten" in line


def part_of(site: Site, key: str) -> LinePart | None:
    with site.session() as session:
        mine = BudgetLine.programme_id == site.programme(session).id
        return session.scalars(select(BudgetLine.part).where(mine, BudgetLine.key == key)).one()


def test_a_part_that_does_not_exist_is_refused_and_nothing_is_saved(sqlite_site: Site) -> None:
    answer = sqlite_site.client("redaktion").post_form(
        path(sqlite_site, "budget/globalbudget/edit"), {"part-0": "erfunden", "amount-0": "1"}
    )

    assert answer.status_code == 422
    assert "Rolle in der Rechnung: Wählen Sie eine aus der Liste." in answer.text
    assert part_of(sqlite_site, "verwaltungskostenbudget-bund") is LinePart.ADMIN_BUDGET


@pytest.mark.parametrize(("account", "seen"), [("redaktion", True), ("haushalt", True), ("beirat1", False)])
def test_insiders_read_what_the_law_wants_thought_of(sqlite_site: Site, account: str, seen: bool) -> None:
    sqlite_site.at("consultation")

    said = words(sqlite_site, account, "registers")

    assert ("§ 16d Abs. 1 Satz 2" in said) is seen
    assert ("§ 16i Abs. 9 SGB II" in said) is seen


def test_the_internal_check_shows_the_notices_and_a_wrong_role_does_not_come_there(sqlite_site: Site) -> None:
    sqlite_site.at("internal_check")

    assert "Hinweise zu den Instrumenten" in words(sqlite_site, "haushalt", "state-budget")
    assert sqlite_site.client("redaktion").get(path(sqlite_site, "state-budget")).status_code == 403
