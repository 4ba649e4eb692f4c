"""The roles of many people, asked for with one question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership, roles_in, roles_of, valid_on
from jcflow.asked import answered
from jcflow.database import EVERY_JOBCENTER, serve


def learn_roles(session: Session, people: Mapping[UUID, UUID], day: date) -> None:
    """Answer `roles_of` for many at once, in a session that remembers; it serves another Jobcenter afterwards.

    Args:
        people: Person to the Jobcenter the session serves when it is asked.
    """
    question = select(Membership).where(Membership.person_id.in_(people), valid_on(day))
    held: dict[UUID, list[Membership]] = {person_id: [] for person_id in people}
    for member in session.scalars(question, execution_options=EVERY_JOBCENTER):
        held[member.person_id].append(member)
    for person_id, house in people.items():
        serve(session, house)
        answered(session, roles_of, roles_in(held[person_id]), person_id, day)
