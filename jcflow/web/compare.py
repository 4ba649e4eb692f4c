"""What has changed between two states of a programme."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import NotFound
from jcflow.programmes.comparing.documents import compare
from jcflow.programmes.programme import Programme
from jcflow.programmes.wording.references import filled
from jcflow.web.compare_authors import authors
from jcflow.web.compare_sides import Side, asked, offered
from jcflow.web.compare_views import sections
from jcflow.web.guard import READERS, open_to
from jcflow.web.programme_pages import is_insider, load, page, readable_version

pages = Blueprint("compare", __name__)


@pages.get("/programmes/<slug>/compare")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """Two states side by side: what changed, or with `all=1` the whole text."""
    programme = load(slug)
    if not is_insider() and readable_version(programme) is None:
        raise NotFound
    sides, choices = asked(programme), offered(programme)
    return page(
        "programmes/compare.html",
        programme,
        "Vergleich",
        sides=sides,
        choices=[(one.value, one.label) for one in choices],
        insider=is_insider(),
        **(_compared(programme, *sides) if sides else {}),
    )


def _compared(programme: Programme, old: Side, new: Side) -> dict[str, object]:
    whole = request.args.get("all") == "1"
    before, after = filled(old.document), filled(new.document)
    shown = sections(compare(before, after), before, after, authors(programme, old, new), whole=whole)
    named: dict[str, Any] = {"from": old.value, "to": new.value}
    return {
        "sections": shown,
        "changes": sum(one.count for one in shown),
        "whole": whole,
        "other_view": url_for("compare.show", slug=programme.slug, **named, all=None if whole else "1"),
    }
