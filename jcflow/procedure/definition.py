"""What a procedure is made of. Everything here is immutable and knows neither files nor the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a membership lets a person be; a step or act names the roles that may take it.

    `ASSEMBLY_CHAIR` is an assembly member with the chair flag, not a membership of its own.
    """

    MANAGING_DIRECTOR = "managing_director"
    EDITOR = "editor"
    EQUAL_OPPORTUNITY_OFFICER = "equal_opportunity_officer"
    BUDGET_OFFICER = "budget_officer"
    BOARD_MEMBER = "board_member"
    ASSEMBLY_MEMBER = "assembly_member"
    ASSEMBLY_CHAIR = "assembly_chair"
    STAFF = "staff"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Subject(StrEnum):
    """What a procedure moves: a programme, or an amendment of one that is in force."""

    PROGRAMME = "programme"
    AMENDMENT = "amendment"


class Phase(StrEnum):
    """The five parts of the way that the stepper shows; several states share one."""

    DRAFT = "draft"
    CARRIER_ASSEMBLY = "carrier_assembly"
    CONSULTATION = "consultation"
    RESOLUTION = "resolution"
    IN_FORCE = "in_force"


class Area(StrEnum):
    """The parts of a programme that a state opens for editing."""

    CHAPTERS = "chapters"
    BUDGETS = "budgets"
    TOPICS = "topics"
    REGISTERS = "registers"


@dataclass(frozen=True, slots=True)
class State:
    """One stand of a programme; `label` is the German word for it on screen."""

    key: str
    phase: Phase
    label: str
    edit: frozenset[Area] = frozenset()
    final: bool = False
    """The way may end here; other states must have an exit and somebody on turn."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move of the programme; `label` is the button.

    Exactly one of `target` and `targets` is set. With `targets` the function named by `outcome` decides which state
    follows, and `targets` has one entry for each value it can give.
    """

    trigger: str
    label: str
    sources: tuple[str, ...]
    by: tuple[Role, ...]
    target: str | None = None
    targets: Mapping[str, str] = field(default_factory=dict, hash=False)
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    freeze: bool = False
    """Whether the content becomes a numbered version when the step is taken."""
    outcome: str | None = None
    needs_reason: bool = False
    law: str | None = None

    @property
    def reachable(self) -> tuple[str, ...]:
        """The states this step can lead to, each once, in the order of the file."""
        return (self.target,) if self.target is not None else tuple(dict.fromkeys(self.targets.values()))


@dataclass(frozen=True, slots=True)
class Act:
    """Something done in a state that moves nothing; `label` is the button."""

    name: str
    label: str
    states: tuple[str, ...]
    by: tuple[Role, ...]
    law: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A distance in days, or in working days of the Land. Negative (before) only in `TaskRule.remind`."""

    amount: int
    working: bool


@dataclass(frozen=True, slots=True)
class OfPeriod:
    """A fixed day, `years` after the one in which the programme's period begins (−1: the year before)."""

    month: int
    day: int
    years: int
    otherwise: Due | None = None
    """Counted from the state's beginning where that is later than the day; None: the beginning itself."""


class Meeting(StrEnum):
    """A meeting whose day the Gremienbüro sets for each programme."""

    BOARD = "board"
    ASSEMBLY = "assembly"
    COMMITTEE = "committee"
    COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class OfMeeting:
    """The day of a meeting, or so long before it."""

    meeting: Meeting
    otherwise: Due
    """Counted from the state's beginning while the meeting has no day, or one that is too early."""
    before: Due | None = None


Deadline = Due | OfPeriod | OfMeeting
"""Until when: a distance is counted from the day the state is entered."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who learns of a task that is still open so long after its deadline."""

    after: Due
    to: Role


@dataclass(frozen=True, slots=True)
class TaskRule:
    """A task opened on entering `state`, closed by its `act` or its `step` (exactly one of them is set)."""

    state: str
    role: Role
    due: Deadline
    rolls: bool = True
    """Whether a last day on which nobody works gives way to the next working day (§ 193 BGB)."""
    each: bool = False
    """One task per holder of the role; else one for the role, closed by the first who acts."""
    act: str | None = None
    step: str | None = None
    after: tuple[str, ...] = ()
    """Acts of the same state that must be done before this task opens."""
    remind: tuple[Due, ...] = ()
    """Distances from the deadline, in the order of the file."""
    escalate: Escalation | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """A sound workflow file. What it moves pins `(key, version)` at its beginning."""

    key: str
    version: int
    form: str
    """`gE` or `zkT`; empty for what both have."""
    label: str
    states: Mapping[str, State] = field(hash=False)
    """By key, in the order of the file."""
    steps: tuple[Step, ...] = field(hash=False)
    acts: tuple[Act, ...] = field(hash=False)
    tasks: tuple[TaskRule, ...] = field(hash=False)
    subject: Subject = Subject.PROGRAMME

    @property
    def initial(self) -> State:
        """The state everything begins in: the first of the file."""
        return next(iter(self.states.values()))

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """The steps out of a state, for all roles, in the order of the file."""
        return tuple(step for step in self.steps if state in step.sources)

    def step(self, state: str, trigger: str) -> Step | None:
        """The one step of that name out of this state, or None where the state does not have it."""
        return next((step for step in self.steps_from(state) if step.trigger == trigger), None)

    def acts_in(self, state: str) -> tuple[Act, ...]:
        """The acts possible in a state, for all roles, in the order of the file."""
        return tuple(act for act in self.acts if state in act.states)

    def act(self, state: str, name: str) -> Act | None:
        """The one act of that name in this state, or None where the state does not have it."""
        return next((act for act in self.acts_in(state) if act.name == name), None)

    def tasks_in(self, state: str) -> tuple[TaskRule, ...]:
        """The tasks that entering the state opens, those that wait for others included."""
        return tuple(rule for rule in self.tasks if rule.state == state)

    @property
    def meetings(self) -> tuple[Meeting, ...]:
        """The meetings from which deadlines are counted, each once, in the order of the file."""
        named = (rule.due.meeting for rule in self.tasks if isinstance(rule.due, OfMeeting))
        return tuple(dict.fromkeys(named))
