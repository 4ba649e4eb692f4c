"""The record of the resolution: written by the chair, or entered from paper and confirmed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from jcflow.accounts.people import holders, names
from jcflow.accounts.role_names import named
from jcflow.audit.checkpoints import Cause
from jcflow.clock import local_day
from jcflow.decisions import records
from jcflow.decisions.ballots import BallotState, Result, ballots_of, current_ballot
from jcflow.decisions.records import Record, results_of
from jcflow.errors import BadInput, NotAllowed, StepNotPossible
from jcflow.procedure import Role
from jcflow.process.acts import acting, check_act, confirm_record, may_act
from jcflow.process.effects import Facts, Resolution
from jcflow.process.steps import label_of, take_step
from jcflow.programmes.files import files_of, store
from jcflow.programmes.programme import Programme
from jcflow.web import transaction
from jcflow.web.ballot_views import BallotView, ballot_of, view_of
from jcflow.web.checkpoints import proof_of
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.labels import BODY_LABELS, OUTCOME_LABELS, RESULT_LABELS
from jcflow.web.programme_pages import load, page
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("results", __name__)
"""The room of results and records; the pages of the result itself stand in `results`."""

CHAIR = Role.ASSEMBLY_CHAIR
CONFIRMING = (Role.STAFF, Role.ASSEMBLY_MEMBER)
REENTERED = "Die Niederschrift wurde inzwischen neu eingetragen. Lesen Sie sie noch einmal."


def wording(view: BallotView, house: str) -> str:
    """What the record says unless the chair words it otherwise."""
    ballot, version = view.ballot, view.version
    motion = view.motion.removeprefix("Die Trägerversammlung stimmt ").removesuffix(" zu.")
    house = house.replace("Jobcenter ", "Jobcenters ", 1) if house.startswith("Jobcenter ") else house
    said = (
        f"Die Trägerversammlung des {house} stimmt {motion} zu."
        if ballot.result is Result.ADOPTED
        else f"Die Trägerversammlung des {house} lehnt es ab, {motion} zuzustimmen."
    )
    return f"{said}\n\n{view.rule}\n\nGrundlage ist Version {version.number} mit der Prüfsumme {version.sha256}."


@pages.get("/programmes/<slug>/record/write")
@open_to(CHAIR)
def write(slug: str) -> ResponseReturnValue:
    """Write the record, from a proposed wording."""
    programme = load(slug)
    _check_may_write(programme)
    view = view_of(db.session(), programme, ballot_of(programme))
    day = local_day(view.ballot.concluded_at or moment()).isoformat()
    return _write_page(programme, view, {"text": wording(view, me().house.name), "decided_on": day}, {})


def _check_may_write(programme: Programme) -> None:
    step = programme.procedure.step(programme.state, "record")
    if step is None:
        raise StepNotPossible(label_of(programme, "record"), programme.current.label)
    if me().actor.role_among(step.by) is None:
        raise NotAllowed(named(step.by))


def _write_page(programme: Programme, view: BallotView, typed: dict[str, str], errors: dict[str, str]) -> str:
    return page(
        "results/write.html",
        programme,
        "Niederschrift",
        view=view,
        result_labels=RESULT_LABELS,
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/record/write")
@open_to(CHAIR)
def set_down(slug: str) -> ResponseReturnValue:
    """Set the record down; with it the resolution stands."""
    programme, session = load(slug), db.session()
    _check_may_write(programme)
    typed = Typed("text", "decided_on")
    try:
        resolution = Resolution(typed.values["text"], typed.day("decided_on"))
        typed.check()
        facts, version = Facts(resolution=resolution), typed_version()
        taken = take_step(session, programme, "record", actor=me().actor, at=moment(), version=version, facts=facts)
    except BadInput as error:
        transaction.restart()
        programme = load(slug)
        return _write_page(
            programme, view_of(session, programme, ballot_of(programme)), typed.values, error.problems
        ), 422
    return redirect(url_for("steps.done", slug=slug, ordinal=taken.ordinal), 303)


@pages.get("/programmes/<slug>/record/enter")
@open_to(Role.STAFF)
def enter_record(slug: str) -> ResponseReturnValue:
    """Enter a record that the chair has signed on paper."""
    programme = load(slug)
    check_act(programme, "enter_record", me().actor)
    view = view_of(db.session(), programme, ballot_of(programme))
    return _enter_page(programme, view, {"text": wording(view, me().house.name), "decided_on": ""}, {})


def _enter_page(programme: Programme, view: BallotView, typed: dict[str, str], errors: dict[str, str]) -> str:
    entered = records.record_of(db.session(), view.ballot)
    return page(
        "results/enter_record.html",
        programme,
        "Unterschriebene Niederschrift eintragen",
        row_version=entered.version if entered else 0,
        view=view,
        result_labels=RESULT_LABELS,
        typed=typed,
        errors=errors,
    )


@pages.post("/programmes/<slug>/record/enter")
@open_to(Role.STAFF)
def keep_record(slug: str) -> ResponseReturnValue:
    """Enter it; it stands once a second person has confirmed it."""
    programme, session = load(slug), db.session()
    check_act(programme, "enter_record", me().actor)
    typed = Typed("text", "decided_on")
    try:
        decided_on = typed.day("decided_on")
        scan = typed.upload("scan", missing="Laden Sie die unterschriebene Niederschrift als Datei hoch.")
        typed.check()
        assert scan is not None
        chair_id = _chair()
        with acting(session, programme, "enter_record", actor=me().actor, at=moment(), on_behalf_of=chair_id) as deed:
            written = records.set_down(
                session,
                programme,
                ballot_of(programme),
                text=typed.values["text"],
                decided_on=decided_on,
                chair_id=chair_id,
                deed=deed,
                entered_by=me().person.id,
                version=typed_version(),
            )
            store(session, programme, scan, subject_type="record", subject_id=written.id, deed=deed, kind="scan")
    except BadInput as error:
        transaction.restart()
        programme = load(slug)
        problems = {"scan" if name == "file" else name: sentence for name, sentence in error.problems.items()}
        return _enter_page(programme, view_of(session, programme, ballot_of(programme)), typed.values, problems), 422
    return redirect(url_for("results.show_record", slug=slug), 303)


def _chair() -> UUID:
    chairs = holders(db.session(), CHAIR, local_day(moment()))
    if not chairs:
        raise BadInput({"": "Zurzeit hat niemand den Vorsitz. Die Verwaltung der Anwendung trägt ihn ein."})
    return chairs[0].person_id


@pages.get("/programmes/<slug>/record")
@open_to(*READERS)
def show_record(slug: str) -> ResponseReturnValue:
    """The record as it stands, for everybody who may read the programme."""
    programme, session = load(slug), db.session()
    ballot = current_ballot(session, programme)
    written = records.record_of(session, ballot)
    if written is not None and not written.counts and not me().roles & {*CONFIRMING, Role.AUDITOR}:
        written = None
    return page(
        "results/record.html",
        programme,
        "Niederschrift",
        view=view_of(session, programme, ballot) if ballot and ballot.result else None,
        record=written,
        people=names(session, _named_in(written)),
        scans=files_of(session, programme, subjects=[written.id]) if written else [],
        may_confirm=_may_confirm(programme, written),
        proof=proof_of(programme, Cause.CONCLUDE, Cause.RECORD),
        void=[b for b in ballots_of(session, programme) if b.state is BallotState.VOID],
        sittings=[(r, files_of(session, programme, subjects=[r.id])) for r in results_of(session, programme)],
        stands=programme.current.label,
        result_labels=RESULT_LABELS,
        body_labels=BODY_LABELS,
        outcome_labels=OUTCOME_LABELS,
    )


def _named_in(written: Record | None) -> set[UUID | None]:
    return {written.chair_id, written.entered_by, written.confirmed_by} if written else set()


def _may_confirm(programme: Programme, written: Record | None) -> bool:
    if written is None or written.counts or written.entered_by == me().person.id:
        return False
    return may_act(programme, "confirm_record", me().actor)


@pages.post("/programmes/<slug>/record/<uuid:record_id>/confirm")
@open_to(*CONFIRMING)
def confirm(slug: str, record_id: UUID) -> ResponseReturnValue:
    """Confirm a record signed on paper; with it the resolution stands."""
    programme, session = load(slug), db.session()
    check_act(programme, "confirm_record", me().actor)
    written = records.record_by_id(session, programme, record_id)
    if written.version != typed_version():
        raise StepNotPossible("Niederschrift bestätigen", programme.current.label, [REENTERED])
    taken = confirm_record(session, programme, written, actor=me().actor, at=moment())
    return redirect(url_for("steps.done", slug=slug, ordinal=taken.ordinal), 303)
