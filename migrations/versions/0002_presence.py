"""Presence: who is writing at which block"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "block_id"],
            ["block.jobcenter_id", "block.id"],
            name=op.f("fk_presence_jobcenter_id_block_id"),
        ),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "person_id"],
            ["person.jobcenter_id", "person.id"],
            name=op.f("fk_presence_jobcenter_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "programme_id"],
            ["programme.jobcenter_id", "programme.id"],
            name=op.f("fk_presence_jobcenter_id_programme_id"),
        ),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f("fk_presence_jobcenter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("block_id", "person_id", name=op.f("uq_presence_block_id_person_id")),
        sa.UniqueConstraint("jobcenter_id", "id", name=op.f("uq_presence_jobcenter_id_id")),
    )
