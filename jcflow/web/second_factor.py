"""Zweiter Faktor: set up, recovery codes, switched off."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.second_factor import codes_left, factor_of, renew_codes, switch_off, switch_on
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotFound
from jcflow.mail.access import Change, tell
from jcflow.web import transaction
from jcflow.web.database import db
from jcflow.web.entrance import local, typed_before
from jcflow.web.factor_codes import accepted, fingerprint, fresh_recovery_codes, offer
from jcflow.web.guard import open_to_signed_in, open_to_signed_in_again
from jcflow.web.outages import SECRET, UNTYPED
from jcflow.web.step_up import Demand, FactorNeeded, shown
from jcflow.web.visitors import me, moment

pages = Blueprint("second_factor", __name__)

CODES = "recovery_codes"
"""Where the person's own cookie keeps fresh recovery codes until they have been shown."""
WHAT = {Demand.VOTES: "zum Abstimmen", Demand.ADMIN: "für die Verwaltung"}


@pages.get("/account/second-factor")
@open_to_signed_in
def show() -> ResponseReturnValue:
    """Whether there is one; else how to set it up."""
    known = factor_of(db.session(), me().person.id)
    if known is None:
        return _setup({})
    left = codes_left(db.session(), me().person.id)
    return render_template("second_factor/show.html", factor=known, left=left)


def _setup(errors: dict[str, str], what: str = "", resume: str = "", typed: Sequence[tuple[str, str]] = ()) -> str:
    person = me().person
    return render_template(
        "second_factor/setup.html",
        errors=errors,
        offer=offer(person.id, person.email, request.form.get("key", "")),
        account=person.email,
        what=what,
        resume=resume,
        typed=typed,
    )


def _deed() -> Deed:
    return me().actor.own_deed(moment())


@pages.post("/account/second-factor")
@open_to_signed_in
def set_up() -> ResponseReturnValue:
    """Switch it on, once the app has shown that it knows the secret; the recovery codes are shown this once."""
    somebody, resume, typed = me().person, local(request.form.get("resume", "")), typed_before()
    try:
        secret, counter = accepted(somebody.id, request.form.get("key", ""), request.form.get("code", ""))
    except BadInput as error:
        return _setup(error.problems, resume=resume, typed=typed), 422
    codes = fresh_recovery_codes()
    kept = [fingerprint(somebody.id, code) for code in codes]
    switch_on(db.session(), somebody, secret=secret, counter=counter, fingerprints=kept, deed=_deed())
    tell(db.session(), somebody, Change.FACTOR_ON, moment())
    shown()
    if resume:
        transaction.keep()
        return _codes_page(codes, resume, typed)
    session[CODES] = codes
    return redirect(url_for("second_factor.codes"), 303)


def _codes_page(codes: Sequence[str], resume: str = "", typed: Sequence[tuple[str, str]] = ()) -> str:
    return render_template("second_factor/codes.html", codes=codes, resume=resume, typed=typed, account=me().person)


@pages.get("/account/second-factor/codes")
@open_to_signed_in
def codes() -> ResponseReturnValue:
    """Fresh recovery codes, this once, to be printed or written down."""
    fresh = session.pop(CODES, None)
    if not isinstance(fresh, list):
        return redirect(url_for("second_factor.show"), 303)
    return _codes_page(fresh)


@pages.post("/account/second-factor/codes")
@open_to_signed_in_again
def renew() -> ResponseReturnValue:
    """Make new recovery codes; the old ones end."""
    somebody = me().person
    if factor_of(db.session(), somebody.id, lock=True) is None:
        raise NotFound
    codes = fresh_recovery_codes()
    renew_codes(db.session(), somebody, [fingerprint(somebody.id, code) for code in codes], _deed())
    tell(db.session(), somebody, Change.CODES, moment())
    session[CODES] = codes
    return redirect(url_for("second_factor.codes"), 303)


@pages.post("/account/second-factor/off")
@open_to_signed_in_again
def off() -> ResponseReturnValue:
    """Ask for no code any more."""
    if switch_off(db.session(), me().person, _deed()):
        tell(db.session(), me().person, Change.FACTOR_OFF, moment())
        flash("Der zweite Faktor ist abgeschaltet.", "success")
    return redirect(url_for("second_factor.show"), 303)


def needed_page(error: FactorNeeded) -> ResponseReturnValue:
    """Instead of what was asked for: the code, or setting it up; everything that was typed is carried on."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in UNTYPED | SECRET]
    if not error.has_factor:
        return _setup({}, WHAT.get(error.demand, ""), request.path, typed), error.status
    page = render_template("login/second_factor.html", errors={}, resume=request.path, typed=typed, next="", is_in=True)
    return page, error.status
