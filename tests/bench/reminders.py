"""What it costs to find out who is to be reminded, to claim the mails and to send them; and to find nothing to do."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, create_engine, delete, make_url, select, update

from jcflow import database, worker
from jcflow.clock import local_day
from jcflow.config import Settings
from jcflow.database import EVERY_JOBCENTER, Base
from jcflow.mail.claims import claim
from jcflow.mail.message import Letterhead, message, sendable
from jcflow.mail.outbox import Mail, MailState
from jcflow.mail.smtp import Line, MailServer
from jcflow.reminders.planning import plan
from tests.bench.ground import Figure, copy_of, fresh_database, gather_statistics
from tests.bench.houses import AT, DAY, WEEK, open_tasks, settle
from tests.servers import free_port

OPEN, DUE = 25_000, 5_000
FEW, MANY = 1_000, 250_000
"""Open tasks of the two databases in which nothing is due."""
ROUNDS, IDLE_ROUNDS, WARM_UP = 5, 40, 5
AT_ONCE = 500
"""Mails sent in one round, each way."""
BASE_URL = "https://jcflow.example"


def figures(kind: str) -> Iterator[Figure]:
    """All figures of this module, on one database."""
    with fresh_database(kind) as url:
        settle(url)
        with copy_of(url) as larger:
            open_tasks(url, FEW)
            open_tasks(larger, MANY)
            yield from idle(url, larger)
    with fresh_database(kind) as url:
        settle(url)
        open_tasks(url, OPEN, due=DUE)
        worker.settle()
        yield from planning(url)
        yield from draining(url)


def idle(few: str, many: str) -> Iterator[Figure]:
    """What a tick takes that has nothing to do."""
    engines = [database.engine_for(url) for url in (few, many)]
    took: tuple[list[float], list[float]] = [], []
    for _ in range(WARM_UP + IDLE_ROUNDS):
        for engine, times in zip(engines, took, strict=True):
            began = time.perf_counter()
            done = worker.tick(engine, _settings(engine, "smtp://127.0.0.1:1"), AT, name="bench:1")
            times.append(time.perf_counter() - began)
            assert not done.planned
            assert not done.delivered.failed
    for engine in engines:
        engine.dispose()
    before, after = (median(times[WARM_UP:]) for times in took)
    yield Figure("idle_tick_ms", round(after * 1_000, 2), "ms")
    yield Figure("idle_tick_growth", round(after / before, 2), "ratio")


def _settings(engine: Engine, smtp_url: str) -> Settings:
    return Settings(engine.url.render_as_string(hide_password=False), "k" * 48, BASE_URL, 8000, smtp_url=smtp_url)


# ---- planning and claiming


def planning(url: str) -> Iterator[Figure]:
    """Planning all that is due and claiming it, over two statements that do no more than that; the first is warm-up."""
    ours, bare, engine = [], [], database.engine_for(url)
    for _ in range(1 + ROUNDS):
        ours.append(_plan_and_claim(engine))
        _undo(url)
        bare.append(_plan_and_claim_bare(url))
        _undo(url)
    engine.dispose()
    ratios = [one / other for one, other in zip(ours[1:], bare[1:], strict=True)]
    yield Figure("plan_claim_vs_sql", round(median(ratios), 2), "ratio")
    yield Figure("plan_claim_ms", round(median(ours[1:]) * 1_000), "ms")


def _undo(url: str) -> None:
    """Nobody has been told of anything today."""
    engine, today = database.engine_for(url), local_day(AT)
    mail, reminder, task = (Base.metadata.tables[name] for name in ("mail", "reminder", "task"))
    with engine.begin() as connection:
        connection.execute(delete(reminder).where(reminder.c.collected_on == today))
        connection.execute(delete(mail))
        connection.execute(update(task).where(task.c.due_on == today + WEEK).values(next_on=today))
    engine.dispose()
    gather_statistics(url)


def _plan_and_claim(engine: Engine) -> float:
    began = time.perf_counter()
    planned = _plan_all(engine)
    with database.writing(engine) as session:
        lease = claim(session, AT, limit=DUE)
    took = time.perf_counter() - began
    assert planned == len(lease.mails) == DUE, (planned, len(lease.mails))
    return took


def _plan_all(engine: Engine) -> int:
    """As the worker does: until there is nothing more."""
    planned, more = 0, 1
    while more:
        with database.writing(engine) as session:
            more = plan(session, AT)
        planned += more
    return planned


BARE_PLAN = """
    INSERT INTO mail (id, jobcenter_id, key, person_id, address, name, occasion, facts, urgent, created_at, not_before,
                      state, attempts, next_try_at, problem)
    SELECT {random}, task.jobcenter_id, 'reminder/{today}/' || person.id, person.id, person.email, person.name,
           'reminder', '{{}}', {false}, {at}, {at}, 'waiting', 0, {at}, ''
    FROM task
    JOIN membership ON membership.person_id = task.person_id AND membership.role = task.role
                   AND membership.valid_from <= '{today}' AND membership.valid_until IS NULL
    JOIN person ON person.id = task.person_id
    WHERE task.done_at IS NULL AND task.next_on <= '{today}' AND NOT task.paused
      AND NOT EXISTS (SELECT 1 FROM reminder WHERE reminder.task_id = task.id AND reminder.person_id = person.id
                                               AND reminder.stage = '-7d' AND reminder.due_version = task.due_version)
    ON CONFLICT DO NOTHING"""
BARE_CLAIM = """
    UPDATE mail SET state = 'sending', attempts = attempts + 1, first_try_at = {at}, lease_token = '{token}',
                    lease_until = {until}
    WHERE id IN (SELECT id FROM mail WHERE state = 'waiting' AND next_try_at <= {at}
                 ORDER BY next_try_at LIMIT {most} {lock})
    RETURNING id, jobcenter_id"""


def _bare(statement: str, kind: str) -> str:
    """The statement as this database knows it."""
    common = {"today": local_day(AT).isoformat(), "token": uuid4().hex, "most": DUE}
    if kind == "sqlite":
        words = {"random": "lower(hex(randomblob(16)))", "false": "0", "lock": "", "at": f"'{AT:%Y-%m-%d %H:%M:%S.%f}'"}
        return statement.format(**common, **words, until="strftime('%Y-%m-%d %H:%M:%f000', 'now', '+120 seconds')")
    words = {
        "random": "gen_random_uuid()",
        "false": "false",
        "lock": "FOR UPDATE SKIP LOCKED",
        "at": f"'{AT:%Y-%m-%d %H:%M:%S.%f+00}'",
    }
    return statement.format(**common, **words, until="clock_timestamp() + interval '120 seconds'")


def _plan_and_claim_bare(url: str) -> float:
    kind = make_url(url).get_backend_name()
    engine = database.engine_for(url) if kind == "sqlite" else create_engine(url)
    with engine.connect() as connection:
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        began = time.perf_counter()
        for statement in (BARE_PLAN, BARE_CLAIM):
            if kind == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(_bare(statement, kind))
            claimed = cursor.fetchall() if cursor.description is not None else []
            cursor.execute("COMMIT")
        took = time.perf_counter() - began
    engine.dispose()
    assert len(claimed) == DUE, len(claimed)
    return took


# ---- sending


def draining(url: str) -> Iterator[Figure]:
    """Mails a second of the worker, as a share of what the same loop sends that asks no database; the first is warm-up.

    Left out there are the words, which come from the database; what makes a mail of them is the loop's own.
    """
    engine, shares, paces = database.engine_for(url), list[float](), list[float]()
    assert _plan_all(engine) == DUE
    with _sink() as smtp_url:
        for _ in range(1 + ROUNDS):
            mails = _release(engine)
            ours = _drain(engine, smtp_url)
            bare = _send(smtp_url, _written(engine, mails))
            shares.append(bare / ours)
            paces.append(AT_ONCE / ours)
    engine.dispose()
    yield Figure("drain_vs_smtp", round(median(shares[1:]), 3), "share")
    yield Figure("drain_per_s", round(median(paces[1:])), "mails/s")


def _release(engine: Engine) -> Sequence[UUID]:
    """Let so many of the planned mails be due and all others wait until tomorrow; returns which."""
    mail = Base.metadata.tables["mail"]
    waiting = mail.c.state == MailState.WAITING
    with engine.begin() as connection:
        # In no order: ids are random, so that the mails are of many Jobcenters.
        due = connection.scalars(select(mail.c.id).where(waiting).order_by(mail.c.id).limit(AT_ONCE)).all()
        connection.execute(update(mail).where(waiting, mail.c.id.in_(due)).values(next_try_at=AT))
        connection.execute(update(mail).where(waiting, mail.c.id.not_in(due)).values(next_try_at=AT + DAY))
    return due


def _drain(engine: Engine, smtp_url: str) -> float:
    began = time.perf_counter()
    done = worker.tick(engine, _settings(engine, smtp_url), AT, name="bench:1")
    took = time.perf_counter() - began
    assert done.delivered.sent == AT_ONCE, done
    return took


def _written(engine: Engine, mails: Sequence[UUID]) -> Sequence[Mail]:
    """These mails with their words."""
    with database.reading(engine) as session:
        mine = select(Mail).where(Mail.id.in_(mails), Mail.state == MailState.SENT)
        found = session.scalars(mine, execution_options=EVERY_JOBCENTER).all()
        session.expunge_all()
        return found


def _send(smtp_url: str, mails: Sequence[Mail]) -> float:
    """The same mails over the same kind of line, and nothing else."""
    head, began = Letterhead(BASE_URL), time.perf_counter()
    with Line(MailServer.of(smtp_url), head.domain) as line:
        for mail in mails:
            content = message(mail, "Jobcenter", "p0@jc0.example", head)
            assert line.send(head.sender, sendable(mail.address), content) is None
    return time.perf_counter() - began


@contextmanager
def _sink() -> Iterator[str]:
    """A mail server in a process of its own that takes everything; yields its address."""
    port = free_port()
    words = ("-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}")
    server = subprocess.Popen([sys.executable, *words])
    try:
        _await(port)
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            smtplib.SMTP("127.0.0.1", port).quit()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the mail server does not answer")
