"""When the trail is anchored: with each step that puts a version before somebody or decides, and once a day.

Where the session can sign, the checkpoint is made in the step's own transaction, so nobody sees a result without it;
where it cannot, it waits, and the worker makes up for it. What waits is asked of the tables: steps and events that are
newer than the newest checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter, Setting, setting_of
from jcflow.audit.chain import AuditEvent, AuditHead
from jcflow.audit.checkpoints import Cause, Checkpoint, NoSigner, TrailBroken, Wanted, demands_signer, sign, signer_of
from jcflow.clock import BERLIN, local_day
from jcflow.database import EVERY_JOBCENTER, serve
from jcflow.errors import StepNotPossible
from jcflow.mail.outbox import Letter, Occasion, queue
from jcflow.procedure import Step
from jcflow.programmes.procedures import known
from jcflow.programmes.programme import Programme, StepTaken

log = logging.getLogger("jcflow.anchoring")

MAILED = frozenset({Cause.CONCLUDE, Cause.RECORD})
"""Checkpoints that are sent to the carriers, so that they lie outside the house."""
PATIENCE = timedelta(hours=24)
"""How long a checkpoint may wait before that is a fault and no longer a delay."""


def cause_of(step: Step) -> Cause | None:
    """Why a step is anchored; None where it is not."""
    if {"set_record", "enter_result"} & set(step.effects):
        return Cause.RECORD
    if {"conclude_ballot", "cast_vote"} & set(step.effects):
        return Cause.CONCLUDE
    if step.freeze:
        return Cause.SUBMIT if step.trigger == "submit" else Cause.FREEZE
    return None


def obstacles_of(session: Session, step: Step) -> tuple[str, ...]:
    """What stands in the way of a result: it is shown only with its checkpoint, where the installation signs."""
    if cause_of(step) is Cause.CONCLUDE and demands_signer(session) and not signer_of(session):
        return (f"{NoSigner()} Bitte verständigen Sie die Stelle, die jcflow betreibt.",)
    return ()


def step_taken(session: Session, programme: Programme, step: Step, taken: StepTaken, at: datetime) -> None:
    """Anchor the trail at a step just taken, if it is one of those and the session can sign.

    Raises:
        StepNotPossible: A result would be established on a trail that does not hold together.
    """
    cause = cause_of(step)
    if cause is None or not demands_signer(session):
        return
    try:
        made = sign(session, programme.jobcenter_id, [Wanted(taken.audit_seq, cause, programme.id)], at)
    except (NoSigner, TrailBroken) as error:
        if cause is Cause.CONCLUDE:
            raise StepNotPossible(step.label, programme.current.label, [str(error)]) from error
        log.error("%s: %s", programme.jobcenter_id, error)
        return
    _tell_carriers(session, made, at)


def version_frozen(session: Session, programme: Programme, seq: int, at: datetime) -> None:
    """Anchor the trail where a version was frozen by no step of the programme, if the session can sign.

    Args:
        seq: Number of the event that names the version.
    """
    if not demands_signer(session):
        return
    try:
        sign(session, programme.jobcenter_id, [Wanted(seq, Cause.FREEZE, programme.id)], at)
    except (NoSigner, TrailBroken) as error:
        log.error("%s: %s", programme.jobcenter_id, error)


def _tell_carriers(session: Session, made: Collection[Checkpoint], at: datetime) -> None:
    told = [one for one in made if one.occasion in MAILED]
    if not told:
        return
    house = session.get_one(Jobcenter, told[0].jobcenter_id)
    boxes = mailboxes(house, setting_of(session, house.id))
    letters = [_letter(one, kind, name, address) for one in told for kind, name, address in boxes if address]
    queue(session, *letters, at=at)


def mailboxes(house: Jobcenter, setting: Setting) -> list[tuple[str, str, str]]:
    """Kind, name and mailbox of each carrier; the mailbox is empty as long as nobody has entered one."""
    known_boxes = {"agency": setting.checkpoint_email_agency, "municipality": setting.checkpoint_email_municipality}
    return [(one["kind"], one["name"], known_boxes.get(one["kind"]) or "") for one in house.carriers]


def _letter(one: Checkpoint, kind: str, name: str, address: str) -> Letter:
    facts = {"note": one.note.splitlines(), "seq": one.seq, "at": one.at.isoformat(), "cause": one.occasion.value}
    key = f"checkpoint/{one.id}/{kind}"
    return Letter(Occasion.CHECKPOINT, None, key, facts, one.programme_id, address=address, name=name)


@dataclass(frozen=True)
class Waiting:
    """A Jobcenter whose trail goes on behind its newest checkpoint."""

    jobcenter_id: UUID
    due_at: datetime
    """When it was to be anchored: with the first such step, else at the end of the first such day."""


@cache
def _triggers() -> frozenset[str]:
    return frozenset(step.trigger for one in known().values() for step in one.steps if cause_of(step) is not None)


def waiting(session: Session) -> list[Waiting]:
    """Every Jobcenter whose trail is not anchored to its end, and since when it should be."""
    last = (
        select(Checkpoint.jobcenter_id, func.max(Checkpoint.seq).label("seq"), func.max(Checkpoint.at).label("at"))
        # One that says it covers more than there is must not keep the others from being made.
        .join(AuditHead, (AuditHead.jobcenter_id == Checkpoint.jobcenter_id) & (AuditHead.seq >= Checkpoint.seq))
        .group_by(Checkpoint.jobcenter_id)
        .subquery()
    )
    covered = func.coalesce(last.c.seq, 0)
    of_house = StepTaken.jobcenter_id == AuditHead.jobcenter_id
    step = select(func.min(StepTaken.at)).where(
        of_house, StepTaken.audit_seq > covered, StepTaken.trigger.in_(sorted(_triggers()))
    )
    event = select(AuditEvent.at).where(
        AuditEvent.jobcenter_id == AuditHead.jobcenter_id, AuditEvent.seq == covered + 1
    )
    question = (
        select(AuditHead.jobcenter_id, last.c.at, step.scalar_subquery(), event.scalar_subquery())
        .outerjoin(last, last.c.jobcenter_id == AuditHead.jobcenter_id)
        .where(AuditHead.seq > covered)
    )
    rows = session.execute(question, execution_options=EVERY_JOBCENTER)
    return [Waiting(house, _due_at(anchored, step, first)) for house, anchored, step, first in rows]


def _due_at(anchored: datetime | None, step: datetime | None, first: datetime) -> datetime:
    if anchored is None:
        return first
    end = datetime.combine(local_day(first) + timedelta(days=1), time.min, BERLIN)
    return min(step, end) if step else end


class Light(StrEnum):
    """How the anchoring of an installation stands."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    """A checkpoint has waited for more than a day."""


def standing(session: Session, at: datetime) -> tuple[Light, timedelta]:
    """How it stands, and how late the checkpoint is that has waited longest; zero where none is due."""
    due = [one.due_at for one in waiting(session) if one.due_at <= at]
    late = at - min(due) if due else timedelta(0)
    return (Light.RED if late > PATIENCE else Light.AMBER) if due else Light.GREEN, late


def anchor(session: Session, jobcenter_id: UUID, at: datetime) -> int:
    """Make the checkpoints a Jobcenter waits for; returns how many. The session serves it from then on.

    Raises:
        NoSigner: There is no key.
        TrailBroken: The trail does not hold together.
    """
    serve(session, jobcenter_id)
    own = AuditHead.jobcenter_id == jobcenter_id
    head = session.scalars(select(AuditHead).where(own).with_for_update()).one()
    if all(one.jobcenter_id != jobcenter_id or one.due_at > at for one in waiting(session)):
        return 0
    wanted = list(_steps_not_anchored(session))
    if not wanted or wanted[-1].seq < head.seq:
        wanted.append(Wanted(head.seq, Cause.DAILY))
    made = sign(session, jobcenter_id, wanted, at)
    _tell_carriers(session, made, at)
    return len(made)


def _steps_not_anchored(session: Session) -> Iterator[Wanted]:
    covered = select(func.coalesce(func.max(Checkpoint.seq), 0)).scalar_subquery()
    question = select(StepTaken, Programme).join(Programme, Programme.id == StepTaken.programme_id)
    rows = session.execute(question.where(StepTaken.audit_seq > covered).order_by(StepTaken.audit_seq))
    for taken, programme in rows:
        step = programme.procedure.step(taken.source, taken.trigger) if taken.source else None
        cause = cause_of(step) if step else None
        if cause is not None:
            yield Wanted(taken.audit_seq, cause, programme.id)


def checkpoint_of(session: Session, programme: Programme, cause: Cause) -> Checkpoint | None:
    """The newest checkpoint a programme's steps of this kind were anchored with."""
    mine = (Checkpoint.programme_id == programme.id) & (Checkpoint.occasion == cause)
    return session.scalar(select(Checkpoint).where(mine).order_by(Checkpoint.seq.desc(), Checkpoint.at.desc()).limit(1))
