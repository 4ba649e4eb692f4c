"""Until when a procedure asks for things: counted, of the period, of a meeting, or as planned."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from jcflow import procedure, tasks
from jcflow.accounts.closed_days import HouseDays, close_on, closed_day, closed_days, house_days, open_again
from jcflow.audit.verify import verify
from jcflow.decisions.ballots import current_ballot
from jcflow.errors import BadInput, NotFound
from jcflow.programmes.procedures import EFFECTS, GUARDS, OUTCOMES
from jcflow.programmes.schedule import Schedule
from tests.factories import House, HouseAt, visit

FILE = """\
key: small
version: 1
form: gE
label: Kleines Verfahren
states:
  drafting: {phase: draft, label: Entwurf, edit: [chapters]}
  voting: {phase: resolution, label: Abstimmung}
  done: {phase: in_force, label: Fertig, final: true}
steps:
  - {trigger: submit, label: Vorlegen, from: drafting, to: voting, by: managing_director}
  - {trigger: record, label: Abschließen, from: voting, to: done, by: staff}
acts:
  - {act: vote, label: Abstimmen, in: voting, by: assembly_member}
tasks:
  - {in: drafting, for: managing_director, step: submit, due: DUE}
  - {in: voting, for: assembly_member, each: true, act: vote, due: {after_entry: 14 days}}
  - {in: voting, for: staff, step: record, due: {after_entry: 3 days}}
"""
NRW = HouseDays("NW", frozenset())
ENTERED = date(2026, 9, 1)


@pytest.fixture
def small(tmp_path: Path) -> object:
    """`small("{after_entry: 1 day}", days, **planned)`: the schedule of a procedure whose draft is due so."""

    def make(due: str, days: HouseDays = NRW, planned: dict[str, date] | None = None) -> Schedule:
        path = tmp_path / "small.yaml"
        path.write_text(FILE.replace("DUE", due), encoding="utf-8")
        read = procedure.load(path, guards=GUARDS, effects=EFFECTS, outcomes=OUTCOMES)
        return Schedule(read, date(2027, 1, 1), planned or {}, days)

    return make


def draft_due(schedule: Schedule, entered_on: date = ENTERED) -> date:
    """When the draft is due."""
    return schedule.due(schedule.procedure.tasks[0], entered_on)


def test_a_deadline_of_the_period_is_the_same_day_whenever_the_state_began(small) -> None:
    schedule = small("{of_period: 30 Oct, years: -1}")

    assert draft_due(schedule) == date(2026, 10, 30)
    assert draft_due(schedule, date(2026, 10, 29)) == date(2026, 10, 30)


def test_a_day_of_the_period_on_a_weekend_or_holiday_rolls_unless_the_file_says_no(small) -> None:
    assert draft_due(small("{of_period: 31 Oct, years: -1}")) == date(2026, 11, 2)
    assert draft_due(small("{of_period: 31 Oct, years: -1, roll: false}")) == date(2026, 10, 31)


def test_a_day_of_the_period_that_is_over_gives_way_to_the_fallback(small) -> None:
    late = date(2026, 11, 5)

    assert draft_due(small("{of_period: 31 Oct, years: -1, after_entry: 5 working days}"), late) == date(2026, 11, 12)
    assert draft_due(small("{of_period: 31 Oct, years: -1}"), late) == late


def test_a_deadline_of_a_meeting_is_counted_until_the_meeting_has_a_day(small) -> None:
    due = "{of_meeting: assembly, before: 14 days, after_entry: 21 days}"

    assert draft_due(small(due)) == date(2026, 9, 22)
    assert draft_due(small(due, planned={"meeting/assembly": date(2026, 12, 14)})) == date(2026, 11, 30)
    assert draft_due(small(due, planned={"meeting/assembly": date(2026, 9, 3)})) == date(2026, 9, 22)


def test_the_day_of_a_meeting_goes_before_the_plan_of_its_state(small) -> None:
    due = "{of_meeting: assembly, after_entry: 21 days}"
    planned = {"drafting": date(2026, 10, 1), "meeting/assembly": date(2026, 10, 5)}

    assert draft_due(small(due, planned=planned)) == date(2026, 10, 5)
    assert draft_due(small(due, planned=planned), date(2026, 10, 6)) == date(2026, 10, 27)


def test_the_meetings_a_file_counts_from_are_known(small) -> None:
    assert small("{of_meeting: council, after_entry: 1 day}").procedure.meetings == (procedure.Meeting.COUNCIL,)
    assert small("{after_entry: 1 day}").procedure.meetings == ()


def test_a_length_that_does_not_roll_may_end_on_a_sunday(small) -> None:
    assert draft_due(small("{after_entry: 5 days, roll: false}")) == date(2026, 9, 6)
    assert draft_due(small("{after_entry: 5 days}")) == date(2026, 9, 7)


def test_a_closed_day_of_the_house_is_no_working_day(small) -> None:
    carnival = HouseDays("NW", frozenset({date(2027, 2, 8)}))

    assert draft_due(small("{after_entry: 2 working days}", carnival), date(2027, 2, 5)) == date(2027, 2, 10)
    assert draft_due(small("{after_entry: 3 days}", carnival), date(2027, 2, 5)) == date(2027, 2, 9)


def test_a_planned_day_counts_unless_it_is_over_or_takes_days_from_those_who_are_asked(small) -> None:
    planned = {"drafting": date(2026, 10, 15), "voting": date(2026, 10, 20)}
    schedule = small("{after_entry: 14 days}", planned=planned)
    vote, record = schedule.procedure.tasks[1:]

    assert draft_due(schedule) == date(2026, 10, 15)
    assert draft_due(schedule, date(2026, 10, 16)) == date(2026, 10, 30)
    assert (schedule.due(vote, ENTERED), schedule.due(record, ENTERED)) == (date(2026, 10, 20), date(2026, 10, 21))
    assert schedule.due(vote, date(2026, 10, 15)) == date(2026, 10, 29)


def test_the_office_closes_the_house_for_a_day_and_opens_it_again(house: House) -> None:
    day, session = date(2026, 10, 1), house.session

    closed = close_on(session, day, " Betriebs  ausflug ", house.deed("buero"), today=house.today)
    assert (house_days(session).closed, closed.label) == ({day}, "Betriebs ausflug")
    with pytest.raises(BadInput):
        close_on(session, day, "Noch einmal", house.deed("buero"), today=house.today)
    open_again(session, closed, house.deed("buero"))
    assert (house_days(session).closed, closed_days(session, house.today)) == (frozenset(), [])
    with pytest.raises(NotFound):
        closed_day(session, day)
    assert close_on(session, day, "Doch", house.deed("buero"), today=house.today).id == closed.id

    assert verify(session).findings == ()


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2032, 1, 1)])
def test_a_closed_day_lies_ahead_and_not_too_far(house: House, day: date) -> None:
    with pytest.raises(BadInput) as refused:
        close_on(house.session, day, "", house.deed("buero"), today=house.today)

    assert set(refused.value.problems) == {"day", "label"}


def test_another_house_works_on_a_closed_day(session: Session) -> None:
    town = visit(session, "zkT")
    close_on(session, date(2026, 10, 1), "Ausflug", town.deed("buero"), today=town.today)

    visit(session, "gE")

    assert house_days(session).closed == frozenset()


def test_tasks_and_ballot_are_due_by_the_same_closed_days(house_at: HouseAt) -> None:
    house = house_at("disposition")
    for day in (24, 25, 26, 27, 28):
        close_on(house.session, date(2026, 3, day), "Umzug", house.deed("buero"), today=house.today)
    house.advance("resolution")

    due_on = tasks.due_of(house.session, house.programme, "vote")
    ballot = current_ballot(house.session, house.programme)
    assert ballot is not None
    assert (due_on, ballot.closes_on) == (date(2026, 3, 30), date(2026, 3, 30))
