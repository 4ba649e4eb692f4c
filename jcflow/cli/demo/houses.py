"""The houses of the demo: set up once, their newest programme walked to the state somebody wants to see."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import clock, database
from jcflow.accounts import jobcenters
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import roles_of
from jcflow.accounts.sign_in import hash_of
from jcflow.cli import cast, walk
from jcflow.cli.connections import command_line
from jcflow.cli.demo.amending import begin_amendment
from jcflow.cli.demo.content import documents
from jcflow.errors import Conflict
from jcflow.procedure import Role
from jcflow.process.opening import import_document, open_cycle
from jcflow.programmes.checks import jobcenter_key
from jcflow.programmes.exchange.document import Document, JobcenterHead
from jcflow.programmes.live import fill
from jcflow.programmes.procedures import newest
from jcflow.programmes.programme import all_programmes, by_slug

EDITABLE = "drafting"
"""Where a programme from a file begins, and stays where its procedure lacks the state asked for."""

IN_FORCE = "in_force"
"""Where a programme gets an amendment of its budget besides."""

HEAD_START = timedelta(hours=1)
"""A new house begins this long ago: longer than any walk takes at its pace, so that nothing lies in the future."""

AT_ONCE = timedelta(milliseconds=1)
"""Pace on data somebody may have worked with: after all that was done, and over before anything more is."""


def all_states() -> list[str]:
    """Every state of the procedures, in the order of the files."""
    return list(dict.fromkeys(state for form in ("gE", "zkT") for state in newest(form).states))


def place(engine: Engine, state: str | None) -> list[str]:
    """Make the houses that are not there yet, and bring the newest programme of each to a state.

    Each house is a transaction of its own. Without a state, a new programme begins as a draft and others stay.

    Returns:
        A sentence for each programme that cannot come to the state and stays where it is.
    """
    with database.reading(engine) as session:
        present = set(session.scalars(select(Jobcenter.name)))
    demo = documents()
    password_hash = hash_of(cast.PASSWORD) if {d.jobcenter.name for d in demo} - present else ""
    remarks = []
    for document in demo:
        head = document.jobcenter
        known = state is None or state in newest(head.form).states
        if not known:
            remarks.append(f"{head.name}: Dieses Verfahren kennt den Stand „{state}“ nicht.")
        if head.name not in present:
            with database.writing(engine) as session:
                wanted = state if state is not None and known else EDITABLE
                _found(session, document, wanted, password_hash, clock.now() - HEAD_START)
        elif state is not None and known:
            remarks += _move_on(engine, head.name, state)
    return remarks


def _found(session: Session, document: Document, state: str, password_hash: str, at: datetime) -> None:
    if state == newest(document.jobcenter.form).initial.key:
        _open(session, document, password_hash, at)
        return
    programme = import_document(session, document, command_line(at))
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    people = cast.people(session, house, command_line(at), password_hash)
    known = {account: one.id for account, one in people.items()}
    at = walk.advance(session, programme, state, people=known, at=at)
    if state == IN_FORCE:
        begin_amendment(session, programme, people=known, at=at, pace=walk.MINUTE)


def _open(session: Session, document: Document, password_hash: str, at: datetime) -> None:
    """A house whose programme has just been opened by its managing director and holds the content already."""
    house = _house(session, document.jobcenter, at)
    director = cast.people(session, house, command_line(at), password_hash)["gf"].id
    actor = Actor(director, roles_of(session, director, clock.local_day(at)))
    programme = open_cycle(session, house, document.programme, previous=None, actor=actor, at=at)
    fill(session, programme, document, actor.deed(Role.MANAGING_DIRECTOR, at))


def _house(session: Session, head: JobcenterHead, at: datetime) -> Jobcenter:
    carriers = [{"name": carrier.name, "kind": carrier.kind} for carrier in head.carriers]
    return jobcenters.found(
        session,
        key=jobcenter_key(head.name),
        name=head.name,
        form=head.form,
        land=head.land,
        carriers=carriers,
        deed=command_line(at),
    )


def _move_on(engine: Engine, name: str, state: str) -> list[str]:
    try:
        with database.writing(engine) as session:
            house = jobcenters.by_name(session, name)
            database.serve(session, house.id)
            people = cast.known(session, house)
            if not people:
                return [f"{name} hat keine Zugänge der Vorführung und bleibt, wie es ist."]
            programme = by_slug(session, all_programmes(session)[0].slug, lock=True)
            at = walk.advance(session, programme, state, people=people, at=clock.now(), pace=AT_ONCE)
            if state == IN_FORCE:
                begin_amendment(session, programme, people=people, at=at, pace=AT_ONCE)
    except Conflict as error:
        return [f"{name}: {error} Von vorn beginnen: make demo-reset"]
    return []
