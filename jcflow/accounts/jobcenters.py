"""Jobcenters and the settings each house makes for itself."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, CheckConstraint, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, found_chain, record
from jcflow.database import Base, serve
from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Role


class Jobcenter(Base):
    """A joint institution (gE) or a licensed municipal provider (zkT). Source: § 6d SGB II."""

    __tablename__ = "jobcenter"
    __table_args__ = (CheckConstraint("form IN ('gE', 'zkT')", name="form_known"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(unique=True)
    """Short name in addresses and commands, e.g. `paderborn`."""
    name: Mapped[str] = mapped_column(unique=True)
    form: Mapped[str]
    """`gE` or `zkT`."""
    land: Mapped[str]
    """ISO 3166-2:DE without `DE-`; decides the public holidays."""
    carriers: Mapped[list[Any]]
    """`[{"name": …, "kind": "agency" | "municipality"}]`."""
    closed: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """ISO days on which the house is closed, as its closed days say: beside them, so that no step has to ask."""


class Setting(Audited):
    """What a Jobcenter decides for itself; one row each."""

    __tablename__ = "setting"
    __table_args__ = audited(UniqueConstraint("jobcenter_id"))
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"seats_agency", "seats_municipality", "first_reading_waived", "factor_for_votes", "factor_for_admin"}
        | {"amendment_limit"}
    )

    seats_agency: Mapped[int] = mapped_column(default=3)
    """Voting seats of the agency in the carrier assembly. Source: § 44c Abs. 1 Satz 2 SGB II."""
    seats_municipality: Mapped[int] = mapped_column(default=3)
    first_reading_waived: Mapped[bool] = mapped_column(default=False)
    """The assembly has waived its first reading: the draft may go straight to the advisory board."""
    office_phone: Mapped[str] = mapped_column(default="")
    office_hours: Mapped[str] = mapped_column(default="")
    office_email: Mapped[str | None]
    """Where answers to mails go; None: to somebody of the Gremienbüro."""
    checkpoint_email_agency: Mapped[str | None]
    """Mailbox of the agency, nobody's own, to which checkpoints are sent, so that they lie outside the house."""
    checkpoint_email_municipality: Mapped[str | None]
    """The municipality's."""
    factor_for_votes: Mapped[bool | None]
    """Whether whoever votes proves a second factor first; None: no."""
    factor_for_admin: Mapped[bool | None]
    """Whether whoever administers the house does."""
    amendment_limit: Mapped[int | None] = mapped_column(BigInteger)
    """Cents up to which the managing director decides on amendments of the budget in a year; None: the usual limit."""


def found(session: Session, *, key: str, name: str, form: str, land: str, carriers: list[Any], deed: Deed) -> Jobcenter:
    """Set up a new Jobcenter with its settings and an empty trail; the session serves it from then on."""
    house = Jobcenter(id=uuid4(), key=key, name=name, form=form, land=land, carriers=carriers)
    session.add(house)
    session.flush()
    serve(session, house.id)
    found_chain(session, house.id)
    record(session, Setting(jobcenter_id=house.id), deed)
    return house


_BY_NAME = select(Jobcenter).where((Jobcenter.key == bindparam("name")) | (Jobcenter.name == bindparam("name")))


def by_name(session: Session, name: str) -> Jobcenter:
    """The Jobcenter of this name or key.

    Raises:
        NotFound: There is none.
    """
    house = session.scalar(_BY_NAME, {"name": name})
    if house is None:
        raise NotFound
    return house


def by_key(session: Session, key: str) -> Jobcenter:
    """The Jobcenter of this key.

    Raises:
        NotFound: There is none.
    """
    house = session.scalar(select(Jobcenter).where(Jobcenter.key == key))
    if house is None:
        raise NotFound
    return house


def all_jobcenters(session: Session, *, after: Jobcenter | None = None, limit: int | None = None) -> list[Jobcenter]:
    """Every Jobcenter, by name; with `after`, those behind it."""
    question = select(Jobcenter).order_by(Jobcenter.name).limit(limit)
    if after is not None:
        question = question.where(Jobcenter.name > after.name)
    return list(session.scalars(question))


@once
def setting_of(session: Session, jobcenter_id: UUID) -> Setting:
    """The settings of the Jobcenter the session serves, as they are now: whoever waited for a lock reads them anew."""
    question = select(Setting).where(Setting.jobcenter_id == jobcenter_id)
    return session.scalars(question, execution_options={"populate_existing": True}).one()


def change_setting(session: Session, setting: Setting, deed: Deed, **changes: object) -> None:
    """Change settings; each carrier keeps between 1 and 20 seats.

    Raises:
        BadInput: A number of seats outside that range.
    """
    problems = {
        name: "Geben Sie eine Zahl zwischen 1 und 20 ein."
        for name in ("seats_agency", "seats_municipality")
        if not 1 <= int(str(changes.get(name, 1))) <= 20
    }
    if problems:
        raise BadInput(problems)
    record(session, setting, deed, **changes)


ASSEMBLY_ROLES = frozenset({Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR})
"""Roles that exist only where there is a carrier assembly: in a joint institution (§ 44c SGB II)."""
