"""`take_step`, the only writer of a programme's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts.actor import Actor
from jcflow.accounts.role_names import named
from jcflow.asked import remembering
from jcflow.audit.trail import Deed, record, together
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, Stale, StepNotPossible
from jcflow.procedure import Role, Step
from jcflow.process import anchoring, machines, notices
from jcflow.process.effects import EFFECTS, OUTCOMES, Facts, Move
from jcflow.process.guards import GUARDS, Look
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.programme import Programme, StepTaken, steps_of
from jcflow.programmes.versions import Version, freeze

LONGEST_REASON = 5_000


@dataclass(frozen=True)
class Offer:
    """A step out of the present state that the actor's roles may take, and what still stands in its way."""

    step: Step
    obstacles: tuple[str, ...]


def possible_steps(session: Session, programme: Programme, actor: Actor, at: datetime) -> list[Offer]:
    """The steps the actor may take now, in the order of the definition, with their obstacles."""
    look = Look(session, programme, at)
    steps = programme.procedure.steps_from(programme.state)
    return [Offer(step, obstacles(look, step)) for step in steps if role_for(step, actor) is not None]


def obstacles(look: Look, step: Step) -> tuple[str, ...]:
    """What still stands in a step's way, as sentences; empty: nothing."""
    found = tuple(problem for name in step.guards for problem in GUARDS[name](look))
    return found + anchoring.obstacles_of(look.session, step)


def take_step(
    session: Session,
    programme: Programme,
    trigger: str,
    *,
    actor: Actor,
    at: datetime,
    version: int | None = None,
    reason: str = "",
    facts: Facts | None = None,
) -> StepTaken:
    """Move a programme one step. The caller holds the programme's lock.

    Args:
        version: Row version of the programme the form was opened with; None where no form was.

    Raises:
        StepNotPossible: The state has no such step, or a guard names an obstacle.
        NotAllowed: None of the actor's roles may take it.
        Stale: The programme changed since the form was opened.
        BadInput: The step needs a reason, or its facts are incomplete.
    """
    step = programme.procedure.step(programme.state, trigger)
    if step is None:
        raise StepNotPossible(label_of(programme, trigger), programme.current.label)
    role = role_for(step, actor)
    is_stale = version is not None and version != programme.version
    if role is None and not (is_stale and _takes_elsewhere(programme, trigger, actor)):
        raise NotAllowed(named(step.by))
    if role is None or is_stale:
        raise Stale("Das Programm", {}, {}, programme.version, programme.audit_seq)
    if step.needs_reason and len(reason.strip()) < SHORTEST_REASON:
        raise BadInput({"reason": f"Schreiben Sie eine Begründung mit mindestens {SHORTEST_REASON} Zeichen."})
    if len(reason) > LONGEST_REASON:
        raise BadInput({"reason": "Kürzen Sie die Begründung auf höchstens 5.000 Zeichen."})
    return move(session, programme, step, actor.deed(role, at, reason.strip()), facts or Facts())


def role_for(step: Step, actor: Actor) -> Role | None:
    """In which role the actor may take a step; a step that is a vote only on the own seat or one named for."""
    role = actor.role_among(step.by)
    if role is None or "cast_vote" not in step.effects or role not in actor.in_place_of:
        return role
    return role if actor.in_place_of.get(Role.ASSEMBLY_MEMBER) == actor.in_place_of[role] else None


def _takes_elsewhere(programme: Programme, trigger: str, actor: Actor) -> bool:
    """Whether the actor takes this step in some state: then an old form was right when it was opened."""
    return any(s.trigger == trigger and actor.role_among(s.by) is not None for s in programme.procedure.steps)


def label_of(programme: Programme, trigger: str) -> str:
    """The button's text of a step, whatever state it belongs to."""
    return next((s.label for s in programme.procedure.steps if s.trigger == trigger), trigger)


def move(session: Session, programme: Programme, step: Step, deed: Deed, facts: Facts) -> StepTaken:
    """Take a step whose actor is known to be entitled.

    Raises:
        StepNotPossible: A guard names an obstacle.
    """
    with remembering(session):
        problems = obstacles(Look(session, programme, deed.at), step)
        if problems:
            raise StepNotPossible(step.label, programme.current.label, problems)
        moved = Move(session, programme, step, deed, facts, _frozen(session, programme, step, deed))
        with together(session):
            taken = _carry_out(moved)
        tasks.leave_state(session, programme, step=step.trigger, at=deed.at, by=deed.actor_id)
        tasks.open_for_state(session, programme, deed.at)
        anchoring.step_taken(session, programme, step, taken, deed.at)
        notices.step_taken(session, programme, taken, deed)
    return taken


def _frozen(session: Session, programme: Programme, step: Step, deed: Deed) -> Version | None:
    """What the step freezes; one that accepted differences let pass takes their acceptances along."""
    if step.freeze or "differences_accepted" in step.guards:
        return freeze(session, programme, deed)
    return None


def _carry_out(moved: Move) -> StepTaken:
    session, programme, step, deed = moved.session, moved.programme, moved.step, moved.deed
    path = steps_of(session, programme)
    changes: dict[str, object] = {}
    for name in step.effects:
        changes |= EFFECTS[name](moved)
    outcome = OUTCOMES[step.outcome](moved) if step.outcome else None
    target = _fire(programme, step.trigger, outcome)
    if step.freeze and not programme.submitted_once:
        changes["submitted_once"] = True
    record(session, programme, deed, state=target, entered_on=local_day(deed.at), **changes)
    role = step.by[0] if deed.on_behalf_of else deed.role
    return note(session, programme, step.trigger, deed, role=role, after=path[-1], outcome=outcome, frozen=moved.frozen)


def _fire(programme: Programme, trigger: str, outcome: str | None) -> str:
    target = machines.fire(programme.procedure, programme.state, trigger, outcome)
    if target is None:
        raise StepNotPossible(label_of(programme, trigger), programme.current.label)
    return target


def note(
    session: Session,
    programme: Programme,
    trigger: str,
    deed: Deed,
    *,
    role: str | None = None,
    after: StepTaken | None = None,
    outcome: str | None = None,
    frozen: Version | None = None,
) -> StepTaken:
    """Add a step to the programme's path; the programme already stands where it led.

    Args:
        role: In which role whoever the deed is done for takes the step; None: the deed's own.
        after: The last step so far, None for the first one.
        frozen: The version the step put before somebody; without one that of the step before stays the newest.
    """
    newest = (frozen.id, frozen.sha256) if frozen else (after.version_id, after.version_sha256) if after else None
    version_id, version_sha256 = newest or (None, None)
    taken = StepTaken(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        ordinal=after.ordinal + 1 if after else 1,
        trigger=trigger,
        source=after.target if after else None,
        target=programme.state,
        outcome=outcome,
        version_id=version_id,
        version_sha256=version_sha256,
        person_id=deed.on_behalf_of or deed.actor_id,
        role=role or deed.role,
        at=deed.at,
        reason=deed.reason,
    )
    record(session, taken, deed)
    return taken
