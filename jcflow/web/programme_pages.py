"""What all pages of one programme share: loading it, and finding one's way around it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from jcflow.errors import NotFound, Removed
from jcflow.procedure import Phase, Role
from jcflow.programmes import programme as programmes
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.live import document_of
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.programme import INSIDERS, Programme
from jcflow.programmes.versions import Version, visible_versions
from jcflow.web.database import db
from jcflow.web.navigation import Entry
from jcflow.web.transaction import SAFE
from jcflow.web.visitors import begin_now, check_roles, me

SECTIONS: tuple[tuple[str, str], ...] = (
    ("programmes.show", "Übersicht"),
    ("text.show", "Programmtext"),
    ("budget.show", "Budget"),
    ("topics.show", "Themen"),
    ("registers.show", "Übersichten"),
    ("files.show", "Dateien"),
    ("opinions.show", "Stellungnahmen"),
    ("measures.show", "Umsetzung"),
    ("amendments.show", "Budgetänderungen"),
    ("history.show", "Verlauf"),
)
"""Endpoint and label of the pages of a programme."""

ONLY_INSIDE = frozenset({"files.show", "history.show", "amendments.show"})
"""Pages that members of the bodies do not get; the carrier assembly gets those in `ASSEMBLY_TOO`."""
ASSEMBLY_TOO = frozenset({"history.show", "amendments.show"})
AFTERWARDS = frozenset({"measures.show", "amendments.show"})
"""Pages that there are once the programme is in force."""
OF_A_VERSION = frozenset({"text.show", "budget.show", "topics.show", "registers.show"})
"""Pages that members of the bodies get as soon as a version was put before them."""


def load(slug: str) -> Programme:
    """The programme of this slug in the visitor's Jobcenter; locked where the request may change something.

    Raises:
        NotFound: There is none, or it is another Jobcenter's.
        Withdrawn: The request would change it, but it has been withdrawn.
        RoleEnded: A role of the visitor ended while the request waited for the lock.
    """
    found = programmes.by_slug(db.session(), slug, lock=request.method not in SAFE)
    if request.method not in SAFE:
        begin_now()
        check_roles()
    return found


def gone(what: str, place: str) -> NotFound | Removed:
    """What to say of something removed: whoever has written into its form is told where it can be brought back."""
    return NotFound() if request.method in SAFE else Removed(what, place)


def is_insider() -> bool:
    """Whether the visitor reads the working draft."""
    return bool(me().roles & INSIDERS)


def allowed_visibility() -> frozenset[Visibility]:
    """What the visitor may see of a programme's content."""
    return frozenset(Visibility) if is_insider() else frozenset({Visibility.PUBLIC, Visibility.BODIES})


def readable_version(programme: Programme) -> Version | None:
    """The newest version the visitor may read; None: nothing was put before the visitor yet."""
    return next(iter(visible_versions(db.session(), programme, me().roles)), None)


def readable_document(programme: Programme) -> tuple[Document, Version | None]:
    """What the visitor reads: insiders the working draft, bodies the newest version put before them.

    Raises:
        NotFound: Nothing was put before the visitor yet.
    """
    if is_insider():
        return document_of(db.session(), programme), None
    version = readable_version(programme)
    if version is None:
        raise NotFound
    return seen_by(version.document, allowed_visibility()), version


def subnav(programme: Programme) -> list[Entry]:
    """The pages of a programme that the visitor may open."""
    roles = me().roles
    hidden = frozenset[str]()
    if not is_insider():
        hidden = ONLY_INSIDE - (ASSEMBLY_TOO if Role.ASSEMBLY_MEMBER in roles else frozenset())
        hidden |= OF_A_VERSION if readable_version(programme) is None else frozenset()
    if programme.current.phase is not Phase.IN_FORCE:
        hidden |= AFTERWARDS
    shown = [(endpoint, label) for endpoint, label in SECTIONS if endpoint not in hidden]
    here = request.blueprint
    return [
        Entry(label, url_for(endpoint, slug=programme.slug), endpoint.partition(".")[0] == here)
        for endpoint, label in shown
    ]


def crumbs(programme: Programme, *last: str) -> list[tuple[str, str | None]]:
    """The way from the list of programmes to this page."""
    path: list[tuple[str, str | None]] = [("Programme", url_for("programmes.index"))]
    path.append((programme.slug, url_for("programmes.show", slug=programme.slug) if last else None))
    return [*path, *((label, None) for label in last)]


def page(template: str, programme: Programme, *last: str, **values: Any) -> str:
    """A page of a programme; `last` names it at the end of the crumbs."""
    shared = {
        "programme": programme,
        "has_assembly": programme.procedure.form == "gE",
        "subnav_items": subnav(programme),
        "crumb_items": crumbs(programme, *last),
    }
    return render_template(template, **{"errors": {}, **shared, **values})
