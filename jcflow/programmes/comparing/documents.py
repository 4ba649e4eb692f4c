"""Differences of two states of a programme, or of this year's programme and last year's."""

from __future__ import annotations

from dataclasses import dataclass

from jcflow.programmes.comparing import chapters
from jcflow.programmes.comparing.chapters import ChapterChange, compare_chapters
from jcflow.programmes.comparing.registers import RegisterChange, compare_registers
from jcflow.programmes.comparing.rows import FieldChange, compare_values
from jcflow.programmes.comparing.words import Allowance
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.register_fields import Field, FieldKind

HEAD_FIELDS = (
    Field("title", "Titel", FieldKind.TEXT),
    Field("kind", "Art", FieldKind.TEXT),
    Field("period_from", "Beginn", FieldKind.DATE_PART),
    Field("period_to", "Ende", FieldKind.DATE_PART),
    Field("name", "Jobcenter", FieldKind.TEXT),
    Field("carriers", "Träger", FieldKind.TEXT),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; `chapters` holds those that stayed the same too, so that the whole text can be read."""

    head: tuple[FieldChange, ...]
    chapters: tuple[ChapterChange, ...]
    registers: tuple[RegisterChange, ...]

    @property
    def told(self) -> tuple[ChapterChange, ...]:
        """The chapters of which there is something to tell."""
        return tuple(chapter for chapter in self.chapters if chapter.is_told)

    @property
    def is_empty(self) -> bool:
        """Whether both read the same."""
        return not (self.head or self.told or self.registers)


def compare(old: Document, new: Document, allowance: Allowance | None = None) -> Comparison:
    """How one document became the other.

    Args:
        allowance: What comparing texts may cost; beyond it old and new stand one after the other.
    """
    spent = allowance or Allowance()
    same = (old.programme.kind, old.programme.period_from) == (new.programme.kind, new.programme.period_from)
    across = (chapters.key_and_title, chapters.title, chapters.content, chapters.key)
    return Comparison(
        head=tuple(compare_values(HEAD_FIELDS, _head(old), _head(new))),
        registers=compare_registers(old, new, spent),
        chapters=compare_chapters(old.chapters, new.chapters, spent, by=(chapters.key,) if same else across),
    )


def _head(document: Document) -> dict[str, object]:
    head, house = document.programme, document.jobcenter
    return {
        "title": head.title,
        "kind": head.kind.value,
        "period_from": head.period_from.isoformat(),
        "period_to": head.period_to.isoformat(),
        "name": house.name,
        "carriers": "; ".join(carrier.name for carrier in house.carriers),
    }
