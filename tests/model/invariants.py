"""The database against the model, after each step: invariants 1-4, 7, 10-12, 16, 17 and 22 of reliability.md §4."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import database, tasks
from jcflow.audit.canonical import plain
from jcflow.audit.verify import verify
from jcflow.database import EVERY_JOBCENTER, Base
from jcflow.programmes.programme import by_slug
from jcflow.programmes.versions import present_content
from tests.model.compare import compare
from tests.model.content import read_frozen
from tests.model.house import House, Programme
from tests.model.tasks import Open, open_tasks
from tests.model.trail import Trail

TABLES = Base.metadata.tables
EVENT, REVISION, HEAD = (TABLES[f"audit_{name}"] for name in ("event", "revision", "head"))
VERSION = TABLES["programme_version"]
MEASURED_BY = {"programme", "step_taken", "block", "budget_line", "topic"}
"""Tables whose changes call for comparing a locked programme with its version anew."""


def check(session: Session, house: House, trail: Trail, day: date) -> None:
    """Judge a house: what is new in its trail, the rows that this touched, its versions, and its open tasks.

    Raises:
        AssertionError: The database is not what the model says it must be.
    """
    database.serve(session, house.id)
    _check_versions(session, house, trail)
    touched = _read_on(session, house, trail)
    _check_rows(session, house, trail, touched)
    if any(table in MEASURED_BY for table, _ in touched):
        _check_locked_content(session, house)
    _check_tasks(session, house, day)
    if touched:
        compare(house, trail)


def check_untouched(session: Session, house: House, trail: Trail) -> None:
    """Judge a house in which nothing was done."""
    database.serve(session, house.id)
    assert not _read_on(session, house, trail), "22: somebody has written in another house"


def _check_versions(session: Session, house: House, trail: Trail) -> None:
    known = {str(p.id): p for p in house.programmes}
    question = select(VERSION.c.id, VERSION.c.programme_id, VERSION.c.number).where(VERSION.c.jobcenter_id == house.id)
    found: dict[str, int] = dict.fromkeys(known, 0)
    for version_id, programme_id, number in session.execute(
        question.order_by(VERSION.c.number), execution_options=EVERY_JOBCENTER
    ):
        found[str(programme_id)] += 1
        assert number == found[str(programme_id)], "the versions have a gap"
        if str(version_id) not in trail.ids:
            _check_version(session, version_id, known[str(programme_id)])
            trail.ids.add(str(version_id))
    assert found == {key: len(p.frozen) for key, p in known.items()}, "another number of versions"


def _check_version(session: Session, version_id: UUID, programme: Programme) -> None:
    question = select(VERSION).where(VERSION.c.id == version_id)
    version = session.execute(question, execution_options=EVERY_JOBCENTER).one()
    assert hashlib.sha256(version.content.encode()).hexdigest() == version.sha256, "10: not the bytes' checksum"
    frozen = read_frozen(json.loads(version.content)["document"])
    assert frozen == programme.frozen[version.number - 1], "7: the version does not hold what was written"


def _read_on(session: Session, house: House, trail: Trail) -> list[tuple[str, str]]:
    head = session.execute(select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.jobcenter_id == house.id)).one()
    if head.seq == trail.seq:
        assert head.hash == trail.head, "16: the head was rewritten"
        return []
    same = (REVISION.c.jobcenter_id == EVENT.c.jobcenter_id) & (REVISION.c.seq == EVENT.c.seq)
    question = (
        select(EVENT.c.body, EVENT.c.hash, REVISION.c.salt, REVISION.c.texts)
        .join(REVISION, same)
        .where(EVENT.c.jobcenter_id == house.id, EVENT.c.seq > trail.seq)
        .order_by(EVENT.c.seq)
    )
    touched = [trail.feed(e.body, e.hash, e.salt, json.loads(e.texts)) for e in session.execute(question)]
    assert (head.seq, head.hash) == (trail.seq, trail.head), "16: the head is not the end of the chain"
    return list(dict.fromkeys(touched))


def _check_rows(session: Session, house: House, trail: Trail, touched: Iterable[tuple[str, str]]) -> None:
    ids: dict[str, list[UUID]] = {}
    for table, row_id in touched:
        ids.setdefault(table, []).append(UUID(row_id))
    for table, wanted in ids.items():
        question = select(TABLES[table]).where(TABLES[table].c.id.in_(wanted))
        rows = session.execute(question, execution_options=EVERY_JOBCENTER).mappings().all()
        assert len(rows) == len(wanted), f"17: an event about {table} has no row"
        for row in rows:
            values = {n: plain(v) for n, v in row.items() if n != "audit_seq" and v is not None}
            row_id = str(row["id"])
            assert row["audit_seq"] == trail.last[row_id], f"17: {table} does not point to its last event"
            assert row["jobcenter_id"] == house.id, f"22: {table} left its house"
            assert values == trail.rows(table)[row_id], f"17: {table} is not what its last event says"


def _check_locked_content(session: Session, house: House) -> None:
    for programme in house.programmes:
        if programme.is_locked:
            row = by_slug(session, programme.slug)
            present = present_content(session, row)[1]
            question = (
                select(VERSION.c.content).where(VERSION.c.programme_id == row.id).order_by(VERSION.c.number.desc())
            )
            newest = session.execute(question.limit(1), execution_options=EVERY_JOBCENTER).scalar_one()
            assert present == newest.encode(), "7: the locked content is not its version, byte for byte"


def _check_tasks(session: Session, house: House, day: date) -> None:
    slugs = {p.id: p.slug for p in house.programmes}
    accounts = {person_id: account for account, person_id in house.people.items()}
    found = [
        Open(
            slugs[task.programme_id],
            task.state,
            task.role.value,
            accounts[task.person_id] if task.person_id else None,
            str(task.act or task.step),
            task.due_on,
        )
        for task in tasks.all_open(session, day)
    ]
    assert sorted(found, key=str) == open_tasks(house, day), "other tasks are open"


def verify_deeply(engine: Engine, houses: Iterable[House]) -> None:
    """The product's own proof of both trails, at the end of an example."""
    with database.reading(engine) as session:
        for house in houses:
            verdict = verify(session, house.id)
            assert not verdict.findings, str(verdict.findings)
