"""What the model knows of a programme's content: the words, the figures, the choice of topics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Figures: TypeAlias = tuple[tuple[str, int | None, int | None], ...]
Frozen: TypeAlias = tuple[tuple[str, ...], Figures, tuple[tuple[str, bool, int | None, str | None], ...]]
"""The content as a version holds it: texts in their order, lines, topics."""
Parts: TypeAlias = tuple[tuple[str, int], ...]
Gap: TypeAlias = tuple[str, str, int, int, Parts]
"""A sum that does not hold: place, column, stated, computed, and the figures behind it."""


@dataclass
class Text:
    """A block of text."""

    words: str
    version: int = 1
    unreviewed: bool = False


@dataclass
class Line:
    """A budget line in cents."""

    amount: int | None
    prior: int | None
    version: int = 1


@dataclass
class Topic:
    """A topic of the one set, which asks for exactly one of two."""

    selected: bool = False
    rank: int | None = None
    words: str | None = None
    version: int = 1


@dataclass
class Content:
    """Block by `chapter/position`, line and topic by key; the line `gesamt` is the sum of the others."""

    texts: dict[str, Text] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)

    def frozen(self) -> Frozen:
        """The content as a version would hold it now."""
        return (
            tuple(text.words for text in self.texts.values()),
            self.figures(),
            tuple((key, t.selected, t.rank, t.words) for key, t in self.topics.items()),
        )

    def figures(self) -> Figures:
        """What the budget officer states."""
        return tuple((key, line.amount, line.prior) for key, line in self.lines.items())

    def gaps(self) -> set[Gap]:
        """Sums that do not hold, per column where every part is given."""
        found = set()
        for column in ("amount", "prior"):
            values = {key: getattr(line, column) for key, line in self.lines.items()}
            stated = values.pop("gesamt", None)
            if stated is None or None in values.values() or stated == sum(values.values()):
                continue
            name = "prior_amount" if column == "prior" else column
            parts = tuple(sorted(values.items()))
            found.add(("budget_tables/mittel/gesamt", name, stated, sum(values.values()), parts))
        return found

    def next_year(self) -> Content:
        """What a new cycle begins with: the words to be reviewed, last year's amounts, no topic chosen."""
        return Content(
            {key: Text(text.words, unreviewed=True) for key, text in self.texts.items()},
            {key: new_line(key, None, line.amount) for key, line in self.lines.items()},
            {key: Topic() for key in self.topics},
        )


def new_line(key: str, amount: int | None, prior: int | None) -> Line:
    """A line taken over; one that counts in a sum is tied to it by a second event."""
    return Line(amount, prior, 1 if key == "gesamt" else 2)


def first_content() -> Content:
    """The small programme of tests/factories.py."""
    return Content(
        {"lage/1": Text("Die Lage ist gut."), "lage/2": Text("Die Zahlen auch.")},
        {
            "gesamt": new_line("gesamt", 300_00, 280_00),
            "beratung": new_line("beratung", 100_00, 90_00),
            "qualifizierung": new_line("qualifizierung", 200_00, 190_00),
        },
        {"jugend": Topic(True, 1, "Weil viele junge Menschen suchen."), "sprache": Topic()},
    )


def read_frozen(document: dict[str, Any]) -> Frozen:
    """The same from the exchange format a version holds."""
    texts = tuple(b["markdown"] for c in document["chapters"] for b in c.get("blocks", []) if b["kind"] == "text")
    lines = [line for table in document["budget_tables"] for line in table["lines"]]
    topics = [topic for one in document["topic_sets"] for topic in one["topics"]]
    return (
        texts,
        tuple((line["key"], _cents(line.get("amount")), _cents(line.get("prior_amount"))) for line in lines),
        tuple((t["key"], t["selected"], t.get("order"), t.get("reason")) for t in topics),
    )


def _cents(amount: str | None) -> int | None:
    return None if amount is None else int(amount.replace(".", ""))
