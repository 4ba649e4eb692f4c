"""An independent checker: judges a database by what the commands print about it, and knows nothing of the program.

    jcflow export --all > run/export.jsonl
    jcflow audit export > run/audit.jsonl
    jcflow routes --json > run/routes.json
    python tests/faults/fsck.py run              # a folder, or the files one by one

It prints a JSON list of what is violated, `[{"invariant": 12, "sentence": "…"}, …]`, by the numbers of the invariants
that reliability.md § 4 counts, and ends with 0 where the list is empty, with 1 where it is not, with 2 where it was
called wrongly or the output is cut short. The export is needed; trail and routes are judged where they are given. The
commands must be run while nobody writes: each is one look at the database, together they are not.

A load generator may add what it was answered, one line per request in a file of its own, in the order of the answers:
`{"what": "request", "token": "…", "status": 303, "location": "…"}`; `status` null: the connection broke. It may add
what was typed, `"texts": ["…"]`, and of a refusal with 409 the words of the page, `"shown": "…"`.

Only the standard library is used. In a test, `judge(parse(lines), …)` of this module does the same without files.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Values = dict[str, Any]

BERLIN = ZoneInfo("Europe/Berlin")
SLACK = timedelta(seconds=5)
"""How far an event's time may lie before that of the event in front of it."""
GENESIS = "0" * 64
COLUMNS = {
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
"""Name in an event's body to the column that repeats it."""
EDITORS = {"managing_director", "editor"}
AREAS = {
    "chapter": "chapters",
    "block": "chapters",
    "budget_table": "budgets",
    "budget_line": "budgets",
    "topic_set": "topics",
    "topic": "topics",
    "register_row": "registers",
}
"""Table to the area of a programme that a state must open for it to change."""
ACTS = {
    "opinion": {"opinion", "enter_opinion", "confirm_opinion"},
    "opinion_point": {"opinion", "enter_opinion"},
    "answer": {"answer"},
    "vote": {"vote", "enter_vote", "confirm_vote"},
    "record": {"enter_record", "confirm_record"},
    "sign_off": {"sign_off", "state_budget", "set_targets"},
    "accepted_difference": {"accept_difference"},
    "ballot": set[str](),
    "elector": set[str](),
    "body_result": set[str](),
    "step_taken": set[str](),
}
"""Table to the acts that write it; what only steps write has none."""
PROGRAMME_ACTS = {
    "basis": {"set_basis"},
    "handed_over": {"hand_to_land"},
    "published_version_id": {"publish", "unpublish"},
}

UNDECIDED = {"proposed", "checked", "decision_pending"}
"""States of an amendment before its decision."""

IN_CLEAR = {
    "accepted_difference": "at computed figures measure person_id place programme_id stated",
    "amendment": "abstain amount applied blocked_by blocked_on checked_at checked_by column competent decided_by "
    "decided_on declared_by declared_on entered_on kind lowers minutes no number programme_id proposed_at proposed_by "
    "proposed_role source_line_id state target_line_id version_id version_sha256 workflow_key workflow_version year "
    "yes",
    "amendment_booking": "amendment_id amount at booked_on direction entered_by kind programme_id reference "
    "source_line_id target_line_id",
    "answer": "at disposition linked person_id point_id programme_id",
    "ballot": "abstain casting_vote chair_id closes_on concluded_at no opened_at programme_id result seats_agency "
    "seats_municipality state version_id version_sha256 yes",
    "block": "chapter_id kind position programme_id removed unreviewed visibility",
    "body_result": "abstain at body excluded met_on no outcome programme_id reference version_id yes",
    "budget_line": "amount approximate key label parent_id part position printed prior_amount programme_id removed "
    "role sign table_id",
    "budget_table": "key position prior_year programme_id removed title year",
    "chapter": "key number parent_id position programme_id removed title",
    "elector": "ballot_id carrier chair person_id programme_id",
    "erasure": "at before count emptied kind person_id",
    "membership": "board_group carrier chair person_id role valid_from valid_until",
    "opinion": "at board_group confirmed_by entered_by given_on person_id programme_id version_id withdrawn",
    "opinion_point": "about number opinion_id programme_id removed",
    "person": "",
    "programme": "entered_on kind period_from period_to previous_id published_version_id register_visibility slug "
    "state submitted_once workflow_key workflow_version",
    "record": "at ballot_id chair_id confirmed_by decided_on entered_by law programme_id result",
    "register_row": "position programme_id register removed",
    "setting": "first_reading_waived seats_agency seats_municipality",
    "sign_off": "at figures_sha256 kind outcome person_id programme_id role version_id",
    "step_taken": "ordinal outcome programme_id source target trigger version_id version_sha256",
    "stored_file": "dated kind media_type programme_id removed sha256 size subject_id subject_type",
    "topic": "key local_title number position programme_id proposed rank removed selected set_id title",
    "topic_set": "choose key of position programme_id removed title",
    "vote": "at confirmed_by elector_id entered_by given_on programme_id",
}
"""Table to what events may say of its rows in clear: no name, no opinion, no vote, no wording."""
PUBLIC_LABELS = {"label", "title", "local_title"}
"""Fields in clear that hold words of the programme; a person's name that occurs there is no leak of the trail."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DAYS = {"dated", "valid_from", "valid_until", "period_from", "period_to"}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
POSTED_ONLY = re.compile(r"/steps/<trigger>$|^/logout|>/move$|/(preview|points|check|unpublish|password|theme|roles)$")


class CutShort(Exception):
    """The printed lines do not end as they should, or are none."""


@dataclass(frozen=True)
class Change:
    """One event, read."""

    seq: int
    at: datetime
    actor: str | None
    role: str
    on_behalf_of: str | None
    table: str
    id: str
    programme: str | None
    group: str
    pairs: dict[str, list[Any]]
    """Field to old and new value, wording included."""
    before: Values
    after: Values
    version: int
    """How many events about the row there are up to this one."""
    imaged: int | None
    """The version with which the row gives the image the event names; None: with none near the right one."""


@dataclass
class House:
    """One Jobcenter's trail."""

    events: list[Values] = field(default_factory=list)
    head: Values | None = None

    @cached_property
    def changes(self) -> list[Change]:
        """The events in their order with the row before and after; what cannot be read is left out."""
        found, rows, counts = [], dict[tuple[str, str], Values](), Counter[tuple[str, str]]()
        for event in self.events:
            try:
                body, texts = json.loads(event["body"]), json.loads(event["texts"] or "{}")
                at, pairs = instant(body["at"]), {**body["changes"], **texts}
                key = (body["type"], body["id"])
            except (KeyError, TypeError, ValueError):
                continue
            pairs.pop("deed_reason", None)
            before = rows.get(key, {})
            after = before | {name: pair[1] for name, pair in pairs.items()}
            rows[key], counts[key] = {n: v for n, v in after.items() if v is not None} | {"id": key[1]}, counts[key] + 1
            who = (body["actor"], body["role"], body["on_behalf_of"])
            where = (*key, body["programme"], body["group"])
            imaged = _imaged(event["salt"] or "", body.get("image"), rows[key], counts[key])
            if body["seq"] in self.erased:
                imaged = counts[key]  # Without the salt nobody can say more.
            found.append(Change(body["seq"], at, *who, *where, pairs, before, rows[key], counts[key], imaged))
        return found

    @cached_property
    def erased(self) -> set[int]:
        """The events that a later one says have lost their wording and salt."""
        found = set[int]()
        for event in self.events:
            if event["object_type"] == "erasure":
                named = json.loads(event["body"])["changes"]["emptied"][1]
                found |= {number for number in named if number < event["seq"]}
        return found

    @cached_property
    def of(self) -> dict[str, list[Change]]:
        """Table to its changes."""
        found = defaultdict(list)
        for change in self.changes:
            found[change.table].append(change)
        return found

    @cached_property
    def steps(self) -> dict[str, Change]:
        """Group to the step that was taken in it."""
        return {change.group: change for change in self.of["step_taken"]}

    @cached_property
    def amended(self) -> dict[str, Change]:
        """Group to the amendment whose decision brought another version in it."""
        return {c.group: c for c in self.of["amendment"] if c.pairs.get("version_id", (None, None))[1]}

    def as_at(self, table: str, seq: int) -> dict[str, Values]:
        """Id to row as it stood before an event."""
        return {change.id: change.after for change in self.of[table] if change.seq < seq}

    @cached_property
    def memberships(self) -> dict[str, list[Change]]:
        """Person to the changes of their memberships."""
        found = defaultdict(list)
        for change in self.of["membership"]:
            found[change.after["person_id"]].append(change)
        return found

    def roles(self, person: str, day: date, seq: int) -> set[str]:
        """The roles a person held on a day, as was known before an event."""
        known = {change.id: change.after for change in self.memberships.get(person, []) if change.seq < seq}
        held = [member for member in known.values() if is_valid(member, day)]
        return {m["role"] for m in held} | {"assembly_chair" for m in held if m.get("chair")}


@dataclass
class Run:
    """What the commands printed."""

    head: Values = field(default_factory=dict)
    procedures: dict[tuple[str, int], Values] = field(default_factory=dict)
    rows: dict[str, list[Values]] = field(default_factory=lambda: defaultdict(list))
    contents: dict[str, str] = field(default_factory=dict)
    houses: dict[str, House] = field(default_factory=lambda: defaultdict(House))
    routes: list[Values] = field(default_factory=list)
    requests: list[Values] = field(default_factory=list)

    @cached_property
    def by_id(self) -> dict[str, Values]:
        """Id to row, of all tables."""
        return {row["id"]: row for rows in self.rows.values() for row in rows if "id" in row}

    @cached_property
    def amendments(self) -> dict[str, Values]:
        """Id to amendment."""
        return {row["id"]: row for row in self.rows.get("amendment", [])}

    def of(self, table: str, **wanted: object) -> list[Values]:
        """Rows of a table that have these values."""
        return [row for row in self.rows.get(table, []) if all(row[name] == value for name, value in wanted.items())]

    def house(self, row: Values) -> House:
        """The trail a row belongs to."""
        return self.houses[row["jobcenter_id"]]

    def procedure(self, programme: Values) -> Values | None:
        """The procedure a programme was opened with."""
        return self.procedures.get((programme["workflow_key"], programme["workflow_version"]))

    @cached_property
    def paths(self) -> dict[str, list[Values]]:
        """Programme to its steps by number."""
        found = defaultdict(list)
        for step in sorted(self.of("step_taken"), key=lambda row: row["ordinal"]):
            found[step["programme_id"]].append(step)
        return found


def instant(text: str) -> datetime:
    """An instant as it is printed."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def local_day(at: datetime) -> date:
    """The day in Berlin."""
    return at.astimezone(BERLIN).date()


def is_valid(member: Values, day: date) -> bool:
    """Whether a membership counts on a day."""
    until = member.get("valid_until")
    return date.fromisoformat(member["valid_from"]) <= day and (until is None or day < date.fromisoformat(until))


def canonical(value: object) -> bytes:
    """Canonical JSON (RFC 8785) of a value without floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    """SHA-256 as it is printed."""
    return hashlib.sha256(content).hexdigest()


def commitment(salt: str, name: str, value: object) -> str:
    """What an event says of a value that it does not show."""
    return sha256(bytes.fromhex(salt) + name.encode() + b"\0" + canonical(value))


def _imaged(salt: str, image: str | None, row: Values, version: int) -> int | None:
    near = sorted(range(version - 3, version + 4), key=lambda number: abs(number - version))
    return next((n for n in near if commitment(salt, "image", row | {"version": n}) == image), None)


# ---- reading


def parse(text: str, run: Run) -> None:
    """Add what one command printed to a run.

    Raises:
        CutShort: It is no JSON, or lines are missing.
    """
    try:
        if text.lstrip().startswith("["):
            run.routes += json.loads(text)
            return
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        _add(lines, run)
    except (KeyError, TypeError, ValueError) as error:
        raise CutShort(f"{type(error).__name__}: {error}") from error


def _add(lines: list[Values], run: Run) -> None:
    for line in lines:
        what = line["what"]
        if what == "head":
            run.head = line
        elif what == "procedure":
            run.procedures[line["key"], line["version"]] = line
        elif what == "row":
            run.rows[line["table"]].append(line["values"])
        elif what == "content":
            run.contents[line["programme_id"]] = line["content"]
        elif what == "event":
            run.houses[line["jobcenter_id"]].events.append(line)
        elif what == "chain":
            run.houses[line["jobcenter_id"]].head = line
    run.requests += [line for line in lines if line["what"] == "request"]
    if any(line["what"] != "request" for line in lines):
        last = lines[-1]
        if last["what"] != "end" or last["lines"] != len(lines) - 1:
            raise CutShort("the last line does not count the lines before it")


# ---- judging

Check = Callable[[Run], Iterator[str]]
CHECKS: list[tuple[int, Check]] = []


def invariant(number: int) -> Callable[[Check], Check]:
    """Mark a function as the check of an invariant; it yields a sentence for each violation."""

    def mark(check: Check) -> Check:
        CHECKS.append((number, check))
        return check

    return mark


def judge(run: Run) -> list[dict[str, Any]]:
    """What a run violates, by number."""
    if not run.head:
        raise CutShort("`jcflow export --all` is missing")
    found = [{"invariant": number, "sentence": sentence} for number, check in CHECKS for sentence in check(run)]
    return sorted(found, key=lambda row: (row["invariant"], row["sentence"]))


@invariant(1)
def a_programme_has_one_known_state(run: Run) -> Iterator[str]:
    """Its state belongs to the procedure it was opened with, which never changes."""
    for programme in run.of("programme"):
        procedure = run.procedure(programme)
        if procedure is None or programme["state"] not in procedure["states"]:
            yield f"programme {programme['id']} stands in „{programme['state']}“, which its procedure does not have"
    for house in run.houses.values():
        for change in house.of["programme"]:
            if change.version > 1 and {"workflow_key", "workflow_version"} & set(change.pairs):
                yield f"event {change.seq} gives programme {change.id} another procedure"


@invariant(2)
def the_steps_are_one_path(run: Run) -> Iterator[str]:
    """Each begins where the one before it ended, and the last ends where the programme stands, in the trail too."""
    for programme in run.of("programme"):
        path = run.paths[programme["id"]]
        if not path or path[-1]["target"] != programme["state"]:
            yield f"programme {programme['id']} stands in „{programme['state']}“, its last step led elsewhere"
        expected = [(1, None), *((step["ordinal"] + 1, step["target"]) for step in path)]
        for step, (ordinal, source) in zip(path, expected, strict=False):
            if (step["ordinal"], step["source"]) != (ordinal, source):
                yield f"step {step['ordinal']} of programme {programme['id']} does not follow the one before it"
    for house in run.houses.values():
        yield from _trail_of_states(house)


def _trail_of_states(house: House) -> Iterator[str]:
    moves = [change for change in house.of["programme"] if "state" in change.pairs]
    taken = {(c.programme, c.group): c.after for c in house.of["step_taken"]}
    for move in moves:
        step = taken.pop((move.id, move.group), None)
        if step is None or [step.get("source"), step["target"]] != move.pairs["state"]:
            yield f"event {move.seq} moves programme {move.id} without the step that says so"
    for (programme, group), step in taken.items():
        if step.get("source") != step["target"]:
            yield f"programme {programme} has a step in group {group} that did not move it"


@invariant(3)
def every_step_was_allowed(run: Run) -> Iterator[str]:
    """The procedure has it from that state, to that state, for that role, with a reason and a version where needed."""
    for programme in run.of("programme"):
        procedure = run.procedure(programme)
        if procedure is None:
            continue
        for step in run.paths[programme["id"]]:
            if problem := _step_problem(procedure, step):
                yield f"step {step['ordinal']} ({step['trigger']}) of programme {programme['id']}: {problem}"


def _step_problem(procedure: Values, step: Values) -> str | None:
    if step["source"] is None:
        first = next(iter(procedure["states"]))
        editable = next(name for name, state in procedure["states"].items() if state["edit"])
        begun = {"open": first, "import": editable}.get(step["trigger"])
        return None if begun == step["target"] else "no programme begins there"
    rule = next(
        (r for r in procedure["steps"] if r["trigger"] == step["trigger"] and step["source"] in r["from"]), None
    )
    if rule is None:
        return "the state has no such step"
    if step["target"] != (rule["to"] or rule["targets"].get(step["outcome"])):
        return "it does not lead there"
    on_paper = {role for a in procedure["acts"] if a["act"] == f"confirm_{step['trigger']}" for role in a["by"]}
    if step["role"] not in {*rule["by"], *on_paper}:
        return f"{step['role']} may not take it"
    if rule["reason"] and not step["reason"].strip():
        return "it has no reason"
    return "it froze no version" if rule["freeze"] and step["version_id"] is None else None


@invariant(3)
def amendments_follow_their_procedure(run: Run) -> Iterator[str]:
    """Each of their steps is one the procedure has from there, by a role it names; who proposes does not check."""
    for house in run.houses.values():
        proposers = dict[str, set[str]]()
        for change in house.of["amendment"]:
            procedure = run.procedure(change.after)
            if procedure is None:
                yield f"event {change.seq} is about an amendment of an unknown procedure"
            elif problem := _amendment_problem(procedure, change):
                yield f"event {change.seq}: {problem}"
            elif "checked_by" in change.pairs and _acting(change) & proposers.get(change.id, set()):
                yield f"event {change.seq}: who proposed the amendment, or let it be proposed, checked it"
            if change.version == 1:
                proposers[change.id] = _acting(change)


def _acting(change: Change) -> set[str]:
    """Who acts, and in whose place."""
    return {person for person in (change.actor, change.on_behalf_of) if person}


def _amendment_problem(procedure: Values, change: Change) -> str | None:
    if change.after.get("checked_by") == change.after.get("proposed_by") is not None:
        return "who proposed the amendment checked it"
    source, target = change.pairs.get("state", (None, None))
    if source is None:
        return None if target in {None, next(iter(procedure["states"]))} else "no amendment begins there"
    ways = [
        rule
        for rule in procedure["steps"]
        if source in rule["from"] and target in {rule["to"], *rule["targets"].values()}
    ]
    if not ways:
        return f"no step leads from „{source}“ to „{target}“"
    return None if any(change.role in rule["by"] for rule in ways) else f"{change.role} may not take it"


@invariant(8)
def amendments_move_what_was_decided(run: Run) -> Iterator[str]:
    """What is booked and released is no more than what was decided, and what is closed is all of it."""
    for one in run.of("amendment"):
        entered = sum(b["amount"] for b in run.of("amendment_booking", amendment_id=one["id"]))
        is_transfer = one["source_line_id"] is not None and one["target_line_id"] is not None
        if entered > one["amount"] or (is_transfer and one["state"] == "closed" and entered != one["amount"]):
            yield f"amendment {one['id']} is over {one['amount']}, entered are {entered}"


@invariant(3)
def every_act_was_allowed(run: Run) -> Iterator[str]:
    """What changed between steps was open to be changed in that state by that role, as the trail knew them then."""
    for house in run.houses.values():
        states, opened = dict[str, Values](), dict[str, str]()
        for change in house.changes:
            if change.table == "programme":
                if change.version == 1:
                    opened[change.id] = change.group
                if change.version > 1 and (problem := _act_problem(run, house, change, states[change.id])):
                    yield f"event {change.seq}: {problem}"
                states[change.id] = change.after
                continue
            known = states.get(change.programme or "")
            if known is None or opened.get(known["id"]) == change.group:
                continue
            if problem := _act_problem(run, house, change, known):
                yield f"event {change.seq}: {problem}"


def _act_problem(run: Run, house: House, change: Change, programme: Values) -> str | None:
    procedure = run.procedure(programme)
    step = house.steps.get(change.group)
    if procedure is None or (step is not None and step.programme == programme["id"]):
        return None
    state = programme["state"]
    if change.table == "budget_line" and change.group in house.amended:
        return None
    if change.table == "accepted_difference" and _is_accepted_ahead(house, change):
        return None
    if area := _area(change):
        if area not in procedure["states"][state]["edit"]:
            return f"{change.table} changed while the programme stood in „{state}“"
        return None if change.role in EDITORS else f"{change.role} changed {change.table}"
    names = _acts(change)
    if names is None:
        return None
    allowed = [act for act in procedure["acts"] if act["act"] in names and state in act["in"]]
    if not allowed:
        return f"{change.table} changed while the programme stood in „{state}“"
    return None if any(change.role in act["by"] for act in allowed) else f"{change.role} changed {change.table}"


def _is_accepted_ahead(house: House, change: Change) -> bool:
    """Whether the budget officer accepts what an amendment that is not decided yet will bring."""
    waiting = house.as_at("amendment", change.seq).values()
    mine = [one for one in waiting if one["programme_id"] == change.programme and one["state"] in UNDECIDED]
    return change.role == "budget_officer" and bool(mine)


def _area(change: Change) -> str | None:
    return "registers" if "register_visibility" in change.pairs else AREAS.get(change.table)


def _acts(change: Change) -> set[str] | None:
    if change.table != "programme":
        return ACTS.get(change.table)
    named = [acts for name, acts in PROGRAMME_ACTS.items() if name in change.pairs]
    if not change.pairs:
        return None  # The same act once more, which left everything as it was.
    return set.union(*named) if named else set()


@invariant(4)
def a_version_counts_the_changes_of_its_row(run: Run) -> Iterator[str]:
    """It is the number of events about the row, and each event's image says the number it had then."""
    for jobcenter, house in run.houses.items():
        known = {(c.table, c.id): c.version for c in house.changes}
        for table, row in _audited(run, jobcenter):
            if (table, row["id"]) in known and row["version"] != known[table, row["id"]]:
                yield f"{table} {row['id']} has version {row['version']} after {known[table, row['id']]} events"
        for change in house.changes:
            if change.imaged not in {change.version, None}:
                yield f"event {change.seq} gives {change.table} {change.id} a version that does not follow"


def _audited(run: Run, jobcenter: str) -> Iterator[tuple[str, Values]]:
    for table in sorted(run.rows):
        for row in run.of(table):
            if "audit_seq" in row and row["jobcenter_id"] == jobcenter:
                yield table, row


@invariant(5)
def what_was_acknowledged_is_there_and_nothing_else(run: Run) -> Iterator[str]:
    """An acknowledged form is on record with its answer; one that was only ever refused is not."""
    taken = {row["token"]: row for row in run.of("form_token")}
    answered = {r["token"] for r in run.requests if r["status"] is None or not 400 <= r["status"] < 500}
    for request in run.requests:
        token, status = request["token"], request["status"]
        if status is None or status >= 500:
            continue
        if status < 400 and token not in taken:
            yield f"form {token} was answered {status} and is not on record"
        elif status >= 400 and token not in answered and token in taken:
            yield f"form {token} was refused with {status} and is on record"


@invariant(6)
def no_saved_text_is_lost(run: Run) -> Iterator[str]:
    """Each event has the wording it commits to; an accepted text stands in one, a refused one was shown again."""
    wordings = dict[str, None]()
    for jobcenter, house in run.houses.items():
        for event in house.events:
            try:
                committed, texts = set(json.loads(event["body"])["commitments"]), json.loads(event["texts"] or "{}")
            except (KeyError, TypeError, ValueError):
                continue
            for name in sorted(committed - set(texts)) if event["seq"] not in house.erased else ():
                yield f"event {event['seq']} of {jobcenter} commits to {name}, whose wording is gone"
            told = [value[1] if isinstance(value, list) else value for value in texts.values()]
            wordings |= dict.fromkeys(value for value in told if isinstance(value, str))
    for request in run.requests:
        status = request["status"]
        for text in request.get("texts", ()) if status is not None and run.houses else ():
            if status < 400 and not any(text in wording for wording in wordings):
                yield f"form {request['token']} was answered {status} and „{text}“ stands in no event"
            elif status == 409 and text not in request.get("shown", ""):
                yield f"form {request['token']} was refused and „{text}“ not shown again"


@invariant(7)
def locked_content_is_its_version(run: Run) -> Iterator[str]:
    """From the freezing step until a state opens it again, the content is the version, byte for byte."""
    for programme in run.of("programme"):
        procedure, path = run.procedure(programme), run.paths[programme["id"]]
        if procedure is None:
            continue
        freezing = {
            (rule["trigger"], source)
            for rule in procedure["steps"]
            if rule["freeze"] or "differences_accepted" in rule["guards"]
            for source in rule["from"]
        }
        last = max((i for i, step in enumerate(path) if (step["trigger"], step["source"]) in freezing), default=None)
        if last is None:
            continue
        if any(procedure["states"].get(step["target"], {"edit": True})["edit"] for step in path[last:]):
            continue
        amended = [c for c in run.house(programme).amended.values() if c.programme == programme["id"]]
        version = run.by_id.get(amended[-1].after["version_id"] if amended else path[last]["version_id"] or "")
        accepting = any(a["act"] == "accept_difference" and programme["state"] in a["in"] for a in procedure["acts"])
        held = [_held(text, accepting) for text in (run.contents.get(programme["id"]), (version or {}).get("content"))]
        if version is None or held[0] != held[1]:
            yield f"programme {programme['id']} is locked and its content is not that of its version"


def _held(content: str | None, accepting: bool) -> str | None:
    """A version's content; while differences are being accepted without what is accepted, for that is frozen later."""
    if content is None or not accepting:
        return content
    return re.sub(r'^\{"accepted":\[.*?\],(?="document":)', "{", content)


@invariant(8)
def no_amount_is_negative(run: Run) -> Iterator[str]:
    """Its sign says where a line counts; amounts are whole cents from nought."""
    for line in run.of("budget_line"):
        for name in ("amount", "prior_amount"):
            if line[name] is not None and (type(line[name]) is not int or line[name] < 0):
                yield f"budget_line {line['id']} has the {name} {line[name]}"


@invariant(8)
def sums_hold_or_their_difference_is_accepted(run: Run) -> Iterator[str]:
    """In each version that a step brought on which demands it: to the cent, by table, column, and line that sums up."""
    for programme in run.of("programme"):
        procedure, house = run.procedure(programme), run.house(programme)
        for step in house.of["step_taken"] if procedure else ():
            version = run.by_id.get(step.after.get("version_id", ""))
            if step.programme != programme["id"] or version is None or not _demands_sums(procedure or {}, step.after):
                continue
            accepted = {
                tuple(row.get(name) for name in ("place", "measure", "stated", "computed"))
                for row in house.as_at("accepted_difference", step.seq).values()
                if row["programme_id"] == programme["id"]
            }
            for place, measure, stated, counted in _differences(version):
                if (place, measure, stated, counted) not in accepted:
                    said = f"{place} states {stated} as {measure}, its parts give {counted}"
                    yield f"step {step.after['ordinal']} of programme {programme['id']} went on although {said}"


def _demands_sums(procedure: Values, step: Values) -> bool:
    """Whether the rule of a step lets it go on only with sums that hold, in what its version holds."""
    source = step.get("source")
    rules = [r for r in procedure["steps"] if r["trigger"] == step["trigger"] and source in r["from"]]
    is_live = {"budgets", "registers"} & set(procedure["states"].get(source, {"edit": []})["edit"])
    return any("differences_accepted" in rule["guards"] and (rule["freeze"] or not is_live) for rule in rules)


def _differences(version: Values) -> Iterator[tuple[str, str, int, int]]:
    """Place, column, stated and computed figure of each sum that does not hold."""
    try:
        document = json.loads(version["content"])["document"]
    except (KeyError, TypeError, ValueError):
        return
    for table in document.get("budget_tables", []):
        for measure in ("amount", "prior_amount"):
            yield from _sums(f"budget_tables/{table['key']}", table["lines"], measure, _cents)
    for measure in ("planned", "prior"):
        yield from _sums("instruments", document.get("instruments", []), measure, _whole)
    for plan in document.get("training_plan", []):
        totals = [_whole(row.get("total")) for row in plan.get("rows", [])]
        known = [total for total in totals if total is not None]
        stated = _whole(plan.get("total"))
        if stated is not None and totals and len(known) == len(totals) and sum(known) != stated:
            yield f"training_plan/{plan['key']}", "total", stated, sum(known)


def _sums(
    place: str, rows: list[Values], measure: str, read: Callable[[object], int | None]
) -> Iterator[tuple[str, str, int, int]]:
    """A total is compared where it and every part of it has a figure; an approximate one may be half a per cent off."""
    for total in rows:
        stated = read(total.get(measure))
        parts = [row for row in rows if row.get("parent") == total["key"] and row.get("role") != "memo"]
        figures = [(-1 if row.get("sign") == "-" else 1, read(row.get(measure))) for row in parts]
        known = [sign * figure for sign, figure in figures if figure is not None]
        if total.get("role") != "total" or stated is None or not parts or len(known) < len(parts):
            continue
        if abs(stated - sum(known)) * 1000 > (5 * stated if total.get("approximate") else 0):
            yield f"{place}/{total['key']}", measure, stated, sum(known)


def _cents(value: object) -> int | None:
    return None if value is None else int(str(value).replace(".", ""))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


@invariant(9)
def one_programme_is_alive_for_a_period(run: Run) -> Iterator[str]:
    """Of a Jobcenter, kind and period at most one is not withdrawn."""
    alive = Counter(
        (p["jobcenter_id"], p["kind"], p["period_from"], p["period_to"])
        for p in run.of("programme")
        if p["state"] != "withdrawn"
    )
    for key, number in alive.items():
        if number > 1:
            yield f"{number} programmes are alive for {key[1]} {key[2]} to {key[3]}"


@invariant(10)
def a_version_is_what_its_checksum_says(run: Run) -> Iterator[str]:
    """Numbered 1, 2, 3 …; whoever names a version names one of the same programme with exactly its checksum."""
    numbers = defaultdict(list)
    for version in run.of("programme_version"):
        numbers[version["programme_id"]].append(version["number"])
        if sha256(version["content"].encode()) != version["sha256"]:
            yield f"version {version['id']} does not have its checksum"
    for programme, counted in numbers.items():
        if sorted(counted) != list(range(1, len(counted) + 1)):
            yield f"the versions of programme {programme} are numbered {sorted(counted)}"
    for table in ("ballot", "step_taken", "opinion", "sign_off", "body_result"):
        for row in run.of(table):
            version = run.by_id.get(row["version_id"] or "")
            stated = row.get("version_sha256", version and version["sha256"])
            right = version is not None and version["programme_id"] == row["programme_id"]
            if (row["version_id"] is not None or table == "ballot") and not (
                right and version and version["sha256"] == stated
            ):
                yield f"{table} {row['id']} names a version that is not there with that checksum"


@invariant(10)
def figures_have_their_checksum(run: Run) -> Iterator[str]:
    """A version's second checksum is that of the budget tables in its content."""
    for version in run.of("programme_version"):
        try:
            tables = json.loads(version["content"])["document"].get("budget_tables", [])
        except (KeyError, TypeError, ValueError):
            yield f"the content of version {version['id']} cannot be read"
            continue
        if sha256(canonical({"budget_tables": tables})) != version["figures_sha256"]:
            yield f"version {version['id']} does not have the checksum of its figures"


@invariant(17)
def a_version_is_by_whom_the_step_was_that_froze_it(run: Run) -> Iterator[str]:
    """No event is about a version itself: the step that first names it says who froze it and when."""
    for jobcenter, house in run.houses.items():
        frozen = dict[str, Change]()
        for step in sorted((*house.of["step_taken"], *house.amended.values()), key=lambda change: change.seq):
            frozen.setdefault(step.after.get("version_id", ""), step)
        for version in run.of("programme_version", jobcenter_id=jobcenter):
            step = frozen.get(version["id"])
            if step is None:
                yield f"no step has frozen version {version['id']}"
            elif (version["person_id"], version["frozen_at"]) != (step.actor, printed(step.at)):
                yield f"version {version['id']} was not frozen by whom or when event {step.seq} says"


@invariant(17)
def a_jobcenter_is_the_one_its_versions_name(run: Run) -> Iterator[str]:
    """No event is about a Jobcenter, and nobody can change it: what was frozen, and its procedures, say what it is."""
    for house in run.of("jobcenter"):
        head = {name: house[name] for name in ("name", "form", "land", "carriers")}
        for version in run.of("programme_version", jobcenter_id=house["id"]):
            try:
                named = json.loads(version["content"])["document"]["jobcenter"]
            except (KeyError, TypeError, ValueError):
                continue
            if {"carriers": [], **named} != head:
                yield f"jobcenter {house['id']} is another than version {version['id']} names"
        for programme in run.of("programme", jobcenter_id=house["id"]):
            procedure = run.procedure(programme)
            if procedure is not None and procedure["form"] != house["form"]:
                yield f"jobcenter {house['id']} is {house['form']}, the procedure of {programme['id']} is not"
        if not re.fullmatch(re.escape(short_name(house["name"])) + r"(-[0-9]+)?", house["key"]):
            yield f"jobcenter {house['id']} has the key {house['key']}, which does not follow from its name"


def short_name(name: str) -> str:
    """What a Jobcenter is called in addresses: small letters and hyphens, without the kind of its area."""
    spelled = name.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelled) if ord(c) < 128)
    words = re.findall(r"[a-z0-9]+", plain)
    while words and words[0] in {"jobcenter", "kreis", "landkreis", "stadt"}:
        del words[0]
    if len(words) > 1 and words[-1] == "kreis":
        del words[-1]
    return "-".join(words).lstrip("0123456789-") or "jobcenter"


@invariant(11)
def every_vote_belongs_to_a_seat(run: Run) -> Iterator[str]:
    """One vote for each seat, given by its person or entered for that person."""
    for elector, number in Counter(vote["elector_id"] for vote in run.of("vote")).items():
        if number > 1:
            yield f"elector {elector} has {number} votes"
    for vote in run.of("vote"):
        seat = run.by_id.get(vote["elector_id"])
        if seat is None or seat["programme_id"] != vote["programme_id"]:
            yield f"vote {vote['id']} belongs to no seat of its programme"
    for house in run.houses.values():
        for change in house.of["vote"]:
            seat = run.by_id.get(change.after["elector_id"], {})
            entered = change.after.get("entered_by")
            voter = change.on_behalf_of if entered else change.actor
            if "choice" in change.pairs and voter != seat.get("person_id"):
                yield f"event {change.seq} votes for a seat that is another person's"


@invariant(11)
def the_electorate_is_that_of_the_opening(run: Run) -> Iterator[str]:
    """Exactly the members of the day, seat by seat, set down together with the ballot and never changed."""
    for ballot in run.of("ballot"):
        house, seats = run.house(ballot), run.of("elector", ballot_id=ballot["id"])
        opening = next((c for c in house.of["ballot"] if c.id == ballot["id"]), None)
        if opening is None:
            continue
        if len({seat["person_id"] for seat in seats}) < len(seats):
            yield f"ballot {ballot['id']} gives somebody two seats"
        day, known = local_day(opening.at), house.as_at("membership", opening.seq)
        members = [m for m in known.values() if m["role"] == "assembly_member" and is_valid(m, day)]
        if _seats(members) != _seats(seats):
            yield f"the electorate of ballot {ballot['id']} is not that of the day it was opened"
        mine = {seat["id"] for seat in seats}
        for change in house.of["elector"]:
            if change.id in mine and (change.group != opening.group or change.version > 1):
                yield f"event {change.seq} changes the electorate of ballot {ballot['id']} after its opening"


def _seats(rows: Iterable[Values]) -> list[tuple[str, str, bool]]:
    return sorted((row["person_id"], row["carrier"], bool(row["chair"])) for row in rows)


@invariant(12)
def votes_fall_while_the_ballot_is_open(run: Run) -> Iterator[str]:
    """After its opening and before its end; it ends once, and is open exactly while the programme is in resolution."""
    for ballot in run.of("ballot"):
        house = run.house(ballot)
        changes = [c for c in house.of["ballot"] if c.id == ballot["id"]]
        ends = [c for c in changes if c.version > 1 and "state" in c.pairs]
        if len(ends) != (ballot["state"] != "open"):
            yield f"ballot {ballot['id']} is {ballot['state']} and was ended {len(ends)} times"
        seats = {seat["id"] for seat in run.of("elector", ballot_id=ballot["id"])}
        for vote in house.of["vote"]:
            if vote.after["elector_id"] not in seats:
                continue
            if not changes[0].seq < vote.seq or (ends and vote.seq > ends[0].seq):
                yield f"event {vote.seq} votes outside the time of ballot {ballot['id']}"
            elif vote.at < changes[0].at - SLACK or (ends and vote.at > ends[0].at + SLACK):
                yield f"event {vote.seq} has a time outside that of ballot {ballot['id']}"
    opened = Counter(ballot["programme_id"] for ballot in run.of("ballot", state="open"))
    for programme in run.of("programme"):
        if opened[programme["id"]] != (programme["state"] == "resolution"):
            yield f"programme {programme['id']} is in „{programme['state']}“, open ballots: {opened[programme['id']]}"


@invariant(12)
def a_result_follows_from_its_votes(run: Run) -> Iterator[str]:
    """Counted anew: majority of yes and no; a tie is open until the chair's vote has decided it."""
    for ballot in run.of("ballot"):
        if ballot["state"] != "concluded":
            if any(ballot[name] is not None for name in ("result", "yes", "no", "abstain", "casting_vote")):
                yield f"ballot {ballot['id']} is {ballot['state']} and has a result"
            continue
        choices = Counter(vote["choice"] for vote in _counting(run, ballot))
        counted = (choices["yes"], choices["no"], choices["abstain"])
        if counted != (ballot["yes"], ballot["no"], ballot["abstain"]):
            yield f"ballot {ballot['id']} states other numbers than its votes: {counted}"
        if ballot["result"] != _result(choices, ballot["casting_vote"]):
            yield f"ballot {ballot['id']} has a result that does not follow from its votes"
        if ballot["casting_vote"] and ballot["casting_vote"] not in _tie_breakers(run, ballot):
            yield f"ballot {ballot['id']} was decided against the vote of its chair"


def _tie_breakers(run: Run, ballot: Values) -> set[str]:
    """What could decide a tie: the vote that who then had the chair has given, or either where there was none."""
    decided = [c for c in run.house(ballot).of["ballot"] if c.id == ballot["id"] and "casting_vote" in c.pairs]
    chair = {decided[-1].on_behalf_of or decided[-1].actor} if decided else set()
    seats = {seat["id"] for seat in run.of("elector", ballot_id=ballot["id"]) if seat["person_id"] in chair}
    said = {vote["choice"] for vote in _counting(run, ballot) if vote["elector_id"] in seats}
    return said - {"abstain"} or {"yes", "no"}


def _counting(run: Run, ballot: Values) -> list[Values]:
    seats = {seat["id"] for seat in run.of("elector", ballot_id=ballot["id"])}
    mine = [vote for vote in run.of("vote") if vote["elector_id"] in seats]
    return [vote for vote in mine if vote["entered_by"] is None or vote["confirmed_by"] is not None]


def _result(choices: Counter[str], casting: str | None) -> str | None:
    if choices["yes"] != choices["no"]:
        return None if casting else "adopted" if choices["yes"] > choices["no"] else "rejected"
    return {None: "tied", "yes": "adopted", "no": "rejected"}.get(casting)


@invariant(13)
def the_rules_are_those_of_the_opening(run: Run) -> Iterator[str]:
    """Seats as the settings said then, the last day as set then; concluded only complete, or late with a quorum."""
    fixed = ("seats_agency", "seats_municipality", "closes_on", "version_id", "version_sha256", "opened_at")
    for ballot in run.of("ballot"):
        house = run.house(ballot)
        changes = [c for c in house.of["ballot"] if c.id == ballot["id"]]
        if not changes:
            continue
        if any(name in change.pairs for change in changes[1:] for name in fixed):
            yield f"the terms of ballot {ballot['id']} changed after its opening"
        setting = next(iter(house.as_at("setting", changes[0].seq).values()), {})
        if any(setting.get(name) != ballot[name] for name in ("seats_agency", "seats_municipality")):
            yield f"ballot {ballot['id']} has other seats than the settings said when it was opened"
        if ballot["seats_agency"] != ballot["seats_municipality"]:
            yield f"ballot {ballot['id']} has unequal seats"
        if ballot["state"] == "concluded" and not _may_be_concluded(run, ballot):
            yield f"ballot {ballot['id']} was concluded before all had voted or the day had passed with a quorum"


def _may_be_concluded(run: Run, ballot: Values) -> bool:
    seats = {seat["id"]: seat["carrier"] for seat in run.of("elector", ballot_id=ballot["id"])}
    voted = {vote["elector_id"] for vote in _counting(run, ballot)}
    if voted == set(seats):
        return True
    late = local_day(instant(ballot["concluded_at"])) > date.fromisoformat(ballot["closes_on"])
    return late and 2 * len(voted) > len(seats) and {seats[seat] for seat in voted} == {"agency", "municipality"}


@invariant(15)
def a_resolution_is_there_with_its_ballot(run: Run) -> Iterator[str]:
    """A record that counts belongs to a concluded ballot and says its result; a step to record has one."""
    for written in run.of("record"):
        ballot = run.by_id.get(written["ballot_id"])
        if ballot is None or ballot["state"] != "concluded" or ballot["programme_id"] != written["programme_id"]:
            yield f"record {written['id']} belongs to no concluded ballot"
        elif written["result"] != ballot["result"] or written["result"] == "tied":
            yield f"record {written['id']} says {written['result']}, its ballot {ballot['result']}"
    for ballot, number in Counter(written["ballot_id"] for written in run.of("record")).items():
        if number > 1:
            yield f"ballot {ballot} has {number} records"
    for programme in run.of("programme"):
        path, mine = run.paths[programme["id"]], {"programme_id": programme["id"]}
        counts = [r for r in run.of("record", **mine) if r["entered_by"] is None or r["confirmed_by"] is not None]
        recorded = [step["outcome"] for step in path if step["trigger"] == "record"]
        if sorted(recorded) != sorted(written["result"] for written in counts):
            yield f"programme {programme['id']} was recorded {recorded} and has {len(counts)} records that count"
        concluded = sum(step["trigger"] == "conclude" for step in path)
        if concluded != len(run.of("ballot", state="concluded", **mine)):
            yield f"programme {programme['id']} has {concluded} conclusions and another number of concluded ballots"
        entered = sorted(step["outcome"] for step in path if step["trigger"] == "enter_result")
        if entered != sorted(result["outcome"] for result in run.of("body_result", **mine)):
            yield f"programme {programme['id']} has other results of council bodies than steps that entered them"


@invariant(16)
def every_chain_verifies_from_its_beginning(run: Run) -> Iterator[str]:
    """Dense numbers, canonical bodies, each hash that of its bytes and named by the next; wording and columns agree."""
    for jobcenter, house in run.houses.items():
        previous = GENESIS
        for number, event in enumerate(house.events, 1):
            if event["seq"] != number:
                yield f"event {number} of {jobcenter} is missing"
                break
            if problem := _event_problem(jobcenter, event, previous, number in house.erased):
                yield f"event {number} of {jobcenter}: {problem}"
            previous = event["hash"]
        if house.head is None or (house.head["seq"], house.head["hash"]) != (len(house.events), previous):
            yield f"the chain of {jobcenter} does not end where its head stands"
    for house_row in run.of("jobcenter"):
        if run.houses and house_row["id"] not in run.houses:
            yield f"jobcenter {house_row['id']} has no chain"


def _event_problem(jobcenter: str, event: Values, previous: str, is_erased: bool) -> str | None:
    stored = event["body"].encode()
    if sha256(stored) != event["hash"]:
        return "its hash is not that of its bytes"
    try:
        body, texts = json.loads(stored), json.loads(event["texts"])
    except (TypeError, ValueError):
        return "body or wording cannot be read"
    if canonical(body) != stored:
        return "its bytes are not canonical"
    if body["prev"] != previous or body["jobcenter"] != jobcenter:
        return "it does not follow the event before it"
    if any(body[name] != event[column] for name, column in COLUMNS.items()):
        return "its columns are not what it says"
    if is_erased:
        return None if not event["salt"] and not texts else "its wording was erased and is still there"
    committed = {name: commitment(event["salt"], name, value) for name, value in texts.items()}
    return None if committed == body["commitments"] else "its wording is not what it commits to"


@invariant(17)
def a_row_is_what_its_last_event_left(run: Run) -> Iterator[str]:
    """Value by value, and it points to that event; each event's row is there, each audited row has its event."""
    for jobcenter, house in run.houses.items():
        last = {(change.table, change.id): change for change in house.changes}
        for table, row in _audited(run, jobcenter):
            change = last.pop((table, row["id"]), None)
            values = {n: v for n, v in row.items() if v is not None and n not in {"audit_seq", "version"}}
            if change is None:
                yield f"{table} {row['id']} has no event"
            elif values != change.after or row["audit_seq"] != change.seq:
                yield f"{table} {row['id']} is not what event {change.seq} left"
        for table, row_id in last:
            yield f"{table} {row_id} has events and no row"
        for change in house.changes:
            if any(change.before.get(name) != pair[0] for name, pair in change.pairs.items()):
                yield f"event {change.seq} starts from other values than were there"
            elif change.imaged is None:
                yield f"event {change.seq} names an image its changes do not give"


# ---- tasks: no event is about them, but every one follows from events


@invariant(17)
def tasks_are_what_the_events_ask_for(run: Run) -> Iterator[str]:
    """Each task there is was opened by a step or an act, as the procedure says, and is closed by what fulfilled it."""
    for row in run.of("jobcenter"):
        if row["id"] not in run.houses:
            continue
        desk = Desk(run, run.houses[row["id"]], row["land"])
        wanted = Counter(astuple(task) for task in desk.work())
        of_programmes = [t for t in run.of("task", jobcenter_id=row["id"]) if t["subject_id"] not in run.amendments]
        stored = [tuple(task[name] for name in TASK) for task in of_programmes]
        for state, count, sentence in (
            *((task, n, "is on record and follows from no event") for task, n in (Counter(stored) - wanted).items()),
            *(
                (task, n, "follows from the events and is not on record")
                for task, n in (wanted - Counter(stored)).items()
            ),
        ):
            said = dict(zip(TASK, state, strict=True))
            named = ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
            yield f"{count} × a task {sentence}: {named}"


@dataclass
class Task:
    """A task as it must stand in the database; the fields are those of its row."""

    programme_id: str
    state: str
    role: str
    person_id: str | None
    act: str | None
    step: str | None
    label: str
    due_on: str
    opened_at: str
    done_at: str | None = None
    done_by: str | None = None


TASK = tuple(f.name for f in fields(Task))


class Desk:
    """Goes through a house's trail, deed by deed, and opens and closes tasks as the procedures have it."""

    def __init__(self, run: Run, house: House, land: str) -> None:
        self._run, self._house, self._land = run, house, land
        self._tasks: dict[str, list[Task]] = defaultdict(list)
        self._programmes: dict[str, Values] = {}
        self._entered: dict[str, str] = {}
        self._members: dict[str, Values] = {}
        self._budgets: dict[str, dict[str, Change]] = defaultdict(dict)
        self._stated: dict[str, object] = {}

    def work(self) -> list[Task]:
        """All tasks there have been."""
        for _group, deed in groupby(self._house.changes, key=lambda change: change.group):
            self._deed(list(deed))
        return [task for tasks in self._tasks.values() for task in tasks]

    def _deed(self, changes: list[Change]) -> None:
        moved = {change.programme: change for change in changes if change.table == "step_taken"}
        for change in changes:
            self._note(change)
        for change in changes:
            if change.table == "membership" and change.version == 1:
                self._admit(change)
            elif change.programme in self._programmes and change.programme not in moved:
                self._act(change)
        for programme, step in moved.items():
            self._step(str(programme), step)
        figures = {c.programme for c in changes if c.table in {"budget_table", "budget_line"}} - set(moved)
        for programme in sorted(filter(None, figures)):
            self._figures(programme, changes[-1])

    def _note(self, change: Change) -> None:
        if change.table == "programme":
            self._programmes[change.id] = change.after
        elif change.table == "membership":
            self._members[change.id] = change.after
        elif change.table in {"budget_table", "budget_line"} and change.programme:
            self._budgets[change.programme][change.id] = change

    # what a deed does

    def _step(self, programme: str, step: Change) -> None:
        at, trigger = step.after["at"], step.after["trigger"]
        for task in self._open(programme):
            task.done_at = at
            mine = task.step == trigger and task.person_id in {None, step.actor}
            task.done_by = step.actor if mine else None
        self._entered[programme] = at
        for rule in self._rules(programme):
            if not rule["after"]:
                self._ask(programme, rule, at)

    def _act(self, change: Change) -> None:
        programme, at, act = str(change.programme), printed(change.at), _fulfilled(change)
        if act is not None:
            self._complete(programme, act[0], at, act[1])
            self._follow(programme, at)
        if change.table == "opinion" and _takes_back(change):
            own = [t for t in self._here(programme) if (t.act, t.person_id) == ("opinion", change.after["person_id"])]
            for task in sorted(own, key=lambda task: task.opened_at)[-1:]:
                task.done_at = task.done_by = None
        if change.table == "sign_off" and change.after["kind"] == "budget":
            self._stated[programme] = self._figures_of(programme)

    def _figures(self, programme: str, change: Change) -> None:
        procedure, state = self._procedure(programme), self._programmes[programme]["state"]
        if procedure is None or not any(a["act"] == "state_budget" and state in a["in"] for a in procedure["acts"]):
            return
        at = printed(change.at)
        if self._stated.get(programme) == self._figures_of(programme):
            self._complete(programme, "state_budget", at, None)
        elif not any(task.act == "state_budget" for task in self._open(programme)):
            for rule in [rule for rule in procedure["tasks"] if rule["act"] == "state_budget"][:1]:
                due = last_day(local_day(change.at), **rule["due"], land=self._land)
                self._add(programme, rule, None, at, due)

    def _admit(self, change: Change) -> None:
        member, at = change.after, printed(change.at)
        for programme in self._programmes:
            for rule in self._rules(programme):
                if not rule["each"] or rule["for"] != member["role"] or rule["act"] == "vote":
                    continue
                since = self._entered[programme]
                asked = [t for t in self._tasks[programme] if t.act == rule["act"] and t.opened_at >= since]
                if not any(task.person_id == member["person_id"] for task in asked):
                    self._add(programme, rule, member["person_id"], at, self._due(programme, rule))

    # single tasks

    def _complete(self, programme: str, act: str, at: str, by: str | None) -> None:
        for task in self._open(programme):
            if task.act == act and task.person_id in {None, by}:
                task.done_at, task.done_by = at, by

    def _follow(self, programme: str, at: str) -> None:
        since = self._entered.get(programme, "")
        here = [task for task in self._here(programme) if task.opened_at >= since]
        done = {t.act for t in here if t.done_by is not None} - {t.act for t in here if t.done_at is None}
        for rule in self._rules(programme):
            what = (rule["act"], rule["step"], rule["for"])
            present = any((t.act, t.step, t.role) == what and t.done_at is None for t in here)
            if rule["after"] and not present and set(rule["after"]) <= done:
                self._ask(programme, rule, at)

    def _ask(self, programme: str, rule: Values, at: str) -> None:
        due = self._due(programme, rule)
        for person in self._asked(rule, local_day(instant(at))) if rule["each"] else [None]:
            self._add(programme, rule, person, at, due)

    def _asked(self, rule: Values, day: date) -> list[str | None]:
        held = [m for m in self._members.values() if m["role"] == rule["for"]]
        return sorted({m["person_id"] for m in held if _lasts(m, day) and (rule["act"] != "vote" or is_valid(m, day))})

    def _add(self, programme: str, rule: Values, person: str | None, at: str, due: date) -> None:
        state = self._programmes[programme]["state"]
        label = self._label(programme, rule, state)
        asked = (state, rule["for"], person, rule["act"], rule["step"], label)
        self._tasks[programme].append(Task(programme, *asked, due.isoformat(), at))

    def _label(self, programme: str, rule: Values, state: str) -> str:
        procedure = self._procedure(programme) or {"acts": [], "steps": []}
        acts = [a["label"] for a in procedure["acts"] if a["act"] == rule["act"] and state in a["in"]]
        steps = [s["label"] for s in procedure["steps"] if s["trigger"] == rule["step"] and state in s["from"]]
        return str(next(iter(acts + steps), None))

    def _due(self, programme: str, rule: Values) -> date:
        row = self._programmes[programme]
        entered, length = date.fromisoformat(row["entered_on"]), rule["due"].get("otherwise", rule["due"])
        due = _day_of_period(rule["due"], row["period_from"], entered)
        due = last_day(due, 0, False, self._land) if due else last_day(entered, **length, land=self._land)
        asked = [other for other in self._rules(programme) if other["each"] and rule["step"]]
        return max([due, *(last_day(self._due(programme, other), 1, False, self._land) for other in asked)])

    def _open(self, programme: str) -> list[Task]:
        return [task for task in self._tasks[programme] if task.done_at is None]

    def _here(self, programme: str) -> list[Task]:
        state = self._programmes[programme]["state"]
        return [task for task in self._tasks[programme] if task.state == state]

    def _procedure(self, programme: str) -> Values | None:
        return self._run.procedure(self._programmes[programme])

    def _rules(self, programme: str) -> list[Values]:
        procedure, state = self._procedure(programme), self._programmes[programme]["state"]
        return [rule for rule in procedure["tasks"] if rule["in"] == state] if procedure else []

    def _figures_of(self, programme: str) -> object:
        """The budget tables as they stand, in a form that differs where the figures do."""
        rows = {c.id: (c.table, c.after) for c in self._budgets[programme].values() if not c.after.get("removed")}
        order = sorted(rows.values(), key=lambda row: (row[1]["position"], row[1]["id"]))
        tables = [row for table, row in order if table == "budget_table"]
        lines = [row for table, row in order if table == "budget_line"]
        shown = {line["id"]: line["key"] for line in lines}
        said = ("key", "label", "role", "part", "sign", "amount", "prior_amount", "printed", "note")
        return [
            (
                [table.get(name) for name in ("key", "title", "year", "prior_year")],
                [
                    [*map(line.get, said), bool(line.get("approximate")), shown.get(line.get("parent_id", ""))]
                    for line in lines
                    if line["table_id"] == table["id"]
                ],
            )
            for table in tables
        ]


def _day_of_period(due: Values, begins_on: str, entered: date) -> date | None:
    """The day a procedure names, unless it is over when the state is entered."""
    if "month" not in due:
        return None
    day = date(date.fromisoformat(begins_on).year + due["years"], due["month"], due["day"])
    return day if day >= entered else None


SIGNS = {"equal_opportunity": "sign_off", "budget": "state_budget", "carrier_targets": "set_targets"}
"""Kind of a statement to the act that makes it."""


def _fulfilled(change: Change) -> tuple[str, str | None] | None:
    """The act that an event tells of, and whose task it fulfils; what is entered from paper fulfils none yet."""
    if change.table in {"opinion", "vote"} and change.pairs.get("confirmed_by", [None, None])[1] is not None:
        return change.table, change.on_behalf_of
    if change.on_behalf_of is not None:
        return None
    if change.table == "programme":
        named = {"basis": "set_basis", "handed_over": "hand_to_land"}
        acts = [act for name, act in named.items() if name in change.pairs]
        if "published_version_id" in change.pairs:
            acts.append("unpublish" if change.pairs["published_version_id"][1] is None else "publish")
        return (acts[0], change.actor) if acts else None
    act = SIGNS.get(change.after.get("kind", "")) if change.table == "sign_off" else change.table
    return (act, change.actor) if act in {*SIGNS.values(), "opinion", "vote", "answer"} else None


def _takes_back(change: Change) -> bool:
    """Whether an opinion that counted does not count any more, by its withdrawal or by another entry from paper."""
    before, after = change.before, change.after
    counted = (
        change.version > 1
        and not before.get("withdrawn")
        and (before.get("entered_by") is None or before.get("confirmed_by") is not None)
    )
    reentered = change.on_behalf_of is not None and after.get("confirmed_by") is None
    return bool(counted and (after.get("withdrawn") or reentered))


def _lasts(member: Values, day: date) -> bool:
    """Whether a membership counts on a day or later."""
    until = member.get("valid_until")
    return until is None or day < date.fromisoformat(until)


def printed(at: datetime) -> str:
    """An instant as the commands print it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# ---- working days, worked out anew: the program has them from a library


def last_day(start: date, amount: int, working: bool, land: str) -> date:
    """The last day of a period of days or working days after a day; one on which nobody works gives way to the next."""
    day, left = start, amount
    while left:
        day += timedelta(days=1)
        left -= 1 if not working or works(day, land) else 0
    while not works(day, land):
        day += timedelta(days=1)
    return day


def works(day: date, land: str) -> bool:
    """Whether public offices of a Land are open."""
    return day.weekday() < 5 and day not in holidays(day.year, land)


@cache
def holidays(year: int, land: str) -> frozenset[date]:
    """The public holidays of a Land that can fall on a weekday, and 24 and 31 December; right from 2018 on."""
    easter = easter_sunday(year)
    moving = [-2, 1, 39, 50] + [60] * (land in {"BW", "BY", "HE", "NW", "RP", "SL"})
    fixed = {(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)}
    fixed |= {(1, 6)} if land in {"BW", "BY", "ST"} else set()
    fixed |= {(3, 8)} if (land == "BE" and year >= 2019) or (land == "MV" and year >= 2023) else set()
    fixed |= {(5, 8)} if land == "BE" and year in {2020, 2025} else set()
    fixed |= {(8, 15)} if land == "SL" else set()
    fixed |= {(9, 20)} if land == "TH" and year >= 2019 else set()
    fixed |= {(10, 31)} if land in {"BB", "HB", "HH", "MV", "NI", "SH", "SN", "ST", "TH"} else set()
    fixed |= {(11, 1)} if land in {"BW", "BY", "NW", "RP", "SL"} else set()
    found = {easter + timedelta(days=days) for days in moving} | {date(year, *day) for day in fixed}
    repentance = date(year, 11, 22) - timedelta(days=(date(year, 11, 22).weekday() - 2) % 7)
    return frozenset(found | ({repentance} if land == "SN" else set()))


def easter_sunday(year: int) -> date:
    """By the rule of 1876 for the Gregorian calendar (Meeus, Jones, Butcher)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap = century // 4, century % 4
    moon = (19 * golden + century - leap[0] - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * leap[1] + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


@invariant(19)
def events_come_in_time_from_people_in_office(run: Run) -> Iterator[str]:
    """Time does not go back by more than five seconds; the actor was known and held the role on that day."""
    for house in run.houses.values():
        latest: Change | None = None
        for change in house.changes:
            if latest is not None and change.at < latest.at - SLACK:
                yield f"event {change.seq} lies {latest.at - change.at} before event {latest.seq}"
            latest = change if latest is None or change.at > latest.at else latest
            if change.actor is None:
                if change.role != "command_line":
                    yield f"event {change.seq} has a role and no actor"
            elif change.role not in house.roles(change.actor, local_day(change.at), change.seq):
                yield f"event {change.seq}: {change.actor} was not {change.role} then"


@invariant(20)
def no_event_tells_what_is_personal(run: Run) -> Iterator[str]:
    """In clear stand only the fields of a fixed list, and nobody's name or address in any of them."""
    canaries = {value for person in run.of("person") for value in (person["name"], person["email"]) if value}
    for house in run.houses.values():
        for event in house.events:
            try:
                body = json.loads(event["body"])
                open_fields = set(body["changes"]) - set(IN_CLEAR.get(body["type"], "").split())
            except (KeyError, TypeError, ValueError):
                continue
            if open_fields:
                yield f"event {event['seq']} shows {', '.join(sorted(open_fields))} of {body['type']}"
            shown = canonical({n: pair for n, pair in body["changes"].items() if n not in PUBLIC_LABELS}).decode()
            if any(canary in shown for canary in canaries):
                yield f"event {event['seq']} shows a person's name or address"


@invariant(22)
def references_stay_in_the_house(run: Run) -> Iterator[str]:
    """Every row has a Jobcenter that exists, and names only rows that exist in the same one."""
    houses = {row["id"] for row in run.of("jobcenter")}
    home = {
        row["id"]: row["jobcenter_id"]
        for t, rows in run.rows.items()
        if t != "jobcenter"
        for row in rows
        if "id" in row
    }
    for table in sorted(set(run.rows) - {"jobcenter"}):
        for row in run.of(table):
            if row["jobcenter_id"] not in houses:
                yield f"{table} {row.get('id')} belongs to no Jobcenter"
            yield from _strayed(home, table, row)
    for jobcenter, house in run.houses.items():
        for change in house.changes:
            named = (change.id, change.actor, change.on_behalf_of, change.programme)
            if any(value is not None and home.get(value, jobcenter) != jobcenter for value in named):
                yield f"event {change.seq} of {jobcenter} names another Jobcenter's row"


def _strayed(home: dict[str, str], table: str, row: Values) -> Iterator[str]:
    for name, value in row.items():
        if not isinstance(value, str) or not IDS.fullmatch(value) or name in {"id", "jobcenter_id"}:
            continue
        if home.get(value, row["jobcenter_id"]) != row["jobcenter_id"]:
            yield f"{table} {row.get('id')}: {name} is another Jobcenter's"
        elif value not in home and name.endswith("_id") and name != "subject_id":
            yield f"{table} {row.get('id')}: {name} names nothing"


@invariant(25)
def only_posts_have_an_effect(run: Run) -> Iterator[str]:
    """A rule is read or written, never both by one view; what acts at once is posted; every rule says who may."""
    for rule in run.routes:
        methods = set(rule["methods"])
        if len(methods) != 1 or not methods <= {"GET", "POST"}:
            yield f"{rule['rule']} takes {'/'.join(sorted(methods))}"
        elif methods == {"GET"} and POSTED_ONLY.search(rule["rule"]):
            yield f"{rule['rule']} acts and takes GET"
        if not rule["who"]:
            yield f"{rule['rule']} does not say who may"


@invariant(34)
def every_file_is_there_with_its_checksum(run: Run) -> Iterator[str]:
    """Each stored file has its bytes, and they have the checksum and size it names."""
    contents = {
        (row["jobcenter_id"], row["sha256"]): base64.b64decode(row["content"]) for row in run.of("file_content")
    }
    for key, content in contents.items():
        if sha256(content) != key[1]:
            yield f"the content {key[1]} does not have that checksum"
    for stored in run.of("stored_file"):
        content = contents.get((stored["jobcenter_id"], stored["sha256"]))
        if content is None or len(content) != stored["size"]:
            yield f"stored_file {stored['id']} has no content of its checksum and size"


@invariant(35)
def a_form_is_taken_once(run: Run) -> Iterator[str]:
    """One token, one person, one stored answer, and every repetition was answered the same."""
    for token, number in Counter(row["token"] for row in run.of("form_token")).items():
        if number > 1:
            yield f"form {token} was taken {number} times"
    answers = defaultdict(set)
    for request in run.requests:
        if request["status"] is not None and request["status"] < 400:
            answers[request["token"]].add(request.get("location"))
    for row in run.of("form_token"):
        if not row["location"]:
            yield f"form {row['token']} was taken and has no answer"
        given = answers.get(row["token"], set()) - {None}
        if given - {row["location"]}:
            yield f"form {row['token']} was answered with {', '.join(sorted(given))}, on record is {row['location']}"


@invariant(37)
def the_schema_is_the_known_one(run: Run) -> Iterator[str]:
    """The database stands at the newest migration and has every trigger."""
    if run.head["schema"] != run.head["newest_schema"]:
        yield f"the schema is {run.head['schema']}, the newest is {run.head['newest_schema']}"
    for name in run.head["missing_triggers"]:
        yield f"the trigger {name} is missing"


@invariant(39)
def instants_are_utc_and_days_are_days(run: Run) -> Iterator[str]:
    """`at` and `…_at` are instants in UTC, `…_on` and the ends of a time are days."""
    for table, rows in sorted(run.rows.items()):
        for row in rows:
            for name, value in row.items():
                form = (
                    INSTANT
                    if name == "at" or name.endswith("_at")
                    else DAY
                    if name.endswith("_on") or name in DAYS
                    else None
                )
                if form is not None and value is not None and not form.fullmatch(str(value)):
                    yield f"{table} {row.get('id')}: {name} is „{value}“"
    for house in run.houses.values():
        for event in house.events:
            if not INSTANT.fullmatch(str(event["at"])):
                yield f"event {event['seq']} has the time „{event['at']}“"


# ---- the command line


def read(places: Iterable[Path]) -> Run:
    """A run from files, or from all `.json` and `.jsonl` files of folders.

    Raises:
        CutShort: One of them is no output of the commands, or not all of it.
        OSError: One of them cannot be read.
    """
    run = Run()
    for place in places:
        files = sorted(f for f in place.iterdir() if f.suffix in {".json", ".jsonl"}) if place.is_dir() else [place]
        for file in files:
            try:
                parse(file.read_text(encoding="utf-8"), run)
            except CutShort as error:
                raise CutShort(f"{file}: {error}") from error
    return run


def main(words: list[str]) -> int:
    """Judge what the files say; returns the exit code."""
    if not words:
        print("usage: fsck.py DIRECTORY_OR_FILES…", file=sys.stderr)
        return 2
    try:
        found = judge(read(Path(word) for word in words))
    except (CutShort, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
