"""How somebody wants to be written to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.database import EVERY_JOBCENTER, Tenant, in_tenant, served
from jcflow.errors import BadInput

LONGEST_PAUSE = timedelta(days=92)


class MailWish(Tenant):
    """One person's choice; no part of the trail. Without a row everything comes as it happens."""

    __tablename__ = "mail_wish"
    __table_args__ = in_tenant(UniqueConstraint("person_id"), person_id="person")

    person_id: Mapped[UUID]
    collected: Mapped[bool] = mapped_column(default=False)
    """One summary in the morning instead of a mail for each new task."""
    paused_until: Mapped[date | None]
    """The last day without reminders and news."""


def pauses_of(session: Session, people: Collection[UUID], today: date) -> dict[UUID, date]:
    """Who of these, of whichever Jobcenter, has paused mails today, and the last day of it."""
    mine = MailWish.person_id.in_(people) & (MailWish.paused_until >= today)
    question = select(MailWish.person_id, MailWish.paused_until).where(mine)
    found = session.execute(question, execution_options=EVERY_JOBCENTER) if people else ()
    return {person_id: until for person_id, until in found if until is not None}


def wish_of(session: Session, person_id: UUID) -> MailWish | None:
    """What a person has chosen, if anything."""
    return session.scalar(select(MailWish).where(MailWish.person_id == person_id))


def choose(session: Session, person_id: UUID, *, collected: bool, paused_until: date | None, today: date) -> None:
    """Keep what a person has chosen.

    Raises:
        BadInput: The pause ends in the past or lasts longer than about three months.
    """
    if paused_until is not None and not today <= paused_until <= today + LONGEST_PAUSE:
        raise BadInput({"paused_until": "Wählen Sie einen Tag ab heute, höchstens drei Monate voraus."})
    known = wish_of(session, person_id)
    if known is None:
        known = MailWish(jobcenter_id=served(session), person_id=person_id)
        session.add(known)
    known.collected, known.paused_until = collected, paused_until
    session.flush()
