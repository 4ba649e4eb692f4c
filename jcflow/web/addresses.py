"""Changing one's e-mail address: asked for here, confirmed by a link that goes to the new one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.sign_in import check_password, credential_of
from jcflow.errors import BadInput, TooManyTries
from jcflow.mail.access import ask_address, asked_address, confirm_address
from jcflow.web.database import db
from jcflow.web.guard import open_to_signed_in, open_to_signed_in_claiming
from jcflow.web.one_time import claim, keep_failure
from jcflow.web.visitors import me, moment

pages = Blueprint("addresses", __name__)


@pages.get("/account/address")
@open_to_signed_in
def form() -> ResponseReturnValue:
    """The address of today, and a form for another one."""
    return _form({}, "")


def _form(errors: Mapping[str, str], email: str) -> str:
    return render_template("account/address.html", errors=errors, email=email, present=me().person.email)


@pages.post("/account/address")
@open_to_signed_in
def ask() -> ResponseReturnValue:
    """Send a link to the new address."""
    email = request.form.get("email", "").strip()
    try:
        check_password(db.session(), me().person.id, request.form.get("old", ""), moment())
        ask_address(db.session(), me().person, email, moment())
    except TooManyTries as error:
        return _form({"old": str(error)}, email), error.status
    except BadInput as error:
        keep_failure(error)
        return _form(error.problems, email), 422
    flash("Wir haben Ihnen einen Link an die neue Adresse geschickt. Bis Sie ihn öffnen, gilt die bisherige.", "info")
    return redirect(url_for("account.show"), 303)


@pages.get("/address/<token>")
@open_to_signed_in
def show(token: str) -> ResponseReturnValue:
    """What will be confirmed; opening the page changes nothing."""
    return _confirm(token, {})


def _confirm(token: str, errors: Mapping[str, str]) -> str:
    new = asked_address(db.session(), me().person, token, moment())
    return render_template("account/confirm_address.html", errors=errors, new=new, own=me().person, token=token)


@pages.post("/address/<token>")
@open_to_signed_in_claiming
def confirm(token: str) -> ResponseReturnValue:
    """Let the new address count."""
    # The token of the form refers to the person, whose address changes here: two who hold both would wait crosswise.
    credential_of(db.session(), me().person.id)
    repeated = claim(me().person.id)
    if repeated is not None:
        return repeated
    try:
        confirm_address(db.session(), me().person, token, me().actor.own_deed(moment()))
    except BadInput as error:
        return _confirm(token, error.problems), 422
    flash("Ihre neue E-Mail-Adresse gilt ab jetzt. Melden Sie sich künftig damit an.", "success")
    return redirect(url_for("account.show"), 303)
