"""The declarative base, how a connection begins, and whose rows a session sees.

Every row of a Jobcenter is a `Tenant` row. A session serves one Jobcenter, named by
`serve`; asking it for tenant rows without having named one is a programming error and raises.
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
    writing,
)
from jcflow.database.schema import Base, Tenant, UtcDateTime, in_tenant
from jcflow.database.tenancy import EVERY_JOBCENTER, TenantMissing, add_rows, serve, served
from jcflow.database.upgrades import alembic_config, revisions, upgrade

__all__ = [
    "BUSY_MS",
    "CONNECTIONS",
    "EVERY_JOBCENTER",
    "Base",
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
    "revisions",
    "serve",
    "served",
    "upgrade",
    "writing",
]
