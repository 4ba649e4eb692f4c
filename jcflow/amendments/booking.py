"""Bookings of the cash system, and releases of what will not be booked."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from jcflow.amendments.amendment import Amendment, AmendmentBooking, BookingKind, standing_of
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.errors import BadInput
from jcflow.money import german

LONGEST_REFERENCE = 60


def book(
    session: Session, one: Amendment, *, amount: int, reference: str, booked_on: date, deed: Deed
) -> AmendmentBooking:
    """Enter what the cash system has booked, the whole or a part of what is blocked.

    Raises:
        BadInput: Nothing or more than is blocked, no reference, or a day before the block or in the future.
    """
    problems = _amount_problem(session, one, amount)
    reference = " ".join(reference.split())
    if not 1 <= len(reference) <= LONGEST_REFERENCE:
        problems["reference"] = "Geben Sie die Belegnummer der Buchung ein, zum Beispiel „4711-2026“."
    if not (one.blocked_on or date.max) <= booked_on <= local_day(deed.at):
        problems["booked_on"] = "Der Tag liegt nicht zwischen der Sperre und heute."
    if problems:
        raise BadInput(problems)
    return _enter(session, one, BookingKind.BOOKING, amount, one.reason, booked_on, deed, reference)


def release(session: Session, one: Amendment, *, amount: int, deed: Deed) -> AmendmentBooking:
    """Let go of what will not be booked, the whole or a part; the reason is the deed's.

    Raises:
        BadInput: Nothing or more than is blocked.
    """
    if problems := _amount_problem(session, one, amount):
        raise BadInput(problems)
    return _enter(session, one, BookingKind.RELEASE, amount, deed.reason, local_day(deed.at), deed)


def _amount_problem(session: Session, one: Amendment, amount: int) -> dict[str, str]:
    rest = standing_of(session, one).rest
    if 0 < amount <= rest:
        return {}
    return {"amount": f"Geben Sie einen Betrag über 0 € ein. Gesperrt sind noch {german(rest)} €."}


def _enter(
    session: Session,
    one: Amendment,
    kind: BookingKind,
    amount: int,
    reason: str,
    on: date,
    deed: Deed,
    reference: str | None = None,
) -> AmendmentBooking:
    entered = AmendmentBooking(
        jobcenter_id=one.jobcenter_id,
        programme_id=one.programme_id,
        amendment_id=one.id,
        kind=kind,
        direction=one.kind,
        amount=amount,
        source_line_id=one.source_line_id,
        target_line_id=one.target_line_id,
        reason=reason,
        reference=reference,
        booked_on=on,
        entered_by=deed.actor_id,
        at=deed.at,
    )
    record(session, entered, deed)
    return entered
