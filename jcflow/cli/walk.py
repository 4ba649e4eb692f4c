"""Bringing a programme to a state by the real steps and acts of the real people; the demo and the tests use it.

    from jcflow.cli import cast, walk

    programme = import_document(session, document, deed)          # or open_programme, then live.fill
    people = {account: p.id for account, p in cast.people(session, house, deed, password_hash).items()}
    at = walk.advance(session, programme, "consultation", people=people, at=at)
    at = walk.publish(session, programme, people=people, at=at)   # only where the programme is in force

The session serves the programme's Jobcenter and writes; nothing is committed here. Every leaf chapter must have
content and every topic set its topics, or `submit` is refused. `at` is the instant before the first deed, each
deed follows `pace` later (a minute unless told otherwise), and the instant of the last one comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.cli import tour as acts
from jcflow.cli.tour import Tour
from jcflow.decisions.ballots import Choice
from jcflow.errors import Conflict
from jcflow.process.steps import take_step
from jcflow.programmes import milestones
from jcflow.programmes.programme import Programme

MINUTE = timedelta(minutes=1)

_GE = "opened drafting internal_check first_reading consultation disposition resolution"
_ZKT = "opened drafting internal_check consultation disposition committee council"

WAYS: Mapping[str, tuple[str, ...]] = {
    "ge-programme": (
        f"{_GE} awaiting_record in_force",
        f"{_GE} tied awaiting_record in_force",
        f"{_GE} awaiting_record rejected",
        "opened drafting withdrawn",
        "internal_check withdrawn",
        "first_reading withdrawn",
        "consultation withdrawn",
        "disposition withdrawn",
    ),
    "zkt-programme": (
        f"{_ZKT} in_force",
        f"{_ZKT} rejected",
        "opened drafting withdrawn",
        "internal_check withdrawn",
        "consultation withdrawn",
        "disposition withdrawn",
    ),
}
"""By procedure: the ways a programme goes, each as its states in their order. The first that fits is taken."""

TAKEN_BY: Mapping[str, str] = {
    "start": "gf",
    "submit": "gf",
    "release": "gf",
    "refer": "tv1",
    "close": "buero",
    "dispose": "gf",
    "conclude": "tv1",
    "cast": "tv1",
    "record": "tv1",
    "enter_result": "buero",
    "withdraw": "gf",
}
"""Trigger of a step to the account that takes it."""

VOTES: Mapping[str, str] = {
    "tied": "abstain yes yes no no abstain",
    "rejected": "no yes no no no abstain",
    "adopted": "yes yes yes yes yes abstain",
}
"""How tv1 to tv6 vote on a way through `tied`, on one to `rejected`, and else. The chair (tv1) leaves a tie open."""

BEFORE_LEAVING: Mapping[str, Callable[[Tour], None]] = {
    "opened": acts.enter_basis,
    "drafting": acts.enter_basis,
    "internal_check": acts.check_internally,
    "consultation": acts.consult_board,
    "disposition": acts.answer_board,
    "resolution": acts.vote,
}
"""State to what the people do in it; withdrawing asks for nothing of it."""


class NoWay(Conflict):
    """The programme cannot come to that state any more, or its procedure has no such state."""

    def __init__(self, programme: Programme, target: str) -> None:
        super().__init__(programme.slug, target)
        states = programme.procedure.states
        self.present, self.target = programme.current.label, states[target].label if target in states else target

    def __str__(self) -> str:
        return f"Vom Stand „{self.present}“ führt kein Weg zum Stand „{self.target}“."


def way(programme: Programme, target: str) -> tuple[str, ...]:
    """The states still to be entered on the way to `target`; empty where the programme stands there.

    Raises:
        NoWay: The target does not lie ahead.
    """
    if programme.state == target:
        return ()
    for states in (one.split() for one in WAYS[programme.workflow_key]):
        if programme.state in states and target in states[states.index(programme.state) :]:
            return tuple(states[states.index(programme.state) + 1 : states.index(target) + 1])
    raise NoWay(programme, target)


def advance(
    session: Session,
    programme: Programme,
    target: str,
    *,
    people: Mapping[str, UUID],
    at: datetime,
    pace: timedelta = MINUTE,
) -> datetime:
    """Take every step to a state, with the acts each of them asks for; returns the instant of the last deed.

    Args:
        people: Account of the cast (`gf`, `tv1` …) to the person's id.
        at: The instant before the first deed.
        pace: From one deed to the next.

    Raises:
        NoWay: The target does not lie ahead.
        StepNotPossible: Content or people do not allow a step, for instance an empty chapter.
    """
    ahead = way(programme, target)
    tour = Tour(session, programme, people, at, pace, _votes(ahead))
    for state in ahead:
        if state != "withdrawn" and programme.state in BEFORE_LEAVING:
            BEFORE_LEAVING[programme.state](tour)
        step = next(s for s in programme.procedure.steps_from(programme.state) if state in s.reachable)
        tour.next_instant()
        take_step(
            session,
            programme,
            step.trigger,
            actor=tour.actor(TAKEN_BY[step.trigger]),
            at=tour.at,
            reason="Die Planung wird neu aufgesetzt." if step.needs_reason else "",
            facts=acts.facts_for(tour, step.trigger, state),
        )
        if programme.state != state:
            raise NoWay(programme, target)
    return tour.at


def _votes(ahead: tuple[str, ...]) -> dict[str, Choice]:
    course = next((state for state in ahead if state in VOTES), "adopted")
    return {f"tv{number}": Choice(word) for number, word in enumerate(VOTES[course].split(), 1)}


def publish(session: Session, programme: Programme, *, people: Mapping[str, UUID], at: datetime) -> datetime:
    """Let the public read the newest version of a programme in force; returns the instant.

    Raises:
        StepNotPossible: It is not in force.
    """
    tour = Tour(session, programme, people, at, MINUTE, {})
    with tour.acting("gf", "publish") as deed:
        milestones.publish(session, programme, tour.version, deed)
    return tour.at
