"""Days on which a house is closed besides public holidays, and with them the days on which it works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import ClassVar, NamedTuple

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.database import served
from jcflow.errors import BadInput, NotFound

FARTHEST_YEARS = 5
"""How far ahead closed days are entered."""


class ClosedDay(Audited):
    """One day on which the house does not work: Rosenmontag, a works outing, days between holidays."""

    __tablename__ = "closed_day"
    __table_args__ = audited(UniqueConstraint("jobcenter_id", "day"))
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"day", "label", "removed"})

    day: Mapped[date]
    label: Mapped[str]
    removed: Mapped[bool] = mapped_column(default=False)


class HouseDays(NamedTuple):
    """Whose days count: the last two arguments of everything in `workdays`."""

    land: str
    closed: frozenset[date]


@once
def house_days(session: Session) -> HouseDays:
    """On which days the Jobcenter the session serves works."""
    house = session.get_one(Jobcenter, served(session))
    return HouseDays(house.land, frozenset(date.fromisoformat(day) for day in house.closed or ()))


def closed_days(session: Session, first: date) -> list[ClosedDay]:
    """The house's own closed days from a day on, the next one first."""
    question = select(ClosedDay).where(ClosedDay.day >= first, ClosedDay.removed.is_(False))
    return list(session.scalars(question.order_by(ClosedDay.day)))


def closed_day(session: Session, day: date) -> ClosedDay:
    """The house's closed day of this date.

    Raises:
        NotFound: The house is not closed on it of its own.
    """
    found = _known(session, day)
    if found is None or found.removed:
        raise NotFound
    return found


def _known(session: Session, day: date) -> ClosedDay | None:
    return session.scalar(select(ClosedDay).where(ClosedDay.day == day))


def close_on(session: Session, day: date, label: str, deed: Deed, *, today: date) -> ClosedDay:
    """Enter a closed day; deadlines set from then on count with it, those set before stay.

    Raises:
        BadInput: The day is over, too far away or entered already; or it has no name.
    """
    label, known, problems = " ".join(label.split()), _known(session, day), {}
    if not today <= day <= date(today.year + FARTHEST_YEARS, 12, 31):
        problems["day"] = f"Wählen Sie einen Tag von heute bis Ende {today.year + FARTHEST_YEARS}."
    elif known is not None and not known.removed:
        problems["day"] = "Dieser Tag ist schon eingetragen. Wählen Sie einen anderen."
    if not 1 <= len(label) <= 100:
        problems["label"] = "Schreiben Sie, warum das Haus geschlossen ist, höchstens 100 Zeichen."
    if problems:
        raise BadInput(problems)
    closed = known or ClosedDay(jobcenter_id=served(session), day=day, label=label)
    changes = {"label": label, "removed": False} if known else {}
    with _kept_beside_house(session):
        record(session, closed, deed, **changes)
    return closed


def open_again(session: Session, closed: ClosedDay, deed: Deed) -> None:
    """Take a closed day back."""
    with _kept_beside_house(session):
        record(session, closed, deed, removed=True)


@contextmanager
def _kept_beside_house(session: Session) -> Iterator[None]:
    """Let nobody else change closed days meanwhile, and give the house those there are afterwards."""
    house = session.get_one(Jobcenter, served(session), with_for_update=True, populate_existing=True)
    yield
    every = session.scalars(select(ClosedDay.day).where(ClosedDay.removed.is_(False)).order_by(ClosedDay.day))
    house.closed = [day.isoformat() for day in every]
    session.flush()
