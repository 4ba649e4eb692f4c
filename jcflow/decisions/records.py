"""Records of resolutions: of the carrier assembly by its chair, of council bodies by their paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.trail import Audited, Deed, audited, record
from jcflow.clock import local_day, written
from jcflow.decisions.ballots import Ballot, Choice, Result
from jcflow.errors import BadInput, NotFound
from jcflow.programmes.programme import Programme, check_version, steps_of

PASSED = frozenset({"recommended", "adopted"})
"""Outcomes of a council body for which a majority has voted."""
LAW = "§ 44c Abs. 1 Satz 7 SGB II"
LAW_TIE = "§ 44c Abs. 1 Satz 7 und 8 SGB II"


class Record(Audited):
    """The resolution of the carrier assembly, recorded by the chair. Source: § 44c Abs. 1 Satz 9 SGB II."""

    __tablename__ = "record"
    __table_args__ = audited(UniqueConstraint("ballot_id"), programme_id="programme", ballot_id="ballot")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "ballot_id", "result", "decided_on", "law", "chair_id", "entered_by", "confirmed_by", "at"}
    )

    programme_id: Mapped[UUID]
    ballot_id: Mapped[UUID]
    result: Mapped[Result]
    decided_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    """Wording of the resolution."""
    rule: Mapped[str] = mapped_column(Text)
    """How the result came about, in a sentence."""
    law: Mapped[str]
    chair_id: Mapped[UUID]
    at: Mapped[datetime]
    entered_by: Mapped[UUID | None]
    """The Gremienbüro's person, for a record signed on paper."""
    confirmed_by: Mapped[UUID | None]

    @property
    def counts(self) -> bool:
        """Whether it stands: set down by the chair, or entered and confirmed."""
        return self.entered_by is None or self.confirmed_by is not None


class BodyResult(Audited):
    """What a body of the municipal council made of the programme, entered with the reference of its paper."""

    __tablename__ = "body_result"
    __table_args__ = audited(programme_id="programme", version_id="programme_version")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {
            "programme_id",
            "version_id",
            "body",
            "met_on",
            "reference",
            "yes",
            "no",
            "abstain",
            "excluded",
            "outcome",
            "at",
        }
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    version_id: Mapped[UUID]
    body: Mapped[str]
    """State of the procedure in which the body sat: `committee` or `council`."""
    met_on: Mapped[date]
    reference: Mapped[str]
    """Number of the paper in the council's own system."""
    yes: Mapped[int]
    no: Mapped[int]
    abstain: Mapped[int]
    excluded: Mapped[int]
    """Members who did not take part because of bias; counted separately."""
    outcome: Mapped[str]
    note: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[UUID | None]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Sitting:
    """A body's result as typed."""

    met_on: date
    reference: str
    yes: int
    no: int
    abstain: int
    excluded: int
    outcome: str
    note: str = ""


def rule_of(ballot: Ballot) -> tuple[str, str]:
    """A sentence that says how the ballot's result came about, and the law for it."""
    counted = (
        f"{ballot.yes} Ja, {ballot.no} Nein, {ballot.abstain} {'Enthaltung' if ballot.abstain == 1 else 'Enthaltungen'}"
    )
    if ballot.casting_vote is not None:
        said = "Ja" if ballot.casting_vote is Choice.YES else "Nein"
        return f"Stimmengleichheit ({counted}). Die Stimme des Vorsitzes gab den Ausschlag: {said}.", LAW_TIE
    if ballot.result is Result.TIED:
        return f"Stimmengleichheit ({counted}). Die Stimme des Vorsitzes gibt den Ausschlag.", LAW_TIE
    side = "angenommen" if ballot.result is Result.ADOPTED else "abgelehnt"
    return f"Mit der Mehrheit der Stimmen {side} ({counted}).", LAW


def record_of(session: Session, ballot: Ballot | None) -> Record | None:
    """The record of a ballot, one still to be confirmed included."""
    return None if ballot is None else session.scalar(select(Record).where(Record.ballot_id == ballot.id))


def set_down(
    session: Session,
    programme: Programme,
    ballot: Ballot,
    *,
    text: str,
    decided_on: date,
    chair_id: UUID,
    deed: Deed,
    entered_by: UUID | None = None,
    version: int | None = None,
) -> Record:
    """Set down the record; one that was entered but not confirmed is replaced.

    Args:
        version: Row version of the entry the form was opened with, 0 for a first one; None where the chair writes.

    Raises:
        Stale: Somebody entered it or changed the entry since the form was opened.
        BadInput: No text, a day in the future or before the ballot was opened, or the record stands already.
    """
    known = record_of(session, ballot)
    _check_record(ballot, known, text, decided_on, deed)
    if known is not None and version is not None:
        check_version(known, version, "Die Eintragung", {"decided_on": decided_on, "text": text})
    said = {
        **_outcome(ballot),
        "decided_on": decided_on,
        "text": text.strip(),
        "chair_id": chair_id,
        "at": deed.at,
        "entered_by": entered_by,
        "confirmed_by": None,
    }
    if known is not None:
        record(session, known, deed, **said)
        return known
    fresh = Record(jobcenter_id=programme.jobcenter_id, programme_id=programme.id, ballot_id=ballot.id, **said)
    record(session, fresh, deed)
    return fresh


def _outcome(ballot: Ballot) -> dict[str, object]:
    rule, law = rule_of(ballot)
    return {"result": ballot.result, "rule": rule, "law": law}


def _check_record(ballot: Ballot, known: Record | None, text: str, decided_on: date, deed: Deed) -> None:
    problems = {}
    if not 10 <= len(text.strip()) <= 20_000:
        problems["text"] = "Schreiben Sie den Wortlaut des Beschlusses auf."
    if not local_day(ballot.opened_at) <= decided_on <= local_day(deed.at):
        problems["decided_on"] = "Der Tag liegt nicht zwischen der Eröffnung der Abstimmung und heute."
    if known is not None and known.counts:
        problems["text"] = "Die Niederschrift liegt schon vor."
    if ballot.result is None:
        problems["text"] = "Das Ergebnis ist noch nicht festgestellt."
    if problems:
        raise BadInput(problems)


def confirm(session: Session, written: Record, deed: Deed) -> None:
    """Confirm, as a second person, a record that was entered from paper.

    Raises:
        BadInput: It needs no confirmation, or the one who entered it would confirm it.
    """
    if written.entered_by is None or written.confirmed_by is not None:
        raise BadInput({"confirm": "Hier ist nichts zu bestätigen."})
    if written.entered_by == deed.actor_id:
        raise BadInput({"confirm": "Bestätigen muss eine zweite Person."})
    record(session, written, deed, confirmed_by=deed.actor_id)


def enter_result(
    session: Session, programme: Programme, version_id: UUID, body: str, sitting: Sitting, deed: Deed
) -> BodyResult:
    """Enter what a council body decided.

    Raises:
        BadInput: No reference, a day in the future or before the body had the version, a number of votes out of
            range, or votes that cannot have led to the outcome.
    """
    _check_sitting(sitting, _first_day(session, programme), local_day(deed.at))
    entered = BodyResult(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        version_id=version_id,
        body=body,
        met_on=sitting.met_on,
        reference=sitting.reference.strip(),
        yes=sitting.yes,
        no=sitting.no,
        abstain=sitting.abstain,
        excluded=sitting.excluded,
        outcome=sitting.outcome,
        note=sitting.note.strip(),
        person_id=deed.actor_id,
        at=deed.at,
    )
    record(session, entered, deed)
    return entered


def _first_day(session: Session, programme: Programme) -> date:
    """The first day on which the body can have met: the version was put before the bodies, or an earlier one met."""
    put = next(step for step in reversed(steps_of(session, programme)) if step.trigger != "enter_result")
    earlier = [result.met_on for result in results_of(session, programme) if result.at > put.at]
    return max([local_day(put.at), *earlier])


def _check_sitting(sitting: Sitting, first: date, today: date) -> None:
    problems = {}
    if not 1 <= len(sitting.reference.strip()) <= 200:
        problems["reference"] = "Geben Sie das Aktenzeichen der Vorlage ein, zum Beispiel 12/2027."
    if sitting.met_on > today:
        problems["met_on"] = "Die Sitzung liegt in der Zukunft. Tragen Sie das Ergebnis danach ein."
    elif sitting.met_on < first:
        problems["met_on"] = (
            f"Vor dem {written(first)} kann das Gremium darüber nicht beraten haben. Prüfen Sie den Tag."
        )
    if sitting.outcome in PASSED and sitting.yes <= sitting.no:
        problems["yes"] = "Zu diesem Ergebnis gehören mehr Ja als Nein. Prüfen Sie die Stimmen und das Ergebnis."
    if sitting.outcome == "rejected" and sitting.yes > sitting.no:
        problems["yes"] = "Mit mehr Ja als Nein ist nichts abgelehnt. Prüfen Sie die Stimmen und das Ergebnis."
    for name in ("yes", "no", "abstain", "excluded"):
        if not 0 <= getattr(sitting, name) <= 999:
            problems[name] = "Geben Sie eine Zahl von 0 bis 999 ein."
    if problems:
        raise BadInput(problems)


def results_of(session: Session, programme: Programme) -> list[BodyResult]:
    """What council bodies decided, the newest first."""
    mine = BodyResult.programme_id == programme.id
    return list(session.scalars(select(BodyResult).where(mine).order_by(BodyResult.at.desc())))


def record_by_id(session: Session, programme: Programme, record_id: UUID) -> Record:
    """One record of the programme.

    Raises:
        NotFound: There is none of this id.
    """
    found = session.scalar(select(Record).where(Record.programme_id == programme.id, Record.id == record_id))
    if found is None:
        raise NotFound
    return found
