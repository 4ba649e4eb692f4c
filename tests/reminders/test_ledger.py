"""The ledger made anew: what people have been told stays known."""

from __future__ import annotations

from collections.abc import Callable

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

from jcflow import database
from tests.factories import House
from tests.post import Post

EVERYTHING = text("SELECT * FROM reminder ORDER BY task_id, person_id, stage, due_version")


def test_the_migration_keeps_every_row(fresh_house: Callable[[str], House]) -> None:
    house = fresh_house("gE")
    Post(house.session, house.jobcenter.id).tick(house.tick())
    connection = house.session.connection()
    before = connection.execute(EVERYTHING).all()
    migration = ScriptDirectory.from_config(database.alembic_config(connection)).get_revision("0008")

    # It takes of the older table what it needs, and finds that in the newest one too.
    with Operations.context(MigrationContext.configure(connection)):
        migration.module.upgrade()

    assert before
    assert connection.execute(EVERYTHING).all() == before
