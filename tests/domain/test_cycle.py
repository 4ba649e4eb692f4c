"""Opening a programme: for a new cycle out of last year's, or from a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import jcflow
from jcflow.audit.trail import record
from jcflow.errors import BadInput, NotAllowed
from jcflow.process.opening import import_document, open_cycle
from jcflow.programmes.chapters import unreviewed
from jcflow.programmes.cycle import from_last_year, next_period
from jcflow.programmes.exchange.document import BudgetTable, Document, ProgrammeHead, Topic, TopicSet
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.exchange.writing import write
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import Programme, all_programmes, by_slug, steps_of
from jcflow.programmes.topics import sets_of, topics_of
from tests.factories import COMMAND_LINE, House, found_house, small_document

DATA = Path(jcflow.__file__).parent / "data"
NEXT = ProgrammeHead(ProgrammeKind.AMIP, "Programm 2028", date(2028, 1, 1), date(2028, 12, 31))
REAL = [path.name for path in sorted(DATA.glob("*.yaml"))]


def real(name: str) -> Document:
    """One of the three real programmes."""
    return read((DATA / name).read_bytes(), name)


def open_next(house: House, head: ProgrammeHead = NEXT, account: str = "gf") -> Programme:
    """The cycle after the house's programme."""
    return open_cycle(
        house.session, house.jobcenter, head, previous=house.programme, actor=house.actor(account), at=house.tick()
    )


def rolled(name: str = "paderborn-2022.yaml") -> tuple[Document, Document]:
    """A real programme and what the next one begins with."""
    last = real(name)
    start, end = next_period(last.programme)
    return last, from_last_year(last, replace(last.programme, period_from=start, period_to=end))


@pytest.mark.parametrize("name", REAL)
def test_text_stays_figures_move_a_year_back(name: str) -> None:
    last, new = rolled(name)
    years = new.programme.period_from.year - last.programme.period_from.year

    assert new.chapters == last.chapters
    for before, after in zip(last.budget_tables, new.budget_tables, strict=True):
        assert (after.year, after.prior_year) == (before.year + years, before.year)
        assert [line.prior_amount for line in after.lines] == [line.amount for line in before.lines]
        assert {line.amount for line in after.lines} <= {None}
        assert {line.printed for line in after.lines} <= {None}
        assert [line.key for line in after.lines] == [line.key for line in before.lines]


@pytest.mark.parametrize("name", REAL)
def test_what_it_begins_with_can_be_read_back(name: str) -> None:
    _, new = rolled(name)

    assert read(write(new), "neu.yaml") == new


def test_counts_and_values_are_open_again() -> None:
    last, new = rolled()

    assert new.instruments[0] == {
        **{key: value for key, value in last.instruments[0].items() if key != "planned"},
        "prior": 2802,
    }
    assert not any("planned" in row or "share_percent" in row for row in new.instruments)
    assert not any("value" in row for row in new.targets)
    assert not any("value" in row or "as_of" in row for row in new.staffing)
    assert not any("total" in plan or "quarters" in row for plan in new.training_plan for row in plan["rows"])  # type: ignore[union-attr]


def test_a_fixed_catalogue_is_unselected_and_free_topics_are_proposals_in_their_order() -> None:
    chosen = Topic("b", "B", selected=True, order=1, reason="Darum.", approach="So.")
    topics = (Topic("c", "C", selected=False), Topic("a", "A", selected=True, order=2), chosen)
    both = (TopicSet("fest", "Fest", 2, 3, topics), TopicSet("frei", "Frei", topics=topics))

    fixed, free = from_last_year(replace(small_document(), topic_sets=both), NEXT).topic_sets

    assert [(t.key, t.selected, t.order, t.reason) for t in fixed.topics] == [
        ("c", False, None, None),
        ("a", False, None, None),
        ("b", False, None, None),
    ]
    assert [(t.key, t.selected, t.order, t.reason) for t in free.topics] == [
        ("b", False, None, "Darum."),
        ("a", False, None, None),
        ("c", False, None, None),
    ]


def test_the_title_of_a_budget_table_names_the_new_year() -> None:
    table = BudgetTable("m", "Mittel 2027 (Stand 2026)", 2027)

    rolled_on = from_last_year(replace(small_document(), budget_tables=(table,)), NEXT).budget_tables[0]

    assert rolled_on.title == "Mittel 2028 (Stand 2026)"


@pytest.mark.parametrize(
    ("head", "following"),
    [
        ((2022, 2022), (2023, 2023)),
        ((2023, 2024), (2025, 2026)),
    ],
)
def test_the_next_period_is_as_long_as_the_last(head: tuple[int, int], following: tuple[int, int]) -> None:
    period = ProgrammeHead(ProgrammeKind.LPD, "Planung", date(head[0], 1, 1), date(head[1], 12, 31))

    assert next_period(period) == (date(following[0], 1, 1), date(following[1], 12, 31))


def test_a_cycle_opens_in_the_first_state_with_everything_to_review(house: House) -> None:
    last = document_of(house.session, house.programme)

    new = open_next(house)

    assert (new.slug, new.state, new.previous_id, new.submitted_once) == ("2028", "opened", house.programme.id, False)
    assert document_of(house.session, new) == from_last_year(last, NEXT)
    assert len(unreviewed(house.session, new)) == 3
    assert [step.trigger for step in steps_of(house.session, new)] == ["open"]
    assert [p.slug for p in all_programmes(house.session)] == ["2028", "2027"]


def test_free_topics_of_a_new_cycle_are_marked_as_proposals(session: Session) -> None:
    house = found_house(session, replace(small_document(name="Jobcenter Frei"), topic_sets=FREE_AND_FIXED))

    new = open_next(house)

    rows = topics_of(session, new)
    assert {s.key: [t.proposed for t in rows[s.id]] for s in sets_of(session, new)} == {
        "frei": [True],
        "fest": [False, False],
    }


FREE_AND_FIXED = (
    TopicSet("frei", "Frei", topics=(Topic("a", "A", selected=True, order=1),)),
    TopicSet("fest", "Fest", 1, 2, (Topic("b", "B", selected=True, order=1), Topic("c", "C", selected=False))),
)


def test_a_cycle_without_a_last_year_opens_empty(house: House) -> None:
    new = open_cycle(
        house.session, house.jobcenter, NEXT, previous=None, actor=house.actor("redaktion"), at=house.tick()
    )

    assert document_of(house.session, new).chapters == ()
    assert steps_of(house.session, new)[0].role == "editor"


@pytest.mark.parametrize("account", ["bca", "haushalt", "tv1", "beirat1", "buero", "revision", "admin"])
def test_only_management_and_team_open_a_cycle(house: House, account: str) -> None:
    with pytest.raises(NotAllowed):
        open_next(house, account=account)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (replace(NEXT, title=" "), "title"),
        (replace(NEXT, title="x" * 301), "title"),
        (replace(NEXT, period_to=date(2027, 12, 31)), "period_to"),
        (replace(NEXT, period_to=date(2030, 12, 31)), "period_to"),
        (replace(NEXT, period_from=date(2027, 1, 1), period_to=date(2027, 12, 31)), "period_from"),
    ],
)
def test_an_unusable_period_or_title_is_refused(house: House, head: ProgrammeHead, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        open_next(house, head)

    assert set(refused.value.problems) == {field}


def test_an_lpd_stands_beside_the_programme_of_its_period(house: House) -> None:
    lpd = replace(NEXT, kind=ProgrammeKind.LPD, period_from=date(2027, 1, 1), period_to=date(2027, 12, 31))

    assert open_next(house, lpd).slug == "2027-lpd"


def test_a_strategy_stands_beside_the_programme_of_its_year_under_a_slug_of_its_own(house: House) -> None:
    strategy = replace(NEXT, kind=ProgrammeKind.STRATEGY)

    slugs = open_next(house).slug, open_next(house, strategy).slug

    assert slugs == ("2028", "2028-strategie")
    for head in (NEXT, strategy):
        with pytest.raises(BadInput, match="gibt es schon ein Programm"):
            open_next(house, head)
    house.programme = by_slug(house.session, "2028-strategie")
    house.step("withdraw", "gf", reason="Es bleibt beim Programm allein.")
    assert (house.programme.slug, open_next(house, strategy).slug) == ("2028-strategie-withdrawn-1", "2028-strategie")


def test_a_second_living_programme_of_a_period_is_refused_by_the_database(house: House) -> None:
    other = open_next(house)

    with pytest.raises(IntegrityError):
        record(house.session, other, house.deed(), period_from=date(2027, 1, 1), period_to=date(2027, 12, 31))


def test_a_withdrawn_programme_frees_its_slug_and_period(house: House) -> None:
    first = house.programme
    house.advance("withdrawn")
    house.programme = open_next(house, replace(NEXT, period_from=date(2027, 1, 1), period_to=date(2027, 12, 31)))
    house.advance("drafting")
    second = house.programme
    house.advance("withdrawn")

    assert (first.slug, second.slug) == ("2027-withdrawn-1", "2027-withdrawn-2")
    assert by_slug(house.session, "2027-withdrawn-1") is first


@pytest.mark.parametrize("name", REAL)
def test_an_imported_programme_is_what_the_file_says(session: Session, name: str) -> None:
    document = replace(real(name), jobcenter=replace(real(name).jobcenter, name=f"Jobcenter {name}"))

    programme = import_document(session, document, COMMAND_LINE)

    assert document_of(session, programme) == document
    assert (programme.state, steps_of(session, programme)[0].trigger) == ("drafting", "import")
    assert steps_of(session, programme)[0].person_id is None


def test_a_file_for_a_known_jobcenter_goes_there(house: House) -> None:
    following = replace(small_document(), programme=NEXT)

    programme = import_document(house.session, following, COMMAND_LINE)

    assert programme.jobcenter_id == house.jobcenter.id
    with pytest.raises(BadInput, match="gibt es schon ein Programm"):
        import_document(house.session, following, COMMAND_LINE)


def test_a_file_of_another_form_is_refused(house: House) -> None:
    wrong = small_document("zkT", house.jobcenter.name)

    with pytest.raises(BadInput, match="ist hier als gE bekannt, die Datei sagt zkT"):
        import_document(house.session, wrong, COMMAND_LINE)


def test_jobcenters_of_like_names_get_keys_of_their_own(session: Session) -> None:
    first = found_house(session, small_document(name="Jobcenter Kreis Muster"))
    second = found_house(session, small_document(name="Jobcenter Muster"))

    assert (first.jobcenter.key, second.jobcenter.key) == ("muster", "muster-2")
