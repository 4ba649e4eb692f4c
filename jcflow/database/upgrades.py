"""Bringing a database to the newest schema."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from jcflow.config import data_dir


def alembic_config(connection: Connection) -> Config:
    """Alembic's view of the migrations folder, bound to a connection."""
    config = Config()
    config.set_main_option("script_location", str(data_dir("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema, triggers included: all of it or nothing."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """The database's revision and the newest one; equal when nothing is to be done."""
    newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), newest
