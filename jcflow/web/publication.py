"""Publishing, with a look at what the public will see; handing over to the Land."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from jcflow.amendments.amendment import decided_since
from jcflow.errors import BadInput, Conflict, NotFound
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.process.acts import acting, check_act, may_act
from jcflow.programmes import milestones
from jcflow.programmes.budgets import SHORTEST_REASON
from jcflow.programmes.exchange.document import Block, Document, FigureBlock, RegisterBlock, TableBlock
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.programmes.programme import Programme, check_version
from jcflow.programmes.versions import Version, newest_version, version, version_by_id, versions_of
from jcflow.web.content import parts_of
from jcflow.web.database import db
from jcflow.web.figures import version_href
from jcflow.web.grids import grids_of
from jcflow.web.guard import open_to
from jcflow.web.labels import BLOCK_LABELS, VISIBILITY_LABELS
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.public import TO_ALL, shown_to_all
from jcflow.web.steps import typed_version
from jcflow.web.text import accepted_reasons
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("publication", __name__)

DIRECTOR = Role.MANAGING_DIRECTOR


class OnlyForTheLand(Conflict):
    """Only a local planning document is handed over to the Land."""

    def __str__(self) -> str:
        return "An das Land geht nur ein Lokales Planungsdokument. Dieses Programm ist keines."


@dataclass(frozen=True)
class LeftOut:
    """Something the public does not see."""

    where: str
    what: str
    seen_by: str


def left_out(document: Document) -> list[LeftOut]:
    """Every block and register that publishing leaves out, in the order of the programme."""
    hidden = {name: seen for name, seen in document.register_visibility.items() if seen not in TO_ALL}
    captions = {of: grid.caption for of, grid in grids_of(document).items()}
    found = []
    for chapter in document.chapters:
        title = f"{chapter.number} {chapter.title}" if chapter.number else chapter.title
        for block in chapter.blocks:
            if block.visibility not in TO_ALL:
                found.append(LeftOut(title, _name_of(block, captions), VISIBILITY_LABELS[block.visibility]))
            elif isinstance(block, RegisterBlock) and block.of in hidden:
                found.append(LeftOut(title, _name_of(block, captions), VISIBILITY_LABELS[hidden[block.of]]))
    found += [LeftOut("Übersichten", captions.get(n, n), VISIBILITY_LABELS[seen]) for n, seen in hidden.items()]
    return found


def _name_of(block: Block, captions: dict[str, str]) -> str:
    kind = BLOCK_LABELS[block.kind]
    if isinstance(block, TableBlock | FigureBlock):
        return f"{kind} „{block.caption}“" if block.caption else kind
    if isinstance(block, RegisterBlock):
        return f"{kind} „{captions.get(block.of, block.of)}“"
    return f"{kind} „{' '.join(block.markdown.split())[:60]} …“"


@pages.get("/programmes/<slug>/publish")
@open_to(DIRECTOR)
def form(slug: str) -> ResponseReturnValue:
    """Exactly what the public will see, and what is left out; where something is out, the way to take it back."""
    programme = load(slug)
    check_act(programme, "publish", me().actor)
    return _form(programme, "", {})


def _form(programme: Programme, reason: str, errors: dict[str, str]) -> str:
    out_id, shown = programme.published_version_id, _newest(programme)
    out = version_by_id(db.session(), out_id) if out_id else None
    whole = shown.document
    preview = parts_of(
        shown_to_all(shown), figure_href=version_href(shown), accepted=accepted_reasons(programme, shown)
    )
    return page(
        "publication/form.html",
        programme,
        "Veröffentlichen",
        version=shown,
        out=out,
        amended=decided_since(db.session(), programme, out) if out else (),
        left_out=left_out(whole),
        parts=preview,
        house_key=me().house.key,
        reason=reason,
        errors=errors,
    )


def _newest(programme: Programme) -> Version:
    """What is resolved: the resolution froze it, or the decision on an amendment since."""
    found = newest_version(db.session(), programme)
    if found is None:
        raise NotFound
    return found


@pages.post("/programmes/<slug>/publish")
@open_to(DIRECTOR)
def publish(slug: str) -> ResponseReturnValue:
    """Let the public read what is resolved; where an older version is out, it takes its place."""
    programme, session = load(slug), db.session()
    check_act(programme, "publish", me().actor)
    check_version(programme, typed_version(), "Das Programm", {})
    with acting(session, programme, "publish", actor=me().actor, at=moment()) as deed:
        milestones.publish(session, programme, _newest(programme), deed)
        notices.published(session, programme, deed)
    return redirect(url_for("publication.done", slug=slug), 303)


@pages.get("/programmes/<slug>/publish/done")
@open_to(DIRECTOR)
def done(slug: str) -> ResponseReturnValue:
    """It is public now, and where."""
    programme = load(slug)
    if programme.published_version_id is None:
        raise NotFound
    shown = version_by_id(db.session(), programme.published_version_id)
    return page("publication/done.html", programme, "Veröffentlicht", version=shown, house_key=me().house.key)


@pages.post("/programmes/<slug>/unpublish")
@open_to(DIRECTOR)
def take_back(slug: str) -> ResponseReturnValue:
    """Take the publication back."""
    programme, session, typed = load(slug), db.session(), Typed("reason")
    check_act(programme, "unpublish", me().actor)
    check_version(programme, typed_version(), "Das Programm", {})
    reason = typed.values["reason"].strip()
    if not SHORTEST_REASON <= len(reason) <= 5_000:
        problem = {"reason": f"Schreiben Sie eine Begründung mit mindestens {SHORTEST_REASON} Zeichen."}
        return _form(programme, typed.values["reason"], problem), 422
    with acting(session, programme, "unpublish", actor=me().actor, at=moment(), reason=reason) as deed:
        milestones.unpublish(session, programme, deed)
    flash("Das Programm ist nicht mehr öffentlich.", "success")
    return redirect(url_for("programmes.show", slug=slug), 303)


@pages.get("/programmes/<slug>/hand-over")
@open_to(DIRECTOR, Role.STAFF, Role.EDITOR, Role.AUDITOR)
def hand_over(slug: str) -> ResponseReturnValue:
    """Whether and in which version the planning document went to the Land."""
    programme = load(slug)
    _check_kind(programme)
    newest = newest_version(db.session(), programme)
    typed = {"on": moment().date().isoformat(), "number": str(newest.number) if newest else "", "note": ""}
    return _hand_over_page(programme, typed, {})


def _check_kind(programme: Programme) -> None:
    if programme.kind is not ProgrammeKind.LPD:
        raise OnlyForTheLand


def _hand_over_page(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    given = programme.handed_over
    return page(
        "publication/hand_over.html",
        programme,
        "An das Land geben",
        given=given,
        given_on=date.fromisoformat(given["on"]) if given else None,
        pending=not programme.current.final,
        versions=[(str(v.number), f"Version {v.number}") for v in versions_of(db.session(), programme)],
        may_hand_over=may_act(programme, "hand_to_land", me().actor),
        insider=is_insider(),
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/hand-over")
@open_to(DIRECTOR)
def note_hand_over(slug: str) -> ResponseReturnValue:
    """Note that it went to the Land."""
    programme, session, typed = load(slug), db.session(), Typed("on", "number", "note")
    check_act(programme, "hand_to_land", me().actor)
    _check_kind(programme)
    check_version(programme, typed_version(), "Das Programm", {})
    try:
        numbers = {str(v.number) for v in versions_of(session, programme)}
        number = typed.one_of("number", numbers, "Wählen Sie aus, welche Version abgegeben wurde.")
        on = typed.day("on")
        if len(typed.values["note"]) > 2_000:
            typed.problems["note"] = "Kürzen Sie die Bemerkung auf höchstens 2.000 Zeichen."
        typed.check()
        with acting(session, programme, "hand_to_land", actor=me().actor, at=moment()) as deed:
            milestones.hand_over(
                session, programme, version(session, programme, int(number)), on, typed.values["note"], deed
            )
    except BadInput as error:
        return _hand_over_page(programme, typed.values, error.problems), 422
    flash("Die Abgabe an das Land ist vermerkt.", "success")
    return redirect(url_for("publication.hand_over", slug=slug), 303)
