"""One piece of news for everybody who holds one of some roles, written into the outbox with a single statement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Insert,
    String,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.clock import local_day
from jcflow.database import Base, served
from jcflow.mail.outbox import MailState, Occasion, address_of, by_day
from jcflow.procedure import Role

_TABLE = Base.metadata.tables["mail"]


@dataclass(frozen=True)
class Circular:
    """What is to be said to all of them."""

    occasion: Occasion
    roles: Collection[Role]
    key: str
    """What it is about; each person's mail has the person's id behind it."""
    facts: dict[str, Any]
    programme_id: UUID | None = None
    but_not: UUID | None = None
    """Whoever did it knows already."""
    only: ColumnElement[bool] | None = None
    """A further condition on `Person`, made once for all; `programme` stands for the programme."""


def announce(session: Session, news: Circular, *, at: datetime) -> None:
    """Queue one mail for each person who holds one of the roles on the day; nobody is written to twice."""
    values = {
        "own": served(session),
        "roles": sorted({role.value for role in news.roles}),
        "about": f"{news.key}/",
        "occasion": news.occasion,
        "facts": news.facts,
        "programme": news.programme_id,
        "but_not": news.but_not or UUID(int=0),
        "day": local_day(at),
        "at": at,
        "planned": by_day(at),
    }
    session.connection().execute(_insertion(session.get_bind().dialect.name, news.only), values)


@cache
def _insertion(dialect: str, only: ColumnElement[bool] | None) -> Insert:
    given = _given(dialect)
    member = Membership.__table__.c
    roles = member.role.in_(bindparam("roles", expanding=True, type_=String))
    held = select(member.id).where(member.person_id == Person.id, valid_on(bindparam("day", type_=Date)), roles)
    mine = (Person.jobcenter_id == bindparam("own", type_=Uuid)) & (Person.id != bindparam("but_not", type_=Uuid))
    chosen = select(*given.values()).where(mine, held.exists(), true() if only is None else only)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return (
        insert(_TABLE).from_select(list(given), chosen).on_conflict_do_nothing(index_elements=["jobcenter_id", "key"])
    )


def _given(dialect: str) -> dict[str, ColumnElement[Any]]:
    """Column of a mail to what stands in it, for one person."""
    columns = _TABLE.c
    fresh = func.lower(func.hex(func.randomblob(16))) if dialect == "sqlite" else func.gen_random_uuid()
    address = address_of(Person.email)
    planned = bindparam("planned", type_=columns.not_before.type)
    return {
        "id": fresh,
        "jobcenter_id": Person.jobcenter_id.expression,
        "person_id": Person.id.expression,
        "key": bindparam("about", type_=String) + cast(Person.id, String),
        "occasion": bindparam("occasion", type_=columns.occasion.type),
        "facts": bindparam("facts", type_=columns.facts.type),
        "programme_id": bindparam("programme", type_=Uuid),
        "task_id": null(),
        "urgent": literal(False),
        "created_at": bindparam("at", type_=columns.created_at.type),
        "not_before": planned,
        "next_try_at": planned,
        "address": address,
        "name": Person.name.expression,
        "state": case((address == "", MailState.LETTER.value), else_=MailState.WAITING.value),
        "attempts": literal(0),
        "problem": literal(""),
    }
