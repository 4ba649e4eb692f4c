"""How numbers, days and moments are written on German screens; registered as Jinja filters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment

from jcflow.clock import BERLIN, written

LOCALE = "de_DE"
HARD_SPACE = "\u00a0"
MINUS = "\u2212"
NOTHING = "–"
MILLION_EURO = 100_000_000
"""In cents."""

Number = int | float | Decimal


MOST_COUNTED = 99
"""How far lists are counted."""


def register(environment: Environment) -> None:
    """Make every format of this module a filter of the same name."""
    formats = (euro, signed_euro, mio, percent, signed_percent, number, day, long_day, moment, clock_time)
    environment.filters.update(
        {format.__name__: format for format in (*formats, days_left, filesize, plural, capped, counted)}
    )


def number(value: Number | None, digits: int = 0) -> str:
    """A number with dots between thousands and exactly `digits` places, rounded half up."""
    if value is None:
        return NOTHING
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    text = format_decimal(abs(rounded), format=pattern, locale=LOCALE)
    return f"{MINUS}{text}" if rounded < 0 else text


def euro(cents: int | None) -> str:
    """Cents as euro; the decimals are shown only when the amount is not a whole euro."""
    if cents is None:
        return NOTHING
    return f"{number(Decimal(cents) / 100, 2 if cents % 100 else 0)}{HARD_SPACE}€"


def signed_euro(cents: int | None) -> str:
    """Cents as euro with + or − in front; nothing in front of zero."""
    return f"+{euro(cents)}" if cents is not None and cents > 0 else euro(cents)


def mio(cents: int | None) -> str:
    """Cents as millions with one place, for sentences; below one million the amount in full euro."""
    if cents is None:
        return NOTHING
    if abs(cents) < MILLION_EURO:
        return f"{number(Decimal(cents) / 100)}{HARD_SPACE}€"
    return f"{number(Decimal(cents) / MILLION_EURO, 1)}{HARD_SPACE}Mio.{HARD_SPACE}€"


def percent(value: Number | None, digits: int = 1) -> str:
    """A share given in percent: 12.5 is 12,5 %."""
    return NOTHING if value is None else f"{number(value, digits)}{HARD_SPACE}%"


def signed_percent(value: Number | None, digits: int = 1) -> str:
    """A change given in percent, with + or − in front."""
    text = percent(value, digits)
    return f"+{text}" if value is not None and value > 0 and text != percent(0, digits) else text


def day(value: date | None) -> str:
    """27.11.2026, for tables; an aware moment is taken at its day in Berlin."""
    return NOTHING if value is None else written(_local(value))


def long_day(value: date | None) -> str:
    """Freitag, 27. November 2026, for sentences; an aware moment is taken at its day in Berlin."""
    return NOTHING if value is None else format_date(_local(value), "EEEE, d. MMMM y", locale=LOCALE)


def moment(at: datetime | None) -> str:
    """27.11.2026, 11:17 Uhr, in Berlin."""
    return NOTHING if at is None else f"{day(at)}, {clock_time(at)}"


def clock_time(at: datetime | None) -> str:
    """11:17 Uhr, in Berlin."""
    if at is None:
        return NOTHING
    local = at.astimezone(BERLIN)
    return f"{local.hour}:{local.minute:02}{HARD_SPACE}Uhr"


def days_left(due: date, today: date) -> str:
    """The distance to a deadline, which is good until the end of its day."""
    days = (due - today).days
    if days < -1:
        return f"seit {-days} Tagen überfällig"
    near = {-1: "seit gestern überfällig", 0: "heute", 1: "morgen"}
    return near.get(days, f"noch {days} Tage")


def filesize(size: int) -> str:
    """Bytes as Byte, KB or MB in steps of a thousand; one place for MB below ten."""
    if size < 1_000:
        return f"{size}{HARD_SPACE}Byte"
    if size < 999_500:
        return f"{number(size / 1_000)}{HARD_SPACE}KB"
    text = number(size / 1_000_000, 1 if size < 10_000_000 else 0)
    return f"{text.removesuffix(',0')}{HARD_SPACE}MB"


def plural(count: int, one: str, many: str) -> str:
    """The count with the word that fits it: 1 Aufgabe, 4 Aufgaben."""
    return f"{number(count)} {one if count == 1 else many}"


def capped(count: int) -> str:
    """A count that ends at „99+“: beyond that nothing was counted."""
    return number(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"


def counted(count: int, one: str, many: str) -> str:
    """Like `plural`, with a capped count."""
    return f"{capped(count)} {one if count == 1 else many}"


def _local(value: date) -> date:
    return value.astimezone(BERLIN).date() if isinstance(value, datetime) else value
