"""Abwesenheit und Vertretung: one's own, and for the Gremienbüro everybody's."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts import absences
from jcflow.accounts.people import Membership, Person, membership, people, person
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotAllowed, NotFound
from jcflow.procedure import Role
from jcflow.process.absences import (
    absence_entered,
    absence_removed,
    label_of,
    substitute_named,
    substitution_ended,
    uncovered,
)
from jcflow.web.database import db
from jcflow.web.guard import open_to, open_to_signed_in
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("absences", __name__)

NOBODY = ("", "Niemand")


@pages.get("/deadlines/absences")
@open_to(Role.STAFF)
def index() -> ResponseReturnValue:
    """Who is away when, and which deadlines nobody is there for."""
    session, today = db.session(), clock.local_day(moment())
    return render_template(
        "absences/index.html",
        rows=absences.absences_from(session, today),
        uncovered=uncovered(session, today),
        people=people(session),
    )


@pages.get("/account/absences")
@open_to_signed_in
def own() -> ResponseReturnValue:
    """The visitor's own."""
    return _page(me().person, {}, {})


@pages.get("/deadlines/absences/<uuid:person_id>")
@open_to(Role.STAFF)
def show(person_id: UUID) -> ResponseReturnValue:
    """Those of somebody else."""
    return _page(person(db.session(), person_id), {}, {})


def _page(somebody: Person, typed: dict[str, str], errors: dict[str, str]) -> str:
    session, today = db.session(), clock.local_day(moment())
    named = absences.substitutes_of(session, somebody.id, today)
    others = [(str(other.id), other.name) for other in people(session) if other.id != somebody.id]
    return render_template(
        "absences/person.html",
        somebody=somebody,
        is_own=somebody.id == me().person.id,
        rows=absences.absences_of(session, somebody.id, today),
        named=[(member, label_of(member), substitute) for member, substitute in named],
        choices=[NOBODY, *others],
        names=dict(others),
        may_name=_may_name,
        is_seat=lambda member: member.role is Role.ASSEMBLY_MEMBER,
        first=today.isoformat(),
        typed=typed,
        errors=errors,
    )


def _may_name(member: Membership) -> bool:
    """Everybody names the own substitutes; for a voting seat it is for the Gremienbüro to enter who was named."""
    return Role.STAFF in me().roles or (member.role is not Role.ASSEMBLY_MEMBER and member.person_id == me().person.id)


def _somebody() -> Person:
    """Whose absences the form is about: the visitor's, or for the Gremienbüro anybody's."""
    person_id = UUID(str(request.view_args["person_id"])) if request.view_args else me().person.id
    if person_id != me().person.id and Role.STAFF not in me().roles:
        raise NotAllowed("das Gremienbüro")
    return person(db.session(), person_id)


def _deed(somebody: Person) -> Deed:
    if somebody.id == me().person.id:
        return me().actor.own_deed(moment())
    return me().actor.deed(Role.STAFF, moment(), on_behalf_of=somebody.id)


def _back(somebody: Person) -> ResponseReturnValue:
    if somebody.id == me().person.id:
        return redirect(url_for("absences.own"), 303)
    return redirect(url_for("absences.show", person_id=somebody.id), 303)


@pages.post("/absences/<uuid:person_id>")
@open_to_signed_in
def enter(person_id: UUID) -> ResponseReturnValue:
    """Enter an absence; whoever is away and whoever stands in are written to."""
    session, somebody, typed = db.session(), _somebody(), Typed("first_on", "last_on")
    first_on, last_on = typed.day("first_on"), typed.day("last_on")
    try:
        typed.check()
        deed = _deed(somebody)
        entered = absences.enter_absence(session, somebody, first_on, last_on, deed)
    except BadInput as error:
        return _page(somebody, typed.values, error.problems), 422
    absence_entered(session, entered, somebody, deed)
    flash("Die Abwesenheit ist eingetragen.", "success")
    return _back(somebody)


@pages.post("/absences/<uuid:person_id>/<uuid:absence_id>/remove")
@open_to_signed_in
def remove(person_id: UUID, absence_id: UUID) -> ResponseReturnValue:
    """Take an absence back; who was told of it is written to."""
    somebody, entered = _somebody(), absences.absence(db.session(), absence_id)
    if entered.person_id != somebody.id:
        raise NotFound
    absences.remove_absence(db.session(), entered, _deed(somebody))
    absence_removed(db.session(), entered, somebody, _deed(somebody))
    flash("Die Abwesenheit ist gelöscht.", "success")
    return _back(somebody)


@pages.post("/absences/<uuid:person_id>/substitutes/<uuid:membership_id>")
@open_to_signed_in
def name(person_id: UUID, membership_id: UUID) -> ResponseReturnValue:
    """Name who stands in for a role, or nobody."""
    session, somebody, member = db.session(), _somebody(), membership(db.session(), membership_id)
    if member.person_id != somebody.id:
        raise NotFound
    if not _may_name(member):
        raise NotAllowed("das Gremienbüro")
    try:
        _name(member, somebody)
    except BadInput as error:
        problems = {f"person-{member.id}": sentence for sentence in error.problems.values()}
        return _page(somebody, {f"person-{member.id}": request.form.get("person", "")}, problems), 422
    session.flush()
    flash("Die Vertretung ist gespeichert.", "success")
    return _back(somebody)


def _name(member: Membership, somebody: Person) -> None:
    session = db.session()
    known = {str(other.id): other for other in people(session)}
    typed = Typed("person")
    chosen = typed.one_of("person", {"", *known}, "Wählen Sie eine Person aus der Liste.")
    typed.check()
    votes = "votes" in request.form and Role.STAFF in me().roles
    today = clock.local_day(moment())
    before = {one.id: substitute for one, substitute in absences.substitutes_of(session, somebody.id, today)}
    former = before.get(member.id)
    named = absences.name_substitute(session, member, known.get(chosen), _deed(somebody), votes=votes)
    session.flush()
    if former is not None and (named is None or named.person_id != former.person_id):
        substitution_ended(session, member, former, somebody, _deed(somebody))
    if named is not None and named is not former:
        substitute_named(session, member, named, somebody, _deed(somebody))
