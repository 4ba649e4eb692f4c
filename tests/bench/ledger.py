"""What a step sends, written down and sent again through the driver alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, event, make_url

from jcflow import clock, database
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import by_name
from jcflow.accounts.people import roles_of
from jcflow.clock import local_day
from jcflow.process.effects import Facts
from jcflow.process.steps import take_step
from jcflow.programmes.programme import by_slug


@dataclass
class Sent:
    """One statement as it went to the driver."""

    statement: str
    parameters: Any
    many: bool


@dataclass
class Ledger:
    """The statements of each transaction, in their order."""

    transactions: list[list[Sent]] = field(default_factory=list)

    def watch(self, engine: Engine) -> None:
        """Write down what the engine sends from now on, with each BEGIN a new list; PRAGMA and SET are left out."""

        @event.listens_for(engine, "begin")
        def begin(_connection: object) -> None:
            self.transactions.append([])

        @event.listens_for(engine, "before_cursor_execute")
        def note(_conn: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "SET ")):
                self.transactions[-1].append(Sent(statement, parameters, many))


def step(engine: Engine, name: str, slug: str, trigger: str, person_id: UUID, facts: Facts | None = None) -> None:
    """What one request does, without HTTP: rights of the day, the programme locked, the step, one commit."""
    at = clock.now()
    with database.writing(engine) as session:
        house = by_name(session, name)
        database.serve(session, house.id)
        actor = Actor(person_id, roles_of(session, person_id, local_day(at)))
        take_step(session, by_slug(session, slug, lock=True), trigger, actor=actor, at=at, facts=facts)


def started(url: str, name: str, slugs: Sequence[str], director: UUID) -> tuple[Ledger, list[float]]:
    """Start every programme; what was sent, and how long each took in seconds."""
    engine, ledger, took = database.engine_for(url), Ledger(), list[float]()
    ledger.watch(engine)
    for slug in slugs:
        began = time.perf_counter()
        step(engine, name, slug, "start", director)
        took.append(time.perf_counter() - began)
    engine.dispose()
    return ledger, took


def replayed(url: str, ledger: Ledger) -> list[float]:
    """Send the same transactions through the driver alone; how long each took in seconds."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = database.engine_for(url) if sqlite else create_engine(url)
    took = list[float]()
    with engine.connect() as connection:
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        for sent in ledger.transactions:
            began = time.perf_counter()
            _send(driver, sent, sqlite=sqlite)
            took.append(time.perf_counter() - began)
    engine.dispose()
    return took


def _send(driver: Any, sent: Sequence[Sent], *, sqlite: bool) -> None:
    cursor = driver.cursor()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    for one in sent:
        (cursor.executemany if one.many else cursor.execute)(one.statement, one.parameters)
        if cursor.description is not None:
            cursor.fetchall()
    if sqlite:
        cursor.execute("COMMIT")
    else:
        driver.commit()
