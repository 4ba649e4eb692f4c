"""The chain opened event by event: every wording against its commitment, every row's image against its changes.

A long chain is read here as it is stored, past the types of its columns: to make and compare objects takes five times
as long as all the checksums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, String, Table, Uuid, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from jcflow.audit.canonical import Plain
from jcflow.audit.chain import GENESIS
from jcflow.audit.trail import IN_BODY, REASON
from jcflow.audit.verify_bundle import Anchors
from jcflow.database import Base
from jcflow.database.schema import UtcDateTime

BATCH = 2_000
UNERASED = "Der Wortlaut steht noch da, obwohl eine Löschung ihn nennt."
MALFORMED = "Der Inhalt ist nicht in der festgelegten Form gespeichert."
NAMES_IN_BODY = {*IN_BODY, "v", "changes", "commitments", "image", "prev"}
MOST_IDS = 100_000
FACTS = ("seq", "at", "role", "type", "action")
IDS = ("jobcenter", "actor", "on_behalf_of", "id", "programme", "group")
_FACTS, _IDS = itemgetter(*FACTS), itemgetter(*IDS)
_SORTED = orjson.OPT_SORT_KEYS
_Wordings = Mapping[int, tuple[bytes, str]]
"""Number of an event to its salt and its wording."""
_EVENTS, _REVISIONS = Base.metadata.tables["audit_event"], Base.metadata.tables["audit_revision"]


@dataclass
class Known:
    """What the chain says about one row."""

    seq: int = 0
    salt: bytes = b""
    image: str = ""
    values: dict[str, Plain] = field(default_factory=dict)


@dataclass
class Opened:
    """A Jobcenter's chain, read to its end or to the first event that does not fit."""

    anchors: Anchors
    seq: int = 0
    previous: str = GENESIS
    problem: str = ""
    """Why the event of this number does not fit, as a German sentence."""
    rows: dict[tuple[str, str], Known] = field(default_factory=dict)
    """Table and id to what the chain says of a row."""
    empty: set[int] = field(default_factory=set)
    """Events without salt and wording."""
    erased: set[int] = field(default_factory=set)
    """Events whose wording a later one says was erased; in the end these are the same."""

    def read(self, session: Session, jobcenter_id: UUID) -> None:
        """Read all of it."""
        ids = _Ids({None: None})
        for events, wordings in _batches(session, jobcenter_id):
            for event in events:
                self.seq += 1
                self.problem = self._problem(event, wordings, ids)
                if self.problem or (self.seq in self.anchors.by_size and not self.anchors.see(self.seq, self.previous)):
                    return
            if len(ids) > MOST_IDS:
                ids = _Ids({None: None})
        newest = select(func.max(_EVENTS.c.seq)).where(_EVENTS.c.jobcenter_id == jobcenter_id)
        if (session.scalar(newest) or 0) > self.seq:
            self.seq += 1
            self.problem = f"Das Ereignis {self.seq} fehlt."
        elif differing := self.empty ^ self.erased:
            self.seq = min(differing)
            self.problem = UNERASED if self.seq in self.erased else "Der Wortlaut fehlt, und keine Löschung nennt ihn."

    def _problem(self, event: Sequence[Any], wordings: _Wordings, ids: _Ids) -> str:
        number, text, checksum, *columns = event
        if number != self.seq:
            return f"Das Ereignis {self.seq} fehlt."
        stored = text.encode()
        digest = sha256(stored).hexdigest()
        if digest != checksum:
            return "Die Prüfsumme passt nicht zum Inhalt."
        try:
            body = orjson.loads(stored)
            if orjson.dumps(body, option=_SORTED) != stored or body.keys() != NAMES_IN_BODY:
                return MALFORMED
            if body["prev"] != self.previous:
                return "Das Ereignis schließt nicht an das vorige an."
            at, role, table, action, *named = columns
            if (number, at, role, table, action) != _FACTS(body) or [ids[raw] for raw in named] != [*_IDS(body)]:
                return "Die Spalten des Ereignisses passen nicht zu seinem Inhalt."
            self.previous = digest
            return self._wording_problem(body, wordings.get(number))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return MALFORMED

    def _wording_problem(self, body: dict[str, Any], found: tuple[bytes, str] | None) -> str:
        if found is None:
            return "Der Wortlaut zum Ereignis fehlt."
        salt, texts = found
        if body["type"] == "erasure":
            self.erased |= {number for number in body["changes"]["emptied"][1] if number < self.seq}
        wording = _wording(texts)
        if not salt and not wording:
            self.empty.add(self.seq)
        elif {name: _commitment(salt, name, value) for name, value in wording.items()} != body["commitments"]:
            return "Der Wortlaut passt nicht zur Prüfsumme im Ereignis."
        return self._image_problem(body, salt, wording)

    def _image_problem(self, body: dict[str, Any], salt: bytes, wording: dict[str, Any]) -> str:
        key = (body["type"], body["id"])
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = Known(values={"id": body["id"], "version": 0})
        values = row.values
        for changed in (body["changes"], wording):
            for name, pair in changed.items():
                if name == REASON:
                    continue
                if values.get(name) != pair[0]:
                    return "Der Stand davor ist nicht der, den das vorige Ereignis hinterlassen hat."
                if pair[1] is None:
                    values.pop(name, None)
                else:
                    values[name] = pair[1]
        values["version"] = int(str(values["version"])) + 1
        row.seq, row.salt, row.image = self.seq, salt, body["image"]
        if salt and _commitment(salt, "image", values) != row.image:
            return "Die Änderungen ergeben nicht den Stand, den das Ereignis nennt."
        return ""


class _Ids(dict[Any, str | None]):
    """An id as the driver gives it to the id as an event writes it."""

    def __missing__(self, raw: object) -> str:
        try:
            found = str(UUID(str(raw)))
        except ValueError:
            found = str(raw)
        self[raw] = found
        return found


def _commitment(salt: bytes, name: str, value: Any) -> str:
    return sha256(salt + name.encode() + b"\0" + orjson.dumps(value, option=_SORTED)).hexdigest()


def _wording(texts: str) -> dict[str, Any]:
    try:
        return dict(orjson.loads(texts))
    except (TypeError, ValueError):
        return {"": texts}


def _batches(session: Session, jobcenter_id: UUID) -> Iterator[tuple[Sequence[Sequence[Any]], _Wordings]]:
    """Events as number, body, checksum and the columns that repeat the body, and their wordings: as the driver gives
    them. Two questions take less time than one that joins.
    """
    dialect, after = session.get_bind().dialect.name, 0
    columns = [_as_text(_EVENTS.c[IN_BODY[name]], dialect) for name in (*FACTS[1:], *IDS)]
    events = select(_EVENTS.c.seq, _EVENTS.c.body, _EVENTS.c.hash, *columns).order_by(_EVENTS.c.seq)
    wordings = select(_REVISIONS.c.seq, _REVISIONS.c.salt, _REVISIONS.c.texts)
    while rows := _fetched(session, events, _EVENTS, jobcenter_id, after):
        of_rows = _fetched(session, wordings, _REVISIONS, jobcenter_id, after)
        yield rows, {seq: (salt, texts) for seq, salt, texts in of_rows}
        after += BATCH


def _fetched(
    session: Session, question: Select[*tuple[Any, ...]], table: Table, jobcenter_id: UUID, after: int
) -> Sequence[Sequence[Any]]:
    # Bounded on both sides: see `links_after`. What is numbered below 1 comes first and does not belong there.
    mine = (table.c.jobcenter_id == jobcenter_id) & (table.c.seq <= after + BATCH)
    found = session.connection().execute(question.where(mine & (table.c.seq > after) if after else mine))
    assert found.cursor is not None
    return list(found.cursor.fetchall())


def _as_text(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """A column as text; an instant as events write it."""
    on_sqlite = dialect == "sqlite"
    if isinstance(column.type, UtcDateTime) and on_sqlite:
        return func.replace(type_coerce(column, String), " ", "T") + "Z"
    if isinstance(column.type, UtcDateTime):
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    if isinstance(column.type, Uuid) and not on_sqlite:
        return cast(column, String)
    return column
