"""The steps of an amendment: for each a page that says what will happen and asks what it needs, and the step."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.amendments.amendment import KIND_NAMES, Amendment, AmendmentKind, standing_of
from jcflow.amendments.deciding import Decision
from jcflow.amendments.differences import outlook
from jcflow.amendments.effect import effect_of
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, NotFound, StepNotPossible
from jcflow.procedure import Act, Role, Step
from jcflow.process.amending import ACCEPT, DECLARE, accept, declare, may_do, obstacles, take
from jcflow.process.amendment_rules import Said
from jcflow.programmes.programme import Programme
from jcflow.web.amendments import wording
from jcflow.web.amendments.blueprint import ACTORS, pages
from jcflow.web.amendments.listing import wanted
from jcflow.web.amendments.proposing import read_amount
from jcflow.web.database import db
from jcflow.web.formats import euro
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

FIELDS = (
    *("reason", "opinion", "outcome", "decided_on", "minutes", "text", "yes", "no", "abstain"),
    *("amount", "reference", "booked_on"),
)
MONEY = frozenset({"book", "release"})
DONE = {
    "check": "Die Prüfung ist abgeschlossen.",
    "refuse": "Die Änderung ist nicht mitgetragen.",
    "put": "Die Änderung ist zur Entscheidung vorgelegt.",
    "decide": "Die Entscheidung ist festgehalten.",
    "block": "Der Betrag ist gesperrt.",
    "book": "Die Buchung ist eingetragen.",
    "release": "Der Betrag ist freigegeben.",
    "cancel": "Die Änderung ist zurückgenommen.",
    "revoke": "Die Entscheidung ist aufgehoben.",
    DECLARE: "Ihre Erklärung ist festgehalten.",
    ACCEPT: "Die Abweichungen sind angenommen.",
}
CONSEQUENCES = {
    "check": ("Ihre Stellungnahme gehört zur Änderung und steht in der Vorlage für die Entscheidung.",),
    "refuse": ("Die Änderung ist damit zu Ende. Das Budget bleibt, wie es ist.",),
    "put": ("Wer zuständig ist, bekommt die Aufgabe, zu entscheiden.",),
    "decide": (
        "Wird zugestimmt, ändern sich die Zeilen des Budgets, und eine neue Version des Programms entsteht.",
        "Das Programm bleibt in Kraft. Gesperrt und gebucht wird danach.",
    ),
    "block": ("Der Betrag ist in der abgebenden Zeile gesperrt, bis er gebucht oder freigegeben ist.",),
    "book": ("Ist alles gebucht oder freigegeben, ist die Änderung abgeschlossen.",),
    "release": ("Was Sie freigeben, wird nicht mehr gebucht. Der beschlossene Plan bleibt, wie er ist.",),
    "cancel": ("Die Änderung ist damit zu Ende. Das Budget bleibt, wie es ist.",),
    "revoke": ("Die Zeilen bekommen ihre Beträge zurück, und eine neue Version des Programms entsteht.",),
    DECLARE: ("Danach kann eine andere Person die Buchung eintragen.",),
    ACCEPT: ("Die Annahme gilt für genau diese Zahlen. Sie steht mit Ihrem Grund in der neuen Version.",),
}


@pages.get("/programmes/<slug>/amendments/<uuid:amendment_id>/<trigger>")
@open_to(*ACTORS)
def form(slug: str, amendment_id: UUID, trigger: str) -> ResponseReturnValue:
    """What a step needs and what it will cause."""
    programme = load(slug)
    chosen = wanted(programme, amendment_id)
    rest = standing_of(db.session(), chosen).rest
    first = {"decided_on": local_day(moment()).isoformat(), "booked_on": local_day(moment()).isoformat()}
    return _form(programme, chosen, trigger, {**first, "amount": euro(rest).split()[0] if rest else ""}, {})


def _named(chosen: Amendment, trigger: str) -> Step | Act:
    """The step or act of the present state.

    Raises:
        NotFound: The procedure has none of this name.
        StepNotPossible: It has it, but not in this state.
    """
    procedure = chosen.procedure
    known = [(step.trigger, step.label) for step in procedure.steps] + [(act.name, act.label) for act in procedure.acts]
    if trigger not in dict(known):
        raise NotFound
    found = procedure.step(chosen.state, trigger) or procedure.act(chosen.state, trigger)
    if found is None:
        raise StepNotPossible(dict(known)[trigger], chosen.current.label)
    return found


def _form(programme: Programme, chosen: Amendment, trigger: str, typed: dict[str, str], errors: dict[str, str]) -> str:
    session, named = db.session(), _named(chosen, trigger)
    in_the_way = _in_the_way(programme, chosen, named)
    is_shown = trigger in {"check", "decide", ACCEPT} and chosen.kind is not AmendmentKind.CORRECTION
    effect = effect_of(session, programme, chosen) if is_shown else None
    coming = wording.coming(session, programme, chosen) if is_shown else None
    places = {gap.field: gap.id for gap in coming.gaps} if coming else {}
    return page(
        "amendments/step.html",
        programme,
        "Budgetänderungen",
        wording.title_of(chosen),
        one=chosen,
        step=named,
        trigger=trigger,
        kind_name=KIND_NAMES[chosen.kind],
        needs_reason=isinstance(named, Step) and named.needs_reason,
        by_a_body=chosen.competent is not Role.MANAGING_DIRECTOR,
        has_chair=chosen.competent is Role.ASSEMBLY_CHAIR,
        obstacles=in_the_way,
        rest=standing_of(session, chosen).rest,
        facts=wording.facts_of(session, programme, standing_of(session, chosen)),
        changes=wording.shown_effect(effect) if effect else None,
        share=wording.share_sentence(chosen.kind, effect.share) if effect else "",
        coming=coming,
        may_accept=trigger in {"check", ACCEPT},
        consequences=CONSEQUENCES[trigger],
        typed=dict.fromkeys(FIELDS, "") | typed,
        errors={places.get(name, name): sentence for name, sentence in errors.items()},
    )


def _in_the_way(programme: Programme, chosen: Amendment, named: Step | Act) -> list[str]:
    """What stands in the way, as sentences.

    Raises:
        NotAllowed: The visitor may not take it at all.
    """
    if isinstance(named, Act):
        if not may_do(db.session(), programme, chosen, named.name, actor=me().actor, at=moment()):
            raise NotAllowed(wording.whose_turn(named.by))
        if named.name == ACCEPT:
            is_due = outlook(db.session(), programme, chosen).open
            return [] if is_due else ["Keine Abweichung ist offen."]
        return ["Die Erklärung liegt schon vor."] if chosen.declared_by else []
    found = obstacles(db.session(), programme, chosen, named, actor=me().actor, at=moment())
    if found is None:
        who = [chosen.competent] if "competent" in named.guards and chosen.competent else named.by
        apart = any(guard.startswith("other_than") for guard in named.guards)
        others = ", wenn sie an der Änderung noch nicht beteiligt waren" if apart else ""
        raise NotAllowed(wording.whose_turn(who) + others)
    return found


@pages.post("/programmes/<slug>/amendments/<uuid:amendment_id>/<trigger>")
@open_to(*ACTORS)
def do(slug: str, amendment_id: UUID, trigger: str) -> ResponseReturnValue:
    """Take the step, or do the act."""
    programme, typed = load(slug), Typed(*FIELDS, *(name for name in request.form if name.startswith("accept|")))
    chosen = wanted(programme, amendment_id)
    try:
        _do(programme, chosen, trigger, typed)
    except BadInput as error:
        return _form(programme, chosen, trigger, typed.values, error.problems), 422
    flash(DONE[trigger], "success")
    return redirect(url_for("amendments.one", slug=slug, amendment_id=amendment_id), 303)


def _do(programme: Programme, chosen: Amendment, trigger: str, typed: Typed) -> None:
    session, actor, at, version = db.session(), me().actor, moment(), typed_version()
    if trigger not in DONE:
        raise NotFound
    if trigger == DECLARE:
        declare(session, programme, chosen, actor=actor, at=at, version=version)
        return
    if trigger == ACCEPT:
        accept(session, programme, chosen, typed.values, actor=actor, at=at, version=version)
        return
    reason = typed.values["reason"]
    if version == chosen.version:
        _in_the_way(programme, chosen, _named(chosen, trigger))
        said = _said(chosen, trigger, typed)
    else:
        said = Said()
    take(session, programme, chosen, trigger, actor=actor, at=at, version=version, reason=reason, said=said)


def _said(chosen: Amendment, trigger: str, typed: Typed) -> Said:
    """What the step is told.

    Raises:
        BadInput: A field could not be read.
    """
    decision = _decision(chosen, typed) if trigger == "decide" else None
    amount = read_amount(typed, "amount") if trigger in MONEY else 0
    booked_on = typed.day("booked_on") if trigger == "book" else None
    typed.check()
    return Said(typed.values["opinion"], decision, amount, typed.values["reference"], booked_on, typed.values)


def _decision(chosen: Amendment, typed: Typed) -> Decision:
    outcome = typed.one_of("outcome", ("approved", "rejected"), "Wählen Sie aus, wie entschieden wurde.")
    on, minutes, text = typed.day("decided_on"), typed.values["minutes"], typed.values["text"]
    if chosen.competent is Role.MANAGING_DIRECTOR:
        return Decision(outcome == "approved", on, minutes, text)
    votes = {name: typed.count(name) for name in ("yes", "no", "abstain")}
    return Decision(outcome == "approved", on, minutes, text, **votes)
