"""The facts of the budget officer's page: the tables, the sums that do not hold, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.people import names
from jcflow.amendments.differences import name_of
from jcflow.audit.reading import Entry
from jcflow.errors import BadInput
from jcflow.process.acts import acting
from jcflow.programmes.acceptances import AcceptedDifference, accept, accepted_of
from jcflow.programmes.budgets import lines_of, tables_of
from jcflow.programmes.checks import Difference, accepted_in
from jcflow.programmes.exchange.document import BudgetTable, Document
from jcflow.programmes.exchange.writing import as_data
from jcflow.programmes.identities.checking import all_differences, check
from jcflow.programmes.identities.results import figure
from jcflow.programmes.internal_check import figure_changes
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import figures_digest
from jcflow.web.database import db
from jcflow.web.visitors import me, moment

COLUMN_LABELS = {
    "amount": "Plan",
    "prior_amount": "Vorjahr",
    "planned": "geplant",
    "prior": "Vorjahr",
    "total": "insgesamt",
}


@dataclass(frozen=True)
class TableSummary:
    """One budget table in a line; `totals` are its uppermost sums with label and cents."""

    key: str
    title: str
    lines: int
    totals: tuple[tuple[str, int | None], ...]
    wrong: int


@dataclass(frozen=True)
class Gap:
    """A sum that does not hold, in words; `field` names its reason in the form, `id` the field on the page."""

    id: str
    field: str
    difference: Difference
    label: str
    column: str
    stated: str
    computed: str
    amount: str
    note: str
    """What else is to be known of it."""
    accepted: AcceptedDifference | None


@dataclass(frozen=True)
class FigureChange:
    """A changed amount since the last statement."""

    label: str
    before: int | None
    after: int | None
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class BudgetCheck:
    """Everything the officer looks at; `figures` is the checksum of what is shown."""

    tables: list[TableSummary]
    gaps: list[Gap]
    changes: list[FigureChange]
    figures: str

    @property
    def open_gaps(self) -> list[Gap]:
        """The sums nobody has accepted as they stand."""
        return [gap for gap in self.gaps if gap.accepted is None]


def budget_check(session: Session, programme: Programme, document: Document) -> BudgetCheck:
    """The officer's page for the present content."""
    found = all_differences(document)
    return BudgetCheck(
        tables=[_table(t, found) for t in document.budget_tables],
        gaps=gaps_of(session, programme, document),
        changes=_changes(session, programme),
        figures=figures_digest(as_data(document)),
    )


def gaps_of(session: Session, programme: Programme, document: Document) -> list[Gap]:
    """The sums of a document that do not hold, with what of them is accepted."""
    found, accepted = all_differences(document), accepted_of(session, programme)
    notes = {result.difference.key: result.note for result in check(document) if result.difference}
    return [_gap(n, d, notes.get(d.key, ""), accepted_in(accepted, d)) for n, d in enumerate(found, 1)]


def _table(one: BudgetTable, found: tuple[Difference, ...]) -> TableSummary:
    totals = tuple((x.label, x.amount) for x in one.lines if x.role == LineRole.TOTAL and x.parent is None)
    wrong = sum(d.place.startswith(f"budget_tables/{one.key}/") for d in found)
    return TableSummary(one.key, one.title, len(one.lines), totals, wrong)


def _gap(number_of: int, one: Difference, note: str, accepted: AcceptedDifference | None) -> Gap:
    return Gap(
        id=f"abweichung-{number_of}",
        field=name_of(one),
        difference=one,
        label=one.label,
        column=one.identity or COLUMN_LABELS[one.column],
        stated=figure(one.stated, one.unit),
        computed=figure(one.computed, one.unit),
        amount=figure(one.amount, one.unit),
        note=note,
        accepted=accepted,
    )


def _changes(session: Session, programme: Programme) -> list[FigureChange]:
    """Changed amounts since the last statement, newest first; nothing before the first one."""
    changed = [e for e in figure_changes(session, programme) if "amount" in e.changes]
    labels = _line_labels(session, programme) if changed else {}
    people = names(session, {e.actor_id for e in changed})
    return [_change(e, labels, people) for e in changed]


def _change(entry: Entry, labels: dict[UUID, str], people: dict[UUID | None, str]) -> FigureChange:
    before, after = entry.changes["amount"]
    by = people.get(entry.actor_id, "Kommandozeile")
    return FigureChange(labels.get(entry.object_id, "Zeile"), before, after, entry.at, by, entry.reason)


def _line_labels(session: Session, programme: Programme) -> dict[UUID, str]:
    tables = {t.id: t.title for removed in (False, True) for t in tables_of(session, programme, removed=removed)}
    return {
        line.id: f"{line.label} ({tables.get(table_id, '')})"
        for removed in (False, True)
        for table_id, lines in lines_of(session, programme, removed=removed).items()
        for line in lines
    }


def accept_differences(programme: Programme, check: BudgetCheck, typed: dict[str, str]) -> None:
    """Accept every difference for which a reason was written; `typed` holds the reasons by field.

    Raises:
        BadInput: A reason is too short; the sentences are named by the ids of their fields.
    """
    problems: dict[str, str] = {}
    for gap in check.open_gaps:
        reason = typed.get(gap.field, "")
        if not reason.strip():
            continue
        try:
            with acting(db.session(), programme, "accept_difference", actor=me().actor, at=moment()) as deed:
                accept(db.session(), programme, gap.difference, reason, deed)
        except BadInput as error:
            problems[gap.id] = f"{gap.label}: {error}"
    if problems:
        raise BadInput(problems)
