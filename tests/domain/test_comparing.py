"""What differs between two states of a programme: by words, by paragraphs, by chapters, by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcflow.programmes.comparing import words
from jcflow.programmes.comparing.blocks import BlockChange
from jcflow.programmes.comparing.chapters import ChapterChange
from jcflow.programmes.comparing.documents import Comparison, compare
from jcflow.programmes.comparing.order import merged, moved
from jcflow.programmes.comparing.registers import LINE_FIELDS, TOPIC_FIELDS, RegisterChange
from jcflow.programmes.comparing.texts import Change, compare_texts, paragraphs
from jcflow.programmes.comparing.words import Allowance, Kind, Piece, differences
from jcflow.programmes.cycle import from_last_year, next_period
from jcflow.programmes.exchange.document import (
    BudgetLine,
    Chapter,
    Document,
    ProgrammeHead,
    TableBlock,
    TextBlock,
    Topic,
)
from jcflow.programmes.kinds import Visibility
from tests.domain.documents import chapters, documents
from tests.site import FILES, demo_document

WORDS = st.text(st.sampled_from("ab1., \n"), max_size=80)
HOSTILE = {
    "one character": ("!" * 90_000, "?" + "!" * 80_000),
    "one word": ("wort " * 10_000, "wort " * 9_999 + "ende"),
    "two characters": ("!?" * 10_000, "?!" * 9_000),
    "unique words": (" ".join(map(str, range(100_000))), " ".join(map(str, range(50_000, 150_000)))),
    "unique words in reverse": (" ".join(map(str, range(9_000))), " ".join(map(str, range(9_000, 0, -1)))),
    "paragraphs": ("a\n\n" * 60_000, "b\n\na\n\n" * 30_000),
    "white": (" " * 200_000, "\n\t" * 100_000),
}


def short() -> Allowance:
    """So that hostile texts take no time in the tests."""
    return Allowance(seconds=0.05)


def old_of(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.NEW)


def new_of(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.GONE)


def changed(old: str, new: str) -> list[tuple[str, str]]:
    return [(p.kind.value, p.text) for p in differences(old, new, Allowance()) if p.kind is not Kind.SAME]


@given(WORDS | st.text(max_size=40), WORDS | st.text(max_size=40))
def test_applying_the_difference_gives_the_new_text_and_undoing_it_the_old_one(old: str, new: str) -> None:
    pieces = differences(old, new, Allowance())

    assert (old_of(pieces), new_of(pieces)) == (old, new)
    assert all(piece.text for piece in pieces)


@given(WORDS, WORDS)
def test_the_paragraphs_make_both_texts(old: str, new: str) -> None:
    found = compare_texts(old, new, Allowance())

    assert [p.old for p in found if p.old is not None] == paragraphs(old)
    assert [p.new for p in found if p.new is not None] == paragraphs(new)
    assert [(old_of(p.pieces), new_of(p.pieces)) for p in found] == [(p.old or "", p.new or "") for p in found]


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_text_is_told_all_the_same(which: str) -> None:
    old, new = HOSTILE[which]

    pieces = differences(old, new, short())
    found = compare_texts(old, new, short())

    assert (old_of(pieces), new_of(pieces)) == (old, new)
    assert "\n\n".join(p.new for p in found if p.new is not None) == "\n\n".join(paragraphs(new))


def test_more_different_words_than_there_are_characters_stand_one_after_the_other() -> None:
    old = "\u4e00".join(map(str, range(1_200_000)))

    pieces = differences(old, old + " Ende", Allowance())

    assert [piece.kind for piece in pieces] == [Kind.GONE, Kind.NEW]


def test_ten_thousand_words_with_every_tenth_rewritten_are_told_word_by_word() -> None:
    old = [f"wort{number}" for number in range(10_000)]
    new = [f"neu{n}" if n % 10 == 0 else word for n, word in enumerate(old)]

    found = changed(" ".join(old), " ".join(new))

    assert len(found) == 2_000
    assert ("gone", "wort9990") in found


def test_a_german_number_stays_whole() -> None:
    assert changed("Geplant sind 1.200,50 Euro im Jahr.", "Geplant sind 1.300,50 Euro im Jahr.") == [
        ("gone", "1.200,50"),
        ("new", "1.300,50"),
    ]


def test_where_more_than_half_changed_old_and_new_stand_one_after_the_other() -> None:
    old, new = "Wir beraten an zwei Standorten.", "Die Beratung wird ausgebaut an drei weiteren Orten."

    assert [(p.kind, p.text) for p in differences(old, new, Allowance())] == [(Kind.GONE, old), (Kind.NEW, new)]


def test_what_one_text_has_spent_the_next_lacks() -> None:
    spent = Allowance(tokens=10)
    old, new = "Wir beraten an zwei Standorten im Kreis.", "Wir beraten an drei Standorten im Kreis."

    first, second = differences(old, new, spent), differences(old, new, spent)

    assert len(first) > 2
    assert [piece.kind for piece in second] == [Kind.GONE, Kind.NEW]
    assert spent.is_used_up


def test_a_paragraph_put_in_does_not_disturb_the_others() -> None:
    old = "Erster Absatz.\n\nZweiter Absatz mit zwei Worten mehr."
    new = "Erster Absatz.\n\nGanz neu ist das hier.\n\nZweiter Absatz mit drei Worten mehr."

    found = compare_texts(old, new, Allowance())

    assert [p.change for p in found] == [Change.SAME, Change.ADDED, Change.CHANGED]
    assert not found[2].is_replaced


@given(st.permutations(range(8)), st.integers(0, 8), st.integers(0, 8))
def test_an_order_of_both_sides_holds_everything_once(order: list[int], old: int, new: int) -> None:
    pairs = {here: there for here, there in enumerate(order) if here < old and there < new}

    found = list(merged(old, new, pairs))

    assert sorted(here for here, _ in found if here is not None) == list(range(old))
    assert [there for _, there in found if there is not None] == list(range(new))
    assert {here: there for here, there in found if here is not None and there is not None} == pairs


def test_as_little_as_possible_has_moved() -> None:
    assert moved({0: 3, 1: 0, 2: 1, 3: 2}) == {0}
    assert moved({0: 0, 1: 1}) == set()


# ---- documents


def document(*tree: Chapter) -> Document:
    return replace(demo_document("paderborn"), chapters=tree)


def chapter(key: str, *texts: str, number: str | None = None, parent: str | None = None) -> Chapter:
    return Chapter(key, f"Kapitel {key}", number, parent, tuple(TextBlock(text) for text in texts))


def told(comparison: Comparison) -> dict[str, ChapterChange]:
    return {one.shown.key: one for one in comparison.told}


def register(comparison: Comparison, of: str) -> RegisterChange:
    return next(one for one in comparison.registers if one.of == of)


@pytest.mark.parametrize("house", FILES)
def test_a_programme_and_itself_differ_in_nothing(house: str) -> None:
    one = demo_document(house)

    found = compare(one, one)

    assert found.is_empty
    assert len(found.chapters) == len(one.chapters)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_any_document_and_itself_differ_in_nothing(one: Document) -> None:
    assert compare(one, one).is_empty


@given(chapters(), chapters())
def test_every_chapter_and_block_of_both_sides_is_there_once(
    old: tuple[Chapter, ...], new: tuple[Chapter, ...]
) -> None:
    found = compare(document(*old), document(*new))

    assert [c.new for c in found.chapters if c.new] == list(new)
    assert sorted(c.old.key for c in found.chapters if c.old) == sorted(c.key for c in old)
    for one in found.chapters:
        assert [b.new for b in one.blocks if b.new] == list(one.new.blocks if one.new else ())
        was = list(one.old.blocks if one.old else ())
        assert sorted(map(repr, (b.old for b in one.blocks if b.old))) == sorted(map(repr, was))


def test_a_moved_chapter_is_a_move_and_takes_what_is_below_along() -> None:
    first, second = chapter("a", "Anfang.", number="1"), chapter("b", "Mitte.", number="2")
    below = chapter("b1", "Unter der Mitte.", number="2.1", parent="b")
    new = (replace(second, number="1"), replace(below, number="1.1"), replace(first, number="2"))

    found = told(compare(document(first, second, below), document(*new)))

    assert sum(one.moved for one in found.values()) == 1
    assert all(one.is_renumbered and one.change is Change.SAME for one in found.values())


def test_a_chapter_below_another_one_has_moved() -> None:
    old = (chapter("a"), chapter("b"), chapter("c", "Text.", parent="a"))
    new = (chapter("a"), chapter("b"), chapter("c", "Text.", parent="b"))

    assert [key for key, one in told(compare(document(*old), document(*new))).items() if one.moved] == ["c"]


def test_new_and_removed_chapters_are_named_where_they_stand_or_stood() -> None:
    old = (chapter("a", "A."), chapter("b", "B."), chapter("c", "C."))
    new = (chapter("a", "A."), chapter("c", "C."), chapter("d", "D."))

    found = compare(document(*old), document(*new)).chapters

    changes = [(one.shown.key, one.change) for one in found]
    assert changes == [("a", Change.SAME), ("b", Change.REMOVED), ("c", Change.SAME), ("d", Change.ADDED)]


def test_blocks_are_found_again_by_their_words() -> None:
    old = chapter("a", "Wir beraten an zwei Standorten im Kreis.", "Dieser Absatz bleibt stehen.", "Das fällt weg.")
    new = chapter("a", "Dieser Absatz bleibt stehen.", "Wir beraten an drei Standorten im Kreis.")

    blocks = told(compare(document(old), document(new)))["a"].blocks

    assert sorted(block.change for block in blocks) == [Change.CHANGED, Change.REMOVED, Change.SAME]
    assert sum(block.moved for block in blocks) == 1


def test_a_table_is_told_by_row_and_column_and_as_a_whole_where_the_columns_are_others() -> None:
    old = TableBlock("Eintritte", ("Maßnahme", "Zahl"), (("FbW", "10"), ("MAT", "20")))
    new = replace(old, rows=(("FbW", "12"), ("AVGS", "5")))
    other = replace(new, columns=("Maßnahme", "Plan"))

    def only(before: TableBlock, after: TableBlock) -> BlockChange:
        sides = (document(Chapter("a", "A", blocks=(block,))) for block in (before, after))
        return told(compare(*sides))["a"].blocks[0]

    rows = {row.label: row.change for row in only(old, new).rows}
    assert rows == {"FbW": Change.CHANGED, "MAT": Change.REMOVED, "AVGS": Change.ADDED}
    assert only(new, other).is_another_table


def test_whether_somebody_else_may_read_it_is_told_too() -> None:
    old = Chapter("a", "A", blocks=(TextBlock("Für alle."),))
    new = Chapter("a", "A", blocks=(TextBlock("Für alle.", Visibility.INTERNAL),))

    (block,) = told(compare(document(old), document(new)))["a"].blocks

    assert [(f.old, f.new) for f in block.fields] == [(Visibility.PUBLIC, Visibility.INTERNAL)]


def test_a_budget_line_is_told_with_both_figures_and_the_difference() -> None:
    old = demo_document("herford")
    (table,) = old.budget_tables
    first, second, *rest = table.lines
    added = BudgetLine("neu", "Neue Zeile", first.role, amount=500)
    lines = (replace(first, amount=(first.amount or 0) + 12_345_00), *rest, added)

    change = register(
        compare(old, replace(old, budget_tables=(replace(table, lines=lines),))), f"budget_tables/{table.key}"
    )

    rows = {row.key: row for row in change.rows if row.change is not Change.SAME}
    assert {key: row.change for key, row in rows.items()} == {
        first.key: Change.CHANGED,
        second.key: Change.REMOVED,
        "neu": Change.ADDED,
    }
    (planned,) = rows[first.key].fields
    assert (planned.old, planned.difference) == (first.amount, Decimal(12_345_00))


def test_a_topic_is_told_with_its_words() -> None:
    old = demo_document("paderborn")
    topics = old.topic_sets[0]
    first = replace(topics.topics[0], reason="Wir beraten an zwei Standorten im Kreis.", selected=True)
    later = replace(first, reason="Wir beraten an drei Standorten im Kreis.", selected=False)
    sides = (replace(old, topic_sets=(replace(topics, topics=(topic,)),)) for topic in (first, later))

    (row,) = register(compare(*sides), f"topic_sets/{topics.key}").rows

    assert [(f.field.name, f.old, f.new) for f in row.fields] == [("selected", "yes", "no")]
    ((field, (paragraph,)),) = row.texts
    assert field.name == "reason"
    assert [p.text for p in paragraph.pieces if p.kind is not Kind.SAME] == ["zwei", "drei"]


def test_nothing_a_budget_line_or_a_topic_holds_is_left_out() -> None:
    assert {f.name for f in LINE_FIELDS} == {f.name for f in fields(BudgetLine)} - {"key"}
    assert {f.name for f in TOPIC_FIELDS} == {f.name for f in fields(Topic)} - {"key"}


@pytest.mark.parametrize("house", FILES)
def test_next_years_programme_is_laid_beside_this_years(house: str) -> None:
    this = demo_document(house)
    head = this.programme
    first, last = next_period(head)
    following = from_last_year(this, ProgrammeHead(head.kind, head.title, first, last))

    found = compare(this, following)

    assert found.told == ()
    assert all(c.old is not None and c.new is not None for c in found.chapters)
    budget = register(found, f"budget_tables/{this.budget_tables[0].key}")
    assert any(f.field.name == "amount" and f.new is None for row in budget.rows for f in row.fields)


def test_across_years_a_chapter_is_found_again_by_its_heading() -> None:
    old = document(
        Chapter("1", "Rahmen", blocks=(TextBlock("Alt."),)), Chapter("2", "Ziele", blocks=(TextBlock("Z."),))
    )
    new = replace(
        document(Chapter("1", "Ziele", blocks=(TextBlock("Z."),)), Chapter("2", "Mittel", blocks=(TextBlock("M."),))),
        programme=replace(old.programme, period_from=date(2030, 1, 1), period_to=date(2030, 12, 31)),
    )

    found = {one.shown.title: one for one in compare(old, new).chapters}

    assert found["Ziele"].old is not None
    assert found["Ziele"].old.title == "Ziele"


def test_real_programmes_of_two_houses_can_be_laid_side_by_side() -> None:
    found = compare(demo_document("paderborn"), demo_document("herford"))

    assert not found.is_empty
    assert found.registers


def test_a_page_that_has_spent_its_allowance_still_tells_everything() -> None:
    old = demo_document("paderborn")
    new = replace(
        old,
        chapters=tuple(
            replace(
                c,
                blocks=tuple(
                    replace(b, markdown=b.markdown + " Dazu.") if isinstance(b, TextBlock) else b for b in c.blocks
                ),
            )
            for c in old.chapters
        ),
    )

    found = compare(old, new, Allowance(tokens=0))

    texts = [p for c in found.told for b in c.blocks for p in b.paragraphs if p.change is Change.CHANGED]
    assert texts
    assert all(p.is_replaced for p in texts)


def test_bounds_are_what_ten_thousand_words_need() -> None:
    assert words.MOST_TOKENS > 2 * 10_000
