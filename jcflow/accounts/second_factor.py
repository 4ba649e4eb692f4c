"""A second factor: codes from an app on a device of one's own, and recovery codes for the day it is lost.

What a code is worth is for the caller to say, who holds the key that secrets are encrypted with; here is what
follows from it: no code counts twice, guessing ends, and everything but the secret is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session

from jcflow.accounts.people import Person
from jcflow.accounts.tries import count, forget, tries
from jcflow.audit.trail import Deed, record
from jcflow.database import Tenant, in_tenant, served
from jcflow.errors import BadInput, Conflict

RECOVERY_CODES = 10

Fits = Callable[["SecondFactor"], int | None]
"""The number of the half minute a typed code belongs to, later than the last one used; None: it does not fit."""


class SecondFactor(Tenant):
    """That a person signs in with a code too; no part of the trail, which tells of it by the person."""

    __tablename__ = "second_factor"
    __table_args__ = in_tenant(UniqueConstraint("person_id"), person_id="person")

    person_id: Mapped[UUID]
    secret: Mapped[str]
    """What the app shares with us, encrypted."""
    last_counter: Mapped[int]
    """Number of the half minute whose code was used last; no older one counts."""
    since: Mapped[datetime]


class RecoveryCode(Tenant):
    """One code that is still good, once; no part of the trail."""

    __tablename__ = "recovery_code"
    __table_args__ = in_tenant(UniqueConstraint("person_id", "fingerprint"), person_id="person")

    person_id: Mapped[UUID]
    fingerprint: Mapped[str]
    """Keyed hash of the code."""


class WrongCode(BadInput):
    """The code does not fit, or was used before."""

    def __init__(self, field: str = "code") -> None:
        sentence = {
            "code": "Der Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten Code in Ihrer App.",
            "recovery": "Dieser Code stimmt nicht oder wurde schon benutzt. Nehmen Sie einen anderen.",
        }
        super().__init__({field: sentence[field]})


class AlreadyOn(Conflict):
    """There is a second factor already."""

    def __str__(self) -> str:
        return "Ihr zweiter Faktor ist schon eingerichtet. Öffnen Sie die Seite neu."


def factor_of(session: Session, person_id: UUID, *, lock: bool = False) -> SecondFactor | None:
    """A person's second factor as it is now; None: there is none."""
    mine = select(SecondFactor).where(SecondFactor.person_id == person_id)
    if lock:
        return session.scalar(mine.with_for_update(), execution_options={"populate_existing": True})
    return session.scalar(mine)


def switch_on(
    session: Session, somebody: Person, *, secret: str, counter: int, fingerprints: Collection[str], deed: Deed
) -> None:
    """Ask for a code from now on.

    Args:
        secret: Encrypted.
        counter: Of the code that has shown that the app knows the secret; it counts as used.
        fingerprints: Of fresh recovery codes.

    Raises:
        AlreadyOn: There is one already.
    """
    record(session, somebody, _because(deed, "Zweiten Faktor eingerichtet"))
    if factor_of(session, somebody.id, lock=True) is not None:
        raise AlreadyOn
    made = SecondFactor(
        jobcenter_id=served(session), person_id=somebody.id, secret=secret, last_counter=counter, since=deed.at
    )
    session.add(made)
    _replace_codes(session, somebody.id, fingerprints)


def renew_codes(session: Session, somebody: Person, fingerprints: Collection[str], deed: Deed) -> None:
    """Replace all recovery codes."""
    record(session, somebody, _because(deed, "Neue Wiederherstellungscodes"))
    _replace_codes(session, somebody.id, fingerprints)


def switch_off(session: Session, somebody: Person, deed: Deed) -> bool:
    """Ask for no code any more; False where none was asked for."""
    known = factor_of(session, somebody.id, lock=True)
    if known is None:
        return False
    record(session, somebody, _because(deed, deed.reason or "Zweiten Faktor abgeschaltet"))
    session.delete(known)
    _replace_codes(session, somebody.id, ())
    forget(session, f"factor:{somebody.id}")
    session.flush()
    return True


def _because(deed: Deed, reason: str) -> Deed:
    return Deed(deed.actor_id, deed.role, deed.at, reason, deed.on_behalf_of, deed.group)


def _replace_codes(session: Session, person_id: UUID, fingerprints: Collection[str]) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    house = served(session)
    session.add_all(RecoveryCode(jobcenter_id=house, person_id=person_id, fingerprint=each) for each in fingerprints)
    session.flush()


def codes_left(session: Session, person_id: UUID) -> int:
    """How many recovery codes are still good."""
    return session.scalar(select(func.count(RecoveryCode.id)).where(RecoveryCode.person_id == person_id)) or 0


def check_code(session: Session, person_id: UUID, fits: Fits, at: datetime) -> None:
    """Take a code of the app. A failure is counted in the caller's transaction, to be committed also then.

    Raises:
        WrongCode: It does not fit, is an old one, or there is no second factor.
        TooManyTries: Ten failures in 15 minutes.
    """
    rows = tries(session, {f"factor:{person_id}"}, at)
    known = factor_of(session, person_id, lock=True)
    counter = fits(known) if known is not None else None
    if known is None or counter is None or counter <= known.last_counter:
        count(session, rows, at)
        raise WrongCode
    known.last_counter = counter
    forget(session, f"factor:{person_id}")
    session.flush()


def use_recovery_code(session: Session, person_id: UUID, fingerprint: str, at: datetime) -> int:
    """Take a recovery code, which then is used up; returns how many are left. Failures count as those of the app.

    Raises:
        WrongCode: It is none, or was used.
        TooManyTries: Ten failures in 15 minutes.
    """
    rows = tries(session, {f"factor:{person_id}"}, at)
    mine = (RecoveryCode.person_id == person_id) & (RecoveryCode.fingerprint == fingerprint)
    found = session.scalar(select(RecoveryCode).where(mine).with_for_update())
    if found is None:
        count(session, rows, at)
        raise WrongCode("recovery")
    session.delete(found)
    forget(session, f"factor:{person_id}")
    session.flush()
    return codes_left(session, person_id)
