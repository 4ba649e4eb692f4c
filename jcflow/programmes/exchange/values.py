"""What a single value of an exchange file may be. Each `take` raises ValueError with the German reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from jcflow.money import from_exchange
from jcflow.programmes.exchange.source import Inexact

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

KEY_LIMIT, TITLE_LIMIT, LINE_LIMIT, TEXT_LIMIT = 100, 300, 1_000, 200_000
COUNT_LIMIT = 10**9

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_KEY = re.compile(r"\w[\w.\-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_FILE = re.compile(r"[^/\\:]+")


@dataclass(frozen=True)
class Form(Generic[T]):
    """One kind of value: how it is taken, and what stands in for a refused one so that reading can go on."""

    take: Callable[[object], T]
    instead: T


def text_form(limit: int, *, breaks: str = "") -> Form[str]:
    """Text of at most `limit` characters; of the control characters only those in `breaks` may occur."""

    def take(value: object) -> str:
        text = _text(value)
        if len(text) > limit:
            reason = f"Der Text hat {len(text)} Zeichen. Erlaubt sind {limit}."
            raise ValueError(reason)
        for character in _BREAKS.findall(text):
            if character not in breaks:
                named = "einen Zeilenumbruch" if character == "\n" else f"das Steuerzeichen U+{ord(character):04X}"
                reason = f"Der Text enthält {named}. Das ist hier nicht möglich."
                raise ValueError(reason)
        return text

    return Form(take, "")


def filled(form: Form[str]) -> Form[str]:
    """The same text, but not blank."""

    def take(value: object) -> str:
        text = form.take(value)
        if not text.strip():
            reason = "Der Text ist leer."
            raise ValueError(reason)
        return text

    return Form(take, "")


def enum_form(kind: type[E], instead: E) -> Form[E]:
    """A member of `kind`, written as its value."""
    allowed = one_of([member.value for member in kind]).take
    return Form(lambda value: kind(allowed(value)), instead)


def one_of(words: Iterable[str]) -> Form[str]:
    """One of the given words."""
    known = tuple(words)

    def take(value: object) -> str:
        text = _text(value)
        if text not in known:
            reason = f"„{_short(text)}“ ist nicht vorgesehen. Möglich sind: {', '.join(known)}."
            raise ValueError(reason)
        return text

    return Form(take, known[0])


def whole_form(least: int, most: int) -> Form[int]:
    """A whole number from `least` to `most`."""

    def take(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            reason = "Hier wird eine ganze Zahl ohne Anführungszeichen erwartet."
            raise ValueError(reason)
        if not least <= value <= most:
            reason = f"{value} liegt nicht zwischen {least} und {most}."
            raise ValueError(reason)
        return value

    return Form(take, least)


def _text(value: object) -> str:
    if isinstance(value, str) and not isinstance(value, Inexact):
        return value
    if isinstance(value, bool | int | Inexact):
        reason = "Hier wird Text erwartet. Setzen Sie den Wert in Anführungszeichen."
    else:
        reason = "Hier wird Text erwartet."
    raise ValueError(reason)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _key(value: object) -> str:
    text = _text(value)
    if len(text) > KEY_LIMIT or not _KEY.fullmatch(text):
        reason = (
            f"„{_short(text)}“ ist kein Schlüssel aus Buchstaben, Ziffern, „-“, „_“ und „.“ (bis {KEY_LIMIT} Zeichen)."
        )
        raise ValueError(reason)
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        reason = "Hier wird true oder false erwartet."
        raise ValueError(reason)
    return value


def _date(value: object) -> date:
    text = _text(value)
    reason = f"„{_short(text)}“ ist kein Datum der Form 2027-01-31."
    if not _DATE.fullmatch(text):
        raise ValueError(reason)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(reason) from error


def _decimal(value: object) -> str:
    text = _text(value)
    if not _DECIMAL.fullmatch(text):
        meant = text.replace(",", ".", 1)
        mend = f" Meinten Sie '{meant}'?" if "." not in text and _DECIMAL.fullmatch(meant) else ""
        reason = f"„{_short(text)}“ ist keine Dezimalzahl der Form '18.7'.{mend}"
        raise ValueError(reason)
    return text


def _file(value: object) -> str:
    text = filled(text_form(255)).take(value)
    if not _FILE.fullmatch(text) or text.startswith("."):
        reason = "Hier wird ein Dateiname ohne Ordner erwartet."
        raise ValueError(reason)
    return text


KEY = Form(_key, "")
FLAG = Form(_flag, False)
DATE = Form(_date, date.min)
DECIMAL = Form(_decimal, "0")
AMOUNT = Form(lambda value: from_exchange(_text(value)), 0)
FILE = Form(_file, "")
COUNT = whole_form(0, COUNT_LIMIT - 1)
YEAR = whole_form(1990, 2199)
TITLE = filled(text_form(TITLE_LIMIT))
LINE = text_form(LINE_LIMIT)
NAME = filled(LINE)
TEXT = text_form(TEXT_LIMIT, breaks="\n\r\t\u2028\u2029")
