"""The declarative base, how a connection begins, and whose rows a session sees.

Every row of a Jobcenter is a `Belonging` row, nearly each a `Tenant` row with an id. A session serves one
Jobcenter, named by `serve`; asking it for such rows without having named one is a programming error and raises.
"""

from __future__ import annotations

from jcflow.database.connections import (
    BUSY_MS,
    CONNECTIONS,
    begin_reading,
    engine_for,
    engine_options,
    is_taken,
    journal_mode,
    prepare,
    reading,
    sweep,
    writing,
)
from jcflow.database.schema import Base, Belonging, Tenant, UtcDateTime, in_tenant, referring
from jcflow.database.tenancy import EVERY_JOBCENTER, TenantMissing, add_rows, serve, served
from jcflow.database.upgrades import alembic_config, revisions, upgrade

__all__ = [
    "BUSY_MS",
    "CONNECTIONS",
    "EVERY_JOBCENTER",
    "Base",
    "Belonging",
    "Tenant",
    "TenantMissing",
    "UtcDateTime",
    "add_rows",
    "alembic_config",
    "begin_reading",
    "engine_for",
    "engine_options",
    "in_tenant",
    "is_taken",
    "journal_mode",
    "prepare",
    "reading",
    "referring",
    "revisions",
    "serve",
    "served",
    "sweep",
    "upgrade",
    "writing",
]
