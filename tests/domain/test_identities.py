"""The identities: each with figures that hold and figures that do not, from the real programmes and made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jcflow
from jcflow.programmes.checks import Difference, differences
from jcflow.programmes.exchange.document import (
    BudgetLine,
    BudgetTable,
    Chapter,
    Document,
    JobcenterHead,
    ProgrammeHead,
    Row,
    TableBlock,
)
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.identities.catalogue import IDENTITIES, municipal_per_mille
from jcflow.programmes.identities.checking import all_differences, check
from jcflow.programmes.identities.results import Outcome, Result, figure
from jcflow.programmes.identities.shares import number_of
from jcflow.programmes.kinds import LinePart, LineRole, ProgrammeKind
from jcflow.programmes.parts import PART_NAMES, suggested_part

DATA = Path(jcflow.__file__).parent / "data"
HEAD = ProgrammeHead(ProgrammeKind.AMIP, "Programm", date(2027, 1, 1), date(2027, 12, 31))
P = LinePart
HOLDS, DIFFERS, OPEN = Outcome.HOLDS, Outcome.DIFFERS, Outcome.NOT_CHECKABLE


def real(name: str) -> Document:
    return read((DATA / f"{name}.yaml").read_bytes(), name)


def document(*tables: BudgetTable, **registers: Sequence[object]) -> Document:
    kept = {name: tuple(rows) for name, rows in registers.items()}
    return Document(JobcenterHead("Jobcenter", "gE", "NW"), HEAD, budget_tables=tables, **kept)  # type: ignore[arg-type]


def table(
    euros: dict[LinePart, int | None], *, key: str = "mittel", year: int = 2027, about: bool = False
) -> BudgetTable:
    lines = [
        BudgetLine(part.value, PART_NAMES[part], LineRole.LINE, amount=cents(sum_), approximate=about, part=part)
        for part, sum_ in euros.items()
    ]
    return BudgetTable(key, f"Mittel {key}", year, year - 1, tuple(lines))


def cents(euros: int | None) -> int | None:
    return None if euros is None else euros * 100


def of(found: Document, key: str) -> list[Result]:
    return [result for result in check(found) if result.identity.key == key]


def outcomes(found: Document, key: str) -> list[Outcome]:
    return [result.outcome for result in of(found, key)]


def only(found: Document, key: str) -> Result:
    (result,) = of(found, key)
    return result


def with_line(found: Document, table_key: str, line_key: str, **changes: object) -> Document:
    tables = [
        replace(t, lines=tuple(replace(x, **changes) if x.key == line_key else x for x in t.lines))  # type: ignore[arg-type]
        if t.key == table_key
        else t
        for t in found.budget_tables
    ]
    return replace(found, budget_tables=tuple(tables))


def test_paderborn_holds_but_for_its_municipal_share() -> None:
    paderborn = real("paderborn-2022")

    for key in ("I-1", "I-2", "I-7", "I-8", "I-10", "I-11"):
        assert set(outcomes(paderborn, key)) == {HOLDS}, key
    share = only(paderborn, "I-3")
    assert (share.stated, share.computed) == (3_622_380_00, 3_615_700_00)
    assert share.note == "Angegeben sind 15,228\N{NO-BREAK SPACE}% der Verwaltungskosten insgesamt."
    assert [one.place for one in all_differences(paderborn)] == ["identities/I-3/2022"]


def test_ennepe_ruhr_holds_to_the_euro_in_both_years() -> None:
    ennepe = real("ennepe-ruhr-2023")

    for key in ("I-2", "I-3", "I-4", "I-5", "I-10"):
        assert outcomes(ennepe, key) == [HOLDS, HOLDS], key
    assert [r.about for r in of(ennepe, "I-3")] == ["2023", "2022 (Vorjahr)"]
    assert all_differences(ennepe) == ()


def test_herford_holds_what_it_says_and_the_rest_names_what_is_missing() -> None:
    herford = real("herford-2022")

    assert outcomes(herford, "I-5") == [HOLDS, HOLDS]
    assert only(herford, "I-6").note == "Es fehlt eine Zeile mit der Rolle „Neugeschäft“."
    assert only(herford, "I-10").note == "Die Umschichtung steht nur auf der Seite des Eingliederungstitels."
    assert all_differences(herford) == ()


def test_the_misprinted_transfer_of_ennepe_ruhr_would_be_found_on_both_sides() -> None:
    misprinted = with_line(real("ennepe-ruhr-2023"), "mittel", "vw-umschichtung", amount=1_000_000_00)

    crossed = of(misprinted, "I-10")[0]
    assert (crossed.outcome, crossed.stated, crossed.computed) == (DIFFERS, 100_000_00, 1_000_000_00)
    assert of(misprinted, "I-2")[0].outcome is DIFFERS


SUMS = [
    ("I-1", {P.OVERALL_BUDGET: 30, P.INTEGRATION_BUDGET: 20, P.ADMIN_BUDGET: 10}),
    ("I-2", {P.ADMIN_TOTAL: 36, P.ADMIN_BUDGET: 25, P.MUNICIPAL_SHARE: 6, P.ADMIN_TRANSFER_IN: 5}),
    ("I-2", {P.ADMIN_TOTAL: 26, P.ADMIN_BUDGET: 25, P.MUNICIPAL_SHARE: 6, P.ADMIN_TRANSFER_OUT: 5}),
    ("I-2", {P.ADMIN_TOTAL: 36, P.ADMIN_BUDGET: 25, P.MUNICIPAL_SHARE: 6, P.INTEGRATION_TRANSFER_OUT: 5}),
    ("I-2", {P.ADMIN_TOTAL: 31, P.ADMIN_BUDGET: 25, P.MUNICIPAL_SHARE: 6}),
    ("I-3", {P.ADMIN_TOTAL: 29_521_177, P.MUNICIPAL_SHARE: 4_487_219}),
    ("I-3", {P.ADMIN_BUDGET: 24_933_958, P.ADMIN_TRANSFER_IN: 100_000, P.MUNICIPAL_SHARE: 4_487_219}),
    ("I-4", {P.INTEGRATION_BUDGET: 20, P.REGULAR: 17, P.RUNOFF_FUNDING: 3}),
    ("I-4", {P.INTEGRATION_BUDGET: 22, P.REGULAR: 17, P.RUNOFF_FUNDING: 3, P.REIMBURSEMENT: 2}),
    ("I-5", {P.AVAILABLE: 15, P.INTEGRATION_BUDGET: 20, P.INTEGRATION_TRANSFER_OUT: 5}),
    ("I-5", {P.AVAILABLE: 25, P.INTEGRATION_BUDGET: 20, P.INTEGRATION_TRANSFER_IN: 5}),
    ("I-6", {P.NEW_BUSINESS: 4, P.AVAILABLE: 15, P.COMMITMENT: 11}),
    ("I-10", {P.INTEGRATION_TRANSFER_OUT: 5, P.ADMIN_TRANSFER_IN: 5}),
    ("I-10", {P.INTEGRATION_TRANSFER_IN: 5, P.ADMIN_TRANSFER_OUT: 5}),
    ("I-11", {P.AVAILABLE_TOTAL: 36, P.OVERALL_BUDGET: 30, P.MUNICIPAL_SHARE: 6}),
]


@pytest.mark.parametrize(("key", "euros"), SUMS)
def test_an_identity_of_the_budget_holds(key: str, euros: dict[LinePart, int | None]) -> None:
    assert only(document(table(euros)), key).outcome is HOLDS


@pytest.mark.parametrize(("key", "euros"), SUMS)
def test_it_differs_by_as_much_as_its_first_figure_is_off(key: str, euros: dict[LinePart, int | None]) -> None:
    first = next(iter(euros))
    off = P.MUNICIPAL_SHARE if key == "I-3" else first
    wrong = document(table({**euros, off: (euros[off] or 0) + 2}))

    result = only(wrong, key)

    assert result.outcome is DIFFERS
    assert result.stated is not None
    assert result.computed is not None
    assert abs(result.stated - result.computed) == 200
    assert result.difference in all_differences(wrong)


@pytest.mark.parametrize(("key", "euros"), SUMS)
def test_it_cannot_be_checked_without_a_figure_and_says_which(key: str, euros: dict[LinePart, int | None]) -> None:
    off = P.MUNICIPAL_SHARE if key == "I-3" else next(iter(euros))

    without = only(document(table({part: sum_ for part, sum_ in euros.items() if part is not off})), key)
    blank = only(document(table({**euros, off: None})), key)

    assert without.outcome is blank.outcome is OPEN
    assert without.note
    assert without.note.endswith(".")
    assert blank.note == f"Die Zeile „{PART_NAMES[off]}“ hat keinen Betrag."


def test_every_identity_says_something_of_every_programme() -> None:
    for found in (document(), document(table({})), real("paderborn-2022")):
        assert list(dict.fromkeys(r.identity.key for r in check(found))) == list(IDENTITIES)


def test_a_rounded_figure_may_be_half_a_per_cent_off_and_an_exact_one_nothing() -> None:
    euros: dict[LinePart, int | None] = {P.AVAILABLE_TOTAL: 1000, P.OVERALL_BUDGET: 900, P.MUNICIPAL_SHARE: 95}

    assert only(document(table(euros, about=True)), "I-11").outcome is HOLDS
    assert only(document(table({**euros, P.MUNICIPAL_SHARE: 94}, about=True)), "I-11").outcome is DIFFERS
    assert only(document(table(euros)), "I-11").outcome is DIFFERS


def test_the_municipal_share_may_be_a_euro_off_even_where_it_is_rounded() -> None:
    euros: dict[LinePart, int | None] = {P.ADMIN_TOTAL: 1_000_000, P.MUNICIPAL_SHARE: 152_001}

    assert only(document(table(euros, about=True)), "I-3").outcome is HOLDS
    assert only(document(table({**euros, P.MUNICIPAL_SHARE: 152_002}, about=True)), "I-3").outcome is DIFFERS


def test_the_rate_of_the_municipal_share_has_its_years() -> None:
    euros: dict[LinePart, int | None] = {P.ADMIN_TOTAL: 1_000_000, P.MUNICIPAL_SHARE: 152_000}

    early = only(document(table(euros, year=2009)), "I-3")

    assert [municipal_per_mille(year) for year in (2010, 2011, 2027)] == [None, 152, 152]
    assert (early.outcome, early.note) == (
        OPEN,
        "Für 2009 ist kein Satz des kommunalen Finanzierungsanteils hinterlegt.",
    )


@given(st.integers(0, 10**11))
def test_a_share_reckoned_by_the_law_always_holds(total: int) -> None:
    share = round(total * 152 / 1000) if total * 152 % 1000 != 500 else (total * 152 + 500) // 1000

    assert only(document(table({P.ADMIN_TOTAL: total, P.MUNICIPAL_SHARE: share})), "I-3").outcome is HOLDS


@given(st.lists(st.integers(0, 10**9), min_size=4, max_size=4), st.integers(-(10**6), 10**6))
def test_the_admin_total_differs_by_exactly_what_was_added_to_it(parts: list[int], more: int) -> None:
    federal, share, into, out = parts
    total = federal + share + into - out
    if total + more < 0:
        return
    euros: dict[LinePart, int | None] = {P.ADMIN_BUDGET: federal, P.MUNICIPAL_SHARE: share, P.ADMIN_TRANSFER_IN: into}

    result = only(document(table({**euros, P.ADMIN_TRANSFER_OUT: out, P.ADMIN_TOTAL: total + more})), "I-2")

    assert result.stated is not None
    assert result.computed is not None
    assert result.stated - result.computed == more * 100
    assert result.outcome is (DIFFERS if more else HOLDS)


def test_several_lines_of_one_part_count_together_and_memo_lines_not_at_all() -> None:
    whole = table({P.AVAILABLE: 15, P.NEW_BUSINESS: 4})
    bound = [BudgetLine(k, k, LineRole.LINE, amount=a * 100, part=P.COMMITMENT) for k, a in (("a", 8), ("b", 3))]
    memo = BudgetLine("c", "davon Bildung", LineRole.MEMO, amount=500, part=P.COMMITMENT)

    assert only(document(replace(whole, lines=(*whole.lines, *bound, memo))), "I-6").outcome is HOLDS


def test_a_figure_that_two_tables_state_must_be_the_same_in_both() -> None:
    one = table({P.ADMIN_BUDGET: 25}, key="global")
    same, other = table({P.ADMIN_BUDGET: 25}, key="verwaltung"), table({P.ADMIN_BUDGET: 26}, key="verwaltung")

    assert DIFFERS not in outcomes(document(one, same), "I-10")
    (apart,) = [r for r in of(document(one, other), "I-10") if r.outcome is DIFFERS]
    assert (apart.stated, apart.computed) == (26_00, 25_00)
    assert apart.note == "Angegeben ist der Betrag in „Mittel verwaltung“, gerechnet der in „Mittel global“."


def test_years_are_checked_apart() -> None:
    first = table({P.NEW_BUSINESS: 4, P.AVAILABLE: 15, P.COMMITMENT: 11}, key="eins", year=2027)
    second = table({P.NEW_BUSINESS: 5, P.AVAILABLE: 15, P.COMMITMENT: 11}, key="zwei", year=2028)

    assert [(r.about, r.outcome) for r in of(document(first, second), "I-6")] == [("2027", HOLDS), ("2028", DIFFERS)]


def test_the_sums_are_the_seventh_identity_and_one_wrong_figure_is_accepted_once() -> None:
    wrong = with_line(real("ennepe-ruhr-2023"), "mittel", "vw-gesamt", amount=29_521_178_00)

    found = all_differences(wrong)

    assert [r.outcome for r in of(wrong, "I-7")] == [DIFFERS]
    assert [one.place for one in found] == ["budget_tables/mittel/vw-gesamt"]
    assert of(wrong, "I-2")[0].difference == differences(wrong)[0]


def test_an_acceptance_is_about_the_figures_behind_a_difference() -> None:
    euros: dict[LinePart, int | None] = {P.NEW_BUSINESS: 9, P.AVAILABLE: 15, P.COMMITMENT: 11}
    moved = {**euros, P.AVAILABLE: 16, P.COMMITMENT: 12}

    (before,), (after,) = all_differences(document(table(euros))), all_differences(document(table(moved)))

    assert before.key[:4] == after.key[:4]
    assert before.key != after.key


def instrument(key: str, planned: int | None, share: str | None, parent: str | None = "alle", **more: object) -> Row:
    row = {"key": key, "label": key, "role": "line", "parent": parent, "planned": planned, "share_percent": share}
    return {name: value for name, value in {**row, **more}.items() if value is not None}


TOTAL = instrument("alle", 3, None, None, role="total")


def test_shares_hold_within_half_a_tenth() -> None:
    rows = [TOTAL, instrument("a", 1, "33.3"), instrument("b", 2, "66.7")]

    assert set(outcomes(document(instruments=rows), "I-8")) == {HOLDS}


def test_a_share_that_is_off_and_shares_that_are_no_hundred_differ() -> None:
    rows = [TOTAL, instrument("a", 1, "40.0"), instrument("b", 2, "66.7")]

    found = [r for r in of(document(instruments=rows), "I-8") if r.outcome is DIFFERS]

    assert [(r.stated, r.computed) for r in found] == [(40_000, 33_333), (106_700, 100_000)]
    assert found[0].difference is not None
    assert found[0].difference.unit == "percent"


def test_one_line_may_take_up_the_rounding_and_two_may_not() -> None:
    whole = instrument("alle", 6, None, None, role="total")
    adjusted = [whole, instrument("a", 1, "16.7"), instrument("b", 1, "16.7"), instrument("c", 4, "66.6")]

    results = of(document(instruments=adjusted), "I-8")

    assert set(r.outcome for r in results) == {HOLDS}
    assert "gleicht die Rundung aus" in next(r.note for r in results if r.about == "Eintritte: c")
    again = [whole, instrument("a", 1, "16.8"), instrument("b", 1, "16.8"), instrument("c", 4, "66.4")]
    assert DIFFERS in outcomes(document(instruments=again), "I-8")


def test_shares_of_money_are_checked_where_every_row_has_one() -> None:
    rows = [instrument("a", None, None, None, budget_share_percent="60.0")]
    rows += [instrument("b", None, None, None, budget_share_percent="30.0")]

    assert [r.outcome for r in of(document(instruments=rows), "I-8")] == [DIFFERS]
    assert only(document(instruments=[*rows, instrument("c", 5, None, None)]), "I-8").note == (
        "„c“ nennt keinen Anteil am Budget."
    )


def changes(*rows: tuple[str, ...]) -> Document:
    block = TableBlock("Eintritte", ("Instrument", "Plan 2027", "Ist 2026", "Veränderung"), rows)
    return replace(document(), chapters=(Chapter("lage", "Lage", blocks=(block,)),))


def test_a_change_that_a_table_in_the_text_states_is_reckoned_again() -> None:
    found = of(changes(("EGZ", "90", "120", "- 30"), ("FbW", "2.879.000", "2.878.824", "+ 200")), "I-9")

    assert [r.outcome for r in found] == [HOLDS, DIFFERS]
    assert found[1].figures == ("200", "176", "24")
    assert of(changes(("EGZ", "rund 90", "120", "- 30")), "I-9")[0].outcome is OPEN


@pytest.mark.parametrize(
    ("text", "value"),
    [("- 800.000", -800_000), ("+ 176", 176), ("2851", 2851), ("579.907 EUR", 579_907), ("−30 €", -30)],
)
def test_numbers_are_read_as_tables_print_them(text: str, value: int) -> None:
    assert number_of(text) == value * 10_000


@pytest.mark.parametrize("text", ["100.0000", "rund 90", "<100", "1:120", "", "12.34", "–"])
def test_what_is_no_clear_number_is_left_alone(text: str) -> None:
    assert number_of(text) is None


def staff(part: str, value: str, scope: str | None = None, kind: str = "fte") -> Row:
    row = {"key": f"{part}-{value}-{scope}", "label": part, "kind": kind, "part": part, "value": value, "scope": scope}
    return {name: one for name, one in row.items() if one is not None}


def test_no_more_positions_are_filled_than_the_establishment_plan_has() -> None:
    plan = staff("establishment", "120.5")

    assert only(document(staffing=[plan, staff("occupied", "118.25")]), "I-12").outcome is HOLDS
    over = only(document(staffing=[plan, staff("occupied", "100"), staff("occupied", "20.75")]), "I-12")
    assert (over.outcome, over.figures) == (DIFFERS, ("120,75", "120,5", "0,25"))
    assert only(document(staffing=[plan]), "I-12").note == (
        "Im Personal fehlt eine Zeile mit der Rolle „besetzte Stellen“."
    )


def test_positions_are_compared_by_field_of_work_where_both_are_stated() -> None:
    rows = [staff("establishment", "10", "Leistung"), staff("occupied", "11", "Leistung")]
    rows += [staff("establishment", "10", "Vermittlung"), staff("occupied", "9", "Vermittlung")]

    assert [(r.about, r.outcome) for r in of(document(staffing=rows), "I-12")] == [
        ("Leistung", DIFFERS),
        ("Vermittlung", HOLDS),
    ]


def test_caseloads_are_told_beside_the_guide_of_the_law() -> None:
    rows = [staff("ratio_u25", "53.07", kind="ratio"), staff("ratio_25", "155", kind="ratio")]

    found = of(document(staffing=[*rows, staff("cases", "300", "A"), staff("occupied", "4", "A")]), "I-13")

    assert [r.outcome for r in found] == [Outcome.INFORMATION] * 3
    assert [r.note for r in found] == [
        "53,07 je Stelle. Der Richtwert 1:75 ist eingehalten.",
        "155 je Stelle. Der Richtwert 1:150 ist überschritten.",
        "75 Leistungsberechtigte je besetzter Stelle.",
    ]


def test_costs_are_told_per_entry_and_per_head() -> None:
    money = table({P.AVAILABLE: 1_000_000})
    rows = [instrument("egz", 50, None, None, budget_share_percent="100.0")]

    found = of(document(money, instruments=rows, staffing=[staff("cases", "4000")]), "I-14")

    assert [(r.about, r.note.replace("\N{NO-BREAK SPACE}", " ")) for r in found] == [
        ("egz", "Im Durchschnitt rund 20.000 € je Eintritt."),
        ("Eingliederungsmittel je Person", "Rund 250 € je erwerbsfähiger leistungsberechtigter Person."),
    ]
    assert only(document(table({P.MUNICIPAL_SHARE: 1})), "I-14").outcome is OPEN


def test_what_is_only_told_never_has_to_be_accepted() -> None:
    told = [r for r in check(real("paderborn-2022")) if r.identity.informs]

    assert told
    assert all(r.difference is None for r in told)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (361_570_000, "cents", "3.615.700 €"),
        (-5, "count", "−5"),
        (9_458, "percent", "9,458 %"),
        (-7_500, "number", "−0,75"),
    ],
)
def test_figures_are_written_in_german(value: int, unit: str, text: str) -> None:
    assert figure(value, unit).replace("\N{NO-BREAK SPACE}", " ") == text  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["paderborn-2022", "herford-2022", "ennepe-ruhr-2023"])
def test_the_words_of_the_real_programmes_speak_of_the_parts_their_lines_have(name: str) -> None:
    for one in real(name).budget_tables:
        for line in one.lines:
            assert suggested_part(line.label, one.title) is line.part, line.label


@pytest.mark.parametrize("label", ["Sonstiges", "Umschichtung", "Personalkosten", ""])
def test_words_that_leave_it_open_suggest_nothing(label: str) -> None:
    assert suggested_part(label, "Budget") is None


def test_a_difference_says_which_law_it_is_about() -> None:
    (one,) = all_differences(real("paderborn-2022"))

    assert isinstance(one, Difference)
    assert one.label == "Kommunaler Finanzierungsanteil 2022"
    assert one.identity.startswith("I-3, § 46 Abs. 3 SGB II")
