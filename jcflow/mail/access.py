"""Mails about an account itself: the link it begins with, a new password, a new address, and what was changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts import links, sign_in
from jcflow.accounts.addresses import check_address
from jcflow.accounts.links import AccountLink, Purpose
from jcflow.accounts.people import Membership, Person, valid_on
from jcflow.accounts.sign_in import Credential
from jcflow.accounts.tries import count, tries
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.errors import BadInput, NotFound
from jcflow.mail.outbox import Letter, Mail, Occasion, is_address, queue

RESET_LASTS = timedelta(minutes=30)
ADDRESS_LASTS = timedelta(days=1)
MOST_RESETS = 3
"""Mails for a new password to one address in 15 minutes."""


class Change(StrEnum):
    """What has happened to somebody's account."""

    PASSWORD = "password"
    ADDRESS_ASKED = "address_asked"
    ADDRESS = "address"
    FACTOR_ON = "factor_on"
    FACTOR_OFF = "factor_off"
    FACTOR_RESET = "factor_reset"
    CODES = "codes"


def tell(session: Session, somebody: Person, change: Change, at: datetime, *, address: str = "") -> None:
    """Write to a person, or to this address of theirs, that the account was changed; nobody gets a letter for it."""
    to = address or somebody.email
    if not is_address(to):
        return
    key, facts = f"account_changed/{change}/{uuid4()}", {"what": change.value, "at": at.isoformat()}
    person_id = None if address else somebody.id
    letter = Letter(
        Occasion.ACCOUNT_CHANGED,
        person_id,
        key,
        facts,
        urgent=True,
        address=address,
        name=somebody.name if address else "",
    )
    queue(session, letter, at=at)


def tell_of_sign_in(session: Session, somebody: Person, device: str, at: datetime) -> None:
    """Write to a person that a device was used that we have not seen before.

    Args:
        device: Plain words for it; no network address.
    """
    if is_address(somebody.email):
        facts = {"at": at.isoformat(), "device": device}
        queue(session, Letter(Occasion.NEW_SIGN_IN, somebody.id, f"new_sign_in/{uuid4()}", facts, urgent=True), at=at)


def invite(session: Session, somebody: Person, deed: Deed) -> str:
    """A new one-time link to choose a password with, on record and by mail; an older one and the password end.

    Returns:
        The token, for whoever hands the link over in person.
    """
    token = sign_in.invite_again(session, somebody, deed)
    facts = {"path": f"/invitation/{token}", "until": (deed.at + sign_in.INVITATION_LASTS).isoformat()}
    queue(session, Letter(Occasion.INVITATION, somebody.id, f"invitation/{uuid4()}", facts), at=deed.at)
    return token


def ask_reset(session: Session, *, email: str, network: str, at: datetime) -> None:
    """Send a link for a new password to whoever has this address; for an unknown one the same is done to no effect.

    Args:
        network: Where the question came from.

    Raises:
        TooManyTries: Too often for this address or from this place, whether somebody is known by it or not.
    """
    email = email.strip().lower()
    rows = tries(session, {f"reset:{email}"}, at, most=MOST_RESETS) + tries(session, {f"reset-from:{network}"}, at)
    count(session, rows, at)
    holds = select(Membership.id).where(Membership.person_id == Person.id, valid_on(local_day(at))).exists()
    mine = select(Person).join(Credential, Credential.person_id == Person.id).where(Person.email == email, holds)
    somebody = session.scalar(mine.where(Person.email.contains("@")), execution_options=EVERY_JOBCENTER)
    until = at + RESET_LASTS
    token = links.make_link(session, somebody, Purpose.RESET, until)
    serve(session, somebody.jobcenter_id if somebody else uuid4())
    facts = {"path": f"/reset/{token}", "until": until.isoformat()}
    person_id, is_nobody = somebody.id if somebody else None, somebody is None
    letter = Letter(Occasion.RESET, person_id, f"reset/{uuid4()}", facts, urgent=True, decoy=is_nobody)
    queue(session, letter, at=at)


def asked_reset(session: Session, token: str, at: datetime) -> Person:
    """Who may choose a new password with a token; looking does not use it up.

    Raises:
        NotFound: Unknown, used, replaced or out of date.
    """
    return _person(session, links.behind(session, token, Purpose.RESET, at))


def _person(session: Session, link: AccountLink) -> Person:
    mine = select(Person).where(Person.id == link.person_id)
    return session.scalars(mine, execution_options=EVERY_JOBCENTER).one()


def reset(session: Session, token: str, password: str, at: datetime) -> Person:
    """Choose a new password: the link is used up, every session ends, and the person is told.

    The session serves the person's Jobcenter from then on. A second factor stays as it is.

    Raises:
        NotFound: Unknown, used, replaced or out of date.
        BadInput: The password is too short or too long.
    """
    somebody = asked_reset(session, token, at)
    serve(session, somebody.jobcenter_id)
    # The account is locked before the link is looked at again: of two at once the later one finds it used.
    sign_in.credential_of(session, somebody.id)
    links.behind(session, token, Purpose.RESET, at, lock=True)
    sign_in.set_password(session, somebody.id, password)
    tell(session, somebody, Change.PASSWORD, at)
    return somebody


def ask_address(session: Session, somebody: Person, email: str, at: datetime) -> None:
    """Send a link to a new address; it counts once the person has confirmed it, and the present one is told.

    Whether somebody else uses the address is said only to whoever reads its mail.

    Raises:
        BadInput: It is none, or the one that counts already.
    """
    email = check_address(email)
    if email == somebody.email:
        raise BadInput({"email": "Diese Adresse gilt schon. Geben Sie die neue ein."})
    until = at + ADDRESS_LASTS
    token = links.make_link(session, somebody, Purpose.ADDRESS, until, address=email)
    facts = {"path": f"/address/{token}", "until": until.isoformat()}
    key, name = f"address_change/{uuid4()}", somebody.name
    queue(session, Letter(Occasion.ADDRESS_CHANGE, None, key, facts, urgent=True, address=email, name=name), at=at)
    tell(session, somebody, Change.ADDRESS_ASKED, at)


def asked_address(session: Session, somebody: Person, token: str, at: datetime) -> str:
    """The address a person is about to confirm; looking does not use the link up.

    Raises:
        NotFound: Unknown, used, replaced, out of date, or somebody else's.
    """
    link = links.behind(session, token, Purpose.ADDRESS, at)
    if link.person_id != somebody.id:
        raise NotFound
    return link.address


def confirm_address(session: Session, somebody: Person, token: str, deed: Deed) -> None:
    """Let the new address count; links sent to the old one are void, and it is told.

    Raises:
        NotFound: Unknown, used, replaced, out of date, or somebody else's.
        BadInput: Somebody else has the address.
    """
    sign_in.credential_of(session, somebody.id)
    new, old = asked_address(session, somebody, token, deed.at), somebody.email
    taken = select(Person.id).where(Person.email == new, Person.id != somebody.id)
    if session.scalar(taken, execution_options=EVERY_JOBCENTER):
        raise BadInput({"": "Diese E-Mail-Adresse gehört schon zu einem anderen Zugang. Wählen Sie eine andere."})
    record(session, somebody, deed, email=new)
    links.drop_links(session, somebody.id)
    tell(session, somebody, Change.ADDRESS, deed.at, address=old)


def correct_address(session: Session, somebody: Person, email: str, deed: Deed) -> str:
    """Mend the address of somebody who has not chosen a password yet: the invitation goes to the new one.

    Returns:
        The token of the invitation; taking it up proves that the address is right.

    Raises:
        BadInput: It is none, or somebody has it.
    """
    email = check_address(email)
    if session.scalar(select(Person.id).where(Person.email == email), execution_options=EVERY_JOBCENTER):
        raise BadInput({"email": "Diese E-Mail-Adresse ist schon vergeben. Wählen Sie eine andere."})
    record(session, somebody, deed, email=email)
    links.drop_links(session, somebody.id)
    return invite(session, somebody, deed)


def opens(session: Session, mail: Mail, at: datetime) -> bool:
    """Whether the personal link in a mail still holds; one that was used or replaced need not be sent any more."""
    token = str(mail.facts.get("path", "")).rpartition("/")[2]
    try:
        if mail.occasion is Occasion.INVITATION:
            sign_in.invited(session, token, at)
        else:
            links.behind(session, token, Purpose(mail.occasion.value.partition("_")[0]), at)
    except NotFound:
        return False
    return True
