"""A year in which some are early, some late and some silent: the mails are what the workflow file promises, no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select

from jcflow.mail.outbox import Mail, MailState
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.stages import OPEN
from jcflow.tasks import Task
from tests.factories import House
from tests.reminders import promise
from tests.reminders.promise import day_of
from tests.reminders.year import Year, until_disposed

ONE_YEAR = timedelta(days=365)


def ledger(year: Year) -> Counter[tuple[str, str, date]]:
    """Account, stage and day of what was said about the programme's tasks."""
    accounts = {person_id: account for account, person_id in year.house.people.items()}
    mine = select(Reminder).join(Task, Task.id == Reminder.task_id).where(Reminder.stage != OPEN)
    rows = year.house.session.scalars(mine.where(Task.programme_id == year.house.programme.id))
    return Counter((accounts[row.person_id], row.stage, row.due_on) for row in rows)


def check(year: Year, procedure: str) -> None:
    """Nothing is missing, nothing double, nothing left over."""
    last = year.day
    assert last - day_of(year.course.entered[0][1]) > ONE_YEAR
    assert ledger(year) == promise.said(procedure, year.course, last)
    assert year.sent() == promise.mails(procedure, year.course, last) + year.news
    states = Counter(year.house.session.scalars(select(Mail.state).where(Mail.created_at >= year.course.entered[0][1])))
    assert set(states) == {MailState.SENT}
    told = [(mail.account, mail.day) for mail in year.post.sent if mail.occasion == "reminder"]
    assert len(told) == len(set(told))


def test_a_joint_institution_sends_in_a_year_what_its_workflow_file_promises(
    fresh_house: Callable[[str], House],
) -> None:
    year = Year.begin(fresh_house("gE"))

    until_disposed(year, ("bca", "gf", "haushalt"), reads_first=True, target="resolution")
    for account, days in (("tv1", 1), ("tv2", 5), ("tv3", 2), ("tv4", 5)):
        year.wait(days).vote(account)
    year.wait(5).step("conclude", "tv1", "awaiting_record")
    year.wait(20)
    year.tell_all("result")
    year.step("record", "tv1", "in_force")
    year.wait(35).publish()
    year.wait(14)

    check(year, "ge-programme")
    assert sum(year.sent().values()) > 150
    assert {account for account, _, _ in year.sent()} == {*year.house.people} - {"revision", "admin"}


def test_a_municipal_provider_sends_in_a_year_what_its_workflow_file_promises(
    fresh_house: Callable[[str], House],
) -> None:
    year = Year.begin(fresh_house("zkT"))

    until_disposed(year, ("bca", "haushalt"), reads_first=False, target="committee")
    year.wait(46).step("enter_result", "buero", "council")
    year.wait(30)
    year.tell_all("result")
    year.step("enter_result", "buero", "in_force")
    year.wait(10).publish()
    year.wait(14)

    check(year, "zkt-programme")
    assert not {account for account, _, _ in year.sent() if account.startswith("tv")}
    assert sum(year.sent().values()) > 100
