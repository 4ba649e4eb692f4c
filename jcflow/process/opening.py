"""Opening a programme: for a new cycle, or from a file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter, found
from jcflow.accounts.role_names import named
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.database import serve
from jcflow.errors import BadInput, NotAllowed
from jcflow.process.steps import note
from jcflow.programmes.checks import jobcenter_key, slug_of
from jcflow.programmes.cycle import from_last_year
from jcflow.programmes.exchange.document import Document, ProgrammeHead
from jcflow.programmes.live import document_of, fill
from jcflow.programmes.measures import as_reported
from jcflow.programmes.procedures import newest
from jcflow.programmes.programme import EDITORS, Programme


def open_programme(
    session: Session,
    house: Jobcenter,
    head: ProgrammeHead,
    deed: Deed,
    *,
    previous: Programme | None = None,
    from_file: bool = False,
) -> Programme:
    """A new, empty programme in the first state of its procedure; from a file in the first that may be edited.

    Raises:
        BadInput: Title or period are unusable, or the Jobcenter already has a programme for the period.
    """
    slug = _free_slug(session, head)
    _check_head(head, taken=slug is None)
    procedure = newest(house.form)
    state = next(s for s in procedure.states.values() if s.edit) if from_file else procedure.initial
    programme = Programme(
        jobcenter_id=house.id,
        kind=head.kind,
        title=head.title,
        slug=slug,
        period_from=head.period_from,
        period_to=head.period_to,
        workflow_key=procedure.key,
        workflow_version=procedure.version,
        state=state.key,
        entered_on=local_day(deed.at),
        previous_id=previous.id if previous else None,
        register_visibility={},
    )
    record(session, programme, deed)
    note(session, programme, "import" if from_file else "open", deed)
    tasks.open_for_state(session, programme, deed.at)
    return programme


def _free_slug(session: Session, head: ProgrammeHead) -> str | None:
    """The period, with the kind where one of another kind has it already, as in `2027-strategie`; None: it is taken."""
    plain = slug_of(head)
    further = f"{plain}-{head.kind.lower()}"
    known = session.execute(select(Programme.slug, Programme.kind).where(Programme.slug.in_([plain, further])))
    kinds = {slug: kind for slug, kind in known}
    if head.kind in kinds.values():
        return None
    return further if plain in kinds else plain


def _check_head(head: ProgrammeHead, *, taken: bool) -> None:
    problems = {}
    if not 1 <= len(head.title.strip()) <= 300:
        problems["title"] = "Geben Sie einen Titel ein, höchstens 300 Zeichen."
    if not head.period_from <= head.period_to or head.period_to.year - head.period_from.year > 1:
        problems["period_to"] = (
            "Das Ende liegt vor dem Beginn oder mehr als zwei Jahre danach. Prüfen Sie den Zeitraum."
        )
    elif taken:
        problems["period_from"] = f"Für {slug_of(head)} gibt es schon ein Programm. Öffnen Sie das vorhandene."
    if problems:
        raise BadInput(problems)


def open_cycle(
    session: Session, house: Jobcenter, head: ProgrammeHead, *, previous: Programme | None, actor: Actor, at: datetime
) -> Programme:
    """Open the cycle for a period, from last year's programme where there is one.

    Raises:
        NotAllowed: The actor writes no programmes.
        BadInput: Title or period are unusable, or the Jobcenter already has a programme for the period.
    """
    role = actor.role_among(EDITORS)
    if role is None:
        raise NotAllowed(named(EDITORS))
    deed = actor.deed(role, at)
    programme = open_programme(session, house, head, deed, previous=previous)
    if previous is not None:
        document = as_reported(session, previous, document_of(session, previous))
        fill(session, programme, from_last_year(document, head), deed, unreviewed=True)
    return programme


def import_document(session: Session, document: Document, deed: Deed) -> Programme:
    """Make a programme in drafting from a document, and its Jobcenter if it is new.

    Raises:
        BadInput: The Jobcenter has a programme for the period already, or is known under another form.
    """
    head = document.jobcenter
    house = session.scalar(select(Jobcenter).where(Jobcenter.name == head.name))
    if house is None:
        carriers = [{"name": c.name, "kind": c.kind} for c in head.carriers]
        key = _free_house_key(session, jobcenter_key(head.name))
        house = found(session, key=key, name=head.name, form=head.form, land=head.land, carriers=carriers, deed=deed)
    elif house.form != head.form:
        raise BadInput({"form": f"„{head.name}“ ist hier als {house.form} bekannt, die Datei sagt {head.form}."})
    serve(session, house.id)
    programme = open_programme(session, house, document.programme, deed, from_file=True)
    fill(session, programme, document, deed)
    return programme


def _free_house_key(session: Session, wanted: str) -> str:
    taken = set(session.scalars(select(Jobcenter.key)))
    return next(key for key in (wanted, *(f"{wanted}-{n}" for n in range(2, 1000))) if key not in taken)
