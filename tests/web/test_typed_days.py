"""A day is taken as a date field sends it and as people write it, and as nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from jcflow.web.typed import day_of
from tests.site import Site


@pytest.mark.parametrize("text", ["2026-12-01", "1.12.2026", "01.12.2026", " 01.12.2026 "])
def test_a_day_is_read_in_both_ways_of_writing(text: str) -> None:
    assert day_of(text) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text", ["", "20261201", "2026-W49-2", "1.12.26", "31.02.2026", "2026-13-01", "0000-01-01", "١.١٢.٢٠٢٦", "morgen"]
)
def test_what_could_be_another_day_is_none(text: str) -> None:
    assert day_of(text) is None


def test_a_day_written_out_opens_a_programme(sqlite_site: Site) -> None:
    typed = {"title": "Programm 2029", "period_from": "1.1.2029", "period_to": "31.12.2029"}

    answer = sqlite_site.client("gf").post_form("/programmes/new", typed)

    assert answer.status_code == 303, answer.text
