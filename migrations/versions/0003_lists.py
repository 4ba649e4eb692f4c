"""Lists: indices for the pages of lists and for what belongs to a programme"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_A_PROGRAMME = (
    "answer",
    "ballot",
    "block",
    "body_result",
    "budget_line",
    "opinion",
    "opinion_point",
    "sign_off",
    "topic",
)
OPEN = "done_at IS NULL"


def _index(table: str, *columns: str, only: str | None = None) -> None:
    # Not in batch mode: SQLite would make the table anew and drop its triggers.
    condition = sa.text(only) if only else None
    op.create_index(
        op.f(f"ix_{table}_{'_'.join(columns)}"),
        table,
        list(columns),
        sqlite_where=condition,
        postgresql_where=condition,
    )


def upgrade() -> None:
    op.drop_index(op.f("ix_task_jobcenter_id_role_done_at_due_on"), table_name="task")
    op.drop_index(op.f("ix_task_programme_id_done_at"), table_name="task")
    _index("task", "programme_id", "done_at", "due_on", "id")
    _index("task", "jobcenter_id", "person_id", "due_on", "id", only=OPEN)
    _index("task", "jobcenter_id", "role", "due_on", "id", only=f"{OPEN} AND person_id IS NULL")
    _index("task", "jobcenter_id", "due_on", "programme_id", "role", "label", "id", only=OPEN)
    _index("task", "jobcenter_id", "done_by", "done_at", only="done_by IS NOT NULL")
    _index("audit_event", "jobcenter_id", "actor_id", "seq")
    for table in OF_A_PROGRAMME:
        _index(table, "programme_id")
    op.drop_index(op.f("ix_stored_file_programme_id"), table_name="stored_file")
    _index("stored_file", "programme_id", "uploaded_at", "id")
    _index("person", "jobcenter_id", "name", "id")
    _index("programme", "jobcenter_id", "period_from", "slug")
