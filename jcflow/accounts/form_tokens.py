"""One-time tokens of forms: posted twice, a form has one effect and one answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.database import EVERY_JOBCENTER, Tenant, in_tenant, served
from jcflow.errors import Conflict


class FormToken(Tenant):
    """A form that was taken, and where its answer led."""

    __tablename__ = "form_token"
    __table_args__ = in_tenant(person_id="person")

    person_id: Mapped[UUID]
    token: Mapped[str] = mapped_column(unique=True)
    body_sha256: Mapped[str]
    location: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class FormUsed(Conflict):
    """The same form came again with other content."""

    def __str__(self) -> str:
        return "Dieses Formular wurde schon mit anderen Angaben abgesendet. Öffnen Sie die Seite neu."


_BY_TOKEN = select(FormToken).where(FormToken.token == bindparam("token"))


def claim(session: Session, *, person_id: UUID, token: str, body_sha256: str, at: datetime) -> FormToken | str:
    """Take a form's token in the caller's transaction.

    Returns:
        The new row, whose `location` the caller sets once the answer is known; or, for a form
        that was taken before, the location of its answer.

    Raises:
        FormUsed: The token was used for other content, or by somebody else.
    """
    row = FormToken(jobcenter_id=served(session), person_id=person_id, token=token, body_sha256=body_sha256, at=at)
    known = _known(session, token)
    if known is None:
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            known = _known(session, token)
        else:
            return row
    if known is None or (known.person_id, known.body_sha256) != (person_id, body_sha256):
        raise FormUsed
    return known.location


def taken(session: Session, *, token: str, body_sha256: str) -> FormToken | None:
    """The form of this token in any Jobcenter, if it was taken with this very content."""
    mine = (FormToken.token == token) & (FormToken.body_sha256 == body_sha256)
    return session.scalar(select(FormToken).where(mine), execution_options=EVERY_JOBCENTER)


def _known(session: Session, token: str) -> FormToken | None:
    return session.scalar(_BY_TOKEN, {"token": token})
