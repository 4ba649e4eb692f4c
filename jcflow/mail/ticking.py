"""Which workers are alive, and how late the mail is: what a dead worker cannot say itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Insert, bindparam, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.database import Base
from jcflow.mail.claims import clock_of_database
from jcflow.mail.outbox import by_day

SILENT_AFTER = timedelta(minutes=5)
"""Without a tick for so long, nobody is at work."""
FORGOTTEN_AFTER = timedelta(days=7)

_MAIL = Base.metadata.tables["mail"]


class WorkerTick(Base):
    """One worker that has run here."""

    __tablename__ = "worker_tick"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Host and process, e.g. `jcflow1:4711`."""
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """By the database's clock."""


@dataclass(frozen=True)
class Heard:
    """When a worker was last at work."""

    last_tick: datetime | None
    """When one last looked for something to do, by the database's clock; None: never."""
    silent_for: timedelta | None
    """How long ago that was; None: no worker has ever run."""

    @property
    def is_silent(self) -> bool:
        """Whether nobody is at work."""
        return self.silent_for is None or self.silent_for > SILENT_AFTER


@dataclass(frozen=True)
class Pulse(Heard):
    """Whether mail gets away."""

    late_by: timedelta
    """How long the mail that has waited longest should have been away; zero where none is due."""
    waiting: int
    """How many mails are due, counted up to `MOST_COUNTED`."""


MOST_COUNTED = 1_000


def tick(session: Session, name: str) -> None:
    """Write down that a worker is at work; one without a name leaves no trace."""
    if name:
        session.connection().execute(_ticking(session.get_bind().dialect.name), {"of_name": name})


def forget(session: Session) -> None:
    """Strike the workers out that have not been seen for a week."""
    old = WorkerTick.last_at < clock_of_database(session.get_bind().dialect.name, -FORGOTTEN_AFTER)
    session.execute(delete(WorkerTick).where(old))


@cache
def _ticking(dialect: str) -> Insert:
    now = clock_of_database(dialect)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    row = insert(WorkerTick).values(name=bindparam("of_name"), started_at=now, last_at=now)
    return row.on_conflict_do_update(index_elements=["name"], set_={"last_at": now})


def heard(session: Session) -> Heard:
    """When a worker was last at work, whichever it was."""
    now = clock_of_database(session.get_bind().dialect.name)
    ticked = session.execute(select(func.max(WorkerTick.last_at).label("last"), now.label("now"))).one()
    return Heard(ticked.last, max(ticked.now - ticked.last, timedelta(0)) if ticked.last else None)


def pulse(session: Session, at: datetime) -> Pulse:
    """How it stands in the whole installation; at night only urgent mail can be late."""
    last = heard(session)
    due = text("mail.state IN ('waiting', 'sending')"), _MAIL.c.not_before <= at
    rows = select(_MAIL.c.not_before).where(*due).order_by(_MAIL.c.not_before).limit(MOST_COUNTED)
    if by_day(at) != at:
        rows = rows.where(_MAIL.c.urgent)
    found = rows.subquery()
    late = session.connection().execute(select(func.min(found.c.not_before), func.count())).one()
    return Pulse(
        last_tick=last.last_tick,
        silent_for=last.silent_for,
        late_by=max(at - late[0], timedelta(0)) if late[0] else timedelta(0),
        waiting=late[1],
    )
