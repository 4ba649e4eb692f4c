"""One machine for each procedure; it knows states and ways, never a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from transitions import EventData, Machine

from jcflow.procedure import Procedure


@dataclass
class _Position:
    """What the machine moves: never a row, so nothing is attached to rows."""

    state: str


def fire(procedure: Procedure, state: str, trigger: str, outcome: str | None) -> str | None:
    """The state a step leads to; None where its outcome leads nowhere."""
    position = _Position(state)
    return position.state if _machine(procedure).events[trigger].trigger(position, outcome=outcome) else None


@cache
def _machine(procedure: Procedure) -> Machine:
    return Machine(
        model=None,
        states=list(procedure.states),
        initial=procedure.initial.key,
        transitions=_transitions(procedure),
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def _transitions(procedure: Procedure) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for step in procedure.steps:
        for source in step.sources:
            if step.target is not None:
                found.append({"trigger": step.trigger, "source": source, "dest": step.target})
            for outcome, target in step.targets.items():
                found.append(
                    {"trigger": step.trigger, "source": source, "dest": target, "conditions": _came_to(outcome)}
                )
    return found


def _came_to(outcome: str) -> object:
    def condition(event: EventData) -> bool:
        return bool(event.kwargs["outcome"] == outcome)

    return condition
