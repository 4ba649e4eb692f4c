"""Facts about the programme as a whole: its planning basis, its hand-over to the Land, its publication."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day, written
from jcflow.database import EVERY_JOBCENTER
from jcflow.errors import BadInput
from jcflow.programmes.exchange.document import Block, Document, RegisterBlock, Row
from jcflow.programmes.kinds import Visibility
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version


def set_basis(
    session: Session, programme: Programme, *, known: bool, source: str, dated: date | None, note: str, deed: Deed
) -> None:
    """Enter on which figures the plan rests, or that they are still missing (R-35).

    Raises:
        BadInput: A known basis without its source.
    """
    source, note = " ".join(source.split()), note.strip()
    if known and not 1 <= len(source) <= 300:
        raise BadInput(
            {"source": "Nennen Sie die Grundlage, zum Beispiel „Schreiben des BMAS zu Orientierungswerten“."}
        )
    if len(note) > 5_000:
        raise BadInput({"note": "Kürzen Sie die Bemerkung auf höchstens 5.000 Zeichen."})
    basis = {"known": known, "source": source, "dated": dated.isoformat() if dated else None, "note": note}
    record(session, programme, deed, basis=basis)


def hand_over(session: Session, programme: Programme, version: Version, on: date, note: str, deed: Deed) -> None:
    """Note that the local planning document went to the Land, and in which version.

    Raises:
        BadInput: The day lies in the future or before the version was frozen.
    """
    if on > local_day(deed.at):
        raise BadInput({"on": "Der Tag liegt in der Zukunft. Tragen Sie die Abgabe danach ein."})
    if on < local_day(version.frozen_at):
        sentence = f"Version {version.number} gibt es erst seit dem {written(local_day(version.frozen_at))}."
        raise BadInput({"on": f"{sentence} Prüfen Sie den Tag und die Fassung."})
    given = {"on": on.isoformat(), "version": version.number, "note": note.strip()[:2_000]}
    record(session, programme, deed, handed_over=given)


def publish(session: Session, programme: Programme, version: Version, deed: Deed) -> None:
    """Let the public read a version."""
    record(session, programme, deed, published_version_id=version.id)


def unpublish(session: Session, programme: Programme, deed: Deed) -> None:
    """Take the publication back."""
    record(session, programme, deed, published_version_id=None)


def published(session: Session, houses: Collection[UUID]) -> list[Programme]:
    """What the public may read of these Jobcenters, the newest period first."""
    question = select(Programme).where(Programme.jobcenter_id.in_(houses), Programme.published_version_id.is_not(None))
    ordered = question.order_by(Programme.period_from.desc(), Programme.jobcenter_id, Programme.slug)
    return list(session.scalars(ordered, execution_options=EVERY_JOBCENTER))


def seen_by(document: Document, allowed: frozenset[Visibility]) -> Document:
    """The part of a document that may be seen: other blocks and registers are left out, chapters stay."""
    hidden = {name for name, visibility in document.register_visibility.items() if visibility not in allowed}
    return replace(
        document,
        chapters=tuple(
            replace(c, blocks=tuple(b for b in c.blocks if _is_shown(b, allowed, hidden))) for c in document.chapters
        ),
        topic_sets=tuple(s for s in document.topic_sets if f"topic_sets/{s.key}" not in hidden),
        budget_tables=tuple(t for t in document.budget_tables if f"budget_tables/{t.key}" not in hidden),
        training_plan=tuple(p for p in document.training_plan if f"training_plan/{p['key']}" not in hidden),
        instruments=_unless(hidden, "instruments", document.instruments),
        targets=_unless(hidden, "targets", document.targets),
        measures=_unless(hidden, "measures", document.measures),
        projects=_unless(hidden, "projects", document.projects),
        staffing=_unless(hidden, "staffing", document.staffing),
        internal_potentials=_unless(hidden, "internal_potentials", document.internal_potentials),
        register_visibility={},
    )


def _unless(hidden: set[str], name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return () if name in hidden else rows


def _is_shown(block: Block, allowed: frozenset[Visibility], hidden: set[str]) -> bool:
    return block.visibility in allowed and not (isinstance(block, RegisterBlock) and block.of in hidden)
