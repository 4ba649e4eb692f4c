"""Differences of two texts, paragraph by paragraph and within a paragraph by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jcflow.programmes.comparing.words import Allowance, Kind, Piece, differences, runs

MOST_PARAGRAPHS = 5_000
"""Of one text; one with more counts as a single paragraph."""
MOST_PAIRS = 200_000
"""Words looked at to find which paragraph became which; beyond that the first became the first."""
ALIKE = 0.3
"""Share of common words from which on one paragraph is taken for the other's later form."""


class Change(StrEnum):
    """What became of a paragraph, a row, a block or a chapter."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph before and after; `pieces` make both, and are one GONE and one NEW where little was kept."""

    old: str | None
    new: str | None
    pieces: tuple[Piece, ...]

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.old is None:
            return Change.ADDED
        if self.new is None:
            return Change.REMOVED
        return Change.SAME if self.old == self.new else Change.CHANGED

    @property
    def is_replaced(self) -> bool:
        """Whether old and new stand one after the other instead of word by word."""
        return self.change is Change.CHANGED and all(piece.kind is not Kind.SAME for piece in self.pieces)


def paragraphs(text: str) -> list[str]:
    """The text taken apart at blank lines; no paragraph is blank, what stands between them is left out."""
    found: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def compare_texts(old: str, new: str, allowance: Allowance) -> tuple[Paragraph, ...]:
    """How one text became the other, in the order of the new one; texts that differ in blank lines alone are the same.

    The paragraphs that are not removed are those of the new text, those that are not added those of the old one.
    """
    before, after = (_few(paragraphs(text)) for text in (old, new))
    found, here, there = list[Paragraph](), 0, 0
    gone: list[str] = []
    added: list[str] = []
    for sign, count in [*runs(before, after, allowance.until), (0, 0)]:
        if sign == 0:
            found += _within(gone, added, allowance)
            found += [Paragraph(text, text, (Piece(Kind.SAME, text),)) for text in after[there : there + count]]
            gone, added = [], []
        gone += before[here : here + count] if sign < 0 else []
        added += after[there : there + count] if sign > 0 else []
        here, there = here + (count if sign <= 0 else 0), there + (count if sign >= 0 else 0)
    return tuple(found)


def _few(found: list[str]) -> list[str]:
    return found if len(found) <= MOST_PARAGRAPHS else ["\n\n".join(found)]


def _within(gone: Sequence[str], added: Sequence[str], allowance: Allowance) -> Iterator[Paragraph]:
    """Paragraphs that all differ: those alike as one that changed, in both orders."""
    here, there = 0, 0
    for i, j in (*_alike(gone, added, allowance), (len(gone), len(added))):
        yield from (Paragraph(text, None, (Piece(Kind.GONE, text),)) for text in gone[here:i])
        yield from (Paragraph(None, text, (Piece(Kind.NEW, text),)) for text in added[there:j])
        if i < len(gone):
            yield Paragraph(gone[i], added[j], differences(gone[i], added[j], allowance))
        here, there = i + 1, j + 1


def _alike(gone: Sequence[str], added: Sequence[str], allowance: Allowance) -> list[tuple[int, int]]:
    """Which paragraph became which, rising in both."""
    if len(gone) == len(added) == 1:
        return [(0, 0)]
    sets = [[frozenset(text.split()) for text in texts] for texts in (gone, added)]
    if allowance.is_used_up or len(gone) * (len(added) + sum(len(words) for words in sets[1])) > MOST_PAIRS:
        return list(zip(range(len(gone)), range(len(added)), strict=False))
    return _best([[likeness(one, other) for other in sets[1]] for one in sets[0]])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of common words, 0 to 1; 0 below `ALIKE`."""
    common = 2 * len(one & other) / ((len(one) + len(other)) or 1)
    return common if common >= ALIKE else 0.0


def _best(table: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs, rising in both numbers, that are most alike taken together."""
    height, width = len(table), len(table[0]) if table else 0
    sums = [[0.0] * (width + 1) for _ in range(height + 1)]
    for i in range(height - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            together = table[i][j] + sums[i + 1][j + 1] if table[i][j] else 0.0
            sums[i][j] = max(together, sums[i + 1][j], sums[i][j + 1])
    found, i, j = list[tuple[int, int]](), 0, 0
    while i < height and j < width:
        if sums[i][j] == sums[i + 1][j]:
            i += 1
        elif sums[i][j] == sums[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found
