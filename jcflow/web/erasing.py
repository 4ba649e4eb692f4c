"""Forgetting a person: what would leave and what stays, once more before it is done, and done."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import Person, person
from jcflow.audit.erasing import erasure_of
from jcflow.clock import local_day
from jcflow.errors import BadInput
from jcflow.procedure import Role
from jcflow.process.erasing import Gone, NotYetErasable, forget, leaving, obstacles, problem_of
from jcflow.web.admin import deed, hold
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.visitors import me, moment

pages = Blueprint("erasing", __name__)


@pages.get("/admin/people/<uuid:person_id>/erase")
@open_to(Role.ADMIN)
def show(person_id: UUID) -> ResponseReturnValue:
    """What would leave with a person, what stays and why, and what has to be done first."""
    return _page(_known(person_id), "", {})


@pages.post("/admin/people/<uuid:person_id>/erase/check")
@open_to(Role.ADMIN, one_time=False)
def check(person_id: UUID) -> ResponseReturnValue:
    """The same once more, with the reason, before it is done for good."""
    somebody, reason = _known(person_id), request.form.get("reason", "").strip()
    if "edit" in request.form:
        return _page(somebody, reason, {})
    if _obstacles(somebody):
        return _page(somebody, reason, {}), 409
    if problem := problem_of(reason, somebody):
        return _page(somebody, reason, {"reason": problem}), 422
    found = leaving(db.session(), somebody)
    return render_template("admin/erase_check.html", somebody=somebody, reason=reason, found=found)


@pages.post("/admin/people/<uuid:person_id>/erase")
@open_to(Role.ADMIN)
def erase(person_id: UUID) -> ResponseReturnValue:
    """Forget the person."""
    hold()
    somebody, reason = _known(person_id), request.form.get("reason", "").strip()
    try:
        forget(db.session(), somebody, deed(reason))
    except BadInput as error:
        return _page(somebody, reason, error.problems), 422
    except NotYetErasable:
        return _page(somebody, reason, {}), 409
    flash("Die Person ist gelöscht.", "success")
    return redirect(url_for("admin.show", person_id=person_id), 303)


def _known(person_id: UUID) -> Person:
    somebody = person(db.session(), person_id)
    if erasure_of(db.session(), somebody.id) is not None:
        raise Gone
    return somebody


def _obstacles(somebody: Person) -> list[str]:
    return obstacles(db.session(), somebody, local_day(moment()), actor_id=me().person.id)


def _page(somebody: Person, reason: str, errors: dict[str, str]) -> str:
    return render_template(
        "admin/erase.html",
        somebody=somebody,
        found=leaving(db.session(), somebody),
        obstacles=_obstacles(somebody),
        reason=reason,
        errors=errors,
    )
