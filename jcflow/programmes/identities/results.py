"""What an identity came to, and how its figures are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jcflow import money
from jcflow.programmes.checks import Column, Difference, Unit
from jcflow.programmes.identities.catalogue import Identity

_NEXT = "\N{NO-BREAK SPACE}"
_PLACES = {"percent": 3, "number": 4}


class Outcome(StrEnum):
    """How: it holds, it differs, it cannot be checked, or it only tells a figure."""

    HOLDS = "holds"
    DIFFERS = "differs"
    NOT_CHECKABLE = "not_checkable"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Result:
    """One identity at one place: a year and column of the budget, a row, or the whole programme."""

    identity: Identity
    outcome: Outcome
    about: str
    """What was checked, in words: a year, a line, a table."""
    stated: int | None = None
    computed: int | None = None
    unit: Unit = "cents"
    note: str = ""
    """Why it cannot be checked, or what else is to be known; German sentences."""
    difference: Difference | None = None
    """Where it differs: what may be accepted."""

    @property
    def figures(self) -> tuple[str, str, str] | None:
        """Stated, computed and the difference as they are read; None without both."""
        if self.stated is None or self.computed is None or self.outcome is Outcome.INFORMATION:
            return None
        both = self.stated, self.computed, self.stated - self.computed
        first, second, third = (figure(value, self.unit) for value in both)
        return first, second, third


def figure(value: int, unit: Unit) -> str:
    """A figure in German with its unit: `3.615.700 €`, `9,4 %`, `12,5`, `2.802`."""
    if unit == "cents":
        return f"{money.german(value)}{_NEXT}€"
    if unit == "count":
        return f"{'−' if value < 0 else ''}{abs(value):,}".replace(",", ".")
    places = _PLACES[unit]
    whole, rest = divmod(abs(value), 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0")
    text = f"{whole:,}".replace(",", ".") + (f",{decimals}" if decimals else "")
    return f"{'−' if value < 0 else ''}{text}{f'{_NEXT}%' if unit == 'percent' else ''}"


def differing(
    identity: Identity,
    about: str,
    place: str,
    column: Column,
    figures: tuple[int, int],
    unit: Unit,
    *,
    label: str = "",
    note: str = "",
    parts: tuple[tuple[str, int], ...] = (),
    approximate: bool = False,
    line: str = "",
) -> Result:
    """A result that differs, with what may be accepted.

    Args:
        place: Goes below the identity's own.
        line: Place of the line that states the figure.
    """
    stated, computed = figures
    difference = Difference(
        f"identities/{identity.key}/{place}",
        label or f"{identity.name} {about}",
        column,
        stated,
        computed,
        unit,
        approximate,
        parts,
        f"{identity.key}, {identity.source}",
        line,
    )
    return Result(identity, Outcome.DIFFERS, about, stated, computed, unit, note, difference)
