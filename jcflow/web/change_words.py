"""Saved changes in words, for the answer to a point."""

from __future__ import annotations

from jcflow.audit.trail import Action
from jcflow.opinions.changes import Change, ChangeGroup
from jcflow.web.formats import euro, moment

KINDS = {"budget_line": "Budget", "topic": "Thema", "block": "Text im Kapitel", "chapter": "Kapitel"}
DEEDS = {Action.CREATED: "neu", Action.CHANGED: "geändert", Action.REMOVED: "entfernt"}
MOST_NAMED = 4


def in_words(change: Change) -> str:
    """One change: what it is about and what happened to it."""
    subject = f"{KINDS[change.object_type]} „{change.label}“"
    if change.amounts is not None and change.action is Action.CHANGED:
        before, after = change.amounts
        return f"{subject}: {euro(before)} → {euro(after)}"
    return f"{subject} {DEEDS[change.action]}"


def group_in_words(group: ChangeGroup) -> str:
    """What was saved together; of many changes the first few."""
    told = list(dict.fromkeys(in_words(change) for change in group.changes))
    more = f" und {len(told) - MOST_NAMED} weitere" if len(told) > MOST_NAMED else ""
    return "; ".join(told[:MOST_NAMED]) + more


def option_of(group: ChangeGroup, by: str) -> tuple[str, str, str]:
    """A group as a box to tick: id, what changed, when, by whom and why."""
    why = f", Begründung: {group.reason}" if group.reason else ""
    return str(group.group_id), group_in_words(group), f"{moment(group.at)}, {by}{why}"
