"""Hints on the texts of a programme for its editors; they stop nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from jcflow.programmes.exchange.document import Document
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.wording.amounts import Known, amount_hints, known_amounts
from jcflow.programmes.wording.days import Calendar, day_hints, heading_hints
from jcflow.programmes.wording.hints import Hint, HintKind
from jcflow.programmes.wording.passages import Passage, Place, passages, sentences, shortened
from jcflow.programmes.wording.pointers import Present, pointer_hints, present
from jcflow.programmes.wording.references import REFERENCE, Figures

MOST_NOTES = 300
"""Of one programme; nobody works through more at once."""
_RANK = (Visibility.INTERNAL, Visibility.BODIES, Visibility.PUBLIC)


@dataclass(frozen=True, slots=True)
class Note:
    """One hint with its place; `found` is the wording it is about."""

    kind: HintKind
    place: Place
    sentence: str
    found: str
    right: str

    @property
    def sign(self) -> str:
        """By what the note is known again as long as its sentence stays."""
        return sha256(f"{self.kind}\n{self.found}\n{self.sentence}".encode()).hexdigest()[:16]


def notes_of(document: Document, *, today: date, in_force: bool = False) -> list[Note]:
    """What may not be right in the texts of a draft, in their order, at most `MOST_NOTES`.

    Args:
        in_force: Whether the programme is carried out already, so that something may have been held in its year.
    """
    found: list[Note] = []
    for note in _notes(document, _calendar(document, today, in_force=in_force)):
        found.append(note)
        if len(found) == MOST_NOTES:
            break
    return found


def unknown_references(notes: list[Note]) -> list[Note]:
    """Those about a figure that a text names and no reader would see."""
    return [note for note in notes if note.kind is HintKind.REFERENCE]


def _calendar(document: Document, today: date, *, in_force: bool) -> Calendar:
    begin, end = document.programme.period_from, document.programme.period_to
    return Calendar(begin.year, end.year, today if in_force else min(today, begin - timedelta(days=1)))


def _notes(document: Document, calendar: Calendar) -> Iterator[Note]:
    figures, known, there = Figures(document, inside=True), known_amounts(document), present(document)
    for chapter in document.chapters:
        name = f"{chapter.number} {chapter.title}" if chapter.number else chapter.title
        for hint in heading_hints(chapter.title, calendar):
            yield _note(hint, Place(name, chapter.key), chapter.title)
    for passage in passages(document):
        for sentence in sentences(passage.text):
            for hint in _hints(sentence, passage, document, (figures, known, there, calendar)):
                yield _note(hint, passage.place, sentence)


def _note(hint: Hint, place: Place, sentence: str) -> Note:
    found = sentence[hint.start : hint.end][:120]
    return Note(hint.kind, place, shortened(sentence, hint.start, hint.end), found, hint.right)


def _hints(
    sentence: str, passage: Passage, document: Document, sources: tuple[Figures, Known, Present, Calendar]
) -> Iterator[Hint]:
    figures, known, there, calendar = sources
    if "{{" in sentence:
        yield from _references(sentence, passage, document, figures)
    if not any(character.isdigit() for character in sentence):
        return
    yield from amount_hints(sentence, known)
    yield from day_hints(sentence, calendar)
    yield from pointer_hints(sentence, there)


def _references(sentence: str, passage: Passage, document: Document, figures: Figures) -> Iterator[Hint]:
    """References to nothing, and to what those who read the text may not see."""
    for match in REFERENCE.finditer(sentence):
        figure = figures.get(match[1], match[2])
        if figure is None:
            right = "Diese Zahl gibt es im Programm nicht. Wählen Sie eine aus der Liste unter dem Textfeld."
            yield Hint(HintKind.REFERENCE, match.start(), match.end(), right)
            continue
        seen = document.register_visibility.get(figure.register, Visibility.PUBLIC)
        if _RANK.index(seen) < _RANK.index(passage.visibility):
            right = "Nicht alle, die den Text lesen, sehen die Übersicht mit dieser Zahl. Dort steht dann eine Lücke."
            yield Hint(HintKind.REFERENCE, match.start(), match.end(), right)
