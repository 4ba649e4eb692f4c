"""A file imported and exported again is equal to itself; so is whatever else the format can hold."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jcflow
from jcflow.programmes.exchange.document import Document, FigureBlock, RegisterBlock, TableBlock, TextBlock
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical, digest, write
from jcflow.programmes.kinds import Visibility
from tests.domain.documents import documents

REAL = sorted((Path(jcflow.__file__).parent / "data").glob("*.yaml"))
GENERATED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def without_absent(data: Any) -> Any:
    """The data with null and empty lists left out: in the format they mean the same as absent."""
    if isinstance(data, dict):
        kept = {name: without_absent(value) for name, value in data.items()}
        return {name: value for name, value in kept.items() if value is not None and value != []}
    return [without_absent(item) for item in data] if isinstance(data, list) else data


def test_the_three_real_programmes_are_installed() -> None:
    names = [path.name for path in REAL]

    assert names == ["ennepe-ruhr-2023.yaml", "herford-2022.yaml", "paderborn-2022.yaml"]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_real_programme_read_and_written_is_equal_to_itself(path: Path) -> None:
    document = read(path.read_bytes(), path.name)

    assert without_absent(as_data(document)) == without_absent(yaml.safe_load(path.read_text("utf-8")))
    assert read(write(document), "again.yaml") == document


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_the_same_programme_as_json_is_the_same_document(path: Path) -> None:
    document = read(path.read_bytes(), path.name)

    as_json = json.dumps(as_data(document), indent="\t")

    assert read(as_json, "programme.json") == document


@GENERATED
@given(documents())
def test_any_document_written_and_read_is_the_same(document: Document) -> None:
    text = write(document)

    assert read(text, "any.yaml") == document
    assert yaml.safe_load(text) == as_data(document)
    assert read(json.dumps(as_data(document)), "any.json") == document


@GENERATED
@given(documents(), st.randoms())
def test_the_digest_depends_on_the_content_alone(document: Document, chance: Any) -> None:
    data = as_data(document)
    names = list(data)
    chance.shuffle(names)

    shuffled = {name: data[name] for name in names}

    assert digest(canonical(shuffled)) == digest(canonical(data))


BLOCKS = """\
format: jcflow/programme
version: 1
jobcenter: {name: Jobcenter Musterkreis, form: zkT, land: BY}
programme: {kind: LPD, title: Planung, period_from: 2027-01-01, period_to: "2028-12-31"}
chapters:
- key: eins
  title: "1:30"
  number: null
  blocks:
  - kind: text
    markdown: |
      ## Lage

      | a | b |
      |---|---|
    visibility: bodies
  - {kind: table, caption: Zahlen, columns: [Jahr, Wert], rows: [['2021', 1.000 €], ['2022', no]], source: Kreis}
  - {kind: figure, caption: Karte, alt: Karte des Kreises, file: karte.png}
  - {kind: register, of: budget_tables/mittel, visibility: internal}
budget_tables:
- {key: mittel, title: Mittel, year: 2027, lines: [{key: a, label: A, role: line, amount: '10.05', approximate: false}]}
internal_potentials: [{order: 1, title: ~}]
register_visibility: {budget_tables/mittel: bodies, staffing: internal}
"""


def test_every_kind_of_block_is_read_as_it_stands() -> None:
    document = read(BLOCKS, "blocks.yaml")

    assert document.chapters[0].blocks == (
        TextBlock("## Lage\n\n| a | b |\n|---|---|\n", Visibility.BODIES),
        TableBlock("Zahlen", ("Jahr", "Wert"), (("2021", "1.000 €"), ("2022", "no")), "Kreis"),
        FigureBlock("Karte", "Karte des Kreises", "karte.png"),
        RegisterBlock("budget_tables/mittel", Visibility.INTERNAL),
    )
    assert read(write(document), "again.yaml") == document


def test_amounts_are_cents_dates_are_dates_and_scalars_stay_what_they_say() -> None:
    document = read(BLOCKS.encode("utf-8-sig"), "blocks.yaml")

    assert document.budget_tables[0].lines[0].amount == 1_005
    assert (document.programme.period_from, document.programme.period_to) == (date(2027, 1, 1), date(2028, 12, 31))
    assert (document.chapters[0].title, document.chapters[0].number) == ("1:30", None)
    assert document.internal_potentials == ({"order": 1},)
    assert document.register_visibility == {"budget_tables/mittel": Visibility.BODIES, "staffing": Visibility.INTERNAL}


def test_text_of_several_lines_is_written_as_lines() -> None:
    text = write(read(BLOCKS, "blocks.yaml"))

    assert "    markdown: |\n      ## Lage\n" in text
    assert "period_from: '2027-01-01'" in text


def test_characters_beyond_the_basic_plane_survive_json() -> None:
    data = as_data(read(BLOCKS, "blocks.yaml")) | {
        "programme": {"kind": "LPD", "title": "Ziel 🎯", "period_from": "2027-01-01", "period_to": "2027-12-31"}
    }

    document = read(json.dumps(data, ensure_ascii=True), "ascii.json")

    assert document.programme.title == "Ziel 🎯"


def test_canonical_bytes_are_sorted_and_without_spaces() -> None:
    content = canonical({"b": [1, True, None], "a": "ä"})

    assert content == '{"a":"ä","b":[1,true,null]}'.encode()
    assert len(digest(content)) == 64


@pytest.mark.parametrize("data", [{"a": 1.5}, [[0.0]], {"a": 2**60}, {1: "a"}, {"a": date(2027, 1, 1)}])
def test_what_is_not_exact_has_no_canonical_bytes(data: object) -> None:
    with pytest.raises(TypeError):
        canonical(data)
