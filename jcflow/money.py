"""Euro amounts: integer cents inside, German or exchange text at the edges. Nothing is ever guessed."""

from __future__ import annotations

import re
from enum import StrEnum

LIMIT = 10**13
"""Cents; amounts from here on are refused."""

LONGEST_MEANT = 100
"""Characters; what is longer is no slip of the hand."""

_SPACES = re.compile(r"\s+")
_CURRENCY = re.compile(r"^(?:€|eur\b|euro\b)\s*|\s*(?:€|eur|euro)$", re.IGNORECASE)
_PLAIN = re.compile(
    r"(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)(?:,([0-9]{1,2}|-{1,2}))?"
)
_EXCHANGE = re.compile(r"(0|[1-9][0-9]*)\.([0-9]{2})")
_SIGNED = re.compile(r"[-+−–]\s*(.+)")
_ABOUT = re.compile(r"(?:ca\.?|circa|rund|etwa|max\.?|maximal|bis zu)\s*(.+)", re.IGNORECASE)
_MILLIONS = re.compile(r"([0-9]{1,5})(?:,([0-9]{1,6}))?\s*(?:mio\.?|millionen?)", re.IGNORECASE)
_ZEROS = re.compile(r"([1-9][0-9]{0,2}(?:\.[0-9]{3})*)\.0{4,5}")
_POINT = re.compile(r"([0-9]+|[0-9]{1,3}(?:[.,][0-9]{3})+)\.([0-9]{1,2})")
_COMMA_END = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{3})")
_LONE_GROUP = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_LEADING_ZEROS = re.compile(r"0+([0-9].*)")


class AmountProblem(StrEnum):
    """Why a text is not taken as an amount; decides the sentence."""

    UNCLEAR = "unclear"
    SIGNED = "signed"
    TOO_LARGE = "too_large"
    NOT_EXCHANGE = "not_exchange"


class NotAnAmount(ValueError):
    """A text that is not one clear amount; `str(error)` is the German sentence naming the mend."""

    def __init__(
        self, text: str, suggestion: str | None = None, problem: AmountProblem = AmountProblem.UNCLEAR
    ) -> None:
        super().__init__(text, suggestion, problem)
        self.text, self.suggestion, self.problem = text, suggestion, problem

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 40 else f"{self.text[:39]}…"
        if self.problem is AmountProblem.TOO_LARGE:
            return f"Der Betrag ist zu groß. Möglich ist höchstens {german(LIMIT - 1)} €."
        if self.problem is AmountProblem.NOT_EXCHANGE:
            mend = f". Meinten Sie {self.suggestion}?" if self.suggestion else ", zum Beispiel '120000.00'."
            return f"„{shown}“ ist kein Betrag in Euro mit zwei Nachkommastellen{mend}"
        if self.problem is AmountProblem.SIGNED:
            mend = f", zum Beispiel {self.suggestion}" if self.suggestion else ""
            return f"Geben Sie den Betrag ohne Vorzeichen ein{mend}. Die Richtung legt das Vorzeichen der Zeile fest."
        if self.suggestion:
            return f"„{shown}“ ist kein eindeutiger Betrag. Meinten Sie {self.suggestion}?"
        return "Geben Sie den Betrag in Euro ein, zum Beispiel 120.000."


def parse_amount(text: str) -> int:
    """Cents of an amount typed in German form: `1.234.567,00`, `1234567,5`, `1.080,- €`, `EUR 120 000`.

    Raises NotAnAmount for everything else, also for a sign: direction belongs to the line.
    """
    bare = _CURRENCY.sub("", _SPACES.sub(" ", text).strip()).strip()
    signed = _SIGNED.fullmatch(bare)
    if signed:
        raise NotAnAmount(text, _clear(signed[1]), AmountProblem.SIGNED)
    cents = _cents(bare)
    if cents is None:
        raise NotAnAmount(text, _suggestion(bare))
    if cents >= LIMIT:
        raise NotAnAmount(text, problem=AmountProblem.TOO_LARGE)
    return cents


def from_exchange(text: str) -> int:
    """Cents of a decimal string of the exchange format, `17901578.00`: exactly two places, no sign, no grouping.

    Raises NotAnAmount for any other form, and from LIMIT on.
    """
    match = _EXCHANGE.fullmatch(text)
    if match is None:
        raise NotAnAmount(text, _meant(text), AmountProblem.NOT_EXCHANGE)
    if len(match[1]) > 11:
        raise NotAnAmount(text, problem=AmountProblem.TOO_LARGE)
    return int(match[1]) * 100 + int(match[2])


def _meant(text: str) -> str | None:
    """What a refused text of a file may stand for in the file's form: one amount, or both it can be read as."""
    if len(text) > LONGEST_MEANT:
        return None
    try:
        cents: int | None = parse_amount(text)
    except NotAnAmount as error:
        cents = parse_amount(error.suggestion) if error.suggestion else None
    if cents is None:
        return None
    if _LONE_GROUP.fullmatch(text.strip()):
        return f"'{to_exchange(cents)}' oder '{text.strip()[:-1]}'"
    return f"'{to_exchange(cents)}'"


def to_exchange(cents: int) -> str:
    """Decimal string of the exchange format. Raises ValueError outside 0 … LIMIT - 1: the format knows no other."""
    if not 0 <= cents < LIMIT:
        message = f"{cents} cents cannot be written in the exchange format"
        raise ValueError(message)
    return f"{cents // 100}.{cents % 100:02d}"


def german(cents: int) -> str:
    """`17.901.578`, with `,05` only where there are cents and `−` (U+2212) in front below zero; no currency."""
    euros, rest = divmod(abs(cents), 100)
    whole = f"{euros:,}".replace(",", ".")
    return f"{'−' if cents < 0 else ''}{whole}{f',{rest:02d}' if rest else ''}"


def _cents(bare: str) -> int | None:
    match = _PLAIN.fullmatch(bare)
    if match is None:
        return None
    whole = match[1].replace(".", "").replace(" ", "")
    if len(whole) > 11:
        return LIMIT
    places = (match[2] or "").rstrip("-").ljust(2, "0")
    return int(whole) * 100 + int(places)


def _clear(bare: str) -> str | None:
    cents = _cents(bare.strip())
    return german(cents) if cents is not None and cents < LIMIT else None


def _suggestion(bare: str) -> str | None:
    if len(bare) > LONGEST_MEANT:
        return None
    about = _ABOUT.fullmatch(bare)
    if about:
        return _clear(about[1]) or _suggestion(about[1])
    millions = _MILLIONS.fullmatch(bare)
    if millions:
        return german(int(millions[1] + (millions[2] or "").ljust(6, "0")) * 100)
    zeros = _ZEROS.fullmatch(bare)
    if zeros:
        return _clear(f"{zeros[1]}.000")
    point = _POINT.fullmatch(bare)
    if point:
        return _clear(f"{point[1].replace('.', '').replace(',', '')},{point[2]}")
    if _COMMA_GROUPS.fullmatch(bare):
        return _clear(bare.replace(",", "."))
    ended = _COMMA_END.fullmatch(bare)
    if ended:
        return _clear(f"{ended[1]}.{ended[2]}")
    leading = _LEADING_ZEROS.fullmatch(bare)
    return _clear(leading[1]) if leading else None
