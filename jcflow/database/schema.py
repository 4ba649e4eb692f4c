"""The declarative base, the column types all tables share, and the rows that belong to a Jobcenter."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.sql.schema import ScalarElementColumnDefault, SchemaItem
from sqlalchemy.types import TypeDecorator


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


class Belonging(Base):
    """A row that belongs to exactly one Jobcenter."""

    __abstract__ = True

    jobcenter_id: Mapped[UUID] = mapped_column(ForeignKey("jobcenter.id"))


class Tenant(Belonging):
    """A row of a Jobcenter with an id of its own, which is random, so that it tells outsiders nothing.

    Plain column defaults hold from the start, not from the flush on: the trail sees the row as it will be stored.
    """

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)

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
    return (*referring(*items, **references), UniqueConstraint("jobcenter_id", "id"))


def referring(*items: SchemaItem, **references: str) -> tuple[SchemaItem, ...]:
    """The same for a table nobody refers to."""
    keys = [
        ForeignKeyConstraint(["jobcenter_id", column], [f"{table}.jobcenter_id", f"{table}.id"])
        for column, table in references.items()
    ]
    return (*items, *keys)
