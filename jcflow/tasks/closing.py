"""How tasks end: by their act, by their step, or with the state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, Uuid, bindparam, case, or_, update
from sqlalchemy.orm import Session

from jcflow.database import Base, served
from jcflow.programmes.programme import Programme
from jcflow.tasks.task import Task


def complete(session: Session, programme: Programme, *, act: str, at: datetime, by: UUID | None) -> None:
    """Close the task that an act fulfils: the person's own one, or the role's."""
    _close(session, _CLOSE, {"of": programme.id, "at": at, "by": by, "did": act})


def leave_state(session: Session, programme: Programme, *, step: str, at: datetime, by: UUID | None) -> None:
    """Close what is still open when a step ends the state; only the step's own task counts as done by somebody."""
    _close(session, _CLOSE_ALL, {"of": programme.id, "at": at, "by": by, "taken": step})


_TASKS = Base.metadata.tables["task"]
_HERE = (_TASKS.c.jobcenter_id == bindparam("own", type_=Uuid)) & (_TASKS.c.programme_id == bindparam("of", type_=Uuid))
_BY = bindparam("by", type_=Uuid)
_MAY = or_(_TASKS.c.person_id.is_(None), _TASKS.c.person_id == _BY)
_CLOSING = update(_TASKS).where(_HERE, _TASKS.c.done_at.is_(None)).values(done_at=bindparam("at"))
_CLOSE = _CLOSING.where(_MAY, _TASKS.c.act == bindparam("did")).values(done_by=_BY)
_CLOSE_ALL = _CLOSING.values(done_by=case(((_TASKS.c.step == bindparam("taken")) & _MAY, _BY), else_=None))


def _close(session: Session, how: Update, values: Mapping[str, object]) -> None:
    session.connection().execute(how, {**values, "own": served(session)})
    # What the session knows of tasks is read anew when it is needed.
    for row in session.identity_map.values():
        if isinstance(row, Task):
            session.expire(row)
