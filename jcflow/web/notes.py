"""Hints on the texts of a programme: listed for its house, put aside by its editors."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.clock import local_day
from jcflow.errors import Overtaken
from jcflow.procedure import Area
from jcflow.programmes import chapters
from jcflow.programmes.programme import EDITORS, INSIDERS, check_columns, editing
from jcflow.programmes.wording.hints import HintKind
from jcflow.programmes.wording.standing import put_aside, standing_notes
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.noted import noted
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.visitors import me, moment

pages = Blueprint("notes", __name__)


@pages.get("/programmes/<slug>/notes")
@open_to(*sorted(INSIDERS))
def show(slug: str) -> ResponseReturnValue:
    """Every hint on the working draft, by chapter."""
    programme = load(slug)
    return page("notes/show.html", programme, "Hinweise zum Text", noted=noted(programme))


@pages.post("/programmes/<slug>/text/blocks/<uuid:block_id>/aside")
@open_to(*EDITORS)
def aside(slug: str, block_id: UUID) -> ResponseReturnValue:
    """Put one hint on a block aside: what it is about is right."""
    programme, session = load(slug), db.session()
    row = chapters.block(session, programme, block_id)
    sign = request.form.get("sign", "")
    found = standing_notes(session, programme, local_day(moment()))
    note = next((one.note for one in found if one.block is row and one.note.sign == sign), None)
    if note is None or note.kind is HintKind.REFERENCE:
        raise Overtaken("Diesen Hinweis gibt es nicht mehr. Der Text hat sich geändert.")
    check_columns(session, row, typed_version(), "Der Abschnitt", {}, "removed")
    reason = f"Hinweis geprüft, „{note.found}“ stimmt so."
    put_aside(session, row, note, editing(programme, Area.CHAPTERS, me().actor, at=moment(), reason=reason))
    flash("Der Hinweis ist erledigt. Er kommt wieder, wenn sich der Abschnitt ändert.", "success")
    return redirect(url_for("notes.show", slug=slug), 303)
