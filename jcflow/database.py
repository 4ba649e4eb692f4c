"""The declarative base, the column types all tables share, and how a connection begins.

Every row of a Jobcenter is a `Tenant` row. A session serves one Jobcenter, named by
`serve`; asking it for tenant rows without having named one is a programming error and raises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import orjson
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Insert,
    MetaData,
    Table,
    UniqueConstraint,
    bindparam,
    create_engine,
    event,
    insert,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    registry,
    with_loader_criteria,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.schema import ScalarElementColumnDefault, SchemaItem
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeDecorator

from jcflow.config import data_dir

BUSY_MS = 10_000
"""How long a writer waits for another one on SQLite, in milliseconds."""

CONNECT_S = 5
"""How long PostgreSQL may take to answer a new connection, in seconds."""

FIRST_SAFE_WAL = (3, 51, 3)
"""Older SQLite may corrupt a WAL database that two connections write and checkpoint at once."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants, turn the others into UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


class Base(DeclarativeBase):
    """Base of every table, free of Flask; `web` hands it to Flask-SQLAlchemy."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            StrEnum: Enum(StrEnum, native_enum=False, create_constraint=False, length=40, values_callable=_values),
            dict[str, Any]: JSON,
            list[Any]: JSON,
        },
    )


class Tenant(Base):
    """A row that belongs to exactly one Jobcenter. Its id is random, so it tells outsiders nothing.

    Plain column defaults hold from the start, not from the flush on: the trail sees the row as it will be stored.
    """

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    jobcenter_id: Mapped[UUID] = mapped_column(ForeignKey("jobcenter.id"))

    def __init__(self, **values: object) -> None:
        values.setdefault("id", uuid4())
        for attribute in self.__mapper__.column_attrs:
            default = attribute.columns[0].default
            if isinstance(default, ScalarElementColumnDefault):
                values.setdefault(attribute.key, default.arg)
        super().__init__(**values)


def in_tenant(*items: SchemaItem, **references: str) -> tuple[SchemaItem, ...]:
    """Table arguments of a tenant table: foreign keys that include the Jobcenter, and the key others refer to.

    Args:
        references: Column name to the table it refers to, e.g. `programme_id="programme"`.
    """
    keys = [
        ForeignKeyConstraint(["jobcenter_id", column], [f"{table}.jobcenter_id", f"{table}.id"])
        for column, table in references.items()
    ]
    return (*items, *keys, UniqueConstraint("jobcenter_id", "id"))


def serve(session: Session, jobcenter_id: UUID) -> None:
    """Bind the session to one Jobcenter; every tenant query then sees only its rows."""
    session.info["jobcenter_id"] = jobcenter_id


def served(session: Session) -> UUID:
    """The Jobcenter the session serves."""
    return UUID(str(session.info["jobcenter_id"]))


EVERY_JOBCENTER: Mapping[str, bool] = {"every_jobcenter": True}
"""Execution options of the few questions that look across Jobcenters: sign-in, public pages, verification."""


class TenantMissing(RuntimeError):
    """A tenant table was asked for without a Jobcenter, or past the filter: a programming error, never shown."""


def _only_own_rows(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load or state.execution_options.get("every_jobcenter"):
        return
    asked = state.statement
    if asked not in _filtered:
        _filtered[asked] = _restricted(state)
    filtered = _filtered[asked]
    if filtered is None:
        return
    own = state.session.info.get("jobcenter_id")
    if own is None:
        raise TenantMissing(str(asked))
    state.statement = filtered
    given: Any = state.parameters or {}
    state.parameters = {**given, "own_jobcenter_id": own}


_OWN_ROWS = with_loader_criteria(
    Tenant, lambda table: table.jobcenter_id == bindparam("own_jobcenter_id"), include_aliases=True
)
"""The filter: a statement that has it fails without the parameter."""
_filtered: MutableMapping[Any, Any] = WeakKeyDictionary()
"""Statement to the one with the filter, None where it needs none; those made once for all are compiled once."""


def _restricted(state: ORMExecuteState) -> Any:
    if not (any(issubclass(m.class_, Tenant) for m in state.all_mappers) or _names_tenants(state.statement)):
        return None
    if state.is_insert:
        return None
    if not state.is_orm_statement:
        raise TenantMissing(str(state.statement))
    return state.statement.options(_OWN_ROWS)


def _names_tenants(statement: Any) -> bool:
    """Whether a tenant table stands anywhere in a statement: as what is counted, joined to, or in a subquery."""
    tenants = _tenant_tables(len(Base.metadata.tables))
    return any(element in tenants for element in iterate(statement) if isinstance(element, Table))


@cache
def _tenant_tables(_known: int) -> frozenset[Any]:
    """Those of all tables known by now."""
    return frozenset(mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Tenant))


event.listen(Session, "do_orm_execute", _only_own_rows)


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows with one statement, past the session's own bookkeeping; each names the same columns, nulls too."""
    session.connection().execute(_insertion(kind), rows)


@cache
def _insertion(kind: type[Base]) -> Insert:
    return insert(kind.__table__)  # type: ignore[arg-type]


def engine_for(url: str) -> Engine:
    """An engine whose connections keep the transaction law of the design (§ 5.1) on SQLite and PostgreSQL."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def engine_options(url: str) -> dict[str, Any]:
    """How an engine for this database is made."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"json_serializer": _json}
    return {"json_serializer": _json, "pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_S}}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def prepare(engine: Engine) -> None:
    """Install the connection rules on an engine that somebody else has made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def journal_mode() -> str:
    """WAL where this SQLite is free of the WAL-reset fault, else a truncated rollback journal."""
    return "WAL" if sqlite3.sqlite_version_info >= FIRST_SAFE_WAL else "TRUNCATE"


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        f"journal_mode = {journal_mode()}",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "synchronous = FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("reading"))
    if connection.info.get("reading") is not reading:
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        connection.info["reading"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def is_taken(error: BaseException) -> bool:
    """Whether an error says that somebody else has just taken what may exist only once."""
    if not isinstance(error, IntegrityError):
        return False
    unique = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(error.orig, "sqlstate", "") == "23505" or getattr(error.orig, "sqlite_errorcode", 0) in unique


def begin_reading(session: Session) -> None:
    """Start a transaction that cannot write: a GET, a check, an export."""
    session.connection(execution_options={"reading": True})


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for one look at the data; nothing it does is kept."""
    with Session(engine) as session:
        begin_reading(session)
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session for one unit of work outside the web: committed at the end, undone on any error."""
    with Session(engine) as session, session.begin():
        yield session


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
