"""The database against the model, after each step: invariants 1-4, 7, 10-12, 16, 17 and 22 of reliability.md §4."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.orm import Session

from jcflow import database, tasks
from jcflow.audit.canonical import plain
from jcflow.audit.verify import verify
from jcflow.database import Base
from jcflow.programmes.exchange.writing import canonical
from jcflow.programmes.programme import by_slug
from jcflow.programmes.versions import present_content
from tests.model.compare import compare
from tests.model.content import read_frozen
from tests.model.house import House, Programme
from tests.model.tasks import Open, open_tasks
from tests.model.trail import Trail

TABLES = Base.metadata.tables
EVENT, REVISION, HEAD = (TABLES[f"audit_{name}"] for name in ("event", "revision", "head"))
VERSION, TASK = TABLES["programme_version"], TABLES["task"]
CONTENT = {"step_taken", "block", "budget_line", "topic"}
"""Tables whose changes call for comparing a locked programme with its version anew."""

HEADS = select(HEAD.c.jobcenter_id, HEAD.c.seq, HEAD.c.hash)
EVENTS_SINCE = (
    select(EVENT.c.body, EVENT.c.hash, REVISION.c.salt, REVISION.c.texts)
    .join(REVISION, (REVISION.c.jobcenter_id == EVENT.c.jobcenter_id) & (REVISION.c.seq == EVENT.c.seq))
    .where(EVENT.c.jobcenter_id == bindparam("house"), EVENT.c.seq > bindparam("seq"))
    .order_by(EVENT.c.seq)
)
VERSIONS = (
    select(VERSION.c.id, VERSION.c.programme_id, VERSION.c.number)
    .where(VERSION.c.jobcenter_id == bindparam("house"))
    .order_by(VERSION.c.number)
)
VERSION_OF = select(VERSION).where(VERSION.c.id == bindparam("version"))
NEWEST_OF = (
    select(VERSION.c.content)
    .where(VERSION.c.programme_id == bindparam("programme"))
    .order_by(VERSION.c.number.desc())
    .limit(1)
)
OPEN_TASKS = select(TASK).where(TASK.c.jobcenter_id == bindparam("house"), TASK.c.done_at.is_(None))
ROWS = {
    name: select(t).where(t.c.id.in_(bindparam("ids", expanding=True))) for name, t in TABLES.items() if "id" in t.c
}


Head = tuple[int, str]


def heads(connection: Connection) -> dict[UUID, Head]:
    """Where each house's trail ends, by its id."""
    return {house_id: (seq, value) for house_id, seq, value in connection.execute(HEADS)}


def check(connection: Connection, house: House, trail: Trail, head: Head, day: date) -> None:
    """Judge a house: what is new in its trail, the rows and versions this brought, and its open tasks.

    Raises:
        AssertionError: The database is not what the model says it must be.
    """
    if head != (trail.seq, trail.head):
        check_versions(connection, house, trail)
        touched = _read_on(connection, house, trail)
        assert head == (trail.seq, trail.head), "16: the head is not the end of the chain"
        _check_rows(connection, house, trail, touched)
        moved = {trail.rows(table)[row_id]["programme_id"] for table, row_id in touched if table in CONTENT}
        check_locked_content(connection, house, [p for p in house.programmes if str(p.id) in moved])
        compare(house, trail)
    _check_tasks(connection, house, trail, day)


def check_versions(connection: Connection, house: House, trail: Trail) -> None:
    """Judge the frozen versions: their numbers, and of new ones checksum and content."""
    known = {p.id: p for p in house.programmes}
    found = dict.fromkeys(known, 0)
    for version_id, programme_id, number in connection.execute(VERSIONS, {"house": house.id}):
        found[programme_id] += 1
        assert number == found[programme_id], "the versions have a gap"
        if str(version_id) not in trail.ids:
            _check_version(connection, version_id, known[programme_id])
            trail.ids.add(str(version_id))
    assert found == {key: len(p.frozen) for key, p in known.items()}, "another number of versions"


def _check_version(connection: Connection, version_id: UUID, programme: Programme) -> None:
    version = connection.execute(VERSION_OF, {"version": version_id}).one()
    assert hashlib.sha256(version.content.encode()).hexdigest() == version.sha256, "10: not the bytes' checksum"
    frozen = read_frozen(json.loads(version.content)["document"])
    assert frozen == programme.frozen[version.number - 1], "7: the version does not hold what was written"


def _read_on(connection: Connection, house: House, trail: Trail) -> list[tuple[str, str]]:
    """Feed the trail with what is new; table and id of each row it is about."""
    events = connection.execute(EVENTS_SINCE, {"house": house.id, "seq": trail.seq}).all()
    return list(dict.fromkeys(trail.feed(e.body, e.hash, e.salt, json.loads(e.texts)) for e in events))


def _check_rows(connection: Connection, house: House, trail: Trail, touched: Iterable[tuple[str, str]]) -> None:
    ids: dict[str, list[UUID]] = {}
    for table, row_id in touched:
        ids.setdefault(table, []).append(UUID(row_id))
    for table, wanted in ids.items():
        rows = connection.execute(ROWS[table], {"ids": wanted}).mappings().all()
        assert len(rows) == len(wanted), f"17: an event about {table} has no row"
        for row in rows:
            values = {n: plain(v) for n, v in row.items() if n != "audit_seq" and v is not None}
            row_id = str(row["id"])
            assert row["audit_seq"] == trail.last[row_id], f"17: {table} does not point to its last event"
            assert row["jobcenter_id"] == house.id, f"22: {table} left its house"
            assert values == trail.rows(table)[row_id], f"17: {table} is not what its last event says"


def check_locked_content(connection: Connection, house: House, programmes: Iterable[Programme]) -> None:
    """Judge that programmes which nobody may edit are what was frozen of them last."""
    with Session(connection) as session:
        database.serve(session, house.id)
        for programme in (p for p in programmes if p.is_locked):
            present = present_content(session, by_slug(session, programme.slug))[1]
            if programme.state == "internal_check":
                present = _without_acceptances(present)
            newest = connection.execute(NEWEST_OF, {"programme": programme.id}).scalar_one()
            kept = _without_acceptances(newest.encode()) if programme.state == "internal_check" else newest.encode()
            assert present == kept, "7: the locked content is not its version, byte for byte"


def _without_acceptances(content: bytes) -> bytes:
    """A version's content but for what the internal check accepts; the step out of it freezes that."""
    return canonical({name: value for name, value in json.loads(content).items() if name != "accepted"})


def _check_tasks(connection: Connection, house: House, trail: Trail, day: date) -> None:
    """The rows whose holder holds the role on that day, as the trail knows the memberships."""
    slugs = {p.id: p.slug for p in house.programmes}
    accounts = {person_id: account for account, person_id in house.people.items()}
    found = []
    for task in connection.execute(OPEN_TASKS, {"house": house.id}):
        if task.person_id is None or task.role in trail.roles(str(task.person_id), day):
            account, what = accounts.get(task.person_id), str(task.act or task.step)
            found.append(Open(slugs[task.programme_id], task.state, task.role, account, what, task.due_on))
    assert sorted(found, key=str) == open_tasks(house, day), "other tasks are open"


def check_finally(engine: Engine, houses: Iterable[House], day: date) -> None:
    """The product's own proof of both trails, and its own list of what is open, at the end of an example."""
    with database.reading(engine) as session:
        for house in houses:
            database.serve(session, house.id)
            verdict = verify(session, house.id)
            assert not verdict.findings, str(verdict.findings)
            listed = sorted((t.programme_id, str(t.act or t.step), t.due_on) for t in tasks.all_open(session, day))
            ids = {p.slug: p.id for p in house.programmes}
            assert listed == sorted((ids[o.slug], o.what, o.due_on) for o in open_tasks(house, day)), "other tasks"
