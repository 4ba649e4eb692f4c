"""How fast a long chain is recomputed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha256

import orjson
from sqlalchemy import Engine, insert, select, update

from jcflow import database
from jcflow.audit.canonical import canonical
from jcflow.audit.chain import AuditEvent, AuditHead
from jcflow.audit.verify import verify_chains
from tests.bench.ground import Figure, fresh_database, gather_statistics, open_years

EVENTS, ROUNDS, AT_ONCE = 200_000, 3, 5_000
EVENT, HEAD = AuditEvent.__table__, AuditHead.__table__


def figures(kind: str) -> Iterator[Figure]:
    """Events a second of a chain of 200,000, all of them read from the database; the best of three rounds."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            open_years(session, "Jobcenter Messung", 0)
        _lengthen(engine)
        gather_statistics(url)
        paces = []
        for _ in range(ROUNDS):
            with database.reading(engine) as session:
                began = time.perf_counter()
                verdict = verify_chains(session)
                paces.append(verdict.events / (time.perf_counter() - began))
            assert (verdict.events, verdict.findings) == (EVENTS, ())
        engine.dispose()
    yield Figure("audit_verify_per_s", round(max(paces)), "events/s")


def _lengthen(engine: Engine) -> None:
    """Go on with the chain as it is until it is long enough; its events all tell the same."""
    with engine.begin() as connection:
        head = connection.execute(select(HEAD)).one()
        last = connection.execute(select(EVENT).where(EVENT.c.seq == head.seq)).one()
        body, previous, rows = orjson.loads(last.body), head.hash, []
        for seq in range(head.seq + 1, EVENTS + 1):
            written = canonical({**body, "seq": seq, "prev": previous})
            previous = sha256(written).hexdigest()
            rows.append({**last._mapping, "seq": seq, "body": written.decode(), "hash": previous})
            if len(rows) == AT_ONCE or seq == EVENTS:
                connection.execute(insert(EVENT), rows)
                rows = []
        connection.execute(update(HEAD).values(seq=EVENTS, hash=previous))
