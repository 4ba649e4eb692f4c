"""Whether what a workflow file says as a whole can work: no dead ends, no state without somebody on turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jcflow.procedure.definition import Act, Role, State, Step, TaskRule
from jcflow.procedure.sheet import Sheet

_UNCLEAR_STEPS = r"steps(/\d+(/(trigger|from)(/.*)?)?)?"
_UNCLEAR_ACTS = r"acts(/\d+(/(act|in)(/.*)?)?)?"


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read from a file; steps, acts and tasks under their places, those with faults included."""

    states: Mapping[str, State]
    steps: Mapping[str, Step]
    acts: Mapping[str, Act]
    tasks: Mapping[str, TaskRule]


def check(sheet: Sheet, rows: Rows) -> None:
    """Note every fault between the rows. Follow-up faults of one already noted are left out."""
    _check_named_states(sheet, rows)
    _check_unambiguous(sheet, rows)
    for place, rule in rows.tasks.items():
        _check_task(sheet, rows, place, rule)
    if rows.states and not sheet.is_refused(rf"states(/[^/]+(/final)?)?|{_UNCLEAR_STEPS}|steps/\d+/to(/.*)?"):
        _check_ways(sheet, rows)
    if rows.states and not sheet.is_refused(r"states/[^/]+/final|tasks(/\d+(/(in|for|after(/.*)?))?)?"):
        _check_somebody_on_turn(sheet, rows)


def _check_named_states(sheet: Sheet, rows: Rows) -> None:
    if sheet.is_refused(r"states"):
        return
    named = [(f"{place}/from", state) for place, step in rows.steps.items() for state in step.sources]
    named += [(f"{place}/to", step.target) for place, step in rows.steps.items() if step.target is not None]
    named += [(f"{place}/to/{value}", to) for place, step in rows.steps.items() for value, to in step.targets.items()]
    named += [(f"{place}/in", state) for place, act in rows.acts.items() for state in act.states]
    named += [(f"{place}/in", rule.state) for place, rule in rows.tasks.items()]
    for place, state in named:
        if state not in rows.states:
            sheet.refuse(place, f"Den Stand „{state}“ gibt es nicht.")


def _check_unambiguous(sheet: Sheet, rows: Rows) -> None:
    taken: set[tuple[str, str]] = set()
    for place, step in rows.steps.items():
        for state in step.sources:
            if step.trigger and (state, step.trigger) in taken:
                sheet.refuse(place, f"Aus „{state}“ gibt es den Schritt „{step.trigger}“ schon.")
            taken.add((state, step.trigger))
    taken.clear()
    for place, act in rows.acts.items():
        for state in act.states:
            if act.name and (state, act.name) in taken:
                sheet.refuse(place, f"In „{state}“ gibt es die Handlung „{act.name}“ schon.")
            taken.add((state, act.name))


def _check_task(sheet: Sheet, rows: Rows, place: str, rule: TaskRule) -> None:
    if rule.state not in rows.states:
        return
    acts = [(act.name, act.by) for act in rows.acts.values() if rule.state in act.states]
    steps = [(step.trigger, step.by) for step in rows.steps.values() if rule.state in step.sources]
    if not sheet.is_refused(_UNCLEAR_ACTS):
        _check_may(sheet, f"{place}/act", rule, rule.act, acts, "die Handlung")
        _check_after(sheet, f"{place}/after", rule, {name for name, _ in acts})
    if not sheet.is_refused(_UNCLEAR_STEPS):
        _check_may(sheet, f"{place}/step", rule, rule.step, steps, "den Schritt")


def _check_may(
    sheet: Sheet, place: str, rule: TaskRule, name: str | None, known: list[tuple[str, tuple[Role, ...]]], what: str
) -> None:
    allowed = [by for each, by in known if each == name]
    if name is not None and not allowed:
        sheet.refuse(place, f"In „{rule.state}“ gibt es {what} „{name}“ nicht.")
    elif not all(rule.role in by for by in allowed if by):
        sheet.refuse(place, f"Die Rolle „{rule.role}“ darf „{name}“ nicht.")


def _check_after(sheet: Sheet, place: str, rule: TaskRule, known: set[str]) -> None:
    for name in rule.after:
        if name not in known:
            sheet.refuse(place, f"In „{rule.state}“ gibt es die Handlung „{name}“ nicht.")
        elif name == rule.act:
            sheet.refuse(place, "Eine Aufgabe kann nicht auf sich selbst warten.")


def _check_ways(sheet: Sheet, rows: Rows) -> None:
    exits: dict[str, set[str]] = {key: set() for key in rows.states}
    for step in rows.steps.values():
        for source in step.sources:
            exits[source] |= set(step.reachable) - {source}
    reached, ahead = set[str](), [next(iter(rows.states))]
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += exits[here]
    for key, state in rows.states.items():
        if key not in reached:
            sheet.refuse(f"states/{key}", f"Der Stand „{key}“ ist nicht erreichbar.")
        if not state.final and not exits[key]:
            sheet.refuse(
                f"states/{key}", f"Aus „{key}“ führt kein Schritt heraus, und der Stand ist kein Ende (final)."
            )


def _check_somebody_on_turn(sheet: Sheet, rows: Rows) -> None:
    on_turn = {rule.state for rule in rows.tasks.values() if not rule.after}
    waiting = {rule.state for rule in rows.tasks.values() if rule.after} - on_turn
    for key, state in rows.states.items():
        if not state.final and key in waiting:
            sheet.refuse(f"states/{key}", f"In „{key}“ wartet jede Aufgabe auf eine andere; niemand ist am Zug.")
        elif not state.final and key not in on_turn:
            sheet.refuse(f"states/{key}", f"In „{key}“ hat niemand eine Aufgabe.")
