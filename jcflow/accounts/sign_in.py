"""Signing in: password, one-time invitation, throttle, end of all sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Row, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.links import Purpose, drop_links
from jcflow.accounts.people import Person, roles_of
from jcflow.accounts.tries import count, digest, forget, look_at, tries
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER, Tenant, in_tenant
from jcflow.errors import BadInput, NotFound

INVITATION_LASTS = timedelta(days=14)
SHORTEST, LONGEST = 12, 128
"""Characters of a password."""

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_hex())
"""Checked for unknown addresses, so that they take as long as known ones."""


class Credential(Tenant):
    """How a person proves to be that person; no part of the trail."""

    __tablename__ = "credential"
    __table_args__ = in_tenant(UniqueConstraint("person_id"), person_id="person")

    person_id: Mapped[UUID]
    password_hash: Mapped[str | None]
    """Argon2id; None until the invitation is taken up."""
    epoch: Mapped[int] = mapped_column(default=1)
    """Sessions of an earlier epoch are over."""
    invitation_hash: Mapped[str | None] = mapped_column(unique=True)
    """SHA-256 of the one-time link's token."""
    invitation_until: Mapped[datetime | None]


class WrongPassword(BadInput):
    """Address or password is wrong; which of them is not said."""

    def __init__(self) -> None:
        super().__init__({"email": "E-Mail-Adresse oder Passwort stimmen nicht. Prüfen Sie beides."})


class WrongOldPassword(BadInput):
    """Somebody who is signed in did not know the password."""

    def __init__(self) -> None:
        super().__init__({"old": "Das bisherige Passwort stimmt nicht. Geben Sie es noch einmal ein."})


@dataclass(frozen=True)
class Kept:
    """What is kept of the password of an account, whether there is such an account or not."""

    email: str
    address: str
    """Of the network."""
    password_hash: str | None

    def fits(self, password: str) -> bool:
        """Whether it is this one; slow by intention, so to be asked outside any transaction."""
        return _fits(self.password_hash, password)


def look_up(session: Session, *, email: str, address: str, at: datetime) -> Kept:
    """What to hold a typed password against.

    Raises:
        TooManyTries: Ten failures in 15 minutes for this account or this network address.
    """
    email = email.strip().lower()
    look_at(session, _counted(email, address), at)
    row = _account(session, email)
    return Kept(email, address, row.Credential.password_hash if row else None)


def authenticate(session: Session, kept: Kept, at: datetime, *, fits: bool) -> Person:
    """The person who signs in with a password that `fits` what was kept a moment ago.

    A failure is counted in the caller's transaction, which therefore is to be committed also then.

    Raises:
        WrongPassword: Unknown address, wrong or meanwhile changed password, or no role today: one and the same answer.
        TooManyTries: Ten failures in 15 minutes for this account or this network address.
    """
    rows = tries(session, _counted(kept.email, kept.address), at)
    row = _account(session, kept.email)
    if fits and row is not None and row.Credential.password_hash == kept.password_hash:
        somebody: Person = row.Person
        if roles_of(session, somebody.id, local_day(at)):
            forget(session, f"account:{kept.email}")
            return somebody
    count(session, rows, at)
    raise WrongPassword


def _counted(email: str, address: str) -> set[str]:
    return {f"account:{email}", f"address:{address}"}


def _account(session: Session, email: str) -> Row[Person, Credential] | None:
    mine = select(Person, Credential).join(Credential, Credential.person_id == Person.id).where(Person.email == email)
    return session.execute(mine, execution_options=EVERY_JOBCENTER).one_or_none()


def _fits(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _NOBODY, password[:LONGEST]) and password_hash is not None
    except VerifyMismatchError:
        return False


def credential_of(session: Session, person_id: UUID) -> Credential:
    """A person's credential as it is now, locked to be changed; made without a password where there is none yet."""
    mine = select(Credential).where(Credential.person_id == person_id).with_for_update()
    row = session.scalar(mine, execution_options={**EVERY_JOBCENTER, "populate_existing": True})
    if row is None:
        jobcenter_id = session.scalars(
            select(Person.jobcenter_id).where(Person.id == person_id), execution_options=EVERY_JOBCENTER
        ).one()
        row = Credential(jobcenter_id=jobcenter_id, person_id=person_id, epoch=1)
        session.add(row)
        session.flush()
    return row


def invite(session: Session, person_id: UUID, at: datetime) -> str:
    """A one-time token to choose a password with, valid 14 days; an earlier one and the old password end."""
    token = secrets.token_urlsafe(32)
    row = credential_of(session, person_id)
    row.invitation_hash, row.invitation_until = digest(token), at + INVITATION_LASTS
    row.password_hash, row.epoch = None, row.epoch + 1
    drop_links(session, person_id, Purpose.RESET)
    session.flush()
    return token


def invite_again(session: Session, somebody: Person, deed: Deed) -> str:
    """A new one-time token for a person, on record: whoever gets the link can become that person."""
    record(session, somebody, deed)
    return invite(session, somebody.id, deed.at)


class Access(StrEnum):
    """How far a person has come with the account."""

    NONE = "none"
    INVITED = "invited"
    ACTIVE = "active"


def access_of(session: Session, person_id: UUID, at: datetime) -> Access:
    """Whether a person can sign in, could with a link that still holds, or needs a new link."""
    row = session.scalar(select(Credential).where(Credential.person_id == person_id))
    if row is not None and row.password_hash:
        return Access.ACTIVE
    return Access.INVITED if row is not None and row.invitation_until and row.invitation_until > at else Access.NONE


def invited(session: Session, token: str, at: datetime) -> Person:
    """Whose invitation a token is; looking does not use it up.

    Raises:
        NotFound: Unknown, used or out of date.
    """
    row = session.execute(
        select(Person, Credential)
        .join(Credential, Credential.person_id == Person.id)
        .where(Credential.invitation_hash == digest(token)),
        execution_options=EVERY_JOBCENTER,
    ).one_or_none()
    if row is None or row.Credential.invitation_until is None or row.Credential.invitation_until <= at:
        raise NotFound
    somebody: Person = row.Person
    return somebody


def take_up(session: Session, token: str, password: str, at: datetime) -> Person:
    """Choose the first password with an invitation, which is then used up.

    Raises:
        NotFound: Unknown, used or out of date.
        BadInput: The password is too short or too long.
    """
    somebody = invited(session, token, at)
    # Somebody else may have taken it up, or a new one been sent, before the lock was free.
    if credential_of(session, somebody.id).invitation_hash != digest(token):
        raise NotFound
    set_password(session, somebody.id, password)
    return somebody


def change_password(session: Session, person_id: UUID, *, old: str, new: str, at: datetime) -> None:
    """Replace a password; every session ends, the caller starts a new one.

    Raises:
        WrongOldPassword: The old one is wrong; counted as `check_password` says.
        TooManyTries: Ten failures in 15 minutes for this account.
        BadInput: The new one is too short or too long.
    """
    check_password(session, person_id, old, at)
    set_password(session, person_id, new)


def check_password(session: Session, person_id: UUID, password: str, at: datetime) -> None:
    """Make sure that somebody who is signed in knows the password.

    A failure is counted in the caller's transaction, which therefore is to be committed also then.

    Raises:
        WrongOldPassword: It is wrong.
        TooManyTries: Ten failures in 15 minutes for this account.
    """
    # Counted apart from signing in: who guesses there must not close the settings of whoever is in, nor the reverse.
    counted = f"password:{person_id}"
    rows = tries(session, {counted}, at)
    if not _fits(credential_of(session, person_id).password_hash, password):
        count(session, rows, at)
        raise WrongOldPassword
    forget(session, counted)


def set_password(session: Session, person_id: UUID, password: str) -> None:
    """Give a password, end every session and every invitation.

    Raises:
        BadInput: Shorter than 12 or longer than 128 characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput({"password": f"Wählen Sie ein Passwort mit {SHORTEST} bis {LONGEST} Zeichen."})
    store_hash(session, person_id, _hasher.hash(password))


def hash_of(password: str) -> str:
    """The Argon2id hash of a password of any length."""
    return _hasher.hash(password)


def store_hash(session: Session, person_id: UUID, password_hash: str) -> None:
    """Store a password's hash, end every session, every invitation and every link for a new password."""
    row = credential_of(session, person_id)
    row.password_hash, row.epoch = password_hash, row.epoch + 1
    row.invitation_hash = row.invitation_until = None
    drop_links(session, person_id, Purpose.RESET)
    session.flush()


def end_sessions(session: Session, person_id: UUID) -> None:
    """Sign a person out everywhere."""
    credential_of(session, person_id).epoch += 1
    session.flush()
