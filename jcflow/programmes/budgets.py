"""Budget tables and their lines."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.asked import once
from jcflow.audit.trail import Deed, audited, record
from jcflow.errors import BadInput, NotFound
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.ordering import Ordered, free_key
from jcflow.programmes.programme import Programme

SHORTEST_REASON = 10
"""Characters a reason has at least."""


class BudgetTable(Ordered):
    """A budget table of one year. Source: § 46 Abs. 1 Satz 5 SGB II."""

    __tablename__ = "budget_table"
    __table_args__ = audited(UniqueConstraint("programme_id", "key"), programme_id="programme")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "key", "title", "year", "prior_year", "position", "removed"}
    )

    programme_id: Mapped[UUID]
    key: Mapped[str]
    title: Mapped[str]
    year: Mapped[int]
    prior_year: Mapped[int | None]


class BudgetLine(Ordered):
    """One line. Its direction is in `sign`, so amounts are never negative."""

    __tablename__ = "budget_line"
    __table_args__ = audited(
        UniqueConstraint("table_id", "key"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("prior_amount >= 0", name="prior_amount_not_negative"),
        programme_id="programme",
        table_id="budget_table",
        parent_id="budget_line",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "table_id", "key", "label", "role", "parent_id", "sign", "amount", "prior_amount"}
        | {"approximate", "printed", "part", "position", "removed"}
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    table_id: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str]
    label: Mapped[str]
    role: Mapped[LineRole]
    parent_id: Mapped[UUID | None]
    """The total it counts in."""
    sign: Mapped[str | None]
    """`+` or `-`: how it counts there; None counts as `+`."""
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Cents."""
    prior_amount: Mapped[int | None] = mapped_column(BigInteger)
    """Cents, last year."""
    approximate: Mapped[bool] = mapped_column(default=False)
    printed: Mapped[str | None]
    note: Mapped[str | None]
    part: Mapped[LinePart | None]
    """What the identities of the budget take the line for; None: nobody has said."""


@once
def tables_of(session: Session, programme: Programme, *, removed: bool = False) -> list[BudgetTable]:
    """The budget tables in their order."""
    mine = (BudgetTable.programme_id == programme.id) & (BudgetTable.removed == removed)
    return list(session.scalars(select(BudgetTable).where(mine).order_by(BudgetTable.position, BudgetTable.id)))


@once
def lines_of(session: Session, programme: Programme, *, removed: bool = False) -> dict[UUID, list[BudgetLine]]:
    """Table id to its lines in their order."""
    mine = (BudgetLine.programme_id == programme.id) & (BudgetLine.removed == removed)
    found: dict[UUID, list[BudgetLine]] = {}
    for line in session.scalars(select(BudgetLine).where(mine).order_by(BudgetLine.position, BudgetLine.id)):
        found.setdefault(line.table_id, []).append(line)
    return found


def lines_in(session: Session, within: BudgetTable) -> dict[str, BudgetLine]:
    """Key to line of one table, removed lines included."""
    return {row.key: row for row in session.scalars(select(BudgetLine).where(BudgetLine.table_id == within.id))}


def table(session: Session, programme: Programme, key: str) -> BudgetTable:
    """The budget table of this key, removed or not.

    Raises:
        NotFound: The programme has none.
    """
    found = session.scalar(select(BudgetTable).where(BudgetTable.programme_id == programme.id, BudgetTable.key == key))
    if found is None:
        raise NotFound
    return found


def line(session: Session, programme: Programme, table_key: str, key: str) -> BudgetLine:
    """One line, removed or not.

    Raises:
        NotFound: The table has none of this key.
    """
    within = table(session, programme, table_key)
    found = session.scalar(select(BudgetLine).where(BudgetLine.table_id == within.id, BudgetLine.key == key))
    if found is None:
        raise NotFound
    return found


def add_table(
    session: Session, programme: Programme, *, title: str, year: int, prior_year: int | None, deed: Deed
) -> BudgetTable:
    """Add an empty budget table at the end.

    Raises:
        BadInput: Title or year missing or out of range.
    """
    title = " ".join(title.split())
    problems = {}
    if not 1 <= len(title) <= 300:
        problems["title"] = "Geben Sie einen Titel ein, höchstens 300 Zeichen."
    if not 2005 <= year <= 2100:
        problems["year"] = "Geben Sie ein Jahr ein, zum Beispiel 2027."
    if problems:
        raise BadInput(problems)
    rows = session.scalars(select(BudgetTable).where(BudgetTable.programme_id == programme.id)).all()
    fresh = BudgetTable(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        key=free_key(title, {row.key for row in rows}),
        title=title,
        year=year,
        prior_year=prior_year,
        position=max((row.position for row in rows), default=0) + 1,
    )
    record(session, fresh, deed)
    return fresh


def check_reason(programme: Programme, deed: Deed) -> None:
    """Demand a reason for a change of amounts or topics once the programme was submitted.

    Raises:
        BadInput: The reason is missing or shorter than 10 characters.
    """
    if programme.submitted_once and len(deed.reason.strip()) < SHORTEST_REASON:
        raise BadInput(
            {"reason": f"Begründen Sie die Änderung mit mindestens {SHORTEST_REASON} Zeichen. Sie steht im Verlauf."}
        )


def remove_table(session: Session, one: BudgetTable, programme: Programme, deed: Deed) -> None:
    """Remove a whole budget table; it can be brought back.

    Raises:
        BadInput: The reason is missing after the first submission.
    """
    check_reason(programme, deed)
    record(session, one, deed, removed=True)
