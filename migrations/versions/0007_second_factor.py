"""Links by mail, known devices and a second factor for signing in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: SQLite would make the table anew and drop its triggers.
    op.add_column("setting", sa.Column("factor_for_votes", sa.Boolean(), nullable=True))
    op.add_column("setting", sa.Column("factor_for_admin", sa.Boolean(), nullable=True))
    _of_a_person(
        "account_link",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        _unique("account_link", "person_id", "purpose"),
        _unique("account_link", "token_hash"),
    )
    _of_a_person(
        "known_device",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        _unique("known_device", "person_id", "token_hash"),
    )
    _of_a_person(
        "second_factor",
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        _unique("second_factor", "person_id"),
    )
    _of_a_person(
        "recovery_code",
        sa.Column("fingerprint", sa.String(), nullable=False),
        _unique("recovery_code", "person_id", "fingerprint"),
    )


def _of_a_person(table: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *items,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f(f"fk_{table}_jobcenter_id")),
        sa.ForeignKeyConstraint(
            ["jobcenter_id", "person_id"],
            ["person.jobcenter_id", "person.id"],
            name=op.f(f"fk_{table}_jobcenter_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _unique(table, "jobcenter_id", "id"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
