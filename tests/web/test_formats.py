"""What people read where the program holds cents, dates and bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from jinja2 import Environment

from jcflow.web import formats

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (389_000_000, f"3.890.000{NBSP}€"),
        (57_990_761, f"579.907,61{NBSP}€"),
        (5, f"0,05{NBSP}€"),
        (0, f"0{NBSP}€"),
        (-12_000_000, f"\u2212120.000{NBSP}€"),
        (-1, f"\u22120,01{NBSP}€"),
        (None, "–"),
    ],
)
def test_an_amount_shows_cents_only_when_it_has_some(cents: int | None, text: str) -> None:
    assert formats.euro(cents) == text


@pytest.mark.parametrize(
    ("cents", "text"),
    [(12_000_000, f"+120.000{NBSP}€"), (-53_000_000, f"\u2212530.000{NBSP}€"), (0, f"0{NBSP}€"), (None, "–")],
)
def test_a_difference_carries_its_sign(cents: int | None, text: str) -> None:
    assert formats.signed_euro(cents) == text


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (1_248_000_000, f"12,5{NBSP}Mio.{NBSP}€"),
        (1_245_000_000, f"12,5{NBSP}Mio.{NBSP}€"),
        (62_000_000, f"620.000{NBSP}€"),
        (62_000_050, f"620.001{NBSP}€"),
    ],
)
def test_a_sentence_counts_in_millions_from_one_million_on(cents: int, text: str) -> None:
    assert formats.mio(cents) == text


def test_a_share_is_given_in_percent_and_rounded_half_up() -> None:
    shares = [formats.percent(60.0, 0), formats.percent(Decimal("12.25")), formats.percent(None)]

    assert shares == [f"60{NBSP}%", f"12,3{NBSP}%", "–"]


def test_a_change_in_percent_carries_its_sign() -> None:
    assert [formats.signed_percent(value) for value in (4.7, -12, 0)] == [
        f"+4,7{NBSP}%",
        f"\u221212,0{NBSP}%",
        f"0,0{NBSP}%",
    ]


def test_a_change_that_rounds_to_zero_has_no_sign() -> None:
    assert [formats.signed_percent(value) for value in (-0.01, 0.01)] == [f"0,0{NBSP}%"] * 2


def test_days_are_short_in_tables_and_written_out_in_sentences() -> None:
    friday = date(2026, 11, 27)

    assert (formats.day(friday), formats.long_day(friday)) == ("27.11.2026", "Freitag, 27. November 2026")


def test_a_moment_is_shown_at_the_clock_of_berlin() -> None:
    late = datetime(2026, 11, 26, 23, 7, tzinfo=UTC)

    assert formats.moment(late) == f"27.11.2026, 0:07{NBSP}Uhr"
    assert formats.clock_time(datetime(2026, 7, 1, 9, 17, tzinfo=UTC)) == f"11:17{NBSP}Uhr"
    assert formats.long_day(late) == "Freitag, 27. November 2026"


@pytest.mark.parametrize(
    ("due", "text"),
    [
        (date(2026, 11, 27), "noch 6 Tage"),
        (date(2026, 11, 22), "morgen"),
        (date(2026, 11, 21), "heute"),
        (date(2026, 11, 20), "seit gestern überfällig"),
        (date(2026, 11, 18), "seit 3 Tagen überfällig"),
    ],
)
def test_a_deadline_is_told_by_its_distance(due: date, text: str) -> None:
    assert formats.days_left(due, date(2026, 11, 21)) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (812, f"812{NBSP}Byte"),
        (210_400, f"210{NBSP}KB"),
        (999_700, f"1{NBSP}MB"),
        (1_340_000, f"1,3{NBSP}MB"),
        (14_200_000, f"14{NBSP}MB"),
    ],
)
def test_a_file_has_a_readable_size(size: int, text: str) -> None:
    assert formats.filesize(size) == text


def test_a_count_brings_the_fitting_word() -> None:
    assert [formats.plural(n, "Aufgabe", "Aufgaben") for n in (0, 1, 1200)] == [
        "0 Aufgaben",
        "1 Aufgabe",
        "1.200 Aufgaben",
    ]


def test_templates_know_the_formats_by_name() -> None:
    environment = Environment(autoescape=True)
    formats.register(environment)

    text = environment.from_string("{{ 389000000|euro }}, {{ 3|plural('Zeile', 'Zeilen') }}").render()

    assert text == f"3.890.000{NBSP}€, 3 Zeilen"
