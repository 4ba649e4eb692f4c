"""Terminplan: the cycle of a programme as bars and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.deadlines.course import Progress, Stretch, course_of, deciding, way
from jcflow.errors import NotFound
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.programmes.schedule import MEETING, planned_days
from jcflow.web.database import db
from jcflow.web.formats import LOCALE, days_left
from jcflow.web.guard import READERS, open_to
from jcflow.web.labels import MEETING_LABELS
from jcflow.web.visitors import me, moment

pages = Blueprint("calendar", __name__)

MOST_MARKS = 6
"""Names of months above the bars."""
_WORDS = {Progress.DONE: "erledigt", Progress.AHEAD: "voraussichtlich"}


@dataclass(frozen=True)
class Bar:
    """One state as a bar: lengths are percent of the whole time."""

    label: str
    begins_on: date
    ends_on: date
    left: float
    width: float
    progress: Progress
    status: str
    planned: bool
    """Whether the end is planned, not only counted."""


@dataclass(frozen=True)
class Chart:
    """All bars, the months above them, and today."""

    bars: list[Bar]
    months: list[tuple[str, float]]
    today: float | None
    """Percent; None where it lies outside."""


@pages.get("/calendar")
@open_to(*READERS)
def show() -> ResponseReturnValue:
    """The cycle of one programme, the newest that is on its way unless another is asked for."""
    session, today = db.session(), clock.local_day(moment())
    known = all_programmes(session)
    programme = _asked(known)
    if programme is None:
        return render_template("calendar/show.html", programme=None, programmes=known)
    course = course_of(session, programme, today)
    planned = planned_days(programme)
    return render_template(
        "calendar/show.html",
        programme=programme,
        programmes=known,
        chart=chart_of(course, planned, today),
        message=_message(course, today),
        meetings=[(MEETING_LABELS[m], planned.get(MEETING + m)) for m in programme.procedure.meetings],
        may_plan=Role.STAFF in me().roles and _is_ahead(programme),
    )


def _asked(known: Sequence[Programme]) -> Programme | None:
    slug = request.args.get("programme", "")
    if slug:
        found = next((programme for programme in known if programme.slug == slug), None)
        if found is None:
            raise NotFound
        return found
    return next((programme for programme in known if not programme.current.final), next(iter(known), None))


def _is_ahead(programme: Programme) -> bool:
    states = way(db.session(), programme)
    return programme.state in states[: states.index(deciding(programme.procedure, states)) + 1]


def chart_of(course: Sequence[Stretch], planned: dict[str, date], today: date) -> Chart:
    """The bars of a course."""
    first = course[0].begins_on
    last = max([*(stretch.ends_on for stretch in course), first + timedelta(days=28)])
    days = (last - first).days + 1

    def percent(day: date) -> float:
        return round((day - first).days * 100 / days, 2)

    bars = [
        Bar(
            stretch.state.label,
            stretch.begins_on,
            stretch.ends_on,
            percent(stretch.begins_on),
            max(round(percent(stretch.ends_on + timedelta(days=1)) - percent(stretch.begins_on), 2), 1.0),
            stretch.progress,
            _status(stretch, today),
            stretch.progress is not Progress.DONE and stretch.state.key in planned,
        )
        for stretch in course
    ]
    return Chart(bars, _months(first, last, percent), percent(today) if first <= today <= last else None)


def _months(first: date, last: date, percent: object) -> list[tuple[str, float]]:
    assert callable(percent)
    begins = [date(y, m, 1) for y in range(first.year, last.year + 1) for m in range(1, 13)]
    shown = [day for day in begins if first <= day <= last]
    every = -(-len(shown) // MOST_MARKS) or 1
    return [(format_date(day, "MMM y", locale=LOCALE), percent(day)) for day in shown[::every]]


def _status(stretch: Stretch, today: date) -> str:
    if stretch.progress is Progress.CURRENT:
        return f"läuft, {days_left(stretch.ends_on, today)}"
    return _WORDS[stretch.progress]


def _message(course: Sequence[Stretch], today: date) -> str:
    """What the chart says, in one sentence."""
    here = next((stretch for stretch in course if stretch.progress is Progress.CURRENT), None)
    if here is None:
        return f"Das Verfahren ist abgeschlossen: {course[-1].state.label}."
    if here.ends_on < today:
        return f"Das Verfahren ist in Verzug: „{here.state.label}“ ist {days_left(here.ends_on, today)}."
    return f"Das Verfahren ist im Plan: „{here.state.label}“ läuft, {days_left(here.ends_on, today)}."
