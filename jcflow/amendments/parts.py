"""Who has had which part in an amendment: whoever acted, and in whose place, as the trail has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.amendments.amendment import Amendment
from jcflow.asked import once
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import Entry, entries, select_events


@dataclass(frozen=True)
class Parts:
    """People of an amendment, with those in whose place they acted; without the command line."""

    proposers: frozenset[UUID]
    checkers: frozenset[UUID]
    """Who has checked it, or declared the receiving title fully committed."""


@once
def parts_in(session: Session, one: Amendment) -> Parts:
    """Who has proposed an amendment and who has checked it."""
    about = select_events(one.jobcenter_id).where(AuditEvent.object_id == one.id)
    known = entries(session, about)
    return Parts(_people(known, {"proposed_by"}), _people(known, {"checked_by", "declared_by"}))


def _people(known: Iterable[Entry], columns: set[str]) -> frozenset[UUID]:
    """Everybody who acted, or for whom somebody acted, where one of the columns was filled in."""
    acts = [entry for entry in known if columns & entry.changes.keys()]
    return frozenset(person for entry in acts for person in (entry.actor_id, entry.on_behalf_of) if person)
