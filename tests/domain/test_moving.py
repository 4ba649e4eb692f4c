"""Moving a deadline: what follows moves along, the trail says why, and whom it concerns is written to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from jcflow import tasks
from jcflow.accounts.people import end_membership
from jcflow.audit.verify import verify
from jcflow.deadlines import moving
from jcflow.deadlines.moving import DeadlineChange, Shift
from jcflow.decisions.ballots import current_ballot
from jcflow.errors import BadInput, NotFound, Overtaken
from jcflow.mail.outbox import Mail, Occasion
from jcflow.process.guards import Look, ballot_complete, opinions_in_or_due
from jcflow.process.measures import entrust
from jcflow.programmes import registers
from jcflow.programmes.measures import Measure
from jcflow.tasks import Task
from tests.factories import House, HouseAt

REASON = "Zwei Mitglieder sind im Urlaub."


def one_task(house: House, act: str) -> Task:
    """An open task of the programme for an act or step."""
    found = tasks.open_of(house.session, house.programme, house.today)
    return next(task for task in found if act in {task.act, task.step})


def shift(house: House, act: str, new_on: date) -> list[Shift]:
    """Move the deadline of an act or step."""
    chosen = moving.deadlines_of(house.session, [one_task(house, act).id], house.today, lock=True)
    shifts = moving.shifts_to(house.session, chosen, new_on, house.today)
    moving.move(house.session, shifts, house.deed("buero", REASON))
    return shifts


def letters(house: House) -> list[Mail]:
    """What was queued because of it."""
    question = select(Mail).where(Mail.occasion == Occasion.DEADLINE_MOVED).order_by(Mail.address)
    return list(house.session.scalars(question))


def test_a_deadline_of_many_people_moves_for_all_and_the_step_behind_it_moves_along(house_at: HouseAt) -> None:
    house = house_at("consultation")
    own, step = one_task(house, "opinion"), one_task(house, "close")
    before = (own.due_on, step.due_on)

    shifts = shift(house, "opinion", date(2026, 4, 17))

    assert before == (date(2026, 3, 31), date(2026, 4, 1))
    assert [(s.deadline.task.label, s.new_on, s.chosen) for s in shifts] == [
        ("Stellungnahme absenden", date(2026, 4, 17), True),
        ("Beteiligung abschließen", date(2026, 4, 20), False),
    ]
    found = tasks.open_of(house.session, house.programme, house.today)
    assert {(t.act or t.step, t.due_on, t.due_version) for t in found} == {
        ("opinion", date(2026, 4, 17), 2),
        ("close", date(2026, 4, 20), 2),
    }


def test_an_earlier_deadline_takes_the_step_behind_it_along_too(house_at: HouseAt) -> None:
    house = house_at("consultation")

    shift(house, "opinion", date(2026, 3, 20))

    assert one_task(house, "close").due_on == date(2026, 3, 23)


def test_the_trail_says_which_deadline_moved_from_when_to_when_and_why(house_at: HouseAt) -> None:
    house = house_at("consultation")

    shift(house, "opinion", date(2026, 4, 17))

    noted = house.session.scalars(select(DeadlineChange).order_by(DeadlineChange.audit_seq)).all()
    assert [(n.label, n.old_on, n.new_on) for n in noted] == [
        ("Stellungnahme absenden", date(2026, 3, 31), date(2026, 4, 17)),
        ("Beteiligung abschließen", date(2026, 4, 1), date(2026, 4, 20)),
    ]
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_everybody_it_concerns_is_written_to_once(house_at: HouseAt) -> None:
    house = house_at("consultation")

    shift(house, "opinion", date(2026, 4, 17))

    queued = letters(house)
    mine = next(mail for mail in queued if mail.person_id == house.people["beirat1"])
    assert {m.person_id for m in queued} == {
        id for name, id in house.people.items() if name.startswith(("beirat", "buero"))
    }
    assert len(queued) == len({m.person_id for m in queued})
    assert mine.facts == {
        "label": "Stellungnahme absenden",
        "programme": house.programme.title,
        "slug": "2027",
        "old_on": "2026-03-31",
        "new_on": "2026-04-17",
        "reason": REASON,
        "task_id": str(mine.task_id),
    }
    assert mine.task_id in {
        t.id for t in tasks.open_tasks(house.session, house.people["beirat1"], house.actor("beirat1").roles)
    }


def test_somebody_whose_role_has_ended_is_not_written_to(house_at: HouseAt) -> None:
    house = house_at("consultation")
    end_membership(house.session, house.member("beirat2"), house.today, house.deed("admin"))

    shift(house, "opinion", date(2026, 4, 17))

    assert house.people["beirat2"] not in {mail.person_id for mail in letters(house)}


def test_votes_are_taken_until_the_new_day(house_at: HouseAt) -> None:
    house = house_at("resolution")

    shift(house, "vote", date(2026, 4, 10))

    ballot = current_ballot(house.session, house.programme)
    assert ballot is not None
    assert (ballot.closes_on, one_task(house, "conclude").due_on) == (date(2026, 4, 10), date(2026, 4, 13))
    house.tick(days=(date(2026, 4, 10) - house.today).days)
    assert "läuft bis 10.4.2026" in ballot_complete(Look(house.session, house.programme, house.at))[0]


def test_the_board_is_waited_for_until_the_new_day(house_at: HouseAt) -> None:
    house = house_at("consultation")
    shift(house, "opinion", date(2026, 4, 17))

    house.tick(days=(date(2026, 4, 17) - house.today).days)
    assert opinions_in_or_due(Look(house.session, house.programme, house.at)) != []
    house.tick(days=1)
    assert opinions_in_or_due(Look(house.session, house.programme, house.at)) == []


@pytest.mark.parametrize("days", [-1, 731])
def test_the_new_day_lies_ahead_and_not_too_far(house_at: HouseAt, days: int) -> None:
    house = house_at("consultation")

    with pytest.raises(BadInput) as refused:
        shift(house, "opinion", house.today + timedelta(days))

    assert set(refused.value.problems) == {"new_on"}


def test_a_deadline_does_not_move_to_its_own_day(house_at: HouseAt) -> None:
    house = house_at("consultation")

    with pytest.raises(BadInput):
        shift(house, "opinion", one_task(house, "opinion").due_on)


def test_doubts_are_said_with_a_proposal(house_at: HouseAt) -> None:
    house = house_at("consultation")
    chosen = moving.deadlines_of(house.session, [one_task(house, "opinion").id], house.today)

    early = moving.shifts_to(house.session, chosen, date(2026, 3, 21), house.today)[0]
    later = moving.shifts_to(house.session, chosen, date(2026, 4, 17), house.today)[0]

    assert moving.doubts(house.session, early, house.today) == [
        "Am 21.3.2026 wird nicht gearbeitet. Vorschlag: 23.3.2026.",
        "Nach dem Verfahren läuft die Frist bis 31.3.2026. Vorschlag: nicht früher.",
    ]
    assert moving.doubts(house.session, later, house.today) == []


def test_what_is_done_or_unknown_cannot_be_moved(house_at: HouseAt) -> None:
    house = house_at("consultation")
    task = one_task(house, "close")

    with pytest.raises(NotFound):
        moving.deadlines_of(house.session, [task.programme_id], house.today)
    tasks.leave_state(house.session, house.programme, step="close", at=house.tick(), by=None)
    with pytest.raises(Overtaken):
        moving.deadlines_of(house.session, [task.id], house.today)


@pytest.mark.parametrize("reason", ["", "  zu kurz ", "x" * 1001])
def test_a_reason_is_asked_for(reason: str) -> None:
    with pytest.raises(BadInput):
        moving.check_reason(reason)


def entrusted(house_at: HouseAt) -> tuple[House, Measure]:
    """A programme in force with a measure that an editor sees to within a month."""
    house = house_at("resolution")
    house.advance("in_force")
    content = {"key": "kurse", "title": "Kurse für Jugendliche", "topics": []}
    row = registers.add_row(house.session, house.programme, "measures", content, house.deed())
    measure = entrust(
        house.session,
        house.programme,
        row,
        person_id=house.people["redaktion"],
        due_on=house.today + timedelta(days=33),
        version=0,
        actor=house.actor("gf"),
        at=house.tick(),
    )
    return house, measure


def test_a_measure_is_due_on_the_day_its_report_was_moved_to(house_at: HouseAt) -> None:
    house, measure = entrusted(house_at)
    later = house.today + timedelta(days=60)

    shift(house, "report_measure", later)

    assert (measure.due_on, one_task(house, "report_measure").due_on) == (later, later)
    assert verify(house.session).findings == ()


def test_a_measure_whose_owner_has_left_is_still_a_deadline_that_can_be_moved(house_at: HouseAt) -> None:
    house, measure = entrusted(house_at)
    end_membership(house.session, house.member("redaktion"), house.today + timedelta(days=1), house.deed("admin"))
    house.tick(days=40)

    late = tasks.count_deadlines(house.session, house.today, first=measure.due_on, last=measure.due_on, most=9)
    later = house.today + timedelta(days=20)
    (moved,) = shift(house, "report_measure", later)

    assert (late, measure.due_on, moved.people) == (1, later, ())
    assert "report_measure" in {task.act for task in tasks.all_open(house.session, house.today)}
