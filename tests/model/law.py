"""What law and rules of procedure say, written by hand from design.md §4; the model knows no workflow file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.workflows.allowed import (
    ALLOWED_ACTS_GE,
    ALLOWED_ACTS_ZKT,
    ALLOWED_GE,
    ALLOWED_ZKT,
    BO,
    BOARD,
    CHAIR,
    ED,
    EO,
    MD,
    MEMBER,
    STAFF,
)

ADMIN = "admin"
ORDER: Final = (MD, ED, EO, BO, BOARD, MEMBER, CHAIR, STAFF, ADMIN)
"""In which of several roles a person acts: the first of these that may."""

STEPS: Final = {"gE": ALLOWED_GE, "zkT": ALLOWED_ZKT}
ACTS: Final = {"gE": ALLOWED_ACTS_GE, "zkT": ALLOWED_ACTS_ZKT}
WORKFLOW: Final = {"gE": "ge-programme", "zkT": "zkt-programme"}

EDITABLE: Final = frozenset({"drafting", "disposition"})
REASONED: Final = frozenset({"return", "recall", "withdraw"})
WITHDRAWABLE: Final = {
    "gE": ("opened", "drafting", "internal_check", "first_reading", "consultation", "disposition"),
    "zkT": ("opened", "drafting", "internal_check", "consultation", "disposition"),
}
EXCLUSIVE: Final = ({MD, MEMBER}, {MD, BO})
"""Roles that nobody holds at once (§ 44d Abs. 1 Satz 3, § 44f Abs. 2 SGB II, § 9 BHO)."""

_COMMON: Final = {
    ("opened", "start"): {"": "drafting"},
    ("drafting", "submit"): {"": "internal_check"},
    ("internal_check", "return"): {"": "drafting"},
    ("consultation", "close"): {"": "disposition"},
    ("disposition", "rework"): {"": "internal_check"},
    ("rejected", "revise"): {"": "drafting"},
}
TARGETS: Final = {
    "gE": {
        **_COMMON,
        ("internal_check", "release"): {"": "first_reading"},
        ("internal_check", "release_to_board"): {"": "consultation"},
        ("first_reading", "refer"): {"": "consultation"},
        ("first_reading", "return"): {"": "drafting"},
        ("disposition", "dispose"): {"": "resolution"},
        ("resolution", "recall"): {"": "disposition"},
        ("resolution", "conclude"): {"adopted": "awaiting_record", "rejected": "awaiting_record", "tied": "tied"},
        ("tied", "cast"): {"": "awaiting_record"},
        ("awaiting_record", "record"): {"adopted": "in_force", "rejected": "rejected"},
        **{(state, "withdraw"): {"": "withdrawn"} for state in WITHDRAWABLE["gE"]},
    },
    "zkT": {
        **_COMMON,
        ("internal_check", "release"): {"": "consultation"},
        ("disposition", "dispose"): {"": "committee"},
        ("committee", "enter_result"): {"recommended": "council", "changed": "disposition", "deferred": "committee"},
        ("council", "enter_result"): {
            "adopted": "in_force",
            "changed": "disposition",
            "rejected": "rejected",
            "deferred": "council",
        },
        **{(state, "withdraw"): {"": "withdrawn"} for state in WITHDRAWABLE["zkT"]},
    },
}
"""By form: where a step leads, by its outcome ("" where it has none)."""

FREEZES: Final = {
    "gE": frozenset({"submit", "release_to_board", "refer", "rework", "dispose"}),
    "zkT": frozenset({"submit", "release", "rework", "dispose"}),
}
TRIGGERS: Final = {form: frozenset(trigger for _, trigger in TARGETS[form]) for form in TARGETS}


@dataclass(frozen=True)
class Duty:
    """A task that comes with a state: whose, what, and until when."""

    role: str
    act: str | None = None
    step: str | None = None
    days: int = 0
    working: bool = False
    before: tuple[int, int] | None = None
    """Month and day of the year before the programme's, as long as it is not over; then `days` count."""
    each: bool = False
    after: tuple[str, ...] = ()


_DUTIES: Final = {
    "opened": (Duty(MD, step="start", days=14),),
    "drafting": (Duty(MD, step="submit", days=42, before=(10, 31)),),
    "consultation": (Duty(BOARD, act="opinion", days=21, each=True), Duty(STAFF, step="close", days=22)),
    "disposition": (Duty(MD, step="dispose", days=10, working=True),),
    "rejected": (Duty(MD, step="revise", days=30),),
    "in_force": (Duty(MD, act="publish", days=30),),
    "withdrawn": (),
}
DUTIES: Final = {
    "gE": {
        **_DUTIES,
        "internal_check": (
            Duty(EO, act="sign_off", days=5, working=True),
            Duty(BO, act="state_budget", days=5, working=True),
            Duty(MD, act="set_targets", days=5, working=True),
            Duty(MD, step="release", days=5, working=True, after=("sign_off", "state_budget", "set_targets")),
        ),
        "first_reading": (Duty(CHAIR, step="refer", days=21),),
        "resolution": (Duty(MEMBER, act="vote", days=14, each=True), Duty(CHAIR, step="conclude", days=15)),
        "tied": (Duty(CHAIR, step="cast", days=7),),
        "awaiting_record": (Duty(CHAIR, step="record", days=14),),
    },
    "zkT": {
        **_DUTIES,
        "internal_check": (
            Duty(EO, act="sign_off", days=5, working=True),
            Duty(BO, act="state_budget", days=5, working=True),
            Duty(MD, step="release", days=5, working=True, after=("sign_off", "state_budget")),
        ),
        "committee": (Duty(STAFF, step="enter_result", days=42),),
        "council": (Duty(STAFF, step="enter_result", days=42),),
    },
}
"""By form and state: the tasks that are open while the programme stands there and they are not done."""


def who_may(form: str, state: str, trigger: str) -> list[str]:
    """The roles that may take a step, in the order in which one is chosen; empty where the state has no such step."""
    allowed = {role for at, name, role in STEPS[form] if (at, name) == (state, trigger)}
    return [role for role in ORDER if role in allowed]


def who_may_act(form: str, state: str, act: str) -> list[str]:
    """The same for an act."""
    allowed = {role for at, name, role in ACTS[form] if (at, name) == (state, act)}
    return [role for role in ORDER if role in allowed]
