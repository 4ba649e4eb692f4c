"""Fristen: what is due in the whole house, the oldest deadline first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from jcflow import clock, tasks
from jcflow.accounts.people import holders, names
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.tasks import Task
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.task_links import place_of
from jcflow.web.visitors import me, moment

pages = Blueprint("deadlines", __name__)

SOON = timedelta(days=7)


@dataclass
class Due:
    """One deadline and everybody who has to keep it."""

    label: str
    programme: Programme
    role: Role
    due_on: date
    kind: str
    """Which colour its badge has: `danger`, `warning` or `info`."""
    href: str
    people: list[str] = field(default_factory=list)

    @property
    def role_label(self) -> str:
        """Whose task it is."""
        return ROLE_LABELS[self.role]


@pages.get("/deadlines")
@open_to(Role.STAFF, Role.MANAGING_DIRECTOR)
def index() -> ResponseReturnValue:
    """What is late, what is due soon, and everything else that is open."""
    today = clock.local_day(moment())
    found = _deadlines(db.session(), today)
    late = [d for d in found if d.due_on < today]
    soon = [d for d in found if today <= d.due_on <= today + SOON]
    return render_template("deadlines/index.html", deadlines=found, late=late, soon=soon)


def _deadlines(session: Session, today: date) -> list[Due]:
    open_now = tasks.all_open(session, today)
    programmes = {p.id: p for p in all_programmes(session)}
    people = _people(session, open_now, today)
    found: dict[tuple[object, ...], Due] = {}
    for task in open_now:
        programme = programmes[task.programme_id]
        due = found.setdefault((programme.id, task.role, task.label, task.due_on), _due(task, programme, today))
        due.people += people[task.id]
    for due in found.values():
        due.people.sort()
    return list(found.values())


def _due(task: Task, programme: Programme, today: date) -> Due:
    kind = "danger" if task.due_on < today else "warning" if task.due_on <= today + SOON else "info"
    mine = task.role in me().roles and task.person_id in {None, me().person.id}
    href = place_of(programme, str(task.act or task.step)) if mine else url_for("programmes.show", slug=programme.slug)
    return Due(task.label, programme, task.role, task.due_on, kind, href)


def _people(session: Session, open_now: Sequence[Task], today: date) -> dict[UUID, list[str]]:
    """Task id to the names of those who have it: the person's own, or everybody who holds the role."""
    roles = {task.role for task in open_now if task.person_id is None}
    holding = {role: [member.person_id for member in holders(session, role, today)] for role in roles}
    whose = {task.id: [task.person_id] if task.person_id else holding[task.role] for task in open_now}
    known = names(session, {person_id for ids in whose.values() for person_id in ids})
    return {task_id: sorted({known[i] for i in ids if i in known}) for task_id, ids in whose.items()}
