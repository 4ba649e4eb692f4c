"""Budget tables: all changes of a table are saved together, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow.audit.reading import entries, select_events
from jcflow.errors import BadInput, NotFound, Stale
from jcflow.money import LIMIT
from jcflow.procedure import Area
from jcflow.programmes import budget_lines, budgets, ordering
from jcflow.programmes.acceptances import accept, accepted_of
from jcflow.programmes.budget_lines import LineEdit
from jcflow.programmes.budgets import BudgetLine, BudgetTable
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import as_data, canonical
from jcflow.programmes.internal_check import open_differences
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.live import document_of
from tests.factories import House, visit

NEW = LineEdit(None, 0, "Vermittlung", LineRole.LINE, "gesamt", None, 50_00, None)
REASON = "Die Zuteilung des Bundes liegt vor."


def table(house: House) -> BudgetTable:
    """The one table."""
    return budgets.table(house.session, house.programme, "mittel")


def lines(house: House) -> list[BudgetLine]:
    """Its lines in their order."""
    return budgets.lines_of(house.session, house.programme).get(table(house).id, [])


def labels(house: House) -> list[str]:
    """What the lines are called."""
    return [line.label for line in lines(house)]


def edits(house: House) -> list[LineEdit]:
    """The lines as a form shows them."""
    keyed = budgets.lines_in(house.session, table(house))
    return [budget_lines.as_edit(line, keyed) for line in lines(house)]


def save(house: House, typed: list[LineEdit], reason: str = "") -> int:
    """Save the form."""
    deed = house.editing(Area.BUDGETS, reason=reason)
    return budget_lines.save_lines(house.session, house.programme, table(house), typed, deed)


def test_a_form_sent_back_unchanged_changes_nothing(house: House) -> None:
    versions = [line.version for line in lines(house)]

    assert save(house, edits(house)) == 0
    assert [line.version for line in lines(house)] == versions


def test_a_line_is_added_where_it_was_typed(house: House) -> None:
    total, *others = edits(house)

    assert save(house, [total, NEW, *others]) >= 1

    assert labels(house) == ["Gesamt", "Vermittlung", "Beratung", "Qualifizierung"]
    fresh = lines(house)[1]
    assert (fresh.key, fresh.amount, fresh.parent_id) == ("vermittlung", 50_00, lines(house)[0].id)


def test_amounts_change_under_one_reason_in_one_group(house: House) -> None:
    total, first, second = edits(house)

    changed = save(house, [replace(total, amount=350_00), replace(first, amount=150_00), second], REASON)

    two = entries(house.session, select_events(house.jobcenter.id).limit(2))
    assert changed == 2
    assert [line.amount for line in lines(house)] == [350_00, 150_00, 200_00]
    assert {entry.group_id for entry in two} == {two[0].group_id}
    assert {entry.reason for entry in two} == {REASON}
    assert {tuple(entry.changes["amount"]) for entry in two} == {(300_00, 350_00), (100_00, 150_00)}


def test_lines_are_reordered(house: House) -> None:
    total, first, second = edits(house)

    save(house, [second, total, first])

    assert labels(house) == ["Qualifizierung", "Gesamt", "Beratung"]


def test_a_line_is_removed_and_comes_back(house: House) -> None:
    total, first, second = edits(house)
    save(house, [total, replace(first, removed=True), second])
    assert labels(house) == ["Gesamt", "Qualifizierung"]

    gone = budgets.line(house.session, house.programme, "mittel", "beratung")
    ordering.restore(house.session, gone, house.editing(Area.BUDGETS))

    assert labels(house) == ["Gesamt", "Beratung", "Qualifizierung"]


def test_a_new_line_that_was_removed_in_the_form_never_was(house: House) -> None:
    assert save(house, [*edits(house), replace(NEW, removed=True)]) == 0


def test_keys_of_new_lines_are_free(house: House) -> None:
    save(
        house,
        [*edits(house), replace(NEW, label="Beratung"), replace(NEW, label="Beratung"), replace(NEW, label="§§§")],
    )

    assert [line.key for line in lines(house)][3:] == ["beratung-2", "beratung-3", "neu"]


def test_the_parent_must_be_a_total_that_stays(house: House) -> None:
    total, first, second = edits(house)

    for typed in (
        [total, replace(first, parent_key="qualifizierung"), second],
        [replace(total, removed=True), first, second],
        [replace(total, role=LineRole.LINE), first, second],
        [total, replace(first, parent_key="gibt-es-nicht"), second],
    ):
        with pytest.raises(BadInput) as refused:
            save(house, typed)
        assert {field.split("-")[0] for field in refused.value.problems} == {"parent"}
    assert [line.version for line in lines(house)] == [1, 2, 2]


@pytest.mark.parametrize("parents", [("gesamt",), ("teil", "gesamt"), ("teil", "rest", "gesamt")])
def test_no_total_counts_in_itself(house: House, parents: tuple[str, ...]) -> None:
    part = LineEdit(None, 0, "Teil", LineRole.TOTAL, None, None, None, None)
    save(house, [*edits(house), part, replace(part, label="Rest")])
    circle = dict(zip(("gesamt", *parents), (*parents, "gesamt"), strict=False))

    typed = [replace(edit, parent_key=circle.get(str(edit.key), edit.parent_key)) for edit in edits(house)]

    with pytest.raises(BadInput, match="darf nicht in sich selbst zählen"):
        save(house, typed)


@pytest.mark.parametrize("label", ["", "   ", "x" * 301])
def test_a_line_needs_a_label(house: House, label: str) -> None:
    total, *others = edits(house)

    with pytest.raises(BadInput, match="Zeile 1: Geben Sie eine Bezeichnung ein") as refused:
        save(house, [replace(total, label=label), *others])

    assert set(refused.value.problems) == {"label-0"}


def test_a_line_of_another_table_or_named_twice_is_none(house: House) -> None:
    total, *others = edits(house)

    with pytest.raises(NotFound):
        save(house, [replace(total, key="fremd"), *others])
    with pytest.raises(NotFound):
        save(house, [total, *others, replace(total, amount=1)])


def test_what_another_changed_since_is_refused_with_both_values(house: House) -> None:
    total, first, second = opened = edits(house)
    save(house, [total, replace(first, amount=120_00), second])

    with pytest.raises(Stale) as stale:
        save(house, [total, replace(first, amount=130_00), second])

    assert str(stale.value) == "Die Zeile „Beratung“ wurde inzwischen von jemand anderem geändert."
    assert (stale.value.mine["amount"], stale.value.theirs["amount"]) == (130_00, 120_00)
    assert opened[1].version == 2


def test_a_change_elsewhere_in_the_table_stands_beside_mine(house: House) -> None:
    total, first, second = edits(house)
    save(house, [total, replace(first, amount=120_00), second])

    save(house, [replace(total, note="Mit Vorbehalt."), second])

    assert [line.amount for line in lines(house)] == [300_00, 120_00, 200_00]
    assert lines(house)[0].note == "Mit Vorbehalt."


def test_after_the_first_submission_a_change_needs_a_reason(house: House) -> None:
    house.advance("internal_check")
    house.step("return", "bca", reason="Die Zahlen stimmen noch nicht.")
    total, *others = edits(house)
    changed = [replace(total, amount=301_00), *others]

    for reason in ("", "kurz", "         x"):
        with pytest.raises(BadInput, match="mindestens 10 Zeichen") as refused:
            save(house, changed, reason)
        assert set(refused.value.problems) == {"reason"}
        with pytest.raises(BadInput, match="mindestens 10 Zeichen"):
            budgets.remove_table(
                house.session, table(house), house.programme, house.editing(Area.BUDGETS, reason=reason)
            )
    assert save(house, edits(house)) == 0
    assert save(house, changed, REASON) == 1


def test_a_table_is_added_at_the_end(house: House) -> None:
    budgets.remove_table(house.session, table(house), house.programme, house.editing(Area.BUDGETS))

    deed = house.editing(Area.BUDGETS)
    fresh = budgets.add_table(house.session, house.programme, title=" Mittel ", year=2027, prior_year=None, deed=deed)

    assert (fresh.key, fresh.title, fresh.position) == ("mittel-2", "Mittel", 2)
    assert budgets.tables_of(house.session, house.programme) == [fresh]
    assert [t.key for t in budgets.tables_of(house.session, house.programme, removed=True)] == ["mittel"]


@pytest.mark.parametrize(
    ("title", "year", "field"),
    [("", 2027, "title"), ("x" * 301, 2027, "title"), ("A", 2004, "year"), ("A", 2101, "year")],
)
def test_a_table_has_a_title_and_a_year(house: House, title: str, year: int, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        budgets.add_table(
            house.session, house.programme, title=title, year=year, prior_year=None, deed=house.editing(Area.BUDGETS)
        )

    assert set(refused.value.problems) == {field}


def test_what_does_not_exist_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        budgets.table(house.session, house.programme, "fremd")
    with pytest.raises(NotFound):
        budgets.line(house.session, house.programme, "mittel", "fremd")


def test_a_sum_that_does_not_hold_is_accepted_as_it_stands(house: House) -> None:
    total, *others = edits(house)
    save(house, [replace(total, amount=301_00), *others])
    (difference,) = open_differences(house.session, house.programme)

    with pytest.raises(BadInput, match="Begründen Sie die Abweichung"):
        accept(house.session, house.programme, difference, "kurz", house.deed("haushalt"))
    accept(house.session, house.programme, difference, "Steht so im Plan.", house.deed("haushalt"))
    accept(house.session, house.programme, difference, "Steht so im neuen Plan.", house.deed("haushalt"))

    assert (difference.stated, difference.computed) == (301_00, 300_00)
    assert open_differences(house.session, house.programme) == []
    assert [a.reason for a in accepted_of(house.session, house.programme).values()] == ["Steht so im neuen Plan."]


def test_an_accepted_sum_that_changes_is_open_again(house: House) -> None:
    total, *others = edits(house)
    save(house, [replace(total, amount=301_00), *others])
    (difference,) = open_differences(house.session, house.programme)
    accept(house.session, house.programme, difference, "Steht so im Plan.", house.deed("haushalt"))

    save(house, [replace(edits(house)[0], amount=302_00), *others])

    assert [d.stated for d in open_differences(house.session, house.programme)] == [302_00]


KEPT = st.lists(st.integers(0, 2), unique=True, max_size=3)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([0, 1, 2, 3]), gone=KEPT, amounts=st.lists(st.integers(0, LIMIT - 1), min_size=4, max_size=4)
)
def test_what_is_typed_is_what_stands_there(
    town: Engine, order: list[int], gone: list[int], amounts: list[int]
) -> None:
    with Session(town) as session:
        house = visit(session, "gE")
        save(house, [*edits(house), NEW])
        loose = [replace(edit, parent_key=None) for edit in edits(house)]
        typed = [replace(loose[i], amount=amounts[i], removed=i in gone) for i in order]

        save(house, typed)

        stands = [(line.label, line.amount) for line in lines(house)]
        assert stands == [(edit.label, edit.amount) for edit in typed if not edit.removed]
        read(canonical(as_data(document_of(session, house.programme))), "Programm")
