"""Each test gets a database of its own, migrated, on the engine it asked for."""

from __future__ import annotations

from sqlalchemy import inspect, text

from jcflow import database


def test_a_new_database_is_migrated_and_empty(database_url):
    engine = database.engine_for(database_url)

    tables = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        programmes = connection.execute(text("SELECT count(*) FROM programme")).scalar_one()
    engine.dispose()

    assert tables >= {"jobcenter", "programme", "person"}
    assert programmes == 0


def test_two_databases_share_nothing(new_database):
    assert new_database("sqlite") != new_database("sqlite")
