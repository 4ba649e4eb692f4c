"""Signed checkpoints of the trail, and where the carriers want them sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f("fk_checkpoint_jobcenter_id")),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "programme_id"],
            ["programme.jobcenter_id", "programme.id"],
            name=op.f("fk_checkpoint_jobcenter_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
    )
    op.create_index(op.f("ix_checkpoint_jobcenter_id_seq"), "checkpoint", ["jobcenter_id", "seq"])
    op.add_column("setting", sa.Column("checkpoint_email_agency", sa.String(), nullable=True))
    op.add_column("setting", sa.Column("checkpoint_email_municipality", sa.String(), nullable=True))
