"""The stages of a task: the days on which somebody is written to about it, as the workflow file says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from jcflow import workdays
from jcflow.amendments.procedures import rule_for
from jcflow.procedure import Due, Role, TaskRule
from jcflow.programmes.measures import REPORT, RULE
from jcflow.programmes.procedures import known

OPEN = "open"
"""The notice that a task has come up; it belongs to the task's first deadline, however often that moves."""


@dataclass(frozen=True)
class Stage:
    """One of a task's days."""

    name: str
    """`-7d`, `-2wd`, `0d`, `+1wd`: as in the workflow file."""
    on: date
    escalates_to: Role | None = None
    """Who hears of it besides those whose task it is."""


def name_of(distance: Due) -> str:
    """How a workflow file writes a distance."""
    sign = "+" if distance.amount > 0 else ""
    return f"{sign}{distance.amount}{'wd' if distance.working else 'd'}"


@lru_cache(maxsize=8192)
def stages_of(rule: TaskRule, due_on: date, land: str, closed: frozenset[date] = frozenset()) -> tuple[Stage, ...]:
    """All stages of a task but its notice, the earliest first; those of one name are one stage."""
    found = {name_of(each): Stage(name_of(each), _day(each, due_on, land, closed)) for each in rule.remind}
    if rule.escalate is not None:
        name = name_of(rule.escalate.after)
        found[name] = Stage(name, _day(rule.escalate.after, due_on, land, closed), rule.escalate.to)
    return tuple(sorted(found.values(), key=lambda stage: (stage.on, stage.name)))


def _day(distance: Due, due_on: date, land: str, closed: Collection[date]) -> date:
    if distance.working:
        return workdays.add_working_days(due_on, distance.amount, land, closed)
    return due_on + timedelta(days=distance.amount)


def rule_of(workflow: tuple[str, int], state: str, role: Role, act: str | None, step: str | None) -> TaskRule | None:
    """The row of the workflow file a task comes from; where it is asked for again in another state, the first such.

    The task of a measure comes from none: it has a rule of its own. That of an amendment comes from the amendments'
    own file. There is none where the file itself is gone.
    """
    if act == REPORT:
        return RULE
    if of_amendment := rule_for(act, role):
        return of_amendment
    if not is_known(workflow):
        return None
    rules = _rules(workflow)
    return rules.get((state, role, act, step)) or rules.get((None, role, act, step))


def is_known(workflow: tuple[str, int]) -> bool:
    """Whether there is the workflow file of this key and version."""
    return workflow in known()


@cache
def _rules(workflow: tuple[str, int]) -> Mapping[tuple[str | None, Role, str | None, str | None], TaskRule]:
    found: dict[tuple[str | None, Role, str | None, str | None], TaskRule] = {}
    for rule in known()[workflow].tasks:
        found[rule.state, rule.role, rule.act, rule.step] = rule
        found.setdefault((None, rule.role, rule.act, rule.step), rule)
    return found
