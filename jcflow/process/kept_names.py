"""Whose name a programme still needs, and until when: whoever stands in what is kept of it has a part in it.

A name lasts as long as what it belongs to: a sign-off, a booking or a vote by nobody would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from jcflow.accounts.people import Person
from jcflow.amendments.amendment import Amendment, AmendmentBooking
from jcflow.audit.chain import AuditEvent
from jcflow.decisions.ballots import Ballot, Elector
from jcflow.decisions.casting import Vote
from jcflow.decisions.records import BodyResult, Record
from jcflow.opinions.answers import Answer
from jcflow.opinions.board import Opinion
from jcflow.programmes.acceptances import AcceptedDifference
from jcflow.programmes.internal_check import SignOff
from jcflow.programmes.programme import Programme, StepTaken
from jcflow.programmes.versions import Version

WITHDRAWN = "withdrawn"
YEARS = 10
"""How long a programme that was not withdrawn is kept after the end of its period."""
DECIDING = (
    *(Elector.person_id, Vote.entered_by, Vote.confirmed_by, Vote.cast_by),
    *(Ballot.chair_id, Record.chair_id, Record.entered_by, Record.confirmed_by, BodyResult.person_id),
    *(SignOff.person_id, AcceptedDifference.person_id, StepTaken.person_id, Version.person_id),
    *(Amendment.proposed_by, Amendment.checked_by, Amendment.decided_by, Amendment.blocked_by, Amendment.declared_by),
    AmendmentBooking.entered_by,
)
"""Who resolved, answers for it, or wrote it down: the record and the steps name them."""
PART = (*DECIDING, Opinion.person_id, Opinion.entered_by, Opinion.confirmed_by, Answer.person_id, AuditEvent.actor_id)
"""All the others too whom a page or the trail of a programme names."""


def named_until(columns: Iterable[Any]) -> Select[*tuple[Any, ...]]:
    """For each person in one of the columns the end of the last period of their programmes, as `person_id`, `period`.

    Programmes that were withdrawn do not count.
    """
    every = [select(c.label("person_id"), c.class_.programme_id.label("programme_id")) for c in columns]
    named = union(*every).subquery()
    question = select(named.c.person_id, func.max(Programme.period_to).label("period"))
    kept = question.join(Programme, Programme.id == named.c.programme_id).where(Programme.state != WITHDRAWN)
    return kept.where(named.c.person_id.is_not(None)).group_by(named.c.person_id)


def needed_until(session: Session, somebody: Person, day: date) -> date | None:
    """The last day on which what was resolved needs a person's name; None: it does not, or that day is over."""
    last = _period(session, somebody.id)
    until = None if last is None else _years_after(last)
    return until if until is not None and until >= day else None


def _period(session: Session, person_id: UUID) -> date | None:
    found = named_until(DECIDING).subquery()
    return session.scalar(select(found.c.period).where(found.c.person_id == person_id))


def _years_after(day: date) -> date:
    # What ends on 29 February is over on the first of March.
    return day.replace(year=day.year + YEARS, day=28 if (day.month, day.day) == (2, 29) else day.day)
