"""What of last year's programme a new one begins with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from jcflow.programmes.exchange.document import BudgetTable, Document, ProgrammeHead, Row, TopicSet


def next_period(head: ProgrammeHead) -> tuple[date, date]:
    """The period of the same length that follows."""
    years = head.period_to.year - head.period_from.year + 1
    return date(head.period_from.year + years, 1, 1), date(head.period_to.year + years, 12, 31)


def from_last_year(previous: Document, head: ProgrammeHead) -> Document:
    """The document a new programme opens with.

    Chapters and blocks are kept. Last year's amounts become the prior year's and the new ones are open; so are
    counts of instruments, values of targets, places of the training plan and staffing figures. Topics of a fixed
    catalogue are unselected and lose their words; free topics stay as proposals with theirs, the chosen ones first.
    """
    old, new = previous.programme.period_from.year, head.period_from.year
    return replace(
        previous,
        programme=head,
        topic_sets=tuple(_topics(s) for s in previous.topic_sets),
        budget_tables=tuple(_budget(t, new - old) for t in previous.budget_tables),
        instruments=tuple(_instrument(row) for row in previous.instruments),
        targets=tuple(_without(row, {"value"}) for row in previous.targets),
        training_plan=tuple(_training(plan) for plan in previous.training_plan),
        staffing=tuple(_without(row, {"value", "as_of"}) for row in previous.staffing),
    )


def _topics(one: TopicSet) -> TopicSet:
    if one.choose is None:
        kept = sorted(one.topics, key=lambda t: (not t.selected, t.order or 0))
        return replace(one, topics=tuple(replace(t, selected=False, order=None) for t in kept))
    unselected = (replace(t, selected=False, order=None, reason=None, approach=None) for t in one.topics)
    return replace(one, topics=tuple(unselected))


def _budget(one: BudgetTable, years: int) -> BudgetTable:
    lines = tuple(replace(line, amount=None, prior_amount=line.amount, printed=None) for line in one.lines)
    title = one.title.replace(str(one.year), str(one.year + years))
    return replace(one, title=title, year=one.year + years, prior_year=one.year, lines=lines)


def _instrument(row: Row) -> Row:
    kept = _without(row, {"planned", "prior", "share_percent", "budget_share_percent"})
    return {**kept, "prior": row["planned"]} if row.get("planned") is not None else kept


def _training(plan: Row) -> Row:
    rows = plan.get("rows")
    assert isinstance(rows, Collection)
    return {**_without(plan, {"total"}), "rows": [_without(row, {"quarters", "total"}) for row in rows]}


def _without(row: Row, names: Collection[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}
