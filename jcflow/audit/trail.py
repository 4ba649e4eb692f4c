"""Writing the trail. Nothing else writes an audited row's values.

An event is canonical JSON (RFC 8785: sorted ASCII keys, no floats), stored as written and
chained by SHA-256 in its Jobcenter. Figures and short facts stand in it in clear; opinions,
votes, names and long texts stand in it as salted commitments, their wording beside it in
an insert-only revision, so that wording can be erased one day without breaking the chain.
"""

from __future__ import annotations

import hashlib
import secrets
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

import orjson
from sqlalchemy import ForeignKeyConstraint, Uuid, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, declared_attr
from sqlalchemy.sql.schema import SchemaItem

from jcflow.audit.canonical import Plain, canonical, commitment, plain
from jcflow.audit.chain import GENESIS, AuditEvent, AuditHead, AuditRevision
from jcflow.database import Base, Tenant, add_rows, in_tenant

REASON = "deed_reason"
"""Name under which a deed's reason stands among an event's texts."""


class Action(StrEnum):
    """What happened to the row."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Deed:
    """Who acts, in which role, when and why: what all changes saved together share."""

    actor_id: UUID | None
    """The person; None for the command line."""
    role: str
    """In which role, e.g. `managing_director`; `command_line` without a person."""
    at: datetime
    reason: str = ""
    on_behalf_of: UUID | None = None
    """Whose opinion, vote or signature the actor enters."""
    group: UUID = field(default_factory=uuid4)
    """Ties the events of one saved set of changes together."""


@dataclass(frozen=True)
class Seal:
    """What a sealed row holds, and what it says its SHA-256 is."""

    key: str
    """What audited rows name it by."""
    content: bytes
    sha256: str


class Sealed:
    """Mixin of append-only rows with a `jobcenter_id` whose checksum stands in the trail."""

    @property
    @abstractmethod
    def seal(self) -> Seal:
        """Content and checksum, for verification."""


class Audited(Tenant):
    """Base of rows that may only change together with an event about them; triggers see to it."""

    __abstract__ = True

    IN_CLEAR: ClassVar[frozenset[str]] = frozenset()
    """Columns whose values stand in the event in clear; all others are committed to."""
    UNTRACED: ClassVar[frozenset[str]] = frozenset({"audit_seq"})
    VOUCHES_FOR: ClassVar[tuple[str, str] | None] = None
    """Columns that name a sealed row and hold its checksum, where the row vouches for one."""

    version: Mapped[int]
    """Rises by one with each change; forms carry it."""
    audit_seq: Mapped[int]
    """Number of the last event about this row."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[SchemaItem, ...]:
        return audited()


def audited(*items: SchemaItem, **references: str) -> tuple[SchemaItem, ...]:
    """Table arguments of an audited table: `in_tenant`, and the key to its last event."""
    event_key = ForeignKeyConstraint(["jobcenter_id", "audit_seq"], ["audit_event.jobcenter_id", "audit_event.seq"])
    return in_tenant(*items, event_key, **references)


def record(session: Session, row: Audited, deed: Deed, **changes: object) -> int:
    """Write one event about `row`, then give the row the new values.

    A row that is not yet in the session is created: every value it has counts as new.
    The caller has checked the rights and holds the programme's lock.

    Args:
        changes: Column name to new value; columns that keep their value are left out of the event.

    Returns:
        The event's number; the same stands in `row.audit_seq`.
    """
    return record_all(session, deed, [(row, changes)])


def record_all(
    session: Session, deed: Deed, rows: Sequence[tuple[Audited, Mapping[str, object]]], *, anew: bool = False
) -> int:
    """Write one event for each row, saved together under one deed; returns the last number.

    Rows of one call belong to one Jobcenter and stand in the list once each.

    Args:
        anew: Say all wording of the rows once more, as if there had been none: what was said of it before is erased.
    """
    if not rows:
        return 0
    with _writing(session) as pen:
        return pen.write(rows, deed, anew=anew)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send the events of all records made within the block at once, and then the rows they are about.

    Until the block ends, questions to the database do not see what was recorded within it. An error leaves
    nothing behind that a rollback would not undo. A block within a block belongs to the outer one.
    """
    with _writing(session):
        yield


@contextmanager
def _writing(session: Session) -> Iterator[_Pen]:
    known: _Pen | None = session.info.get(_PEN)
    if known is not None:
        yield known
        return
    pen = session.info[_PEN] = _Pen(session)
    try:
        with session.no_autoflush:
            yield pen
            pen.send()
    finally:
        del session.info[_PEN]
    session.flush()


_PEN = "audit_pen"
_HEADS = Base.metadata.tables["audit_head"]
_OWN_HEAD = _HEADS.c.jobcenter_id == bindparam("own", type_=Uuid)
_END = select(_HEADS.c.seq, _HEADS.c.hash).where(_OWN_HEAD).with_for_update()
_MOVE_END = update(_HEADS).where(_OWN_HEAD)


class _Pen:
    """Writes events at the end of one Jobcenter's chain; holds them until they are sent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobcenter_id: UUID | None = None
        self._seq = 0
        self._previous = GENESIS
        self._events: list[dict[str, object]] = []
        self._revisions: list[dict[str, object]] = []

    def write(self, rows: Sequence[tuple[Audited, Mapping[str, object]]], deed: Deed, *, anew: bool) -> int:
        """Add one event for each row and give the rows their new values; returns the last number."""
        if self._jobcenter_id is None:
            self._find_end(rows[0][0].jobcenter_id)
        for row, changes in rows:
            self._seq += 1
            event, revision = _event(row, _before(row, anew=anew), changes, deed, self._seq, self._previous)
            self._previous = str(event["hash"])
            self._events.append(event)
            self._revisions.append(revision)
            for name, value in changes.items():
                setattr(row, name, value)
            row.version = (row.version or 0) + 1
            row.audit_seq = self._seq
            self._session.add(row)
        return self._seq

    def _find_end(self, jobcenter_id: UUID) -> None:
        head = self._session.connection().execute(_END, {"own": jobcenter_id}).one()
        self._jobcenter_id, self._seq, self._previous = jobcenter_id, head.seq, head.hash

    def send(self) -> None:
        """Store the events and move the chain's head to the last one."""
        if not self._events:
            return
        add_rows(self._session, AuditEvent, self._events)
        add_rows(self._session, AuditRevision, self._revisions)
        end = {"own": self._jobcenter_id, "seq": self._seq, "hash": self._previous}
        self._session.connection().execute(_MOVE_END, end)


def found_chain(session: Session, jobcenter_id: UUID) -> None:
    """Begin the chain of a new Jobcenter."""
    add_rows(session, AuditHead, [{"jobcenter_id": jobcenter_id, "seq": 0, "hash": GENESIS}])


def _before(row: Audited, *, anew: bool) -> dict[str, Plain]:
    known = {} if row.version is None else image_of(row)
    return {name: value for name, value in known.items() if name in row.IN_CLEAR} if anew else known


def _event(
    row: Audited, before: dict[str, Plain], changes: Mapping[str, object], deed: Deed, seq: int, previous: str
) -> tuple[dict[str, object], dict[str, object]]:
    after = image_of(row) | {name: plain(value) for name, value in changes.items()}
    image: dict[str, Plain] = {name: value for name, value in after.items() if value is not None}
    image["version"] = (row.version or 0) + 1
    changed: dict[str, Plain] = {
        n: [before.get(n), v] for n, v in after.items() if before.get(n) != v and n not in {"id", "version"}
    }
    texts = {name: pair for name, pair in changed.items() if name not in row.IN_CLEAR}
    if deed.reason:
        texts[REASON] = deed.reason
    salt = secrets.token_bytes(16)
    columns = _columns(row, changes, deed, seq)
    body = canonical(
        {
            **_head_of_body(columns),
            "v": 1,
            "changes": {name: pair for name, pair in changed.items() if name in row.IN_CLEAR},
            "commitments": {name: commitment(salt, name, value) for name, value in texts.items()},
            "image": commitment(salt, "image", image),
            "prev": previous,
        }
    )
    columns |= {"body": body.decode(), "hash": hashlib.sha256(body).hexdigest()}
    wording = orjson.dumps(texts, option=orjson.OPT_SORT_KEYS).decode()
    return columns, {"jobcenter_id": row.jobcenter_id, "seq": seq, "salt": salt, "texts": wording}


def _columns(row: Audited, changes: Mapping[str, object], deed: Deed, seq: int) -> dict[str, object]:
    is_programme = row.__tablename__ == "programme"
    action = Action.CREATED if row.version is None else Action.REMOVED if _takes_away(changes) else Action.CHANGED
    return {
        "jobcenter_id": row.jobcenter_id,
        "seq": seq,
        "at": deed.at,
        "actor_id": deed.actor_id,
        "role": deed.role,
        "on_behalf_of": deed.on_behalf_of,
        "object_type": row.__tablename__,
        "object_id": row.id,
        "programme_id": row.id if is_programme else getattr(row, "programme_id", None),
        "group_id": deed.group,
        "action": action.value,
    }


IN_BODY = {
    "jobcenter": "jobcenter_id",
    "seq": "seq",
    "at": "at",
    "actor": "actor_id",
    "role": "role",
    "on_behalf_of": "on_behalf_of",
    "type": "object_type",
    "id": "object_id",
    "programme": "programme_id",
    "group": "group_id",
    "action": "action",
}
"""Name in an event's body to the column that repeats it for looking things up."""


def _head_of_body(columns: Mapping[str, object]) -> dict[str, Plain]:
    return {name: plain(columns[column]) for name, column in IN_BODY.items()}


def _takes_away(changes: Mapping[str, object]) -> bool:
    return bool(changes.get("removed") or changes.get("withdrawn"))


def image_of(row: Audited) -> dict[str, Plain]:
    """The values of a row, but for the number of its event, as an event would hold them.

    What is NULL is left out: a column that a later migration adds leaves the images of older events true.
    """
    values = {c.key: plain(getattr(row, c.key)) for c in row.__mapper__.column_attrs if c.key not in row.UNTRACED}
    return {name: value for name, value in values.items() if value is not None}
