"""A reminder is known by what it says: no id of its own, one reference and three indexes fewer to keep"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEPT = "task_id, person_id, stage, due_version, due_on, mail_id, collected_on, planned_at, jobcenter_id"


def upgrade() -> None:
    # Made anew rather than changed: so both databases get the same table, and nothing refers to it or watches it.
    op.execute(sa.text(f"CREATE TABLE reminder_before AS SELECT {KEPT} FROM reminder"))
    op.drop_table("reminder")
    op.create_table(
        "reminder",
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["jobcenter_id", f"{other}_id"],
                [f"{other}.jobcenter_id", f"{other}.id"],
                name=op.f(f"fk_reminder_jobcenter_id_{other}_id"),
            )
            for other in ("task", "person", "mail")
        ),
        sa.PrimaryKeyConstraint("task_id", "person_id", "stage", "due_version", name=op.f("pk_reminder")),
    )
    op.execute(sa.text(f"INSERT INTO reminder ({KEPT}) SELECT {KEPT} FROM reminder_before"))
    op.drop_table("reminder_before")
    op.create_index(op.f("ix_reminder_mail_id"), "reminder", ["mail_id"])
