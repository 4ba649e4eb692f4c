"""Acts: what is done in a state without moving the programme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Setting
from jcflow.accounts.people import Membership
from jcflow.accounts.role_names import named
from jcflow.audit.trail import Deed
from jcflow.decisions import records
from jcflow.decisions.records import Record
from jcflow.errors import NotAllowed, StepNotPossible
from jcflow.procedure import Act
from jcflow.process.effects import Facts
from jcflow.process.steps import move
from jcflow.programmes import internal_check
from jcflow.programmes.programme import Programme, StepTaken, all_programmes


def check_act(programme: Programme, name: str, actor: Actor) -> Act:
    """The act, if the state allows it and one of the actor's roles may do it.

    Raises:
        StepNotPossible: The state has no such act.
        NotAllowed: None of the actor's roles may do it.
    """
    act = programme.procedure.act(programme.state, name)
    if act is None:
        label = next((a.label for a in programme.procedure.acts if a.name == name), name)
        raise StepNotPossible(label, programme.current.label)
    if actor.role_among(act.by) is None:
        raise NotAllowed(named(act.by))
    return act


def may_act(programme: Programme, name: str, actor: Actor) -> bool:
    """Whether `check_act` would let the actor do it now."""
    act = programme.procedure.act(programme.state, name)
    return act is not None and actor.role_among(act.by) is not None


@contextmanager
def acting(
    session: Session,
    programme: Programme,
    name: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    on_behalf_of: UUID | None = None,
    completes: tuple[str, UUID] | None = None,
) -> Iterator[Deed]:
    """Do an act: rights first, then the caller's verbs under the given deed, then the tasks it closes and opens.

    The caller holds the programme's lock.

    Args:
        on_behalf_of: Whose paper, vote or signature is entered.
        completes: Act and person whose task is fulfilled, where that is not the act itself by the actor;
            an act on behalf of somebody fulfils nothing until it is confirmed.

    Raises:
        StepNotPossible: The state has no such act.
        NotAllowed: None of the actor's roles may do it.
    """
    act = check_act(programme, name, actor)
    role = actor.role_among(act.by)
    assert role is not None
    yield actor.deed(role, at, reason, on_behalf_of)
    if completes is not None:
        tasks.complete(session, programme, at=at, by=completes[1], act=completes[0])
    elif on_behalf_of is None:
        tasks.complete(session, programme, at=at, by=actor.acting_as(role), act=name)
    tasks.open_following(session, programme, at)


def figures_changed(session: Session, programme: Programme, at: datetime) -> None:
    """Ask the budget officer to state figures that were changed where that is possible (R-11), and not any more once
    they are back to what was stated.
    """
    if programme.procedure.act(programme.state, "state_budget") is None:
        return
    if internal_check.figures_are_stated(session, programme):
        tasks.complete(session, programme, act="state_budget", at=at, by=None)
    else:
        tasks.ask_again(session, programme, "state_budget", at)


def confirm_record(session: Session, programme: Programme, written: Record, *, actor: Actor, at: datetime) -> StepTaken:
    """Confirm a record signed on paper; with that the chair's step is taken, in the chair's name.

    Raises:
        StepNotPossible: The state has no such act.
        NotAllowed: None of the actor's roles may do it.
        BadInput: The person who entered it would confirm it.
    """
    with acting(session, programme, "confirm_record", actor=actor, at=at, on_behalf_of=written.chair_id) as deed:
        records.confirm(session, written, deed)
        step = programme.procedure.step(programme.state, "record")
        assert step is not None
        return move(session, programme, step, deed, Facts())


def hold_house(session: Session, jobcenter_id: UUID) -> None:
    """Let nobody else change people, roles or settings, nor act in a programme, until the transaction ends.

    Whoever changes them calls this first, before reading what is to be changed: it comes before every other lock.
    """
    setting = select(Setting).where(Setting.jobcenter_id == jobcenter_id).with_for_update()
    every = select(Programme).order_by(Programme.id).with_for_update()
    for question in (setting, every):
        session.scalars(question, execution_options={"populate_existing": True}).all()


def welcome(session: Session, member: Membership, at: datetime) -> None:
    """Give somebody whose membership was just added the own tasks of the states that last."""
    tasks.admit(session, all_programmes(session), member, at)
