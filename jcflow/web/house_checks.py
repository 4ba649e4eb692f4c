"""What is done before the draft leaves the house: basis, sign-off, budget statement, targets."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import names
from jcflow.audit.reading import entry_of
from jcflow.errors import BadInput, NotFound, Stale, TooLarge
from jcflow.procedure import Act, Role
from jcflow.process.acts import acting, check_act
from jcflow.programmes import internal_check
from jcflow.programmes.chapters import chapters_of
from jcflow.programmes.files import Upload, files_of, store
from jcflow.programmes.instrument_catalogue import instrument_warnings
from jcflow.programmes.internal_check import SignOff, SignOffKind, SignOffOutcome
from jcflow.programmes.live import document_of
from jcflow.programmes.milestones import set_basis
from jcflow.programmes.programme import EDITORS, INSIDERS, Programme, check_columns
from jcflow.programmes.versions import newest_version
from jcflow.web.budget_check import accept_differences, budget_check
from jcflow.web.conflicts import conflict_page
from jcflow.web.database import db
from jcflow.web.formats import day
from jcflow.web.guard import open_to
from jcflow.web.identities import identity_view
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.noted import noted
from jcflow.web.on_turn import open_tasks
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.task_links import PLACES
from jcflow.web.text import accepted_reasons
from jcflow.web.typed import Typed
from jcflow.web.undo import undone
from jcflow.web.visitors import me, moment

pages = Blueprint("house_checks", __name__)

KINDS = {
    "sign_off": SignOffKind.EQUAL_OPPORTUNITY,
    "state_budget": SignOffKind.BUDGET,
    "set_targets": SignOffKind.CARRIER_TARGETS,
}
"""Act to what it signs off."""
FILED = {"set_targets": "carrier_targets"}
"""Act to the kind its files are kept under, where they are no mere attachments."""


def _act(programme: Programme, name: str) -> Act:
    return check_act(programme, name, me().actor)


@pages.get("/programmes/<slug>/basis")
@open_to(*EDITORS)
def basis(slug: str) -> ResponseReturnValue:
    """Enter on which figures the plan rests."""
    programme = load(slug)
    known = programme.basis or {"known": True, "source": "", "dated": None, "note": ""}
    typed = {"known": "yes" if known["known"] else "no", **{n: known[n] or "" for n in ("source", "dated", "note")}}
    return _basis_form(programme, typed, {})


def _basis_form(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    act = _act(programme, "set_basis")
    return page("house_checks/basis.html", programme, "Planungsgrundlage", act=act, typed=typed, errors=errors)


@pages.post("/programmes/<slug>/basis")
@open_to(*EDITORS)
def enter_basis(slug: str) -> ResponseReturnValue:
    """Keep the planning basis."""
    programme, typed = load(slug), Typed("known", "source", "dated", "note")
    try:
        typed.one_of("known", ("yes", "no"), "Wählen Sie aus, ob die Planungsgrundlage vorliegt.")
        dated = typed.day("dated") if typed.values["dated"] else None
        typed.check()
        known, source, note = typed.values["known"] == "yes", typed.values["source"], typed.values["note"]
        mine = {"known": known, "source": source, "dated": typed.values["dated"], "note": note}
        check_columns(db.session(), programme, typed_version(), "Das Programm", {"basis": mine})
        with acting(db.session(), programme, "set_basis", actor=me().actor, at=moment()) as deed:
            set_basis(db.session(), programme, known=known, source=source, dated=dated, note=note, deed=deed)
    except BadInput as error:
        return _basis_form(programme, typed.values, error.problems), 422
    except Stale as error:
        return conflict_page(_basis_in_words(error), {"basis": "Planungsgrundlage"}), 409
    return redirect(_done_page(programme, "set_basis", programme.audit_seq), 303)


def _basis_in_words(stale: Stale) -> Stale:
    """Both planning bases as sentences instead of columns."""

    def words(basis: object) -> str:
        if not isinstance(basis, dict):
            return "noch nicht eingetragen"
        dated = f"Stand {day(date.fromisoformat(basis['dated']))}" if basis["dated"] else ""
        said = ["liegt vor" if basis["known"] else "liegt noch nicht vor", basis["source"], dated, basis["note"]]
        return "\n".join(filter(None, said))

    mine, theirs = words(stale.mine["basis"]), words(stale.theirs["basis"])
    return stale.put({"basis": mine}, {"basis": theirs})


def _done_page(programme: Programme, act: str, seq: int) -> str:
    return url_for("house_checks.done", slug=programme.slug, act=act, seq=seq)


@pages.get("/programmes/<slug>/sign-off")
@open_to(Role.EQUAL_OPPORTUNITY_OFFICER)
def sign_off(slug: str) -> ResponseReturnValue:
    """What the equal-opportunity officer signs off, and how."""
    programme = load(slug)
    known = _signed(programme, "sign_off")
    typed = {"outcome": known.outcome.value, "text": known.text} if known else {"outcome": "", "text": ""}
    return _sign_off_form(programme, typed, {})


def _signed(programme: Programme, act: str) -> SignOff | None:
    version = newest_version(db.session(), programme)
    return internal_check.sign_offs_of(db.session(), version).get(KINDS[act])


def _sign_off_form(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    act, session = _act(programme, "sign_off"), db.session()
    return page(
        "house_checks/sign_off.html",
        programme,
        "Chancengleichheit",
        act=act,
        known=_signed(programme, "sign_off"),
        version=newest_version(session, programme),
        chapters=chapters_of(session, programme),
        noted=noted(programme),
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/sign-off")
@open_to(Role.EQUAL_OPPORTUNITY_OFFICER)
def enter_sign_off(slug: str) -> ResponseReturnValue:
    """Sign off, or waive it with a reason."""
    programme, typed = load(slug), Typed("outcome", "text")
    try:
        allowed = (SignOffOutcome.SIGNED, SignOffOutcome.WAIVED)
        outcome = typed.one_of("outcome", allowed, "Wählen Sie „Mitzeichnen“ oder „Verzichten“ aus.")
        uploads = _uploads(typed)
        typed.check()
        signed = _sign(programme, "sign_off", SignOffOutcome(outcome), typed.values["text"], uploads)
    except (BadInput, TooLarge) as error:
        return _sign_off_form(programme, typed.values, undone(error)), error.status
    return redirect(_done_page(programme, "sign_off", signed.audit_seq), 303)


def _uploads(typed: Typed) -> list[Upload]:
    return [sent for sent in [typed.upload("file")] if sent]


def _sign(programme: Programme, act: str, outcome: SignOffOutcome, text: str, uploads: list[Upload]) -> SignOff:
    """Sign with the files that belong to it."""
    session = db.session()
    version = newest_version(session, programme)
    if version is not None and version.number != typed_version():
        raise Stale("Der Entwurf", {}, {}, version.number)
    with acting(session, programme, act, actor=me().actor, at=moment()) as deed:
        signed = internal_check.sign(session, programme, KINDS[act], outcome, text, deed)
        for upload in uploads:
            store(
                session,
                programme,
                upload,
                subject_type="sign_off",
                subject_id=signed.id,
                deed=deed,
                kind=FILED.get(act, "attachment"),
            )
    return signed


@pages.get("/programmes/<slug>/state-budget")
@open_to(Role.BUDGET_OFFICER)
def state_budget(slug: str) -> ResponseReturnValue:
    """What the budget officer states: tables, sums that do not hold, changes."""
    programme = load(slug)
    return _budget_form(programme, {"text": ""}, {})


def _budget_form(programme: Programme, typed: dict[str, str], errors: dict[str, str], *, moved: bool = False) -> str:
    act, session = _act(programme, "state_budget"), db.session()
    last = internal_check.last_budget_statement(session, programme)
    return page(
        "house_checks/state_budget.html",
        programme,
        "Haushalt",
        act=act,
        check=budget_check(session, programme, document_of(session, programme)),
        checked=identity_view(document_of(session, programme), accepted_reasons(programme)),
        noted=noted(programme),
        law_notes=instrument_warnings(document_of(session, programme)),
        last=last,
        last_by=names(session, {last.person_id}).get(last.person_id, "unbekannt") if last else "",
        barred=internal_check.has_changed_figures(session, programme, me().person.id),
        moved=moved,
        version=newest_version(session, programme),
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/state-budget")
@open_to(Role.BUDGET_OFFICER)
def enter_statement(slug: str) -> ResponseReturnValue:
    """Accept differences with their reasons and state the figures shown."""
    programme, typed, session = load(slug), Typed("text", "figures"), db.session()
    typed.values |= {name: value for name, value in request.form.items() if name.startswith("accept|")}
    check = budget_check(session, programme, document_of(session, programme))
    if typed.values["figures"] != check.figures:
        return _budget_form(programme, typed.values, {}, moved=True), 409
    try:
        uploads = _uploads(typed)
        typed.check()
        accept_differences(programme, check, typed.values)
        signed = _sign(programme, "state_budget", SignOffOutcome.STATED, typed.values["text"], uploads)
    except (BadInput, TooLarge) as error:
        return _budget_form(programme, typed.values, undone(error)), error.status
    return redirect(_done_page(programme, "state_budget", signed.audit_seq), 303)


@pages.get("/programmes/<slug>/carrier-targets")
@open_to(Role.MANAGING_DIRECTOR)
def targets(slug: str) -> ResponseReturnValue:
    """Attach the carriers' target requirements, or declare that there are none."""
    programme = load(slug)
    known = _signed(programme, "set_targets")
    typed = {"outcome": known.outcome.value, "text": known.text} if known else {"outcome": "", "text": ""}
    return _targets_form(programme, typed, {})


def _targets_form(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    act, session, known = _act(programme, "set_targets"), db.session(), _signed(programme, "set_targets")
    return page(
        "house_checks/targets.html",
        programme,
        "Zielvorgaben",
        act=act,
        version=newest_version(session, programme),
        files=files_of(session, programme, subjects=[known.id]) if known else [],
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/carrier-targets")
@open_to(Role.MANAGING_DIRECTOR)
def enter_targets(slug: str) -> ResponseReturnValue:
    """Keep the carriers' target requirements."""
    programme, typed = load(slug), Typed("outcome", "text")
    try:
        allowed = (SignOffOutcome.ATTACHED, SignOffOutcome.NONE)
        outcome = typed.one_of("outcome", allowed, "Wählen Sie aus, ob es Zielvorgaben der Träger gibt.")
        uploads = [Upload(f.filename, f.stream.read()) for f in request.files.getlist("file") if f.filename]
        _check_targets(programme, typed, outcome, uploads)
        signed = _sign(programme, "set_targets", SignOffOutcome(outcome), typed.values["text"], uploads)
    except (BadInput, TooLarge) as error:
        return _targets_form(programme, typed.values, undone(error)), error.status
    return redirect(_done_page(programme, "set_targets", signed.audit_seq), 303)


def _check_targets(programme: Programme, typed: Typed, outcome: str, uploads: list[Upload]) -> None:
    known = _signed(programme, "set_targets")
    kept = files_of(db.session(), programme, subjects=[known.id]) if known else []
    if outcome == SignOffOutcome.ATTACHED and not uploads and not kept:
        typed.problems["file"] = "Laden Sie die Zielvorgaben hoch, oder wählen Sie „Keine“."
    if outcome == SignOffOutcome.NONE and uploads:
        typed.problems["outcome"] = "Sie haben eine Datei gewählt. Wählen Sie „Zielvorgaben hochladen“."
    typed.check()


@pages.get("/programmes/<slug>/internal-check/<act>/<int:seq>")
@open_to(*sorted(INSIDERS))
def done(slug: str, act: str, seq: int) -> ResponseReturnValue:
    """What an act of the internal check did, and what comes next."""
    programme, session = load(slug), db.session()
    label = next((a.label for a in programme.procedure.acts if a.name == act), None)
    entry = entry_of(session, programme.jobcenter_id, programme.id, seq)
    if label is None or entry is None or act not in PLACES:
        raise NotFound
    return page(
        "house_checks/done.html",
        programme,
        "Bestätigung",
        label=label,
        entry=entry,
        by=names(session, {entry.actor_id}).get(entry.actor_id, "unbekannt"),
        role=ROLE_LABELS[Role(entry.role)],
        open_tasks=open_tasks(programme),
    )
