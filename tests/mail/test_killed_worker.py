"""Workers that are killed, stopped or many: no mail is lost, and a second copy is the same mail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from jcflow import worker
from jcflow.mail.outbox import MailState
from tests.faults.strace import Call, check_strace, killed_at, recorded, spread
from tests.mail.conftest import NOON, Houses
from tests.mail.server import Box

ROOT = Path(__file__).parents[2]
MAILS = ("a",)
"""One to a tick: of several, each has its own moment between DATA and commit, and they are all alike."""
LATER = NOON + timedelta(minutes=30)


@dataclass
class Shop:
    """Where workers are made."""

    process: subprocess.Popen[str]
    folder: Path
    made: int = 0

    def hire(self, houses: Houses, smtp: str, *, wait: bool = True) -> tuple[int, Path]:
        """A worker that has not begun yet: its process id, and the file it waits for."""
        self.made += 1
        go = self.folder / f"go-{self.made}"
        url = houses.engine.url.render_as_string(hide_password=False)
        order = {"database": url, "smtp": smtp, "at": NOON.isoformat(), "go": str(go), "wait": "yes" if wait else "no"}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self._line()), go

    def ended(self) -> int:
        """How the last one ended."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("ticker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    try:
        yield Shop(process, tmp_path_factory.mktemp("shop"))
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def refill(houses: Houses, box: Box) -> None:
    """The same mails again, none of them sent."""
    houses.clear()
    box.forget()
    houses.queue(*MAILS)


def finish(houses: Houses, smtp: str) -> None:
    """Another worker comes after the lease of the dead one."""
    houses.let_leases_pass()
    worker.tick(houses.engine, houses.settings(smtp), LATER)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


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
    killed = doubled = 0
    lost: list[Call] = []

    for call in points:
        refill(houses, box)
        pid, go = shop.hire(houses, smtp)
        with killed_at(pid, call):
            go.touch()
            ended = shop.ended()
        killed += ended == -signal.SIGKILL
        unmarked = {mail.message_id for mail in houses.mails().values() if mail.state is not MailState.SENT}
        before = box.count()
        finish(houses, smtp)
        if set(box.count()) != {mail.message_id for mail in houses.mails().values()} or len(box.count()) != len(MAILS):
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
    assert doubled <= max(1, 0.1 * len(points))
    print(f"\n{houses.engine.dialect.name}: {len(points)} points, {killed} killed, {doubled} with a second copy")


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

    hired = [shop.hire(houses, smtp, wait=False) for _ in range(number)]
    for _, go in hired:
        go.touch()
    until(lambda: not houses.count_unsent(), 60 + many / 5)
    finish(houses, smtp)

    assert len(box.taken) == many
    assert set(box.count().values()) == {1}
    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
