"""Reminders, absences and how people want to be written to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LONG_AGO = "2000-01-01"
"""Open tasks of an older installation: the worker looks at them at its first tick."""


def upgrade() -> None:
    _columns()
    _tenant(
        "reminder",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        _unique("reminder", "task_id", "person_id", "stage", "due_version"),
        references=("task", "person", "mail"),
    )
    _index("reminder", "mail_id")
    _index("reminder", "jobcenter_id", "collected_on")
    op.create_table(
        "weekly_round",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("monday", name=op.f("pk_weekly_round")),
    )
    _tenant(
        "mail_wish",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("collected", sa.Boolean(), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        _unique("mail_wish", "person_id"),
        references=("person",),
    )
    _absences()


def _columns() -> None:
    # Not in batch mode: SQLite would make the tables anew and drop their triggers.
    op.add_column("task", sa.Column("due_since", sa.Date(), nullable=False, server_default=LONG_AGO))
    op.add_column("task", sa.Column("next_on", sa.Date(), nullable=True))
    op.execute(sa.text(f"UPDATE task SET next_on = '{LONG_AGO}' WHERE done_at IS NULL"))
    op.add_column("vote", sa.Column("cast_by", sa.Uuid(), nullable=True))
    _index("task", "next_on", "jobcenter_id", only=("done_at IS NULL AND next_on IS NOT NULL",) * 2)


def _absences() -> None:
    standing = ("removed = 0", "NOT removed")
    _audited(
        "absence",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        references=("person",),
    )
    _index("absence", "jobcenter_id", "last_on", only=standing)
    _audited(
        "substitute",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("votes", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        references=("membership", "person"),
    )
    _index("substitute", "membership_id", only=standing, name="uq_substitute_membership", unique=True)
    _index("substitute", "person_id", only=standing)


def _audited(table: str, *items: sa.schema.SchemaItem, references: tuple[str, ...]) -> None:
    _tenant(
        table,
        *items,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "audit_seq"],
            ["audit_event.jobcenter_id", "audit_event.seq"],
            name=op.f(f"fk_{table}_jobcenter_id_audit_seq"),
        ),
        references=references,
    )


def _tenant(table: str, *items: sa.schema.SchemaItem, references: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *items,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["jobcenter_id", f"{other}_id"],
                [f"{other}.jobcenter_id", f"{other}.id"],
                name=op.f(f"fk_{table}_jobcenter_id_{other}_id"),
            )
            for other in references
        ),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f(f"fk_{table}_jobcenter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _unique(table, "jobcenter_id", "id"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(
    table: str, *columns: str, only: tuple[str, str] | None = None, name: str = "", unique: bool = False
) -> None:
    sqlite, postgresql = only or (None, None)
    op.create_index(
        name or op.f(f"ix_{table}_{'_'.join(columns)}"),
        table,
        list(columns),
        unique=unique,
        sqlite_where=sa.text(sqlite) if sqlite else None,
        postgresql_where=sa.text(postgresql) if postgresql else None,
    )
