"""A programme's document ready to be read: chapters with levels, blocks with what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from jcflow.programmes.exchange.document import (
    Block,
    Chapter,
    Document,
    FigureBlock,
    RegisterBlock,
    TableBlock,
    TextBlock,
)
from jcflow.programmes.wording.references import Figures, filled_table
from jcflow.web.grids import AcceptedReasons, Grid, grids_of
from jcflow.web.markdown import render

FigureHref = Callable[[str], str | None]
"""File name of a figure to the address of its picture, None where there is none."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A block and what it shows, depending on its kind."""

    block: Block
    anchor: str
    html: Markup | None = None
    grid: Grid | None = None
    picture: str | None = None
    unreviewed: bool = False
    writers: tuple[str, ...] = ()
    """Who else is writing at it, as "NAME, seit 14:05 Uhr"."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter; `level` is that of its heading, 2 to 6."""

    chapter: Chapter
    anchor: str
    level: int
    blocks: tuple[Shown, ...]
    is_empty: bool
    """It has neither blocks nor chapters below it."""

    @property
    def title(self) -> str:
        """Number and heading."""
        return f"{self.chapter.number} {self.chapter.title}" if self.chapter.number else self.chapter.title


def parts_of(
    document: Document,
    *,
    figure_href: FigureHref | None = None,
    unreviewed: Mapping[str, list[bool]] | None = None,
    accepted: AcceptedReasons | None = None,
    inside: bool = False,
) -> list[Part]:
    """The chapters of a document in reading order, for the macros of content/document.html.

    Args:
        unreviewed: Chapter key to one mark per block, in order: taken over from last year and not yet looked at.
        accepted: Reasons of the accepted differences.
        inside: Whether it is shown to those who can mend it: references to unknown figures are named.
    """
    figures = Figures(document, inside=inside)
    grids = grids_of(document, accepted, figures)
    parents = {c.key: c.parent for c in document.chapters}
    has_children = set(parents.values())
    parts = []
    for place, chapter in enumerate(document.chapters, 1):
        level = min(6, 2 + _depth(parents, chapter.key))
        marks = (unreviewed or {}).get(chapter.key, [])
        blocks = tuple(
            replace(
                _shown(block, f"b{place}-{number}", level, grids, figure_href, figures),
                unreviewed=number <= len(marks) and marks[number - 1],
            )
            for number, block in enumerate(chapter.blocks, 1)
        )
        empty = not chapter.blocks and chapter.key not in has_children
        parts.append(Part(chapter, f"kapitel-{place}", level, blocks, empty))
    return parts


def with_writers(parts: Sequence[Part], writers: Mapping[str, Mapping[int, Sequence[str]]]) -> list[Part]:
    """The same chapters, their blocks with who writes there.

    Args:
        writers: Chapter key and place of the block, counted from 0, to who is there.
    """
    return [
        replace(part, blocks=tuple(replace(b, writers=tuple(there.get(n, ()))) for n, b in enumerate(part.blocks)))
        if (there := writers.get(part.chapter.key))
        else part
        for part in parts
    ]


def _depth(parents: Mapping[str, str | None], key: str) -> int:
    depth, above = 0, parents[key]
    while above is not None and depth < len(parents):
        depth, above = depth + 1, parents.get(above)
    return depth


def _shown(
    block: Block,
    anchor: str,
    level: int,
    grids: Mapping[str, Grid],
    figure_href: FigureHref | None,
    figures: Figures,
) -> Shown:
    match block:
        case TextBlock():
            html = render(block.markdown, shift=min(5, level), prefix=anchor, figures=figures)
            return Shown(block, anchor, html=html)
        case TableBlock():
            return Shown(filled_table(block, figures), anchor)
        case FigureBlock():
            picture = figure_href(block.file) if figure_href else None
            return Shown(block, anchor, picture=picture)
        case RegisterBlock():
            return Shown(block, anchor, grid=grids.get(block.of))


def outline(block: Block) -> str:
    """A block in a few words: its caption, or how its text begins."""
    match block:
        case TextBlock():
            words = " ".join(block.markdown.split())
            return f"{words[:80]} …" if len(words) > 80 else words or "ohne Inhalt"
        case RegisterBlock():
            return block.of
    return block.caption or "ohne Titel"
