"""The worker: looks every few seconds for what is due, plans reminders and sends what waits in the outbox.

Any number of them run beside each other, on any number of hosts; none leads. It never runs in the web process.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from jcflow import clock, database
from jcflow.audit.checkpoints import NoSigner, TrailBroken, equip
from jcflow.config import Settings
from jcflow.mail import ticking
from jcflow.mail.claims import BATCH, claim, recover
from jcflow.mail.delivery import Delivered, Delivery
from jcflow.mail.message import Letterhead
from jcflow.mail.smtp import SECONDS, Line, MailServer
from jcflow.process import anchoring
from jcflow.reminders.letters import Letters
from jcflow.reminders.planning import plan

log = logging.getLogger("jcflow.worker")

EVERY = timedelta(seconds=15)
LONGEST_TICK = timedelta(minutes=5)
"""After so long a tick ends even if more is due: reminders are planned again, then the next one goes on."""
WATCH = 30
"""Seconds after which the worker sees whether its clock was set back."""


@dataclass
class Ticked:
    """What one tick has done."""

    anchored: int = 0
    """Checkpoints made of trails that had to wait for one."""
    planned: int = 0
    """Mails of reminders put into the outbox."""
    recovered: int = 0
    """Mails taken back from workers that have died."""
    delivered: Delivered = field(default_factory=Delivered)


def tick(
    engine: Engine,
    settings: Settings,
    at: datetime,
    *,
    name: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
    seconds: float = SECONDS,
) -> Ticked:
    """Plan what is due and send what waits; without a mail server, mails stay where they are.

    Args:
        at: Now; what happens later in this tick is later by as much as has really passed.
        name: Of the worker; others see by it that somebody is at work. A tick without one leaves no trace of itself.
        should_stop: Asked between two mails; what is claimed then is given back.
        batch: Mails claimed at once, at most.
        seconds: How long one mail may take.

    Raises:
        BadConfiguration: The address of the mail server is senseless.
    """
    began = time.monotonic()

    def now() -> datetime:
        return at + timedelta(seconds=time.monotonic() - began)

    done = Ticked(anchor(engine, settings, now(), should_stop), _plan(engine, now, should_stop))
    while not (should_stop() or done.delivered.is_down) and now() - at < LONGEST_TICK:
        claimed_from = time.monotonic()
        with database.writing(engine) as session:
            ticking.tick(session, name)
            done.recovered += recover(session, now())
            lease = claim(session, now(), limit=batch) if settings.smtp_url else None
        if lease is None or not lease.mails:
            break
        head, letters = Letterhead(settings.base_url), Letters(settings.base_url, now(), lease.mails)
        delivery = Delivery(engine, lease, letters.render, head, now, should_stop, seconds, claimed_from)
        _send(delivery, done, settings)
    return done


def _send(delivery: Delivery, done: Ticked, settings: Settings) -> None:
    delivery.done = done.delivered
    server = MailServer.of(str(settings.smtp_url))
    with Line(server, delivery.head.domain, seconds=delivery.seconds) as line:
        delivery.run(line)


def anchor(engine: Engine, settings: Settings, at: datetime, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Make the checkpoints that are due, each Jobcenter's in a transaction of its own; without a key they wait."""
    if settings.signing_key is None:
        return 0
    with database.reading(engine) as session:
        due = [one.jobcenter_id for one in anchoring.waiting(session) if one.due_at <= at]
    made = 0
    for jobcenter_id in due:
        if should_stop():
            break
        try:
            with database.writing(engine) as session:
                equip(session, settings.signing_key)
                made += anchoring.anchor(session, jobcenter_id, at)
        except (NoSigner, TrailBroken) as error:
            log.error("%s: %s", jobcenter_id, error)
    return made


def _plan(engine: Engine, now: Callable[[], datetime], should_stop: Callable[[], bool]) -> int:
    planned = 0
    while not should_stop():
        with database.writing(engine) as session:
            more = plan(session, now())
        planned += more
        if not more:
            break
    return planned


def settle() -> None:
    """Leave what is there from the start out of every later search for garbage: it stays until the end."""
    gc.collect()
    gc.freeze()


def worker_name() -> str:
    """Host and process, e.g. `jcflow1:4711`."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Worker:
    """Ticks until it is told to end; then it finishes the mail in hand."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings, self._name = engine, settings, worker_name()
        self._told = threading.Event()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, self._end)
        with database.writing(self._engine) as session:
            ticking.forget(session)
        settle()
        # A thread of its own does the work, so that the signal finds this one waiting.
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        job = scheduler.add_job(
            self._tick,
            "interval",
            seconds=EVERY.total_seconds(),
            next_run_time=clock.now(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        scheduler.start()
        while not self._told.wait(WATCH):
            _keep_going(job)
        scheduler.shutdown(wait=True)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._told.set()

    def _tick(self) -> None:
        done = tick(self._engine, self._settings, clock.now(), name=self._name, should_stop=self._told.is_set)
        if any((done.anchored, done.planned, done.recovered, done.delivered.sent, done.delivered.failed)):
            log.info("%s", summary(done))


def _keep_going(job: Job) -> None:
    """Where the clock was set back, the next tick lies far ahead: let it come now."""
    if job.next_run_time is not None and job.next_run_time - clock.now() > 2 * EVERY:
        job.modify(next_run_time=clock.now())


def summary(done: Ticked) -> str:
    """One German line about a tick."""
    mails = done.delivered
    said = (
        f"{done.planned} geplant, {mails.sent} versandt, {mails.failed} nicht versandt, "
        f"{mails.dropped} entfallen, {done.recovered} wieder aufgenommen"
    )
    said += f", {done.anchored} Prüfpunkte gesetzt" if done.anchored else ""
    return said + (", der Mailserver ist nicht zu erreichen" if mails.is_down else "")
