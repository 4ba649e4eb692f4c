"""Personen und Einstellungen des Hauses: who may sign in, in which role, from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from jcflow import clock, money
from jcflow.accounts.directory import Sought, count_people, found_people, held_on
from jcflow.accounts.jobcenters import change_setting
from jcflow.accounts.people import (
    Membership,
    Person,
    add_membership,
    add_person,
    end_membership,
    membership,
    memberships,
    person,
)
from jcflow.accounts.second_factor import factor_of
from jcflow.accounts.sign_in import access_of
from jcflow.accounts.without_email import add_person_without_email
from jcflow.audit.erasing import erasure_of
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotAllowed, Stale
from jcflow.mail import access
from jcflow.procedure import Role
from jcflow.process.acts import hold_house, welcome
from jcflow.process.erasing import Gone
from jcflow.programmes.programme import check_version
from jcflow.web import member_forms as forms
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.formats import MOST_COUNTED
from jcflow.web.guard import open_to
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.paging import PAGE, asked_id, leaf
from jcflow.web.steps import typed_version
from jcflow.web.visitors import begin_now, check_roles, me, moment

pages = Blueprint("admin", __name__)

CHAIR = "(Vorsitz)"
LINK = "invitation"
"""Where the administrator's own cookie keeps a fresh link until it has been shown."""


def deed(reason: str = "") -> Deed:
    """What the administrator does now."""
    return me().actor.deed(Role.ADMIN, moment(), reason)


def hold() -> None:
    """Wait until nobody else changes the house; whose role has ended meanwhile does nothing more."""
    hold_house(db.session(), me().house.id)
    begin_now()
    check_roles()


@pages.get("/admin")
@open_to(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Everybody with an account, by name."""
    session, wanted, asked = db.session(), request.args.get("q", "").strip(), asked_id()
    after = person(session, asked) if asked else None
    sought = _sought(wanted)
    found = found_people(session, sought, after=after, limit=PAGE + 1)
    roles = _roles_of_today(found[:PAGE])
    rows = [(somebody, roles.get(somebody.id, [])) for somebody in found[:PAGE]]
    key = str(found[PAGE - 1].id) if len(found) > PAGE else None
    shown = leaf("admin.index", rows, key, begun=after is not None, q=wanted)
    count = count_people(session, sought, most=MOST_COUNTED + 1)
    return render_template("admin/index.html", leaf=shown, count=count, wanted=wanted)


def _sought(wanted: str) -> Sought:
    """Who is looked for with what was typed; it may be part of a role's name."""
    typed = wanted.casefold()
    roles = frozenset(role for role, label in ROLE_LABELS.items() if typed in label.casefold())
    return Sought(wanted, roles, typed in CHAIR.casefold(), clock.local_day(moment()))


def _roles_of_today(shown: Sequence[Person]) -> dict[UUID, list[str]]:
    found = dict[UUID, list[str]]()
    for member in held_on(db.session(), [somebody.id for somebody in shown], clock.local_day(moment())):
        found.setdefault(member.person_id, []).append(_role_label(member))
    return {person_id: sorted(labels) for person_id, labels in found.items()}


def _role_label(member: Membership) -> str:
    return f"{ROLE_LABELS[member.role]} {CHAIR}" if member.chair else ROLE_LABELS[member.role]


@pages.get("/admin/people/new")
@open_to(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Invite somebody."""
    return _new_page(forms.blank(clock.local_day(moment())), {})


def _new_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/new.html", typed=typed, errors=errors, order=forms.ERROR_ORDER, options=forms.choices(me().house)
    )


@pages.post("/admin/people/new")
@open_to(Role.ADMIN)
def invite() -> ResponseReturnValue:
    """Make somebody known, give the first role and a link to choose a password with."""
    hold()
    typed, doing = forms.typed_in(request.form), deed()
    try:
        somebody = _introduce(typed, doing)
    except BadInput as error:
        return _new_page(typed, error.problems), 422
    keep_link(access.invite(db.session(), somebody, doing))
    flash(f"{somebody.name} ist eingetragen.", "success")
    return redirect(url_for("admin.show", person_id=somebody.id), 303)


def _introduce(typed: dict[str, str], deed: Deed) -> Person:
    problems = forms.problems_of(typed)
    try:
        somebody = _somebody(typed, deed)
    except BadInput as error:
        raise BadInput({**error.problems, **problems}) from error
    if problems:
        raise BadInput(problems)
    _give_role(somebody, typed, deed)
    return somebody


def _somebody(typed: dict[str, str], deed: Deed) -> Person:
    if typed["no_email"]:
        return add_person_without_email(db.session(), me().house, name=typed["name"], deed=deed)
    return add_person(db.session(), me().house, name=typed["name"], email=typed["email"], deed=deed)


def _give_role(somebody: Person, typed: dict[str, str], deed: Deed) -> None:
    member = add_membership(db.session(), me().house, forms.read_member(somebody, typed), deed)
    welcome(db.session(), member, deed.at)


def keep_link(token: str) -> None:
    """Keep a fresh invitation until the person's page is shown the next time."""
    session[LINK] = current_app.config["JCFLOW"].base_url + url_for("login.invitation", token=token)


def kept_person(person_id: UUID) -> Person:
    """The person whose account is to be changed, nobody who was forgotten; waits as `hold` says."""
    hold()
    if erasure_of(db.session(), person_id) is not None:
        raise Gone
    return person(db.session(), person_id)


@pages.get("/admin/people/<uuid:person_id>")
@open_to(Role.ADMIN)
def show(person_id: UUID) -> ResponseReturnValue:
    """One person: account and roles. A fresh link is shown this once."""
    typed = forms.blank(clock.local_day(moment()))
    return person_page(person(db.session(), person_id), typed, {}, session.pop(LINK, ""))


def person_page(somebody: Person, typed: dict[str, str], errors: dict[str, str], link: str = "") -> str:
    """The page of one person, with what was typed."""
    return render_template(
        "admin/person.html",
        somebody=somebody,
        members=[(m, _role_label(m)) for m in memberships(db.session(), somebody.id)],
        access=access_of(db.session(), somebody.id, moment()).value,
        has_factor=factor_of(db.session(), somebody.id) is not None,
        is_self=somebody.id == me().person.id,
        erasure=erasure_of(db.session(), somebody.id),
        link=link,
        typed=typed,
        errors=errors,
        order=forms.ERROR_ORDER,
        options=forms.choices(me().house),
    )


@pages.post("/admin/people/<uuid:person_id>/roles")
@open_to(Role.ADMIN)
def give_role(person_id: UUID) -> ResponseReturnValue:
    """Give a person one more role."""
    somebody, typed = kept_person(person_id), forms.typed_in(request.form)
    try:
        _give_role(somebody, typed, deed())
    except BadInput as error:
        return person_page(somebody, typed, error.problems), 422
    flash("Die Rolle ist eingetragen.", "success")
    return redirect(url_for("admin.show", person_id=person_id), 303)


@pages.get("/admin/roles/<uuid:membership_id>/end")
@open_to(Role.ADMIN)
def ending(membership_id: UUID) -> ResponseReturnValue:
    """What will happen when a role ends."""
    return _ending_page(membership(db.session(), membership_id), clock.local_day(moment()).isoformat(), {})


def _ending_page(member: Membership, on: str, errors: dict[str, str]) -> str:
    somebody = person(db.session(), member.person_id)
    return render_template(
        "admin/end.html", member=member, label=_role_label(member), somebody=somebody, on=on, errors=errors
    )


@pages.post("/admin/roles/<uuid:membership_id>/end")
@open_to(Role.ADMIN)
def end_role(membership_id: UUID) -> ResponseReturnValue:
    """Let a role end."""
    hold()
    member, on = membership(db.session(), membership_id), request.form.get("on", "")
    try:
        check_version(member, typed_version(), "Die Rolle", {"valid_until": on})
        end_membership(db.session(), member, forms.read_day(on, "on"), deed())
    except BadInput as error:
        return _ending_page(member, on, error.problems), 422
    except Stale as error:
        back = url_for("admin.ending", membership_id=membership_id)
        return conflict_page(error, {"valid_until": "Gilt nicht mehr ab"}, back), 409
    flash("Das Ende der Rolle ist eingetragen.", "success")
    return redirect(url_for("admin.show", person_id=member.person_id), 303)


@pages.post("/admin/people/<uuid:person_id>/invitation")
@open_to(Role.ADMIN)
def new_link(person_id: UUID) -> ResponseReturnValue:
    """Give a person a new link; the old password and all sessions end."""
    somebody = kept_person(person_id)
    if somebody.id == me().person.id:
        raise NotAllowed("andere Personen. Ihr eigenes Passwort ändern Sie unter „Einstellungen“")
    keep_link(access.invite(db.session(), somebody, deed("Neuer Link zum Wählen eines Passworts")))
    return redirect(url_for("admin.show", person_id=person_id), 303)


@pages.get("/admin/settings")
@open_to(Role.ADMIN)
def settings() -> ResponseReturnValue:
    """What the house decides for itself."""
    setting = me().setting
    typed = {name: getattr(setting, name) for name in forms.SETTING_LABELS}
    if setting.amendment_limit is not None:
        typed["amendment_limit"] = money.german(setting.amendment_limit)
    return _settings_page(typed, {})


def _settings_page(typed: dict[str, object], errors: dict[str, str]) -> str:
    return render_template(
        "admin/settings.html",
        typed=typed,
        errors=errors,
        labels=forms.SETTING_LABELS,
        version=me().setting.version,
        has_assembly=me().house.form == "gE",
        mailboxes=forms.mailbox_fields(me().house),
    )


@pages.post("/admin/settings")
@open_to(Role.ADMIN)
def change_settings() -> ResponseReturnValue:
    """Change what the house decides for itself."""
    typed = {name: request.form.get(name, "") for name in forms.SETTING_LABELS}
    hold()
    try:
        changes = forms.read_setting(me().house, typed)
        check_version(me().setting, typed_version(), "Eine Einstellung", dict(changes))
        change_setting(db.session(), me().setting, deed(), **changes)
    except BadInput as error:
        return _settings_page(dict(typed), error.problems), 422
    except Stale as error:
        return conflict_page(error, forms.SETTING_LABELS, url_for("admin.settings")), 409
    flash("Die Einstellungen sind gespeichert.", "success")
    return redirect(url_for("admin.settings"), 303)
