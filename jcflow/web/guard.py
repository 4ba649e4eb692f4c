"""Deny by default: every rule says who it is open to, and nobody gets past the rest."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from jcflow.accounts import form_tokens
from jcflow.accounts.people import named
from jcflow.errors import BadInput, JcflowError, NotAllowed, NotFound, RoleEnded, SignInNeeded
from jcflow.procedure import Role
from jcflow.programmes.programme import INSIDERS
from jcflow.web.database import db
from jcflow.web.transaction import SAFE
from jcflow.web.visitors import moment, role_has_ended, visitor

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


def open_to(*roles: Role, one_time: bool = True) -> Callable[[View], View]:
    """Open a page to holders of roles."""
    return _marked(Access("roles", roles, one_time))


def open_to_signed_in(view: View) -> View:
    """Open a page to whoever is signed in."""
    return _marked(Access(SIGNED_IN))(view)


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
        raise _refusal(access)
    if request.method not in SAFE and access.one_time:
        return _claim()
    return None


def _refusal(access: Access) -> JcflowError:
    """Why the visitor may not; whose role has just ended had the right form and lost a race."""
    if request.method not in SAFE and role_has_ended(access.roles):
        return RoleEnded()
    return SignInNeeded() if visitor() is None else NotAllowed(named(access.roles))


def _claim() -> Response | None:
    """Take the form's one-time token; a form posted twice gets its first answer again."""
    somebody, token = visitor(), request.form.get("form_token", "")
    assert somebody is not None
    if not 16 <= len(token) <= 64:
        raise BadInput({"form_token": "Das Formular ist unvollständig. Öffnen Sie die Seite neu."})
    claimed = form_tokens.claim(
        db.session(), person_id=somebody.person.id, token=token, body_sha256=_body_digest(), at=moment()
    )
    if isinstance(claimed, str):
        return redirect(claimed, 303)
    g.form_token = claimed
    return None


def _body_digest() -> str:
    """A fingerprint of what was sent; keyed, because votes and passwords are sent too and could be guessed from it."""
    digest = hmac.new(str(current_app.secret_key).encode(), request.path.encode(), hashlib.sha256)
    for name, value in sorted(request.form.items(multi=True)):
        if name != "csrf_token":
            digest.update(f"{len(name)}:{name}={len(value)}:{value};".encode())
    for name, upload in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        content = upload.stream.read()
        upload.stream.seek(0)
        digest.update(f"{name}:{upload.filename}:".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def routes(app: Flask) -> list[dict[str, object]]:
    """Every rule with its methods, whom it is open to and which objects it names; sorted by rule."""
    found = [_described(app, rule) for rule in app.url_map.iter_rules()]
    return sorted(found, key=lambda row: (str(row["rule"]), str(row["methods"])))


def _described(app: Flask, rule: Rule) -> dict[str, object]:
    access = _access(app.view_functions[rule.endpoint])
    who: object = None if access is None else [r.value for r in access.roles] if access.kind == "roles" else access.kind
    methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return {"rule": rule.rule, "methods": methods, "who": who, "objects": sorted(rule.arguments)}
