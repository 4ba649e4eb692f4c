"""References in a text show the line they name, of the document the text belongs to, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jcflow.cli.demo.content import documents
from jcflow.programmes.exchange.document import Document, TableBlock, TextBlock
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.wording.hints import HintKind
from jcflow.programmes.wording.notes import notes_of, unknown_references
from jcflow.programmes.wording.references import MISSING, Figures, filled
from tests.domain.test_wording import BEFORE, paderborn

EGT = "{{Budget: eingliederungstitel/zuteilung}}"


def with_amount(document: Document, cents: int) -> Document:
    """The same with another amount in the line that EGT names."""
    tables = tuple(
        replace(
            table,
            lines=tuple(
                replace(x, amount=cents, approximate=False)
                if (table.key, x.key) == ("eingliederungstitel", "zuteilung")
                else x
                for x in table.lines
            ),
        )
        for table in document.budget_tables
    )
    return replace(document, budget_tables=tables)


def test_a_reference_shows_the_line_of_its_own_document() -> None:
    older, newer = documents()[0], with_amount(documents()[0], 1_600_000_000)

    assert Figures(older).fill(f"Es sind {EGT}.") == "Es sind rund 15.832.243\u00a0€."
    assert Figures(newer).fill(f"Es sind {EGT}.") == "Es sind 16.000.000\u00a0€."


def test_targets_instruments_and_the_year_before_can_be_named() -> None:
    known = {figure.code: figure.value for document in documents() for figure in Figures(document).all()}

    assert known["{{Ziel: fbw-abschluss}}"] == "120"
    assert known["{{Ziel: iq-gesamt}}"] == "-1,5\u00a0%"
    assert any(code.startswith("{{Instrument: ") for code in known)
    assert any(code.startswith("{{Vorjahr: ") for code in known)


@pytest.mark.parametrize(
    "written", ["{{budget:eingliederungstitel/zuteilung}}", "{{ Budget : eingliederungstitel/zuteilung }}"]
)
def test_spaces_and_capitals_do_not_matter(written: str) -> None:
    assert Figures(documents()[0]).fill(written) == "rund 15.832.243\u00a0€"


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{{ config }}", "{{Budget}}", "{% if 1 %}", "{{Budget: a b}}", "{{Budget: a|b}}"]
)
def test_nothing_else_in_braces_is_touched(text: str) -> None:
    assert Figures(documents()[0]).fill(text) == text


def test_an_unknown_reference_is_marked_for_editors_and_a_gap_for_others() -> None:
    document = documents()[0]

    assert Figures(document, inside=True).fill("{{Budget: x/y}}") == "[unbekannte Zahl: Budget: x/y]"
    assert Figures(document).fill("{{Budget: x/y}}") == MISSING


def test_a_hidden_register_gives_no_figure_away() -> None:
    hidden = {"budget_tables/eingliederungstitel": Visibility.INTERNAL}
    document = replace(paderborn(EGT), register_visibility=hidden)

    seen = seen_by(document, frozenset({Visibility.PUBLIC}))

    assert Figures(seen).fill(EGT) == MISSING
    (note,) = unknown_references(notes_of(document, today=BEFORE))
    assert "Nicht alle" in note.right


def test_a_reference_to_nothing_is_a_note() -> None:
    notes = notes_of(paderborn(f"Es sind {EGT} und {{{{Ziel: nirgends}}}}."), today=BEFORE)

    assert [(note.kind, note.found) for note in notes] == [(HintKind.REFERENCE, "{{Ziel: nirgends}}")]


def test_two_states_are_laid_side_by_side_with_their_own_values() -> None:
    table = TableBlock("Mittel", ("Was", "Wert"), (("EGT", EGT),))
    document = paderborn(f"Es sind {EGT}.")
    first = document.chapters[0]
    document = replace(document, chapters=(replace(first, blocks=(*first.blocks, table)),))

    text, cells = filled(with_amount(document, 1_600_000_000)).chapters[0].blocks

    assert isinstance(text, TextBlock)
    assert isinstance(cells, TableBlock)
    assert text.markdown == "Es sind 16.000.000\u00a0€."
    assert cells.rows == (("EGT", "16.000.000\u00a0€"),)


def test_a_file_keeps_the_reference_and_gives_the_same_value_back() -> None:
    document = paderborn(f"Es sind {EGT}.")

    again = read(canonical(as_data(document)), "Datei")

    assert again == document
    assert filled(again) == filled(document)
