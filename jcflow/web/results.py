"""The result of the ballot, the casting vote, the record; what council bodies decided."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.role_names import named
from jcflow.audit.checkpoints import Cause
from jcflow.decisions import counting
from jcflow.decisions.ballots import Choice
from jcflow.decisions.records import Sitting, results_of
from jcflow.errors import BadInput, NotAllowed, NotFound, StepNotPossible
from jcflow.procedure import Role, Step
from jcflow.process.effects import Facts
from jcflow.process.guards import Look
from jcflow.process.steps import label_of, obstacles, take_step
from jcflow.programmes.files import store
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import newest_version
from jcflow.web import transaction
from jcflow.web.ballot_views import ballot_of, view_of
from jcflow.web.checkpoints import proof_of
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.labels import BODY_LABELS, CHOICE_LABELS, OUTCOME_LABELS, RESULT_LABELS
from jcflow.web.programme_pages import load, page
from jcflow.web.records import pages
from jcflow.web.step_up import Demand
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

CHAIR = Role.ASSEMBLY_CHAIR


def _step(programme: Programme, trigger: str) -> Step:
    """The step, if the state has it and the visitor may take it."""
    step = programme.procedure.step(programme.state, trigger)
    if step is None:
        raise StepNotPossible(label_of(programme, trigger), programme.current.label)
    if me().actor.role_among(step.by) is None:
        raise NotAllowed(named(step.by))
    return step


@pages.get("/programmes/<slug>/conclude")
@open_to(CHAIR)
def conclude(slug: str) -> ResponseReturnValue:
    """Who has voted, what is still missing, and by which rule the result comes about."""
    programme, session = load(slug), db.session()
    step = _step(programme, "conclude")
    return page(
        "results/conclude.html",
        programme,
        step.label,
        step=step,
        view=view_of(session, programme, ballot_of(programme)),
        obstacles=obstacles(Look(session, programme, moment()), step),
    )


@pages.post("/programmes/<slug>/conclude")
@open_to(CHAIR)
def conclude_ballot(slug: str) -> ResponseReturnValue:
    """Close the ballot and count."""
    programme = load(slug)
    take_step(db.session(), programme, "conclude", actor=me().actor, at=moment(), version=typed_version())
    return redirect(url_for("results.concluded", slug=slug), 303)


@pages.get("/programmes/<slug>/conclude/done")
@open_to(CHAIR)
def concluded(slug: str) -> ResponseReturnValue:
    """The result, how it came about, and what comes next."""
    programme = load(slug)
    ballot = ballot_of(programme)
    if ballot.result is None:
        raise NotFound
    view = view_of(db.session(), programme, ballot)
    proof = proof_of(programme, Cause.CONCLUDE)
    return page("results/concluded.html", programme, "Ergebnis", view=view, result_labels=RESULT_LABELS, proof=proof)


@pages.get("/programmes/<slug>/cast")
@open_to(CHAIR)
def cast(slug: str) -> ResponseReturnValue:
    """A tie: the chair's vote decides."""
    programme = load(slug)
    return _cast_page(programme, _step(programme, "cast"), {})


def _cast_page(programme: Programme, step: Step, errors: dict[str, str]) -> str:
    session, ballot = db.session(), ballot_of(programme)
    given = counting.chairs_vote(session, ballot, me().person.id)
    return page(
        "results/cast.html",
        programme,
        step.label,
        step=step,
        view=view_of(session, programme, ballot),
        given=CHOICE_LABELS[given] if given else "",
        choices=[(choice.value, CHOICE_LABELS[choice]) for choice in (Choice.YES, Choice.NO)],
        errors=errors,
    )


@pages.post("/programmes/<slug>/cast")
@open_to(CHAIR, factor=Demand.VOTES)
def decide(slug: str) -> ResponseReturnValue:
    """Let the chair's vote decide."""
    programme = load(slug)
    said = request.form.get("choice", "")
    facts = Facts(casting_vote=Choice(said) if said in set(Choice) else None)
    try:
        take_step(db.session(), programme, "cast", actor=me().actor, at=moment(), version=typed_version(), facts=facts)
    except BadInput as error:
        return _cast_page(programme, _step(programme, "cast"), error.problems), 422
    return redirect(url_for("results.concluded", slug=slug), 303)


NUMBERS = ("yes", "no", "abstain", "excluded")


@pages.get("/programmes/<slug>/results/enter")
@open_to(Role.STAFF)
def enter_result(slug: str) -> ResponseReturnValue:
    """Enter what a body of the council decided."""
    programme = load(slug)
    return _result_page(programme, _step(programme, "enter_result"), {}, {})


def _result_page(programme: Programme, step: Step, typed: dict[str, str], errors: dict[str, str]) -> str:
    return page(
        "results/enter.html",
        programme,
        step.label,
        step=step,
        body=BODY_LABELS[programme.state],
        version=newest_version(db.session(), programme),
        outcomes=[
            (outcome, OUTCOME_LABELS[outcome], f"Stand danach: {programme.procedure.states[target].label}")
            for outcome, target in step.targets.items()
        ],
        typed={name: typed.get(name, "") for name in ("met_on", "reference", *NUMBERS, "outcome", "note")},
        errors=errors,
    )


@pages.post("/programmes/<slug>/results/enter")
@open_to(Role.STAFF)
def take_result(slug: str) -> ResponseReturnValue:
    """Enter it; the programme goes where the body has sent it."""
    programme, session = load(slug), db.session()
    step, typed = _step(programme, "enter_result"), Typed("met_on", "reference", *NUMBERS, "outcome", "note")
    try:
        paper, sitting = typed.upload("paper"), _sitting(typed, step)
        taken = take_step(
            session,
            programme,
            "enter_result",
            actor=me().actor,
            at=moment(),
            version=typed_version(),
            facts=Facts(sitting=sitting),
        )
        if paper is not None:
            entered, deed = results_of(session, programme)[0], me().actor.deed(Role.STAFF, moment())
            store(session, programme, paper, subject_type="result", subject_id=entered.id, deed=deed)
    except BadInput as error:
        transaction.restart()
        problems = {"paper" if name == "file" else name: sentence for name, sentence in error.problems.items()}
        return _result_page(load(slug), step, typed.values, problems), 422
    return redirect(url_for("steps.done", slug=slug, ordinal=taken.ordinal), 303)


def _sitting(typed: Typed, step: Step) -> Sitting:
    """What was typed; a body that put the matter off need not have voted."""
    outcome = typed.one_of("outcome", step.targets, "Wählen Sie das Ergebnis aus.")
    met_on = typed.day("met_on")
    counts = {
        name: 0 if outcome == "deferred" and not typed.values[name].strip() else typed.count(name) for name in NUMBERS
    }
    if len(typed.values["note"]) > 5_000:
        typed.problems["note"] = "Kürzen Sie die Bemerkung auf höchstens 5.000 Zeichen."
    typed.check()
    return Sitting(met_on, typed.values["reference"], **counts, outcome=outcome, note=typed.values["note"])
