"""How mails write days and numbers, and how a fact from the database is made fit for them."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date

from jcflow.clock import BERLIN, written

LONGEST_SUBJECT = 60
"""Characters; what is longer is cut on a telephone."""

_SPACES = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")
HARD_SPACE = "\u00a0"


def one_line(fact: object) -> object:
    """A text without line ends and control characters; anything else as it is.

    So nothing typed by a person can begin a new header, line or paragraph (T27).
    """
    return _SPACES.sub(" ", fact).strip() if isinstance(fact, str) else fact


def fitted(subject: str) -> str:
    """A subject of at most 60 characters, cut behind a word."""
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    kept = subject[: LONGEST_SUBJECT - 1]
    head, _, _ = kept.rpartition(" ")
    return f"{(head or kept).rstrip(' ,.:–')}…"


def day_of(value: date | str) -> date:
    """A day from a date, an instant (its day in Berlin) or their ISO text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > len("2026-11-27") else date.fromisoformat(value)
    return value.astimezone(BERLIN).date() if isinstance(value, datetime) else value


def long_day(value: date | str) -> str:
    """Freitag, 27. November 2026."""
    return _formatted(day_of(value), "EEEE, d. MMMM y")


def short_day(value: date | str) -> str:
    """27. November, for subjects."""
    return _formatted(day_of(value), "d. MMMM").replace(" ", HARD_SPACE)


def table_day(value: date | str) -> str:
    """27.11.2026."""
    return written(day_of(value))


def clock_time(value: str) -> str:
    """11:17 Uhr in Berlin, from the ISO text of an instant."""
    local = datetime.fromisoformat(value).astimezone(BERLIN)
    return f"{local.hour}:{local.minute:02}{HARD_SPACE}Uhr"


def counted(number: int, one: str, many: str) -> str:
    """1 Aufgabe, 4 Aufgaben."""
    return f"{number} {one if number == 1 else many}"


def in_a_row(words: list[str]) -> str:
    """„a“, „a und b“, „a, b und c“."""
    return " und ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def days_left(due_on: date, today: date) -> str:
    """noch 6 Tage, heute; how long it has been over after that."""
    days = (due_on - today).days
    if days < -1:
        return f"seit {-days} Tagen überfällig"
    near = {-1: "seit gestern überfällig", 0: "heute ist der letzte Tag", 1: "noch 1 Tag"}
    return near.get(days, f"noch {days} Tage")


@lru_cache(maxsize=2048)
def _formatted(value: date, pattern: str) -> str:
    return format_date(value, pattern, locale="de_DE")
