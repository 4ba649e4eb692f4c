"""Proving the trail: every hash anew from the stored bytes, every live row against its last event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.audit.canonical import canonical, commitment, plain
from jcflow.audit.trail import GENESIS, IN_BODY, Audited, AuditEvent, AuditHead, AuditRevision, image_of
from jcflow.database import EVERY_JOBCENTER, Base

BATCH = 2_000


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


def verify(session: Session, jobcenter_id: UUID | None = None) -> Verdict:
    """Recompute every chain and compare each audited row with its last event.

    Args:
        jobcenter_id: Only this Jobcenter; without it all of them.
    """
    question = select(AuditHead).order_by(AuditHead.jobcenter_id)
    heads = session.scalars(
        question if jobcenter_id is None else question.where(AuditHead.jobcenter_id == jobcenter_id)
    )
    events = rows = 0
    findings: list[Finding] = []
    for head in heads.all():
        images: dict[tuple[str, UUID], tuple[int, bytes, str]] = {}
        problems = _chain_problems(session, head, images)
        first = next(problems, None)
        if first is None:
            first = next(_row_problems(session, head.jobcenter_id, images), None)
        if first is not None:
            findings.append(first)
        events += head.seq
        rows += len(images)
    return Verdict(events=events, rows=rows, findings=tuple(findings))


def _chain_problems(
    session: Session, head: AuditHead, images: dict[tuple[str, UUID], tuple[int, bytes, str]]
) -> Iterator[Finding]:
    seq, previous = 0, GENESIS
    question = (
        select(AuditEvent, AuditRevision)
        .outerjoin(
            AuditRevision,
            (AuditRevision.jobcenter_id == AuditEvent.jobcenter_id) & (AuditRevision.seq == AuditEvent.seq),
        )
        .where(AuditEvent.jobcenter_id == head.jobcenter_id)
        .order_by(AuditEvent.seq)
        .execution_options(yield_per=BATCH)
    )
    for event, revision in session.execute(question):
        seq += 1
        reason = _event_problem(event, revision, seq, previous)
        if reason:
            yield Finding(head.jobcenter_id, f"Ereignis {event.seq}", reason)
        previous = event.hash
        images[event.object_type, event.object_id] = (event.seq, revision.salt, orjson.loads(event.body)["image"])
    if (seq, previous) != (head.seq, head.hash):
        yield Finding(head.jobcenter_id, f"Ereignis {seq + 1}", "Die Kette endet nicht dort, wo ihr Kopf steht.")


def _event_problem(event: AuditEvent, revision: AuditRevision | None, seq: int, previous: str) -> str | None:
    stored = event.body.encode()
    if event.seq != seq:
        return f"Das Ereignis {seq} fehlt."
    if hashlib.sha256(stored).hexdigest() != event.hash:
        return "Die Prüfsumme passt nicht zum Inhalt."
    body = orjson.loads(stored)
    if canonical(body) != stored:
        return "Der Inhalt ist nicht in der festgelegten Form gespeichert."
    if body["prev"] != previous:
        return "Das Ereignis schließt nicht an das vorige an."
    if any(body[name] != plain(getattr(event, column)) for name, column in IN_BODY.items()):
        return "Die Spalten des Ereignisses passen nicht zu seinem Inhalt."
    if revision is None:
        return "Der Wortlaut zum Ereignis fehlt."
    texts = orjson.loads(revision.texts)
    if {name: commitment(revision.salt, name, value) for name, value in texts.items()} != body["commitments"]:
        return "Der Wortlaut passt nicht zur Prüfsumme im Ereignis."
    return None


def _row_problems(
    session: Session, jobcenter_id: UUID, images: dict[tuple[str, UUID], tuple[int, bytes, str]]
) -> Iterator[Finding]:
    unseen = set(images)
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        if not issubclass(mapper.class_, Audited):
            continue
        question = select(mapper.class_).where(mapper.class_.jobcenter_id == jobcenter_id).order_by(mapper.class_.id)
        for row in session.scalars(question, execution_options={**EVERY_JOBCENTER, "yield_per": BATCH}):
            key = (row.__tablename__, row.id)
            unseen.discard(key)
            seq, salt, image = images.get(key, (0, b"", ""))
            if row.audit_seq != seq or commitment(salt, "image", plain(image_of(row))) != image:
                yield Finding(
                    jobcenter_id, f"{row.__tablename__} {row.id}", "Die Zeile passt nicht zum letzten Ereignis."
                )
    for table, row_id in sorted(unseen, key=str):
        yield Finding(jobcenter_id, f"{table} {row_id}", "Die Zeile zum Ereignis fehlt.")
