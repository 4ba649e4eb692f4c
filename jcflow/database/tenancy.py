"""Every row of a Jobcenter is seen by that Jobcenter alone."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Insert, Table, bindparam, event, insert
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.visitors import iterate

from jcflow.database.schema import Base, Belonging


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
    Belonging, lambda table: table.jobcenter_id == bindparam("own_jobcenter_id"), include_aliases=True
)
"""The filter: a statement that has it fails without the parameter."""
_filtered: MutableMapping[Any, Any] = WeakKeyDictionary()
"""Statement to the one with the filter, None where it needs none; those made once for all are compiled once."""


def _restricted(state: ORMExecuteState) -> Any:
    if not (any(issubclass(m.class_, Belonging) for m in state.all_mappers) or _names_tenants(state.statement)):
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
    return frozenset(mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Belonging))


event.listen(Session, "do_orm_execute", _only_own_rows)


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows with one statement, past the session's own bookkeeping; each names the same columns, nulls too."""
    session.connection().execute(_insertion(kind), rows)


@cache
def _insertion(kind: type[Base]) -> Insert:
    return insert(kind.__table__)  # type: ignore[arg-type]
