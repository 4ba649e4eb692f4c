"""Who changed last what a comparison tells, and why; for those who read the working draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for

from jcflow.accounts.people import names
from jcflow.audit.reading import Entry, Wanted, wanted_entries
from jcflow.programmes import budgets
from jcflow.programmes.chapters import blocks_of, chapters_of
from jcflow.programmes.programme import Programme
from jcflow.web.compare_sides import Side
from jcflow.web.database import db
from jcflow.web.formats import day
from jcflow.web.programme_pages import is_insider

TEXT = frozenset({"chapter", "block"})
MOST_EVENTS = 500
"""Looked at; a chapter changed before them is told without who it was."""


@dataclass(frozen=True)
class Authors:
    """Sentences by key of chapter, and addresses of histories by reference of table and key of line."""

    chapters: dict[str, str]
    lines: dict[tuple[str, str], str]


NOBODY = Authors({}, {})


def authors(programme: Programme, old: Side, new: Side) -> Authors:
    """Who changed what between two states of this programme; nobody for bodies and across years."""
    if not is_insider() or old.is_another_year or new.is_another_year or old.version is None:
        return NOBODY
    return Authors(_chapters(programme, old.version.frozen_at, _end(new)), dict(_lines(programme)))


def _end(new: Side) -> datetime | None:
    """The first instant that is too late: what a step changed at its own instant is in its version."""
    return new.version.frozen_at + timedelta(microseconds=1) if new.version else None


def _chapters(programme: Programme, since: datetime, until: datetime | None) -> dict[str, str]:
    session, wanted = db.session(), Wanted(programme.id, TEXT, since=since, until=until)
    entries = wanted_entries(session, programme.jobcenter_id, wanted, limit=MOST_EVENTS)
    people = names(session, {entry.actor_id for entry in entries})
    keys = dict(_chapter_keys(programme)) if entries else {}
    found: dict[str, str] = {}
    for entry in entries:
        if entry.object_id in keys:
            found.setdefault(keys[entry.object_id], _sentence(entry, people))
    return found


def _sentence(entry: Entry, people: dict[UUID | None, str]) -> str:
    by = people.get(entry.actor_id, "unbekannt")
    return f"Zuletzt geändert: {by}, {day(entry.at)}." + (f" Begründung: {entry.reason}" if entry.reason else "")


def _chapter_keys(programme: Programme) -> Iterator[tuple[UUID, str]]:
    """Id of every chapter and block there is or was to the key of the chapter."""
    session = db.session()
    keys = {c.id: c.key for gone in (False, True) for c in chapters_of(session, programme, removed=gone)}
    yield from keys.items()
    for gone in (False, True):
        for chapter_id, blocks in blocks_of(session, programme, removed=gone).items():
            yield from ((block.id, keys[chapter_id]) for block in blocks if chapter_id in keys)


def _lines(programme: Programme) -> Iterator[tuple[tuple[str, str], str]]:
    session = db.session()
    tables = {table.id: table.key for table in budgets.tables_of(session, programme)}
    for gone in (False, True):
        for table_id, lines in budgets.lines_of(session, programme, removed=gone).items():
            for line in lines:
                if table_id in tables:
                    history = url_for("history.show", slug=programme.slug, object=line.id)
                    yield (f"budget_tables/{tables[table_id]}", line.key), history
