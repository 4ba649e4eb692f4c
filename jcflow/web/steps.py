"""A step of the procedure: a page that says what will happen, the step, and a page that says what happened."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import tasks
from jcflow.accounts.people import names
from jcflow.accounts.role_names import named
from jcflow.audit.reading import entry_of
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, NotFound, Overtaken, StepNotPossible
from jcflow.procedure import Role, Step
from jcflow.process.guards import Look
from jcflow.process.steps import obstacles, take_step
from jcflow.programmes.chapters import unreviewed
from jcflow.programmes.live import document_of
from jcflow.programmes.programme import Programme, StepTaken, steps_of
from jcflow.programmes.versions import newest_version, version_by_id
from jcflow.web import consequences
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.identities import IdentityView, identity_view
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.noted import noted
from jcflow.web.programme_pages import is_insider, load, page
from jcflow.web.sentences import role_word
from jcflow.web.task_links import PLACES
from jcflow.web.text import accepted_reasons
from jcflow.web.visitors import me, moment

pages = Blueprint("steps", __name__)

ACTORS = tuple(role for role in READERS if role is not Role.AUDITOR)


@pages.get("/programmes/<slug>/<trigger>")
@open_to(*ACTORS)
def form(slug: str, trigger: str) -> ResponseReturnValue:
    """What the step needs and what it will cause."""
    programme = load(slug)
    return _form(programme, _step(programme, trigger), "", {})


def _step(programme: Programme, trigger: str) -> Step:
    """The step, if the procedure knows it, the state has it and the visitor may take it."""
    if all(step.trigger != trigger for step in programme.procedure.steps) or trigger in PLACES:
        raise NotFound
    step = programme.procedure.step(programme.state, trigger)
    if step is None:
        label = next(s.label for s in programme.procedure.steps if s.trigger == trigger)
        raise StepNotPossible(label, programme.current.label)
    if me().actor.role_among(step.by) is None:
        raise NotAllowed(named(step.by))
    return step


def _form(programme: Programme, step: Step, reason: str, errors: dict[str, str]) -> str:
    session = db.session()
    return page(
        "steps/form.html",
        programme,
        step.label,
        step=step,
        obstacles=obstacles(Look(session, programme, moment()), step),
        unreviewed=unreviewed(session, programme) if step.freeze else [],
        checked=_checked(programme, step),
        noted=noted(programme) if is_insider() and (step.freeze or "signed_off" in step.guards) else None,
        version=newest_version(session, programme),
        consequences=consequences.of_step(programme, step),
        reason=reason,
        errors=errors,
    )


def _checked(programme: Programme, step: Step) -> IdentityView | None:
    """What the checks of the figures came to, before a step that differing figures would stop."""
    if "differences_accepted" not in step.guards:
        return None
    return identity_view(document_of(db.session(), programme), accepted_reasons(programme))


@pages.post("/programmes/<slug>/steps/<trigger>")
@open_to(*ACTORS)
def take(slug: str, trigger: str) -> ResponseReturnValue:
    """Take the step."""
    programme, reason = load(slug), request.form.get("reason", "")
    try:
        version = typed_version()
        taken = take_step(
            db.session(), programme, trigger, actor=me().actor, at=moment(), version=version, reason=reason
        )
    except BadInput as error:
        return _form(programme, _step(programme, trigger), reason, error.problems), 422
    return redirect(url_for("steps.done", slug=programme.slug, ordinal=taken.ordinal), 303)


def typed_version(name: str = "version") -> int:
    """The row version a form carries.

    Raises:
        BadInput: It carries none.
    """
    typed = request.form.getlist(name)
    if len(typed) != 1 or not typed[0].isascii() or not typed[0].isdigit() or len(typed[0]) > 9:
        raise BadInput({name: "Das Formular ist unvollständig. Öffnen Sie die Seite neu."})
    return int(typed[0])


def check_about(name: str, present: UUID, sentence: str) -> None:
    """Refuse a form that was opened about something else than what is there now; it is not offered again.

    Raises:
        BadInput: It does not say what it is about.
        Overtaken: It is about something else.
    """
    said = request.form.get(name, "")
    if not said:
        raise BadInput({name: "Das Formular ist unvollständig. Öffnen Sie die Seite neu."})
    if said != str(present):
        raise Overtaken(sentence)


@pages.get("/programmes/<slug>/steps/<int:ordinal>")
@open_to(*READERS)
def done(slug: str, ordinal: int) -> ResponseReturnValue:
    """What a step has done and what comes next."""
    programme, session = load(slug), db.session()
    taken = next((s for s in steps_of(session, programme) if s.ordinal == ordinal), None)
    if taken is None or taken.source is None:
        raise NotFound
    procedure = programme.procedure
    step = procedure.step(taken.source, taken.trigger)
    open_now = tasks.open_of(session, programme, local_day(moment()))
    return page(
        "steps/done.html",
        programme,
        "Bestätigung",
        taken=taken,
        label=step.label if step else taken.trigger,
        state=procedure.states[taken.target],
        who=_who(programme, taken, step),
        version=version_by_id(session, taken.version_id) if taken.version_id else None,
        open_tasks=_grouped(open_now),
    )


def _who(programme: Programme, taken: StepTaken, step: Step | None) -> list[tuple[str, str]]:
    """Who took the step; where it was done on paper also who confirmed that."""
    told = entry_of(db.session(), programme.jobcenter_id, programme.id, taken.audit_seq)
    people = names(db.session(), {taken.person_id, told.actor_id if told else None})
    by = people.get(taken.person_id, "unbekannt")
    if told is None or told.on_behalf_of is None or step is None:
        return [("Wer", f"{by}, {role_word(taken.role)}")]
    confirmed = f"{people.get(told.actor_id, 'unbekannt')}, {role_word(told.role)}"
    return [("Wer", f"{by}, {role_word(step.by[0])}"), ("Bestätigt von", confirmed)]


def _grouped(open_now: list[tasks.Task]) -> list[tuple[str, tasks.Task]]:
    """Role and task, each task named once however many people have it."""
    found: dict[tuple[str, str], tasks.Task] = {}
    for task in open_now:
        found.setdefault((ROLE_LABELS[task.role], task.label), task)
    return [(role, task) for (role, _), task in found.items()]
