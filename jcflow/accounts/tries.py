"""How often something was tried from one place or for one account in a quarter of an hour."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.database import Base
from jcflow.errors import TooManyTries

MOST_FAILURES = 10
WINDOW = timedelta(minutes=15)


class SignInTries(Base):
    """What counted for one account or address in the running window, which the first of them opens."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of what is counted."""
    failures: Mapped[int]
    since: Mapped[datetime]


def look_at(session: Session, counted: Iterable[str], at: datetime) -> None:
    """Look, without a lock, whether there is a try left for each of these.

    Raises:
        TooManyTries: One of them has none.
    """
    keys = [digest(key) for key in counted]
    used_up = (SignInTries.failures >= MOST_FAILURES) & (SignInTries.since > at - WINDOW)
    if session.scalar(select(SignInTries.key).where(SignInTries.key.in_(keys), used_up).limit(1)) is not None:
        raise TooManyTries


def tries(session: Session, counted: Iterable[str], at: datetime, *, most: int = MOST_FAILURES) -> list[SignInTries]:
    """The rows that count for each of these, locked, in an order in which nobody waits for another crosswise.

    Raises:
        TooManyTries: One of them has reached `most` in 15 minutes.
    """
    rows = [_row(session, key, at) for key in sorted(set(counted))]
    if any(row.failures >= most for row in rows):
        raise TooManyTries
    return rows


def count(session: Session, rows: Iterable[SignInTries], at: datetime) -> None:
    """One more for each, in the caller's transaction, which therefore is to be committed also after a failure."""
    for row in rows:
        row.since = row.since if row.failures else at
        row.failures += 1
    session.flush()


def forget(session: Session, counted: str) -> None:
    """Begin anew to count."""
    row = session.get(SignInTries, digest(counted))
    if row is not None:
        row.failures = 0


def forget_aged(session: Session, before: datetime) -> int:
    """Delete what counted in windows long over, in every Jobcenter; returns how many."""
    old = select(func.count()).select_from(SignInTries).where(SignInTries.since < before)
    found = session.scalar(old) or 0
    session.execute(delete(SignInTries).where(SignInTries.since < before))
    return found


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal, as tokens and keys are kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _row(session: Session, counted: str, at: datetime) -> SignInTries:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = dialect.insert(SignInTries).values(key=digest(counted), failures=0, since=at).on_conflict_do_nothing()
    session.execute(fresh)
    row = session.scalars(select(SignInTries).where(SignInTries.key == digest(counted)).with_for_update()).one()
    if row.since <= at - WINDOW:
        row.failures, row.since = 0, at
    return row
