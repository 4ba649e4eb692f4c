"""What is said of a place in a text that cannot be right, or may not be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HintKind(StrEnum):
    """What a hint is about, in the order in which they are counted."""

    REFERENCE = "reference"
    AMOUNT = "amount"
    DATE = "date"
    POINTER = "pointer"


@dataclass(frozen=True, slots=True)
class Hint:
    """A place in a sentence, counted in characters, and what would be right there, as a German sentence."""

    kind: HintKind
    start: int
    end: int
    right: str
