"""`export --all` and `audit export`: everything the database holds, as JSON lines that anybody can check or take along.

Every line is an object with `what`. `export --all` prints one `head`, then `procedure`, `row` and `content` lines;
`audit export` prints `event` and `chain` lines. Either ends with `{"what": "end", "lines": …}`, the number of lines
before it, so that output cut short is noticed. Passwords, second factors, personal links, calendar addresses and
failed sign-ins are left out, and of a mail that carries such a link all it says.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

import click
import orjson
from sqlalchemy import Engine, select
from sqlalchemy.orm import Mapper, Session

from jcflow import database
from jcflow.accounts.calendar_feeds import CalendarFeed
from jcflow.accounts.devices import KnownDevice
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.links import AccountLink
from jcflow.accounts.second_factor import RecoveryCode, SecondFactor
from jcflow.accounts.sign_in import Credential
from jcflow.accounts.tries import SignInTries
from jcflow.amendments import procedures as amendments
from jcflow.audit import triggers
from jcflow.audit.canonical import plain
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.cli.connections import ready, served_house
from jcflow.config import Settings
from jcflow.database import EVERY_JOBCENTER, Base
from jcflow.mail.outbox import PERSONAL, Mail
from jcflow.mail.ticking import WorkerTick
from jcflow.procedure import Act, Procedure, Step, TaskRule
from jcflow.programmes.presence import Presence
from jcflow.programmes.procedures import known
from jcflow.programmes.programme import all_programmes
from jcflow.programmes.versions import present_content
from jcflow.reminders.ledger import WeeklyRound

LEFT_OUT = (
    *(AuditEvent, AuditHead, AuditRevision),
    *(AccountLink, CalendarFeed, Credential, KnownDevice, RecoveryCode, SecondFactor, SignInTries),
    *(Presence, WeeklyRound, WorkerTick),
)
"""The trail has an export of its own; then secrets; then what passes in minutes and belongs to no Jobcenter."""
FEW = 10
"""How many rows are read at once; a file may have 10 MB."""
MANY = 2_000
"""How many events are read at once."""

Line = dict[str, Any]


def print_everything(name: str | None) -> None:
    """Print every row, for all Jobcenters or the one of this name or key, as one look at the database saw them."""
    with one_look() as (engine, session):
        _print(_everything(engine, session, _houses(session, name)))


def print_trail(name: str | None) -> None:
    """Print every event with its wording, for all Jobcenters or the one of this name or key."""
    with one_look() as (_engine, session):
        _print(line for house in _houses(session, name) for line in _trail(session, house))


@contextmanager
def one_look() -> Iterator[tuple[Engine, Session]]:
    """The database as it is at one moment, however long the block looks at it."""
    with ready(Settings.from_environ()) as engine:
        on_sqlite = engine.dialect.name == "sqlite"
        steady = engine if on_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        with database.reading(steady) as session:
            yield engine, session


def _houses(session: Session, name: str | None) -> Sequence[Jobcenter]:
    if name is not None:
        return [served_house(session, name)]
    return session.scalars(select(Jobcenter).order_by(Jobcenter.key)).all()


def _print(lines: Iterator[Line]) -> None:
    number = 0
    for line in lines:
        click.echo(orjson.dumps(line) + b"\n", nl=False)
        number += 1
    click.echo(orjson.dumps({"what": "end", "lines": number}) + b"\n", nl=False)


def _everything(engine: Engine, session: Session, houses: Sequence[Jobcenter]) -> Iterator[Line]:
    yield _head(engine, session)
    for procedure in (*known().values(), *amendments.known().values()):
        yield _procedure(procedure)
    for house in houses:
        yield _row(house)
        for mapper in _tenant_tables():
            for row in _rows(session, mapper, house.id):
                yield _row(row)
        database.serve(session, house.id)
        for programme in all_programmes(session):
            _document, content = present_content(session, programme)
            yield {"what": "content", "programme_id": str(programme.id), "content": content.decode()}


def _head(engine: Engine, session: Session) -> Line:
    schema, newest = database.revisions(session.connection())
    missing = triggers.missing(session.connection())
    known_facts = {"schema": schema, "newest_schema": newest, "missing_triggers": missing}
    return {"what": "head", "format": 1, "database": engine.dialect.name, **known_facts}


def _procedure(procedure: Procedure) -> Line:
    """A procedure as far as it says who may do what when; the first state is the one a programme begins in."""
    states = {s.key: {"label": s.label, "edit": sorted(s.edit), "final": s.final} for s in procedure.states.values()}
    return {
        "what": "procedure",
        "key": procedure.key,
        "version": procedure.version,
        "form": procedure.form,
        "label": procedure.label,
        "states": states,
        "steps": [_step(step) for step in procedure.steps],
        "acts": [_act(act) for act in procedure.acts],
        "tasks": [_task(rule) for rule in procedure.tasks],
    }


def _step(step: Step) -> Line:
    return {
        "trigger": step.trigger,
        "label": step.label,
        "from": step.sources,
        "to": step.target,
        "targets": dict(step.targets),
        "by": step.by,
        "freeze": step.freeze,
        "reason": step.needs_reason,
        "guards": step.guards,
        "effects": step.effects,
    }


def _act(act: Act) -> Line:
    return {"act": act.name, "label": act.label, "in": act.states, "by": act.by}


def _task(rule: TaskRule) -> Line:
    asked = {"act": rule.act, "step": rule.step, "after": rule.after, "due": asdict(rule.due), "rolls": rule.rolls}
    return {"in": rule.state, "for": rule.role, "each": rule.each, **asked}


def _tenant_tables() -> list[Mapper[Any]]:
    left_out = (Jobcenter, *LEFT_OUT)
    found = [mapper for mapper in Base.registry.mappers if mapper.class_ not in left_out]
    return sorted(found, key=lambda mapper: str(mapper.class_.__tablename__))


def _rows(session: Session, mapper: Mapper[Any], jobcenter_id: UUID) -> Iterator[Base]:
    mine = mapper.columns["jobcenter_id"] == jobcenter_id
    question = select(mapper.class_).where(mine).order_by(*mapper.primary_key)
    with session.scalars(question, execution_options={**EVERY_JOBCENTER, "yield_per": FEW}) as rows:
        yield from rows


def _row(row: Base) -> Line:
    values = {column.key: _value(getattr(row, column.key)) for column in row.__mapper__.column_attrs}
    if isinstance(row, Mail) and row.occasion in PERSONAL:
        values |= {"facts": {}, "text": None, "html": None}
    return {"what": "row", "table": row.__tablename__, "values": values}


def _value(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else plain(value)


def _trail(session: Session, house: Jobcenter) -> Iterator[Line]:
    mine = (AuditRevision.jobcenter_id == AuditEvent.jobcenter_id) & (AuditRevision.seq == AuditEvent.seq)
    question = (
        select(AuditEvent, AuditRevision)
        .outerjoin(AuditRevision, mine)
        .where(AuditEvent.jobcenter_id == house.id)
        .order_by(AuditEvent.seq)
    )
    with session.execute(question, execution_options={"yield_per": MANY}) as found:
        for event, revision in found:
            yield _event(event, revision)
    head = session.get(AuditHead, house.id)
    if head is not None:
        yield {"what": "chain", "jobcenter_id": str(house.id), "seq": head.seq, "hash": head.hash}


def _event(event: AuditEvent, revision: AuditRevision | None) -> Line:
    """An event with its columns, its body as the very text that is hashed, and its wording; the salt is hexadecimal."""
    columns = {column.key: plain(getattr(event, column.key)) for column in event.__mapper__.column_attrs}
    wording = {"salt": revision.salt.hex(), "texts": revision.texts} if revision else {"salt": None, "texts": None}
    return {"what": "event", **columns, **wording}
