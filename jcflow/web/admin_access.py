"""What the administration does for somebody's account: another address, a second factor that was lost."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.second_factor import switch_off
from jcflow.accounts.sign_in import Access, access_of
from jcflow.errors import BadInput, NotAllowed
from jcflow.mail.access import Change, ask_address, correct_address, tell
from jcflow.procedure import Role
from jcflow.web import member_forms as forms
from jcflow.web.admin import deed, keep_link, kept_person, person_page
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.visitors import me, moment

pages = Blueprint("admin_access", __name__)


@pages.post("/admin/people/<uuid:person_id>/address")
@open_to(Role.ADMIN)
def change_address(person_id: UUID) -> ResponseReturnValue:
    """Enter another address: it counts once confirmed, or at once for somebody who is only invited."""
    somebody, email = kept_person(person_id), request.form.get("email", "").strip()
    try:
        if access_of(db.session(), person_id, moment()) is Access.ACTIVE:
            ask_address(db.session(), somebody, email, moment())
            flash(f"An {email} geht ein Link. Die Adresse gilt, sobald {somebody.name} ihn bestätigt.", "success")
        else:
            keep_link(correct_address(db.session(), somebody, email, deed("Adresse berichtigt")))
            flash("Die Adresse ist berichtigt. Die Einladung geht an die neue.", "success")
    except BadInput as error:
        typed = forms.blank(clock.local_day(moment())) | {"email": email}
        return person_page(somebody, typed, error.problems), 422
    return redirect(url_for("admin.show", person_id=person_id), 303)


@pages.post("/admin/people/<uuid:person_id>/second-factor")
@open_to(Role.ADMIN)
def reset_factor(person_id: UUID) -> ResponseReturnValue:
    """Let somebody who has lost it set up a new second factor; the person is told."""
    somebody = kept_person(person_id)
    if somebody.id == me().person.id:
        raise NotAllowed("andere Personen. Ihren eigenen zweiten Faktor ändern Sie unter „Einstellungen“")
    if switch_off(db.session(), somebody, deed("Zweiten Faktor zurückgesetzt")):
        tell(db.session(), somebody, Change.FACTOR_RESET, moment())
        flash("Der zweite Faktor ist zurückgesetzt. Die Person erhält eine E-Mail.", "success")
    return redirect(url_for("admin.show", person_id=person_id), 303)
