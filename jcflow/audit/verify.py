"""Proving the trail: every hash anew from the stored bytes, every live row and sealed content against the chain."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapper, Session

from jcflow.audit.anchors import Held, Outside, held
from jcflow.audit.canonical import commitment
from jcflow.audit.chain import GENESIS, AuditHead, links_after
from jcflow.audit.opened import BATCH, Known, Opened
from jcflow.audit.trail import Audited, Sealed, image_of
from jcflow.audit.verify_bundle import Anchors, anchored
from jcflow.database import EVERY_JOBCENTER, Base

FEW = 10
"""How many sealed contents are read at once; a file may have 10 MB."""
OUT_OF_PLACE = "Das Ereignis passt nicht an seine Stelle in der Kette."
NOTHING = Outside()


@dataclass(frozen=True)
class Finding:
    """The first thing wrong in a Jobcenter's trail."""

    jobcenter_id: UUID
    place: str
    """An event's number or a table and id."""
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What verification found."""

    events: int
    rows: int
    findings: tuple[Finding, ...]
    """At most one for each Jobcenter: its first bad place."""
    anchored: Mapping[UUID, str] = field(default_factory=dict)
    """How far each Jobcenter's chain is anchored, in German; "" where it has no event."""


def verify(session: Session, jobcenter_id: UUID | None = None, outside: Outside = NOTHING) -> Verdict:
    """Recompute every chain, compare each audited row with its last event, and each sealed content with its checksum.

    Args:
        jobcenter_id: Only this Jobcenter; without it all of them.
        outside: What is known from outside the database.
    """
    return _verified(session, jobcenter_id, outside, is_deep=True)


SELF_SIGNED = "; ihre Schlüssel kennt nur die Datenbank selbst, JCFLOW_SIGNING_KEY oder --checkpoints belegen sie"


def _jobcenters(session: Session, only: UUID | None) -> Sequence[UUID]:
    every = Base.metadata.tables["jobcenter"].c.id
    return [only] if only else session.execute(select(every).order_by(every)).scalars().all()


def verify_chains(session: Session, jobcenter_id: UUID | None = None, outside: Outside = NOTHING) -> Verdict:
    """Recompute the chains alone: each event's checksum from its stored bytes, its number, and what it follows.

    Many times as fast as `verify`, which also opens the events and compares the rows with them; reads the chain as
    a stream.

    Args:
        jobcenter_id: Only this Jobcenter; without it all of them.
        outside: What is known from outside the database.
    """
    return _verified(session, jobcenter_id, outside, is_deep=False)


def _verified(session: Session, only: UUID | None, outside: Outside, *, is_deep: bool) -> Verdict:
    events = rows = 0
    findings: list[Finding] = []
    anchored_to: dict[UUID, str] = {}
    for one in _jobcenters(session, only):
        holding = held(session, one, outside)
        opened = Opened(holding.anchors)
        first = _first(_problems(session, one, holding, opened, is_deep=is_deep))
        findings += [first] if first is not None else []
        size = session.scalar(select(AuditHead.seq).where(AuditHead.jobcenter_id == one)) or 0
        anchored_to[one] = anchored(holding.anchors.fits, size)
        if holding.anchors.fits and not holding.is_confirmed:
            anchored_to[one] += SELF_SIGNED
        events += size
        rows += len(opened.rows)
    return Verdict(events, rows, tuple(findings), anchored_to)


def _problems(
    session: Session, jobcenter_id: UUID, holding: Held, opened: Opened, *, is_deep: bool
) -> Generator[Finding]:
    anchors = holding.anchors
    if anchors.problem:
        yield _contradicted(jobcenter_id, anchors)
    if is_deep:
        yield from _chain_problems(session, jobcenter_id, opened)
        yield from _row_problems(session, jobcenter_id, opened.rows)
    else:
        yield from _broken_links(session, jobcenter_id, anchors)
    if holding.problem:
        place, _, reason = holding.problem.partition(": ")
        yield Finding(jobcenter_id, place, reason)


def _broken_links(session: Session, jobcenter_id: UUID, anchors: Anchors) -> Generator[Finding]:
    seq, previous, sizes = 0, GENESIS, anchors.by_size
    while links := links_after(session, jobcenter_id, seq):
        for number, body, checksum in links:
            seq += 1
            # A quotation mark within a value is written `\\"`, so this can only be the event's own `prev`.
            follows = f'"prev":"{previous}"' in body
            previous = sha256(body.encode()).hexdigest()
            if number != seq or previous != checksum or not follows:
                yield Finding(jobcenter_id, f"Ereignis {seq}", OUT_OF_PLACE)
            if seq in sizes and not anchors.see(seq, previous):
                yield _contradicted(jobcenter_id, anchors)
    if not anchors.end(seq):
        yield _contradicted(jobcenter_id, anchors)
    head = session.get(AuditHead, jobcenter_id, populate_existing=True)
    if head is None or (seq, previous) != (head.seq, head.hash):
        yield Finding(jobcenter_id, f"Ereignis {seq + 1}", "Die Kette endet nicht dort, wo ihr Kopf steht.")


def _contradicted(jobcenter_id: UUID, anchors: Anchors) -> Finding:
    place, _, reason = anchors.problem.partition(": ")
    return Finding(jobcenter_id, place, reason)


def _first(problems: Generator[Finding]) -> Finding | None:
    with closing(problems):
        return next(problems, None)


def _chain_problems(session: Session, jobcenter_id: UUID, opened: Opened) -> Generator[Finding]:
    head = session.get(AuditHead, jobcenter_id, populate_existing=True)
    if head is None:
        yield Finding(jobcenter_id, "Ereignis 1", "Der Kopf der Kette fehlt.")
        return
    opened.read(session, jobcenter_id)
    if opened.problem:
        yield Finding(jobcenter_id, f"Ereignis {opened.seq}", opened.problem)
    elif opened.anchors.problem or not opened.anchors.end(opened.seq):
        yield _contradicted(jobcenter_id, opened.anchors)
    elif (opened.seq, opened.previous) != (head.seq, head.hash):
        yield Finding(jobcenter_id, f"Ereignis {opened.seq + 1}", "Die Kette endet nicht dort, wo ihr Kopf steht.")


def _row_problems(session: Session, jobcenter_id: UUID, known: Mapping[tuple[str, str], Known]) -> Generator[Finding]:
    unseen, vouched = set(known), dict[str, str]()
    for mapper in _tables(Audited):
        try:
            for row in _rows_of(session, mapper, jobcenter_id, BATCH):
                key = (row.__tablename__, str(row.id))
                unseen.discard(key)
                said = known.get(key, Known())
                if row.audit_seq != said.seq or commitment(said.salt, "image", image_of(row)) != said.image:
                    yield Finding(jobcenter_id, f"{key[0]} {key[1]}", "Die Zeile passt nicht zum letzten Ereignis.")
                if row.VOUCHES_FOR and getattr(row, row.VOUCHES_FOR[0]):
                    name, checksum = (str(getattr(row, column)) for column in row.VOUCHES_FOR)
                    vouched[name] = checksum
        except (LookupError, TypeError, ValueError):
            place = f"{mapper.class_.__tablename__} {_unreadable(session, mapper, jobcenter_id)}"
            yield Finding(jobcenter_id, place, "Die Zeile lässt sich nicht lesen.")
    for table, row_id in sorted(unseen, key=str):
        yield Finding(jobcenter_id, f"{table} {row_id}", "Die Zeile zum Ereignis fehlt.")
    yield from _seal_problems(session, jobcenter_id, vouched)


def _tables(kind: type) -> list[Mapper[Any]]:
    found = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, kind))
    return sorted(found, key=lambda mapper: mapper.class_.__name__)


def _rows_of(session: Session, mapper: Mapper[Any], jobcenter_id: UUID, at_once: int) -> Generator[Any]:
    mine = mapper.columns["jobcenter_id"] == jobcenter_id
    question = select(mapper.class_).where(mine).order_by(*mapper.primary_key)
    with session.scalars(question, execution_options={**EVERY_JOBCENTER, "yield_per": at_once}) as rows:
        yield from rows


def _unreadable(session: Session, mapper: Mapper[Any], jobcenter_id: UUID) -> UUID:
    key = mapper.columns["id"]
    question = select(key).where(mapper.columns["jobcenter_id"] == jobcenter_id).order_by(key)
    ids = session.execute(question, execution_options=EVERY_JOBCENTER)
    for row_id in ids.scalars().all():
        try:
            one = select(mapper.class_).where(key == row_id)
            image_of(session.scalars(one, execution_options=EVERY_JOBCENTER).one())
        except (LookupError, TypeError, ValueError):
            break
    return UUID(str(row_id))


def _seal_problems(session: Session, jobcenter_id: UUID, vouched: dict[str, str]) -> Generator[Finding]:
    for mapper in _tables(Sealed):
        for row in _rows_of(session, mapper, jobcenter_id, FEW):
            seal = row.seal
            checksum = sha256(seal.content).hexdigest()
            if not checksum == seal.sha256 == vouched.pop(seal.key, checksum):
                place = f"{mapper.class_.__tablename__} {seal.key}"
                yield Finding(jobcenter_id, place, "Der Inhalt passt nicht zu seiner Prüfsumme.")
    for key in sorted(vouched):
        yield Finding(jobcenter_id, key, "Der Inhalt zur Prüfsumme fehlt.")
