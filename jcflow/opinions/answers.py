"""The answers to the board's points: adopted or not, and why. Source: § 18d Satz 2 SGB II."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.errors import BadInput
from jcflow.opinions.board import LONGEST_TEXT, OpinionPoint, opinions_of
from jcflow.programmes.programme import Programme, check_version


class Disposition(StrEnum):
    """What became of a point."""

    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT_ADOPTED = "not_adopted"
    NOTED = "noted"


class Answer(Audited):
    """What the Jobcenter does with a point, and why."""

    __tablename__ = "answer"
    __table_args__ = audited(UniqueConstraint("point_id"), programme_id="programme", point_id="opinion_point")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "point_id", "disposition", "linked", "person_id", "at"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    point_id: Mapped[UUID]
    disposition: Mapped[Disposition]
    reason: Mapped[str] = mapped_column(Text)
    linked: Mapped[list[Any]]
    """Groups (UUID text) of the changes the point led to."""
    person_id: Mapped[UUID | None]
    at: Mapped[datetime]


@once
def answers_of(session: Session, programme: Programme) -> dict[UUID, Answer]:
    """Point id to its answer."""
    rows = session.scalars(select(Answer).where(Answer.programme_id == programme.id))
    return {row.point_id: row for row in rows}


@once
def points_with_answers(session: Session, programme: Programme) -> dict[UUID, list[tuple[OpinionPoint, Answer | None]]]:
    """Opinion id to its points by number, each with its answer."""
    question = (
        select(OpinionPoint, Answer)
        .outerjoin(Answer, Answer.point_id == OpinionPoint.id)
        .where(OpinionPoint.programme_id == programme.id, OpinionPoint.removed.is_(False))
    )
    found: dict[UUID, list[tuple[OpinionPoint, Answer | None]]] = {}
    for point, given in session.execute(question.order_by(OpinionPoint.number)):
        found.setdefault(point.opinion_id, []).append((point, given))
    return found


def answer(
    session: Session,
    programme: Programme,
    to: OpinionPoint,
    *,
    disposition: Disposition,
    reason: str,
    linked: Sequence[str],
    version: int,
    deed: Deed,
) -> Answer:
    """Answer a point, or replace the answer given before.

    Raises:
        BadInput: The reason is missing.
        Stale: The answer was changed since the form was opened.
    """
    if not 1 <= len(reason.strip()) <= LONGEST_TEXT:
        raise BadInput({"reason": "Schreiben Sie eine Antwort, höchstens 5.000 Zeichen."})
    said: dict[str, object] = {
        "disposition": disposition,
        "reason": reason.strip(),
        "linked": list(linked),
        "person_id": deed.actor_id,
        "at": deed.at,
    }
    known = session.scalar(select(Answer).where(Answer.point_id == to.id))
    if known is None:
        known = Answer(jobcenter_id=programme.jobcenter_id, programme_id=programme.id, point_id=to.id, **said)
        record(session, known, deed)
    else:
        check_version(known, version, "Diese Antwort", {"disposition": disposition, "reason": reason})
        record(session, known, deed, **said)
    return known


def open_points(session: Session, programme: Programme) -> list[OpinionPoint]:
    """Points of counting opinions that nobody has answered as they stand; an answer to older words is none."""
    pairs = points_with_answers(session, programme)
    counting = [pair for given in opinions_of(session, programme) if given.counts for pair in pairs.get(given.id, ())]
    return [point for point, given in counting if given is None or given.audit_seq < point.audit_seq]
