"""Entries of the trail to take away, as a table and as data, with what the pages show of them and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

import orjson
from flask import Response
from sqlalchemy.orm import Session

from jcflow.audit.reading import wanted_entries
from jcflow.web import csv_sheet
from jcflow.web.csv_sheet import Cell
from jcflow.web.formats import moment, number
from jcflow.web.sentences import Told
from jcflow.web.trail_pages import Filter, days_of

CSV_HEAD = ("Eintrag", "Zeitpunkt", "Wer", "Was", "Angabe", "Vorher", "Nachher", "Begründung", "Programm")
MOST = 20_000
"""Entries that are taken along at once."""
CUT_SHORT = f"Es gibt mehr als {number(MOST)} Einträge. Grenzen Sie den Zeitraum ein, um die älteren zu laden."


def as_sheet(name: str, session: Session, jobcenter_id: UUID, asked: Filter, *, inside: bool) -> Response:
    """The entries asked for as CSV, one row for each value that changed; the last row says if there are more."""
    found, more = _found(session, jobcenter_id, asked, inside=inside)
    rows = [row for told in found for row in _rows(told)]
    return csv_sheet.download(name, CSV_HEAD, [*rows, *([(CUT_SHORT,)] if more else [])])


def as_json(name: str, session: Session, jobcenter_id: UUID, asked: Filter, *, inside: bool) -> Response:
    """The entries asked for as `{"filter": …, "complete": …, "entries": […]}`; instants in UTC, ids as in the trail."""
    found, more = _found(session, jobcenter_id, asked, inside=inside)
    chosen = {key: text for key, text in asked.typed.items() if text}
    data = {"filter": chosen, "complete": not more, "entries": [_plain(told) for told in found]}
    answer = Response(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer


def _found(session: Session, jobcenter_id: UUID, asked: Filter, *, inside: bool) -> tuple[list[Told], bool]:
    """At most `MOST` entries, newest first, and whether there are more."""
    entries = wanted_entries(session, jobcenter_id, asked.wanted, limit=MOST + 1)
    days = days_of(session, entries[:MOST], inside=inside)
    return [told for day in days for group in day.groups for told in group.entries], len(entries) > MOST


def _rows(told: Told) -> Iterator[tuple[Cell, ...]]:
    slug = told.programme.slug if told.programme else ""
    for change in told.changes or (None,):
        values = (change.label, change.old, change.new) if change else ("", "", "")
        yield (told.seq, moment(told.at), told.who, told.title, *values, told.reason, slug)


def _plain(told: Told) -> Mapping[str, object]:
    return {
        "number": told.seq,
        "at": told.at,
        "who": told.who,
        "what": told.title,
        "programme": told.programme.slug if told.programme else None,
        "object_type": told.object_type,
        "object_id": told.object_id,
        "group_id": told.group_id,
        "reason": told.reason,
        "changes": [{"label": one.label, "old": one.old, "new": one.new} for one in told.changes],
    }
