"""Registers, the facts about a programme as a whole, and who sees what of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Area, Role
from jcflow.programmes import chapters, milestones, ordering, registers, versions
from jcflow.programmes.exchange.document import (
    BudgetTable,
    Chapter,
    Document,
    RegisterBlock,
    TextBlock,
    TopicSet,
)
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.live import document_of
from jcflow.programmes.milestones import seen_by
from tests.factories import House, small_document

PUBLIC = frozenset({Visibility.PUBLIC})
BODIES = frozenset({Visibility.PUBLIC, Visibility.BODIES})
EVERYTHING = frozenset(Visibility)


def rows(house: House, register: str = "measures") -> list[str]:
    """Keys of a register's rows in their order."""
    found = registers.rows_of(house.session, house.programme).get(register, [])
    return [row.data["key"] for row in found]


def add(house: House, key: str, register: str = "measures") -> registers.RegisterRow:
    """A new row."""
    deed = house.editing(Area.REGISTERS)
    return registers.add_row(house.session, house.programme, register, {"key": key, "title": key.title()}, deed)


def test_rows_are_added_changed_moved_removed_and_brought_back(house: House) -> None:
    first, second, third = (add(house, key) for key in ("a", "b", "c"))
    registers.save_row(house.session, second, {"key": "b", "title": "Anders"}, house.editing(Area.REGISTERS))
    ordering.move(house.session, [first, second, third], third, -1, house.editing(Area.REGISTERS))
    assert rows(house) == ["a", "c", "b"]

    ordering.remove(house.session, third, house.editing(Area.REGISTERS))
    add(house, "d")
    ordering.restore(house.session, third, house.editing(Area.REGISTERS))

    assert rows(house) == ["a", "c", "b", "d"]
    assert second.data["title"] == "Anders"
    assert document_of(house.session, house.programme).measures[2] == {"key": "b", "title": "Anders"}


def test_registers_are_counted_apart(house: House) -> None:
    add(house, "a")
    add(house, "b", "projects")

    assert (rows(house), rows(house, "projects"), rows(house, "instruments")) == (["a"], ["b"], ["egz"])


def test_a_row_is_found_in_its_own_register_only(house: House) -> None:
    one = add(house, "a")

    assert registers.row(house.session, house.programme, "measures", one.id) is one
    with pytest.raises(NotFound):
        registers.row(house.session, house.programme, "projects", one.id)


def test_a_register_is_shown_to_whom_it_is_said(house: House) -> None:
    def show(visibility: Visibility) -> None:
        deed = house.editing(Area.REGISTERS)
        registers.show_register(house.session, house.programme, "budget_tables/mittel", visibility, deed)

    show(Visibility.INTERNAL)
    assert document_of(house.session, house.programme).register_visibility == {
        "budget_tables/mittel": Visibility.INTERNAL
    }
    show(Visibility.PUBLIC)
    assert document_of(house.session, house.programme).register_visibility == {}


MIXED = Document(
    jobcenter=small_document().jobcenter,
    programme=small_document().programme,
    chapters=(
        Chapter(
            "a",
            "A",
            blocks=(
                TextBlock("öffentlich"),
                TextBlock("Gremien", Visibility.BODIES),
                TextBlock("intern", Visibility.INTERNAL),
                RegisterBlock("budget_tables/offen"),
                RegisterBlock("budget_tables/geheim"),
                RegisterBlock("staffing", Visibility.BODIES),
            ),
        ),
        Chapter("b", "B", blocks=(TextBlock("nur intern", Visibility.INTERNAL),)),
    ),
    topic_sets=(TopicSet("offen", "Offen"), TopicSet("geheim", "Geheim")),
    budget_tables=(BudgetTable("offen", "Offen", 2027), BudgetTable("geheim", "Geheim", 2027)),
    training_plan=({"key": "offen", "rows": []}, {"key": "geheim", "rows": []}),
    instruments=({"key": "i"},),
    targets=({"key": "z"},),
    measures=({"key": "m"},),
    projects=({"key": "p"},),
    staffing=({"key": "s"},),
    internal_potentials=({"order": 1},),
    register_visibility={
        "budget_tables/geheim": Visibility.INTERNAL,
        "topic_sets/geheim": Visibility.BODIES,
        "training_plan/geheim": Visibility.INTERNAL,
        **dict.fromkeys(("instruments", "targets", "measures"), Visibility.INTERNAL),
        **dict.fromkeys(("projects", "staffing", "internal_potentials"), Visibility.BODIES),
    },
)


def shown(document: Document) -> set[str]:
    """Everything that still stands in a document, by short names."""
    blocks = [b for c in document.chapters for b in c.blocks]
    lists = ("instruments", "targets", "measures", "projects", "staffing", "internal_potentials")
    return (
        {b.markdown for b in blocks if isinstance(b, TextBlock)}
        | {f"block {b.of}" for b in blocks if isinstance(b, RegisterBlock)}
        | {f"topics {s.key}" for s in document.topic_sets}
        | {f"budget {t.key}" for t in document.budget_tables}
        | {f"training {p['key']}" for p in document.training_plan}
        | {name for name in lists if getattr(document, name)}
    )


FOR_PUBLIC = {"öffentlich", "block budget_tables/offen", "topics offen", "budget offen", "training offen"}
FOR_BODIES = FOR_PUBLIC | {"Gremien", "block staffing", "topics geheim", "projects", "staffing", "internal_potentials"}
FOR_INSIDERS = FOR_BODIES | {
    *("intern", "nur intern", "block budget_tables/geheim", "budget geheim", "training geheim"),
    *("instruments", "targets", "measures"),
}


@pytest.mark.parametrize(
    ("allowed", "expected"), [(PUBLIC, FOR_PUBLIC), (BODIES, FOR_BODIES), (EVERYTHING, FOR_INSIDERS)]
)
def test_each_reader_sees_what_is_meant_for_him(allowed: frozenset[Visibility], expected: set[str]) -> None:
    seen = seen_by(MIXED, allowed)

    assert shown(seen) == expected
    assert [c.key for c in seen.chapters] == ["a", "b"]
    assert seen.register_visibility == {}


ASSEMBLY = frozenset({Role.ASSEMBLY_MEMBER})
BOARD = frozenset({Role.BOARD_MEMBER})


def readable(house: House, roles: frozenset[Role]) -> list[int]:
    """Numbers of the versions that somebody with these roles may read."""
    return [version.number for version in versions.visible_versions(house.session, house.programme, roles)]


def edit(house: House) -> None:
    """Change something, so that the next version is another one."""
    lage = chapters.chapter(house.session, house.programme, "lage")
    deed = house.editing(Area.CHAPTERS)
    chapters.add_block(house.session, lage, BlockKind.TEXT, {"markdown": f"Neu um {house.at}"}, deed=deed)


def test_versions_are_read_by_those_they_were_put_before(house: House) -> None:
    house.advance("internal_check")
    house.step("return", "bca", reason="Ein Absatz fehlt noch.")
    edit(house)
    house.advance("internal_check")
    assert [readable(house, frozenset({role})) for role in (Role.EDITOR, Role.AUDITOR)] == [[2, 1], [2, 1]]
    assert (readable(house, ASSEMBLY), readable(house, BOARD)) == ([], [])

    house.advance("first_reading")
    assert (readable(house, ASSEMBLY), readable(house, BOARD)) == ([2], [])

    house.advance("disposition")
    assert (readable(house, ASSEMBLY), readable(house, BOARD)) == ([2], [2])

    edit(house)
    house.advance("resolution")
    assert (readable(house, ASSEMBLY), readable(house, BOARD)) == ([3, 2], [3, 2])
    assert readable(house, frozenset({Role.STAFF})) == [3, 2, 1]


def test_a_version_returned_before_the_board_saw_it_stays_unseen_by_it(house: House) -> None:
    house.advance("first_reading")
    house.step("return", "tv1", reason="Bitte die Zahlen erläutern.")
    edit(house)
    house.advance("consultation")

    assert (readable(house, ASSEMBLY), readable(house, BOARD)) == ([2, 1], [2])


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.ADMIN})])
def test_others_read_no_version(house: House, roles: frozenset[Role]) -> None:
    house.advance("in_force")

    assert readable(house, roles) == []


def test_the_planning_basis_is_named_or_marked_missing(house: House) -> None:
    def enter(**facts: object) -> None:
        values = {"known": True, "source": "", "dated": None, "note": "", **facts}
        milestones.set_basis(house.session, house.programme, deed=house.deed(), **values)  # type: ignore[arg-type]

    with pytest.raises(BadInput, match="Nennen Sie die Grundlage"):
        enter()
    with pytest.raises(BadInput, match="Kürzen Sie die Bemerkung"):
        enter(known=False, note="x" * 5_001)
    enter(known=False)
    assert house.programme.basis == {"known": False, "source": "", "dated": None, "note": ""}
    enter(source=" Schreiben  des Bundes ", dated=date(2026, 1, 7), note=" vorläufig ")
    assert house.programme.basis == {
        "known": True,
        "source": "Schreiben des Bundes",
        "dated": "2026-01-07",
        "note": "vorläufig",
    }


def test_what_was_handed_to_the_land_names_day_and_version(council_house: House) -> None:
    house = council_house
    house.advance("consultation")
    version = versions.newest_version(house.session, house.programme)
    assert version is not None

    with pytest.raises(BadInput, match="liegt in der Zukunft"), house.acting("gf", "hand_to_land") as deed:
        milestones.hand_over(house.session, house.programme, version, house.today + timedelta(1), "", deed)
    with house.acting("gf", "hand_to_land") as deed:
        milestones.hand_over(house.session, house.programme, version, house.today, " Per Post. ", deed)

    assert house.programme.handed_over == {"on": "2026-03-10", "version": 1, "note": "Per Post."}


def test_only_what_is_published_is_public(house: House) -> None:
    house.advance("in_force")
    version = versions.newest_version(house.session, house.programme)
    assert version is not None
    assert milestones.published(house.session, {house.jobcenter.id}) == []

    with house.acting("gf", "publish") as deed:
        milestones.publish(house.session, house.programme, version, deed)
    assert milestones.published(house.session, {house.jobcenter.id}) == [house.programme]

    with house.acting("gf", "unpublish") as deed:
        milestones.unpublish(house.session, house.programme, deed)
    assert milestones.published(house.session, {house.jobcenter.id}) == []
