"""A mail server that is away for a day, and a worker whose clock jumps: nothing is lost and nothing comes twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from jcflow import database, worker
from jcflow.mail.claims import claim, recover
from jcflow.mail.outbox import MailState
from tests.mail.conftest import NOON, Houses
from tests.mail.server import Box
from tests.mail.shop import until

Post = tuple[Box, str]
NOWHERE = "smtp://127.0.0.1:1"
HOUR = timedelta(hours=1)


def test_after_a_day_without_a_mail_server_each_mail_arrives_once(
    houses: Houses, post: Post, amount: Callable[[int, int], int]
) -> None:
    for hour in range(0, 24, amount(4, 1)):
        at = NOON + hour * HOUR
        houses.queue(f"calm-{hour}", house=hour // 4 % 2, at=at)
        houses.queue(f"urgent-{hour}", at=at, urgent=True)
        worker.tick(houses.engine, houses.settings(NOWHERE), at)

    # Which of the urgent ones are tried while nothing answers is left to chance; each is tried again within an hour.
    for minutes in (0, 30, 61):
        worker.tick(houses.engine, houses.settings(post[1]), NOON + 24 * HOUR + timedelta(minutes=minutes))

    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
    assert (len(post[0].taken), set(post[0].count().values())) == (amount(12, 48), {1})


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -24 * HOUR, 24 * HOUR], ids=str)
def test_a_worker_whose_clock_jumps_and_comes_back_sends_each_mail_once(
    houses: Houses, post: Post, jump: timedelta
) -> None:
    there, down = houses.settings(post[1]), houses.settings(NOWHERE)
    houses.queue("before", "tried", urgent=True)
    worker.tick(houses.engine, down, NOON)
    houses.queue("now", urgent=True)
    worker.tick(houses.engine, down, NOON + jump)

    for minutes in range(0, 60, 5):
        worker.tick(houses.engine, there, NOON + jump + timedelta(minutes=minutes))
    houses.queue("after", at=NOON + HOUR, urgent=True)
    for hours in (1, 2, 25):
        worker.tick(houses.engine, there, NOON + hours * HOUR)

    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
    assert (len(post[0].taken), set(post[0].count().values())) == (4, {1})


@pytest.mark.parametrize("jump", [-24 * HOUR, -HOUR, HOUR, 24 * HOUR], ids=str)
def test_a_lease_runs_by_the_clock_of_the_database_whatever_the_workers_say(houses: Houses, jump: timedelta) -> None:
    houses.queue("a", urgent=True)
    with time_machine.travel(NOON + jump), database.writing(houses.engine) as session:
        assert len(claim(session, NOON).mails) == 1

    with time_machine.travel(NOON), database.writing(houses.engine) as session:
        assert recover(session, NOON) == 0
        assert not claim(session, NOON + 48 * HOUR).mails
    houses.let_leases_pass()
    with time_machine.travel(NOON + jump), database.writing(houses.engine) as session:
        assert recover(session, NOON) == 1


def test_a_worker_whose_clock_is_set_back_goes_on_at_once(
    houses: Houses, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "WATCH", 0.2)
    before = {told: signal.getsignal(told) for told in (signal.SIGTERM, signal.SIGINT)}
    houses.queue("first", at=NOON - 2 * HOUR, urgent=True)
    problems: list[BaseException] = []

    def set_back(clock: time_machine.Traveller) -> None:
        try:
            until(lambda: len(post[0].taken) == 1)
            clock.move_to(NOON - HOUR)
            houses.queue("second", at=NOON - 2 * HOUR, urgent=True)
            until(lambda: len(post[0].taken) == 2)
        except AssertionError as problem:
            problems.append(problem)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    try:
        with time_machine.travel(NOON) as clock:
            beside = threading.Thread(target=set_back, args=(clock,))
            beside.start()
            worker.Worker(houses.engine, houses.settings(post[1])).run()
            beside.join()
    finally:
        for told, how in before.items():
            signal.signal(told, how)

    assert problems == []
    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
