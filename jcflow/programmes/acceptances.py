"""Differences of figures that the budget officer accepted with a reason; they belong to the version and its print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.canonical import plain
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.errors import BadInput
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.checks import Difference, Key, accepted_in
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.identities.checking import all_differences
from jcflow.programmes.programme import Programme


class AcceptedDifference(Audited):
    """A figure that does not hold, accepted with a reason as it stands; another figure, and it is accepted no more."""

    __tablename__ = "accepted_difference"
    __table_args__ = audited(
        UniqueConstraint("programme_id", "place", "measure", "stated", "computed"), programme_id="programme"
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "place", "measure", "stated", "computed", "figures", "person_id", "at"}
    )

    programme_id: Mapped[UUID]
    place: Mapped[str]
    measure: Mapped[str]
    """Which column of the total: `amount`, `prior_amount`, `planned`, `prior`, `total`."""
    stated: Mapped[int] = mapped_column(BigInteger)
    computed: Mapped[int] = mapped_column(BigInteger)
    figures: Mapped[str | None]
    """Checksum of the figures it was accepted for; None in rows from before it was kept."""
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An accepted difference as a frozen version holds it."""

    key: Key
    reason: str
    person_id: UUID | None
    at: datetime


@once
def accepted_of(session: Session, programme: Programme) -> dict[Key, AcceptedDifference]:
    """Accepted differences by what they are about; `checks.accepted_in` finds the one of a difference."""
    mine = AcceptedDifference.programme_id == programme.id
    rows = session.scalars(select(AcceptedDifference).where(mine))
    return {(row.place, row.measure, row.stated, row.computed, row.figures or ""): row for row in rows}


def accept(session: Session, programme: Programme, difference: Difference, reason: str, deed: Deed) -> None:
    """Accept a figure that does not hold, as it stands now; accepted once more it gets the new reason.

    Raises:
        BadInput: The reason is missing or shorter than 10 characters.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadInput({"reason": f"Begründen Sie die Abweichung mit mindestens {SHORTEST_REASON} Zeichen."})
    place, measure, stated, computed, figures = difference.key
    said = {"reason": reason.strip(), "person_id": deed.actor_id, "at": deed.at, "figures": figures}
    rows = accepted_of(session, programme)
    if known := next((row for key, row in rows.items() if key[:4] == (place, measure, stated, computed)), None):
        record(session, known, deed, **said)
        return
    fresh = AcceptedDifference(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        place=place,
        measure=measure,
        stated=stated,
        computed=computed,
        **said,
    )
    record(session, fresh, deed)


def standing_content(session: Session, programme: Programme, document: Document) -> list[dict[str, object]]:
    """What is accepted of a document's differences, as a version's content holds it; in the order of the keys."""
    found = all_differences(document)
    known = accepted_of(session, programme) if found else {}
    kept = {one.key: row for one in found if (row := accepted_in(known, one)) is not None}
    return [
        {
            "place": place,
            "column": column,
            "stated": stated,
            "computed": computed,
            "figures": figures,
            "reason": row.reason,
            "person_id": plain(row.person_id),
            "at": plain(row.at),
        }
        for (place, column, stated, computed, figures), row in sorted(kept.items())
    ]


def acceptances_in(content: Iterable[Mapping[str, Any]]) -> dict[Key, Acceptance]:
    """The accepted differences that a version's content holds, by what they are about."""
    found: dict[Key, Acceptance] = {}
    for one in content:
        key = (one["place"], one["column"], one["stated"], one["computed"], one["figures"])
        person_id = UUID(one["person_id"]) if one["person_id"] else None
        found[key] = Acceptance(key, one["reason"], person_id, datetime.fromisoformat(one["at"]))
    return found
