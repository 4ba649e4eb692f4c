"""What is left of somebody's account once the person is forgotten: an id, and the role it had."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jcflow.accounts.calendar_feeds import CalendarFeed
from jcflow.accounts.devices import KnownDevice
from jcflow.accounts.form_tokens import FormToken
from jcflow.accounts.links import AccountLink
from jcflow.accounts.mail_wishes import MailWish
from jcflow.accounts.people import Membership, Person, memberships
from jcflow.accounts.role_names import ROLE_LABELS
from jcflow.accounts.second_factor import RecoveryCode, SecondFactor
from jcflow.accounts.sign_in import Credential
from jcflow.accounts.substitutes import Substitute
from jcflow.accounts.tries import SignInTries, digest
from jcflow.procedure import Role

NOBODY = "Gelöschte Person"
OWN = (AccountLink, CalendarFeed, FormToken, KnownDevice, MailWish, RecoveryCode, SecondFactor)
"""What belongs to an account alone, and is of no use to anybody else."""


def name_left(session: Session, somebody: Person) -> str:
    """What pages show instead of the name: that somebody is gone, and in which roles they knew the person."""
    held = [m for m in memberships(session, somebody.id) if m.role is not Role.ADMIN]
    return f"{NOBODY} ({', '.join(sorted({ROLE_LABELS[m.role] for m in held}))})" if held else NOBODY


def address_left(somebody: Person) -> str:
    """What stands where the address stood: unique, without an @, and nobody can sign in with it."""
    return f"geloescht-{somebody.id}"


def drop_access(session: Session, somebody: Person) -> None:
    """Delete everything with which somebody could get in, or is known by; every session ends."""
    for kind in OWN:
        session.execute(delete(kind).where(kind.person_id == somebody.id))
    counted = [digest(f"account:{somebody.email}"), digest(f"password:{somebody.id}")]
    session.execute(delete(SignInTries).where(SignInTries.key.in_(counted)))
    row = session.scalar(select(Credential).where(Credential.person_id == somebody.id).with_for_update())
    if row is not None:
        # The row stays: a new one would begin with epoch 1, and an old session would hold again.
        row.password_hash = row.invitation_hash = row.invitation_until = None
        row.epoch += 1
    session.flush()


def seats_filled_for(session: Session, somebody: Person) -> list[Membership]:
    """Memberships for which the person is named as substitute just now."""
    named = (Substitute.person_id == somebody.id) & Substitute.removed.is_(False)
    question = select(Membership).join(Substitute, Substitute.membership_id == Membership.id).where(named)
    return list(session.scalars(question))
