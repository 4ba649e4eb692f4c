"""The history of a programme: sentences, filters, pages, groups; what the bodies and the ballot keep to themselves."""

from __future__ import annotations

import pytest

from jcflow.accounts.people import memberships
from jcflow.audit.reading import Wanted, wanted_entries
from jcflow.audit.trail import Deed
from jcflow.decisions.ballots import Choice
from jcflow.decisions.casting import cast_vote
from jcflow.opinions.board import Point, Stance, give
from jcflow.procedure import Role
from jcflow.programmes import budgets
from jcflow.programmes.versions import newest_version
from tests.site import NOW, Site

REASON = "Der Bund hat neu zugeteilt."


def page(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/history{rest}"


def change_budget(site: Site, **typed: str) -> None:
    form = f"/programmes/{site.slug()}/budget/globalbudget/edit"
    fields = {name.replace("_", "-"): text for name, text in typed.items()}
    assert site.client("gf").post_form(form, {"reason": REASON, **fields}).status_code == 303


def test_an_entry_says_who_what_before_and_after_and_why(site: Site) -> None:
    site.at("disposition")
    change_budget(site, amount_0="18.000.000")

    words = site.client("gf").page(page(site, "?area=budget")).words

    assert "Budgetzeile geändert: Verwaltungskostenbudget" in words
    assert "Ahornfeld, Geschäftsführung" in words
    assert "Plan: vorher 17.901.578\u00a0€ nachher 18.000.000\u00a0€" in words
    assert f"Begründung: {REASON}" in words


def test_changes_saved_together_stand_together_with_one_reason(site: Site) -> None:
    site.at("disposition")
    change_budget(site, amount_0="18.000.000", amount_3="3.700.000")

    words = site.client("gf").page(page(site, "?area=budget")).words

    assert "Budget: 2 Einträge zusammen gespeichert" in words
    assert words.count(REASON) == 1


def test_a_parent_is_named_and_not_numbered(sqlite_site: Site) -> None:
    change_budget(sqlite_site, parent_3="globalbudget", sign_3="-")

    words = sqlite_site.client("gf").page(page(sqlite_site, "?area=budget")).words

    assert "Zählt in: vorher Budget insgesamt nachher Globalbudget" in words
    assert "Richtung: vorher wird addiert nachher wird abgezogen" in words


def test_steps_are_told_with_their_labels(sqlite_site: Site) -> None:
    sqlite_site.at("first_reading")

    words = sqlite_site.client("gf").page(page(sqlite_site, "?area=steps")).words

    assert "Schritt: Zur internen Prüfung geben, Stand jetzt „Interne Prüfung“" in words
    assert "Stand: vorher Entwurf nachher Interne Prüfung" in words
    assert "Interne Prüfung festgehalten: Chancengleichheit" in words


def test_filters_narrow_and_are_counted(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    change_budget(sqlite_site, amount_0="18.000.000")
    client, gf = sqlite_site.client("gf"), sqlite_site.person_id("gf")

    assert "99+ Einträge" in client.text(page(sqlite_site))
    mine = client.page(page(sqlite_site, f"?person={gf}&area=budget")).words
    assert "1 Eintrag, neueste zuerst" in mine
    assert "Filter zurücksetzen" in mine
    past = client.page(page(sqlite_site, "?to=2026-01-01")).words
    assert "Zu dieser Auswahl gibt es keine Einträge." in past


@pytest.mark.parametrize("rest", ["?object=x", "?person=00000000-0000-0000-0000-000000000001", "?object=' or 1=1 --"])
def test_an_unknown_id_has_no_entries(sqlite_site: Site, rest: str) -> None:
    assert "0 Einträge" in sqlite_site.client("gf").text(page(sqlite_site, rest))


def test_a_day_that_is_none_is_said(sqlite_site: Site) -> None:
    answer = sqlite_site.client("gf").get(page(sqlite_site, "?from=gestern"))

    assert answer.status_code == 422
    assert "Geben Sie einen Tag ein" in answer.text
    assert "gestern" in answer.text


def test_older_entries_are_on_further_pages_without_gaps(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    with sqlite_site.session() as session:
        programme = sqlite_site.programme(session)
        numbers = [e.seq for e in wanted_entries(session, programme.jobcenter_id, Wanted(programme.id))]

    first = client.text(page(sqlite_site))
    second = client.text(page(sqlite_site, f"?before={numbers[49]}"))

    assert f"before={numbers[49]}" in first
    assert f"eintrag-{numbers[50]}" in second
    assert "Zurück zum Anfang" in second


def test_one_entry_has_a_page(sqlite_site: Site) -> None:
    client = sqlite_site.client("revision")
    with sqlite_site.session() as session:
        programme = sqlite_site.programme(session)
        newest = wanted_entries(session, programme.jobcenter_id, Wanted(programme.id), limit=1)[0]

    assert f"Eintrag {newest.seq}" in client.page(page(sqlite_site, f"/{newest.seq}")).words
    assert client.get(page(sqlite_site, "/999999")).status_code == 404


def test_a_vote_is_told_without_its_choice_while_the_ballot_runs(site: Site) -> None:
    site.at("resolution")
    voter = site.person_id("tv2")
    with site.writing() as session:
        deed = Deed(voter, Role.ASSEMBLY_MEMBER, NOW)
        words = "Die Mittel sind zu knapp."
        cast_vote(session, site.programme(session), voter, choice=Choice.NO, reason=words, version=0, deed=deed)

    for account in ("gf", "revision", "tv3"):
        words = site.client(account).page(page(site, "?area=votes")).words
        assert "Stimme abgegeben" in words
        assert "Stimme: " not in words
        assert "zu knapp" not in words
        assert "zu knapp" not in site.client(account).get(page(site, ".csv")).text


def test_after_the_conclusion_the_vote_that_counted_is_told(sqlite_site: Site) -> None:
    sqlite_site.at("awaiting_record")

    words = sqlite_site.client("revision").page(page(sqlite_site, "?area=votes")).words

    assert "Stimme: Ja" in words
    assert "Ergebnis: vorher – nachher angenommen" in words


def test_the_assembly_reads_steps_and_votes_but_nothing_of_the_draft(site: Site) -> None:
    site.at("disposition")
    change_budget(site, amount_0="18.000.000")
    client = site.client("tv2")

    words = client.page(page(site)).words

    assert "Schritt: Der Trägerversammlung vorlegen" in words
    assert "Stellungnahme abgegeben" in words
    assert "Budgetzeile" not in words
    assert "18.000.000" not in client.get(page(site, ".csv")).text
    with site.session() as session:
        row = budgets.line(session, site.programme(session), "globalbudget", "verwaltungskostenbudget-bund")
    assert "0 Einträge" in client.text(page(site, f"?object={row.id}"))
    assert client.get(page(site, f"/{row.audit_seq}")).status_code == 404


def test_the_assembly_does_not_read_opinions_before_they_are_closed(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    member_id = sqlite_site.person_id("beirat1")
    with sqlite_site.writing() as session:
        programme = sqlite_site.programme(session)
        version = newest_version(session, programme)
        assert version is not None
        member = memberships(session, member_id)[0]
        points = [Point("Zu wenig Geld für Ausbildung.")]
        deed = Deed(member_id, Role.BOARD_MEMBER, NOW)
        give(session, programme, version, member, stance=Stance.CONCERNS, points=points, version=0, deed=deed)

    assembly = sqlite_site.client("tv2").page(page(sqlite_site, "?area=opinions")).words
    inside = sqlite_site.client("gf").page(page(sqlite_site, "?area=opinions")).words

    assert "Stellungnahme abgegeben" in assembly
    assert "Bedenken" not in assembly
    assert "Ausbildung" not in assembly
    assert "Haltung: Bedenken" in inside


@pytest.mark.parametrize("account", ["beirat1", "admin"])
def test_board_and_administration_do_not_get_the_history(sqlite_site: Site, account: str) -> None:
    client = sqlite_site.client(account)

    assert client.get(page(sqlite_site)).status_code == 403
    assert client.get(page(sqlite_site, ".csv")).status_code == 403
    assert client.get(page(sqlite_site, "/1")).status_code == 403


def test_another_jobcenter_finds_no_history(sqlite_site: Site) -> None:
    assert sqlite_site.client("gf@ennepe-ruhr").get(page(sqlite_site)).status_code == 404


def test_no_reason_becomes_a_formula_in_the_sheet(sqlite_site: Site) -> None:
    form = f"/programmes/{sqlite_site.slug()}/budget/globalbudget/edit"
    typed = {"label-0": "=1+1", "reason": "=HYPERLINK(1)"}
    assert sqlite_site.client("gf").post_form(form, typed).status_code == 303

    text = sqlite_site.client("gf").get(page(sqlite_site, ".csv")).text

    assert '"\t=1+1"' in text
    assert '"\t=HYPERLINK(1)"' in text


def test_an_imported_row_is_called_by_its_words(sqlite_site: Site) -> None:
    words = sqlite_site.client("gf").page(page(sqlite_site, "?area=registers")).words

    assert "Eintrag in „Bildungsziele“ hinzugefügt: Sozialpflegerischer Assistent/in" in words
    assert "Schlüssel:" not in words


@pytest.mark.parametrize(
    "path", ["history/9223372036854775808", "versions/2147483648", "internal-check/sign_off/2147483648"]
)
def test_a_number_no_database_holds_is_not_there(site: Site, path: str) -> None:
    assert site.client("gf").get(f"/programmes/{site.slug()}/{path}").status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_no_trail_reaches_is_refused_in_words(site: Site, day: str) -> None:
    for name in ("from", "to"):
        answer = site.client("gf").get(f"/programmes/{site.slug()}/history?{name}={day}")

        assert answer.status_code < 500
        assert "Geben Sie einen Tag ein" in answer.text
