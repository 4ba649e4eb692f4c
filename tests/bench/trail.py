"""How fast a long chain is recomputed, how much memory that takes, and what opening it adds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from statistics import median

import orjson
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.audit.canonical import canonical
from jcflow.audit.chain import AuditEvent, AuditHead
from jcflow.audit.trail import Deed, record_all, together
from jcflow.audit.verify import Verdict, verify, verify_chains
from jcflow.programmes.budget_lines import BudgetLine
from tests.bench.ground import Figure, fresh_database, gather_statistics, open_years

EVENTS, MILLION, ROUNDS, AT_ONCE = 200_000, 1_000_000, 3, 5_000
OPENED = 30_000
EVENT, HEAD = AuditEvent.__table__, AuditHead.__table__
NAME = "Jobcenter Messung"


def figures(kind: str) -> Iterator[Figure]:
    """Events a second of long chains, all of them read from the database; the best of three rounds."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            open_years(session, NAME, 0)
        for name, number in (("audit_verify_per_s", EVENTS), ("audit_verify_million_per_s", MILLION)):
            _lengthen(engine, number)
            gather_statistics(url)
            before = _memory()
            best = min(_timed(engine, verify_chains, number) for _ in range(ROUNDS))
            yield Figure(name, round(number / best), "events/s")
        yield Figure("audit_verify_million_memory", round(_memory() - before, 1), "MB more")
        engine.dispose()
    yield Figure("audit_deep_vs_plain", _deep_vs_plain(kind), "times")


def _memory() -> float:
    """The most this process has ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(engine: Engine, check: Callable[[Session], Verdict], number: int) -> float:
    with database.reading(engine) as session:
        began = time.perf_counter()
        verdict = check(session)
        took = time.perf_counter() - began
    assert verdict.findings == ()
    assert verdict.events >= number
    return took


def _deep_vs_plain(kind: str) -> float:
    """How many times as long the whole proof takes as that of the chain, over changes as budgets see them."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            house_id = open_years(session, NAME, 0).jobcenter.id
        with database.writing(engine) as session:
            database.serve(session, house_id)
            lines = session.scalars(select(BudgetLine)).all()
            deed = Deed(None, "command_line", datetime.now(UTC), "Die Zuteilung hat sich geändert.")
            with together(session):
                for amount in range(OPENED // len(lines)):
                    record_all(session, deed, [(line, {"amount": amount + 1}) for line in lines])
        gather_statistics(url)
        plain, deep = ([_timed(engine, check, OPENED) for _ in range(ROUNDS)] for check in (verify_chains, verify))
        engine.dispose()
    return round(median(deep) / median(plain), 2)


def _lengthen(engine: Engine, number: int) -> None:
    """Go on with the chain as it is until it is long enough; its events all tell the same."""
    with engine.begin() as connection:
        head = connection.execute(select(HEAD)).one()
        last = connection.execute(select(EVENT).where(EVENT.c.seq == head.seq)).one()
        body, previous, rows = orjson.loads(last.body), head.hash, []
        for seq in range(head.seq + 1, number + 1):
            written = canonical({**body, "seq": seq, "prev": previous})
            previous = sha256(written).hexdigest()
            rows.append({**last._mapping, "seq": seq, "body": written.decode(), "hash": previous})
            if len(rows) == AT_ONCE or seq == number:
                connection.execute(insert(EVENT), rows)
                rows = []
        connection.execute(update(HEAD).values(seq=number, hash=previous))
