"""The instruments catalogue: what a label speaks of, what the law wants thought of by year, words by date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import jcflow
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document, JobcenterHead, ProgrammeHead
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.instrument_catalogue import CATALOGUE, benefit_name, instrument_warnings, recognised
from jcflow.programmes.kinds import LinePart, LineRole, ProgrammeKind

DATA = Path(jcflow.__file__).parent / "data"


def programme(year: int, *labels: str, planned: int = 10, lines: tuple[BudgetLine, ...] = ()) -> Document:
    return Document(
        JobcenterHead("Jobcenter", "gE", "NW"),
        ProgrammeHead(ProgrammeKind.AMIP, "Programm", date(year, 1, 1), date(year, 12, 31)),
        budget_tables=(BudgetTable("mittel", "Mittel", year, lines=lines),),
        instruments=tuple({"key": x, "label": x, "role": "line", "planned": planned} for x in labels),
    )


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Qualifizierungen, die zu einem beruflichen Abschluss führen", "FBW"),
        ("Einstiegsqualifizierung", "EQ"),
        ("Teilhabe am Arbeitsmarkt", "TAAM"),
        ("Eingliederung von Langzeitarbeitslosen", "EVL"),
        ("„JobPerspektive“ § 16e SGB II a.F.", "P16E_AF"),
        ("Beschäftigungsbegleitendes Coaching", "COACH"),
        ("Arbeitsgelegenheiten", "AGH"),
        ("Eingliederungszuschüsse", "EGZ"),
        ("Maßnahmen beim Träger", "MABE"),
        ("Freie Förderung", "FF"),
    ],
)
def test_a_label_is_recognised(label: str, code: str) -> None:
    assert recognised(label) is CATALOGUE[code]


def test_other_words_are_left_alone() -> None:
    assert recognised("Sonstige") is None


@pytest.mark.parametrize("label", ["Berufliche Weiterbildung", "Reha"])
def test_training_and_rehabilitation_are_paid_from_the_integration_budget_only_until_2024(label: str) -> None:
    assert instrument_warnings(programme(2024, label)) == ()

    (warning,) = instrument_warnings(programme(2025, label))

    assert warning.sentence.startswith("Seit dem 1. Januar 2025 gehört die ")
    assert "§ 66a SGB II" in warning.law
    assert instrument_warnings(programme(2025, label, planned=0)) == ()


def test_work_opportunities_and_16i_need_a_word_of_the_board() -> None:
    found = instrument_warnings(programme(2027, "Arbeitsgelegenheiten", "Teilhabe am Arbeitsmarkt"))

    assert [warning.law for warning in found] == ["§ 16d Abs. 1 Satz 2, § 18d Satz 2 SGB II", "§ 16i Abs. 9 SGB II"]


def test_an_instrument_is_not_planned_before_it_exists() -> None:
    (warning,) = instrument_warnings(programme(2022, "Ganzheitliche Betreuung"))

    assert warning.sentence == "Ganzheitliche Betreuung gibt es erst ab dem 01.07.2023."


@pytest.mark.parametrize(("year", "count"), [(2021, 0), (2022, 1), (2025, 1), (2026, 0)])
def test_the_money_of_16e_in_its_old_wording_is_not_topped_up_in_the_years_that_forbid_it(
    year: int, count: int
) -> None:
    line = BudgetLine("af", "JobPerspektive", LineRole.LINE, amount=100, part=LinePart.RUNOFF_FUNDING)

    assert len(instrument_warnings(programme(year, lines=(line,)))) == count


def test_the_real_programmes_are_warned_of_what_they_plan() -> None:
    found = {
        name: {w.label for w in instrument_warnings(read((DATA / f"{name}.yaml").read_bytes(), name))}
        for name in ("paderborn-2022", "herford-2022", "ennepe-ruhr-2023")
    }

    assert "Arbeitsgelegenheiten (Aktivierung)" in found["paderborn-2022"]
    assert found["herford-2022"] == {"Arbeitsgelegenheiten", "Teilhabe am Arbeitsmarkt"}
    assert found["ennepe-ruhr-2023"] == {"„JobPerspektive“ § 16e SGB II a.F."}


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2022, 12, 31), "Arbeitslosengeld II"),
        (date(2023, 1, 1), "Bürgergeld"),
        (date(2026, 6, 30), "Bürgergeld"),
        (date(2026, 7, 1), "Grundsicherungsgeld"),
    ],
)
def test_the_benefit_is_called_by_the_word_of_the_day(on: date, name: str) -> None:
    assert benefit_name(on) == name
