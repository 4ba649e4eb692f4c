"""Procedures: what law and rules of procedure say, read from a workflow file and refused if unsound.

A `Procedure` is data. Guards, effects and outcomes are names in it, never callables: whoever loads a file hands in the
names that exist, and looks them up himself.
"""

from __future__ import annotations

from jcflow.procedure.definition import (
    Act,
    Area,
    Deadline,
    Due,
    Escalation,
    Meeting,
    OfMeeting,
    OfPeriod,
    Phase,
    Procedure,
    Role,
    State,
    Step,
    Subject,
    TaskRule,
)
from jcflow.procedure.diagram import draw
from jcflow.procedure.reading import load, load_all, subject_of

__all__ = [
    "Act",
    "Area",
    "Deadline",
    "Due",
    "Escalation",
    "Meeting",
    "OfMeeting",
    "OfPeriod",
    "Phase",
    "Procedure",
    "Role",
    "State",
    "Step",
    "Subject",
    "TaskRule",
    "draw",
    "load",
    "load_all",
    "subject_of",
]
