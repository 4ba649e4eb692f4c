"""What must be on record before the draft leaves the house: sign-off, budget statement, targets, differences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import Entry, entries, select_events
from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.errors import BadInput, NotAllowed
from jcflow.programmes.acceptances import accepted_of
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.checks import Difference, accepted_in
from jcflow.programmes.exchange.writing import as_data
from jcflow.programmes.identities.checking import all_differences
from jcflow.programmes.live import figures_of, text_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version, figures_digest, newest_version

LONGEST_TEXT = 5_000


class SignOffKind(StrEnum):
    """What is signed off. Source: § 18e Abs. 3, § 44f Abs. 2, § 44c Abs. 6 SGB II."""

    EQUAL_OPPORTUNITY = "equal_opportunity"
    BUDGET = "budget"
    CARRIER_TARGETS = "carrier_targets"


class SignOffOutcome(StrEnum):
    """How: signed or waived; stated; attached or none given."""

    SIGNED = "signed"
    WAIVED = "waived"
    STATED = "stated"
    ATTACHED = "attached"
    NONE = "none"


class SignOff(Audited):
    """One statement about one version."""

    __tablename__ = "sign_off"
    __table_args__ = audited(
        UniqueConstraint("version_id", "kind", "figures_sha256"),
        programme_id="programme",
        version_id="programme_version",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "version_id", "kind", "outcome", "figures_sha256", "person_id", "role", "at"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    version_id: Mapped[UUID]
    kind: Mapped[SignOffKind]
    outcome: Mapped[SignOffOutcome]
    figures_sha256: Mapped[str] = mapped_column(default="")
    """For the budget: checksum of the figures stated; empty for the others."""
    text: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[UUID | None]
    role: Mapped[str]
    at: Mapped[datetime]


def sign_offs_of(session: Session, version: Version | None) -> dict[SignOffKind, SignOff]:
    """The statements about a version by kind; of several about the budget the last one."""
    if version is None:
        return {}
    return {row.kind: row for row in _statements(session, version.programme_id) if row.version_id == version.id}


@once
def _statements(session: Session, programme_id: UUID) -> list[SignOff]:
    """Everything that was stated about a programme's versions, the last statement last."""
    mine = SignOff.programme_id == programme_id
    return list(session.scalars(select(SignOff).where(mine).order_by(SignOff.at, SignOff.audit_seq)))


def sign(
    session: Session, programme: Programme, kind: SignOffKind, outcome: SignOffOutcome, text: str, deed: Deed
) -> SignOff:
    """State something about the newest version; a second statement replaces the wording of the first.

    Raises:
        BadInput: A waiver without a reason, or a text that is too long.
        NotAllowed: The budget is stated by somebody who changed its figures since the last statement (§ 9 BHO).
    """
    version = newest_version(session, programme)
    if version is None:
        raise BadInput({"text": "Es gibt noch keine vorgelegte Fassung."})
    if outcome is SignOffOutcome.WAIVED and len(text.strip()) < SHORTEST_REASON:
        raise BadInput({"text": f"Begründen Sie den Verzicht mit mindestens {SHORTEST_REASON} Zeichen."})
    if len(text) > LONGEST_TEXT:
        raise BadInput({"text": "Kürzen Sie den Text auf höchstens 5.000 Zeichen."})
    if kind is SignOffKind.BUDGET and has_changed_figures(session, programme, deed.actor_id):
        raise NotAllowed("jemanden, der die Zahlen seit der letzten Stellungnahme nicht selbst geändert hat (§ 9 BHO)")
    figures = figures_digest(as_data(figures_of(session, programme))) if kind is SignOffKind.BUDGET else ""
    known = session.scalar(
        select(SignOff).where(SignOff.version_id == version.id, SignOff.kind == kind, SignOff.figures_sha256 == figures)
    )
    said = {"outcome": outcome, "text": text.strip(), "person_id": deed.actor_id, "role": deed.role, "at": deed.at}
    if known is not None:
        record(session, known, deed, **said)
        return known
    fresh = SignOff(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        version_id=version.id,
        kind=kind,
        figures_sha256=figures,
        **said,
    )
    record(session, fresh, deed)
    return fresh


def last_budget_statement(session: Session, programme: Programme) -> SignOff | None:
    """The budget officer's last statement on this programme."""
    stated = _statements(session, programme.id)
    return next((row for row in reversed(stated) if row.kind is SignOffKind.BUDGET), None)


def figure_changes(session: Session, programme: Programme) -> list[Entry]:
    """What was done to the budget since the officer's last statement, or since the beginning; newest first."""
    last = last_budget_statement(session, programme)
    question = select_events(programme.jobcenter_id).where(
        AuditEvent.programme_id == programme.id,
        AuditEvent.object_type.in_(("budget_line", "budget_table")),
        AuditEvent.seq > (last.audit_seq if last else 0),
    )
    return entries(session, question)


def has_changed_figures(session: Session, programme: Programme, person_id: UUID | None) -> bool:
    """Whether a person changed figures that nobody has stated since: who proposes does not check."""
    return person_id is not None and any(e.actor_id == person_id for e in figure_changes(session, programme))


def figures_are_stated(session: Session, programme: Programme) -> bool:
    """Whether the budget officer's last statement is about the figures as they are now (R-11)."""
    last = last_budget_statement(session, programme)
    return last is not None and last.figures_sha256 == figures_digest(as_data(figures_of(session, programme)))


def open_differences(session: Session, programme: Programme) -> list[Difference]:
    """The figures of the present content that neither hold nor are accepted as they stand (R-27)."""
    found = all_differences(text_of(session, programme))
    accepted = accepted_of(session, programme) if found else {}
    return [d for d in found if accepted_in(accepted, d) is None]


def has_carrier_targets(session: Session, programme: Programme) -> bool:
    """Whether the carriers' target requirements are attached or declared to be none (R-09)."""
    return any(row.kind is SignOffKind.CARRIER_TARGETS for row in _statements(session, programme.id))
