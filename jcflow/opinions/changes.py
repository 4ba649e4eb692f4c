"""What was changed in a programme after its consultation, for linking an answer to what a point led to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import Entry, entries, select_events
from jcflow.audit.trail import Action
from jcflow.programmes.budgets import lines_of
from jcflow.programmes.chapters import blocks_of, chapters_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.topics import topics_of

CONTENT = ("budget_line", "topic", "block", "chapter")
"""Tables whose changes a point may have led to."""
MOST_EVENTS = 500


@dataclass(frozen=True)
class Change:
    """One changed row; `amounts` is the planned amount before and after in cents, where that changed."""

    object_type: str
    label: str
    action: Action
    amounts: tuple[Any, Any] | None


@dataclass(frozen=True)
class ChangeGroup:
    """Changes saved together under one reason."""

    group_id: UUID
    at: datetime
    person_id: UUID | None
    reason: str
    changes: tuple[Change, ...]


def changes_since(session: Session, programme: Programme, since: datetime) -> list[ChangeGroup]:
    """What was saved in budget, topics and text since a moment, newest first."""
    question = select_events(programme.jobcenter_id).where(
        AuditEvent.programme_id == programme.id, AuditEvent.object_type.in_(CONTENT), AuditEvent.at >= since
    )
    found = entries(session, question.limit(MOST_EVENTS))
    labels = _labels(session, programme) if found else {}
    return [_group(list(together), labels) for _, together in groupby(found, lambda e: e.group_id)]


def _group(together: list[Entry], labels: dict[UUID, str]) -> ChangeGroup:
    first = together[0]
    changes = tuple(
        Change(e.object_type, labels.get(e.object_id, ""), e.action, e.changes.get("amount")) for e in together
    )
    return ChangeGroup(first.group_id, first.at, first.actor_id, first.reason, changes)


def _labels(session: Session, programme: Programme) -> dict[UUID, str]:
    """Row id to what the row is called, removed rows included where they have a name of their own."""
    found: dict[UUID, str] = {}
    for removed in (False, True):
        for lines in lines_of(session, programme, removed=removed).values():
            found |= {line.id: line.label for line in lines}
        chapters = {c.id: c.title for c in chapters_of(session, programme, removed=removed)}
        found |= chapters
    for removed in (False, True):
        for chapter_id, blocks in blocks_of(session, programme, removed=removed).items():
            found |= {block.id: found.get(chapter_id, "") for block in blocks}
    for topics in topics_of(session, programme).values():
        found |= {topic.id: topic.local_title or topic.title for topic in topics}
    return found
