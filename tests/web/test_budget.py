"""Reading the budget: figures, what changed since the last version, sums that do not hold, the sheet to take away."""

from __future__ import annotations

import pytest

from jcflow.accounts.actor import Actor
from jcflow.procedure import Role
from jcflow.programmes import budget_lines, budgets
from jcflow.web.budget.figures import change, views
from jcflow.web.csv_sheet import euros, sheet
from tests.site import NOW, Site, demo_document

TABLE = "globalbudget"


def path(site: Site, page: str = "budget", house: str = "paderborn") -> str:
    return f"/programmes/{site.slug(house)}/{page}"


def save(site: Site, typed: dict[str, str | None], table: str = TABLE) -> int:
    page = path(site, f"budget/{table}/edit")
    return site.client("gf").post_form(page, {"reason": "Neue Zuteilung des Bundes.", **typed}).status_code


def test_figures_stand_in_german_with_the_message_above(site: Site) -> None:
    words = site.client("gf").page(path(site)).words

    assert "Budget insgesamt 2022: rund 37,4\u00a0Mio.\u00a0€" in words
    assert "17.901.578\u00a0€" in words
    assert "Für 2021 liegen keine Zahlen vor. Der Vergleich fehlt deshalb." in words


def test_a_changed_line_says_by_how_much_and_leads_to_who_and_why(site: Site) -> None:
    site.at("disposition")
    assert save(site, {"amount-0": "18.000.000"}) == 303
    client = site.client("gf")

    text = client.text(path(site))
    narrowed = client.page(path(site, "budget?only=changed")).words

    assert "geändert: +98.422\u00a0€" in text
    assert "Nur geänderte Zeilen zeigen (1)" in text
    assert "Eingliederungstitel II (EGT II)" not in narrowed
    with site.session() as session:
        line = budgets.line(session, site.programme(session), TABLE, "verwaltungskostenbudget-bund")
        where = f"/programmes/{site.slug()}/history?object={line.id}"
    assert where in text
    assert "Neue Zuteilung des Bundes." in client.page(where).words


def test_a_sum_that_does_not_hold_is_said_with_both_numbers(site: Site) -> None:
    assert save(site, {"amount-2": "30.000.000", "approximate-2": None}) == 303

    words = site.client("haushalt").page(path(site)).words

    said = "angegeben 30.000.000 €, gerechnet 33.733.821 €, Unterschied −3.733.821 €"
    assert said in words.replace("\N{NO-BREAK SPACE}", " ")


def test_bodies_read_the_version_put_before_them_and_no_link_to_change_it(site: Site) -> None:
    site.at("disposition")
    assert save(site, {"amount-0": "18.000.000"}) == 303

    text = site.client("beirat1").text(path(site))

    assert "Version 2" in text
    assert "17.901.578" in text
    assert "18.000.000" not in text
    assert "/edit" not in text
    assert "history?object" not in text


def test_bodies_get_nothing_before_it_is_put_before_them(site: Site) -> None:
    assert site.client("beirat1").get(path(site)).status_code == 404
    assert site.client("beirat1").get(path(site, "budget.csv")).status_code == 404
    assert site.client("beirat1").get(path(site, f"budget/{TABLE}/gesamtbudget")).status_code == 403


@pytest.mark.parametrize("page", ["budget?version=9", "budget?version=x", "budget?table=unknown", "budget/x/y"])
def test_what_does_not_exist_is_not_found(sqlite_site: Site, page: str) -> None:
    assert sqlite_site.client("gf").get(path(sqlite_site, page)).status_code == 404


def test_a_line_has_a_page_with_its_whole_history(site: Site) -> None:
    site.at("internal_check")
    with site.writing() as session:
        programme = site.programme(session)
        actor = site.person_id("gf")
        table = budgets.table(session, programme, TABLE)
        row = budgets.lines_in(session, table)["kfa"]
        edit = budget_lines.LineEdit(
            "kfa", row.version, row.label, row.role, "gesamtbudget", "+", 400_000_000, None, approximate=True
        )
        deed = Actor(actor, frozenset({Role.MANAGING_DIRECTOR})).deed(
            Role.MANAGING_DIRECTOR, NOW, "Der Kreis zahlt mehr."
        )
        budget_lines.save_lines(session, programme, table, [edit], deed)

    words = site.client("revision").page(path(site, f"budget/{TABLE}/kfa")).words

    assert "rund 4.000.000\u00a0€" in words
    assert "Budgetzeile geändert: kommunale Finanzierungsanteil (KFA)" in words
    assert "Begründung: Der Kreis zahlt mehr." in words


def test_another_jobcenters_programme_is_not_found(sqlite_site: Site) -> None:
    stranger = sqlite_site.client("gf@ennepe-ruhr")

    assert stranger.get(path(sqlite_site)).status_code == 404
    assert stranger.get(path(sqlite_site, "budget.csv")).status_code == 404


def test_the_sheet_is_read_by_a_german_spreadsheet(site: Site) -> None:
    answer = site.client("gf").get(path(site, "budget.csv"))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.startswith('\ufeff"Tabelle";"Bezeichnung"')
    assert ";2022;17901578,00;" in answer.text


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", "\n=1"]
)
def test_no_text_of_a_sheet_is_a_formula(text: str) -> None:
    cell = sheet(["a"], [[text]]).removeprefix("\ufeff").split("\r\n", 1)[1]

    assert cell.startswith('"\t')


def test_numbers_of_a_sheet_stay_numbers_and_quotes_are_doubled() -> None:
    made = sheet(["a", "b"], [[euros(-123_456), 'so "genannt"'], [None, "x\0y"]])

    assert made == '\ufeff"a";"b"\r\n-1234,56;"so ""genannt"""\r\n;"xy"\r\n'


def test_shares_are_of_the_parts_that_add_up(sqlite_site: Site) -> None:
    view = views(demo_document("paderborn"), None)[2]

    assert next(label for label, _ in view.shares) == "Zuteilung des Bundes für das Verwaltungsbudget"
    assert sum(share for _, share in view.shares) == pytest.approx(100)


def test_two_spellings_of_the_same_line_are_no_change() -> None:
    line = demo_document("paderborn").budget_tables[0].lines[4]

    assert change(line, line) == ""
    assert change(line, None) == "neue Zeile"
