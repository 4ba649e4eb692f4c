"""What every page carries: who is there, where one can go, what one has just done."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request, session, url_for

from jcflow import clock, tasks
from jcflow.procedure import Role
from jcflow.web.database import db
from jcflow.web.formats import MOST_COUNTED, capped
from jcflow.web.guard import READERS
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.typed import kept_version
from jcflow.web.visitors import Visitor, visitor


@dataclass(frozen=True)
class Entry:
    """A link of the main navigation or of a programme's."""

    label: str
    href: str
    current: bool = False
    count: str | None = None
    """How many tasks are open; „99+“ is the most it says."""


@dataclass(frozen=True)
class Notice:
    """The result of the last act, shown once."""

    kind: str
    text: str


@dataclass(frozen=True)
class Me:
    """The signed-in person, as the head of the page says it."""

    name: str
    roles_label: str


@dataclass(frozen=True)
class House:
    """The Jobcenter, as the foot of the page says it."""

    name: str
    office_phone: str
    office_hours: str


ACTING = frozenset(Role) - {Role.AUDITOR, Role.ADMIN}
"""Roles that get tasks."""
SECTIONS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("tasks.mine", "Meine Aufgaben", ACTING),
    ("programmes.index", "Programme", frozenset(READERS)),
    ("calendar.show", "Terminplan", frozenset(READERS)),
    ("deadlines.index", "Fristen", frozenset({Role.STAFF, Role.MANAGING_DIRECTOR})),
    ("mails.index", "Versand", frozenset({Role.STAFF})),
    ("trail.index", "Änderungsverlauf", frozenset({Role.AUDITOR, Role.MANAGING_DIRECTOR, Role.STAFF})),
    ("admin.index", "Personen", frozenset({Role.ADMIN})),
    ("admin.settings", "Einstellungen des Hauses", frozenset({Role.ADMIN})),
)
"""Endpoint, label, and the roles that see it."""


def register(app: Flask) -> None:
    """Give the pages of the app what they all carry."""
    app.context_processor(_shared)
    # A global, because macros are imported without the page's context.
    app.jinja_env.globals["form_token"] = partial(secrets.token_urlsafe, 24)
    app.jinja_env.globals["kept_version"] = kept_version


def _shared() -> dict[str, Any]:
    # Public pages look the same to everybody: they serve another Jobcenter than the visitor's, and set no cookie.
    somebody = visitor() if request.endpoint and request.blueprint != "public" else None
    notices = [Notice(pair[0], pair[1]) for pair in get_flashed_messages(with_categories=True)]
    shared: dict[str, Any] = {
        "me": None,
        "house": None,
        "nav": [],
        "today": clock.today(),
        "demo": current_app.config["JCFLOW"].demo,
        "notices": notices,
        "theme": session.get("theme"),
    }
    if somebody is not None:
        setting = somebody.setting
        labels = ", ".join(ROLE_LABELS[role] for role in Role if role in somebody.roles and role in ROLE_LABELS)
        shared["me"] = Me(somebody.person.name, labels)
        shared["house"] = House(somebody.house.name, setting.office_phone, setting.office_hours)
        shared["nav"] = sections(somebody)
    return shared


def sections(somebody: Visitor) -> list[Entry]:
    """The main navigation of a person."""
    return [
        Entry(label, url_for(endpoint), _is_here(endpoint), _open_count(somebody) if endpoint == "tasks.mine" else None)
        for endpoint, label, roles in SECTIONS
        if somebody.roles & roles
    ]


def _is_here(endpoint: str) -> bool:
    if request.endpoint == endpoint:
        return True
    return endpoint.endswith(".index") and request.blueprint == endpoint.partition(".")[0]


def _open_count(somebody: Visitor) -> str | None:
    days = tasks.open_days(db.session(), somebody.person.id, somebody.roles, MOST_COUNTED + 1, somebody.instead)
    return capped(len(days)) if days else None
