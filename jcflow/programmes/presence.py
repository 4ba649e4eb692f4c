"""Who is writing at which block right now. It tells, and locks nothing; the trail knows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session

from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.clock import local_day
from jcflow.database import Tenant, in_tenant, served
from jcflow.programmes.chapters import Block
from jcflow.programmes.programme import EDITORS, Programme

LASTS = timedelta(minutes=20)
"""Somebody who neither saves nor cancels counts as gone after this time."""


class Presence(Tenant):
    """Somebody has opened the form of a block."""

    __tablename__ = "presence"
    __table_args__ = in_tenant(
        UniqueConstraint("block_id", "person_id"), programme_id="programme", block_id="block", person_id="person"
    )

    programme_id: Mapped[UUID]
    block_id: Mapped[UUID]
    person_id: Mapped[UUID]
    since: Mapped[datetime]


@dataclass(frozen=True)
class Writer:
    """Somebody who is at a block."""

    name: str
    since: datetime


def come(session: Session, block: Block, person_id: UUID, at: datetime) -> None:
    """Note that a person begins to write at a block; those who are long gone are forgotten.

    The caller holds the programme's lock.
    """
    of_programme = (Presence.jobcenter_id == block.jobcenter_id) & (Presence.programme_id == block.programme_id)
    session.execute(delete(Presence).where(of_programme, Presence.since <= at - LASTS))
    leave(session, block, person_id)
    session.add(
        Presence(
            jobcenter_id=block.jobcenter_id,
            programme_id=block.programme_id,
            block_id=block.id,
            person_id=person_id,
            since=at,
        )
    )
    session.flush()


def leave(session: Session, block: Block, person_id: UUID) -> None:
    """Note that a person has saved the block or given up; nothing happens for one who was not there."""
    mine = (Presence.jobcenter_id == block.jobcenter_id) & (Presence.block_id == block.id)
    session.execute(delete(Presence).where(mine, Presence.person_id == person_id))


def leave_everywhere(session: Session, person_id: UUID) -> None:
    """Note that a person writes nowhere in the Jobcenter any more."""
    mine = (Presence.jobcenter_id == served(session)) & (Presence.person_id == person_id)
    session.execute(delete(Presence).where(mine))


def writers(session: Session, programme: Programme, *, besides: UUID, at: datetime) -> dict[UUID, list[Writer]]:
    """Block id to who writes there at this moment, the longest first; `besides` is left out.

    Whoever may not write any more is not there.
    """
    here = (Presence.programme_id == programme.id) & (Presence.since > at - LASTS)
    writes = (Membership.person_id == Person.id) & Membership.role.in_(EDITORS) & valid_on(local_day(at))
    question = (
        select(Presence.block_id, Presence.since, Person.name)
        .join(Person, Person.id == Presence.person_id)
        .where(here, Presence.person_id != besides, select(Membership.id).where(writes).exists())
        .order_by(Presence.since, Person.name)
    )
    found: dict[UUID, list[Writer]] = {}
    for row in session.execute(question):
        found.setdefault(row.block_id, []).append(Writer(row.name, row.since))
    return found
