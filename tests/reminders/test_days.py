"""Each stage once on its local date, at seven: over the nights the clocks change, a leap day and the turn of a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.factories import House
from tests.post import Post
from tests.reminders.moving import move
from tests.reminders.promise import DAY, at_seven

FIVE_MINUTES = timedelta(minutes=5)
DAYS = (date(2026, 10, 25), date(2027, 3, 28), date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 29))
"""The clocks go back, go forward, the year ends, it begins, a leap day."""
BOARD = [f"beirat{number}" for number in range(1, 6)]


def midnight(day: date) -> datetime:
    """As an instant: some of these days have 23 or 25 hours."""
    return at_seven(day).replace(hour=0).astimezone(UTC)


@pytest.mark.parametrize("before", [7, 0])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_stage_of_such_a_day_comes_once_at_seven(
    consultation: House, day: date, before: int, amount: Callable[[int, int], int]
) -> None:
    post = Post(consultation.session, consultation.jobcenter.id)
    move(consultation, "opinion", day + before * DAY)
    post.tick(at_seven(day - 3 * DAY))
    post.tick(at_seven(day - DAY))
    so_far = len(post.sent)
    first, last = midnight(day - amount(0, 1) * DAY), midnight(day + amount(0, 2) * DAY) + timedelta(hours=8)

    moments = list(post.walk(first + amount(1, 0) * timedelta(hours=1), last, FIVE_MINUTES))

    said = sorted((m.account, m.at) for m in post.sent[so_far:] if m.occasion == "reminder" and m.day == str(day))
    assert [(account, at) for account, at in said if account in BOARD] == [(a, at_seven(day)) for a in BOARD]
    per_day = Counter((m.account, m.day) for m in post.sent if m.occasion == "reminder")
    assert max(per_day.values()) == 1
    assert {m.at.astimezone(at_seven(day).tzinfo).hour for m in post.sent[so_far:]} == {7}
    assert len(moments) >= amount(72, 650)


@pytest.mark.parametrize("day", DAYS[:2], ids=str)
def test_a_day_of_23_or_25_hours_is_walked_as_such(day: date) -> None:
    assert (midnight(day + DAY) - midnight(day)) / timedelta(hours=1) == (25 if day.month == 10 else 23)
