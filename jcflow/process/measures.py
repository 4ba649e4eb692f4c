"""Naming who sees to a measure until when, and reporting on it; the owner's task goes with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.actor import Actor
from jcflow.accounts.people import roles_of
from jcflow.accounts.role_names import named
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, StepNotPossible
from jcflow.procedure import Phase, Role
from jcflow.programmes.files import Upload, store
from jcflow.programmes.measures import REPORT, Measure, MeasureStatus, measure_of
from jcflow.programmes.programme import Programme, check_version
from jcflow.programmes.registers import RegisterRow
from jcflow.tasks import Task

NAMING = (Role.MANAGING_DIRECTOR, Role.STAFF)
"""Who says who sees to a measure."""
OWNERS = (
    Role.EDITOR,
    Role.MANAGING_DIRECTOR,
    Role.EQUAL_OPPORTUNITY_OFFICER,
    Role.BUDGET_OFFICER,
    Role.STAFF,
)
"""In which roles somebody may see to one, the first that fits; members of the bodies do not."""
FARTHEST = timedelta(days=3 * 366)
SHORTEST, LONGEST = 10, 500
"""Characters of a report."""


def check_in_force(programme: Programme, what: str) -> None:
    """Refuse what concerns only a programme in force.

    Raises:
        StepNotPossible: It is not.
    """
    if programme.current.phase is not Phase.IN_FORCE:
        raise StepNotPossible(what, programme.current.label)


def entrust(
    session: Session,
    programme: Programme,
    row: RegisterRow,
    *,
    person_id: UUID,
    due_on: date,
    version: int,
    actor: Actor,
    at: datetime,
) -> Measure:
    """Name the owner of a measure and its day; the owner gets a task, whoever had it before loses it.

    Args:
        version: Of what is known of the measure, 0 where nobody has been named yet.

    Raises:
        StepNotPossible: The programme is not in force.
        NotAllowed: The actor names nobody.
        BadInput: The person has no role in the house, or the day is over or too far away.
        Stale: Somebody else named an owner since.
    """
    check_in_force(programme, "Zuständigkeit eintragen")
    role = actor.role_among(NAMING)
    if role is None:
        raise NotAllowed(named(NAMING))
    known, today = measure_of(session, row), local_day(at)
    if known is not None:
        check_version(known, version, "Die Maßnahme", {"due_on": due_on})
    owning = _check(session, person_id, due_on, today)
    deed = actor.deed(role, at)
    if known is None:
        about = {"jobcenter_id": programme.jobcenter_id, "programme_id": programme.id, "row_id": row.id}
        known = Measure(**about, person_id=person_id, due_on=due_on)
        record(session, known, deed)
    else:
        record(session, known, deed, person_id=person_id, due_on=due_on)
    _give_task(session, programme, known, str(row.data.get("title", "")), owning, at)
    return known


def _check(session: Session, person_id: UUID, due_on: date, today: date) -> Role:
    """The role in which a person may see to a measure until a day."""
    owning = next((role for role in OWNERS if role in roles_of(session, person_id, today)), None)
    problems = {} if owning else {"person": "Wählen Sie jemanden aus dem Haus aus."}
    if not today <= due_on <= today + FARTHEST:
        problems["due_on"] = "Wählen Sie einen Tag von heute an, höchstens drei Jahre im Voraus."
    if problems or owning is None:
        raise BadInput(problems)
    return owning


def task_of(session: Session, measure: Measure) -> Task | None:
    """The task that is open for a measure."""
    mine = (Task.programme_id == measure.programme_id) & (Task.subject_id == measure.id) & Task.done_at.is_(None)
    return session.scalars(select(Task).where(mine)).one_or_none()


def _give_task(session: Session, programme: Programme, measure: Measure, title: str, role: Role, at: datetime) -> None:
    task, day = task_of(session, measure), local_day(at)
    if task is not None and task.person_id != measure.person_id:
        task.done_at, task = at, None
    if measure.status is MeasureStatus.DONE:
        return
    if task is None:
        session.add(_task(programme, measure, title, role, at))
    elif task.due_on != measure.due_on:
        task.due_on, task.due_version = measure.due_on, task.due_version + 1
        task.due_since = task.next_on = day
    session.flush()


def _task(programme: Programme, measure: Measure, title: str, role: Role, at: datetime) -> Task:
    return Task(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        state=programme.state,
        role=role,
        person_id=measure.person_id,
        act=REPORT,
        label=f"Stand melden: {title}"[:200],
        due_on=measure.due_on,
        due_since=local_day(at),
        next_on=local_day(at),
        opened_at=at,
        subject_id=measure.id,
    )


def reporting_role(measure: Measure, actor: Actor) -> Role | None:
    """The role in which somebody may report on a measure: as its owner, or in the owner's place."""
    return next((role for role in OWNERS if role in actor.roles and actor.acting_as(role) == measure.person_id), None)


def report(
    session: Session,
    programme: Programme,
    measure: Measure,
    *,
    status: str,
    sentence: str,
    upload: Upload | None,
    version: int,
    actor: Actor,
    at: datetime,
) -> None:
    """Say how a measure stands, with a sentence and perhaps a file; once it is done the task ends.

    Raises:
        StepNotPossible: The programme is not in force.
        NotAllowed: The measure is somebody else's.
        BadInput: No known status, or no sentence.
        Stale: Somebody changed the measure since the form was opened.
    """
    check_in_force(programme, "Stand melden")
    role = reporting_role(measure, actor)
    if role is None:
        raise NotAllowed("die Person, die für die Maßnahme zuständig ist")
    sentence = " ".join(sentence.split())
    problems = {} if status in set(MeasureStatus) else {"status": "Wählen Sie aus, wie es steht."}
    if not SHORTEST <= len(sentence) <= LONGEST:
        problems["report"] = f"Schreiben Sie in {SHORTEST} bis {LONGEST} Zeichen, wie es steht."
    if problems:
        raise BadInput(problems)
    check_version(measure, version, "Die Maßnahme", {"report": sentence})
    deed = actor.deed(role, at)
    if upload is not None:
        store(session, programme, upload, subject_type="measure", subject_id=measure.id, deed=deed)
    said = MeasureStatus(status)
    record(session, measure, deed, status=said, report=sentence, reported_on=local_day(at))
    _settle_task(session, programme, measure, role, deed)


def _settle_task(session: Session, programme: Programme, measure: Measure, role: Role, deed: Deed) -> None:
    """Close the task of a measure that is done; open it anew for one that is not after all."""
    task = task_of(session, measure)
    if measure.status is MeasureStatus.DONE and task is not None:
        task.done_at, task.done_by = deed.at, deed.actor_id
    elif measure.status is not MeasureStatus.DONE and task is None:
        title = str(session.get_one(RegisterRow, measure.row_id).data.get("title", ""))
        session.add(_task(programme, measure, title, role, deed.at))
    session.flush()
