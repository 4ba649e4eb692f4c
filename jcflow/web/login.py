"""Signing in and out, and taking up an invitation."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from jcflow.accounts import sign_in
from jcflow.accounts.people import Person, demo_accounts
from jcflow.database import serve
from jcflow.errors import BadInput, NotFound, TooManyTries
from jcflow.programmes import presence
from jcflow.web import transaction
from jcflow.web.database import db
from jcflow.web.entrance import first_page, let_in, typed_before
from jcflow.web.guard import open_to_public, open_to_signed_in
from jcflow.web.one_time import claim, taken_before
from jcflow.web.visitors import me, moment, visitor, visitor_of

pages = Blueprint("login", __name__)


@pages.get("/")
@open_to_public
def start() -> ResponseReturnValue:
    """To the own first page, or to what is published."""
    somebody = visitor()
    return redirect(url_for("public.index") if somebody is None else first_page(somebody), 303)


@pages.get("/login")
@open_to_public
def form() -> ResponseReturnValue:
    """The sign-in page."""
    if visitor() is not None:
        return redirect(first_page(me()), 303)
    return _form({}, "")


def _form(errors: Mapping[str, str], email: str) -> str:
    accounts: list[Person] = demo_accounts(db.session()) if current_app.config["JCFLOW"].demo else []
    resume = request.form.get("resume", "")
    return render_template(
        "login/form.html", errors=errors, email=email, accounts=accounts, resume=resume, typed=typed_before()
    )


@pages.post("/login")
@open_to_public
def enter() -> ResponseReturnValue:
    """Sign in. What was typed before the session ended is offered again."""
    email = request.form.get("email", "")
    try:
        with transaction.looking() as session:
            kept = sign_in.look_up(session, email=email, address=request.remote_addr or "", at=moment())
        fits = kept.fits(request.form.get("password", ""))
        somebody = sign_in.authenticate(db.session(), kept, moment(), fits=fits)
    except (BadInput, TooManyTries) as error:
        transaction.keep()
        problems = error.problems if isinstance(error, BadInput) else {"email": str(error)}
        return _form(problems, email), error.status
    entering = visitor_of(db.session(), somebody.id)
    assert entering is not None
    return let_in(entering)


@pages.post("/logout")
@open_to_public
def leave() -> ResponseReturnValue:
    """Sign out."""
    somebody = visitor()
    if somebody is not None:
        presence.leave_everywhere(db.session(), somebody.person.id)
    logout_user()
    response = redirect(url_for("login.form"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.post("/logout/everywhere")
@open_to_signed_in
def leave_everywhere() -> ResponseReturnValue:
    """Sign out on every device."""
    sign_in.end_sessions(db.session(), me().person.id)
    presence.leave_everywhere(db.session(), me().person.id)
    logout_user()
    return redirect(url_for("login.form"), 303)


@pages.get("/invitation/<token>")
@open_to_public
def invitation(token: str) -> ResponseReturnValue:
    """Choose the first password; opening the page uses nothing up."""
    somebody = sign_in.invited(db.session(), token, moment())
    return render_template("login/invitation.html", errors={}, person=somebody, token=token)


@pages.post("/invitation/<token>")
@open_to_public
def take_up(token: str) -> ResponseReturnValue:
    """Take the invitation up and sign in."""
    try:
        somebody = sign_in.invited(db.session(), token, moment())
    except NotFound:
        # Asked only now: the same form may have used the invitation up a moment ago.
        before = taken_before()
        if before is None:
            raise
        # It lets nobody in: the password chosen then may have been replaced for a reason.
        return redirect(before.location, 303)
    serve(db.session(), somebody.jobcenter_id)
    repeated = claim(somebody.id)
    if repeated is not None:
        return repeated
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise BadInput({"again": "Die beiden Passwörter sind verschieden. Geben Sie es noch einmal ein."})
        sign_in.take_up(db.session(), token, password, moment())
    except BadInput as error:
        return render_template("login/invitation.html", errors=error.problems, person=somebody, token=token), 422
    entering = visitor_of(db.session(), somebody.id)
    if entering is None:
        return redirect(url_for("login.form"), 303)
    return let_in(entering)
