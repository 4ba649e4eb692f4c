"""Differences of two texts by words, in bounded time whatever the texts are.

Comparing is quadratic in the worst case, and texts are typed by people who may mean no good. So three bounds hold:
a text of too many words, or one of which too little is left, is not compared but shown old and new one after the
other; so is one whose differences are too many to be read; and all texts of one page share one allowance of words
and seconds, after which the rest is shown the same way.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from diff_match_patch import diff_match_patch

from jcflow.programmes.comparing.order import rising

MOST_TOKENS = 24_000
"""Of one text; ten thousand words with what stands between them are fewer."""
MOST_CHARACTERS = 400_000
"""Of one text; a longer one is not even taken apart."""
MOST_DIFFERENCES = 10_000
"""Of two texts; nobody reads more, and joining neighbours takes the square of their number."""
_TOKEN = re.compile(r"\d[\d.,]*\d|\w+|\s+|.", re.DOTALL)
_ROW = 5
"""Tokens of a row that tells where two texts are the same: three words with what stands between them."""
_FIRST_CODE = 0x10000
"""From here on every code point is a character of its own, none a surrogate; far more than tokens of two texts."""


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words; those not gone make the new text, those not new the old one."""

    kind: Kind
    text: str


class Allowance:
    """How much comparing one page may cost: tokens, and seconds from the moment it is made."""

    def __init__(self, *, tokens: int = 300_000, seconds: float = 1.0) -> None:
        self._tokens = tokens
        # dmp asks this clock for its deadline.
        self.until = time.time() + seconds

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more is compared by words."""
        return self._tokens <= 0 or time.time() > self.until

    def spend(self, tokens: int) -> None:
        """Take so many tokens off."""
        self._tokens -= tokens


def differences(old: str, new: str, allowance: Allowance) -> tuple[Piece, ...]:
    """How one text became the other; nothing for two empty ones.

    One GONE and one NEW piece, the whole texts, where more than half of the words changed or a bound was reached.
    """
    if old == new:
        return (Piece(Kind.SAME, new),) if new else ()
    instead = tuple(Piece(kind, text) for kind, text in ((Kind.GONE, old), (Kind.NEW, new)) if text)
    if len(instead) < 2 or allowance.is_used_up or max(len(old), len(new)) > MOST_CHARACTERS:
        return instead
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    allowance.spend(len(before) + len(after))
    if max(len(before), len(after)) > MOST_TOKENS or not _is_half(_common(before, after), before, after):
        return instead
    return _compared(before, after, allowance) or instead


def runs(old: Sequence[Hashable], new: Sequence[Hashable], until: float) -> list[tuple[int, int]]:
    """How one sequence became the other, as (-1 gone, 0 same, 1 new; how many), coarser once the moment has come.

    Args:
        until: Moment of `time.time`.
    """
    codes: dict[Hashable, str] = {}
    return [(sign, len(text)) for sign, text in _raw(_coded(old, codes), _coded(new, codes), until)]


def _compared(before: Sequence[str], after: Sequence[str], allowance: Allowance) -> tuple[Piece, ...]:
    """The pieces; none where they are too many or keep too little."""
    codes: dict[Hashable, str] = {}
    found = _raw(_coded(before, codes), _coded(after, codes), allowance.until)
    if len(found) > MOST_DIFFERENCES:
        return ()
    diff_match_patch().diff_cleanupSemantic(found)
    words = {code: str(token) for token, code in codes.items()}
    kinds = {-1: Kind.GONE, 0: Kind.SAME, 1: Kind.NEW}
    pieces = tuple(Piece(kinds[sign], "".join(words[code] for code in text)) for sign, text in found if text)
    kept = [words[code] for sign, text in found if sign == 0 for code in text]
    return pieces if _is_half(sum(not token.isspace() for token in kept), before, after) else ()


def _coded(tokens: Sequence[Hashable], codes: dict[Hashable, str]) -> str:
    """One character for each token, the same for the same."""
    return "".join(codes.setdefault(token, chr(_FIRST_CODE + len(codes))) for token in tokens)


def _raw(old: str, new: str, until: float) -> list[tuple[int, str]]:
    """The differences of two coded texts: between places that are surely the same, each stretch by itself."""
    compared = diff_match_patch()
    # With a timeout of its own dmp first seeks a long common part, which it does not bound in time.
    compared.Diff_Timeout = 0
    found: list[tuple[int, str]] = []
    here, there = 0, 0
    for i, j in (*_anchors(old, new), (len(old), len(new))):
        found += compared.diff_main(old[here:i], new[there:j], False, until)
        found += [(0, old[i])] if i < len(old) else []
        here, there = i + 1, j + 1
    compared.diff_cleanupMerge(found)
    return found


def _anchors(old: str, new: str) -> list[tuple[int, int]]:
    """Places of both texts, rising in both, at which a row of tokens begins that each text has only once."""
    once = [{row: place for row, place in places.items() if place >= 0} for places in (_places(old), _places(new))]
    pairs = [(place, once[1][row]) for row, place in once[0].items() if row in once[1]]
    return rising(pairs)


def _places(text: str) -> dict[str, int]:
    """Row of tokens to where it stands; -1 for one that stands at several places."""
    found: dict[str, int] = {}
    for place in range(len(text) - _ROW + 1):
        row = text[place : place + _ROW]
        found[row] = -1 if row in found else place
    return found


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    """At most so many words can be the same."""
    return (Counter(t for t in before if not t.isspace()) & Counter(t for t in after if not t.isspace())).total()


def _is_half(kept: int, before: Sequence[str], after: Sequence[str]) -> bool:
    return 4 * kept >= sum(not token.isspace() for tokens in (before, after) for token in tokens)
