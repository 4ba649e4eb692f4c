"""What the commands printed, opened for a forger: rows and events can be changed, and all checksums made anew.

A change without `forge` is that of somebody who edits a file; with it, that of somebody who rules the database and
knows how the trail is built, so that only what the change means can give it away.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

from tests.faults import fsck

REASON = "deed_reason"


class Book:
    """One run, to be damaged."""

    def __init__(self, everything: str, trail: str, routes: str) -> None:
        self.lines = [json.loads(line) for line in everything.splitlines()][:-1]
        self.trail: dict[str, list[dict[str, Any]]] = {}
        self.heads: dict[str, dict[str, Any]] = {}
        self.routes: list[dict[str, Any]] = json.loads(routes)
        self.requests: list[dict[str, Any]] = []
        for line in [json.loads(line) for line in trail.splitlines()][:-1]:
            if line["what"] == "event":
                opened = line | {"body": json.loads(line["body"]), "texts": json.loads(line["texts"])}
                self.trail.setdefault(line["jobcenter_id"], []).append(opened)
            else:
                self.heads[line["jobcenter_id"]] = line

    @property
    def head(self) -> dict[str, Any]:
        """The first line."""
        return self.lines[0]

    def rows(self, table: str, **wanted: object) -> list[dict[str, Any]]:
        """Rows with these values."""
        found = [line["values"] for line in self.lines if line["what"] == "row" and line["table"] == table]
        return [row for row in found if all(row[name] == value for name, value in wanted.items())]

    def row(self, table: str, **wanted: object) -> dict[str, Any]:
        """The first row with these values."""
        return self.rows(table, **wanted)[0]

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Add a row past the trail."""
        self.lines.append({"what": "row", "table": table, "values": row})

    def content(self, programme_id: str) -> dict[str, Any]:
        """The line with a programme's present content."""
        return next(line for line in self.lines if line.get("programme_id") == programme_id)

    def events(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The events about a row."""
        return [event for event in self.trail[row["jobcenter_id"]] if event["body"]["id"] == row["id"]]

    def say(self, row: dict[str, Any], name: str, value: object, event: int = 0) -> None:
        """Let one of a row's events have set another value."""
        told = self.events(row)[event]
        place = told["texts"] if name in told["texts"] else told["body"]["changes"]
        place[name] = [None, value]

    def tell(self, row: dict[str, Any], like: dict[str, Any], **changes: object) -> None:
        """Add an event about a row at the end, by whom and when the trail's last was, in the role of another event."""
        events = self.trail[row["jobcenter_id"]]
        told = copy.deepcopy(like)
        told["body"] |= {"type": self.table(row), "id": row["id"], "at": events[-1]["body"]["at"], "action": "changed"}
        told["body"]["changes"] = {name: [None, value] for name, value in changes.items()}
        told["texts"] = {}
        events.append(told)

    def table(self, row: dict[str, Any]) -> str:
        """The table a row stands in."""
        return str(next(line["table"] for line in self.lines if line.get("values") is row))

    def forget(self, row: dict[str, Any]) -> None:
        """Remove a row with all its events."""
        gone = self.events(row)
        self.trail[row["jobcenter_id"]] = [e for e in self.trail[row["jobcenter_id"]] if e not in gone]
        self.lines = [line for line in self.lines if line.get("values") is not row]

    def forge(self) -> None:
        """Number and chain all events anew, with images, and let every row be what they leave."""
        stored = {line["values"].get("id"): line["values"] for line in self.lines if line["what"] == "row"}
        for jobcenter, events in self.trail.items():
            self._chain(jobcenter, events, stored)

    def _chain(self, jobcenter: str, events: list[dict[str, Any]], stored: dict[str, dict[str, Any]]) -> None:
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        counts, last, previous = Counter[tuple[str, str]](), {}, fsck.GENESIS
        for seq, event in enumerate(events, 1):
            body, texts = event["body"], event["texts"]
            key = (body["type"], body["id"])
            row = rows.setdefault(key, {"id": key[1]})
            for name, pair in (*body["changes"].items(), *((n, p) for n, p in texts.items() if n != REASON)):
                pair[0], row[name] = row.get(name), pair[1]
            counts[key], last[key] = counts[key] + 1, seq
            image = {name: value for name, value in row.items() if value is not None}
            image["version"] = event.pop("version", counts[key])
            salt = event["salt"]
            body |= {"seq": seq, "prev": previous, "image": fsck.commitment(salt, "image", image)}
            body["commitments"] = {name: fsck.commitment(salt, name, value) for name, value in texts.items()}
            previous = fsck.sha256(fsck.canonical(body))
            event |= {column: body[name] for name, column in fsck.COLUMNS.items()} | {"hash": previous}
        self.heads[jobcenter] |= {"seq": len(events), "hash": previous}
        for key, values in rows.items():
            kept = stored[key[1]]
            kept.update(dict.fromkeys(kept) | values | {"version": counts[key], "audit_seq": last[key]})

    def run(self) -> fsck.Run:
        """The run as the checker reads it."""
        trail = [e | {"body": fsck.canonical(e["body"]).decode()} for events in self.trail.values() for e in events]
        closed = [e | {"texts": None if e["texts"] is None else json.dumps(e["texts"])} for e in trail]
        run = fsck.Run()
        for lines in (self.lines, [*closed, *self.heads.values()]):
            fsck.parse("\n".join(map(json.dumps, [*lines, {"what": "end", "lines": len(lines)}])), run)
        fsck.parse(json.dumps(self.routes), run)
        fsck.parse("\n".join(map(json.dumps, self.requests)), run)
        return run
