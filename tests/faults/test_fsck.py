"""The independent checker: silent about sound databases, and finds each invariant that is broken."""

from __future__ import annotations

import ast
import base64
import copy
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import make_url

from jcflow import workdays
from jcflow.accounts import people
from jcflow.accounts.actor import Actor
from jcflow.config import Settings
from jcflow.procedure import Role
from jcflow.process.erasing import forget
from tests.faults import fsck
from tests.faults.books import Book
from tests.faults.verdict import printed, routes, violations
from tests.places import PAPER, enter_from_paper
from tests.site import NOW, SECRET, Site, Templates, bring
from tests.web.test_amendments import bring as carry
from tests.web.test_amendments import propose, take

CHECKER = Path(fsck.__file__)
Damage = Callable[[Book], None]

STATES = [
    ("drafting", "paderborn"),
    ("resolution", "paderborn"),
    ("published", "paderborn"),
    ("council", "ennepe-ruhr"),
]
MORE_STATES = [
    *(("internal_check", "paderborn"), ("consultation", "paderborn"), ("disposition", "paderborn")),
    *(("tied", "paderborn"), ("awaiting_record", "paderborn"), ("rejected", "paderborn"), ("withdrawn", "paderborn")),
    *(("committee", "ennepe-ruhr"), ("in_force", "ennepe-ruhr"), ("rejected", "ennepe-ruhr")),
]


@pytest.mark.parametrize(("state", "house"), STATES)
def test_a_sound_database_violates_nothing(site: Site, state: str, house: str) -> None:
    site.at(state, house)

    assert violations(site.url) == []


def test_a_sound_database_violates_nothing_in_any_state(
    new_site: Callable[..., Site], amount: Callable[[int, int], int]
) -> None:
    for state, house in MORE_STATES[: amount(2, len(MORE_STATES))]:
        assert violations(new_site("sqlite").at(state, house).url) == [], (state, house)


def test_what_came_from_paper_and_through_forms_violates_nothing(site: Site) -> None:
    site.at("resolution")
    scan = {"scan": (io.BytesIO(PAPER), "beleg.pdf")}
    page = f"/programmes/{site.slug()}/vote"
    enter_from_paper(site, "paderborn", f"{page}/enter", {"elector": None, "choice": "yes"}, scan)
    site.client("admin").post_form("/admin/settings", {"office_phone": "05251 1234"})
    site.client("tv2").post_form(page, {"choice": "no"}, action=page)

    assert violations(site.url) == []


def amended(site: Site) -> Site:
    """A transfer from the proposal to the last booking."""
    site.at("published")
    way = propose(site)
    carry(site, way, "declared")
    assert take(site, way, "gf", "book", amount="30.000", reference="4711") == 303
    assert take(site, way, "haushalt", "release", amount="20.000", reason="Der Rest wird nicht gebraucht.") == 303
    return site


def test_an_amended_programme_violates_nothing(site: Site) -> None:
    assert violations(amended(site).url) == []


# ---- one damage for each invariant


@pytest.fixture(scope="module")
def texts(sqlite_templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """What the commands print of one house in force, one that votes, and a council that deliberates."""
    with time_machine.travel(NOW, tick=True):
        settings = Settings("", SECRET, "http://localhost", 8000, demo=True)
        site = amended(Site(sqlite_templates, tmp_path_factory.mktemp("compiled"), settings))
        bring(site.url, "herford", "resolution")
        bring(site.url, "ennepe-ruhr", "council")
        scan = {"scan": (io.BytesIO(PAPER), "beleg.pdf")}
        page = f"/programmes/{site.slug('herford')}/vote/enter"
        enter_from_paper(site, "herford", page, {"elector": None, "choice": "yes"}, scan)
        everything, trail = printed(site.url, "export", "--all"), printed(site.url, "audit", "export")
        site.close()
    return everything, trail, routes()


@pytest.fixture
def book(texts: tuple[str, str, str]) -> Book:
    """The same, to be damaged."""
    return Book(*texts)


def paderborn(book: Book) -> dict[str, object]:
    return {"jobcenter_id": book.row("jobcenter", key="paderborn")["id"]}


def programme(book: Book) -> dict[str, object]:
    return {"programme_id": book.row("programme", **paderborn(book))["id"]}


def move_to_an_unknown_procedure(book: Book) -> None:
    book.say(book.row("programme", **paderborn(book)), "workflow_version", 2, event=-1)


def skip_a_number_in_the_path(book: Book) -> None:
    book.say(book.row("step_taken", ordinal=3, **programme(book)), "ordinal", 33)


def move_the_programme_without_a_step(book: Book) -> None:
    book.row("programme", **paderborn(book))["state"] = "rejected"


def let_an_editor_release(book: Book) -> None:
    book.say(book.row("step_taken", trigger="release", **programme(book)), "role", "editor")


def let_a_step_lead_elsewhere(book: Book) -> None:
    procedure = next(line for line in book.lines if line["what"] == "procedure" and line["key"] == "ge-programme")
    next(step for step in procedure["steps"] if step["trigger"] == "refer")["to"] = "tied"


def edit_a_chapter_in_force(book: Book) -> None:
    by_director = next(e for e in book.trail[str(paderborn(book)["jobcenter_id"])] if e["role"] == "managing_director")
    book.tell(book.row("chapter", **programme(book)), by_director, title="Nachgetragen")


def count_a_change_twice(book: Book) -> None:
    book.row("topic", **programme(book))["version"] += 1


def give_two_events_one_version(book: Book) -> None:
    book.events(book.row("programme", **paderborn(book)))[3]["version"] = 3


def acknowledge_what_is_not_there(book: Book) -> None:
    book.requests.append({"what": "request", "token": "nie-genommen", "status": 303, "location": "/"})


def refuse_what_is_there(book: Book) -> None:
    book.requests.append({"what": "request", "token": book.row("form_token")["token"], "status": 409})


def lose_the_wording_of_an_event(book: Book) -> None:
    told = book.events(book.row("block", kind="text", **programme(book)))[0]
    told["texts"] = told["salt"] = None


def accept_a_text_and_lose_it(book: Book) -> None:
    taken = {"token": book.row("form_token")["token"], "location": book.row("form_token")["location"]}
    book.requests.append({"what": "request", "status": 303, "texts": ["Ein Satz, den niemand mehr findet."]} | taken)


def refuse_a_text_and_drop_it(book: Book) -> None:
    refused = {"what": "request", "token": "abgelehnt", "status": 409}
    book.requests.append(refused | {"texts": ["Ein langer Absatz"], "shown": "Bitte versuchen Sie es noch einmal."})


def owe_a_negative_amount(book: Book) -> None:
    line = next(row for row in book.rows("budget_line", **programme(book)) if row["amount"])
    line["amount"] = -line["amount"]


def go_on_with_a_sum_that_does_not_hold(book: Book) -> None:
    """The figure is another in every version, with all checksums, and nobody has accepted the difference."""
    for version in sorted(book.rows("programme_version", **programme(book)), key=lambda row: row["number"]):
        old, whole = version["sha256"], json.loads(version["content"])
        total = next(
            line
            for table in whole["document"]["budget_tables"]
            for line in table["lines"]
            if line["role"] == "total" and "amount" in line
        )
        total["amount"] = "77.00"
        figures = {"budget_tables": whole["document"]["budget_tables"]}
        version["content"] = fsck.canonical(whole).decode()
        version["sha256"] = fsck.sha256(version["content"].encode())
        version["figures_sha256"] = fsck.sha256(fsck.canonical(figures))
        book.content(version["programme_id"])["content"] = version["content"]
        for table in ("step_taken", "ballot"):
            for row in book.rows(table, version_sha256=old):
                book.say(row, "version_sha256", version["sha256"])


def change_locked_content(book: Book) -> None:
    line = book.content(str(programme(book)["programme_id"]))
    line["content"] = line["content"].replace("2022", "2023", 1)


def open_a_second_programme_for_the_period(book: Book) -> None:
    book.add("programme", book.row("programme", **paderborn(book)) | {"id": str(uuid4())})


def change_a_version(book: Book) -> None:
    version = max(book.rows("programme_version", **programme(book)), key=lambda row: row["number"])
    version["content"] = version["content"].replace("2022", "2023", 1)


def change_the_checksum_of_the_figures(book: Book) -> None:
    book.rows("programme_version", **programme(book))[0]["figures_sha256"] = "0" * 64


def freeze_as_somebody_else(book: Book) -> None:
    version = book.rows("programme_version", **programme(book))[0]
    others = [row["id"] for row in book.rows("person", **paderborn(book)) if row["id"] != version["person_id"]]
    version["person_id"] = others[0]


def freeze_at_another_time(book: Book) -> None:
    book.rows("programme_version", **programme(book))[0]["frozen_at"] = "2026-11-01T08:00:00.000000Z"


def rename_the_house(book: Book) -> None:
    book.row("jobcenter", key="paderborn")["name"] = "Jobcenter Stadt Paderborn"


def move_the_house_to_another_land(book: Book) -> None:
    book.row("jobcenter", key="paderborn")["land"] = "BY"


def change_the_form_of_the_house(book: Book) -> None:
    book.row("jobcenter", key="paderborn")["form"] = "zkT"


def swap_the_carriers(book: Book) -> None:
    book.row("jobcenter", key="paderborn")["carriers"].reverse()


def give_the_house_another_key(book: Book) -> None:
    book.row("jobcenter", key="paderborn")["key"] = "bielefeld"


def drop_a_task(book: Book) -> None:
    book.lines = [line for line in book.lines if line.get("values") is not book.row("task", **programme(book))]


def owe_a_task_twice(book: Book) -> None:
    book.add("task", book.row("task", **programme(book)) | {"id": str(uuid4())})


def change_a_task(name: str, value: object) -> Damage:
    def damage(book: Book) -> None:
        for task in book.rows("task", **programme(book), act="vote")[:1]:
            task[name] = value

    damage.__name__ = f"change_{name}_of_a_task"
    return damage


def vote_on_another_content(book: Book) -> None:
    book.say(book.row("ballot", **programme(book)), "version_sha256", "0" * 64)


def vote_twice_for_a_seat(book: Book) -> None:
    first, second = book.rows("vote", **programme(book))[:2]
    book.say(second, "elector_id", first["elector_id"])


def vote_for_somebody_else(book: Book) -> None:
    first, second = book.rows("vote", **programme(book))[:2]
    (one,), (other,) = book.events(first), book.events(second)
    one["body"]["actor"], other["body"]["actor"] = other["body"]["actor"], one["body"]["actor"]


def change_the_electorate(book: Book) -> None:
    seat = book.row("elector", **programme(book), chair=False, carrier="agency")
    book.say(seat, "carrier", "municipality")


def let_somebody_into_the_electorate_later(book: Book) -> None:
    seat = book.row("elector", **programme(book), chair=False)
    later = next(e for e in reversed(book.trail[seat["jobcenter_id"]]) if e["role"] == "managing_director")
    book.events(seat)[0]["body"]["group"] = later["body"]["group"]


def vote_after_the_end(book: Book) -> None:
    told = book.events(book.rows("vote", **programme(book))[0])[0]
    events = book.trail[told["jobcenter_id"]]
    events.remove(told)
    told["body"]["at"] = events[-1]["body"]["at"]
    events.append(told)


def miscount(book: Book) -> None:
    ballot = book.row("ballot", **programme(book))
    book.say(ballot, "yes", ballot["yes"] + 1, event=-1)


def prefer_the_loser(book: Book) -> None:
    book.say(book.row("ballot", **programme(book)), "result", "rejected", event=-1)


def show_a_result_early(book: Book) -> None:
    herford = book.row("jobcenter", key="herford")["id"]
    book.row("ballot", jobcenter_id=herford)["yes"] = 1


def move_the_last_day(book: Book) -> None:
    book.say(book.row("ballot", **programme(book)), "closes_on", "2026-11-01", event=-1)


def conclude_with_a_vote_missing(book: Book) -> None:
    abstained = next(v for v in book.rows("vote", **programme(book)) if v["choice"] == "abstain")
    book.forget(abstained)
    book.say(book.row("ballot", **programme(book)), "abstain", 0, event=-1)


def lose_the_record(book: Book) -> None:
    book.forget(book.row("record", **programme(book)))


def change_the_bytes_of_an_event(book: Book) -> None:
    book.trail[str(paderborn(book)["jobcenter_id"])][20]["body"]["v"] = 2


def cut_off_the_tail(book: Book) -> None:
    book.trail[str(paderborn(book)["jobcenter_id"])].pop()


def change_a_row_past_the_trail(book: Book) -> None:
    book.row("membership", role="board_member")["organisation"] = "Ein anderer Verband"


def turn_back_the_clock(book: Book) -> None:
    told = book.events(book.row("answer", **programme(book)))[-1]
    told["body"]["at"] = fsck.instant(told["body"]["at"]) - timedelta(minutes=30)
    told["body"]["at"] = told["body"]["at"].isoformat(timespec="microseconds").replace("+00:00", "Z")


def act_without_the_role(book: Book) -> None:
    told = book.events(book.row("sign_off", kind="budget", **programme(book)))[0]
    told["body"]["actor"] = book.events(book.row("answer", **programme(book)))[0]["body"]["actor"]


def show_a_vote_in_clear(book: Book) -> None:
    told = book.events(book.row("vote", **programme(book)))[0]
    told["body"]["changes"]["choice"] = told["texts"].pop("choice")


def show_a_name_in_clear(book: Book) -> None:
    board = book.row("membership", role="board_member", **paderborn(book))
    book.say(board, "board_group", book.row("person", **paderborn(book))["name"])


def answer_as_a_neighbour(book: Book) -> None:
    neighbour = book.row("person", jobcenter_id=book.row("jobcenter", key="herford")["id"])
    book.say(book.row("answer", **programme(book)), "person_id", neighbour["id"])


def act_on_get(book: Book) -> None:
    next(rule for rule in book.routes if rule["rule"].endswith("/steps/<trigger>"))["methods"] = ["GET"]


def read_and_write_in_one_view(book: Book) -> None:
    next(rule for rule in book.routes if rule["rule"].endswith("/vote"))["methods"] = ["GET", "POST"]


def spoil_a_file(book: Book) -> None:
    book.row("file_content")["content"] = base64.b64encode(b"etwas anderes").decode()


def take_a_form_twice(book: Book) -> None:
    book.add("form_token", book.row("form_token") | {"id": str(uuid4())})


def forget_an_answer(book: Book) -> None:
    book.row("form_token")["location"] = ""


def answer_a_form_differently(book: Book) -> None:
    token = book.row("form_token")["token"]
    book.requests.append({"what": "request", "token": token, "status": 303, "location": "/anderswo"})


def stay_behind(book: Book) -> None:
    book.head["schema"] = "0000"


def drop_a_trigger(book: Book) -> None:
    book.head["missing_triggers"] = ["vote_update"]


def write_local_time(book: Book) -> None:
    book.row("task")["opened_at"] = "2026-11-18T12:00:00.000000+01:00"


def check_one_s_own_amendment(book: Book) -> None:
    one = book.row("amendment")
    book.say(one, "checked_by", one["proposed_by"])


def book_more_than_was_decided(book: Book) -> None:
    book.say(book.row("amendment_booking", kind="booking"), "amount", 9_000_000)


FORGED: list[tuple[set[int], Damage]] = [
    ({1}, move_to_an_unknown_procedure),
    ({2}, skip_a_number_in_the_path),
    ({3}, let_an_editor_release),
    ({3}, edit_a_chapter_in_force),
    ({3}, check_one_s_own_amendment),
    ({8}, book_more_than_was_decided),
    ({4}, give_two_events_one_version),
    ({8}, go_on_with_a_sum_that_does_not_hold),
    ({10}, vote_on_another_content),
    ({11, 13}, vote_twice_for_a_seat),
    ({11, 17}, vote_for_somebody_else),
    ({11}, change_the_electorate),
    ({3, 11}, let_somebody_into_the_electorate_later),
    ({3, 12, 17}, vote_after_the_end),
    ({12}, miscount),
    ({12, 15}, prefer_the_loser),
    ({13}, move_the_last_day),
    ({13, 17}, conclude_with_a_vote_missing),
    ({15}, lose_the_record),
    ({19}, turn_back_the_clock),
    ({17, 19}, act_without_the_role),
    ({20}, show_a_vote_in_clear),
    ({20}, show_a_name_in_clear),
    ({22}, answer_as_a_neighbour),
]
"""What is violated where somebody changed rows and trail together and made every checksum anew."""

OTHER_TASK: dict[str, object] = {
    "state": "consultation",
    "role": "staff",
    "person_id": None,
    "act": "opinion",
    "step": "conclude",
    "label": "Stimmzettel abgeben",
    "due_on": "2026-12-24",
    "opened_at": "2026-11-01T08:00:00.000000Z",
    "done_at": "2026-11-01T08:00:00.000000Z",
    "done_by": None,
}
"""Every column of a task and what it was not."""

PLAIN: list[tuple[set[int], Damage]] = [
    ({2, 17}, move_the_programme_without_a_step),
    ({3}, let_a_step_lead_elsewhere),
    ({4}, count_a_change_twice),
    ({5}, acknowledge_what_is_not_there),
    ({5}, refuse_what_is_there),
    ({6, 16, 17}, lose_the_wording_of_an_event),
    ({6}, accept_a_text_and_lose_it),
    ({6}, refuse_a_text_and_drop_it),
    ({7}, change_locked_content),
    ({8, 17}, owe_a_negative_amount),
    ({2, 9, 17}, open_a_second_programme_for_the_period),
    ({7, 10}, change_a_version),
    ({10}, change_the_checksum_of_the_figures),
    ({17}, freeze_as_somebody_else),
    ({17}, freeze_at_another_time),
    ({17}, rename_the_house),
    ({17}, move_the_house_to_another_land),
    ({17}, change_the_form_of_the_house),
    ({17}, swap_the_carriers),
    ({17}, give_the_house_another_key),
    ({17}, drop_a_task),
    ({17}, owe_a_task_twice),
    *(({17}, change_a_task(name, value)) for name, value in OTHER_TASK.items()),
    ({12, 17}, show_a_result_early),
    ({16}, change_the_bytes_of_an_event),
    ({4, 16, 17}, cut_off_the_tail),
    ({17}, change_a_row_past_the_trail),
    ({25}, act_on_get),
    ({25}, read_and_write_in_one_view),
    ({34}, spoil_a_file),
    ({35}, take_a_form_twice),
    ({35}, forget_an_answer),
    ({35}, answer_a_form_differently),
    ({37}, stay_behind),
    ({37}, drop_a_trigger),
    ({17, 39}, write_local_time),
]
"""What is violated where only what was printed differs."""


def violated(book: Book) -> set[int]:
    return {found["invariant"] for found in fsck.judge(book.run())}


def test_a_book_made_anew_without_a_change_violates_nothing(book: Book) -> None:
    before = violated(book)
    book.forge()

    assert (before, violated(book)) == (set(), set())


@pytest.mark.parametrize(("numbers", "damage"), FORGED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_a_forger_did_is_found(book: Book, numbers: set[int], damage: Damage) -> None:
    damage(book)
    book.forge()

    assert violated(book) == numbers


@pytest.mark.parametrize(("numbers", "damage"), PLAIN, ids=lambda value: getattr(value, "__name__", ""))
def test_what_was_changed_is_found(book: Book, numbers: set[int], damage: Damage) -> None:
    damage(book)

    assert violated(book) == numbers


def test_every_check_has_its_damage() -> None:
    damaged = set[int]().union(*(numbers for numbers, _ in [*FORGED, *PLAIN]))

    assert {number for number, _check in fsck.CHECKS} == damaged


# ---- the same in a real database

TAMPERED: list[tuple[int, str]] = [
    (17, "UPDATE task SET done_at = NULL, done_by = NULL WHERE act = 'vote'"),
    (17, "UPDATE task SET due_on = '2027-01-04' WHERE step = 'submit'"),
    (17, "DELETE FROM task WHERE act = 'opinion'"),
    (17, "UPDATE jobcenter SET name = 'Jobcenter Stadt ' || name WHERE key = 'paderborn'"),
    (17, "UPDATE jobcenter SET land = 'BY' WHERE key = 'paderborn'"),
    (17, "UPDATE jobcenter SET carriers = '[]' WHERE key = 'paderborn'"),
    (17, "UPDATE jobcenter SET key = 'bielefeld' WHERE key = 'paderborn'"),
    (17, "UPDATE programme_version SET person_id = (SELECT id FROM person WHERE id <> person_id LIMIT 1)"),
    (10, "UPDATE programme_version SET figures_sha256 = sha256"),
    (6, "DELETE FROM audit_revision WHERE seq IN (SELECT audit_seq FROM block)"),
    (17, "UPDATE budget_line SET amount = amount + 100 WHERE role = 'total'"),
]
"""The invariant that somebody violates who may write to the database, and what is written."""


@pytest.mark.parametrize(("number", "statement"), TAMPERED)
def test_what_was_done_to_a_database_is_found(sqlite_site: Site, number: int, statement: str) -> None:
    url = sqlite_site.at("published").url
    with closing(sqlite3.connect(make_url(url).database or "")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        changed = connection.execute(statement).rowcount
        for _name, sql in triggers:
            connection.execute(sql)

    assert changed
    assert number in {found["invariant"] for found in violations(url)}


# ---- working days


def test_the_checker_knows_the_working_days_of_every_land() -> None:
    days = [date(2018, 1, 1) + timedelta(days=number) for number in range(366 * 15)]
    differing = [
        (d, land) for land in workdays.LANDS for d in days if fsck.works(d, land) != workdays.is_working_day(d, land)
    ]

    assert differing == []


# ---- the command


def test_the_checker_imports_only_the_standard_library() -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    imported = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    imported |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def check(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(CHECKER), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_by_its_exit_code_and_a_list_what_it_found(
    texts: tuple[str, str, str], tmp_path: Path
) -> None:
    for name, text in zip(("export.jsonl", "audit.jsonl", "routes.json"), texts, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    sound = check(tmp_path)
    rules = copy.deepcopy(json.loads(texts[2]))
    rules[0]["who"] = None
    (tmp_path / "routes.json").write_text(json.dumps(rules), encoding="utf-8")
    damaged = check(tmp_path / "export.jsonl", tmp_path / "audit.jsonl", tmp_path / "routes.json")

    assert (sound.returncode, json.loads(sound.stdout)) == (0, [])
    assert damaged.returncode == 1
    assert json.loads(damaged.stdout) == [{"invariant": 25, "sentence": "/ does not say who may"}]


def test_output_that_was_cut_short_is_not_judged(texts: tuple[str, str, str], tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_text("".join(texts[0].splitlines(keepends=True)[:-5]), encoding="utf-8")
    cut = check(tmp_path)
    (tmp_path / "export.jsonl").write_text(texts[1], encoding="utf-8")
    trail_only = check(tmp_path)

    assert (cut.returncode, trail_only.returncode, check().returncode) == (2, 2, 2)
    assert "the last line does not count" in cut.stderr
    assert "export --all" in trail_only.stderr


def test_a_database_in_which_somebody_was_forgotten_violates_nothing(site: Site) -> None:
    site.at("in_force")
    with site.writing() as session:
        admin = Actor(site.person_id("admin"), frozenset({Role.ADMIN}))
        at = NOW + timedelta(minutes=1)
        somebody = people.person(session, site.person_id("beirat5"))
        member = people.memberships(session, somebody.id)[0]
        people.end_membership(session, member, NOW.date(), admin.deed(Role.ADMIN, at))
        forget(session, somebody, admin.deed(Role.ADMIN, at, "Antrag vom 3. November 2026"))

    assert violations(site.url) == []
    for words in (("export", "--all"), ("audit", "export")):
        assert "Pappelstein" not in printed(site.url, *words, "--jobcenter", "paderborn")
