"""Working days and deadlines in a Land; the only place that knows public holidays.

A working day is Monday to Friday, no public holiday of the Land, and neither 24 nor 31 December, on which public
offices are closed. `land` is the ISO code without `DE-`, as in `LANDS`. `closed` are further days on which a house does
not work. The holidays are known for the years 1991 to 2100.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays

LANDS = MappingProxyType(
    {
        "BW": "Baden-Württemberg",
        "BY": "Bayern",
        "BE": "Berlin",
        "BB": "Brandenburg",
        "HB": "Bremen",
        "HH": "Hamburg",
        "HE": "Hessen",
        "MV": "Mecklenburg-Vorpommern",
        "NI": "Niedersachsen",
        "NW": "Nordrhein-Westfalen",
        "RP": "Rheinland-Pfalz",
        "SL": "Saarland",
        "SN": "Sachsen",
        "ST": "Sachsen-Anhalt",
        "SH": "Schleswig-Holstein",
        "TH": "Thüringen",
    }
)
"""The sixteen Länder by code, in alphabetical order of their German names."""

_ONE_DAY = timedelta(days=1)


def is_working_day(day: date, land: str, closed: Collection[date] = ()) -> bool:
    """Whether the house works on this day.

    Raises:
        KeyError: There is no such Land.
    """
    return day.weekday() < 5 and day not in _closed_days(land, day.year) and day not in closed


def add_working_days(day: date, n: int, land: str, closed: Collection[date] = ()) -> date:
    """The n-th working day after the day, which itself does not count (§ 187 Abs. 1 BGB).

    Negative `n` counts back; 0 is the day itself, even where it is no working day.
    """
    way = _ONE_DAY if n > 0 else -_ONE_DAY
    left = abs(n)
    while left:
        day += way
        left -= is_working_day(day, land, closed)
    return day


def deadline(
    entered_on: date, amount: int, working: bool, land: str, closed: Collection[date] = (), *, rolls: bool = True
) -> date:
    """The last day of a period of days or working days that begins with an event; it is good until 24:00.

    The day of the event does not count, and a last day on which nobody works gives way to the next working day
    unless it does not roll.

    Source: § 187 Abs. 1, § 188 Abs. 1, § 193 BGB.
    """
    last = add_working_days(entered_on, amount, land, closed) if working else entered_on + timedelta(days=amount)
    return next_working_day(last, land, closed) if rolls else last


def next_working_day(day: date, land: str, closed: Collection[date] = ()) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day, land, closed):
        day += _ONE_DAY
    return day


def latest_beginning(last: date, amount: int, working: bool, land: str, closed: Collection[date] = ()) -> date:
    """The last working day on which a period may begin so that it is over by a day: `deadline`, backwards."""
    begin = add_working_days(last, -amount, land, closed) if working else last - timedelta(days=amount)
    while not is_working_day(begin, land, closed) or deadline(begin, amount, working, land, closed) > last:
        begin -= _ONE_DAY
    return begin


def working_days_between(first: date, last: date, land: str, closed: Collection[date] = ()) -> int:
    """How many working days lie after `first` up to and including `last`; negative if `last` is the earlier one."""
    if last < first:
        return -working_days_between(last, first, land, closed)
    days = (first + timedelta(days=passed) for passed in range(1, (last - first).days + 1))
    return sum(is_working_day(day, land, closed) for day in days)


@lru_cache(maxsize=512)
def _closed_days(land: str, year: int) -> frozenset[date]:
    """Fixed sets, because the library's own calendars fill themselves while threads read them."""
    if land not in LANDS:
        raise KeyError(land)
    public = holidays.country_holidays("DE", subdiv=land, years=year)
    return frozenset(public) | {date(year, 12, 24), date(year, 12, 31)}
