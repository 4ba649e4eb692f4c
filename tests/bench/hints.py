"""What a hostile text costs those who look for hints: in proportion to its length, and no more."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.ground import Figure
from tests.domain.test_wording import HOSTILE, notes

SHORT, LONG = 100_000, 1_000_000


def figures(kind: str) -> Iterator[Figure]:
    """The worst of all pieces, each repeated to two lengths; no database is asked, so one kind is enough."""
    if kind != "sqlite":
        return
    took = [(_seconds(piece, SHORT), _seconds(piece, LONG)) for piece in HOSTILE]
    yield Figure("hints_hostile_growth", round(max(long / short for short, long in took) / (LONG / SHORT), 2), "times")
    yield Figure("hints_hostile_megabyte_s", round(max(long for _, long in took), 2), "s")


def _seconds(piece: str, length: int) -> float:
    text, began = piece * (length // len(piece)), time.perf_counter()
    notes(text)
    return time.perf_counter() - began
