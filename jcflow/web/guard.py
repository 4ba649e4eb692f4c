"""Deny by default: every rule says who it is open to, and nobody gets past the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from jcflow.accounts.role_names import named
from jcflow.errors import NotAllowed, NotFound, RoleEnded, SignInNeeded
from jcflow.procedure import Role
from jcflow.programmes.programme import INSIDERS
from jcflow.web.one_time import claim, taken_before
from jcflow.web.step_up import Demand, check_factor
from jcflow.web.transaction import SAFE
from jcflow.web.visitors import bearer, role_has_ended, visitor

View = TypeVar("View", bound=Callable[..., Any])

BODIES = (Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR, Role.BOARD_MEMBER)
READERS = (*sorted(INSIDERS), *BODIES)
"""Everybody who may read programmes: all roles but the administration's."""
PUBLIC, SIGNED_IN = "public", "signed_in"


@dataclass(frozen=True)
class Access:
    """Whom a rule is open to."""

    kind: str
    """`public`, `signed_in` or `roles`."""
    roles: tuple[Role, ...] = ()
    one_time: bool = True
    """Whether its forms carry a one-time token; a preview, which changes nothing, does without."""
    factor: Demand | None = None
    """What a second factor has to be shown for a moment before, if anything."""


def open_to(*roles: Role, one_time: bool = True, factor: Demand | None = None) -> Callable[[View], View]:
    """Open a page to holders of roles; what is for the administration alone counts as administering."""
    return _marked(Access("roles", roles, one_time, Demand.ADMIN if roles == (Role.ADMIN,) else factor))


def open_to_signed_in(view: View) -> View:
    """Open a page to whoever is signed in."""
    return _marked(Access(SIGNED_IN))(view)


def open_to_signed_in_claiming(view: View) -> View:
    """Open to whoever is signed in; the view takes the form's token itself, once it holds what it needs alone."""
    return _marked(Access(SIGNED_IN, one_time=False))(view)


def open_to_signed_in_again(view: View) -> View:
    """Open to whoever is signed in and, having a second factor, has just shown it."""
    return _marked(Access(SIGNED_IN, factor=Demand.OWN))(view)


def open_to_public(view: View) -> View:
    """Open a page to everybody."""
    return _marked(Access(PUBLIC, one_time=False))(view)


def _marked(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def register(app: Flask) -> None:
    """Stand before every request of the app."""
    open_to_public(app.view_functions["static"])
    app.before_request(_check)


def _access(app_view: Callable[..., Any] | None) -> Access | None:
    return getattr(app_view, "access", None)


def _check() -> Response | None:
    from_rule = request.url_rule
    if from_rule is None:
        return None
    access = _access(current_app.view_functions.get(str(request.endpoint)))
    if access is None:
        raise NotFound
    if access.kind == PUBLIC:
        return None
    somebody = visitor()
    if somebody is None or (access.kind == "roles" and not somebody.roles & set(access.roles)):
        return _turned_away(access)
    if request.method not in SAFE and access.one_time:
        check_factor(somebody, access.factor)
        return claim(somebody.person.id)
    return None


def _turned_away(access: Access) -> Response:
    """Say why the visitor may not, unless this very form was taken while the visitor still might."""
    if request.method not in SAFE:
        taken = taken_before() if access.one_time else None
        if taken is not None and taken.person_id == bearer():
            return redirect(taken.location, 303)
        if role_has_ended(access.roles):
            raise RoleEnded
    if visitor() is None:
        raise SignInNeeded
    raise NotAllowed(named(access.roles))


def routes(app: Flask) -> list[dict[str, object]]:
    """Every rule with its methods, whom it is open to and which objects it names; sorted by rule."""
    found = [_described(app, rule) for rule in app.url_map.iter_rules()]
    return sorted(found, key=lambda row: (str(row["rule"]), str(row["methods"])))


def _described(app: Flask, rule: Rule) -> dict[str, object]:
    access = _access(app.view_functions[rule.endpoint])
    who: object = None if access is None else [r.value for r in access.roles] if access.kind == "roles" else access.kind
    methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return {"rule": rule.rule, "methods": methods, "who": who, "objects": sorted(rule.arguments)}
