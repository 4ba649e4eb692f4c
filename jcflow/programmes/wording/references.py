"""Figures in a text that are no digits but name a line: `{{Budget: TABLE/LINE}}` shows what the line says.

A reference is looked up in the very document its text belongs to, so that a frozen version keeps its own figures and
nobody reads one out of a register that is hidden from them. It is a name and no more: nothing in a text is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jcflow.money import german
from jcflow.programmes.exchange.document import BudgetLine, Chapter, Document, Row, TableBlock, TextBlock, TopicSet
from jcflow.programmes.field_text import show_field
from jcflow.programmes.register_fields import Field, FieldKind

BUDGET, PRIOR, TARGET, INSTRUMENT = "Budget", "Vorjahr", "Ziel", "Instrument"
REFERENCE = re.compile(r"\{\{[ \u00a0]{0,3}(\w{1,20})[ \u00a0]{0,3}:[ \u00a0]{0,3}([^\s{}|]{1,210})[ \u00a0]{0,3}\}\}")
"""Kind and key; every part is bounded, so that no text can make looking for it slow."""
MISSING = "[Angabe fehlt]"
"""What readers see in place of a figure that their document does not hold."""
_VALUE = Field("value", "Wert", FieldKind.VALUE)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a reference stands for."""

    code: str
    """As it is typed, braces included."""
    label: str
    value: str
    """As it is read."""
    register: str
    """The register it stands in, such as `budget_tables/mittel`."""


class Figures:
    """Every figure of a document that a text may name.

    Args:
        inside: Whether editors read it: they see which name is unknown, others only that something is missing.
    """

    def __init__(self, document: Document, *, inside: bool = False) -> None:
        self._known = {_name(figure.code): figure for figure in _figures(document)}
        self._inside = inside

    def all(self) -> list[Figure]:
        """All of them, budget first, in the order of the document."""
        return list(self._known.values())

    def get(self, kind: str, key: str) -> Figure | None:
        """The figure of this name; None where there is none."""
        return self._known.get((kind.casefold(), key))

    def shown(self, kind: str, key: str) -> tuple[str, bool]:
        """What stands in the text instead of the reference, and whether there is such a figure."""
        found = self.get(kind, key)
        if found is not None:
            return found.value, True
        return (f"[unbekannte Zahl: {kind}: {key}]" if self._inside else MISSING), False

    def fill(self, text: str) -> str:
        """The text with values instead of its references."""
        if "{{" not in text:
            return text
        return REFERENCE.sub(lambda match: self.shown(match[1], match[2])[0], text)


def _name(code: str) -> tuple[str, str]:
    kind, _, key = code.strip("{}").partition(": ")
    return kind.casefold(), key


def _figures(document: Document) -> Iterator[Figure]:
    for table in document.budget_tables:
        register = f"budget_tables/{table.key}"
        for line in table.lines:
            for kind, year, cents in ((BUDGET, table.year, line.amount), (PRIOR, table.prior_year, line.prior_amount)):
                if cents is not None:
                    label = f"{table.title}: {line.label}, {year or kind}"
                    yield Figure(_code(kind, f"{table.key}/{line.key}"), label, _amount(line, cents), register)
    for row in document.targets:
        if row.get("value") not in (None, ""):
            named = (row.get("goal") or row.get("indicator") or row["key"], row.get("subgroup"))
            label = ", ".join(str(word) for word in named if word)
            yield Figure(_code(TARGET, str(row["key"])), f"Ziel: {label}", _target(row), "targets")
    for row in document.instruments:
        planned = row.get("planned")
        if isinstance(planned, int):
            label = f"Instrument: {row.get('label')}, geplant"
            yield Figure(_code(INSTRUMENT, str(row["key"])), label, f"{planned:,}".replace(",", "."), "instruments")


def _code(kind: str, key: str) -> str:
    return f"{{{{{kind}: {key}}}}}"


def _amount(line: BudgetLine, cents: int) -> str:
    return f"{'rund ' if line.approximate else ''}{german(cents)}\u00a0€"


def _target(row: Row) -> str:
    value, unit = show_field(_VALUE, row["value"]), str(row.get("unit") or "")
    word = {"percent": "%", "%": "%", "euro": "€", "eur": "€", "€": "€"}.get(unit.casefold(), "")
    return f"{value}\u00a0{word}" if word and not value.endswith(word) else value


def filled(document: Document) -> Document:
    """The document with values instead of references, for those who lay two states side by side."""
    figures = Figures(document)
    return replace(
        document,
        chapters=tuple(_chapter(chapter, figures) for chapter in document.chapters),
        topic_sets=tuple(_topics(topics, figures) for topics in document.topic_sets),
    )


def _chapter(chapter: Chapter, figures: Figures) -> Chapter:
    blocks = tuple(
        replace(block, markdown=figures.fill(block.markdown))
        if isinstance(block, TextBlock)
        else filled_table(block, figures)
        if isinstance(block, TableBlock)
        else block
        for block in chapter.blocks
    )
    return chapter if blocks == chapter.blocks else replace(chapter, blocks=blocks)


def filled_table(table: TableBlock, figures: Figures) -> TableBlock:
    """A table with values instead of the references in its caption and cells."""
    if "{{" not in table.caption and not any("{{" in cell for row in table.rows for cell in row):
        return table
    rows = tuple(tuple(figures.fill(cell) for cell in row) for row in table.rows)
    return replace(table, caption=figures.fill(table.caption), rows=rows)


def _topics(topics: TopicSet, figures: Figures) -> TopicSet:
    return replace(
        topics,
        topics=tuple(
            replace(
                one,
                reason=figures.fill(one.reason) if one.reason else one.reason,
                approach=figures.fill(one.approach) if one.approach else one.approach,
            )
            for one in topics.topics
        ),
    )
