"""Frist verschieben: a new day and a reason, then who it concerns, then done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.people import names
from jcflow.deadlines import moving
from jcflow.deadlines.moving import Deadline, Shift
from jcflow.errors import BadInput
from jcflow.procedure import Role
from jcflow.web.database import db
from jcflow.web.formats import day, plural
from jcflow.web.guard import open_to
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.member_forms import read_day
from jcflow.web.visitors import begin_now, check_roles, me, moment

pages = Blueprint("deadline_moves", __name__)

INCOMPLETE = "Wählen Sie in der Liste mindestens eine Frist aus, höchstens 50."


@dataclass(frozen=True)
class Chosen:
    """The deadlines a page is about, and what was typed."""

    deadlines: list[Deadline]
    seen: list[str]
    """`<task>/<version of its deadline>`, for the next form."""
    new_on: str
    reason: str


def chosen_ids(name: str = "task") -> dict[UUID, int | None]:
    """Task to the version of its deadline the form was opened with, None where it does not say.

    Raises:
        BadInput: None was chosen, too many, or what is no id.
    """
    found: dict[UUID, int | None] = {}
    try:
        for text in request.values.getlist(name):
            task_id, _, version = text.partition("/")
            found[UUID(task_id)] = int(version[:9]) if version else None
    except ValueError as error:
        raise BadInput({"": INCOMPLETE}) from error
    if not 1 <= len(found) <= moving.MOST:
        raise BadInput({"": INCOMPLETE})
    return found


def back_to_list(error: BadInput) -> ResponseReturnValue:
    """Back to where deadlines are chosen, with what is missing."""
    flash(str(error), "warning")
    return redirect(url_for("deadlines.index"), 303)


def _chosen(*, lock: bool = False) -> tuple[Chosen, bool]:
    """What is to be moved, and whether it is still as the form showed it."""
    ids = chosen_ids()
    deadlines = moving.deadlines_of(db.session(), ids, _today(), lock=lock)
    if lock:
        begin_now()
        check_roles()
    tasks = {task.id: task for deadline in deadlines for task in deadline.tasks}
    is_same = all(version in {None, tasks[task_id].due_version} for task_id, version in ids.items())
    seen = [f"{deadline.task.id}/{deadline.task.due_version}" for deadline in deadlines]
    return Chosen(deadlines, seen, request.form.get("new_on", ""), request.form.get("reason", "")), is_same


def _today() -> date:
    return clock.local_day(moment())


@pages.get("/deadlines/move")
@open_to(Role.STAFF)
def form() -> ResponseReturnValue:
    """The chosen deadlines, and where to type the new day."""
    try:
        return _form_page(_chosen()[0], {})
    except BadInput as error:
        return back_to_list(error)


def _form_page(chosen: Chosen, errors: dict[str, str], *, is_same: bool = True) -> str:
    return render_template(
        "deadlines/move.html", chosen=chosen, errors=errors, is_same=is_same, role_labels=ROLE_LABELS, today=_today()
    )


@pages.post("/deadlines/move/preview")
@open_to(Role.STAFF, one_time=False)
def preview() -> ResponseReturnValue:
    """Whom the change concerns and what speaks against it; nothing is saved."""
    chosen, is_same = _chosen()
    if not is_same:
        return _form_page(chosen, {}, is_same=False), 409
    if "again" in request.form:
        return _form_page(chosen, {})
    try:
        shifts, reason = _read(chosen)
    except BadInput as error:
        return _form_page(chosen, error.problems), 422
    return _preview_page(chosen, shifts, reason)


def _read(chosen: Chosen) -> tuple[list[Shift], str]:
    problems: dict[str, str] = {}
    shifts, reason = list[Shift](), ""
    try:
        shifts = moving.shifts_to(db.session(), chosen.deadlines, read_day(chosen.new_on, "new_on"), _today())
    except BadInput as error:
        problems |= error.problems
    try:
        reason = moving.check_reason(chosen.reason)
    except BadInput as error:
        problems |= error.problems
    if problems:
        raise BadInput(problems)
    return shifts, reason


def _preview_page(chosen: Chosen, shifts: Sequence[Shift], reason: str) -> str:
    session = db.session()
    known = names(session, {person_id for shift in shifts for person_id in shift.people})
    rows = [(s, sorted(known[i] for i in s.people if i in known), moving.doubts(session, s, _today())) for s in shifts]
    doubted = [(shift.deadline.task.label, doubt) for shift, _, doubts in rows for doubt in doubts]
    return render_template(
        "deadlines/move_preview.html",
        chosen=chosen,
        rows=rows,
        doubts=doubted,
        reason=reason,
        people=len(known),
        role_labels=ROLE_LABELS,
    )


@pages.post("/deadlines/move")
@open_to(Role.STAFF)
def move() -> ResponseReturnValue:
    """Move the deadlines; everybody they concern is written to."""
    chosen, is_same = _chosen(lock=True)
    if not is_same:
        return _form_page(chosen, {}, is_same=False), 409
    try:
        shifts, reason = _read(chosen)
    except BadInput as error:
        return _form_page(chosen, error.problems), 422
    moving.move(db.session(), shifts, me().actor.deed(Role.STAFF, moment(), reason))
    people = len({person_id for shift in shifts for person_id in shift.people})
    days = " und ".join(day(on) for on in sorted({shift.new_on for shift in shifts}))
    moved = plural(len(shifts), "Frist ist", "Fristen sind")
    flash(f"{moved} verschoben auf den {days}. Wir schreiben {plural(people, 'Person', 'Personen')}.", "success")
    return redirect(url_for("deadlines.index"), 303)
