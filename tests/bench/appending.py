"""Eight writers at the end of one Jobcenter's chain: whole events, over bare inserts that take the same lock."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, insert, make_url, select, update
from sqlalchemy.sql.dml import UpdateBase

from jcflow import database
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.audit.trail import Deed, record
from jcflow.audit.verify import verify_chains
from jcflow.programmes.budget_lines import BudgetLine
from tests.bench.ground import Figure, copy_of, fresh_database, open_years

WRITERS, SECONDS, ROUNDS = 8, 4.0, 3
EVENT, REVISION, HEAD = AuditEvent.__table__, AuditRevision.__table__, AuditHead.__table__
NAME = "Jobcenter Messung"
Append = Callable[[int], None]
"""Appends one event; given which one of the writer's it is."""


def figures(kind: str) -> Iterator[Figure]:
    """Events a second of eight processes, ours and bare by turns on two copies of one database; the middle of three."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            house_id = open_years(session, NAME, 0).jobcenter.id
        engine.dispose()
        with copy_of(url) as second:
            paces = [(_pace(url, house_id, bare=False), _pace(second, house_id, bare=True)) for _ in range(ROUNDS)]
        engine = database.engine_for(url)
        with database.reading(engine) as session:
            assert verify_chains(session).findings == ()
        engine.dispose()
    yield Figure("append_vs_insert", round(median(ours / bare for ours, bare in paces), 2), "times")
    yield Figure("append_per_s", round(median(ours for ours, _ in paces)), "events/s")


def _pace(url: str, house_id: UUID, *, bare: bool) -> float:
    """Events a second that all writers together have stored."""
    processes = multiprocessing.get_context("spawn")
    ready, counts = processes.Barrier(WRITERS), processes.Queue()
    writers = [
        processes.Process(target=_write, args=(url, house_id, number, bare, ready, counts)) for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    stored = sum(counts.get() for _ in writers)
    for writer in writers:
        writer.join()
    return stored / SECONDS


def _write(url: str, house_id: UUID, number: int, bare: bool, ready: Any, counts: Any) -> None:
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = database.engine_for(url) if is_sqlite or not bare else create_engine(url)
    append = _bare(engine, house_id) if bare else _ours(engine, house_id, number)
    append(0)
    ready.wait()
    ends, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        count += 1
        append(count)
    counts.put(count)
    engine.dispose()


def _ours(engine: Engine, house_id: UUID, number: int) -> Append:
    """A budget line gets another amount, with its event, as whoever saves a form does it."""
    with database.reading(engine) as session:
        database.serve(session, house_id)
        lines = session.scalars(select(BudgetLine.id).order_by(BudgetLine.id)).all()
    line_id = lines[number % len(lines)]

    def append(count: int) -> None:
        with database.writing(engine) as session:
            database.serve(session, house_id)
            line = session.get_one(BudgetLine, line_id, with_for_update=True)
            deed = Deed(None, "command_line", datetime.now(UTC), "Die Zuteilung hat sich geändert.")
            record(session, line, deed, amount=(count + 1) * 10 + number)

    return append


def _bare(engine: Engine, house_id: UUID) -> Append:
    """The lock on the chain's end, an event and its wording as the last one has them, the new end; no ORM, no hash."""
    with engine.connect() as connection:
        seq = connection.execute(select(HEAD.c.seq).where(HEAD.c.jobcenter_id == house_id)).scalar_one()
        event = connection.execute(select(EVENT).where(EVENT.c.jobcenter_id == house_id, EVENT.c.seq == seq)).one()
        mine = (REVISION.c.jobcenter_id == house_id) & (REVISION.c.seq == seq)
        revision = connection.execute(select(REVISION).where(mine)).one()
    own = HEAD.c.jobcenter_id == house_id
    end = _compiled(engine, select(HEAD.c.seq).where(own).with_for_update())
    move, rows = _compiled(engine, update(HEAD).where(own).values(seq=0)), [(EVENT, event), (REVISION, revision)]
    inserts = [_compiled(engine, insert(table).values(**row._mapping)) for table, row in rows]
    is_sqlite = engine.dialect.name == "sqlite"
    driver: Any = engine.raw_connection().driver_connection
    cursor = driver.cursor()

    def append(_count: int) -> None:
        cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        cursor.execute(*end(0))
        (last,) = cursor.fetchone()
        for statement in (*inserts, move):
            cursor.execute(*statement(last + 1))
        cursor.execute("COMMIT")

    return append


def _compiled(engine: Engine, statement: UpdateBase | Any) -> Callable[[int], tuple[str, Any]]:
    """The statement as the driver takes it, for a number that stands where it says `seq`."""
    made = statement.compile(engine)
    processors = made._bind_processors
    values = {name: processors[name](v) if name in processors else v for name, v in made.params.items()}

    def send(seq: int) -> tuple[str, Any]:
        given = values | {"seq": seq} if "seq" in values else values
        return str(made), [given[name] for name in made.positiontup] if made.positional else given

    return send
