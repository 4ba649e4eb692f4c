"""Working days and deadlines of the Länder."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcflow.workdays import LANDS, add_working_days, deadline, is_working_day, working_days_between

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
LAND = st.sampled_from(sorted(LANDS))
AMOUNTS = st.integers(1, 60)


@pytest.mark.parametrize(
    ("day", "land", "works"),
    [
        (date(2027, 5, 27), "NW", False),  # Fronleichnam
        (date(2027, 5, 27), "BE", True),
        (date(2027, 11, 1), "NW", False),  # Allerheiligen
        (date(2027, 11, 1), "SN", True),
        (date(2027, 11, 17), "SN", False),  # Buß- und Bettag
        (date(2027, 11, 17), "NW", True),
        (date(2026, 12, 24), "NW", False),
        (date(2026, 12, 31), "NW", False),
        (date(2026, 12, 30), "NW", True),
        (date(2026, 11, 21), "NW", False),  # ein Samstag
        (date(2026, 11, 22), "NW", False),  # ein Sonntag
        (date(2026, 11, 23), "NW", True),
    ],
)
def test_a_working_day_is_told_from_a_holiday_of_the_land(day: date, land: str, works: bool) -> None:
    assert is_working_day(day, land) is works


def test_a_house_may_close_on_further_days() -> None:
    monday = date(2027, 2, 8)

    assert is_working_day(monday, "NW")
    assert not is_working_day(monday, "NW", closed={monday})
    assert add_working_days(date(2027, 2, 5), 1, "NW", closed={monday}) == date(2027, 2, 9)
    assert deadline(date(2027, 2, 1), 7, False, "NW", closed={monday}) == date(2027, 2, 9)


@pytest.mark.parametrize("land", ["", "XX", "nw", "Augsburg"])
def test_an_unknown_land_is_an_error(land: str) -> None:
    with pytest.raises(KeyError):
        is_working_day(date(2026, 11, 23), land)


@pytest.mark.parametrize(
    ("entered_on", "amount", "working", "last"),
    [
        (date(2026, 11, 27), 5, True, date(2026, 12, 4)),  # Friday: the day of the event does not count
        (date(2026, 11, 28), 5, True, date(2026, 12, 4)),  # Saturday
        (date(2026, 12, 23), 5, True, date(2027, 1, 5)),  # over Christmas and New Year
        (date(2026, 11, 6), 21, False, date(2026, 11, 27)),
        (date(2026, 11, 7), 21, False, date(2026, 11, 30)),  # ends on a Saturday
        (date(2026, 11, 8), 21, False, date(2026, 11, 30)),  # ends on a Sunday
        (date(2027, 3, 5), 21, False, date(2027, 3, 30)),  # ends on Good Friday; Easter follows
        (date(2026, 12, 10), 14, False, date(2026, 12, 28)),  # ends on 24 December
    ],
)
def test_a_deadline_ends_on_a_working_day(entered_on: date, amount: int, working: bool, last: date) -> None:
    assert deadline(entered_on, amount, working, "NW") == last


@given(day=DAYS, amount=AMOUNTS, working=st.booleans(), land=LAND)
def test_a_deadline_is_never_early_and_always_a_working_day(day: date, amount: int, working: bool, land: str) -> None:
    last = deadline(day, amount, working, land)

    assert is_working_day(last, land)
    assert last >= day + timedelta(days=amount)


@given(day=DAYS, earlier=st.integers(0, 10), amount=AMOUNTS, working=st.booleans(), land=LAND)
def test_entering_later_never_shortens_the_deadline(
    day: date, earlier: int, amount: int, working: bool, land: str
) -> None:
    before = day - timedelta(days=earlier)

    assert deadline(before, amount, working, land) <= deadline(day, amount, working, land)


@given(day=DAYS, amount=AMOUNTS, land=LAND)
def test_a_deadline_in_days_gives_way_to_the_next_working_day_only(day: date, amount: int, land: str) -> None:
    named, last = day + timedelta(days=amount), deadline(day, amount, False, land)

    between = [named + timedelta(days=passed) for passed in range((last - named).days)]
    assert not any(is_working_day(each, land) for each in between)


@given(day=DAYS, n=st.integers(-60, 60), land=LAND)
def test_as_many_working_days_lie_between_as_were_added(day: date, n: int, land: str) -> None:
    reached = add_working_days(day, n, land)

    assert n == 0 or is_working_day(reached, land)
    if n >= 0 or is_working_day(day, land):
        assert working_days_between(day, reached, land) == n


@given(day=DAYS, first=AMOUNTS, second=AMOUNTS, land=LAND)
def test_working_days_add_up(day: date, first: int, second: int, land: str) -> None:
    in_two_steps = add_working_days(add_working_days(day, first, land), second, land)

    assert in_two_steps == add_working_days(day, first + second, land)


@given(day=DAYS, n=AMOUNTS, land=LAND)
def test_counting_back_undoes_counting_on_from_a_working_day(day: date, n: int, land: str) -> None:
    start = add_working_days(day, 1, land)

    assert add_working_days(add_working_days(start, n, land), -n, land) == start


@given(first=DAYS, days=st.integers(-60, 60), land=LAND)
def test_counting_between_two_days_has_a_direction(first: date, days: int, land: str) -> None:
    last = first + timedelta(days=days)

    assert working_days_between(first, last, land) == -working_days_between(last, first, land)
