"""The migrations: one line, both databases, and exactly the tables the models say."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Engine, Integer, inspect, text

import jcflow
from jcflow import database
from jcflow.audit import triggers
from jcflow.database import Base


@pytest.fixture(autouse=True)
def every_model() -> None:
    """Reach every module that may hold a table, whatever the migrations reach themselves."""
    for module in walk_packages(jcflow.__path__, "jcflow."):
        if module.name.split(".")[1] not in {"web", "cli"}:
            import_module(module.name)


def test_the_migrated_database_has_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}

    assert tables == set(Base.metadata.tables)


def test_models_and_schema_are_equal(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
        )

    assert differences == []


def test_alembic_finds_nothing_to_do(engine: Engine) -> None:
    with engine.begin() as connection:
        config = database.alembic_config(connection)
        config.attributes["only_compare"] = True

        command.check(config)


def test_alembic_would_find_a_column_that_no_migration_adds(engine: Engine) -> None:
    extra = Column("extra", Integer)
    Base.metadata.tables["topic"].append_column(extra)
    try:
        with engine.begin() as connection:
            config = database.alembic_config(connection)
            config.attributes["only_compare"] = True
            with pytest.raises(CommandError, match="New upgrade operations detected"):
                command.check(config)
    finally:
        Base.metadata.tables["topic"]._columns.remove(extra)  # type: ignore[attr-defined]


def test_there_is_one_newest_migration(engine: Engine) -> None:
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(database.alembic_config(connection))
        present, newest = database.revisions(connection)

    assert script.get_heads() == [newest]
    assert present == newest


def test_an_upgrade_of_the_newest_changes_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        before = inspect(connection).get_table_names(), triggers.present(connection)

    database.upgrade(engine)

    with engine.connect() as connection:
        assert (inspect(connection).get_table_names(), triggers.present(connection)) == before


def test_the_database_keeps_the_promises_of_its_settings(engine: Engine) -> None:
    wanted = {"foreign_keys": 1, "recursive_triggers": 1, "synchronous": 2, "busy_timeout": 10_000}

    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
            assert found == wanted
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one().upper() == database.journal_mode()
        else:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
