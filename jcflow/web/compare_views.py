"""A comparison as it is read: sections with their changes counted, values in words, texts word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from markupsafe import Markup

from jcflow.programmes.comparing.blocks import BlockChange
from jcflow.programmes.comparing.chapters import ChapterChange
from jcflow.programmes.comparing.documents import Comparison
from jcflow.programmes.comparing.registers import RegisterChange
from jcflow.programmes.comparing.rows import FieldChange, RowChange
from jcflow.programmes.comparing.texts import Change, Paragraph
from jcflow.programmes.exchange.document import Block, Document, TextBlock
from jcflow.programmes.field_text import show_field
from jcflow.programmes.register_fields import FieldKind
from jcflow.web.compare_authors import Authors
from jcflow.web.content import outline
from jcflow.web.formats import MINUS, NOTHING, euro, number
from jcflow.web.grids import titles_of
from jcflow.web.markdown import render

WORDS = {Change.ADDED: "neu", Change.REMOVED: "entfernt", Change.CHANGED: "geändert", Change.SAME: "unverändert"}
KINDS = {Change.ADDED: "success", Change.REMOVED: "warning", Change.CHANGED: "info", Change.SAME: ""}
"""What a badge with the word looks like."""
FIGURES = frozenset({FieldKind.AMOUNT, FieldKind.COUNT, FieldKind.DECIMAL, FieldKind.VALUE})
MOVED = "verschoben"
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Value:
    """One value before and after; `amounts` are both in cents, where it is one and both are there."""

    row: str
    below: str
    label: str
    old: str
    new: str
    is_figure: bool = False
    difference: str = NOTHING
    amounts: tuple[int, int] | None = None
    why: str | None = None
    """Address of the history of its row."""


@dataclass(frozen=True)
class Text:
    """A text paragraph by paragraph, with what it is called."""

    title: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Part:
    """A block of a chapter."""

    mark: str
    """What became of it in a word, empty where its paragraphs say it."""
    kind: str
    about: str
    """What it is, where it is not shown itself."""
    paragraphs: tuple[Paragraph, ...]
    values: tuple[Value, ...]
    tables: tuple[tuple[str, Block], ...]
    """Tables shown whole, each with what became of it."""
    html: Markup | None = None
    """The whole text, where it stayed."""


@dataclass(frozen=True)
class Section:
    """A chapter or register with what changed in it; `count` is nothing where all stayed."""

    anchor: str
    name: str
    mark: str
    kind: str
    notes: tuple[str, ...]
    count: int
    parts: tuple[Part, ...] = ()
    values: tuple[Value, ...] = ()
    texts: tuple[Text, ...] = ()
    by: str = ""
    """Who changed it last, and why."""

    @property
    def has_differences(self) -> bool:
        """Whether any value has a figure by which it differs."""
        return any(value.amounts or value.difference != NOTHING for value in self.values)


def sections(comparison: Comparison, old: Document, new: Document, known: Authors, *, whole: bool) -> list[Section]:
    """Head, chapters and registers; with `whole` the chapters that stayed too."""
    chapters = comparison.chapters if whole else comparison.told
    return [
        *_head(comparison.head),
        *(_chapter(place, one, known, whole=whole) for place, one in enumerate(chapters, 1)),
        *(_register(n, one, _names(one, old, new), known) for n, one in enumerate(comparison.registers, 1)),
    ]


def _names(register: RegisterChange, old: Document, new: Document) -> Names:
    """What keys stand for, of both sides."""
    before, after = titles_of(old), titles_of(new)
    found: dict[str, Mapping[str, str]] = {name: {**before[name], **after[name]} for name in after}
    return {**found, "parent": {**found["parent"], **register.names}}


def _head(changes: Sequence[FieldChange]) -> Iterator[Section]:
    if changes:
        values = tuple(_value("Programm", "", change, {}) for change in changes)
        yield Section("k0", "Angaben zum Programm", "", "", (), len(values), values=values)


def _chapter(place: int, one: ChapterChange, known: Authors, *, whole: bool) -> Section:
    shown = [block for block in one.blocks if whole or block.is_told]
    notes = tuple(_notes(one))
    lone = one.change in {Change.ADDED, Change.REMOVED}
    marked = lone or (one.change is Change.SAME and one.moved)
    return Section(
        anchor=f"k{place}",
        name=_name(one),
        mark=(WORDS[one.change] if lone else MOVED) if marked else "",
        kind=KINDS[one.change] if lone else "info",
        notes=notes,
        count=1 if lone else len(notes) + sum(block.is_told for block in one.blocks),
        parts=tuple(_part(block, lone) for block in shown),
        by=known.chapters.get(one.shown.key, "") if one.is_told else "",
    )


def _name(one: ChapterChange) -> str:
    chapter = one.shown
    return f"{chapter.number} {chapter.title}" if chapter.number else chapter.title


def _notes(one: ChapterChange) -> Iterator[str]:
    old, new = one.old, one.new
    if old is None or new is None:
        return
    if one.is_renamed:
        yield f"Die Überschrift hieß vorher „{old.title}“."
    if one.moved:
        yield "Das Kapitel steht jetzt an anderer Stelle."
    if one.is_renumbered:
        yield f"Die Nummer war vorher {old.number or 'nicht vergeben'}, jetzt ist sie {new.number or 'nicht vergeben'}."


def _part(block: BlockChange, lone: bool) -> Part:
    """One block; in a chapter that is new or gone the chapter's mark says it for all."""
    shown = block.shown
    values = tuple(_row_values(block.rows, {})) + tuple(_value(_called(shown), "", f, {}) for f in block.fields)
    mark = (
        MOVED
        if block.moved
        else ""
        if lone or (block.paragraphs and block.change is Change.CHANGED)
        else WORDS[block.change]
    )
    if block.change is Change.SAME and not block.moved:
        html = render(shown.markdown, shift=3) if isinstance(shown, TextBlock) else None
        return Part("", "", "" if html else _about(shown), (), (), _tables(block), html)
    kind = "info" if block.moved else KINDS[block.change]
    about = "" if block.paragraphs and block.change is not Change.SAME else _about(shown)
    texts = block.paragraphs if block.change is not Change.SAME else ()
    return Part(mark, kind, about, texts, values, _tables(block))


def _called(block: Block) -> str:
    return f"Abschnitt „{outline(block)}“"


def _about(block: Block) -> str:
    if isinstance(block, TextBlock):
        return f"Text: {outline(block)}"
    words = {"table": "Tabelle", "figure": "Abbildung", "register": "Übersicht"}
    return f"{words[block.kind.value]}: {outline(block)}"


def _tables(block: BlockChange) -> tuple[tuple[str, Block], ...]:
    """The tables of a block that are shown whole: new, gone, kept, or with other columns."""
    if block.shown.kind.value != "table":
        return ()
    if block.is_another_table and block.old and block.new:
        return (("vorher", block.old), ("jetzt", block.new))
    if block.change is Change.CHANGED or block.moved:
        return ()
    return (("" if block.change is Change.SAME else WORDS[block.change], block.shown),)


def _register(place: int, one: RegisterChange, names: Names, known: Authors) -> Section:
    lone = one.change is not Change.CHANGED
    values = tuple(_value(one.title, "", change, names) for change in one.fields)
    return Section(
        anchor=f"r{place}",
        name=one.title,
        mark=WORDS[one.change] if lone else "",
        kind=KINDS[one.change],
        notes=(),
        count=1 if lone else len(one.fields) + len(one.rows),
        values=values
        + tuple(_row_values(one.rows, names, {key: href for (of, key), href in known.lines.items() if of == one.of})),
        texts=tuple(Text(f"{row.label}: {field.label}", texts) for row in one.rows for field, texts in row.texts),
    )


def _row_values(rows: Sequence[RowChange], names: Names, why: Mapping[str, str] | None = None) -> Iterator[Value]:
    """The values of each row; a row that has none to show stands there with what became of it.

    Args:
        why: Key of a row to the address of its history.
    """
    for row in rows:
        lone = row.change in {Change.ADDED, Change.REMOVED}
        below = ", ".join(([WORDS[row.change]] if lone else []) + ([MOVED] if row.moved else []))
        told = [f for f in row.fields if not (lone and row.label in {f.old, f.new})]
        history = (why or {}).get(row.key)
        yield from (replace(_value(row.label, below, change, names), why=history) for change in told)
        if not told and (lone or row.moved):
            yield Value(row.label, below, "Zeile", *_standing(row))


def _standing(row: RowChange) -> tuple[str, str]:
    if row.change is Change.ADDED:
        return NOTHING, "neu"
    return ("vorhanden", "entfernt") if row.change is Change.REMOVED else (NOTHING, "steht an anderer Stelle")


def _value(row: str, below: str, change: FieldChange, names: Names) -> Value:
    field, amounts = change.field, None
    if field.kind is FieldKind.AMOUNT and isinstance(change.old, int) and isinstance(change.new, int):
        amounts = (change.old, change.new)
    figure, apart = field.kind in FIGURES, change.difference
    told = NOTHING if apart is None or amounts else _signed(apart)
    old, new = (_shown(change, value, names) for value in (change.old, change.new))
    return Value(row or "ohne Bezeichnung", below, field.label, old, new, figure, told, amounts)


def _shown(change: FieldChange, value: object, names: Names) -> str:
    field = change.field
    if value is None:
        return NOTHING
    if field.kind is FieldKind.AMOUNT and isinstance(value, int):
        return euro(value)
    if field.kind in {FieldKind.KEY, FieldKind.KEYS}:
        keys = value if isinstance(value, list | tuple) else [value]
        return "; ".join(names.get(field.name, {}).get(str(key), str(key)) for key in keys)
    return show_field(field, value)


def _signed(difference: Decimal) -> str:
    places = max(0, -int(difference.normalize().as_tuple().exponent))
    return f"{'+' if difference > 0 else MINUS}{number(abs(difference), min(places, 6))}"
