"""The carrier assembly of a house: its seats and who sits on them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Setting, setting_of
from jcflow.accounts.people import Membership, ends_after, holders_from
from jcflow.asked import answered
from jcflow.procedure import Role


def assembly(session: Session, jobcenter_id: UUID, day: date) -> tuple[Setting, list[Membership]]:
    """The settings of a house and the members of its assembly on a day, asked for at once."""
    wanted = (Membership.role == Role.ASSEMBLY_MEMBER) & ends_after(day)
    question = (
        select(Setting, Membership)
        .outerjoin(Membership, (Membership.jobcenter_id == Setting.jobcenter_id) & wanted)
        .where(Setting.jobcenter_id == jobcenter_id)
        .order_by(Membership.carrier, Membership.id)
    )
    rows = session.execute(question, execution_options={"populate_existing": True}).all()
    setting, members = rows[0].Setting, [row.Membership for row in rows if row.Membership is not None]
    answered(session, setting_of, setting, jobcenter_id)
    answered(session, holders_from, members, Role.ASSEMBLY_MEMBER, day)
    return setting, [member for member in members if member.valid_from <= day]
