"""Chapters and blocks: what one person does to them, and what two people do at once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import record
from jcflow.audit.verify import verify
from jcflow.errors import BadInput, NotAllowed, NotFound, Stale, StepNotPossible
from jcflow.procedure import Area
from jcflow.programmes import chapters, ordering
from jcflow.programmes.chapters import Block, Chapter
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import check_version, may_edit
from tests.factories import House, visit

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def add(house: House, title: str, parent: str | None = None) -> Chapter:
    """A new chapter."""
    deed = house.editing(Area.CHAPTERS)
    return chapters.add_chapter(house.session, house.programme, title=title, number=None, parent_key=parent, deed=deed)


def keys(house: House) -> list[str]:
    """The chapters in their order."""
    return [c.key for c in chapters.chapters_of(house.session, house.programme)]


def chapter(house: House, key: str) -> Chapter:
    """One chapter."""
    return chapters.chapter(house.session, house.programme, key)


def move(house: House, key: str, *, down: bool) -> None:
    """Move a chapter."""
    deed = house.editing(Area.CHAPTERS)
    chapters.move_chapter(house.session, house.programme, chapter(house, key), down=down, deed=deed)


def remove(house: House, key: str) -> None:
    """Remove a chapter."""
    chapters.remove_chapter(house.session, house.programme, chapter(house, key), house.editing(Area.CHAPTERS))


def restore(house: House, key: str) -> None:
    """Bring a chapter back."""
    chapters.restore_chapter(house.session, house.programme, chapter(house, key), house.editing(Area.CHAPTERS))


def test_a_chapter_is_added_at_the_end_or_behind_its_siblings(house: House) -> None:
    add(house, "Ausblick")
    add(house, "Arbeitsmarkt", "lage")
    add(house, "Bevölkerung", "lage")
    add(house, "Frauen", "arbeitsmarkt")

    assert keys(house) == ["lage", "arbeitsmarkt", "frauen", "bevoelkerung", "budget", "ausblick"]


def test_a_chapter_added_after_a_removal_still_comes_last(house: House) -> None:
    for title in ("Drei", "Vier", "Fünf"):
        add(house, title)
    remove(house, "lage")
    remove(house, "drei")

    add(house, "Sechs")

    assert keys(house) == ["budget", "vier", "fuenf", "sechs"]


def test_keys_stay_unique_also_beside_removed_chapters(house: House) -> None:
    remove(house, "lage")

    again = add(house, "Lage")

    assert again.key == "lage-2"


@pytest.mark.parametrize(
    ("title", "number", "field"),
    [("", None, "title"), ("  ", None, "title"), ("x" * 301, None, "title"), ("A", "1" * 21, "number")],
)
def test_a_heading_has_its_limits(house: House, title: str, number: str | None, field: str) -> None:
    deed = house.editing(Area.CHAPTERS)

    with pytest.raises(BadInput) as on_adding:
        chapters.add_chapter(house.session, house.programme, title=title, number=number, parent_key=None, deed=deed)
    with pytest.raises(BadInput) as on_renaming:
        chapters.rename_chapter(house.session, chapter(house, "lage"), title=title, number=number, deed=deed)

    assert set(on_adding.value.problems) == set(on_renaming.value.problems) == {field}


def test_a_chapter_below_one_that_is_gone_is_refused(house: House) -> None:
    remove(house, "lage")

    with pytest.raises(BadInput, match="gibt es nicht mehr"):
        add(house, "Neu", "lage")


def test_renaming_keeps_key_and_place(house: House) -> None:
    one = chapter(house, "lage")

    chapters.rename_chapter(house.session, one, title="  Die   Lage ", number=" 1 ", deed=house.editing(Area.CHAPTERS))

    assert (one.key, one.title, one.number) == ("lage", "Die Lage", "1")
    assert keys(house) == ["lage", "budget"]


def test_a_chapter_moves_with_all_below_it(house: House) -> None:
    add(house, "Arbeitsmarkt", "lage")
    add(house, "Frauen", "arbeitsmarkt")

    move(house, "lage", down=True)

    assert keys(house) == ["budget", "lage", "arbeitsmarkt", "frauen"]
    move(house, "lage", down=True)
    assert keys(house) == ["budget", "lage", "arbeitsmarkt", "frauen"]
    move(house, "lage", down=False)
    assert keys(house) == ["lage", "arbeitsmarkt", "frauen", "budget"]


def test_moving_at_the_edge_writes_nothing(house: House) -> None:
    before = chapter(house, "lage").version

    move(house, "lage", down=False)

    assert chapter(house, "lage").version == before


def test_a_removed_chapter_takes_those_below_along_and_they_come_back(house: House) -> None:
    add(house, "Arbeitsmarkt", "lage")
    add(house, "Frauen", "arbeitsmarkt")
    remove(house, "lage")
    assert keys(house) == ["budget"]

    restore(house, "frauen")

    assert keys(house) == ["lage", "arbeitsmarkt", "frauen", "budget"]


def test_a_restored_chapter_stands_where_it_stood_below_its_parent(house: House) -> None:
    add(house, "Erstes", "lage")
    add(house, "Zweites", "lage")
    remove(house, "erstes")
    move(house, "lage", down=True)

    restore(house, "erstes")

    assert keys(house) == ["budget", "lage", "erstes", "zweites"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "up", "down", "remove", "restore"]), st.integers(0, 30)), max_size=14
)


def check_sound(house: House) -> None:
    """Parents stand before their children, families together, no two rows in one place, and it can be frozen."""
    present = chapters.chapters_of(house.session, house.programme)
    everyone = [*present, *chapters.chapters_of(house.session, house.programme, removed=True)]
    seen = set()
    for one in present:
        assert one.parent_id is None or one.parent_id in seen
        seen.add(one.id)
    places = [one.position for one in everyone]
    assert len(set(places)) == len(places)
    for one in present:
        family = [c is one or one in chapters.ancestors(present, c) for c in present]
        first, number = family.index(True), sum(family)
        assert all(family[first : first + number])
    read(canonical(as_data(document_of(house.session, house.programme))), "Programm")


def do(house: House, act: str, number: int) -> None:
    """One of the things people do to chapters, to one of those there are."""
    gone = chapters.chapters_of(house.session, house.programme, removed=True)
    present = chapters.chapters_of(house.session, house.programme)
    among = gone if act == "restore" else present
    one = among[number % len(among)] if among else None
    if act == "add":
        add(house, f"Kapitel {number}", one.key if one and number % 3 else None)
    elif one is not None and act == "remove":
        remove(house, one.key)
    elif one is not None and act == "restore":
        restore(house, one.key)
    elif one is not None:
        move(house, one.key, down=act == "down")


@FEW
@given(steps=STEPS)
def test_whatever_is_done_parents_stand_before_children_and_no_two_in_one_place(
    town: Engine, steps: list[tuple[str, int]]
) -> None:
    with Session(town) as session:
        house = visit(session, "gE")

        for act, number in steps:
            do(house, act, number)

        check_sound(house)


def texts(house: House, key: str = "lage") -> list[str]:
    """The Markdown of a chapter's blocks in order."""
    blocks = chapters.blocks_of(house.session, house.programme).get(chapter(house, key).id, [])
    return [block.content["markdown"] for block in blocks]


def block(house: House, number: int = 0) -> Block:
    """A block of the first chapter."""
    return chapters.blocks_of(house.session, house.programme)[chapter(house, "lage").id][number]


def test_a_block_is_added_at_the_end(house: House) -> None:
    ordering.remove(house.session, block(house, 1), house.editing(Area.CHAPTERS))

    deed = house.editing(Area.CHAPTERS)
    chapters.add_block(house.session, chapter(house, "lage"), BlockKind.TEXT, {"markdown": "Neu."}, deed=deed)

    assert texts(house) == ["Die Lage ist gut.", "Neu."]


def test_a_block_moves_within_its_chapter(house: House) -> None:
    chapters.move_block(house.session, block(house), down=True, deed=house.editing(Area.CHAPTERS))

    assert texts(house) == ["Die Zahlen auch.", "Die Lage ist gut."]
    chapters.move_block(house.session, block(house, 1), down=True, deed=house.editing(Area.CHAPTERS))
    assert texts(house) == ["Die Zahlen auch.", "Die Lage ist gut."]


def test_a_removed_block_comes_back_to_its_place(house: House) -> None:
    chapters.add_block(
        house.session, chapter(house, "lage"), BlockKind.TEXT, {"markdown": "Drei."}, deed=house.editing(Area.CHAPTERS)
    )
    gone = block(house, 1)
    ordering.remove(house.session, gone, house.editing(Area.CHAPTERS))
    chapters.move_block(house.session, block(house, 1), down=False, deed=house.editing(Area.CHAPTERS))
    assert texts(house) == ["Drei.", "Die Lage ist gut."]

    ordering.restore(house.session, gone, house.editing(Area.CHAPTERS))

    assert texts(house) == ["Drei.", "Die Zahlen auch.", "Die Lage ist gut."]


def test_saving_a_block_reviews_it(house: House) -> None:
    one = block(house)
    record(house.session, one, house.deed(), unreviewed=True)
    assert [b.id for _, b in chapters.unreviewed(house.session, house.programme)] == [one.id]

    chapters.save_block(house.session, one, {"markdown": "Geprüft."}, Visibility.BODIES, house.editing(Area.CHAPTERS))

    assert chapters.unreviewed(house.session, house.programme) == []
    assert (one.content, one.visibility) == ({"markdown": "Geprüft."}, Visibility.BODIES)


def test_confirming_a_block_reviews_it_as_it_is(house: House) -> None:
    one = block(house)
    record(house.session, one, house.deed(), unreviewed=True)

    chapters.confirm_block(house.session, one, house.editing(Area.CHAPTERS))

    assert one.unreviewed is False
    assert texts(house)[0] == "Die Lage ist gut."


def test_a_stale_save_is_refused_with_both_texts(house: House) -> None:
    one = block(house)
    opened = one.version
    chapters.save_block(house.session, one, {"markdown": "Von ihr."}, Visibility.PUBLIC, house.editing(Area.CHAPTERS))

    with pytest.raises(Stale) as stale:
        check_version(one, opened, "Der Abschnitt", {"content": {"markdown": "Von ihm."}})

    assert stale.value.mine == {"content": {"markdown": "Von ihm."}}
    assert stale.value.theirs == {"content": {"markdown": "Von ihr."}}
    assert stale.value.version == one.version == opened + 1
    assert str(stale.value) == "Der Abschnitt wurde inzwischen von jemand anderem geändert."


TURNS = st.lists(st.tuples(st.sampled_from(["gf", "redaktion"]), st.sampled_from(["open", "save"])), max_size=12)


@FEW
@given(turns=TURNS)
def test_however_two_people_take_turns_no_text_is_lost(town: Engine, turns: list[tuple[str, str]]) -> None:
    with Session(town) as session:
        house = visit(session, "gE")
        one, opened = block(house), dict.fromkeys(("gf", "redaktion"), 1)
        stored, accepted = ["Die Lage ist gut."], one.version
        for number, (who, act) in enumerate(turns):
            mine = {"markdown": f"Fassung {number}"}
            if act == "open":
                opened[who] = one.version
            elif opened[who] != accepted:
                with pytest.raises(Stale) as stale:
                    check_version(one, opened[who], "Der Abschnitt", {"content": mine})
                assert (stale.value.mine, stale.value.theirs) == ({"content": mine}, {"content": one.content})
            else:
                check_version(one, opened[who], "Der Abschnitt", {"content": mine})
                chapters.save_block(session, one, mine, Visibility.PUBLIC, house.editing(Area.CHAPTERS, who))
                stored, accepted = [*stored, mine["markdown"]], accepted + 1

        told = entries(session, select_events(house.jobcenter.id).where(AuditEvent.object_id == one.id))[::-1]
        assert [entry.changes["content"][1]["markdown"] for entry in told] == stored
        assert (one.version, one.content["markdown"]) == (accepted, stored[-1])


def test_a_block_of_another_programme_is_none(house: House) -> None:
    with pytest.raises(NotFound):
        chapters.block(house.session, house.programme, house.programme.id)
    with pytest.raises(NotFound):
        chapters.chapter(house.session, house.programme, "gibt-es-nicht")


@pytest.mark.parametrize("account", ["bca", "haushalt", "tv1", "beirat1", "buero", "revision", "admin"])
def test_only_management_and_team_write(house: House, account: str) -> None:
    with pytest.raises(NotAllowed, match="die Geschäftsführung und das Team"):
        house.editing(Area.CHAPTERS, account)
    assert not may_edit(house.programme, Area.CHAPTERS, house.actor(account))


@pytest.mark.parametrize("state", ["internal_check", "first_reading", "consultation", "resolution", "in_force"])
def test_nothing_is_written_while_others_have_the_programme(house: House, state: str) -> None:
    house.advance(state)

    for area in Area:
        with pytest.raises(StepNotPossible, match="Ändern"):
            house.editing(area)
        assert not may_edit(house.programme, area, house.actor("gf"))


@pytest.mark.parametrize("account", ["gf", "redaktion"])
def test_everything_is_written_again_while_the_board_is_answered(house: House, account: str) -> None:
    house.advance("disposition")

    deeds = [house.editing(area, account) for area in Area]

    assert {deed.actor_id for deed in deeds} == {house.people[account]}
    assert all(may_edit(house.programme, area, house.actor(account)) for area in Area)


def test_the_trail_of_all_this_holds(house: House) -> None:
    for act, number in [("add", 1), ("add", 2), ("down", 0), ("remove", 1), ("add", 4), ("restore", 0), ("up", 3)]:
        do(house, act, number)

    assert verify(house.session, house.jobcenter.id).findings == ()
