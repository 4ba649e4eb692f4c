"""From the day of the resolution back to every earlier deadline, what does not fit, and saving it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from jcflow import tasks
from jcflow.accounts.absences import enter_absence, name_substitute, substitutes_of
from jcflow.audit.verify import verify
from jcflow.clock import written
from jcflow.deadlines import backward
from jcflow.deadlines.course import Progress, course_of, way, way_of
from jcflow.deadlines.moving import DeadlineChange
from jcflow.errors import BadInput, StepNotPossible
from jcflow.mail.outbox import Mail, Occasion
from jcflow.programmes.procedures import known
from jcflow.programmes.schedule import planned_days, schedule_of
from tests.factories import House, HouseAt, person

REASON = "Terminplan: Beschluss am 14.12.2026"
RESOLVED = date(2026, 12, 14)


def test_the_way_leads_past_returns_and_refusals_to_being_in_force() -> None:
    joint, municipal = known()["ge-programme", 1], known()["zkt-programme", 1]

    long = way_of(joint, waived=False)
    assert long == (
        *("opened", "drafting", "internal_check", "first_reading", "consultation", "disposition", "resolution"),
        *("awaiting_record", "in_force"),
    )
    assert way_of(joint, waived=True) == tuple(state for state in long if state != "first_reading")
    assert way_of(municipal, waived=False)[-3:] == ("committee", "council", "in_force")


def test_every_earlier_deadline_follows_from_the_day_of_the_resolution(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)

    planned = backward.backwards(ahead, RESOLVED)

    assert list(planned) == ["drafting", "internal_check", "first_reading", "consultation", "disposition", "resolution"]
    assert backward.doubts(house.session, ahead, planned) == []
    begin = house.programme.entered_on
    for state, day in planned.items():
        rules = house.programme.procedure.tasks_in(state)
        assert all(ahead.schedule.counted(rule, begin) <= day for rule in rules if rule.each), state
        begin = ahead.schedule.after(backward.ONE_DAY, day) if any(r.each for r in rules) else day
    assert begin <= RESOLVED


def test_a_resolution_too_early_is_told_with_the_first_day_that_is_possible(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    soonest = backward.earliest(ahead)

    said = backward.doubts(house.session, ahead, backward.backwards(ahead, date(2026, 4, 1)))

    assert said[0].forbids
    assert said[0].proposal == soonest
    assert "der Tag ist vorbei" in said[0].sentence
    assert backward.doubts(house.session, ahead, backward.backwards(ahead, soonest + timedelta(days=21))) == []


def test_less_than_the_days_of_the_board_a_weekend_and_a_wrong_order_are_told(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)

    short = {**planned, "consultation": planned["first_reading"] + timedelta(days=12)}
    sunday = {**planned, "drafting": date(2026, 8, 30)}
    wrong = {**planned, "disposition": planned["first_reading"]}
    said = [[d.sentence for d in backward.doubts(house.session, ahead, plan)] for plan in (short, sunday, wrong)]

    assert any("Der Beirat hätte" in s and "statt 21 Tagen" in s and "Vorschlag: bis" in s for s in said[0])
    assert any("30.8.2026 wird nicht gearbeitet. Vorschlag: 31.8.2026" in s for s in said[1])
    assert any("bevor der Stand davor es ist" in s for s in said[2])


def test_a_deadline_in_an_absence_without_a_substitute_is_told(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)
    day = planned["drafting"]
    gf = person(house, "gf")
    enter_absence(house.session, gf, day - timedelta(days=3), day + timedelta(days=3), house.deed("buero"))

    said = [d.sentence for d in backward.doubts(house.session, ahead, planned)]

    assert len(said) == 1
    assert f"{gf.name} ist am {written(day)} abwesend, und niemand vertritt" in said[0]


@pytest.mark.parametrize(("is_away_too", "doubts"), [(False, 0), (True, 1)])
def test_a_substitute_who_is_away_too_does_not_help(house: House, is_away_too: bool, doubts: int) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)
    day, gf, substitute = planned["drafting"], person(house, "gf"), person(house, "redaktion")
    (member,) = (one for one, _ in substitutes_of(house.session, gf.id, house.today))
    name_substitute(house.session, member, substitute, house.deed("gf"))
    for somebody in (gf, substitute) if is_away_too else (gf,):
        enter_absence(house.session, somebody, day, day, house.deed("buero"))

    assert len(backward.doubts(house.session, ahead, planned)) == doubts


def test_a_day_the_procedure_names_is_told_where_the_plan_is_later(house: House) -> None:
    house.programme.period_from, house.programme.period_to = date(2027, 1, 1), date(2027, 12, 31)
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    resolved_on = backward.earliest(ahead) + timedelta(days=300)

    said = [d.sentence for d in backward.doubts(house.session, ahead, backward.backwards(ahead, resolved_on))]

    assert any("„Entwurf“ wäre erst am" in s and "das Verfahren sieht den 2.11.2026 vor" in s for s in said)


def test_a_meeting_after_the_planned_day_is_told_and_its_day_is_what_counts(house_at: HouseAt) -> None:
    house = house_at("committee")
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, house.today + timedelta(days=100))
    met_on = ahead.schedule.next_working_day(planned["committee"] + timedelta(days=7))

    said = backward.doubts(house.session, ahead, planned | {"meeting/committee": met_on})
    shifts = backward.plan(house.session, house.programme, planned | {"meeting/committee": met_on}, house.deed("buero"))

    assert [(d.state, d.forbids) for d in said] == [("committee", False)]
    assert f"die Sitzung ist am {written(met_on)}" in said[0].sentence
    assert [shift.new_on for shift in shifts] == [said[0].proposal]


def test_a_meeting_on_a_day_that_cannot_be_is_told(house_at: HouseAt) -> None:
    house = house_at("committee")
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, house.today + timedelta(days=150))
    sunday = planned["committee"] - timedelta(days=planned["committee"].weekday() + 1)

    early = backward.doubts(house.session, ahead, planned | {"meeting/council": planned["committee"]})
    resting = backward.doubts(house.session, ahead, planned | {"meeting/committee": sunday})

    assert [d.sentence for d in early if "bevor „Beschluss im Kreistag“ beginnt" in d.sentence]
    assert [d.sentence for d in resting if "wird nicht gearbeitet" in d.sentence]


def test_a_meeting_whose_result_is_in_does_not_count_for_the_next_round(house_at: HouseAt) -> None:
    house = house_at("committee")
    schedule = schedule_of(house.session, house.programme)
    met = replace(schedule, planned={"meeting/committee": house.today})
    (rule,) = schedule.procedure.tasks_in("committee")

    assert met.due(rule, house.today - timedelta(days=9)) == house.today
    assert met.due(rule, house.today) == schedule.due(rule, house.today)


def test_a_meeting_that_is_over_stays_in_the_plan_and_a_new_one_is_ahead(house_at: HouseAt) -> None:
    house = house_at("committee")
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, house.today + timedelta(days=150))
    yesterday = house.today - timedelta(days=1)
    with pytest.raises(BadInput) as over:
        backward.plan(house.session, house.programme, planned | {"meeting/council": yesterday}, house.deed("buero"))
    met = planned | {"meeting/council": house.today}
    backward.plan(house.session, house.programme, met, house.deed("buero"))
    house.at += timedelta(days=2)

    backward.plan(house.session, house.programme, met, house.deed("buero"))

    assert set(over.value.problems) == {"meeting/council"}
    assert planned_days(house.programme)["meeting/council"] == house.today - timedelta(days=2)


def test_saving_a_plan_moves_what_is_open_and_tells_those_it_concerns(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)

    shifts = backward.plan(house.session, house.programme, planned, house.deed("buero", REASON))

    assert [(s.deadline.task.label, s.new_on) for s in shifts] == [("Zur internen Prüfung geben", planned["drafting"])]
    assert planned_days(house.programme) == planned
    submit = tasks.open_of(house.session, house.programme, house.today)[0]
    assert (submit.due_on, submit.due_version) == (planned["drafting"], 2)
    assert house.session.scalars(select(DeadlineChange.new_on)).one() == planned["drafting"]
    mails = house.session.scalars(select(Mail).where(Mail.occasion == Occasion.DEADLINE_MOVED)).all()
    assert [mail.person_id for mail in mails] == [house.people["gf"]]
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_the_same_plan_saved_again_changes_nothing(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)
    backward.plan(house.session, house.programme, planned, house.deed("buero", REASON))
    version = house.programme.version

    assert backward.plan(house.session, house.programme, planned, house.deed("buero", REASON)) == []
    assert house.programme.version == version


def test_later_states_are_due_as_planned(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)
    backward.plan(house.session, house.programme, planned, house.deed("buero", REASON))

    house.advance("internal_check")

    due = {t.due_on for t in tasks.open_of(house.session, house.programme, house.today)}
    assert due == {planned["internal_check"]}


def test_a_plan_that_cannot_be_is_refused_by_state(house: House) -> None:
    ahead = backward.ahead_of(house.session, house.programme, house.today)
    planned = backward.backwards(ahead, RESOLVED)

    with pytest.raises(BadInput) as over:
        backward.plan(house.session, house.programme, {**planned, "drafting": date(2026, 3, 1)}, house.deed("buero"))
    with pytest.raises(BadInput) as far:
        backward.plan(house.session, house.programme, {**planned, "resolution": date(2031, 1, 2)}, house.deed("buero"))

    assert (set(over.value.problems), set(far.value.problems)) == ({"drafting"}, {"resolution"})
    assert house.programme.planned is None


def test_after_the_resolution_there_is_nothing_to_plan(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")

    with pytest.raises(StepNotPossible):
        backward.ahead_of(house.session, house.programme, house.today)


def test_the_course_shows_what_was_what_is_and_what_is_to_come(house_at: HouseAt) -> None:
    house = house_at("consultation")

    course = course_of(house.session, house.programme, house.today)

    told = {stretch.state.key: stretch.progress for stretch in course}
    assert list(told)[-5:] == ["consultation", "disposition", "resolution", "awaiting_record", "in_force"]
    assert (told["first_reading"], told["consultation"], told["in_force"]) == (
        Progress.DONE,
        Progress.CURRENT,
        Progress.AHEAD,
    )
    days = [day for stretch in course for day in (stretch.begins_on, stretch.ends_on)]
    assert days == sorted(days)
    assert set(told) <= set(way(house.session, house.programme))
