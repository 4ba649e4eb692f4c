"""Meine Aufgaben: what the visitor owes, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jcflow import clock, tasks
from jcflow.accounts.people import names
from jcflow.asked import answered
from jcflow.programmes.programme import Programme, newest_programmes, programmes_of
from jcflow.web.database import db
from jcflow.web.formats import MOST_COUNTED
from jcflow.web.guard import open_to_signed_in
from jcflow.web.paging import PAGE, Leaf, asked_id, leaf
from jcflow.web.task_links import place_of_task
from jcflow.web.visitors import me, moment

pages = Blueprint("tasks", __name__)

SOON = timedelta(days=7)
REMEMBERED = timedelta(days=30)
MOST_DONE = 50


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
    session, today = db.session(), clock.local_day(moment())
    found = _leaf()
    days = tasks.open_days(session, me().person.id, me().roles, MOST_COUNTED + 1, me().instead)
    done = tasks.done_tasks(session, me().person.id, moment() - REMEMBERED, limit=MOST_DONE)
    programmes = programmes_of(session, {task.programme_id for task in (*found.rows, *done)})
    items = [_item(task, programmes[task.programme_id], today) for task in found.rows]
    return render_template(
        "tasks/mine.html",
        leaf=found,
        groups=_groups(items, today),
        count=len(days),
        late=sum(day < today for day in days),
        done=[(task, programmes[task.programme_id]) for task in done],
        today=today,
        standing_in=" und ".join(sorted(names(session, set(me().in_place_of.values())).values())),
        first=items[0].id if items and not found.start else None,
        programmes=[] if days else newest_programmes(session, limit=3),
    )


def _leaf() -> Leaf[tasks.Task]:
    session, asked = db.session(), asked_id()
    after = tasks.known(session, asked) if asked else None
    found = tasks.open_tasks(session, me().person.id, me().roles, me().instead, after=after, limit=PAGE + 1)
    if after is None and len(found) <= PAGE:
        # All there is: nobody has to count it again.
        asked_for = (me().person.id, me().roles, MOST_COUNTED + 1, me().instead)
        answered(session, tasks.open_days, [t.due_on for t in found], *asked_for)
    key = str(found[PAGE - 1].id) if len(found) > PAGE else None
    return leaf("tasks.mine", found[:PAGE], key, begun=after is not None)


def _groups(items: list[Item], today: date) -> list[tuple[str, list[Item]]]:
    return [
        ("Überfällig", [i for i in items if i.due_on < today]),
        ("In den nächsten sieben Tagen", [i for i in items if today <= i.due_on <= today + SOON]),
        ("Später", [i for i in items if i.due_on > today + SOON]),
    ]


def _item(task: tasks.Task, programme: Programme, today: date) -> Item:
    kind = "danger" if task.due_on < today else "warning" if task.due_on <= today + SOON else "info"
    href = place_of_task(programme, task)
    return Item(f"t-{task.id}", task.label, programme, task.due_on, href, kind)
