"""The procedures of amendments this installation knows, and the names their workflow files may use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jcflow import procedure
from jcflow.config import data_dir
from jcflow.procedure import Procedure, Role, Subject, TaskRule

GUARDS = frozenset(
    {
        "other_than_proposer",
        "other_than_checker",
        "proposer_or_director",
        "competent",
        "year_open",
        "amount_available",
        "lines_present",
        "receiver_committed",
    }
)
EFFECTS = frozenset(
    {"state_opinion", "take_decision", "restore_budget", "block_amount", "enter_booking", "enter_release"}
)
OUTCOMES = {"decision": ("approved", "settled", "rejected"), "remainder": ("rest", "settled")}
KEY = "budget-amendment"
ACT = "amendment_"
"""What stands before a trigger or act in the tasks of amendments, so that none is taken for a programme's."""


@cache
def known() -> dict[tuple[str, int], Procedure]:
    """Every workflow file about amendments by key and version.

    Raises:
        BadFile: One of them is unsound.
    """
    names = {"guards": GUARDS, "effects": EFFECTS}
    return procedure.load_all(data_dir("workflows"), **names, outcomes=OUTCOMES, subject=Subject.AMENDMENT)


def newest() -> Procedure:
    """The newest version of the procedure: the one a proposal made now begins."""
    return max((one for one in known().values() if one.key == KEY), key=lambda one: one.version)


def act_of(rule: TaskRule) -> str:
    """What the tasks of a rule carry as their act."""
    return f"{ACT}{rule.act or rule.step}"


def rule_for(act: str | None, role: Role) -> TaskRule | None:
    """The row of a workflow file from which an amendment's task comes; None for a programme's own tasks."""
    return _rules().get((act or "", role))


@cache
def _rules() -> Mapping[tuple[str, Role], TaskRule]:
    oldest_first = sorted(known().items())
    found: dict[tuple[str, Role], TaskRule] = {}
    for _, each in oldest_first:
        for rule in reversed(each.tasks):
            found[act_of(rule), rule.role] = rule
    return found
