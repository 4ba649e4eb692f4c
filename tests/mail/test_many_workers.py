"""Several workers at once, none of which leads: each mail is planned once and sent once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import MailState
from jcflow.reminders.ledger import Reminder
from tests.mail.conftest import Houses
from tests.mail.server import Box
from tests.mail.shop import Shop, finish, opened, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of the module."""
    with opened(tmp_path_factory.mktemp("shop")) as one:
        yield one


@pytest.mark.parametrize("number", [2, 5])
def test_several_workers_send_each_mail_once(
    houses: Houses, post: tuple[Box, str], shop: Shop, amount: Callable[[int, int], int], number: int
) -> None:
    box, smtp = post
    many = amount(40, 10_000)
    for first in range(0, many, 500):
        names = [f"m{n}" for n in range(first, min(first + 500, many))]
        houses.queue(*names[::2])
        houses.queue(*names[1::2], house=1)

    queued = time.monotonic()
    hired = [shop.hire(houses, smtp, wait=False) for _ in range(number)]
    for _, go in hired:
        go.touch()
    until(lambda: not houses.count_unsent(), 60 + many / 5)
    finish(houses, smtp)

    assert len(box.taken) == many
    assert set(box.count().values()) == {1}
    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
    seconds = time.monotonic() - queued
    print(f"\n{houses.engine.dialect.name}: {number} workers, {many} mails, each once, {seconds:.0f} s")


@pytest.mark.parametrize("number", [2, 5])
def test_several_workers_plan_each_reminder_once(
    houses: Houses, post: tuple[Box, str], shop: Shop, amount: Callable[[int, int], int], number: int
) -> None:
    box, smtp = post
    for _ in range(amount(2, 40)):
        houses.clear()
        box.forget()
        houses.give_a_task()
        houses.give_a_task(house=1)
        hired = [shop.hire(houses, smtp, wait=False) for _ in range(number)]
        for _, go in hired:
            go.touch()
        until(lambda: len(box.taken) >= 2 and not houses.count_unsent())
        finish(houses, smtp)

        assert Counter(mail.message["To"].addresses[0].username for mail in box.taken) == {"gf": 2}
        assert [mail.state for mail in houses.mails().values()] == [MailState.SENT] * 2
        with Session(houses.engine) as session:
            mine = select(Reminder.mail_id).where(Reminder.mail_id.not_in(houses.old))
            assert len(session.scalars(mine, execution_options=EVERY_JOBCENTER).all()) == 2
