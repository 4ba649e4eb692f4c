"""Erinnern: who would be written to now, and doing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.deadlines import moving
from jcflow.deadlines.moving import Deadline
from jcflow.errors import BadInput
from jcflow.procedure import Role
from jcflow.reminders import asking
from jcflow.reminders.asking import Asked
from jcflow.web.database import db
from jcflow.web.deadline_moves import back_to_list, chosen_ids
from jcflow.web.formats import plural
from jcflow.web.guard import open_to
from jcflow.web.visitors import moment

pages = Blueprint("reminding", __name__)


def _asked(*, lock: bool = False) -> tuple[list[Deadline], list[Asked]]:
    session, today = db.session(), clock.local_day(moment())
    deadlines = moving.deadlines_of(session, chosen_ids(), today, lock=lock)
    tasks = [task for deadline in deadlines for task in deadline.tasks if not task.paused]
    return deadlines, asking.whom(session, tasks, today)


@pages.get("/deadlines/remind")
@open_to(Role.STAFF)
def preview() -> ResponseReturnValue:
    """Who would be written to, and about what; nothing is sent."""
    try:
        deadlines, asked = _asked()
    except BadInput as error:
        return back_to_list(error)
    writing = [one for one in asked if one.is_written_to]
    return render_template(
        "deadlines/remind.html",
        writing=writing,
        told=[one for one in asked if one.told_today],
        pausing=[one for one in asked if one.paused_until and not one.told_today],
        tasks=[deadline.task for deadline in deadlines],
    )


@pages.post("/deadlines/remind")
@open_to(Role.STAFF)
def remind() -> ResponseReturnValue:
    """Write to everybody who has not been reminded today."""
    _, asked = _asked(lock=True)
    sent = asking.remind(db.session(), asked, moment())
    nobody = "Niemand wird erinnert: Alle sind heute schon erinnert worden oder pausieren."
    said = f"Wir erinnern {plural(sent, 'Person', 'Personen')}." if sent else nobody
    flash(said, "success")
    return redirect(url_for("deadlines.index"), 303)
