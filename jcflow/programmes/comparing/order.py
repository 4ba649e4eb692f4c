"""Two orders of the same things: what kept its place, and both in one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of these pairs that rise in their second number as they do, strictly, in their first."""
    last: list[int] = []
    behind: list[int] = []
    ends: list[int] = []
    for number, (_, second) in enumerate(pairs):
        length = bisect_left(last, second)
        behind.append(ends[length - 1] if length else -1)
        last[length : length + 1], ends[length : length + 1] = [second], [number]
    found, number = list[tuple[int, int]](), ends[-1] if ends else -1
    while number >= 0:
        found.append(pairs[number])
        number = behind[number]
    return found[::-1]


def moved(pairs: Mapping[int, int]) -> set[int]:
    """Old places of what changed its place among the things that stayed: as few as possible.

    Args:
        pairs: Old place to new place of everything that stayed.
    """
    return pairs.keys() - {old for old, _ in rising(sorted(pairs.items()))}


def merged(old: int, new: int, pairs: Mapping[int, int]) -> Iterator[tuple[int | None, int | None]]:
    """Old and new places of everything, in the new order; what is gone comes behind what it stood behind.

    Args:
        old: How many things there were.
        new: How many there are.
        pairs: Old place to new place of everything that stayed.
    """
    strays, behind, before = moved(pairs), dict[int, list[int]](), -1
    for place in range(old):
        if place not in pairs:
            behind.setdefault(before, []).append(place)
        elif place not in strays:
            before = pairs[place]
    origin = {there: here for here, there in pairs.items()}
    yield from ((gone, None) for gone in behind.get(-1, ()))
    for place in range(new):
        yield origin.get(place), place
        yield from ((gone, None) for gone in behind.get(place, ()))
