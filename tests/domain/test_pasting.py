"""Cells put into a budget table: taken where they are clear, else refused by line and column."""

from __future__ import annotations

import pytest

from jcflow.programmes.pasting import MOST_ROWS, PastedRow, read_cells


def problems(text: str) -> list[str]:
    return read_cells(text, year=2027, prior_year=2026).problems


def rows(text: str) -> list[PastedRow]:
    found = read_cells(text, year=2027, prior_year=2026)
    assert found.problems == []
    return found.rows


def test_cells_without_a_head_are_label_plan_year_before_and_note() -> None:
    assert rows("EGT\t15.832.243 €\t14.000.000,00\tneu\r\nVKB\t\t-\n") == [
        PastedRow(1, "EGT", "15.832.243 €", "14.000.000,00", "neu"),
        PastedRow(2, "VKB"),
    ]


@pytest.mark.parametrize(
    "head", ["Vorjahr\tBezeichnung\tPlan", "2026\tTitel\t2027", "Ansatz 2026 (€)\tPosition\tAnsatz 2027 in Euro"]
)
def test_a_head_names_the_columns_by_word_or_by_year(head: str) -> None:
    assert rows(f"{head}\n1.000\tEGT\t2.000") == [PastedRow(2, "EGT", "2.000", "1.000")]


def test_semicolons_separate_where_there_is_no_tab_and_quotes_hold_a_cell_together() -> None:
    assert rows('"EGT; II";1.000') == [PastedRow(1, "EGT; II", "1.000")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("EGT\t1.000\nVKB\t100.0000", "Zeile 2, Spalte „Plan“: „100.0000“ ist kein eindeutiger Betrag. Meinten Sie"),
        ("EGT\t\t1,234.56", "Zeile 1, Spalte „Vorjahr“: „1,234.56“ ist kein eindeutiger Betrag. Meinten Sie 1.234,56?"),
        ("EGT\t3.890,000", "Meinten Sie 3.890.000?"),
        ("EGT\t3,9 Mio.", "Meinten Sie 3.900.000?"),
        ("EGT\t-800.000", "Geben Sie den Betrag ohne Vorzeichen ein, zum Beispiel 800.000."),
        ("\t1.000", "Zeile 1, Spalte „Bezeichnung“"),
        ("EGT\t1\nEGT\t2", "Zeile 2: „EGT“ steht schon in Zeile 1."),
        ("Titel\tPlan\tAbweichung\nEGT\t1\t2", "Zeile 1, Spalte 3: „Abweichung“ ist keine Spalte des Budgets."),
        ("Titel\tPlan\tPlan\nEGT\t1\t2", "Die Spalte „Plan“ kommt zweimal vor."),
        ("Titel\tPlan\t\nEGT\t1\t2", "Zeile 2, Spalte 3: Die Spalte hat in der Kopfzeile keinen Namen."),
        ("EGT\t1\t2\tneu\tzu viel", "Zeile 1: Die Zeile hat 5 Zellen. Möglich sind 4."),
        ("  \n\t\n", "Fügen Sie die Zellen der Tabelle ein"),
        ("x;1\n" * (MOST_ROWS + 1), "mehr als 300 Zeilen"),
        ("x" * 200_001, "Der Text ist zu lang. Möglich sind 200.000 Zeichen."),
        ('"' + "x" * 140_000, "lässt sich nicht lesen"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused_by_line_and_column(text: str, problem: str) -> None:
    assert any(problem in found for found in problems(text)), problems(text)[:3]
