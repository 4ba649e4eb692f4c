"""Benachrichtigungen: how the visitor wants to be written to."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock, tasks
from jcflow.accounts import mail_wishes
from jcflow.errors import BadInput
from jcflow.mail.holding import bring_forward
from jcflow.web.database import db
from jcflow.web.guard import open_to_signed_in
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("notifications", __name__)

CHOICES = [
    ("single", "Jede neue Aufgabe einzeln", "Sobald sie entsteht, zwischen 7 und 20 Uhr."),
    ("collected", "Eine Zusammenfassung am Morgen", "Um 7 Uhr, wenn es etwas Neues oder Fälliges gibt."),
]


@pages.get("/account/notifications")
@open_to_signed_in
def show() -> ResponseReturnValue:
    """What the visitor has chosen."""
    wish = mail_wishes.wish_of(db.session(), me().person.id)
    paused = wish.paused_until if wish is not None and wish.paused_until is not None else None
    until = paused.isoformat() if paused is not None and paused >= clock.local_day(moment()) else ""
    return _page({"mails": "collected" if wish and wish.collected else "single", "paused_until": until}, {})


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    today = clock.local_day(moment())
    return render_template(
        "account/notifications.html",
        typed=typed,
        errors=errors,
        choices=CHOICES,
        first=today.isoformat(),
        last=(today + mail_wishes.LONGEST_PAUSE).isoformat(),
    )


@pages.post("/account/notifications")
@open_to_signed_in
def save() -> ResponseReturnValue:
    """Keep the choice; what a pause held back is asked for at the next tick, in case it ends earlier now."""
    typed = Typed("mails", "paused_until")
    try:
        _keep(typed)
    except BadInput as error:
        return _page(typed.values, error.problems), 422
    flash("Ihre Wahl ist gespeichert.", "success")
    return redirect(url_for("notifications.show"), 303)


def _keep(typed: Typed) -> None:
    session, today = db.session(), clock.local_day(moment())
    chosen = typed.one_of("mails", {name for name, *_ in CHOICES}, "Wählen Sie eine der beiden Möglichkeiten aus.")
    until: date | None = typed.day("paused_until") if request.form.get("paused_until", "").strip() else None
    typed.check()
    mail_wishes.choose(session, me().person.id, collected=chosen == "collected", paused_until=until, today=today)
    tasks.look_again(session, me().person.id, me().roles, today)
    bring_forward(session, me().person.id, moment())
