"""Deadlines: dates the office sets and their changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: SQLite would make the tables anew and drop their triggers.
    op.add_column("task", sa.Column("due_version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("task", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("task", sa.Column("subject_id", sa.Uuid(), nullable=True))
    op.add_column("programme", sa.Column("planned", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("jobcenter", sa.Column("closed", sa.JSON(none_as_null=True), nullable=True))
    _audited(
        "closed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("jobcenter_id", "day", name=op.f("uq_closed_day_jobcenter_id_day")),
    )
    _audited(
        "deadline_change",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("old_on", sa.Date(), nullable=False),
        sa.Column("new_on", sa.Date(), nullable=False),
        _refers("deadline_change", "programme_id", "programme"),
    )
    op.create_index(op.f("ix_deadline_change_programme_id"), "deadline_change", ["programme_id"])
    _feeds_and_measures()


def _feeds_and_measures() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *_of_a_house("calendar_feed"),
        _refers("calendar_feed", "person_id", "person"),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    _audited(
        "measure",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        _refers("measure", "programme_id", "programme"),
        _refers("measure", "row_id", "register_row"),
        _refers("measure", "person_id", "person"),
        sa.UniqueConstraint("programme_id", "row_id", name=op.f("uq_measure_programme_id_row_id")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_jobcenter_id_{column}")
    return sa.ForeignKeyConstraint(["jobcenter_id", column], [f"{to}.jobcenter_id", f"{to}.id"], name=name)


def _audited(table: str, *items: sa.Column[object] | sa.schema.SchemaItem) -> None:
    """A table of audited rows; its triggers are put in place after every upgrade."""
    op.create_table(
        table,
        *items,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        *_of_a_house(table),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "audit_seq"],
            ["audit_event.jobcenter_id", "audit_event.seq"],
            name=op.f(f"fk_{table}_jobcenter_id_audit_seq"),
        ),
    )


def _of_a_house(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f(f"fk_{table}_jobcenter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("jobcenter_id", "id", name=op.f(f"uq_{table}_jobcenter_id_id")),
    )
