"""The running texts of a programme, and their sentences as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jcflow.programmes.exchange.document import Document, TextBlock
from jcflow.programmes.kinds import Visibility

LONGEST_SHOWN = 240
"""Characters of a sentence that are shown."""

LONGEST_READ = 3_000
"""Characters of a sentence that are looked at; what is longer is none."""

_LINK = re.compile(r"\]\([^\s()]*\)")
_STOP = re.compile(r"[.!?](?=[\s\u00a0])")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)]) ")
_SHORT = re.compile(
    r"(?:^|[\s(„])(?:\d{1,3}|[A-Za-zÄÖÜäöü]|Mio|Mrd|Tsd|ca|bzw|Abs|Nr|Abb|Kap|Tab|Art|Ziff|usw|ff|inkl|rd|max|mind|vgl|"
    r"Mo|Di|Mi|Do|Fr|Sa|So|Jan|Feb|Apr|Aug|Sept|Sep|Okt|Nov|Dez)$"
)
"""What a dot behind belongs to, so that no sentence ends there."""
_POINTED = re.compile(r"(?:Tabelle|Abbildung|Kapitel|Abschnitt|Tab\.|Abb\.|Kap\.) \d{1,3}$")
"""A number that is no ordinal, so that a sentence may end behind it."""
_PLAIN = str.maketrans({"*": "", "`": "", "[": "", "]": "", "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: a block of a chapter, counted from 1 (0: its title), or a topic of a set."""

    name: str
    """As it is read."""
    chapter: str | None = None
    block: int = 0
    topic: tuple[str, str] | None = None
    """Keys of set and topic."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One text in Markdown."""

    place: Place
    text: str
    visibility: Visibility = Visibility.PUBLIC


def passages(document: Document) -> Iterator[Passage]:
    """Every text of the chapters, then the reasons and approaches of the topics."""
    for chapter in document.chapters:
        name = f"{chapter.number} {chapter.title}" if chapter.number else chapter.title
        for number, block in enumerate(chapter.blocks, 1):
            if isinstance(block, TextBlock):
                yield Passage(Place(name, chapter.key, number), block.markdown, block.visibility)
    for topics in document.topic_sets:
        seen = document.register_visibility.get(f"topic_sets/{topics.key}", Visibility.PUBLIC)
        for topic in topics.topics:
            place = Place(f"Thema „{topic.local_title or topic.title}“", topic=(topics.key, topic.key))
            yield from (Passage(place, text, seen) for text in (topic.reason, topic.approach) if text)


def sentences(markdown: str) -> Iterator[str]:
    """The sentences of a text without its marks; list items and headings are sentences, tables are left out."""
    for paragraph in _paragraphs(markdown):
        plain = " ".join(_LINK.sub("]", paragraph).translate(_PLAIN).split())
        start = 0
        for stop in _STOP.finditer(plain):
            if _ends(plain[max(0, stop.start() - 16) : stop.start()]):
                yield plain[start : min(stop.end(), start + LONGEST_READ)]
                start = stop.end() + 1
        if plain[start:]:
            yield plain[start : start + LONGEST_READ]


def _ends(before: str) -> bool:
    return bool(_POINTED.search(before)) or not _SHORT.search(before)


def _paragraphs(markdown: str) -> Iterator[str]:
    lines: list[str] = []
    for raw in markdown.replace("\r", "\n").split("\n"):
        line = raw.strip()
        heading = line.startswith("#")
        if not line or heading or line.startswith("|") or _ITEM.match(line):
            yield from [" ".join(lines)] if lines else []
            lines = []
        if heading:
            yield line.lstrip("# ")
        elif line and not line.startswith("|"):
            lines.append(_ITEM.sub("", line, count=1) if _ITEM.match(line) else line)
    if lines:
        yield " ".join(lines)


def table_lines(markdown: str) -> Iterator[str]:
    """The lines of the tables within a text."""
    yield from (line for line in markdown.split("\n") if line.lstrip().startswith("|"))


def shortened(sentence: str, start: int, end: int) -> str:
    """A sentence cut to what is shown, with the place from `start` to `end` within."""
    if len(sentence) <= LONGEST_SHOWN:
        return sentence
    begin = max(0, min(start - LONGEST_SHOWN // 3, len(sentence) - LONGEST_SHOWN))
    finish = max(min(begin + LONGEST_SHOWN, len(sentence)), min(end, begin + 2 * LONGEST_SHOWN))
    return f"{'… ' if begin else ''}{sentence[begin:finish]}{' …' if finish < len(sentence) else ''}"
