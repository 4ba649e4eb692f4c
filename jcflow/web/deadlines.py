"""Fristen: what is due in the whole house, the oldest deadline first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from jcflow import clock, tasks
from jcflow.accounts.people import holders, names
from jcflow.mail.ticking import heard
from jcflow.mail.undelivered import count_undelivered
from jcflow.procedure import Role
from jcflow.process.absences import uncovered
from jcflow.programmes.programme import Programme, programmes_of
from jcflow.reminders.asking import Told, told_of
from jcflow.tasks import Task
from jcflow.web.database import db
from jcflow.web.formats import MOST_COUNTED, day
from jcflow.web.guard import open_to
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.paging import PAGE, Leaf, asked_id, leaf
from jcflow.web.task_links import place_of_task
from jcflow.web.visitors import me, moment

pages = Blueprint("deadlines", __name__)

SOON = timedelta(days=7)
MOST_READ = 500
"""Tasks read for one page; several of them may be one deadline."""


@dataclass(frozen=True)
class Due:
    """One deadline and everybody who has to keep it."""

    label: str
    programme: Programme
    role: Role
    due_on: date
    kind: str
    """Which colour its badge has: `danger`, `warning` or `info`."""
    href: str
    people: list[str]
    task_id: UUID
    reminded: str
    """How often and when people were last reminded of it."""

    @property
    def role_label(self) -> str:
        """Whose task it is."""
        return ROLE_LABELS[self.role]


@pages.get("/deadlines")
@open_to(Role.STAFF, Role.MANAGING_DIRECTOR)
def index() -> ResponseReturnValue:
    """What is late, what is due soon, and everything else that is open."""
    session, today = db.session(), clock.local_day(moment())
    yesterday = today - timedelta(days=1)
    return render_template(
        "deadlines/index.html",
        leaf=_leaf(today),
        late=_count(today, None, yesterday),
        soon=_count(today, today, today + SOON),
        every=_count(today, None, None),
        undelivered=count_undelivered(session, most=MOST_COUNTED + 1),
        heard=heard(session),
        may_act=Role.STAFF in me().roles,
        uncovered=len(uncovered(session, today)) if Role.STAFF in me().roles else 0,
    )


def _count(today: date, first: date | None, last: date | None) -> int:
    return tasks.count_deadlines(db.session(), today, first=first, last=last, most=MOST_COUNTED + 1)


def _leaf(today: date) -> Leaf[Due]:
    session, asked = db.session(), asked_id()
    after = tasks.known(session, asked) if asked else None
    found = tasks.all_open(session, today, after=after, limit=MOST_READ)
    groups = [list(group) for _, group in groupby(found, key=lambda t: (t.due_on, t.programme_id, t.role, t.label))]
    if len(found) == MOST_READ and len(groups) > 1:
        # It may go on behind what was read.
        groups.pop()
    shown = groups[:PAGE]
    key = str(shown[-1][0].id) if len(found) == MOST_READ or len(groups) > PAGE else None
    return leaf("deadlines.index", _rows(session, shown, today), key, begun=after is not None)


def _rows(session: Session, shown: list[list[Task]], today: date) -> list[Due]:
    every = [task for group in shown for task in group]
    programmes = programmes_of(session, {task.programme_id for task in every})
    people, told = _people(session, every, today), told_of(session, {task.id for task in every})
    return [
        _due(
            group[0],
            programmes[group[0].programme_id],
            today,
            sorted({name for task in group for name in people[task.id]}),
            [told[task.id] for task in group if task.id in told],
        )
        for group in shown
    ]


def _due(task: Task, programme: Programme, today: date, people: list[str], told: Sequence[Told]) -> Due:
    kind = "danger" if task.due_on < today else "warning" if task.due_on <= today + SOON else "info"
    mine = me().owes(task.role, task.person_id)
    href = place_of_task(programme, task) if mine else url_for("programmes.show", slug=programme.slug)
    return Due(task.label, programme, task.role, task.due_on, kind, href, people, task.id, _said(told))


def _said(told: Sequence[Told]) -> str:
    """Like „2-mal, zuletzt 18.11.2026“: of several people's task whatever is the most and the last."""
    moments = [one.last_at for one in told if one.last_at is not None]
    if not moments:
        return "noch nicht"
    return f"{max(one.times for one in told)}-mal, zuletzt {day(max(moments))}"


def _people(session: Session, open_now: Sequence[Task], today: date) -> dict[UUID, list[str]]:
    """Task id to the names of those who have it: the person's own, or everybody who holds the role."""
    roles = {task.role for task in open_now if task.person_id is None}
    holding = {role: [member.person_id for member in holders(session, role, today)] for role in roles}
    whose = {task.id: [task.person_id] if task.person_id else holding[task.role] for task in open_now}
    known = names(session, {person_id for ids in whose.values() for person_id in ids})
    return {task_id: sorted({known[i] for i in ids if i in known}) for task_id, ids in whose.items()}
