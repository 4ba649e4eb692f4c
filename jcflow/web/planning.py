"""Termine planen: from the day of the resolution back to every deadline, a look at what does not fit, then saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.people import names
from jcflow.deadlines import backward
from jcflow.deadlines.backward import Ahead, Doubt
from jcflow.deadlines.course import step_day
from jcflow.errors import BadInput
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme
from jcflow.programmes.schedule import MEETING, planned_days
from jcflow.web.database import db
from jcflow.web.formats import day as german_day
from jcflow.web.formats import plural
from jcflow.web.guard import open_to
from jcflow.web.labels import MEETING_LABELS, ROLE_LABELS
from jcflow.web.member_forms import read_day
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.visitors import me, moment

pages = Blueprint("planning", __name__)

FIELD = "day-"
"""What stands before a state's name in the form."""
MEETING_FIELD = "meeting-"


def _fields(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems by state or meeting as problems by field."""
    return {_field(name): problem for name, problem in problems.items()}


def _field(name: str) -> str:
    return MEETING_FIELD + name.removeprefix(MEETING) if name.startswith(MEETING) else FIELD + name


@dataclass(frozen=True)
class Planned:
    """One state to be planned, as its row shows it."""

    state: str
    label: str
    day: str
    """ISO, or what was typed instead."""
    roles: str
    """Who must act until then."""


def _ahead(programme: Programme) -> Ahead:
    return backward.ahead_of(db.session(), programme, clock.local_day(moment()))


@pages.get("/programmes/<slug>/plan")
@open_to(Role.STAFF)
def form(slug: str) -> ResponseReturnValue:
    """Where to type the day of the resolution."""
    programme = load(slug)
    return _form_page(programme, _ahead(programme), _planned_end(programme), {})


def _planned_end(programme: Programme) -> str:
    ahead, known = _ahead(programme), planned_days(programme)
    last = ahead.states[-1]
    return step_day(ahead.schedule, last, known[last]).isoformat() if last in known else ""


def _form_page(programme: Programme, ahead: Ahead, resolved_on: str, errors: dict[str, str]) -> str:
    return page(
        "calendar/plan.html",
        programme,
        "Termine planen",
        resolved_on=resolved_on,
        earliest=backward.earliest(ahead),
        errors=errors,
    )


@pages.post("/programmes/<slug>/plan/preview")
@open_to(Role.STAFF, one_time=False)
def preview(slug: str) -> ResponseReturnValue:
    """Every deadline, what does not fit, and what would move; nothing is saved."""
    programme = load(slug)
    ahead, resolved_on = _ahead(programme), request.form.get("resolved_on", "")
    try:
        planned = _typed(programme, ahead) or _reckoned(programme, ahead, resolved_on)
    except BadInput as error:
        return _refused_page(programme, ahead, resolved_on, error.problems), 422
    problems, wished = backward.out_of_range(ahead, planned), None if _is_second_form() else resolved_on
    return _preview_page(programme, ahead, planned, _fields(problems), wished=wished), 422 if problems else 200


def _reckoned(programme: Programme, ahead: Ahead, resolved_on: str) -> dict[str, date]:
    """The days that follow from the one of the resolution, and of the meetings as they are."""
    met = {name: day for name, day in planned_days(programme).items() if name.startswith(MEETING)}
    return {**met, **backward.backwards(ahead, _resolution(ahead, resolved_on))}


def _resolution(ahead: Ahead, typed: str) -> date:
    found = read_day(typed, "resolved_on")
    if not ahead.today <= found <= date(ahead.today.year + backward.FARTHEST_YEARS, 12, 31):
        last = ahead.today.year + backward.FARTHEST_YEARS
        raise BadInput({"resolved_on": f"Wählen Sie einen Tag von heute bis Ende {last}."})
    return found


def _typed(programme: Programme, ahead: Ahead) -> dict[str, date]:
    """The days of the second form; empty where it was the first.

    Raises:
        BadInput: One of them is missing or is none.
    """
    if not _is_second_form():
        return {}
    asked = {FIELD + state: state for state in ahead.states}
    asked |= {
        MEETING_FIELD + m: MEETING + m for m in programme.procedure.meetings if request.form.get(MEETING_FIELD + m)
    }
    found, problems = dict[str, date](), dict[str, str]()
    for name, planned in asked.items():
        try:
            found[planned] = read_day(request.form.get(name, ""), name)
        except BadInput as error:
            problems |= error.problems
    if problems:
        raise BadInput(problems)
    return found


def _is_second_form() -> bool:
    return any(name.startswith(FIELD) for name in request.form)


def _refused_page(programme: Programme, ahead: Ahead, resolved_on: str, errors: dict[str, str]) -> str:
    """The form that was sent, with what was typed."""
    if not _is_second_form():
        return _form_page(programme, ahead, resolved_on, errors)
    meetings = programme.procedure.meetings
    return page(
        "calendar/plan_preview.html",
        programme,
        "Terminplan prüfen",
        rows=[_row(ahead, state, request.form.get(FIELD + state, "")) for state in ahead.states],
        meetings=[(m.value, MEETING_LABELS[m], request.form.get(MEETING_FIELD + m, "")) for m in meetings],
        shifts=[],
        is_possible=False,
        resolved_on=None,
        is_same=True,
        errors=errors,
    )


def _preview_page(
    programme: Programme,
    ahead: Ahead,
    planned: dict[str, date],
    errors: dict[str, str],
    *,
    is_same: bool = True,
    wished: str | None = None,
) -> str:
    session = db.session()
    doubts: list[Doubt] = backward.doubts(session, ahead, planned)
    shifts = backward.shifts_of(session, programme, backward.all_planned(programme, planned), ahead.today)
    known = names(session, {person_id for shift in shifts for person_id in shift.people})
    last = ahead.states[-1]
    return page(
        "calendar/plan_preview.html",
        programme,
        "Terminplan prüfen",
        rows=[_row(ahead, state, planned[state].isoformat()) for state in ahead.states],
        doubts=doubts,
        is_possible=not errors and not any(doubt.forbids for doubt in doubts),
        shifts=[(shift, sorted(known[i] for i in shift.people if i in known)) for shift in shifts],
        people=len(known),
        meetings=[(m.value, MEETING_LABELS[m], _iso(planned.get(MEETING + m))) for m in programme.procedure.meetings],
        resolved_on=step_day(ahead.schedule, last, planned[last]),
        wished=read_day(wished, "resolved_on") if wished else None,
        role_labels=ROLE_LABELS,
        is_same=is_same,
        errors=errors,
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _row(ahead: Ahead, state: str, day: str) -> Planned:
    rules = ahead.schedule.procedure.tasks_in(state)
    roles = ", ".join(dict.fromkeys(ROLE_LABELS[rule.role] for rule in rules))
    return Planned(state, ahead.schedule.procedure.states[state].label, day, roles)


@pages.post("/programmes/<slug>/plan")
@open_to(Role.STAFF)
def save(slug: str) -> ResponseReturnValue:
    """Save the plan; the open deadlines that follow from it move."""
    programme = load(slug)
    ahead = _ahead(programme)
    try:
        planned = _typed(programme, ahead)
        if not planned:
            raise BadInput({"resolved_on": "Wählen Sie den Tag des Beschlusses."})
    except BadInput as error:
        return _refused_page(programme, ahead, "", error.problems), 422
    if typed_version() != programme.version:
        return _preview_page(programme, ahead, planned, {}, is_same=False), 409
    last = ahead.states[-1]
    reason = f"Terminplan: Beschluss am {german_day(step_day(ahead.schedule, last, planned[last]))}"
    try:
        shifts = backward.plan(db.session(), programme, planned, me().actor.deed(Role.STAFF, moment(), reason))
    except BadInput as error:
        return _preview_page(programme, ahead, planned, _fields(error.problems)), 422
    moved = f" {plural(len(shifts), 'offene Frist ist', 'offene Fristen sind')} verschoben." if shifts else ""
    flash(f"Der Terminplan ist gespeichert.{moved}", "success")
    return redirect(url_for("calendar.show", programme=programme.slug), 303)
