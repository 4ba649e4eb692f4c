"""Runs the migrations on a connection that `jcflow.database.upgrade` hands over, then puts the triggers in place."""

from __future__ import annotations

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, DateTime, Enum

import jcflow.accounts.absences
import jcflow.accounts.calendar_feeds
import jcflow.accounts.form_tokens
import jcflow.accounts.mail_wishes
import jcflow.accounts.sign_in
import jcflow.amendments.amendment
import jcflow.audit.erasing
import jcflow.deadlines.moving
import jcflow.mail.outbox
import jcflow.mail.ticking
import jcflow.process.opening
import jcflow.programmes.measures
import jcflow.programmes.presence
import jcflow.reminders.ledger  # noqa: F401
from jcflow.audit import triggers
from jcflow.database import Base, UtcDateTime

ADVISORY_LOCK = 5_220_017
"""Two upgrades at once on PostgreSQL: one runs, the other waits and finds nothing to do."""


def _plain_types(kind: str, item: object, _context: AutogenContext) -> str | bool:
    if kind == "type" and isinstance(item, UtcDateTime | DateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def _run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_plain_types,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    context.run_migrations()
    if not context.config.attributes.get("only_compare"):
        triggers.install(connection)


_run(context.config.attributes["connection"])
