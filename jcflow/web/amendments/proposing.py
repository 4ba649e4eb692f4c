"""A new amendment: first its kind, then its figures, then what they would do; only then can it be proposed."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow import money
from jcflow.amendments.amendment import KIND_NAMES, TRANSFERS, AmendmentKind
from jcflow.amendments.effect import Effect, effect_of
from jcflow.amendments.proposing import COLUMNS, Draft, check_draft, check_open, correctable, eligible
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotFound
from jcflow.process.amending import PROPOSERS, propose
from jcflow.programmes.budgets import BudgetLine, tables_of
from jcflow.programmes.programme import Programme
from jcflow.web.amendments import wording
from jcflow.web.amendments.blueprint import pages
from jcflow.web.database import db
from jcflow.web.formats import euro
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import load, page
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

FIELDS = ("kind", "direction", "source", "target", "amount", "column", "wording", "reason")
CHANGED = "Prüfen Sie die Vorschau. Sie gilt für genau diese Angaben und den jetzigen Stand des Budgets."


@pages.get("/programmes/<slug>/amendments/new")
@open_to(*PROPOSERS)
def new(slug: str) -> ResponseReturnValue:
    """The kinds to choose from; with a kind the form for it."""
    programme, kind = load(slug), request.args.get("kind")
    check_open(db.session(), programme, local_day(moment()))
    if kind is None:
        choices = [(one, KIND_NAMES[one], wording.KIND_HINTS[one]) for one in AmendmentKind]
        return page("amendments/kinds.html", programme, "Budgetänderungen", "Neu", choices=choices)
    if kind not in set(AmendmentKind):
        raise NotFound
    return _form(programme, {"kind": kind}, {}, None)


def _form(programme: Programme, typed: dict[str, str], errors: dict[str, str], draft: Draft | None) -> str:
    effect = effect_of(db.session(), programme, draft) if draft else None
    kind = AmendmentKind(typed["kind"])
    return page(
        "amendments/new.html",
        programme,
        "Budgetänderungen",
        "Neu",
        kind=kind,
        kind_name=KIND_NAMES[kind],
        is_transfer=kind in TRANSFERS,
        givers=_choices(programme, giving=True),
        receivers=_choices(programme, giving=False),
        lines=_all_lines(programme),
        columns=list(COLUMNS.items()),
        typed={name: typed.get(name, "") for name in FIELDS},
        changes=wording.shown_effect(effect) if effect else None,
        share=wording.share_sentence(kind, effect.share) if effect else "",
        coming=wording.coming(db.session(), programme, draft) if draft else None,
        seen=_seen(typed, effect) if effect else "",
        errors=errors,
    )


def _choices(programme: Programme, *, giving: bool) -> list[tuple[str, str]]:
    found = eligible(db.session(), programme, giving=giving)
    lines = [(str(x.id), f"{x.label}, {euro(x.amount)} ({title})") for title, lines in found for x in lines]
    return [("", "Bitte wählen"), *lines]


def _all_lines(programme: Programme) -> list[tuple[str, str]]:
    session = db.session()
    titles = {table.id: table.title for table in tables_of(session, programme)}

    def said(line: BudgetLine) -> str:
        return f"{line.label} ({titles[line.table_id]})"

    lines = [(str(key), said(line)) for key, line in correctable(session, programme).items()]
    return [("", "Bitte wählen"), *lines]


def _seen(typed: dict[str, str], effect: Effect) -> str:
    """A checksum of what was typed and of what it would do: what is proposed is what was seen."""
    figures = [(str(x.line.id), x.before, x.after) for x in effect.changes]
    essence = repr([typed.get(name, "").strip() for name in FIELDS if name != "reason"]) + repr(figures)
    return hashlib.sha256(essence.encode()).hexdigest()


@pages.post("/programmes/<slug>/amendments/preview")
@open_to(*PROPOSERS, one_time=False)
def preview(slug: str) -> ResponseReturnValue:
    """What it would do to both budgets and to the municipal share; nothing is saved."""
    programme, typed = load(slug), _typed()
    try:
        draft = _draft(typed)
        check_open(db.session(), programme, local_day(moment()))
        check_draft(db.session(), programme, draft)
    except BadInput as error:
        return _form(programme, typed.values, error.problems, None), 422
    return _form(programme, typed.values, {}, draft)


@pages.post("/programmes/<slug>/amendments/new")
@open_to(*PROPOSERS)
def save(slug: str) -> ResponseReturnValue:
    """Propose it, if the preview was of exactly this."""
    programme, typed = load(slug), _typed()
    try:
        draft = _draft(typed)
        check_open(db.session(), programme, local_day(moment()))
        check_draft(db.session(), programme, draft)
        effect = effect_of(db.session(), programme, draft)
        if request.form.get("seen", "") != _seen(typed.values, effect):
            return _form(programme, typed.values, {"": CHANGED}, draft), 422
        made = propose(db.session(), programme, draft, actor=me().actor, at=moment())
    except BadInput as error:
        return _form(programme, typed.values, error.problems, None), 422
    flash("Die Budgetänderung ist vorgeschlagen. Als Nächstes prüft die Beauftragte für den Haushalt.", "success")
    return redirect(url_for("amendments.one", slug=slug, amendment_id=made.id), 303)


def _typed() -> Typed:
    typed = Typed(*FIELDS)
    if typed.values["kind"] not in set(AmendmentKind):
        raise NotFound
    return typed


def _draft(typed: Typed) -> Draft:
    """What was typed, as far as it can be read.

    Raises:
        BadInput: The amount is not one clear amount.
    """
    kind, values = AmendmentKind(typed.values["kind"]), typed.values
    lowers = kind not in TRANSFERS and values["direction"] == "lower"
    if kind not in {*TRANSFERS, AmendmentKind.CORRECTION}:
        typed.one_of("direction", ("raise", "lower"), "Wählen Sie aus, ob der Betrag steigt oder sinkt.")
    amount = 0 if kind is AmendmentKind.CORRECTION else read_amount(typed, "amount")
    typed.check()
    source, target = _id(values["source"]), _id(values["target"])
    if kind not in TRANSFERS and kind is not AmendmentKind.CORRECTION:
        source, target = (target, None) if lowers else (None, target)
    return Draft(kind, amount, source, target, lowers, values["column"] or None, values["wording"], values["reason"])


def read_amount(typed: Typed, name: str) -> int:
    """Cents of an amount in euro; what is not clear is said with a suggestion."""
    try:
        return money.parse_amount(typed.values[name])
    except money.NotAnAmount as error:
        typed.problems[name] = str(error)
        return 0


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
