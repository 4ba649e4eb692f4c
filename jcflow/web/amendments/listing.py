"""All amendments of a programme with their sums, and one of them with its figures, steps and history."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from jcflow.amendments.amendment import (
    KIND_NAMES,
    UNDECIDED,
    Amendment,
    AmendmentKind,
    amendment,
    standing_of,
    standings_of,
    sums,
)
from jcflow.amendments.differences import outlook
from jcflow.amendments.effect import effect_of
from jcflow.amendments.proposing import is_year_open
from jcflow.clock import local_day
from jcflow.errors import NotFound
from jcflow.procedure import Phase
from jcflow.process.amending import DECLARE, PROPOSERS, may_do, obstacles, open_tasks_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import versions_of
from jcflow.web.amendments import wording
from jcflow.web.amendments.blueprint import READERS, pages
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.stories import story
from jcflow.web.visitors import me, moment

COLOURS = {
    "closed": "success",
    "refused": "danger",
    "rejected": "danger",
    "cancelled": "",
}
"""State to the colour of its badge; all others are on their way."""


@dataclass(frozen=True)
class Button:
    """A step or act the visitor may take now, or what stands in its way."""

    label: str
    href: str
    obstacles: tuple[str, ...]


@pages.get("/programmes/<slug>/amendments")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """Every amendment with its state; planned, blocked and booked stand apart, the transfers net and gross."""
    programme, session = load(slug), db.session()
    is_shown = programme.current.phase is Phase.IN_FORCE
    found = standings_of(session, programme) if is_shown else []
    return page(
        "amendments/index.html",
        programme,
        "Budgetänderungen",
        is_shown=is_shown,
        standings=found,
        sums=sums(found),
        kinds=KIND_NAMES,
        colours=COLOURS,
        may_propose=is_shown and may_propose(programme),
    )


def may_propose(programme: Programme) -> bool:
    """Whether the visitor may propose an amendment now."""
    is_open = is_year_open(db.session(), programme, local_day(moment()))
    return is_open and me().actor.role_among(PROPOSERS) is not None


def wanted(programme: Programme, amendment_id: UUID) -> Amendment:
    """The amendment of this address.

    Raises:
        NotFound: The programme is not in force, or has none of this id.
    """
    if programme.current.phase is not Phase.IN_FORCE:
        raise NotFound
    return amendment(db.session(), programme, amendment_id)


@pages.get("/programmes/<slug>/amendments/<uuid:amendment_id>")
@open_to(*READERS)
def one(slug: str, amendment_id: UUID) -> ResponseReturnValue:
    """One amendment: what it is, what it does, whose turn it is, and what has happened."""
    programme, session = load(slug), db.session()
    chosen = wanted(programme, amendment_id)
    standing, is_decided = standing_of(session, chosen), chosen.applied is not None
    effect = None if is_decided or chosen.kind is AmendmentKind.CORRECTION else effect_of(session, programme, chosen)
    tasks = open_tasks_of(session, chosen)
    return page(
        "amendments/one.html",
        programme,
        "Budgetänderungen",
        wording.title_of(chosen),
        one=chosen,
        standing=standing,
        facts=wording.facts_of(session, programme, standing),
        changes=wording.shown_effect(effect) if effect else wording.shown_applied(session, programme, chosen),
        share=wording.share_sentence(chosen.kind, effect.share) if effect else "",
        coming=wording.coming(session, programme, chosen) if chosen.state in UNDECIDED else None,
        lines=wording.line_names(session, programme),
        version=next((v for v in versions_of(session, programme) if v.id == chosen.version_id), None),
        buttons=_buttons(programme, chosen),
        turn=wording.whose_turn(task.role for task in tasks),
        due_on=tasks[0].due_on if tasks else None,
        days=story(session, programme, {chosen.id, *(b.id for b in standing.bookings)}) if is_insider() else (),
        colours=COLOURS,
        kinds=KIND_NAMES,
    )


def _buttons(programme: Programme, chosen: Amendment) -> list[Button]:
    """What the visitor may do now: acts first, then the steps in the order of the file."""
    session, actor, at = db.session(), me().actor, moment()
    found = []
    for act in chosen.procedure.acts_in(chosen.state):
        is_due = chosen.declared_by is None if act.name == DECLARE else bool(outlook(session, programme, chosen).open)
        if is_due and may_do(session, programme, chosen, act.name, actor=actor, at=at):
            found.append(Button(act.label, _place(programme, chosen, act.name), ()))
    for step in chosen.procedure.steps_from(chosen.state):
        in_the_way = obstacles(session, programme, chosen, step, actor=actor, at=at)
        if in_the_way is not None:
            found.append(Button(step.label, _place(programme, chosen, step.trigger), tuple(in_the_way)))
    return found


def _place(programme: Programme, chosen: Amendment, name: str) -> str:
    return url_for("amendments.form", slug=programme.slug, amendment_id=chosen.id, trigger=name)
