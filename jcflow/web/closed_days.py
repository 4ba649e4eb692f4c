"""Schließtage: days on which the house does not work, besides weekends and public holidays."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.closed_days import close_on, closed_day, closed_days, open_again
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Role
from jcflow.web.database import db
from jcflow.web.formats import long_day
from jcflow.web.guard import open_to
from jcflow.web.member_forms import read_day
from jcflow.web.visitors import me, moment
from jcflow.workdays import LANDS

pages = Blueprint("closed_days", __name__)


def _deed() -> Deed:
    return me().actor.deed(Role.STAFF, moment())


@pages.get("/deadlines/closed-days")
@open_to(Role.STAFF)
def index() -> ResponseReturnValue:
    """The closed days ahead, and where to enter another."""
    return _page({}, {})


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    today = clock.local_day(moment())
    known = closed_days(db.session(), today)
    land = LANDS[me().house.land]
    return render_template("deadlines/closed_days.html", days=known, typed=typed, errors=errors, land=land)


@pages.post("/deadlines/closed-days")
@open_to(Role.STAFF)
def add() -> ResponseReturnValue:
    """Enter a closed day."""
    typed = {name: request.form.get(name, "") for name in ("day", "label")}
    try:
        chosen = read_day(typed["day"], "day")
        close_on(db.session(), chosen, typed["label"], _deed(), today=clock.local_day(moment()))
    except BadInput as error:
        return _page(typed, error.problems), 422
    flash(f"Am {long_day(chosen)} ist das Haus geschlossen.", "success")
    return redirect(url_for("closed_days.index"), 303)


@pages.post("/deadlines/closed-days/<day>/remove")
@open_to(Role.STAFF)
def remove(day: str) -> ResponseReturnValue:
    """Take a closed day back."""
    try:
        known = closed_day(db.session(), date.fromisoformat(day))
    except ValueError as error:
        raise NotFound from error
    open_again(db.session(), known, _deed())
    flash(f"Am {long_day(known.day)} wird gearbeitet.", "success")
    return redirect(url_for("closed_days.index"), 303)
