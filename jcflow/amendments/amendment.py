"""An amendment, its bookings, and the questions about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.amendments.procedures import known
from jcflow.asked import once
from jcflow.audit.trail import Audited, audited
from jcflow.errors import NotFound
from jcflow.procedure import Procedure, Role, State
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version


class AmendmentKind(StrEnum):
    """What is changed. Source: § 46 Abs. 1 Satz 5 SGB II, § 44f SGB II."""

    TRANSFER_EGT_TO_VK = "transfer_egt_to_vk"
    TRANSFER_VK_TO_EGT = "transfer_vk_to_egt"
    LINE_SHIFT = "line_shift"
    ALLOCATION_CHANGE = "allocation_change"
    COMMITMENT_AUTHORITY_CHANGE = "commitment_authority_change"
    CORRECTION = "correction"
    """Of words; no figure changes."""


KIND_NAMES = {
    AmendmentKind.TRANSFER_EGT_TO_VK: "Umschichtung vom Eingliederungstitel in die Verwaltungskosten",
    AmendmentKind.TRANSFER_VK_TO_EGT: "Umschichtung von den Verwaltungskosten in den Eingliederungstitel",
    AmendmentKind.LINE_SHIFT: "Verschiebung innerhalb eines Budgets",
    AmendmentKind.ALLOCATION_CHANGE: "Neue Zuteilung",
    AmendmentKind.COMMITMENT_AUTHORITY_CHANGE: "Änderung der Verpflichtungsermächtigung",
    AmendmentKind.CORRECTION: "Berichtigung ohne Geldwirkung",
}
TRANSFERS = frozenset({AmendmentKind.TRANSFER_EGT_TO_VK, AmendmentKind.TRANSFER_VK_TO_EGT, AmendmentKind.LINE_SHIFT})
"""Kinds with a giving and a receiving line: they are blocked and booked."""
BETWEEN_BUDGETS = frozenset({AmendmentKind.TRANSFER_EGT_TO_VK, AmendmentKind.TRANSFER_VK_TO_EGT})
UNDECIDED = frozenset({"proposed", "checked", "decision_pending"})
"""States before the decision: the plan does not hold the amount yet, but it counts as planned."""
RESOLVED = frozenset({"approved", "blocked", "booked", "released", "closed"})
"""States in which the plan holds the amount."""
BLOCKED = frozenset({"blocked", "booked", "released"})
"""States in which what is neither booked nor released is locked at the giving line."""


class BookingKind(StrEnum):
    """A booking of the cash system, or that a part will not be booked."""

    BOOKING = "booking"
    RELEASE = "release"


class Amendment(Audited):
    """One change of the budget of a programme in force. The state is written by `process.amending` alone."""

    __tablename__ = "amendment"
    __table_args__ = audited(
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        programme_id="programme",
        source_line_id="budget_line",
        target_line_id="budget_line",
        version_id="programme_version",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "number", "kind", "year", "state", "entered_on", "workflow_key", "workflow_version"}
        | {"source_line_id", "target_line_id", "amount", "lowers", "column"}
        | {"proposed_by", "proposed_role", "proposed_at", "checked_by", "checked_at", "competent"}
        | {"decided_by", "decided_on", "minutes", "yes", "no", "abstain"}
        | {"version_id", "version_sha256", "applied", "blocked_by", "blocked_on", "declared_by", "declared_on"}
    )
    VOUCHES_FOR = ("version_id", "version_sha256")

    programme_id: Mapped[UUID]
    number: Mapped[int]
    """1, 2, 3 … in each programme."""
    kind: Mapped[AmendmentKind]
    year: Mapped[int]
    """The legal year whose budget it is."""
    state: Mapped[str]
    entered_on: Mapped[date]
    """The day the present state was entered."""
    workflow_key: Mapped[str]
    workflow_version: Mapped[int]
    source_line_id: Mapped[UUID | None]
    """The giving line; None where nothing is taken from a line."""
    target_line_id: Mapped[UUID | None]
    """The receiving line; of a correction the line whose words change."""
    amount: Mapped[int] = mapped_column(BigInteger)
    """Cents; 0 only for a correction."""
    lowers: Mapped[bool] = mapped_column(default=False)
    """Whether an allocation or commitment authority gets smaller; the line is the giving one then."""
    column: Mapped[str | None]
    """Of a correction: `label` or `note`."""
    wording: Mapped[str] = mapped_column(Text, default="")
    """Of a correction: the new words."""
    former: Mapped[str] = mapped_column(Text, default="")
    """Of a correction: the words until then."""
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[UUID | None]
    proposed_role: Mapped[str]
    proposed_at: Mapped[datetime]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(Text, default="")
    """The budget officer's statement, with that on coverability."""
    competent: Mapped[Role | None]
    """Who decides or records what the body has decided; set with the check."""
    decided_by: Mapped[UUID | None]
    decided_on: Mapped[date | None]
    minutes: Mapped[str | None]
    """Reference of the minutes, the council's paper or the file."""
    yes: Mapped[int | None]
    no: Mapped[int | None]
    abstain: Mapped[int | None]
    resolution: Mapped[str] = mapped_column(Text, default="")
    """Wording of the decision."""
    version_id: Mapped[UUID | None]
    """The version of the programme that the decision made."""
    version_sha256: Mapped[str | None]
    applied: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Budget line to its cents before and after the decision."""
    blocked_by: Mapped[UUID | None]
    blocked_on: Mapped[date | None]
    declared_by: Mapped[UUID | None]
    """Who has declared that the receiving title is fully committed (R-30)."""
    declared_on: Mapped[date | None]

    @property
    def procedure(self) -> Procedure:
        """The definition it was proposed under."""
        return known()[self.workflow_key, self.workflow_version]

    @property
    def current(self) -> State:
        """The definition's present state."""
        return self.procedure.states[self.state]

    @property
    def is_transfer(self) -> bool:
        """Whether it moves money from a line to another."""
        return self.kind in TRANSFERS


class AmendmentBooking(Audited):
    """A booking of an amendment, or the release of a part; never changed again."""

    __tablename__ = "amendment_booking"
    __table_args__ = audited(
        CheckConstraint("amount > 0", name="amount_positive"),
        programme_id="programme",
        amendment_id="amendment",
        source_line_id="budget_line",
        target_line_id="budget_line",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "amendment_id", "kind", "direction", "amount", "source_line_id", "target_line_id"}
        | {"reference", "booked_on", "entered_by", "at"}
    )

    programme_id: Mapped[UUID]
    amendment_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[BookingKind]
    direction: Mapped[AmendmentKind]
    amount: Mapped[int] = mapped_column(BigInteger)
    """Cents."""
    source_line_id: Mapped[UUID]
    target_line_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None]
    """Of a booking: its number in the cash system."""
    booked_on: Mapped[date]
    entered_by: Mapped[UUID | None]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Standing:
    """One amendment with its figures, in cents: resolved plan, blocked and booked are three."""

    amendment: Amendment
    bookings: tuple[AmendmentBooking, ...]

    @property
    def planned(self) -> int:
        """Proposed and not decided yet."""
        return self.amendment.amount if self.amendment.state in UNDECIDED else 0

    @property
    def resolved(self) -> int:
        """Decided, so that the plan holds it."""
        return self.amendment.amount if self.amendment.state in RESOLVED else 0

    @property
    def booked(self) -> int:
        """Booked in the cash system."""
        return sum(one.amount for one in self.bookings if one.kind is BookingKind.BOOKING)

    @property
    def released(self) -> int:
        """Decided, and let go without a booking."""
        return sum(one.amount for one in self.bookings if one.kind is BookingKind.RELEASE)

    @property
    def rest(self) -> int:
        """Neither booked nor released, whether it is locked already or not."""
        return self.resolved - self.booked - self.released if self.amendment.is_transfer else 0

    @property
    def blocked(self) -> int:
        """Locked at the giving line."""
        return self.rest if self.amendment.state in BLOCKED else 0


@once
def amendments_of(session: Session, programme: Programme) -> list[Amendment]:
    """The amendments of a programme, the newest first."""
    mine = Amendment.programme_id == programme.id
    return list(session.scalars(select(Amendment).where(mine).order_by(Amendment.number.desc())))


def decided_since(session: Session, programme: Programme, version: Version) -> list[Amendment]:
    """The amendments whose decision made a version newer than this one and still stands, the oldest first."""
    later = (Amendment.programme_id == programme.id) & Amendment.state.in_(RESOLVED) & (Version.number > version.number)
    question = select(Amendment).join(Version, Version.id == Amendment.version_id).where(later)
    return list(session.scalars(question.order_by(Version.number)))


def amendment(session: Session, programme: Programme, amendment_id: UUID) -> Amendment:
    """One amendment of a programme.

    Raises:
        NotFound: The programme has none of this id.
    """
    mine = (Amendment.programme_id == programme.id) & (Amendment.id == amendment_id)
    found = session.scalar(select(Amendment).where(mine))
    if found is None:
        raise NotFound
    return found


def standings_of(session: Session, programme: Programme) -> list[Standing]:
    """The amendments of a programme with their figures, the newest first."""
    bookings: dict[UUID, list[AmendmentBooking]] = {}
    mine = AmendmentBooking.programme_id == programme.id
    ordered = select(AmendmentBooking).where(mine).order_by(AmendmentBooking.at, AmendmentBooking.audit_seq)
    for one in session.scalars(ordered):
        bookings.setdefault(one.amendment_id, []).append(one)
    return [Standing(one, tuple(bookings.get(one.id, ()))) for one in amendments_of(session, programme)]


def standing_of(session: Session, one: Amendment) -> Standing:
    """One amendment with its figures."""
    mine = AmendmentBooking.amendment_id == one.id
    ordered = select(AmendmentBooking).where(mine).order_by(AmendmentBooking.at, AmendmentBooking.audit_seq)
    return Standing(one, tuple(session.scalars(ordered)))


@dataclass(frozen=True)
class Sums:
    """What the transfers between both budgets come to in a year, in cents."""

    gross: int
    """All of them, whatever their direction."""
    net: int
    """From the integration budget to administration, less the other way; may be negative."""


def sums(standings: list[Standing]) -> dict[str, Sums]:
    """`resolved`, `blocked` and `booked` to what the transfers between both budgets come to."""
    between = [one for one in standings if one.amendment.kind in BETWEEN_BUDGETS]
    found = {}
    for name in ("resolved", "blocked", "booked"):
        out = _total(between, name, AmendmentKind.TRANSFER_EGT_TO_VK)
        back = _total(between, name, AmendmentKind.TRANSFER_VK_TO_EGT)
        found[name] = Sums(out + back, out - back)
    return found


def _total(standings: list[Standing], name: str, kind: AmendmentKind) -> int:
    return sum(getattr(one, name) for one in standings if one.amendment.kind is kind)
