"""Differences of the chapters of two documents: a chapter is found again by its key, across years by its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from jcflow.programmes.comparing.blocks import BlockChange, compare_blocks
from jcflow.programmes.comparing.order import merged, moved
from jcflow.programmes.comparing.texts import Change
from jcflow.programmes.comparing.words import Allowance
from jcflow.programmes.exchange.document import Chapter

Name = Callable[[Chapter], Hashable | None]
"""What a chapter may be found again by; None: not by this."""


@dataclass(frozen=True, slots=True)
class ChapterChange:
    """A chapter before and after."""

    old: Chapter | None
    new: Chapter | None
    moved: bool
    """Whether it stands elsewhere among the chapters that stayed, or below another one."""
    blocks: tuple[BlockChange, ...]

    @property
    def shown(self) -> Chapter:
        """The chapter as it is, or as it was."""
        shown = self.new or self.old
        assert shown is not None
        return shown

    @property
    def is_renamed(self) -> bool:
        """Whether its heading is another one."""
        return self.old is not None and self.new is not None and self.old.title != self.new.title

    @property
    def is_renumbered(self) -> bool:
        """Whether its number is another one."""
        return self.old is not None and self.new is not None and self.old.number != self.new.number

    @property
    def change(self) -> Change:
        """What became of it, its place and number apart."""
        if self.old is None:
            return Change.ADDED
        if self.new is None:
            return Change.REMOVED
        told = self.is_renamed or any(block.is_told for block in self.blocks)
        return Change.CHANGED if told else Change.SAME

    @property
    def is_told(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.moved or self.is_renumbered or self.change is not Change.SAME


def compare_chapters(
    old: Sequence[Chapter], new: Sequence[Chapter], allowance: Allowance, *, by: Sequence[Name]
) -> tuple[ChapterChange, ...]:
    """All chapters, those that stayed the same too, in the new order.

    Args:
        by: What chapters are found again by; the next counts only for those the one before it did not find.
    """
    pairs: dict[int, int] = {}
    for name in by:
        pairs |= _named(old, new, pairs, name)
    strays = _strays(old, new, pairs)
    return tuple(
        _chapter(None if here is None else old[here], None if there is None else new[there], here in strays, allowance)
        for here, there in merged(len(old), len(new), pairs)
    )


def key(chapter: Chapter) -> Hashable:
    """By key: within one programme it never goes to another chapter."""
    return chapter.key


def key_and_title(chapter: Chapter) -> Hashable:
    """By key and heading."""
    return chapter.key, _folded(chapter)


def title(chapter: Chapter) -> Hashable:
    """By heading."""
    return _folded(chapter)


def content(chapter: Chapter) -> Hashable | None:
    """By blocks, where there are some."""
    return chapter.blocks or None


def _folded(chapter: Chapter) -> str:
    return " ".join(chapter.title.casefold().split())


def _named(old: Sequence[Chapter], new: Sequence[Chapter], known: Mapping[int, int], name: Name) -> dict[int, int]:
    """Old to new place of the chapters not known yet that bear a name only they bear."""
    taken = set(known.values())
    before = {place: name(c) for place, c in enumerate(old) if place not in known}
    after = {place: name(c) for place, c in enumerate(new) if place not in taken}
    once = [{n for n, count in Counter(side.values()).items() if count == 1} for side in (before, after)]
    places = {n: place for place, n in after.items() if n is not None and n in once[1]}
    return {place: places[n] for place, n in before.items() if n in once[0] and n in places}


def _strays(old: Sequence[Chapter], new: Sequence[Chapter], pairs: Mapping[int, int]) -> set[int]:
    """Old places of what moved: below another chapter, or among those below the same one. What is below goes along."""
    became: dict[str | None, str | None] = {old[here].key: new[there].key for here, there in pairs.items()}
    became[None] = None
    found, siblings = set[int](), dict[str | None, dict[int, int]]()
    for here, there in pairs.items():
        parent = new[there].parent
        if old[here].parent in became and became[old[here].parent] == parent:
            siblings.setdefault(parent, {})[here] = there
        else:
            found.add(here)
    return found.union(*(moved(these) for these in siblings.values()))


def _chapter(before: Chapter | None, after: Chapter | None, strayed: bool, allowance: Allowance) -> ChapterChange:
    blocks = compare_blocks(before.blocks if before else (), after.blocks if after else (), allowance)
    return ChapterChange(before, after, strayed, blocks)
