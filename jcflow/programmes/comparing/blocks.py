"""Differences of the blocks of one chapter: found again by content, then told by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jcflow.programmes.comparing.order import merged, moved
from jcflow.programmes.comparing.rows import FieldChange, Keyed, RowChange, compare_rows, compare_values
from jcflow.programmes.comparing.texts import Change, Paragraph, compare_texts, likeness
from jcflow.programmes.comparing.words import Allowance
from jcflow.programmes.exchange.document import Block, FigureBlock, RegisterBlock, TableBlock, TextBlock
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.register_fields import Field, FieldKind

MOST_PAIRS = 2_500
"""Blocks looked at to find which became which; beyond that the first of a kind became the first."""
BEGINNING = 4_000
"""Characters of a text by which it is found again."""
VISIBLE = Field(
    "visibility",
    "Sichtbarkeit",
    FieldKind.ENUM,
    choices=tuple(zip(Visibility, ("öffentlich", "nur Gremien", "nur im Haus"), strict=True)),
)
FIELDS: Mapping[BlockKind, tuple[Field, ...]] = {
    BlockKind.TEXT: (VISIBLE,),
    BlockKind.TABLE: (
        Field("caption", "Überschrift", FieldKind.TEXT),
        Field("source", "Quelle", FieldKind.TEXT),
        VISIBLE,
    ),
    BlockKind.FIGURE: (
        Field("caption", "Unterschrift", FieldKind.TEXT),
        Field("file", "Bild", FieldKind.TEXT),
        Field("alt", "Beschreibung des Bildes", FieldKind.TEXT),
        Field("source", "Quelle", FieldKind.TEXT),
        VISIBLE,
    ),
    BlockKind.REGISTER: (VISIBLE,),
}


@dataclass(frozen=True, slots=True)
class BlockChange:
    """A block before and after."""

    old: Block | None
    new: Block | None
    moved: bool = False
    """Whether it stands elsewhere among the blocks that stayed in its chapter."""
    paragraphs: tuple[Paragraph, ...] = ()
    """Of a text."""
    rows: tuple[RowChange, ...] = ()
    """Of a table whose columns stayed."""
    fields: tuple[FieldChange, ...] = ()

    @property
    def change(self) -> Change:
        """What became of it, its place apart."""
        if self.old is None:
            return Change.ADDED
        if self.new is None:
            return Change.REMOVED
        told = self.rows or self.fields or any(p.change is not Change.SAME for p in self.paragraphs)
        return Change.CHANGED if told or self.is_another_table else Change.SAME

    @property
    def is_another_table(self) -> bool:
        """Whether a table has other columns now, so that old and new stand one after the other."""
        both = isinstance(self.old, TableBlock) and isinstance(self.new, TableBlock)
        return both and _columns(self.old) != _columns(self.new)

    @property
    def is_told(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.moved or self.change is not Change.SAME

    @property
    def shown(self) -> Block:
        """The block as it is, or as it was."""
        shown = self.new or self.old
        assert shown is not None
        return shown


def compare_blocks(old: Sequence[Block], new: Sequence[Block], allowance: Allowance) -> tuple[BlockChange, ...]:
    """All blocks, those that stayed the same too, in the new order."""
    pairs = _same(old, new)
    for kind in BlockKind:
        left = [place for place, block in enumerate(old) if block.kind is kind and place not in pairs]
        taken = set(pairs.values())
        right = [place for place, block in enumerate(new) if block.kind is kind and place not in taken]
        pairs |= _alike(old, new, left, right, allowance)
    strays = moved(pairs)
    return tuple(
        _block(None if here is None else old[here], None if there is None else new[there], here in strays, allowance)
        for here, there in merged(len(old), len(new), pairs)
    )


def _same(old: Sequence[Block], new: Sequence[Block]) -> dict[int, int]:
    """Old to new place of the blocks that are there unchanged; of several alike the first is the first."""
    places: dict[Block, list[int]] = {}
    for place in reversed(range(len(new))):
        places.setdefault(new[place], []).append(place)
    return {place: places[block].pop() for place, block in enumerate(old) if places.get(block)}


def _alike(
    old: Sequence[Block], new: Sequence[Block], left: list[int], right: list[int], allowance: Allowance
) -> dict[int, int]:
    """Old to new place of blocks of one kind that changed, each with the one it is most alike."""
    if allowance.is_used_up or len(left) * len(right) > MOST_PAIRS:
        return dict(zip(left, right, strict=False))
    signs = {place: _sign(old[place]) for place in left}, {place: _sign(new[place]) for place in right}
    scores = [(likeness(signs[0][i], signs[1][j]), -i, -j) for i in left for j in right]
    found: dict[int, int] = {}
    taken = set[int]()
    for score, i, j in sorted(scores, reverse=True):
        if score and -i not in found and -j not in taken:
            found[-i] = -j
            taken.add(-j)
    return found


def _sign(block: Block) -> frozenset[str]:
    """What a block is found again by."""
    match block:
        case TextBlock():
            return frozenset(block.markdown[:BEGINNING].split())
        case TableBlock():
            return frozenset({block.caption, *block.columns, *(row[0] for row in block.rows[:100])})
        case FigureBlock():
            return frozenset({block.caption, block.file})
        case RegisterBlock():
            return frozenset({block.of})


def _block(old: Block | None, new: Block | None, strayed: bool, allowance: Allowance) -> BlockChange:
    before = old.markdown if isinstance(old, TextBlock) else ""
    after = new.markdown if isinstance(new, TextBlock) else ""
    texts = compare_texts(before, after, allowance)
    if old is None or new is None:
        return BlockChange(old, new, strayed, texts)
    fields = tuple(compare_values(FIELDS[new.kind], _values(old), _values(new)))
    rows: tuple[RowChange, ...] = ()
    if isinstance(old, TableBlock) and isinstance(new, TableBlock) and _columns(old) == _columns(new):
        columns = [Field(str(number), name, FieldKind.TEXT) for number, name in enumerate(new.columns)]
        rows = compare_rows(columns, list(_keyed(old)), list(_keyed(new)), allowance)
    return BlockChange(old, new, strayed, texts, rows, fields)


def _columns(block: Block | None) -> tuple[str, ...]:
    return block.columns if isinstance(block, TableBlock) else ()


def _values(block: Block) -> dict[str, object]:
    return {field.name: getattr(block, field.name, None) for field in FIELDS[block.kind]}


def _keyed(table: TableBlock) -> Iterator[Keyed]:
    """The rows by their first cell, the second of one name apart from the first."""
    seen = Counter[str]()
    for row in table.rows:
        name = row[0] if row else ""
        seen[name] += 1
        yield Keyed(f"{name}\n{seen[name]}", name, {str(number): text for number, text in enumerate(row)})
