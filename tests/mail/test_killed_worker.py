"""Workers that are killed or stopped: no mail is lost, and a second copy is the same mail."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jcflow.mail.outbox import MailState
from tests.faults.strace import Call, check_strace, killed_at, recorded, spread
from tests.mail.conftest import LATER, Houses
from tests.mail.server import Box
from tests.mail.shop import Shop, finish, opened, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of the module."""
    with opened(tmp_path_factory.mktemp("shop")) as one:
        yield one


def refill(houses: Houses, box: Box) -> None:
    """A new task, of which nobody has been told: planning, claiming and sending are one tick.

    One mail to a tick: of several, each has its own moment between DATA and commit, and they are all alike.
    """
    houses.clear()
    box.forget()
    houses.give_a_task()


def calls_of_a_tick(shop: Shop, houses: Houses, post: tuple[Box, str], report: Path) -> list[Call]:
    refill(houses, post[0])
    pid, go = shop.hire(houses, post[1])
    with recorded(pid, report) as calls:
        go.touch()
        assert shop.ended() == 0
    from_go = next(n for n, call in enumerate(calls) if str(go) in call.rest and "ENOENT" not in call.rest)
    return calls[from_go + 1 :]


def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_only_what_is_known(
    houses: Houses, post: tuple[Box, str], shop: Shop, tmp_path: Path, amount: Callable[[int, int], int]
) -> None:
    check_strace()
    box, smtp = post
    points = spread(calls_of_a_tick(shop, houses, post, tmp_path / "calls"), amount(6, 200))
    killed, doubled, unplanned, began = 0, 0, 0, time.monotonic()
    lost: list[Call] = []

    for call in points:
        refill(houses, box)
        pid, go = shop.hire(houses, smtp)
        with killed_at(pid, call):
            go.touch()
            ended = shop.ended()
        killed += ended == -signal.SIGKILL
        unmarked = {mail.message_id for mail in houses.mails().values() if mail.state is not MailState.SENT}
        before, unplanned = box.count(), unplanned + (not houses.mails())
        finish(houses, smtp)
        if set(box.count()) != {mail.message_id for mail in houses.mails().values()} or len(box.count()) != 1:
            lost.append(call)
        twice = {message_id: copies for message_id, copies in box.count().items() if copies > 1}
        doubled += bool(twice)
        # Taken by the server, and not marked when the worker died: nothing else is ever sent again.
        assert set(twice) <= unmarked & set(before)
        assert sum(copies - 1 for copies in twice.values()) <= 1
        assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
        for message_id in twice:
            first, second = (mail.raw for mail in box.taken if mail.message_id == message_id)
            assert first == second

    assert lost == []
    assert killed >= 0.8 * len(points)
    assert unplanned
    assert doubled <= max(1, 0.1 * len(points))
    print(
        f"\n{houses.engine.dialect.name}: {len(points)} points, {killed} killed, {unplanned} of them before anything "
        f"was planned, {len(lost)} lost, {doubled} with a second copy, {time.monotonic() - began:.0f} s"
    )


def test_a_worker_stopped_longer_than_its_lease_changes_nothing_when_it_goes_on(
    houses: Houses, post: tuple[Box, str], shop: Shop
) -> None:
    box, smtp = post
    houses.clear()
    houses.queue("a")
    box.plan(houses.mails()["a"].address, "after 1.5")
    pid, go = shop.hire(houses, smtp)
    go.touch()
    until(lambda: box.read)

    os.kill(pid, signal.SIGSTOP)
    until(lambda: box.taken)
    finish(houses, smtp)
    done = houses.mails()["a"]
    os.kill(pid, signal.SIGCONT)
    assert shop.ended() == 0

    after = houses.mails()["a"]
    assert (after.state, after.sent_at, after.attempts) == (MailState.SENT, done.sent_at, 2)
    assert done.sent_at is not None
    assert done.sent_at >= LATER
    first, second = box.taken
    assert (first.message_id, first.raw) == (second.message_id, second.raw)
