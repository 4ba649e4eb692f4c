"""The measures of a programme in force: who is responsible until when, and what was last reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.trail import Audited, audited
from jcflow.procedure import Due, Escalation, Role, TaskRule
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.programme import Programme
from jcflow.programmes.registers import RegisterRow, rows_of
from jcflow.programmes.topics import sets_of, topics_of

REGISTER = "measures"
REPORT = "report_measure"
"""The act of a measure's task."""
RULE = TaskRule(
    state="in_force",
    role=Role.MANAGING_DIRECTOR,
    due=Due(0, working=False),
    act=REPORT,
    remind=(Due(-14, working=False), Due(-2, working=True), Due(0, working=False)),
    escalate=Escalation(Due(3, working=True), Role.STAFF),
)
"""When the owner of a measure is reminded; no workflow file knows of single measures."""


class MeasureStatus(StrEnum):
    """What the owner last reported."""

    RUNNING = "running"
    DELAYED = "delayed"
    DONE = "done"


class Measure(Audited):
    """Who sees to a measure of a programme in force; changed with each report."""

    __tablename__ = "measure"
    __table_args__ = audited(
        UniqueConstraint("programme_id", "row_id"),
        programme_id="programme",
        row_id="register_row",
        person_id="person",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "row_id", "person_id", "due_on", "status", "reported_on"}
    )

    programme_id: Mapped[UUID]
    row_id: Mapped[UUID]
    """The row of the register."""
    person_id: Mapped[UUID]
    """The owner."""
    due_on: Mapped[date]
    status: Mapped[MeasureStatus | None]
    """None: nothing was reported yet."""
    report: Mapped[str] = mapped_column(Text, default="")
    """A sentence in the owner's words."""
    reported_on: Mapped[date | None]


@dataclass(frozen=True)
class Standing:
    """One measure as it stands."""

    row: RegisterRow
    measure: Measure | None
    """None: nobody has been named yet."""
    today: date

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.row.data.get("title", ""))

    @property
    def is_done(self) -> bool:
        """Whether its owner has reported that it is done."""
        return self.measure is not None and self.measure.status is MeasureStatus.DONE

    @property
    def is_late(self) -> bool:
        """Whether its day is over and it is not done."""
        return self.measure is not None and not self.is_done and self.measure.due_on < self.today


def measures_of(session: Session, programme: Programme, today: date) -> list[Standing]:
    """The measures of a programme in the order of the register."""
    known = {m.row_id: m for m in session.scalars(select(Measure).where(Measure.programme_id == programme.id))}
    return [Standing(row, known.get(row.id), today) for row in rows_of(session, programme).get(REGISTER, [])]


def measure_of(session: Session, row: RegisterRow) -> Measure | None:
    """What is known of one measure; None: nobody has been named yet."""
    return session.scalar(select(Measure).where(Measure.row_id == row.id))


def by_topic(session: Session, programme: Programme, found: list[Standing]) -> list[tuple[str, list[Standing]]]:
    """Title of a topic to its measures, in the order of the topics; those of none come last, under an empty title.

    A measure of several topics stands under each.
    """
    topics = topics_of(session, programme)
    titles = {t.key: t.local_title or t.title for one in sets_of(session, programme) for t in topics.get(one.id, [])}
    groups: dict[str, list[Standing]] = {title: [] for title in titles.values()}
    for one in found:
        named = one.row.data.get("topics")
        keys = [key for key in named if key in titles] if isinstance(named, list) else []
        for title in dict.fromkeys(titles[key] for key in keys) or {"": None}:
            groups.setdefault(title, []).append(one)
    rest = groups.pop("", [])
    return [*((title, group) for title, group in groups.items() if group), *([("", rest)] if rest else [])]


def as_reported(session: Session, programme: Programme, document: Document) -> Document:
    """The document with its measures as they stand: those that are done left out, the others with their status."""
    said = {str(one.row.data.get("key")): one for one in measures_of(session, programme, date.max)}
    going_on = (row for row in document.measures if not (row.get("key") in said and said[str(row["key"])].is_done))
    return replace(document, measures=tuple(_with_status(row, said) for row in going_on))


def _with_status(row: Mapping[str, object], said: Mapping[str, Standing]) -> dict[str, object]:
    one = said.get(str(row.get("key")))
    reported = one is not None and one.measure is not None and one.measure.status is not None
    return {**row, "status": "running"} if reported else dict(row)
