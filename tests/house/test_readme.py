"""The README says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jcflow.amendments import procedures as amendments
from jcflow.config import SAMPLE_KEY
from jcflow.procedure import draw
from jcflow.programmes.procedures import known

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


PROCEDURES = {**known(), **amendments.known()}


@pytest.mark.parametrize(("key", "version"), sorted(PROCEDURES))
def test_diagram_in_the_readme_is_the_one_drawn_from_the_workflow_file(key: str, version: int) -> None:
    shown = re.search(rf"<!-- diagram {key} {version} -->\n```mermaid\n(.*?)```", README, re.S)

    assert shown is not None
    assert shown[1] == draw(PROCEDURES[key, version])


def test_readme_shows_the_sample_key_that_is_refused() -> None:
    assert SAMPLE_KEY in README


def test_every_picture_of_the_readme_exists() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)

    assert pictures
    assert all((Path(__file__).parents[2] / picture).is_file() for picture in pictures)
