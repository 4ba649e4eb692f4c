"""Which totals of the real programmes hold, and how a total that does not is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import jcflow
from jcflow.programmes.checks import (
    Difference,
    budget_differences,
    differences,
    instrument_differences,
    jobcenter_key,
    slug_of,
    topic_problems,
    training_differences,
)
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, ProgrammeHead, Topic, TopicSet
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.kinds import LineRole, ProgrammeKind


def real(name: str) -> Document:
    """One of the installed real programmes."""
    return read((Path(jcflow.__file__).parent / "data" / f"{name}.yaml").read_bytes(), name)


def with_amount(table: BudgetTable, key: str, amount: int | None) -> BudgetTable:
    """The table with one amount, in cents, changed."""
    return replace(
        table, lines=tuple(replace(line, amount=amount) if line.key == key else line for line in table.lines)
    )


def table_of(*lines: BudgetLine) -> BudgetTable:
    return BudgetTable("t", "Tabelle", 2027, None, lines)


def total(amount: int | None, *, approximate: bool = False) -> BudgetLine:
    return BudgetLine("sum", "Summe", LineRole.TOTAL, amount=amount, approximate=approximate)


def part(key: str, amount: int | None, sign: str | None = "+", role: LineRole = LineRole.LINE) -> BudgetLine:
    return BudgetLine(key, key.upper(), role, "sum", sign, amount)


# Added up by hand from the published figures. Paderborn: 17.901.578 + 15.832.243 = 33.733.821 and
# 17.901.578 + 2.263.542 + 3.622.380 = 23.787.500 exactly; 33.733.821 + 3.622.380 = 37.356.201 is "rund" 37,4 Mio.
# Herford: 12.600.000 - 800.000 = 11.800.000, the year before 13.200.000 - 1.400.000 = 11.800.000.
# Ennepe-Ruhr: 24.933.958 + 100.000 + 4.487.219 = 29.521.177; 21.164.947 - 100.000 = 21.064.947.
@pytest.mark.parametrize("name", ["paderborn-2022", "herford-2022", "ennepe-ruhr-2023"])
def test_every_total_of_the_real_programmes_holds(name: str) -> None:
    assert differences(real(name)) == ()


def test_a_rounded_total_may_differ_by_half_a_percent_and_an_exact_one_by_nothing() -> None:
    overall = real("paderborn-2022").budget_tables[0]
    exact = replace(overall, lines=tuple(replace(line, approximate=False) for line in overall.lines))

    assert budget_differences(overall) == ()
    assert budget_differences(exact) == (
        Difference(
            "budget_tables/globalbudget/gesamtbudget",
            "Budget insgesamt",
            "amount",
            3_740_000_000,
            3_735_620_100,
            "cents",
            False,
        ),
    )


def test_the_misprinted_transfer_taken_at_face_value_breaks_the_total_of_ennepe_ruhr() -> None:
    table = with_amount(real("ennepe-ruhr-2023").budget_tables[0], "vw-umschichtung", 100_000_000)

    found = budget_differences(table)

    assert [(one.place, one.stated, one.computed) for one in found] == [
        ("budget_tables/mittel/vw-gesamt", 2_952_117_700, 3_042_117_700)
    ]
    assert found[0].amount == -90_000_000


def test_the_three_groups_of_paderborn_are_all_entries() -> None:
    rows = real("paderborn-2022").instruments
    spoilt = [{**row, "planned": 524} if row["key"] == "qualifizierung" else row for row in rows]

    assert 523 + 2014 + 265 == 2802
    assert instrument_differences(rows) == ()
    assert instrument_differences(spoilt) == (
        Difference("instruments/gesamt", "Eintritte insgesamt", "planned", 2802, 2803, "count", False),
    )


def test_the_totals_of_the_training_plan_are_101_and_19_and_403() -> None:
    plans = real("paderborn-2022").training_plan

    assert [plan["total"] for plan in plans] == [101, 19, 403]
    assert [training_differences(plan) for plan in plans] == [(), (), ()]


def test_a_training_plan_that_does_not_add_up_is_reported_once() -> None:
    plan = {
        "key": "q",
        "title": "Umschulungen",
        "total": 5,
        "rows": [{"key": "a", "total": 2}, {"key": "b", "total": 4}],
    }

    assert training_differences(plan) == (Difference("training_plan/q", "Umschulungen", "total", 5, 6, "count", False),)


@pytest.mark.parametrize(
    "plan",
    [
        {"key": "q", "total": 5, "rows": []},
        {"key": "q", "total": 5},
        {"key": "q", "total": 5, "rows": [{"key": "a", "total": 2}, {"key": "b"}]},
        {"key": "q", "rows": [{"key": "a", "total": 2}]},
    ],
)
def test_a_training_plan_is_checked_only_where_everything_is_given(plan: dict[str, object]) -> None:
    assert training_differences(plan) == ()


@pytest.mark.parametrize(
    "lines",
    [
        (total(100), part("a", 150), part("b", 50, "-")),
        (total(100), part("a", 100, None)),
        (total(100), part("a", 100), part("b", 70, role=LineRole.MEMO)),
        (total(100), part("a", 30), part("b", None)),
        (total(None), part("a", 30)),
        (total(100),),
        (total(0), part("a", 20), part("b", 20, "-")),
        (total(20_000, approximate=True), part("a", 20_100)),
        (total(20_000, approximate=True), part("a", 19_900)),
    ],
    ids=["minus", "no sign", "memo", "a part not given", "no total", "no parts", "zero", "half a percent more", "less"],
)
def test_these_totals_hold_or_cannot_be_checked(lines: tuple[BudgetLine, ...]) -> None:
    assert budget_differences(table_of(*lines)) == ()


@pytest.mark.parametrize(
    ("lines", "stated", "computed"),
    [
        ((total(100), part("a", 150), part("b", 51, "-")), 100, 99),
        ((total(10), part("a", 10, "-")), 10, -10),
        ((total(20_000, approximate=True), part("a", 20_101)), 20_000, 20_101),
        ((total(100), part("a", 40), part("b", 50, role=LineRole.TOTAL)), 100, 90),
        ((total(0), part("a", 1)), 0, 1),
    ],
)
def test_these_totals_do_not_hold(lines: tuple[BudgetLine, ...], stated: int, computed: int) -> None:
    found = budget_differences(table_of(*lines))

    assert [(one.place, one.stated, one.computed) for one in found] == [("budget_tables/t/sum", stated, computed)]


def test_the_prior_year_is_checked_on_its_own() -> None:
    lines = (replace(total(5), prior_amount=7), replace(part("a", 5), prior_amount=8))

    found = budget_differences(table_of(*lines))

    assert [(one.column, one.stated, one.computed) for one in found] == [("prior_amount", 7, 8)]


def topics(choose: int | None, of: int | None, *selected: bool) -> Document:
    head = real("herford-2022")
    chosen = tuple(Topic(f"k{number}", "Thema", one) for number, one in enumerate(selected))
    return replace(head, topic_sets=(TopicSet("lpd", "Themen", choose, of, chosen),))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (topics(3, 6, True, True, False), "Wählen Sie genau 3 von 6 Themen, gewählt sind 2."),
        (topics(3, None, True), "Wählen Sie genau 3 Themen, gewählt ist 1."),
        (topics(1, None), "Wählen Sie genau 1 Thema, gewählt sind 0."),
        (topics(1, 2, True, True), "Wählen Sie genau 1 von 2 Themen, gewählt sind 2."),
    ],
)
def test_a_wrong_number_of_topics_is_told(document: Document, sentence: str) -> None:
    problems = topic_problems(document)

    assert [(problem.place, problem.reason) for problem in problems] == [("topic_sets/lpd", sentence)]


@pytest.mark.parametrize("document", [topics(2, 3, True, True, False), topics(None, None, True), topics(0, 3, False)])
def test_the_right_number_of_topics_is_no_problem(document: Document) -> None:
    assert topic_problems(document) == ()


@pytest.mark.parametrize(
    ("kind", "last", "slug"),
    [
        (ProgrammeKind.AMIP, 2022, "2022"),
        (ProgrammeKind.STRATEGY, 2022, "2022"),
        (ProgrammeKind.LPD, 2022, "2022-lpd"),
        (ProgrammeKind.LPD, 2023, "2022-2023-lpd"),
        (ProgrammeKind.AMIP, 2023, "2022-2023"),
    ],
)
def test_a_programme_is_named_by_its_period(kind: ProgrammeKind, last: int, slug: str) -> None:
    assert slug_of(ProgrammeHead(kind, "Titel", date(2022, 1, 1), date(last, 12, 31))) == slug


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Jobcenter Kreis Paderborn", "paderborn"),
        ("Jobcenter Ennepe-Ruhr-Kreis", "ennepe-ruhr"),
        ("Jobcenter Herford", "herford"),
        ("Jobcenter Landkreis Görlitz", "goerlitz"),
        ("Jobcenter Stadt Köln", "koeln"),
        ("Jobcenter Kreis Groß-Gerau", "gross-gerau"),
        ("Jobcenter Rhein-Kreis Neuss", "rhein-kreis-neuss"),
        ("Jobcenter Kreisstadt Unna", "kreisstadt-unna"),
        ("Jobcenter 4711 Mitte", "mitte"),
        ("Jobcenter Kreis", "jobcenter"),
        ("4711", "jobcenter"),
    ],
)
def test_a_jobcenter_is_named_by_its_place(name: str, key: str) -> None:
    assert jobcenter_key(name) == key
