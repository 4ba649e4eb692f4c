"""Answers to the board's points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import names
from jcflow.errors import BadInput, NotFound, Stale
from jcflow.opinions import answers, board
from jcflow.opinions.answers import Answer, Disposition, answers_of, open_points
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.opinions.changes import changes_since
from jcflow.opinions.rounds import closed_at
from jcflow.procedure import Role
from jcflow.process.acts import acting, check_act
from jcflow.programmes.programme import Programme
from jcflow.web.change_words import option_of
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.labels import DISPOSITION_LABELS, GROUP_LABELS
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.undo import undone
from jcflow.web.visitors import me, moment

pages = Blueprint("answers", __name__)

MEANINGS = {
    Disposition.ADOPTED: "Das Programm wird so geändert.",
    Disposition.PARTLY: "Ein Teil davon geht in das Programm ein.",
    Disposition.NOT_ADOPTED: "Das Programm bleibt, wie es ist.",
    Disposition.NOTED: "Der Punkt verlangt keine Änderung.",
}
LINKABLE = (Disposition.ADOPTED, Disposition.PARTLY)


@dataclass(frozen=True)
class Said:
    """A point with the opinion it belongs to and the answer given so far."""

    opinion: Opinion
    point: OpinionPoint
    answer: Answer | None


def _said(programme: Programme, opinion_id: UUID, point_id: UUID) -> Said:
    session = db.session()
    given, point = board.opinion(session, programme, opinion_id), board.point(session, programme, point_id)
    if point.opinion_id != given.id or point.removed or not given.counts:
        raise NotFound
    return Said(given, point, answers_of(session, programme).get(point.id))


@pages.get("/programmes/<slug>/opinions/<uuid:opinion_id>/reply/<uuid:point_id>")
@open_to(Role.MANAGING_DIRECTOR)
def form(slug: str, opinion_id: UUID, point_id: UUID) -> ResponseReturnValue:
    """Answer a point, or change the answer."""
    programme = load(slug)
    said = _said(programme, opinion_id, point_id)
    known = said.answer
    typed = {"disposition": known.disposition.value if known else "", "reason": known.reason if known else ""}
    return _form(programme, said, typed, known.linked if known else [], {})


def _form(
    programme: Programme, said: Said, typed: dict[str, str], linked: Sequence[str], errors: dict[str, str]
) -> str:
    check_act(programme, "answer", me().actor)
    return page(
        "answers/form.html",
        programme,
        "Antwort",
        said=said,
        name=names(db.session(), {said.opinion.person_id})[said.opinion.person_id],
        side=GROUP_LABELS[said.opinion.board_group] if said.opinion.is_social_partner else "",
        dispositions=[(d.value, _at_the_start(DISPOSITION_LABELS[d]), meaning) for d, meaning in MEANINGS.items()],
        changes=_changes(programme, said),
        typed=typed,
        linked=linked,
        errors=errors,
    )


def _at_the_start(label: str) -> str:
    """The label as the beginning of a line: only its first letter changes."""
    return label[:1].upper() + label[1:]


def _changes(programme: Programme, said: Said) -> list[tuple[str, str, str]]:
    """What was saved since the consultation closed, as boxes to tick, newest first."""
    since = closed_at(db.session(), programme, said.opinion)
    groups = changes_since(db.session(), programme, since) if since else []
    people = names(db.session(), {g.person_id for g in groups})
    return [option_of(g, people.get(g.person_id, "Kommandozeile")) for g in groups]


@pages.post("/programmes/<slug>/opinions/<uuid:opinion_id>/reply/<uuid:point_id>")
@open_to(Role.MANAGING_DIRECTOR)
def reply(slug: str, opinion_id: UUID, point_id: UUID) -> ResponseReturnValue:
    """Keep the answer."""
    programme, typed, linked = load(slug), Typed("disposition", "reason"), request.form.getlist("linked")
    typed.values["reason"] = typed.values["reason"].replace("\r\n", "\n")
    said = _said(programme, opinion_id, point_id)
    try:
        _answer(programme, said, typed, linked)
    except BadInput as error:
        return _form(programme, said, typed.values, linked, undone(error)), error.status
    except Stale as stale:
        return _conflict(stale), 409
    return redirect(url_for("answers.done", slug=slug, opinion_id=opinion_id, point_id=point_id), 303)


def _answer(programme: Programme, said: Said, typed: Typed, linked: list[str]) -> None:
    disposition = typed.one_of("disposition", set(Disposition), "Wählen Sie aus, wie Sie mit dem Punkt umgehen.")
    if linked and disposition not in LINKABLE:
        typed.problems["linked"] = "Verknüpfen Sie Änderungen nur, wenn der Punkt ganz oder teilweise übernommen ist."
    elif not set(linked) <= {key for key, _, _ in _changes(programme, said)}:
        typed.problems["linked"] = "Wählen Sie nur Änderungen aus der Liste aus."
    typed.check()
    with acting(db.session(), programme, "answer", actor=me().actor, at=moment()) as deed:
        answers.answer(
            db.session(),
            programme,
            said.point,
            disposition=Disposition(disposition),
            reason=typed.values["reason"],
            linked=linked,
            version=typed_version(),
            deed=deed,
        )


def _conflict(stale: Stale) -> str:
    """The answer typed here and the one given meanwhile, in words."""
    mine, theirs = (
        {**texts, "disposition": DISPOSITION_LABELS[Disposition(str(texts["disposition"]))]}
        for texts in (stale.mine, stale.theirs)
    )
    return conflict_page(stale.put(mine, theirs), {"reason": "Antwort"})


@pages.get("/programmes/<slug>/opinions/<uuid:opinion_id>/reply/<uuid:point_id>/done")
@open_to(Role.MANAGING_DIRECTOR)
def done(slug: str, opinion_id: UUID, point_id: UUID) -> ResponseReturnValue:
    """The answer is kept; which points still wait."""
    programme = load(slug)
    said = _said(programme, opinion_id, point_id)
    if said.answer is None:
        raise NotFound
    people = names(db.session(), {said.answer.person_id, said.opinion.person_id})
    return page(
        "answers/done.html",
        programme,
        "Antwort gespeichert",
        said=said,
        answer=said.answer,
        label=DISPOSITION_LABELS[said.answer.disposition],
        people=people,
        missing=open_points(db.session(), programme),
    )
