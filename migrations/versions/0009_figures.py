"""Parts of budget lines, and which figures an accepted difference was about"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: SQLite would make the tables anew and drop their triggers.
    op.add_column("budget_line", sa.Column("part", sa.String(length=40), nullable=True))
    op.add_column("accepted_difference", sa.Column("figures", sa.String(), nullable=True))
