"""Amendments on their way: `take`, the only writer of an amendment's state, and the tasks that go with it.

The programme an amendment belongs to stays in force all the time: nothing here writes its state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.actor import Actor
from jcflow.accounts.closed_days import house_days
from jcflow.accounts.role_names import named
from jcflow.amendments import proposing
from jcflow.amendments.amendment import Amendment, amendments_of
from jcflow.amendments.deciding import because, competent_role
from jcflow.amendments.differences import accept_coming
from jcflow.amendments.procedures import act_of
from jcflow.amendments.proposing import Draft
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, Stale, StepNotPossible
from jcflow.procedure import Role, Step, TaskRule
from jcflow.process import anchoring, machines
from jcflow.process.amendment_rules import EFFECTS, GUARDS, OUTCOMES, Said, Turn
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.programme import Programme
from jcflow.programmes.schedule import Schedule
from jcflow.tasks import Task

PROPOSERS = (Role.MANAGING_DIRECTOR, Role.EDITOR, Role.BUDGET_OFFICER)
"""Who proposes amendments."""
LONGEST_REASON = 5_000
DECLARE = "declare"
ACCEPT = "accept"


def propose(session: Session, programme: Programme, draft: Draft, *, actor: Actor, at: datetime) -> Amendment:
    """Propose an amendment; the budget officer gets the task to check it. The caller holds the programme's lock.

    Raises:
        NotAllowed: The actor proposes nothing.
        StepNotPossible: The programme is not in force, or its year is closed.
        BadInput: Amount, lines, wording or reason are not right, or the giving line has not enough.
    """
    role = actor.role_among(PROPOSERS)
    if role is None:
        raise NotAllowed(named(PROPOSERS))
    made = proposing.propose(session, programme, draft, actor.deed(role, at))
    _open_tasks(session, programme, made, at)
    return made


def role_for(one: Amendment, step: Step, actor: Actor) -> Role | None:
    """In which role the actor may take a step of an amendment; None: in none."""
    if "competent" in step.guards:
        return one.competent if one.competent in actor.roles and one.competent in step.by else None
    return actor.role_among(step.by)


def obstacles(
    session: Session, programme: Programme, one: Amendment, step: Step, *, actor: Actor, at: datetime
) -> list[str] | None:
    """What stands in the way of a step, as sentences; None where the actor may not take it at all."""
    role = role_for(one, step, actor)
    if role is None:
        return None
    turn = Turn(session, programme, one, actor, role, actor.deed(role, at), Said())
    try:
        return [problem for name in step.guards for problem in GUARDS[name](turn)]
    except NotAllowed:
        return None


def take(
    session: Session,
    programme: Programme,
    one: Amendment,
    trigger: str,
    *,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    reason: str = "",
    said: Said | None = None,
) -> None:
    """Move an amendment one step. The caller holds the programme's lock.

    Args:
        version: Row version of the amendment the form was opened with; None where no form was.

    Raises:
        StepNotPossible: The state has no such step, or a guard names an obstacle.
        NotAllowed: None of the actor's roles may take it, or the actor has had another part in it.
        Stale: The amendment changed since the form was opened.
        BadInput: The step needs a reason, or what it is told is not right.
    """
    step = _step(one, trigger, version)
    role = role_for(one, step, actor)
    if role is None:
        raise NotAllowed(named([one.competent] if "competent" in step.guards and one.competent else step.by))
    _check(one, step, version, reason)
    turn = Turn(session, programme, one, actor, role, actor.deed(role, at, reason.strip()), said or Said())
    if problems := [problem for name in step.guards for problem in GUARDS[name](turn)]:
        raise StepNotPossible(step.label, one.current.label, problems)
    held = one.version_id
    _carry_out(turn, step)
    if one.version_id != held:
        anchoring.version_frozen(session, programme, one.audit_seq, at)
    _close_tasks(session, one, trigger, turn.deed, all_of_them=True)
    _open_tasks(session, programme, one, at)
    if "competent" in step.guards:
        _route_anew(session, programme, turn.deed)


def _step(one: Amendment, trigger: str, version: int | None) -> Step:
    step = one.procedure.step(one.state, trigger)
    if step is not None:
        return step
    if version is not None and version != one.version:
        raise Stale("Die Budgetänderung", {}, {}, one.version, one.audit_seq)
    label = next((s.label for s in one.procedure.steps if s.trigger == trigger), trigger)
    raise StepNotPossible(label, one.current.label)


def _check(one: Amendment, step: Step, version: int | None, reason: str) -> None:
    if version is not None and version != one.version:
        raise Stale("Die Budgetänderung", {}, {}, one.version, one.audit_seq)
    if step.needs_reason and len(reason.strip()) < SHORTEST_REASON:
        raise BadInput({"reason": f"Schreiben Sie eine Begründung mit mindestens {SHORTEST_REASON} Zeichen."})
    if len(reason) > LONGEST_REASON:
        raise BadInput({"reason": "Kürzen Sie die Begründung auf höchstens 5.000 Zeichen."})


def _carry_out(turn: Turn, step: Step) -> None:
    one, changes = turn.amendment, dict[str, object]()
    for name in step.effects:
        changes |= EFFECTS[name](turn)
    outcome = OUTCOMES[step.outcome](turn) if step.outcome else None
    target = machines.fire(one.procedure, one.state, step.trigger, outcome)
    if target is None:
        raise StepNotPossible(step.label, one.current.label)
    deed = because(one, turn.deed) if "version_id" in changes and not turn.deed.reason else turn.deed
    record(turn.session, one, deed, state=target, entered_on=local_day(deed.at), **changes)


def may_do(session: Session, programme: Programme, one: Amendment, name: str, *, actor: Actor, at: datetime) -> bool:
    """Whether the actor may do an act now, as far as people and state go."""
    try:
        _turn(session, programme, one, name, actor=actor, at=at)
    except (NotAllowed, StepNotPossible):
        return False
    return True


def _turn(
    session: Session,
    programme: Programme,
    one: Amendment,
    name: str,
    *,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Turn:
    """Somebody about to do an act."""
    act = one.procedure.act(one.state, name)
    if act is None:
        label = next(act.label for act in one.procedure.acts if act.name == name)
        raise StepNotPossible(label, one.current.label)
    role = actor.role_among(act.by)
    if role is None:
        raise NotAllowed(named(act.by))
    if version is not None and version != one.version:
        raise Stale("Die Budgetänderung", {}, {}, one.version, one.audit_seq)
    turn = Turn(session, programme, one, actor, role, actor.deed(role, at), Said())
    GUARDS["other_than_proposer"](turn)
    return turn


def declare(
    session: Session, programme: Programme, one: Amendment, *, actor: Actor, at: datetime, version: int | None = None
) -> None:
    """Declare that the receiving title is fully committed; only then may anything be booked (R-30).

    Raises:
        StepNotPossible: The amendment is not blocked, or it was declared already.
        NotAllowed: The actor is no budget officer, or has proposed the amendment.
        Stale: The amendment changed since the form was opened.
    """
    turn = _turn(session, programme, one, DECLARE, actor=actor, at=at, version=version)
    if one.declared_by is not None:
        raise StepNotPossible("Erklärung abgeben", one.current.label, ["Die Erklärung liegt schon vor."])
    record(session, one, turn.deed, declared_by=turn.deed.actor_id, declared_on=local_day(at))
    _close_tasks(session, one, DECLARE, turn.deed)
    _open_tasks(session, programme, one, at)


def accept(
    session: Session,
    programme: Programme,
    one: Amendment,
    reasons: Mapping[str, str],
    *,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Accept the figures that will not hold after the amendment; without that nobody approves it (R-27).

    Args:
        reasons: By `differences.name_of`.

    Raises:
        StepNotPossible: The amendment is not checked yet, or decided already.
        NotAllowed: The actor is no budget officer, or has proposed the amendment.
        Stale: The amendment changed since the form was opened.
        BadInput: A reason is missing or too short.
    """
    turn = _turn(session, programme, one, ACCEPT, actor=actor, at=at, version=version)
    accept_coming(session, programme, one, reasons, turn.deed)


def open_tasks_of(session: Session, one: Amendment) -> list[Task]:
    """The tasks that are open for an amendment."""
    mine = (Task.programme_id == one.programme_id) & (Task.subject_id == one.id) & Task.done_at.is_(None)
    return list(session.scalars(select(Task).where(mine).order_by(Task.due_on, Task.id)))


def _close_tasks(session: Session, one: Amendment, name: str, deed: Deed, *, all_of_them: bool = False) -> None:
    for task in open_tasks_of(session, one):
        is_done = task.act == f"amendment_{name}"
        if is_done or all_of_them:
            task.done_at, task.done_by = deed.at, deed.actor_id if is_done else None
    session.flush()


def _open_tasks(session: Session, programme: Programme, one: Amendment, at: datetime) -> None:
    """Open the tasks of the present state that nobody waits for any more and that are not open yet."""
    schedule = Schedule(one.procedure, programme.period_from, {}, house_days(session))
    present = {(task.act, task.role) for task in open_tasks_of(session, one)}
    for rule in one.procedure.tasks_in(one.state):
        if _applies(one, rule) and (act_of(rule), rule.role) not in present:
            session.add(_task(programme, one, rule, schedule, at))
    session.flush()


def _applies(one: Amendment, rule: TaskRule) -> bool:
    """Whether a task is asked of anybody: of who is competent, and of who may book what somebody else proposed."""
    if rule.step == "decide":
        return rule.role is one.competent
    if rule.act == DECLARE:
        return one.declared_by is None
    if rule.step == "book":
        booker = Role.EDITOR if one.proposed_role == Role.MANAGING_DIRECTOR else Role.MANAGING_DIRECTOR
        return rule.role is booker and one.declared_by is not None
    return True


def _task(programme: Programme, one: Amendment, rule: TaskRule, schedule: Schedule, at: datetime) -> Task:
    act = one.procedure.act(rule.state, rule.act or "") or one.procedure.step(rule.state, rule.step or "")
    assert act is not None
    return Task(
        id=uuid4(),
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        state=programme.state,
        role=rule.role,
        act=act_of(rule),
        label=f"{act.label}: Budgetänderung {one.number}",
        due_on=schedule.counted(rule, one.entered_on),
        due_since=local_day(at),
        next_on=local_day(at),
        opened_at=at,
        subject_id=one.id,
    )


def _route_anew(session: Session, programme: Programme, deed: Deed) -> None:
    """Ask anew who decides on what still waits: what the managing director has decided alone counts from now on."""
    for other in amendments_of(session, programme):
        if other.state not in {"checked", "decision_pending"}:
            continue
        role = competent_role(session, programme, other)
        if role is not other.competent:
            record(session, other, deed, competent=role)
            if other.state == "decision_pending":
                _close_tasks(session, other, "", deed, all_of_them=True)
                _open_tasks(session, programme, other, deed.at)
