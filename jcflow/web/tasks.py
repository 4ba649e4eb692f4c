"""Meine Aufgaben: what the visitor owes, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jcflow import clock, tasks
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.web.database import db
from jcflow.web.guard import open_to_signed_in
from jcflow.web.task_links import place_of
from jcflow.web.visitors import me, moment

pages = Blueprint("tasks", __name__)

SOON = timedelta(days=7)
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class Item:
    """A task as the page shows it."""

    id: str
    label: str
    programme: Programme
    due_on: date
    href: str
    kind: str
    """Which colour its badge has: `danger`, `warning` or `info`."""


@pages.get("/tasks")
@open_to_signed_in
def mine() -> ResponseReturnValue:
    """The open tasks in groups by urgency, and what was done lately."""
    today, session = clock.local_day(moment()), db.session()
    programmes = {p.id: p for p in all_programmes(session)}
    items = [
        _item(task, programmes[task.programme_id], today)
        for task in tasks.open_tasks(session, me().person.id, me().roles)
    ]
    groups = [
        ("Überfällig", [i for i in items if i.due_on < today]),
        ("In den nächsten sieben Tagen", [i for i in items if today <= i.due_on <= today + SOON]),
        ("Später", [i for i in items if i.due_on > today + SOON]),
    ]
    done = [
        (task, programmes[task.programme_id])
        for task in tasks.done_tasks(session, me().person.id, moment() - REMEMBERED)
    ]
    first = items[0].id if items else None
    return render_template(
        "tasks/mine.html",
        groups=groups,
        count=len(items),
        late=len(groups[0][1]),
        done=done,
        today=today,
        first=first,
        programmes=list(programmes.values()),
    )


def _item(task: tasks.Task, programme: Programme, today: date) -> Item:
    kind = "danger" if task.due_on < today else "warning" if task.due_on <= today + SOON else "info"
    href = place_of(programme, str(task.act or task.step))
    return Item(f"t-{task.id}", task.label, programme, task.due_on, href, kind)
