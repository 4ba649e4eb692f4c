"""Who is on turn after an act, for the page that says what happened."""

from __future__ import annotations

from datetime import date

from jcflow import tasks
from jcflow.clock import local_day
from jcflow.programmes.programme import Programme
from jcflow.web.database import db
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.visitors import moment


def open_tasks(programme: Programme) -> list[tuple[str, str, date]]:
    """Role, task and day of what is open now; each once, however many people have it."""
    found = tasks.open_of(db.session(), programme, local_day(moment()))
    return list(dict.fromkeys((ROLE_LABELS[t.role], t.label, t.due_on) for t in found))
