"""Links that come by mail and act once: choosing a new password, confirming a new address."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from functools import cache
from uuid import UUID, uuid4

from sqlalchemy import Insert, Integer, UniqueConstraint, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.people import Person
from jcflow.accounts.tries import digest
from jcflow.database import EVERY_JOBCENTER, Base, Tenant, in_tenant
from jcflow.errors import NotFound

TOKEN_BYTES = 32
"""256 bit: nobody guesses it."""


class Purpose(StrEnum):
    """What a link is good for."""

    RESET = "reset"
    ADDRESS = "address"


class AccountLink(Tenant):
    """The link that holds for one person and purpose; no part of the trail, gone once it was used."""

    __tablename__ = "account_link"
    __table_args__ = in_tenant(UniqueConstraint("person_id", "purpose"), person_id="person")

    person_id: Mapped[UUID]
    purpose: Mapped[Purpose]
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token, which itself stands only in the mail."""
    until: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    """The address to be confirmed."""


def make_link(
    session: Session, somebody: Person | None, purpose: Purpose, until: datetime, *, address: str = ""
) -> str:
    """A new token for a person; an older one for the same purpose is void.

    For nobody the same statement is sent and writes nothing, so that the time it takes tells nothing.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {
        "of_id": uuid4(),
        "of_jobcenter_id": somebody.jobcenter_id if somebody else uuid4(),
        "of_person_id": somebody.id if somebody else uuid4(),
        "of_purpose": purpose,
        "of_token_hash": digest(token),
        "of_until": until,
        "of_address": address,
        "is_real": 1 if somebody else 0,
    }
    session.flush()
    session.connection().execute(_insertion(session.get_bind().dialect.name), values)
    return token


_TABLE = Base.metadata.tables["account_link"]


@cache
def _insertion(dialect: str) -> Insert:
    given = {column.name: bindparam(f"of_{column.name}", type_=column.type) for column in _TABLE.columns}
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    real = bindparam("is_real", type_=Integer) == 1
    made = insert(_TABLE).from_select(list(given), select(*given.values()).where(real))
    renewed = {name: made.excluded[name] for name in ("token_hash", "until", "address")}
    return made.on_conflict_do_update(index_elements=["person_id", "purpose"], set_=renewed)


def behind(session: Session, token: str, purpose: Purpose, at: datetime, *, lock: bool = False) -> AccountLink:
    """The link a token opens, in any Jobcenter; looking does not use it up.

    Raises:
        NotFound: Unknown, used, replaced by a newer one, for something else, or out of date.
    """
    mine = (AccountLink.token_hash == digest(token)) & (AccountLink.purpose == purpose)
    question = select(AccountLink).where(mine)
    found = session.scalar(
        question.with_for_update() if lock else question,
        execution_options={**EVERY_JOBCENTER, "populate_existing": True},
    )
    if found is None or found.until <= at:
        raise NotFound
    return found


def drop_links(session: Session, person_id: UUID, *purposes: Purpose) -> None:
    """Let a person's links for these purposes, or for all, be void."""
    mine = AccountLink.person_id == person_id
    wanted = mine & AccountLink.purpose.in_(purposes) if purposes else mine
    session.execute(delete(AccountLink).where(wanted), execution_options=EVERY_JOBCENTER)
