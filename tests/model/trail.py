"""Replays a Jobcenter's trail event by event, with the standard library alone, and judges each one.

The numbers in messages are those of the invariants in reliability.md §4.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from jcflow.clock import local_day
from tests.model import law

Image = dict[str, Any]

NEEDS_STATE = {
    "block": law.EDITABLE,
    "budget_line": law.EDITABLE,
    "topic": law.EDITABLE,
    "sign_off": {"internal_check", "disposition"},
    "accepted_difference": {"internal_check", "disposition"},
    "opinion": {"consultation"},
    "opinion_point": {"consultation"},
    "answer": {"disposition"},
    "vote": {"resolution"},
    "elector": {"disposition"},
    "record": {"awaiting_record"},
    "body_result": {"committee", "council"},
}
"""In which states of the programme a row of a table may change; in `opened` content is only taken over."""
NEVER_CHANGED = {"elector", "step_taken", "record", "body_result"}
OWN_REASON = "deed_reason"


def canonical(value: object) -> bytes:
    """RFC 8785 for values without floats and with ASCII keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def committed(salt: bytes, name: str, value: object) -> str:
    """What an event says instead of a value that is not to stand in it."""
    return hashlib.sha256(salt + name.encode() + b"\0" + canonical(value)).hexdigest()


@dataclass
class Trail:
    """What the events so far come to."""

    jobcenter_id: str
    form: str
    seq: int = 0
    head: str = "0" * 64
    at: str = ""
    images: dict[str, dict[str, Image]] = field(default_factory=dict)
    """Table to id to the row's values after its last event."""
    last: dict[str, int] = field(default_factory=dict)
    """Id to the number of its last event."""
    first: dict[str, int] = field(default_factory=dict)
    """Id to the number of its first one."""
    made_in: dict[str, str] = field(default_factory=dict)
    """Id to the group of changes in which the row was made."""
    ids: set[str] = field(default_factory=set)
    """Everything that belongs to this Jobcenter."""

    def rows(self, table: str) -> dict[str, Image]:
        """Id to row of one table."""
        return self.images.get(table, {})

    def of(self, table: str, programme_id: object) -> list[tuple[str, Image]]:
        """The rows of a programme."""
        mine = str(programme_id)
        return [(row_id, row) for row_id, row in self.rows(table).items() if row["programme_id"] == mine]

    def feed(self, stored: str, hashed: str, salt: bytes, texts: dict[str, Any]) -> tuple[str, str]:
        """Take the next event; returns table and id of its row.

        Raises:
            AssertionError: It breaks an invariant.
        """
        body = json.loads(stored)
        assert hashlib.sha256(stored.encode()).hexdigest() == hashed, "16: the hash is not that of the bytes"
        assert canonical(body) == stored.encode(), "16: the bytes are not canonical"
        assert body["prev"] == self.head, "16: the chain is broken"
        assert body["seq"] == self.seq + 1, "16: the numbers have a gap"
        assert body["at"] >= self.at, "19: the time goes back"
        said = {name: committed(salt, name, value) for name, value in texts.items()}
        assert said == body["commitments"], "16: the wording is not what was committed to"
        self._check_owner(body)
        self._take(body, salt, texts)
        self.seq, self.head, self.at = body["seq"], hashed, body["at"]
        return body["type"], body["id"]

    def _check_owner(self, body: dict[str, Any]) -> None:
        assert body["jobcenter"] == self.jobcenter_id, "22: the event belongs to another Jobcenter"
        people = {body["actor"], body["on_behalf_of"]} - {None}
        assert people <= self.ids, "22: somebody of another Jobcenter acts"

    def _take(self, body: dict[str, Any], salt: bytes, texts: dict[str, Any]) -> None:
        table, row_id = body["type"], body["id"]
        before = self.rows(table).get(row_id)
        row = {"id": row_id, **(before or {})}
        for name, (old, new) in {**body["changes"], **{n: v for n, v in texts.items() if n != OWN_REASON}}.items():
            assert row.pop(name, None) == old, f"17: {table}.{name} was not {old!r} before"
            if new is not None:
                row[name] = new
        row["version"] = row.get("version", 0) + 1
        assert committed(salt, "image", row) == body["image"], "4/17: the image is not version by version"
        assert (before is None) == (body["action"] == "created"), "17: created is said once of each row"
        self.made_in.setdefault(row_id, body["group"])
        self._check_meaning(table, row, before, body)
        self.images.setdefault(table, {})[row_id] = row
        self.last[row_id] = body["seq"]
        self.first.setdefault(row_id, body["seq"])
        self.ids.add(row_id)
        foreign = {value for name, value in row.items() if _refers(name) and value not in self.ids}
        assert not foreign, f"22: {table} refers out of the house"

    def _check_meaning(self, table: str, row: Image, before: Image | None, body: dict[str, Any]) -> None:
        assert before is None or table not in NEVER_CHANGED, f"11: a row of {table} is changed"
        if table in NEEDS_STATE:
            state = self.rows("programme")[row["programme_id"]]["state"]
            filling = (
                state == "opened" and NEEDS_STATE[table] == law.EDITABLE and self.made_in[row["id"]] == body["group"]
            )
            assert state in NEEDS_STATE[table] or filling, f"3: {table} changes in {state}"
        if table == "step_taken":
            self._check_step(row, body)
        if table == "vote":
            self._check_vote(row, body)

    def _check_step(self, step: Image, body: dict[str, Any]) -> None:
        path = self.of("step_taken", step["programme_id"])
        assert step["ordinal"] == len(path) + 1, "2: the steps have a gap"
        source = max(path, key=lambda known: known[1]["ordinal"])[1]["target"] if path else None
        assert step.get("source") == source, "2: the path has a gap"
        programme = self.rows("programme")[step["programme_id"]]
        assert programme["state"] == step["target"], "2: the state is not that of the last step"
        assert programme["workflow_key"] == law.WORKFLOW[self.form], "1: another procedure"
        if source is None:
            assert step["trigger"] in {"open", "import"}, "2: the path does not begin with its opening"
            return
        to = law.TARGETS[self.form][source, step["trigger"]]
        assert step["target"] == to[step.get("outcome", "")], "3: the step does not lead there"
        assert (source, step["trigger"], body["role"]) in law.STEPS[self.form], "3: not for this role"
        assert body["role"] in self.roles(body["actor"], _day(body["at"])), "3: the role was not held"

    def _check_vote(self, vote: Image, body: dict[str, Any]) -> None:
        seat = self.rows("elector")[vote["elector_id"]]
        assert self.rows("ballot")[seat["ballot_id"]]["state"] == "open", "12: a vote in a closed ballot"
        assert seat["person_id"] == body["actor"], "11: a vote of somebody else"
        assert body["role"] == law.MEMBER, "11: a vote in another role"
        assert law.MEMBER in self.roles(body["actor"], _day(body["at"])), "11: no member on that day"

    def roles(self, person_id: str, day: date) -> set[str]:
        """The roles a person holds on a day by the memberships in the trail."""
        found = set()
        for seat in self.rows("membership").values():
            until = seat.get("valid_until", "9999-12-31")
            if seat["person_id"] == person_id and seat["valid_from"] <= day.isoformat() < until:
                found |= {seat["role"]} | ({law.CHAIR} if seat["chair"] else set())
        return found


def _refers(name: str) -> bool:
    return name.endswith("_id") or name in {"entered_by", "confirmed_by"}


def _day(at: str) -> date:
    return local_day(datetime.fromisoformat(at))
