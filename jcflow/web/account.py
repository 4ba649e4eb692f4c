"""Einstellungen: the own password, theme and sessions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.second_factor import factor_of
from jcflow.accounts.sign_in import change_password
from jcflow.errors import BadInput, TooManyTries
from jcflow.mail.access import Change, tell
from jcflow.web.database import db
from jcflow.web.guard import open_to_signed_in
from jcflow.web.one_time import keep_failure
from jcflow.web.step_up import put_back, when_shown
from jcflow.web.visitors import me, moment, visitor_of, welcome

pages = Blueprint("account", __name__)

THEMES = {"": "Wie das Gerät", "light": "Hell", "dark": "Dunkel"}
"""Value of `data-kern-theme` to its German name."""


@pages.get("/account")
@open_to_signed_in
def show() -> ResponseReturnValue:
    """The own settings."""
    return _page({})


def _page(errors: dict[str, str]) -> str:
    chosen, has_factor = session.get("theme", ""), factor_of(db.session(), me().person.id) is not None
    return render_template(
        "account/show.html", errors=errors, themes=list(THEMES.items()), chosen=chosen, own=me(), has_factor=has_factor
    )


@pages.post("/account/password")
@open_to_signed_in
def password() -> ResponseReturnValue:
    """Choose another password; every other session ends."""
    try:
        _change(request.form.get("old", ""), request.form.get("password", ""), request.form.get("again", ""))
    except TooManyTries as error:
        return _page({"old": str(error)}), error.status
    except BadInput as error:
        keep_failure(error)
        return _page(error.problems), 422
    entering = visitor_of(db.session(), me().person.id)
    assert entering is not None
    shown_at = when_shown()
    welcome(entering)
    put_back(shown_at)
    tell(db.session(), entering.person, Change.PASSWORD, moment())
    flash("Ihr neues Passwort gilt ab jetzt. Auf anderen Geräten sind Sie abgemeldet.", "success")
    return redirect(url_for("account.show"), 303)


def _change(old: str, new: str, again: str) -> None:
    if new != again:
        raise BadInput({"again": "Die beiden Passwörter sind verschieden. Geben Sie es noch einmal ein."})
    change_password(db.session(), me().person.id, old=old, new=new, at=moment())


@pages.post("/account/theme")
@open_to_signed_in
def theme() -> ResponseReturnValue:
    """Choose light or dark for this device."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        return _page({"theme": "Wählen Sie eine Darstellung aus."}), 422
    session["theme"] = chosen
    flash("Die Darstellung ist gespeichert.", "success")
    return redirect(url_for("account.show"), 303)
