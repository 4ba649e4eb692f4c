"""Claiming what is due: a lease with a token that only its holder has, so that no mail has two senders.

Leases run by the database's clock. What is due is asked by the caller's clock.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Update,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.database import Base
from jcflow.mail.outbox import MailState, by_day

LEASE = timedelta(seconds=120)
BATCH = 50
"""Mails claimed at once, at most, unless told otherwise."""

_MAIL = Base.metadata.tables["mail"]
_HOUSES = Base.metadata.tables[Jobcenter.__tablename__]
# Written out, not bound: PostgreSQL takes a partial index only for a condition it can read.
WAITING, _SENDING = text("mail.state = 'waiting'"), text("mail.state = 'sending'")
_AT = bindparam("at", type_=_MAIL.c.next_try_at.type)
_SHARE, _MOST = bindparam("share", type_=Integer), bindparam("most", type_=Integer)
_OF = bindparam("of", expanding=True, type_=Uuid)


@dataclass(frozen=True)
class Lease:
    """What one claim has got hold of."""

    token: UUID = field(default_factory=uuid4)
    mails: list[UUID] = field(default_factory=list)
    """The urgent ones first."""


def claim(session: Session, at: datetime, *, limit: int = BATCH) -> Lease:
    """Take mails that are due, for `LEASE`: urgent ones first, in turns from every Jobcenter that has some.

    Between 20:00 and 7:00 only urgent ones are due. On PostgreSQL mails that another one is just claiming are
    passed over; on SQLite the caller's transaction has begun as a writing one.
    """
    lease = Lease()
    waiting = session.connection().execute(_DUE, {"at": at}).all()
    for urgent in (True, False) if by_day(at) == at else (True,):
        houses = [row.id for row in waiting if (row.urgent if urgent else row.calm)]
        room = limit - len(lease.mails)
        if houses and room > 0:
            lease.mails.extend(_take(session, lease.token, _turn(houses)[:room], urgent, at, room))
    return lease


def _turn(houses: Sequence[UUID]) -> list[UUID]:
    """The houses from a random one on, so that none is always last."""
    first = random.randrange(len(houses))
    return [*houses[first:], *houses[:first]]


def _take(
    session: Session, token: UUID, houses: Sequence[UUID], urgent: bool, at: datetime, room: int
) -> Sequence[UUID]:
    values = {"of": houses, "at_once": urgent, "at": at, "share": -(-room // len(houses)), "most": room, "token": token}
    dialect = session.get_bind().dialect.name
    return session.connection().scalars(_claiming(dialect), values).all()


def _due(urgent: bool) -> ColumnElement[bool]:
    mine = (_MAIL.c.jobcenter_id == _HOUSES.c.id) & (_MAIL.c.urgent == literal(urgent))
    return exists().where(mine, WAITING, _MAIL.c.next_try_at <= _AT)


_LOOK = select(_HOUSES.c.id, _due(True).label("urgent"), _due(False).label("calm")).subquery()
_DUE = select(_LOOK).where(or_(_LOOK.c.urgent, _LOOK.c.calm)).order_by(_LOOK.c.id)
"""Which Jobcenters have something due: a look into an index for each."""


def _first_of(house: ColumnElement[UUID]) -> Select[Any]:
    """The mails of a Jobcenter that have waited longest, as many as its share."""
    due = (
        (_MAIL.c.jobcenter_id == house)
        & (_MAIL.c.urgent == bindparam("at_once", type_=_MAIL.c.urgent.type))
        & (_MAIL.c.next_try_at <= _AT)
    )
    return select(_MAIL.c.id).where(due, WAITING).order_by(_MAIL.c.next_try_at, _MAIL.c.id).limit(_SHARE)


@cache
def _claiming(dialect: str) -> Update:
    first = _first_of(_HOUSES.c.id).correlate(_HOUSES)
    if dialect == "sqlite":
        # It knows no LATERAL; what JSON holds may depend on another table of the same FROM.
        ids = select(func.json_group_array(first.subquery().c.id)).scalar_subquery().correlate(_HOUSES)
        of_house = func.json_each(ids).table_valued("value")
        chosen = select(of_house.c.value.label("id")).select_from(_HOUSES.join(of_house, true()))
    else:
        own = first.with_for_update(skip_locked=True).lateral("own")
        chosen = select(own.c.id).select_from(_HOUSES.join(own, true()))
    # Materialized, for a claim must look only once: looking again, it would see other free mails.
    taken = chosen.where(_HOUSES.c.id.in_(_OF)).limit(_MOST).cte("taken").prefix_with("MATERIALIZED")
    return (
        update(_MAIL)
        .where(_MAIL.c.id.in_(select(taken.c.id)))
        .values(
            state=MailState.SENDING,
            attempts=_MAIL.c.attempts + 1,
            first_try_at=func.coalesce(_MAIL.c.first_try_at, _AT),
            lease_token=bindparam("token", type_=Uuid),
            lease_until=clock_of_database(dialect, LEASE),
        )
        .returning(_MAIL.c.id)
    )


def clock_of_database(dialect: str, later: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """The database's own present moment, or one that lies later: the same for all hosts, whatever their clocks say."""
    seconds = int(later.total_seconds())
    if dialect == "sqlite":
        # As SQLAlchemy stores instants there, so that they compare as texts.
        instant: ColumnElement[Any] = func.strftime("%Y-%m-%d %H:%M:%f", "now", f"{seconds:+d} seconds") + "000"
    else:
        instant = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return type_coerce(instant, _MAIL.c.lease_until.type)


def recover(session: Session, at: datetime) -> int:
    """Free the mails whose senders have not come back within their lease; returns how many."""
    dialect = session.get_bind().dialect.name
    return session.connection().execute(_recovery(dialect), {"at": at}).rowcount


@cache
def _recovery(dialect: str) -> Update:
    over = _MAIL.c.lease_until < clock_of_database(dialect)
    lost = {"lease_token": None, "lease_until": None, "problem": "Der Versand wurde unterbrochen."}
    return update(_MAIL).where(_SENDING, over).values(state=MailState.WAITING, next_try_at=_AT, **lost)
