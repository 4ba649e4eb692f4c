"""Reading the trail back, wording included."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.audit.trail import REASON, Action, Audited, image_of


@dataclass(frozen=True)
class Entry:
    """An event as a reader sees it, wording included."""

    seq: int
    at: datetime
    actor_id: UUID | None
    role: str
    on_behalf_of: UUID | None
    object_type: str
    object_id: UUID
    programme_id: UUID | None
    group_id: UUID
    action: Action
    changes: Mapping[str, tuple[Any, Any]]
    reason: str


def entries(session: Session, question: Select[AuditEvent, AuditRevision]) -> list[Entry]:
    """The events a `select_events` question asks for, newest first."""
    return [_entry(event, revision) for event, revision in session.execute(question)]


def select_events(jobcenter_id: UUID) -> Select[AuditEvent, AuditRevision]:
    """A question for a Jobcenter's events, newest first; narrow it with `where` on `AuditEvent` and `limit`."""
    return (
        select(AuditEvent, AuditRevision)
        .join(
            AuditRevision,
            (AuditRevision.jobcenter_id == AuditEvent.jobcenter_id) & (AuditRevision.seq == AuditEvent.seq),
        )
        .where(AuditEvent.jobcenter_id == jobcenter_id)
        .order_by(AuditEvent.seq.desc())
    )


def entry_of(session: Session, jobcenter_id: UUID, programme_id: UUID, seq: int) -> Entry | None:
    """The event of this number, if it is about this programme."""
    mine = (AuditEvent.programme_id == programme_id) & (AuditEvent.seq == seq)
    return next(iter(entries(session, select_events(jobcenter_id).where(mine))), None)


def entries_at(session: Session, jobcenter_id: UUID, seqs: Collection[int]) -> list[Entry]:
    """The events of these numbers, newest first."""
    return entries(session, select_events(jobcenter_id).where(AuditEvent.seq.in_(seqs))) if seqs else []


def last_change(session: Session, row: Audited, version: int, columns: Collection[str]) -> Entry | None:
    """The newest event that gave one of the columns another value since the row had this version.

    None: they still hold what they held then. A version that the row has not reached yet counts as its beginning.
    """
    steps = row.version - version if 0 < version <= row.version else row.version
    if not steps:
        return None
    question = select_events(row.jobcenter_id).where(AuditEvent.object_id == row.id).limit(steps)
    return next((entry for entry in entries(session, question) if not entry.changes.keys().isdisjoint(columns)), None)


def image_at(session: Session, row: Audited, version: int) -> dict[str, Any]:
    """The values of a row, as an event holds them, when it had this version; what was NULL is left out.

    Args:
        version: From 1 to the row's present one.
    """
    found: dict[str, Any] = {**image_of(row), "version": version}
    question = select_events(row.jobcenter_id).where(AuditEvent.object_id == row.id).limit(row.version - version)
    for entry in entries(session, question):
        found |= {name: before for name, (before, _) in entry.changes.items()}
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Wanted:
    """Which events of a Jobcenter are asked for; what is left out does not narrow."""

    programme_id: UUID | None = None
    object_types: frozenset[str] | None = None
    object_ids: frozenset[UUID] | None = None
    actor_id: UUID | None = None
    """Who acted, or for whom somebody acted."""
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is too late."""


def wanted_entries(
    session: Session, jobcenter_id: UUID, wanted: Wanted, *, before: int | None = None, limit: int | None = None
) -> list[Entry]:
    """The events asked for, newest first.

    Args:
        before: Only events with a smaller number: the number of the last one already read.
    """
    question = select_events(jobcenter_id).where(*_conditions(wanted)).limit(limit)
    return entries(session, question if before is None else question.where(AuditEvent.seq < before))


def count_wanted(session: Session, jobcenter_id: UUID, wanted: Wanted, *, most: int) -> int:
    """How many events are asked for, at most `most`."""
    mine = AuditEvent.jobcenter_id == jobcenter_id
    found = select(AuditEvent.seq).where(mine, *_conditions(wanted)).limit(most)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def actors(session: Session, jobcenter_id: UUID, programme_id: UUID) -> set[UUID]:
    """Who has acted in a programme of a Jobcenter."""
    mine = (AuditEvent.jobcenter_id == jobcenter_id) & (AuditEvent.programme_id == programme_id)
    question = select(AuditEvent.actor_id).where(mine).distinct()
    return {actor_id for actor_id in session.scalars(question) if actor_id is not None}


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.programme_id is not None:
        yield AuditEvent.programme_id == wanted.programme_id
    if wanted.object_types is not None:
        yield AuditEvent.object_type.in_(sorted(wanted.object_types))
    if wanted.object_ids is not None:
        yield AuditEvent.object_id.in_(sorted(wanted.object_ids))
    if wanted.actor_id is not None:
        yield or_(AuditEvent.actor_id == wanted.actor_id, AuditEvent.on_behalf_of == wanted.actor_id)
    if wanted.since is not None:
        yield AuditEvent.at >= wanted.since
    if wanted.until is not None:
        yield AuditEvent.at < wanted.until


def last_seq(session: Session, jobcenter_id: UUID) -> int:
    """Number of the newest event of a Jobcenter, 0 without any."""
    return session.scalar(select(AuditHead.seq).where(AuditHead.jobcenter_id == jobcenter_id)) or 0


def _entry(event: AuditEvent, revision: AuditRevision) -> Entry:
    body, texts = orjson.loads(event.body), orjson.loads(revision.texts)
    reason = texts.pop(REASON, "")
    changes = {name: (pair[0], pair[1]) for name, pair in {**body["changes"], **texts}.items()}
    return Entry(
        seq=event.seq,
        at=event.at,
        actor_id=event.actor_id,
        role=event.role,
        on_behalf_of=event.on_behalf_of,
        object_type=event.object_type,
        object_id=event.object_id,
        programme_id=event.programme_id,
        group_id=event.group_id,
        action=Action(event.action),
        changes=changes,
        reason=reason,
    )
