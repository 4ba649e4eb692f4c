"""Frozen versions of a programme, as they were."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import names
from jcflow.errors import NotFound
from jcflow.programmes.checks import accepted_in
from jcflow.programmes.identities.checking import all_differences
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.programme import Programme, StepTaken, steps_of
from jcflow.programmes.versions import Version, visible_versions
from jcflow.web.content import parts_of
from jcflow.web.database import db
from jcflow.web.figures import version_href
from jcflow.web.grids import Wrong, sentence_of
from jcflow.web.guard import READERS, open_to
from jcflow.web.programme_pages import allowed_visibility, is_insider, load, page
from jcflow.web.text import accepted_reasons
from jcflow.web.visitors import me

pages = Blueprint("versions", __name__)


@pages.get("/programmes/<slug>/versions/<int:number>")
@open_to(*READERS)
def show(slug: str, number: int) -> ResponseReturnValue:
    """One version with its checksum, the steps it belonged to and its sums that do not hold."""
    programme = load(slug)
    version = _readable(programme, number)
    document = seen_by(version.document, allowed_visibility())
    accepted = accepted_reasons(programme, version)
    wrong = [Wrong(sentence_of(d), accepted_in(accepted, d) or "") for d in all_differences(document)]
    return page(
        "versions/show.html",
        programme,
        f"Version {number}",
        version=version,
        by=names(db.session(), {version.person_id}).get(version.person_id, "unbekannt"),
        steps=_steps(programme, version),
        wrong=wrong,
        earlier=_earlier(programme, version),
        insider=is_insider(),
        parts=parts_of(document, figure_href=version_href(version), accepted=accepted),
    )


def _readable(programme: Programme, number: int) -> Version:
    readable = visible_versions(db.session(), programme, me().roles)
    version = next((v for v in readable if v.number == number), None)
    if version is None:
        raise NotFound
    return version


def _earlier(programme: Programme, version: Version) -> Version | None:
    """The version before, of those the visitor may read."""
    readable = visible_versions(db.session(), programme, me().roles)
    return next((v for v in readable if v.number < version.number), None)


def _steps(programme: Programme, version: Version) -> list[tuple[str, StepTaken]]:
    """German label and step of everything this version was the newest for."""
    found = []
    for taken in steps_of(db.session(), programme):
        if taken.version_id == version.id and taken.source is not None:
            step = programme.procedure.step(taken.source, taken.trigger)
            found.append((step.label if step else taken.trigger, taken))
    return found
