"""The task rows of a workflow file: for whom, until when, and who hears of it when nothing happens."""

from __future__ import annotations

import yaml

from jcflow.procedure.deadline_rows import read_deadline, read_distance
from jcflow.procedure.definition import Due, Escalation, Role, TaskRule
from jcflow.procedure.sheet import Sheet

_ROLES = {role.value for role in Role}


def read_tasks(sheet: Sheet, node: yaml.Node | None) -> dict[str, TaskRule]:
    """The tasks under their places. A row without a readable state or role says nothing and is left out."""
    read = {place: _task(sheet, row, place) for place, row in sheet.rows(node, "tasks").items()}
    return {place: rule for place, rule in read.items() if rule is not None}


def _task(sheet: Sheet, node: yaml.Node, place: str) -> TaskRule | None:
    optional = ("each", "act", "step", "after", "remind", "escalate")
    entries = sheet.fields(node, place, required=("in", "for", "due"), optional=optional)
    if isinstance(node, yaml.MappingNode) and ("act" in entries) == ("step" in entries):
        sheet.refuse(place, "Eine Aufgabe hat entweder eine Handlung (act) oder einen Schritt (step).")
    state = sheet.text(entries.get("in"), f"{place}/in")
    role = _role(sheet, entries.get("for"), f"{place}/for")
    due, rolls = read_deadline(sheet, entries.get("due"), f"{place}/due")
    each = sheet.flag(entries.get("each"), f"{place}/each")
    act = sheet.text(entries.get("act"), f"{place}/act") or None
    step = sheet.text(entries.get("step"), f"{place}/step") or None
    after = tuple(sheet.texts(entries.get("after"), f"{place}/after").values())
    remind = _remind(sheet, entries.get("remind"), f"{place}/remind")
    escalate = _escalation(sheet, entries.get("escalate"), f"{place}/escalate")
    if not state or role is None:
        return None
    return TaskRule(
        state, role, due, rolls=rolls, each=each, act=act, step=step, after=after, remind=remind, escalate=escalate
    )


def _role(sheet: Sheet, node: yaml.Node | None, place: str) -> Role | None:
    found = sheet.names(node, place, _ROLES, "Die Rolle", one=True)
    return Role(found[0]) if found else None


def _remind(sheet: Sheet, node: yaml.Node | None, place: str) -> tuple[Due, ...]:
    return tuple(read_distance(sheet, value, where) for where, value in sheet.texts(node, place).items())


def _escalation(sheet: Sheet, node: yaml.Node | None, place: str) -> Escalation | None:
    if node is None:
        return None
    entries = sheet.fields(node, place, required=("after", "to"))
    after = read_distance(sheet, sheet.text(entries.get("after"), f"{place}/after"), f"{place}/after")
    if after.amount < 0:
        sheet.refuse(f"{place}/after", "Wer nach Ablauf der Frist davon hört, hört es nicht vorher.")
    to = _role(sheet, entries.get("to"), f"{place}/to")
    return None if to is None else Escalation(after, to)
