"""The programme itself, the steps it has taken, and who may change what in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, Index, Text, UniqueConstraint, bindparam, select, text, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.actor import Actor
from jcflow.asked import once
from jcflow.audit.reading import last_change
from jcflow.audit.trail import Audited, Deed, audited
from jcflow.errors import Conflict, NotAllowed, NotFound, Stale, StepNotPossible
from jcflow.procedure import Area, Procedure, Role, State
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.programmes.procedures import known

EDITORS = (Role.MANAGING_DIRECTOR, Role.EDITOR)
"""Who writes chapters, budgets, topics and registers while the state lets them."""

INSIDERS = frozenset(
    {
        Role.MANAGING_DIRECTOR,
        Role.EDITOR,
        Role.EQUAL_OPPORTUNITY_OFFICER,
        Role.BUDGET_OFFICER,
        Role.STAFF,
        Role.AUDITOR,
    }
)
"""Who reads the working draft; bodies read the versions put before them."""


WITHDRAWN = "-withdrawn-"
"""What stands in the slug of a withdrawn programme between its old one and a number."""


class Withdrawn(Conflict):
    """The programme was withdrawn since the form was opened."""

    def __str__(self) -> str:
        return "Das Programm wurde zurückgezogen. Es lässt sich nicht mehr ändern."


class Programme(Audited):
    """The annual programme of one Jobcenter. Source: § 44c Abs. 6 SGB II; for a zkT its municipal law."""

    __tablename__ = "programme"
    __table_args__ = audited(
        UniqueConstraint("jobcenter_id", "slug"),
        Index(None, "jobcenter_id", "period_from", "slug"),
        Index(
            "uq_programme_alive",
            "jobcenter_id",
            "kind",
            "period_from",
            "period_to",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {
            "kind",
            "slug",
            "period_from",
            "period_to",
            "workflow_key",
            "workflow_version",
            "state",
            "published_version_id",
        }
        | {"previous_id", "submitted_once", "register_visibility", "entered_on", "planned"}
    )

    kind: Mapped[ProgrammeKind]
    title: Mapped[str]
    slug: Mapped[str]
    """The period, e.g. `2027`, `2023-2024`, `2023-lpd`; a second kind for the same adds its name: `2027-strategie`."""
    period_from: Mapped[date]
    period_to: Mapped[date]
    workflow_key: Mapped[str]
    workflow_version: Mapped[int]
    """Pinned when the programme is opened."""
    state: Mapped[str]
    """Written by `process.take_step` alone."""
    entered_on: Mapped[date]
    """The day the present state was entered."""
    planned: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """State, or meeting as `meeting/assembly`, to the ISO day by which it is planned to be over or to take place."""
    previous_id: Mapped[UUID | None]
    """Last year's programme, from which this one was opened."""
    basis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Planning basis: `{"known": bool, "source": str, "dated": ISO date | None, "note": str}`."""
    submitted_once: Mapped[bool] = mapped_column(default=False)
    """From the first submission on, changes of amounts and topics need a reason."""
    register_visibility: Mapped[dict[str, Any]]
    """Register reference to visibility, where it is not public."""
    published_version_id: Mapped[UUID | None]
    """What the public reads; None: not published."""
    handed_over: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """LPD given to the Land: `{"on": ISO date, "version": number, "note": str}`."""

    @property
    def procedure(self) -> Procedure:
        """The definition this programme was opened with."""
        return known()[self.workflow_key, self.workflow_version]

    @property
    def current(self) -> State:
        """The definition's present state."""
        return self.procedure.states[self.state]


class StepTaken(Audited):
    """One step of a programme; together they form one path without gaps."""

    __tablename__ = "step_taken"
    __table_args__ = audited(UniqueConstraint("programme_id", "ordinal"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "ordinal", "trigger", "source", "target", "outcome", "version_id"} | {"version_sha256"}
    )
    VOUCHES_FOR = ("version_id", "version_sha256")

    programme_id: Mapped[UUID]
    ordinal: Mapped[int]
    """1, 2, 3 … in each programme."""
    trigger: Mapped[str]
    """`open` for the first."""
    source: Mapped[str | None]
    target: Mapped[str]
    outcome: Mapped[str | None]
    version_id: Mapped[UUID | None]
    """The newest frozen version after this step."""
    version_sha256: Mapped[str | None]
    """Its checksum, so that the trail vouches for the content too."""
    person_id: Mapped[UUID | None]
    role: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")


_BY_SLUG = select(Programme).where(Programme.slug == bindparam("slug"))
_TO_CHANGE = _BY_SLUG.with_for_update().execution_options(populate_existing=True)
_PATH = select(StepTaken).where(StepTaken.programme_id == bindparam("programme_id")).order_by(StepTaken.ordinal)


def known_slug(session: Session, slug: str, *, lock: bool = False) -> Programme | None:
    """Like `by_slug`, but None where there is none."""
    return session.scalar(_TO_CHANGE if lock else _BY_SLUG, {"slug": slug})


def by_slug(session: Session, slug: str, *, lock: bool = False) -> Programme:
    """The Jobcenter's programme of this slug; locked until the transaction ends where something is to change.

    Raises:
        NotFound: There is none in this Jobcenter.
        Withdrawn: It should be changed, but has been withdrawn.
    """
    found = known_slug(session, slug, lock=lock)
    if found is None:
        gone = select(Programme.id).where(Programme.slug.startswith(f"{slug}{WITHDRAWN}", autoescape=True)).limit(1)
        raise Withdrawn if lock and session.scalar(gone) else NotFound
    return found


@once
def all_programmes(session: Session) -> list[Programme]:
    """The Jobcenter's programmes, the newest period first."""
    return list(session.scalars(select(Programme).order_by(Programme.period_from.desc(), Programme.slug.desc())))


def programmes_of(session: Session, ids: Collection[UUID]) -> dict[UUID, Programme]:
    """Id to programme, for as many as are the Jobcenter's."""
    found = session.scalars(select(Programme).where(Programme.id.in_(ids))) if ids else ()
    return {programme.id: programme for programme in found}


def newest_programmes(session: Session, *, limit: int, after: Programme | None = None) -> list[Programme]:
    """The Jobcenter's programmes, the newest period first; with `after`, those behind it."""
    question = select(Programme).order_by(Programme.period_from.desc(), Programme.slug.desc()).limit(limit)
    if after is not None:
        question = question.where(tuple_(Programme.period_from, Programme.slug) < (after.period_from, after.slug))
    return list(session.scalars(question))


@once
def steps_of(session: Session, programme: Programme) -> list[StepTaken]:
    """The path so far, first step first."""
    return list(session.scalars(_PATH, {"programme_id": programme.id}))


def editing(programme: Programme, area: Area, actor: Actor, *, at: datetime, reason: str = "") -> Deed:
    """The deed with which the actor changes something of an area.

    Raises:
        NotAllowed: The person writes nothing here.
        StepNotPossible: The state does not let this area be changed.
    """
    role = actor.role_among(EDITORS)
    if role is None:
        raise NotAllowed("die Geschäftsführung und das Team")
    if area not in programme.current.edit:
        raise StepNotPossible("Ändern", programme.current.label)
    return actor.deed(role, at, reason)


def may_edit(programme: Programme, area: Area, actor: Actor) -> bool:
    """Whether `editing` would let the actor change something of the area now."""
    return actor.role_among(EDITORS) is not None and area in programme.current.edit


def check_version(row: Audited, version: int, what: str, mine: dict[str, object]) -> None:
    """Refuse a save that was typed against an older state of the row.

    Args:
        what: German name of the thing, for the sentence.
        mine: What was typed, by column; the same columns are shown as they are now.

    Raises:
        Stale: Somebody changed the row since.
    """
    if row.version != version:
        raise Stale(what, mine, {name: getattr(row, name, None) for name in mine}, row.version, row.audit_seq)


def check_columns(
    session: Session, row: Audited, version: int, what: str, mine: Mapping[str, object], *also: str
) -> None:
    """Like `check_version`, but only for the columns in `mine` and `also`: other changes of the row disturb nobody.

    Raises:
        Stale: Somebody gave one of these columns another value since.
    """
    changed = last_change(session, row, version, {*mine, *also})
    if changed is not None:
        theirs = {name: getattr(row, name) for name in mine}
        raise Stale(what, mine, theirs, row.version, changed.seq)
