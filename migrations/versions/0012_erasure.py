"""Erasing people and keeping periods"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("emptied", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f("fk_erasure_jobcenter_id")),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "audit_seq"],
            ["audit_event.jobcenter_id", "audit_event.seq"],
            name=op.f("fk_erasure_jobcenter_id_audit_seq"),
        ),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "person_id"],
            ["person.jobcenter_id", "person.id"],
            name=op.f("fk_erasure_jobcenter_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("jobcenter_id", "id", name=op.f("uq_erasure_jobcenter_id_id")),
    )
