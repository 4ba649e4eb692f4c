"""The registers of a programme besides budget and topics: instruments, targets, measures, projects and the rest."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, Stale
from jcflow.procedure import Area
from jcflow.programmes import ordering, registers
from jcflow.programmes.instrument_catalogue import instrument_warnings
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import EDITORS, Programme, check_columns, editing, may_edit
from jcflow.programmes.register_fields import REGISTERS, Register
from jcflow.programmes.registers import RegisterRow, rows_of
from jcflow.web.database import db
from jcflow.web.grids import grids_of, register_titles, row_title
from jcflow.web.guard import READERS, open_to
from jcflow.web.labels import VISIBILITY_LABELS
from jcflow.web.programme_pages import gone, is_insider, load, page, readable_document
from jcflow.web.register_forms import (
    check_rows,
    data_with,
    in_words,
    inputs_of,
    parsed,
    register_of,
    stored_values,
    typed_values,
    with_key,
)
from jcflow.web.steps import typed_version
from jcflow.web.text import accepted_reasons
from jcflow.web.visitors import me, moment

pages = Blueprint("registers", __name__)


@pages.get("/programmes/<slug>/registers")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """All registers as tables."""
    programme = load(slug)
    document, version = readable_document(programme)
    grids = grids_of(document, accepted_reasons(programme, version))
    elsewhere = ("budget_tables/", "topic_sets/")
    return page(
        "registers/show.html",
        programme,
        "Übersichten",
        version=version,
        grids=[grid for of, grid in grids.items() if not of.startswith(elsewhere)],
        editable=version is None and may_edit(programme, Area.REGISTERS, me().actor),
        registers=list(REGISTERS.values()),
        law_notes=instrument_warnings(document) if is_insider() else (),
    )


@pages.get("/programmes/<slug>/registers/<register>")
@open_to(*EDITORS)
def edit_all(slug: str, register: str) -> ResponseReturnValue:
    """One register with what can be done to its rows."""
    programme, described = load(slug), register_of(register)
    _deed(programme)
    return _rows_page(programme, described, {})


def _rows_page(programme: Programme, register: Register, errors: dict[str, str]) -> str:
    session = db.session()
    gone = rows_of(session, programme, removed=True).get(register.key, [])
    return page(
        "registers/rows.html",
        programme,
        register.label,
        register=register,
        rows=[(row, row_title(register.key, row.data)) for row in _rows(programme, register)],
        gone=[(row, row_title(register.key, row.data)) for row in gone],
        errors=errors,
    )


def _deed(programme: Programme) -> Deed:
    return editing(programme, Area.REGISTERS, me().actor, at=moment())


def _rows(programme: Programme, register: Register) -> list[RegisterRow]:
    return rows_of(db.session(), programme).get(register.key, [])


def _row(programme: Programme, register: Register, row_id: UUID) -> RegisterRow:
    found = registers.row(db.session(), programme, register.key, row_id)
    if found.removed:
        raise gone("Die Zeile", register.label)
    return found


def _back(programme: Programme, register: Register) -> ResponseReturnValue:
    return redirect(url_for("registers.edit_all", slug=programme.slug, register=register.key), 303)


def _form(
    programme: Programme,
    register: Register,
    row: RegisterRow | None,
    values: dict[str, list[str]],
    errors: dict[str, str],
) -> str:
    document = document_of(db.session(), programme)
    own_key = str(row.data.get("key", "")) if row else ""
    return page(
        "registers/form.html",
        programme,
        register.label,
        register=register,
        row=row,
        name=row_title(register.key, row.data) if row else "",
        inputs=inputs_of(register, values, document, own_key),
        errors=errors,
    )


@pages.get("/programmes/<slug>/registers/<register>/new")
@open_to(*EDITORS)
def new(slug: str, register: str) -> ResponseReturnValue:
    """The form for another row."""
    programme, described = load(slug), register_of(register)
    _deed(programme)
    return _form(programme, described, None, {}, {})


@pages.post("/programmes/<slug>/registers/<register>/new")
@open_to(*EDITORS)
def add(slug: str, register: str) -> ResponseReturnValue:
    """Add a row at the end of a register."""
    programme, described, session = load(slug), register_of(register), db.session()
    deed, values = _deed(programme), typed_values(described)
    try:
        data = with_key(session, programme, described, parsed(described, values))
        check_rows(session, programme, described, data_with(_rows(programme, described), None, data), in_form=True)
    except BadInput as error:
        return _form(programme, described, None, values, error.problems), 422
    registers.add_row(session, programme, described.key, data, deed)
    flash("Die Zeile ist gespeichert.", "success")
    return _back(programme, described)


@pages.get("/programmes/<slug>/registers/<register>/<uuid:row_id>/edit")
@open_to(*EDITORS)
def edit(slug: str, register: str, row_id: UUID) -> ResponseReturnValue:
    """The form of a row."""
    programme, described = load(slug), register_of(register)
    _deed(programme)
    row = _row(programme, described, row_id)
    return _form(programme, described, row, stored_values(described, row.data), {})


@pages.post("/programmes/<slug>/registers/<register>/<uuid:row_id>/edit")
@open_to(*EDITORS)
def save(slug: str, register: str, row_id: UUID) -> ResponseReturnValue:
    """Save a row."""
    programme, described, session = load(slug), register_of(register), db.session()
    deed, row, values = _deed(programme), _row(programme, described, row_id), typed_values(described)
    try:
        _check_fresh(described, row, values)
        data = parsed(described, values)
        data |= {"key": row.data["key"]} if "key" in row.data else {}
        check_rows(session, programme, described, data_with(_rows(programme, described), row, data), in_form=True)
    except BadInput as error:
        return _form(programme, described, row, values, error.problems), 422
    registers.save_row(session, row, data, deed)
    flash("Die Zeile ist gespeichert.", "success")
    return _back(programme, described)


def _check_fresh(register: Register, row: RegisterRow, values: dict[str, list[str]]) -> None:
    """Refuse a form that was opened before somebody else saved the row, with both sides in words."""
    try:
        check_columns(db.session(), row, typed_version(), "Die Zeile", {}, "data")
    except Stale as stale:
        theirs = stored_values(register, row.data)
        raise stale.put(in_words(register, values), in_words(register, theirs)) from stale


@pages.post("/programmes/<slug>/registers/<register>/<uuid:row_id>/move")
@open_to(*EDITORS)
def move(slug: str, register: str, row_id: UUID) -> ResponseReturnValue:
    """Move a row up or down."""
    programme, described = load(slug), register_of(register)
    deed, row = _deed(programme), _row(programme, described, row_id)
    check_columns(db.session(), row, typed_version(), "Die Zeile", {}, "position", "removed")
    steps = 1 if request.form.get("direction") == "down" else -1
    ordering.move(db.session(), _rows(programme, described), row, steps, deed)
    flash("Die Reihenfolge ist geändert.", "success")
    return _back(programme, described)


@pages.post("/programmes/<slug>/registers/<register>/<uuid:row_id>/remove")
@open_to(*EDITORS)
def remove(slug: str, register: str, row_id: UUID) -> ResponseReturnValue:
    """Remove a row; it can be brought back on the same page."""
    programme, described, session = load(slug), register_of(register), db.session()
    deed, row = _deed(programme), _row(programme, described, row_id)
    check_columns(db.session(), row, typed_version(), "Die Zeile", {}, "data", "removed")
    try:
        check_rows(session, programme, described, data_with(_rows(programme, described), row, None))
    except BadInput as error:
        return _rows_page(programme, described, error.problems), 422
    ordering.remove(session, row, deed)
    flash("Die Zeile ist entfernt. Sie können sie unten wiederherstellen.", "success")
    return _back(programme, described)


@pages.post("/programmes/<slug>/registers/<register>/<uuid:row_id>/restore")
@open_to(*EDITORS)
def restore(slug: str, register: str, row_id: UUID) -> ResponseReturnValue:
    """Bring a removed row back to where it stood."""
    programme, described, session = load(slug), register_of(register), db.session()
    deed, row = _deed(programme), registers.row(session, programme, described.key, row_id)
    check_columns(db.session(), row, typed_version(), "Die Zeile", {}, "data", "removed")
    try:
        check_rows(session, programme, described, [*data_with(_rows(programme, described), row, None), row.data])
    except BadInput as error:
        return _rows_page(programme, described, error.problems), 422
    ordering.restore(session, row, deed)
    flash("Die Zeile ist wiederhergestellt.", "success")
    return _back(programme, described)


@pages.get("/programmes/<slug>/registers/visibility")
@open_to(*EDITORS)
def visibility(slug: str) -> ResponseReturnValue:
    """Who sees which register once the programme is published."""
    programme = load(slug)
    _deed(programme)
    return _visibility_page(programme, {})


def _shown_to(programme: Programme) -> dict[str, tuple[str, str]]:
    """Reference to title and present visibility."""
    titles = register_titles(document_of(db.session(), programme))
    titles["internal_potentials"] = REGISTERS["internal_potentials"].label
    chosen = programme.register_visibility
    return {of: (title, str(chosen.get(of, Visibility.PUBLIC))) for of, title in titles.items()}


def _visibility_page(programme: Programme, errors: dict[str, str]) -> str:
    options = [(v.value, label) for v, label in VISIBILITY_LABELS.items()]
    shown = _shown_to(programme)
    typed = {of: request.form.get(of, now) for of, (_, now) in shown.items()}
    return page(
        "registers/visibility.html",
        programme,
        "Wer sieht was?",
        shown=[(of, title, typed[of]) for of, (title, _) in shown.items()],
        options=options,
        errors=errors,
    )


@pages.post("/programmes/<slug>/registers/visibility")
@open_to(*EDITORS)
def show_to(slug: str) -> ResponseReturnValue:
    """Decide who sees which register."""
    programme = load(slug)
    deed, shown = _deed(programme), _shown_to(programme)
    typed = {of: request.form.get(of, "") for of in shown}
    problems = {of: "Wählen Sie, wer das sehen darf." for of, value in typed.items() if value not in set(Visibility)}
    if problems:
        return _visibility_page(programme, problems), 422
    mine = {shown[of][0]: VISIBILITY_LABELS[Visibility(value)] for of, value in typed.items()}
    theirs = {title: VISIBILITY_LABELS[Visibility(now)] for title, now in shown.values()}
    try:
        check_columns(db.session(), programme, typed_version(), "Das Programm", {}, "register_visibility")
    except Stale as stale:
        raise stale.put(mine, theirs) from stale
    for of, value in typed.items():
        if value != shown[of][1]:
            registers.show_register(db.session(), programme, of, Visibility(value), deed)
    flash("Gespeichert ist, wer was sieht.", "success")
    return redirect(url_for("registers.show", slug=slug), 303)
