"""The only clocks. Everything below `web`, `worker` and `cli` is told the time by its caller."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Europe/Berlin, on which deadlines and memberships are counted."""
    return local_day(now())


def local_day(at: datetime) -> date:
    """The calendar day in Europe/Berlin of an aware instant."""
    return at.astimezone(BERLIN).date()


def written(day: date) -> str:
    """2.11.2026, as tables and sentences write a day."""
    return f"{day.day}.{day.month}.{day.year}"
