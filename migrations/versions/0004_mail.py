"""Mail: what is to be sent and what became of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _index(table: str, *columns: str, only: str | None = None) -> None:
    condition = sa.text(only) if only else None
    op.create_index(
        op.f(f"ix_{table}_{'_'.join(columns)}"),
        table,
        list(columns),
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _keys() -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint(
                ["jobcenter_id", f"{table}_id"],
                [f"{table}.jobcenter_id", f"{table}.id"],
                name=op.f(f"fk_mail_jobcenter_id_{table}_id"),
            )
            for table in ("person", "programme", "task")
        ),
        sa.ForeignKeyConstraint(["jobcenter_id"], ["jobcenter.id"], name=op.f("fk_mail_jobcenter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("jobcenter_id", "id", name=op.f("uq_mail_jobcenter_id_id")),
        sa.UniqueConstraint("jobcenter_id", "key", name=op.f("uq_mail_jobcenter_id_key")),
    ]


def upgrade() -> None:
    # Not in batch mode: SQLite would make the table anew and drop its triggers.
    op.add_column("setting", sa.Column("office_email", sa.String(), nullable=True))
    op.create_table(
        "worker_tick",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_tick")),
    )
    op.create_table(
        "mail",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("subject", "text", "html")),
        sa.Column("worded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jobcenter_id", sa.Uuid(), nullable=False),
        *_keys(),
    )
    _index_mail()


def _index_mail() -> None:
    _index("mail", "jobcenter_id", "urgent", "next_try_at", "id", only="state = 'waiting'")
    _index("mail", "not_before", only="state IN ('waiting', 'sending')")
    _index("mail", "lease_until", only="state = 'sending'")
    _index("mail", "jobcenter_id", "not_before", "id")
    _index("mail", "jobcenter_id", "state", "not_before", "id", only="state IN ('refused', 'dead', 'letter')")
    _index("mail", "task_id", only="task_id IS NOT NULL")
