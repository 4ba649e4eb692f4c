"""What the database itself refuses: every change of an audited row that no event of the trail is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, Row, Table, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.audit import triggers
from jcflow.audit.chain import AuditEvent, AuditHead
from jcflow.database import Base
from tests.factories import found_house, small_document

AUDITED = triggers.audited_tables()
REFUSED = r"unaudited change|append-only"


@pytest.fixture
def connection(full: Engine) -> Iterator[Connection]:
    """A plain connection to that database; what gets through is undone."""
    with full.connect() as one:
        yield one


def rows_in(connection: Connection, table: Table) -> list[Row[tuple[object, ...]]]:
    """Everything in a table, in a fixed order."""
    return list(connection.execute(select(table).order_by(*table.primary_key)))


def first_row(connection: Connection, table: Table) -> dict[str, object]:
    """The row whose last event is the oldest, so that other events follow it."""
    row = connection.execute(select(table).order_by(table.c.audit_seq).limit(1)).one_or_none()
    assert row is not None, f"{table.name} has no row to try it on"
    return dict(row._mapping)


Attack = Callable[[Connection, Table, dict[str, object]], object]


def change_one_row(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(update(table).where(table.c.id == row["id"]).values(version=table.c.version + 1))


def change_all_rows(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(update(table).values(version=table.c.version + 1))


def change_nothing(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(update(table).where(table.c.id == row["id"]).values(version=table.c.version))


def delete_one_row(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(table.delete().where(table.c.id == row["id"]))


def delete_all_rows(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(table.delete())


def insert_a_copy(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(insert(table).values({**row, "id": uuid4()}))


def insert_or_replace(connection: Connection, table: Table, row: dict[str, object]) -> object:
    changed = {**row, "version": 99}
    if connection.dialect.name == "sqlite":
        return connection.execute(insert(table).prefix_with("OR REPLACE").values(changed))
    upsert = postgresql.insert(table).values(changed)
    return connection.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"version": 99}))


def insert_or_update(connection: Connection, table: Table, row: dict[str, object]) -> object:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    upsert = dialect.insert(table).values(row)
    return connection.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"version": 99}))


def point_to(connection: Connection, table: Table, row: dict[str, object], seq: int) -> object:
    return connection.execute(update(table).where(table.c.id == row["id"]).values(version=99, audit_seq=seq))


def point_to_an_event_of_another_object(connection: Connection, table: Table, row: dict[str, object]) -> object:
    other = (AuditEvent.jobcenter_id == row["jobcenter_id"]) & (AuditEvent.object_id != row["id"])
    later = select(AuditEvent.seq).where(other, AuditEvent.seq > row["audit_seq"]).order_by(AuditEvent.seq)
    return point_to(connection, table, row, connection.execute(later.limit(1)).scalar_one())


def point_to_an_older_event(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return point_to(connection, table, row, 1)


def point_to_the_same_event(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return point_to(connection, table, row, int(str(row["audit_seq"])))


def point_to_no_event(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return point_to(connection, table, row, 999_999)


def take_another_identity(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(update(table).where(table.c.id == row["id"]).values(id=uuid4()))


def move_to_another_jobcenter(connection: Connection, table: Table, row: dict[str, object]) -> object:
    other = select(AuditHead.jobcenter_id).where(AuditHead.jobcenter_id != row["jobcenter_id"]).limit(1)
    return connection.execute(
        update(table).where(table.c.id == row["id"]).values(jobcenter_id=connection.execute(other).scalar_one())
    )


ATTACKS: list[Attack] = [
    change_one_row,
    change_all_rows,
    change_nothing,
    delete_one_row,
    delete_all_rows,
    insert_a_copy,
    insert_or_replace,
    insert_or_update,
    point_to_an_event_of_another_object,
    point_to_an_older_event,
    point_to_the_same_event,
    point_to_no_event,
    take_another_identity,
    move_to_another_jobcenter,
]


@pytest.mark.parametrize("name", AUDITED)
def test_every_audited_table_has_a_row_to_try_it_on(connection: Connection, name: str) -> None:
    assert connection.execute(select(func.count()).select_from(Base.metadata.tables[name])).scalar_one() > 0


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("name", AUDITED)
def test_a_change_without_its_event_is_refused_and_changes_nothing(
    connection: Connection, name: str, attack: Attack
) -> None:
    table = Base.metadata.tables[name]
    before, row = rows_in(connection, table), first_row(connection, table)

    with pytest.raises(DBAPIError, match=REFUSED), connection.begin_nested():
        attack(connection, table, row)

    assert rows_in(connection, table) == before


@pytest.mark.parametrize("name", [*AUDITED, *triggers.APPEND_ONLY])
def test_a_table_cannot_be_emptied_at_once(connection: Connection, name: str) -> None:
    statement = f"DELETE FROM {name}" if connection.dialect.name == "sqlite" else f"TRUNCATE {name} CASCADE"

    with pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


def change_the_text(connection: Connection, table: Table, row: dict[str, object]) -> object:
    column = next(c for c in table.c if not c.primary_key and str(c.type) in {"TEXT", "VARCHAR", "BLOB", "BYTEA"})
    return connection.execute(update(table).values({column.name: row[column.name]}))


def delete_them(connection: Connection, table: Table, row: dict[str, object]) -> object:
    return connection.execute(table.delete())


def replace_it(connection: Connection, table: Table, row: dict[str, object]) -> object:
    if connection.dialect.name == "sqlite":
        return connection.execute(insert(table).prefix_with("OR REPLACE").values(row))
    column = next(c for c in table.c if not c.primary_key)
    upsert = postgresql.insert(table).values(row)
    keys = [c.name for c in table.primary_key]
    return connection.execute(upsert.on_conflict_do_update(index_elements=keys, set_={column.name: row[column.name]}))


@pytest.mark.parametrize("attack", [change_the_text, delete_them, replace_it], ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("name", triggers.APPEND_ONLY)
def test_what_is_written_once_stays(connection: Connection, name: str, attack: Attack) -> None:
    table = Base.metadata.tables[name]
    before = rows_in(connection, table)

    with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
        attack(connection, table, dict(before[0]._mapping))

    assert rows_in(connection, table) == before


@pytest.mark.parametrize("full", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", AUDITED)
def test_a_connection_without_our_settings_is_refused_too(full: Engine, name: str) -> None:
    foreign = sqlite3.connect(str(full.url.database))
    columns = [c.name for c in Base.metadata.tables[name].columns]
    picked = ", ".join("version + 1" if column == "version" else column for column in columns)

    for statement in (
        f"INSERT OR REPLACE INTO {name} ({', '.join(columns)}) SELECT {picked} FROM {name}",
        f"UPDATE {name} SET version = version + 1",
        f"UPDATE OR REPLACE {name} SET id = (SELECT min(id) FROM {name})",
        f"DELETE FROM {name}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
            foreign.execute(statement)
    foreign.close()


def test_a_version_cannot_be_replaced_under_another_id(full: Engine) -> None:
    columns = [c.name for c in Base.metadata.tables["programme_version"].columns]
    picked = ", ".join({"id": ":id", "content": "'{}'"}.get(column, column) for column in columns)
    copied = f"INTO programme_version ({', '.join(columns)}) SELECT {picked} FROM programme_version"

    if full.dialect.name == "sqlite":
        foreign = sqlite3.connect(str(full.url.database))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            foreign.execute(f"INSERT OR REPLACE {copied} LIMIT 1", {"id": UUID(int=1).hex})
        foreign.close()
    else:
        with full.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(
                text(f"INSERT {copied} LIMIT 1 ON CONFLICT (programme_id, number) DO UPDATE SET content = '{{}}'"),
                {"id": UUID(int=1)},
            )


def test_every_expected_trigger_is_there_after_the_upgrade(connection: Connection) -> None:
    wanted = set(triggers.expected(connection.dialect.name))

    assert triggers.missing(connection) == []
    assert set(triggers.present(connection)) == wanted
    assert len(wanted) >= 2 * len(AUDITED)


def test_a_trigger_that_was_dropped_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        name = "chapter_update" if engine.dialect.name == "sqlite" else "chapter_audited"
        table = "" if engine.dialect.name == "sqlite" else " ON chapter"
        connection.execute(text(f"DROP TRIGGER {name}{table}"))

    with engine.connect() as connection:
        assert triggers.missing(connection) == [name]


def test_a_trigger_that_was_emptied_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            name = "chapter_update"
            connection.execute(text("DROP TRIGGER chapter_update"))
            connection.execute(
                text("CREATE TRIGGER chapter_update BEFORE UPDATE ON chapter WHEN 0 BEGIN SELECT 1; END")
            )
        else:
            name = "jcflow_audited"
            connection.execute(
                text(
                    "CREATE OR REPLACE FUNCTION jcflow_audited() RETURNS trigger LANGUAGE plpgsql "
                    "AS $$ BEGIN RETURN NEW; END $$"
                )
            )

    with engine.connect() as connection:
        assert triggers.missing(connection) == [name]


def test_a_disabled_trigger_is_named(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        statement, name = "DROP TRIGGER vote_delete", "vote_delete"
    else:
        statement, name = "ALTER TABLE vote DISABLE TRIGGER vote_delete", "vote_delete"
    with engine.begin() as connection:
        connection.execute(text(statement))

    with engine.connect() as connection:
        assert triggers.missing(connection) == [name]


def test_the_next_upgrade_puts_the_triggers_in_place_again(engine: Engine) -> None:
    with engine.begin() as connection:
        for name, table in triggers.present(connection).items():
            on = "" if engine.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER {name}{on}"))

    database.upgrade(engine)

    with engine.connect() as connection:
        assert triggers.missing(connection) == []


def test_a_recorded_change_gets_through(full: Engine) -> None:
    with Session(full) as session:
        house = found_house(session, small_document(name="Jobcenter Neu"))

        house.advance("in_force")

        assert house.programme.state == "in_force"
