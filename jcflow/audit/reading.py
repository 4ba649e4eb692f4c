"""Reading the trail back, wording included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from jcflow.audit.trail import REASON, Action, AuditEvent, AuditHead, AuditRevision


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
