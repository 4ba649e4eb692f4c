"""The demonstration texts fit the three real programmes: every chapter has content, and no figure is made up."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import jcflow
from jcflow.money import to_exchange
from jcflow.programmes.completeness import chapter_obstacles, empty_chapters
from jcflow.programmes.exchange.document import Document, RegisterBlock, TableBlock, TextBlock
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, write
from jcflow.programmes.kinds import Visibility

DATA = Path(jcflow.__file__).parent / "data"
NAMES = ["paderborn-2022", "herford-2022", "ennepe-ruhr-2023"]

every_programme = pytest.mark.parametrize("name", NAMES)


def bare(name: str) -> Document:
    path = DATA / f"{name}.yaml"
    return read(path.read_bytes(), path.name)


def texts(name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "texts" / f"{name}.yaml").read_text("utf-8"))
    return found


def with_texts(name: str) -> Document:
    data: Any = as_data(bare(name))
    blocks = texts(name)
    for chapter in data["chapters"]:
        chapter["blocks"] = blocks.get(chapter["key"], [])
    return read(json.dumps(data), f"{name}.json")


def words_of(document: Document) -> str:
    """All Markdown, captions and cells of a document, one after the other."""
    found: list[str] = []
    for chapter in document.chapters:
        for block in chapter.blocks:
            if isinstance(block, TextBlock):
                found.append(block.markdown)
            elif isinstance(block, TableBlock):
                found += [block.caption, *block.columns, *(cell for row in block.rows for cell in row)]
    return "\n".join(found)


def test_there_are_texts_for_each_real_programme_and_for_no_other() -> None:
    assert {path.stem for path in (DATA / "texts").iterdir()} == {path.stem for path in DATA.glob("*.yaml")}


@every_programme
def test_every_text_belongs_to_a_chapter_and_no_chapter_is_written_twice(name: str) -> None:
    written = re.findall(r"(?m)^([^\s#-][^:]*):$", (DATA / "texts" / f"{name}.yaml").read_text("utf-8"))

    keys = list(texts(name))

    assert len(written) == len(keys)
    assert [key for key in (chapter.key for chapter in bare(name).chapters) if key in keys] == keys


@every_programme
def test_every_chapter_without_chapters_below_it_has_content(name: str) -> None:
    leaves = {chapter.key for chapter in empty_chapters(bare(name))}

    assert leaves
    assert leaves <= set(texts(name))


@every_programme
def test_a_programme_with_its_texts_is_complete_and_survives_writing(name: str) -> None:
    document = with_texts(name)

    assert read(write(document), "again.yaml") == document
    assert chapter_obstacles(document) == []


@every_programme
def test_the_texts_show_what_a_programme_can_hold(name: str) -> None:
    blocks = [block for chapter in with_texts(name).chapters for block in chapter.blocks]
    seen = [block.visibility for block in blocks]

    assert seen.count(Visibility.BODIES) == 1
    assert seen.count(Visibility.INTERNAL) == 1
    assert sum(isinstance(block, TableBlock) for block in blocks) >= 2
    assert sum(isinstance(block, RegisterBlock) for block in blocks) >= 3
    assert sum("\n[^1]: " in block.markdown for block in blocks if isinstance(block, TextBlock)) == 1


@every_programme
def test_every_register_that_holds_something_is_shown_in_a_chapter(name: str) -> None:
    document = with_texts(name)
    filled = {f"budget_tables/{table.key}" for table in document.budget_tables}
    filled |= {f"topic_sets/{topics.key}" for topics in document.topic_sets}
    filled |= {f"training_plan/{plan['key']}" for plan in document.training_plan}
    filled |= {key for key in ("instruments", "targets", "projects", "staffing") if getattr(document, key)}

    shown = {b.of for chapter in document.chapters for b in chapter.blocks if isinstance(b, RegisterBlock)}

    assert shown == filled


@every_programme
def test_every_euro_amount_in_a_text_stands_in_a_budget_table(name: str) -> None:
    document = with_texts(name)
    lines = [line for table in document.budget_tables for line in table.lines]
    known = {to_exchange(cents) for line in lines for cents in (line.amount, line.prior_amount) if cents is not None}

    named = re.findall(r"([0-9][0-9.]*)\s?€", words_of(document))

    assert named
    assert {f"{amount.replace('.', '')}.00" for amount in named} <= known


@every_programme
def test_the_texts_keep_to_plain_german_without_gender_characters(name: str) -> None:
    words = words_of(with_texts(name))

    assert re.findall(r"\w[*:_/]in(?:nen)?\b|[a-zäöüß]In(?:nen)?\b", words) == []
    assert re.findall(r"[0-9] [€%]|§ [0-9]", words) == []
