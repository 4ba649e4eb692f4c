"""The secret address under which a person's own calendar program reads deadlines."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.people import Person, roles_of
from jcflow.database import EVERY_JOBCENTER, Tenant, in_tenant, serve, served
from jcflow.procedure import Role

TOKEN_BYTES = 32
"""256 bit: nobody guesses it."""


class CalendarFeed(Tenant):
    """That a person's calendar may be read with a token; no part of the trail."""

    __tablename__ = "calendar_feed"
    __table_args__ = in_tenant(UniqueConstraint("person_id"), person_id="person")

    person_id: Mapped[UUID]
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token, which itself is kept nowhere."""
    made_at: Mapped[datetime]


def feed_of(session: Session, person_id: UUID) -> CalendarFeed | None:
    """The person's feed; None: there is none."""
    return session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == person_id))


def renew_feed(session: Session, person_id: UUID, at: datetime) -> str:
    """A new token for a person's feed, to be shown once; an older one ends."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = feed_of(session, person_id)
    if feed is None:
        feed = CalendarFeed(jobcenter_id=served(session), person_id=person_id)
        session.add(feed)
    feed.token_hash, feed.made_at = _hash(token), at
    session.flush()
    return token


def revoke_feed(session: Session, person_id: UUID) -> None:
    """End a person's feed; without one nothing happens."""
    feed = feed_of(session, person_id)
    if feed is not None:
        session.delete(feed)
        session.flush()


def reader_of(session: Session, token: str, day: date) -> tuple[Person, frozenset[Role]] | None:
    """Whose feed a token opens, and the person's roles of the day; the session then serves the Jobcenter.

    None: the token is unknown or has ended, or the person holds no role any more.
    """
    question = select(Person).join(CalendarFeed, CalendarFeed.person_id == Person.id)
    mine = question.where(CalendarFeed.token_hash == _hash(token))
    somebody = session.scalar(mine, execution_options=EVERY_JOBCENTER)
    roles = roles_of(session, somebody.id, day) if somebody is not None else frozenset[Role]()
    if somebody is None or not roles:
        return None
    serve(session, somebody.jobcenter_id)
    return somebody, roles


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
