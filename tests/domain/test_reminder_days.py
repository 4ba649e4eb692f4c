"""Each stage once on its local date: over the nights the clocks change, the turn of the year, and a whole year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from jcflow.clock import BERLIN
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.stages import rule_of, stages_of
from jcflow.tasks import Task
from tests.factories import House, HouseAt
from tests.post import Post

FIVE_MINUTES, DAY = timedelta(minutes=5), timedelta(days=1)
NIGHTS = (date(2026, 10, 25), date(2027, 3, 28), date(2026, 12, 31), date(2028, 2, 29))
"""The clocks go back, go forward, the year ends, a leap day."""


def at_seven(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 7, tzinfo=BERLIN)


@pytest.mark.parametrize("day", NIGHTS, ids=str)
def test_a_stage_of_such_a_day_comes_at_seven(house: House, day: date, amount: Callable[[int, int], int]) -> None:
    house.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - 42 * DAY + 7 * DAY
    house.step("submit", "gf")
    house.step("return", "gf", reason="Die Zahlen fehlen noch, bitte ergänzen.")
    post = Post(house.session, house.jobcenter.id)
    post.tick(house.at)
    due_on = house.session.scalars(
        select(Task.due_on).where(Task.programme_id == house.programme.id, Task.done_at.is_(None))
    ).one()
    on = due_on - 7 * DAY
    for before in range(14, 0, -1):
        post.tick(at_seven(on - before * DAY))
    known_so_far = len(post.sent)

    first = at_seven(on).astimezone(UTC) - timedelta(hours=amount(9, 24))
    moments = list(post.walk(first, first + timedelta(hours=amount(12, 40)), FIVE_MINUTES))

    said = [m for m in post.sent[known_so_far:] if m.account == "gf" and m.day == on.isoformat()]
    assert len(moments) == amount(12, 40) * 12 + 1
    assert [(m.occasion, m.at) for m in said if m.occasion == "reminder"] == [("reminder", at_seven(on))]


def promised(house: House, task: Task, until: date) -> Counter[tuple[date, str]]:
    """What the workflow file promises about one task, computed apart from the planner."""
    rule = rule_of(("ge-programme", 1), task.state, task.role, task.act, task.step)
    assert rule is not None
    over = until if task.done_at is None else task.done_at.astimezone(BERLIN).date()
    stages = stages_of(rule, task.due_on, "NW")
    return Counter((s.on, s.name) for s in stages if task.due_since < s.on < over or (s.on == over == until))


@pytest.mark.parametrize("pace", [1, 30])
def test_a_year_of_a_programme_sends_what_the_workflow_file_promises(
    house_at: HouseAt, pace: int, amount: Callable[[int, int], int]
) -> None:
    """The programme rests a while in each state; all that falls due meanwhile is said, and nothing else."""
    house = house_at("internal_check")
    post, end = Post(house.session, house.jobcenter.id), house.today
    states = ("first_reading", "consultation", "disposition", "resolution", "awaiting_record", "in_force")
    for state in states[: amount(3, 6)]:
        end += timedelta(days=pace * amount(1, 2))
        day = house.today
        while day < end:
            day += DAY
            post.tick(at_seven(day))
        house.at = max(house.at, at_seven(end).astimezone(UTC) + timedelta(hours=1))
        house.advance(state)
        post.tick(house.tick())
    while end < house.today + timedelta(days=amount(40, 120)):
        end += DAY
        post.tick(at_seven(end))

    tasks = house.session.scalars(select(Task).where(Task.programme_id == house.programme.id)).all()
    recorded = house.session.scalars(
        select(Reminder).join(Task, Task.id == Reminder.task_id).where(Task.programme_id == house.programme.id)
    ).all()
    for task in tasks:
        mine = {(r.due_on, r.stage) for r in recorded if r.task_id == task.id and r.stage != "open"}
        assert mine == set(promised(house, task, end)), (task.label, task.opened_at, task.done_at)
    mails = {(m.account, m.day) for m in post.sent if m.occasion == "reminder"}
    written = [r for r in recorded if r.collected_on is not None]
    accounts = {person_id: account for account, person_id in house.people.items()}
    assert mails == {(accounts[r.person_id], str(r.collected_on)) for r in written}
    assert len(mails) == sum(m.occasion == "reminder" for m in post.sent)
