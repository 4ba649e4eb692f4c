"""Passwort vergessen: asking for a link by mail, and choosing a new password with it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import Person
from jcflow.database import serve
from jcflow.errors import BadInput, NotFound, TooManyTries
from jcflow.mail import access
from jcflow.web.database import db
from jcflow.web.guard import open_to_public
from jcflow.web.one_time import claim, taken_before
from jcflow.web.visitors import moment

pages = Blueprint("resets", __name__)

LONGEST = 254


@pages.get("/reset")
@open_to_public
def form() -> ResponseReturnValue:
    """Ask for a link."""
    return _form({}, "")


def _form(errors: Mapping[str, str], email: str) -> str:
    return render_template("login/reset.html", errors=errors, email=email, has_server=_has_server())


def _has_server() -> bool:
    return bool(current_app.config["JCFLOW"].smtp_url)


@pages.post("/reset")
@open_to_public
def ask() -> ResponseReturnValue:
    """Send the link, if there is somebody to send it to; the answer is the same for everybody."""
    email = request.form.get("email", "").strip()
    if not email or len(email) > LONGEST:
        return _form({"email": "Geben Sie Ihre E-Mail-Adresse ein."}, email[:LONGEST]), 422
    try:
        access.ask_reset(db.session(), email=email, network=request.remote_addr or "", at=moment())
    except TooManyTries as error:
        return _form({"email": str(error)}, email), error.status
    return redirect(url_for("resets.sent"), 303)


@pages.get("/reset/sent")
@open_to_public
def sent() -> ResponseReturnValue:
    """What happens now."""
    return render_template("login/reset_sent.html", has_server=_has_server())


@pages.get("/reset/<token>")
@open_to_public
def choose(token: str) -> ResponseReturnValue:
    """Choose a new password; opening the page uses nothing up."""
    return _choose(access.asked_reset(db.session(), token, moment()), token, {})


def _choose(somebody: Person, token: str, errors: Mapping[str, str]) -> str:
    return render_template("login/new_password.html", errors=errors, person=somebody, token=token)


@pages.post("/reset/<token>")
@open_to_public
def reset(token: str) -> ResponseReturnValue:
    """Set the new password. It lets nobody in: the second factor is asked for as ever."""
    try:
        somebody = access.asked_reset(db.session(), token, moment())
    except NotFound:
        # Asked only now: the same form may have used the link up a moment ago.
        before = taken_before()
        if before is None:
            raise
        return redirect(before.location, 303)
    serve(db.session(), somebody.jobcenter_id)
    repeated = claim(somebody.id)
    if repeated is not None:
        return repeated
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise BadInput({"again": "Die beiden Passwörter sind verschieden. Geben Sie es noch einmal ein."})
        access.reset(db.session(), token, password, moment())
    except BadInput as error:
        return _choose(somebody, token, error.problems), 422
    flash("Ihr neues Passwort gilt ab jetzt. Melden Sie sich damit an.", "success")
    return redirect(url_for("login.form"), 303)
