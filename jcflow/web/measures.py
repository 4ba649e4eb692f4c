"""Umsetzung: what became of the measures of a programme in force, by topic; naming owners, and their reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.people import holders, names
from jcflow.deadlines import moving
from jcflow.errors import BadInput, NotAllowed, NotFound, Stale
from jcflow.procedure import Phase, Role
from jcflow.process.measures import NAMING, OWNERS, check_in_force, entrust, report, reporting_role, task_of
from jcflow.programmes.files import files_of
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.measures import REGISTER, Measure, MeasureStatus, Standing, by_topic, measure_of, measures_of
from jcflow.programmes.programme import INSIDERS, Programme
from jcflow.programmes.registers import RegisterRow, row
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.formats import days_left
from jcflow.web.guard import READERS, open_to
from jcflow.web.labels import MEASURE_LABELS
from jcflow.web.programme_pages import allowed_visibility, is_insider, load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("measures", __name__)

_KINDS = {MeasureStatus.RUNNING: "info", MeasureStatus.DELAYED: "warning", MeasureStatus.DONE: "success"}
LABELS = {"due_on": "Fällig am", "report": "Bericht"}


@dataclass(frozen=True)
class Line:
    """One measure as its row shows it."""

    standing: Standing
    owner: str
    kind: str
    """Which colour its badge has."""
    status: str
    files: list[tuple[str, str]]
    """Title and address; only for the house."""
    is_mine: bool


@pages.get("/programmes/<slug>/progress")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """What is done, late and open, topic by topic."""
    programme, today = load(slug), clock.local_day(moment())
    is_shown = programme.current.phase is Phase.IN_FORCE and _may_see(programme)
    found = measures_of(db.session(), programme, today) if is_shown else []
    lines = {one.row.id: line for one, line in zip(found, _lines(programme, found), strict=True)}
    groups = by_topic(db.session(), programme, found)
    return page(
        "measures/show.html",
        programme,
        "Umsetzung",
        is_shown=is_shown,
        groups=[(title, [lines[one.row.id] for one in group]) for title, group in groups],
        done=sum(one.is_done for one in found),
        late=sum(one.is_late for one in found),
        count=len(found),
        may_name=bool(me().roles & set(NAMING)),
    )


def _may_see(programme: Programme) -> bool:
    seen_by = Visibility(programme.register_visibility.get(REGISTER, Visibility.PUBLIC.value))
    return seen_by in allowed_visibility()


def _lines(programme: Programme, found: list[Standing]) -> list[Line]:
    session = db.session()
    known = names(session, {one.measure.person_id for one in found if one.measure})
    papers: dict[UUID, list[tuple[str, str]]] = {}
    if is_insider():
        for file in files_of(session, programme, subjects={one.measure.id for one in found if one.measure}):
            href = url_for("files.download", file_id=file.id)
            papers.setdefault(file.subject_id, []).append((file.title, href))
    return [_line(one, known, papers) for one in found]


def _line(one: Standing, known: dict[UUID | None, str], papers: dict[UUID, list[tuple[str, str]]]) -> Line:
    measure = one.measure
    if measure is None:
        return Line(one, "", "", "noch offen", [], False)
    said = MEASURE_LABELS[measure.status] if measure.status else "noch kein Bericht"
    if one.is_late:
        kind, said = "danger", f"{said}, {days_left(measure.due_on, one.today)}"
    else:
        kind = _KINDS[measure.status] if measure.status else "info"
    mine = measure.person_id == me().person.id
    return Line(one, known.get(measure.person_id, "unbekannt"), kind, said, papers.get(measure.id, []), mine)


@pages.get("/programmes/<slug>/progress/<uuid:row_id>/owner")
@open_to(*NAMING)
def owner_form(slug: str, row_id: UUID) -> ResponseReturnValue:
    """Who sees to a measure until when."""
    programme = load(slug)
    chosen = _measure(programme, row_id, "Zuständigkeit eintragen")
    known = measure_of(db.session(), chosen)
    typed = {"person": str(known.person_id), "due_on": known.due_on.isoformat()} if known else {}
    return _owner_page(programme, chosen, known, typed, {})


def _measure(programme: Programme, row_id: UUID, what: str) -> RegisterRow:
    check_in_force(programme, what)
    found = row(db.session(), programme, REGISTER, row_id)
    if found.removed:
        raise NotFound
    return found


def _owner_page(
    programme: Programme, chosen: RegisterRow, known: Measure | None, typed: dict[str, str], errors: dict[str, str]
) -> str:
    return page(
        "measures/owner.html",
        programme,
        "Zuständigkeit",
        title=chosen.data.get("title", ""),
        planned=(chosen.data.get("owner"), chosen.data.get("due")),
        row_id=chosen.id,
        version=known.version if known else 0,
        people=[("", "Bitte wählen"), *_people()],
        is_new=known is None,
        typed=typed,
        errors=errors,
    )


def _people() -> list[tuple[str, str]]:
    session, today = db.session(), clock.local_day(moment())
    ids = {member.person_id for role in OWNERS for member in holders(session, role, today)}
    return sorted(((str(person_id), name) for person_id, name in names(session, ids).items()), key=lambda pair: pair[1])


@pages.post("/programmes/<slug>/progress/<uuid:row_id>/owner")
@open_to(*NAMING)
def name_owner(slug: str, row_id: UUID) -> ResponseReturnValue:
    """Name the owner of a measure; the owner gets a task."""
    programme, typed = load(slug), Typed("person", "due_on", "reason")
    chosen = _measure(programme, row_id, "Zuständigkeit eintragen")
    try:
        _entrust(programme, chosen, typed)
    except BadInput as error:
        known = measure_of(db.session(), chosen)
        return _owner_page(programme, chosen, known, typed.values, error.problems), 422
    except Stale as error:
        return conflict_page(error, LABELS, url_for("measures.owner_form", slug=slug, row_id=row_id)), 409
    flash("Die Zuständigkeit ist eingetragen.", "success")
    return redirect(url_for("measures.show", slug=slug), 303)


def _entrust(programme: Programme, chosen: RegisterRow, typed: Typed) -> None:
    due_on = typed.day("due_on")
    person = typed.one_of("person", [key for key, _ in _people()], "Wählen Sie eine Person aus.")
    typed.check()
    owner, known = UUID(person), measure_of(db.session(), chosen)
    if known is not None and known.person_id == owner and known.due_on != due_on and known.version == typed_version():
        _move(known, due_on, moving.check_reason(typed.values["reason"]))
        return
    entrust(
        db.session(),
        programme,
        chosen,
        person_id=owner,
        due_on=due_on,
        version=typed_version(),
        actor=me().actor,
        at=moment(),
    )


def _move(known: Measure, due_on: date, reason: str) -> None:
    """Move the day of a measure that has an owner, as any other deadline: with a reason, and a word to the owner."""
    session, today, actor = db.session(), clock.local_day(moment()), me().actor
    task, role = task_of(session, known), actor.role_among(NAMING)
    if task is None or role is None:
        raise BadInput({"due_on": "Die Maßnahme ist erledigt. Ihr Tag ändert sich nicht mehr."})
    chosen = moving.deadlines_of(session, [task.id], today)
    try:
        moving.move(session, moving.shifts_to(session, chosen, due_on, today), actor.deed(role, moment(), reason))
    except BadInput as error:
        raise BadInput({"due_on": next(iter(error.problems.values()))}) from error


@pages.get("/programmes/<slug>/progress/<uuid:row_id>/report")
@open_to(*sorted(INSIDERS - {Role.AUDITOR}))
def report_form(slug: str, row_id: UUID) -> ResponseReturnValue:
    """Where the owner says how a measure stands."""
    programme = load(slug)
    chosen = _measure(programme, row_id, "Stand melden")
    mine = _mine(chosen)
    typed = {"status": mine.status.value if mine.status else "", "report": ""}
    return _report_page(programme, chosen, mine, typed, {})


def _mine(chosen: RegisterRow) -> Measure:
    known = measure_of(db.session(), chosen)
    if known is None or reporting_role(known, me().actor) is None:
        raise NotAllowed("die Person, die für die Maßnahme zuständig ist")
    return known


def _report_page(
    programme: Programme, chosen: RegisterRow, mine: Measure, typed: dict[str, str], errors: dict[str, str]
) -> str:
    return page(
        "measures/report.html",
        programme,
        "Stand melden",
        title=chosen.data.get("title", ""),
        row_id=chosen.id,
        measure=mine,
        options=[(status.value, MEASURE_LABELS[status]) for status in MeasureStatus],
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/progress/<uuid:row_id>/report")
@open_to(*sorted(INSIDERS - {Role.AUDITOR}))
def send_report(slug: str, row_id: UUID) -> ResponseReturnValue:
    """Say how a measure stands; once it is done its task ends."""
    programme, typed = load(slug), Typed("status", "report")
    chosen = _measure(programme, row_id, "Stand melden")
    mine = _mine(chosen)
    try:
        report(
            db.session(),
            programme,
            mine,
            status=typed.values["status"],
            sentence=typed.values["report"],
            upload=typed.upload("file"),
            version=typed_version(),
            actor=me().actor,
            at=moment(),
        )
    except BadInput as error:
        return _report_page(programme, chosen, mine, typed.values, error.problems), 422
    except Stale as error:
        return conflict_page(error, LABELS, url_for("measures.report_form", slug=slug, row_id=row_id)), 409
    flash("Ihr Bericht ist gespeichert.", "success")
    return redirect(url_for("measures.show", slug=slug), 303)
