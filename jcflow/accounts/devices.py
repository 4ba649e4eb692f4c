"""From which devices a person has signed in: so that a stranger's sign-in does not go unnoticed."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session

from jcflow.accounts.tries import digest
from jcflow.database import Tenant, in_tenant, served

TOKEN_BYTES = 32


class KnownDevice(Tenant):
    """A browser somebody has signed in with; no part of the trail."""

    __tablename__ = "known_device"
    __table_args__ = in_tenant(UniqueConstraint("person_id", "token_hash"), person_id="person")

    person_id: Mapped[UUID]
    token_hash: Mapped[str]
    """SHA-256 of what stands in the browser's cookie; neither its name nor its network address is kept."""
    first_at: Mapped[datetime]


def recognise(session: Session, person_id: UUID, token: str, at: datetime) -> tuple[str, bool]:
    """Note the device a person of the served Jobcenter signs in with.

    Args:
        token: What its cookie says; empty without one.

    Returns:
        What its cookie is to say, and whether the person has to be told: it is new, and not the person's first one.
    """
    found = set(session.scalars(select(KnownDevice.token_hash).where(KnownDevice.person_id == person_id)))
    token = token if 20 <= len(token) <= 100 else secrets.token_urlsafe(TOKEN_BYTES)
    if digest(token) in found:
        return token, False
    made = KnownDevice(jobcenter_id=served(session), person_id=person_id, token_hash=digest(token), first_at=at)
    session.add(made)
    session.flush()
    return token, bool(found)
