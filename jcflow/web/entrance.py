"""Getting in: after the password the code, then the page one wanted or what one had typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    after_this_request,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from jcflow import tasks
from jcflow.accounts.devices import recognise
from jcflow.accounts.second_factor import check_code, factor_of, use_recovery_code
from jcflow.errors import BadInput, TooManyTries
from jcflow.mail.access import tell_of_sign_in
from jcflow.procedure import Role
from jcflow.web import transaction
from jcflow.web.database import db
from jcflow.web.device_words import device_of
from jcflow.web.factor_codes import fingerprint, fits
from jcflow.web.guard import open_to_public
from jcflow.web.step_up import shown
from jcflow.web.task_links import link_of
from jcflow.web.visitors import Visitor, moment, visitor, visitor_of, welcome

pages = Blueprint("entrance", __name__)

FIRST_PAGES = (
    (Role.STAFF, "deadlines.index"),
    (Role.AUDITOR, "trail.index"),
    (Role.ADMIN, "admin.index"),
)
"""Where a role begins; all others begin with their tasks."""
HALF = "half"
"""Where the cookie says whose password was right, since when, and how many codes were wrong."""
HALF_LASTS = timedelta(minutes=10)
MOST_WRONG = 3
"""Wrong codes before one begins again with the password (§ 2.4 T6)."""
DEVICE_LASTS = timedelta(days=400)


def first_page(somebody: Visitor) -> str:
    """Where a person begins: the only open task, or the page of the role."""
    mine = tasks.open_tasks(db.session(), somebody.person.id, somebody.roles, somebody.instead, limit=2)
    if len(mine) == 1:
        return link_of(db.session(), mine[0])
    for role, endpoint in FIRST_PAGES:
        if role in somebody.roles:
            return url_for(endpoint)
    return url_for("tasks.mine")


def local(address: str) -> str:
    """The address if it leads to a page of this site, else nothing."""
    harmless = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if harmless and address.isprintable() else ""


def typed_before() -> list[tuple[str, str]]:
    """What the form carries on for another one, in whose way signing in came."""
    return [(name[6:], value) for name, value in request.form.items(multi=True) if name.startswith("typed-")]


def let_in(entering: Visitor) -> ResponseReturnValue:
    """Begin a session for somebody whose password was right, or ask for the code first."""
    if factor_of(db.session(), entering.person.id) is None:
        _begin(entering)
        return lead_on(entering)
    theme = session.get("theme")
    session.clear()
    session[HALF] = [entering.get_id(), int(moment().timestamp()), 0]
    if theme:
        session["theme"] = theme
    g.pop("csrf_token", None)
    if request.form.get("resume"):
        transaction.keep()
        return _page({})
    return redirect(url_for("entrance.form", next=local(request.form.get("next", "")) or None), 303)


def _begin(entering: Visitor) -> None:
    """A new session, from a device that from now on is known."""
    welcome(entering)
    name = "__Host-jcflow-device" if current_app.config["JCFLOW"].is_https else "jcflow-device"
    token, is_strange = recognise(db.session(), entering.person.id, request.cookies.get(name, ""), moment())
    if is_strange:
        tell_of_sign_in(db.session(), entering.person, device_of(request.user_agent.string), moment())
    secure = current_app.config["JCFLOW"].is_https

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie(name, token, max_age=DEVICE_LASTS, secure=secure, httponly=True, samesite="Lax", path="/")
        return response


def lead_on(entering: Visitor) -> ResponseReturnValue:
    """To what was typed before, to the page that was wanted, or to where the person begins."""
    resume = local(request.form.get("resume", ""))
    if resume:
        transaction.keep()
        return render_template("login/resume.html", resume=resume, typed=typed_before())
    return redirect(local(request.form.get("next", "")) or first_page(entering), 303)


def _half() -> Visitor | None:
    """Whose password was right a moment ago."""
    told = session.get(HALF)
    if not isinstance(told, list) or not 0 <= moment().timestamp() - told[1] <= HALF_LASTS.total_seconds():
        return None
    person_id, _, epoch = str(told[0]).partition(":")
    return visitor_of(db.session(), UUID(person_id), int(epoch))


@pages.get("/login/second-factor")
@open_to_public
def form() -> ResponseReturnValue:
    """The page that asks for the code."""
    if visitor() is not None or _half() is None:
        return redirect(url_for("login.form"), 303)
    return _page({})


def _page(errors: Mapping[str, str], resume: str = "") -> str:
    return render_template(
        "login/second_factor.html",
        errors=errors,
        resume=resume or local(request.form.get("resume", "")),
        typed=typed_before(),
        next=local(request.values.get("next", "")),
        is_in=visitor() is not None,
    )


@pages.post("/login/second-factor")
@open_to_public
def show() -> ResponseReturnValue:
    """Show the code: to get in, or before something that counts."""
    somebody = visitor() or _half()
    if somebody is None:
        return _again("Bitte melden Sie sich noch einmal mit Ihrem Passwort an."), 401
    try:
        notice = _check(somebody)
    except (BadInput, TooManyTries) as error:
        transaction.keep()
        if visitor() is None and _is_over():
            return _again("Der Code war dreimal falsch. Bitte beginnen Sie noch einmal mit Ihrem Passwort."), 401
        return _page(error.problems if isinstance(error, BadInput) else {"code": str(error)}), error.status
    if visitor() is None:
        _begin(somebody)
    shown()
    if notice:
        flash(notice, "info")
    return lead_on(somebody)


def _check(somebody: Visitor) -> str:
    """Take the code; what there is to say about it, if anything."""
    recovery, person_id = request.form.get("recovery", "").strip(), somebody.person.id
    if not recovery:
        check_code(db.session(), person_id, fits(request.form.get("code", "")), moment())
        return ""
    left = use_recovery_code(db.session(), person_id, fingerprint(person_id, recovery), moment())
    return f"Der Wiederherstellungscode ist verbraucht. Noch übrig: {left}."


def _is_over() -> bool:
    """One more wrong code; whether it was one too many."""
    whose, since, wrong = session[HALF]
    session[HALF] = [whose, since, wrong + 1]
    if wrong + 1 < MOST_WRONG:
        return False
    session.pop(HALF)
    return True


def _again(sentence: str) -> str:
    """The sign-in page; what was typed before is carried on."""
    resume, typed = local(request.form.get("resume", "")), typed_before()
    return render_template(
        "login/form.html", errors={"email": sentence}, email="", resume=resume, typed=typed, accounts=[]
    )
