"""Who must act until when. A task opens on entering a state and is closed by its act, its step, or the state's end."""

from __future__ import annotations

from jcflow.tasks.asking import (
    Instead,
    all_open,
    count_deadlines,
    done_tasks,
    due_of,
    known,
    open_days,
    open_of,
    open_task,
    open_tasks,
)
from jcflow.tasks.closing import complete, leave_state
from jcflow.tasks.opening import admit, ask_again, look_again, open_following, open_for_state, reopen
from jcflow.tasks.task import Task, is_held

__all__ = [
    "Instead",
    "Task",
    "admit",
    "all_open",
    "ask_again",
    "complete",
    "count_deadlines",
    "done_tasks",
    "due_of",
    "is_held",
    "known",
    "leave_state",
    "look_again",
    "open_days",
    "open_following",
    "open_for_state",
    "open_of",
    "open_task",
    "open_tasks",
    "reopen",
]
