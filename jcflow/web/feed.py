"""Kalender-Abo: a person's deadlines for Outlook, Apple and Google, under a secret address."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock
from jcflow.accounts.absences import acting_for, replaced_roles
from jcflow.accounts.calendar_feeds import feed_of, reader_of, renew_feed, revoke_feed
from jcflow.deadlines.feed import calendar_of
from jcflow.errors import NotFound
from jcflow.web.database import db
from jcflow.web.guard import open_to_public, open_to_signed_in
from jcflow.web.visitors import me, moment

pages = Blueprint("feed", __name__)

ADDRESS = "calendar_feed"
"""Where the person's own cookie keeps a fresh address until it has been shown."""


@pages.get("/calendar.ics")
@open_to_public
def calendar() -> ResponseReturnValue:
    """The deadlines of whoever the token belongs to; any other token answers like none."""
    at, today = db.session(), clock.local_day(moment())
    found = reader_of(at, request.args.get("token", ""), today)
    if found is None:
        raise NotFound
    somebody, held = found
    replaced = replaced_roles(acting_for(at, somebody.id, today))
    instead = {(role, whose) for role, whose in replaced.items() if role not in held}
    roles = held | {role for role, _ in instead}
    written = calendar_of(at, somebody.id, roles, moment(), frozenset(instead))
    answer = Response(written, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'inline; filename="fristen.ics"'
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@pages.get("/account/calendar")
@open_to_signed_in
def show() -> ResponseReturnValue:
    """Whether there is an address, and how to make one. A fresh address is shown this once."""
    known = feed_of(db.session(), me().person.id)
    return render_template("account/calendar.html", feed=known, address=session.pop(ADDRESS, ""))


@pages.post("/account/calendar")
@open_to_signed_in
def renew() -> ResponseReturnValue:
    """Make an address; an older one ends."""
    token = renew_feed(db.session(), me().person.id, moment())
    session[ADDRESS] = current_app.config["JCFLOW"].base_url + url_for("feed.calendar", token=token)
    return redirect(url_for("feed.show"), 303)


@pages.post("/account/calendar/revoke")
@open_to_signed_in
def revoke() -> ResponseReturnValue:
    """End the address."""
    revoke_feed(db.session(), me().person.id)
    flash("Die Adresse gilt nicht mehr.", "success")
    return redirect(url_for("feed.show"), 303)
