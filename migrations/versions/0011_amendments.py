"""Amendments of a programme in force"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LINES = {"source_line_id": "budget_line", "target_line_id": "budget_line"}


def upgrade() -> None:
    # Not in batch mode: SQLite would make the table anew and drop its triggers.
    op.add_column("setting", sa.Column("amendment_limit", sa.BigInteger(), nullable=True))
    _amendment()
    _audited(
        "amendment_booking",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source_line_id", sa.Uuid(), nullable=False),
        sa.Column("target_line_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_amendment_booking_amount_positive")),
        references={"programme_id": "programme", "amendment_id": "amendment", **_LINES},
    )
    op.create_index(op.f("ix_amendment_booking_amendment_id"), "amendment_booking", ["amendment_id"])


def _amendment() -> None:
    _audited(
        "amendment",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("workflow_key", sa.String(), nullable=False),
        sa.Column("workflow_version", sa.Integer(), nullable=False),
        sa.Column("source_line_id", sa.Uuid(), nullable=True),
        sa.Column("target_line_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lowers", sa.Boolean(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("wording", "former", "reason")),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_role", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        *_decided(),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_amendment_amount_not_negative")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_amendment_programme_id_number")),
        references={"programme_id": "programme", **_LINES, "version_id": "programme_version"},
    )


def _decided() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("competent", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("minutes", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("yes", "no", "abstain")),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("version_sha256", sa.String(), nullable=True),
        sa.Column("applied", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("blocked_by", sa.Uuid(), nullable=True),
        sa.Column("blocked_on", sa.Date(), nullable=True),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=True),
    )


def _audited(table: str, *items: sa.schema.SchemaItem, references: dict[str, str]) -> None:
    """A table of audited rows; its triggers are put in place after every upgrade."""
    op.create_table(
        table,
        *items,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["jobcenter_id", column],
                [f"{other}.jobcenter_id", f"{other}.id"],
                name=op.f(f"fk_{table}_jobcenter_id_{column}"),
            )
            for column, other in references.items()
        ),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "audit_seq"],
            ["audit_event.jobcenter_id", "audit_event.seq"],
            name=op.f(f"fk_{table}_jobcenter_id_audit_seq"),
        ),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f(f"fk_{table}_jobcenter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("jobcenter_id", "id", name=op.f(f"uq_{table}_jobcenter_id_id")),
    )
