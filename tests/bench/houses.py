"""The 404 Jobcenters with their people, programmes and open tasks, put into a database the short way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, insert, literal, select

from jcflow import database
from jcflow.audit.chain import GENESIS
from jcflow.clock import local_day
from jcflow.database import Base
from jcflow.procedure import Role
from jcflow.reminders.stages import OPEN
from jcflow.workdays import LANDS
from tests.bench.ground import gather_statistics

HOUSES, MEMBERS, PROGRAMMES = 404, 13, 5
"""Jobcenters, people on the board of each, and programmes on which each asks its board."""
AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""A Friday, 12:00 in Berlin."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
AT_ONCE = 5_000

Row = Mapping[str, object]


def settle(url: str) -> None:
    """Found the Jobcenters; each has a Gremienbüro, a managing director, a board and programmes it is asked about."""
    engine, today = database.engine_for(url), local_day(AT)
    with engine.begin() as connection:
        for number, land in zip(range(HOUSES), cycle(LANDS), strict=False):
            _found(connection, number, land)
        # The weekly summaries are another matter: this week's have been sent.
        monday = today - timedelta(days=today.weekday())
        connection.execute(insert(_table("weekly_round")).values(monday=monday, planned_at=AT - DAY))
    engine.dispose()


def _found(connection: Connection, number: int, land: str) -> None:
    house, key = uuid4(), f"jc{number}"
    row = {"id": house, "key": key, "name": f"Jobcenter {number}", "form": "gE", "land": land, "carriers": []}
    connection.execute(insert(_table("jobcenter")), row)
    roles = [Role.STAFF, Role.MANAGING_DIRECTOR, *[Role.BOARD_MEMBER] * MEMBERS]
    people = [{"name": f"Person {n}", "email": f"p{n}@{key}.example"} for n in range(len(roles))]
    rows = {
        "setting": [{"seats_agency": 3, "seats_municipality": 3, "first_reading_waived": False} | _OFFICE],
        "person": [{"id": uuid4(), **one} for one in people],
    }
    rows["membership"] = [
        {"person_id": one["id"], "role": role, "organisation": "", "chair": False, "valid_from": date(2026, 1, 1)}
        for one, role in zip(rows["person"], roles, strict=True)
    ]
    rows["programme"] = [_programme(year) for year in range(2027, 2027 + PROGRAMMES)]
    _add_audited(connection, house, rows)


_OFFICE = {"office_phone": "05251 1234", "office_hours": "8 bis 16 Uhr"}


def _programme(year: int) -> dict[str, object]:
    return {
        "kind": "amip",
        "title": f"Programm {year}",
        "slug": str(year),
        "period_from": date(year, 1, 1),
        "period_to": date(year, 12, 31),
        "workflow_key": "ge-programme",
        "workflow_version": 1,
        "state": "consultation",
        "entered_on": local_day(AT) - 2 * WEEK,
        "submitted_once": True,
        "register_visibility": {},
    }


def _add_audited(connection: Connection, house: UUID, rows: Mapping[str, Sequence[dict[str, object]]]) -> None:
    """Rows with one event each, as the database demands; the events tell nothing and their chain is not whole."""
    event = {"at": AT, "role": "command_line", "group_id": uuid4(), "action": "create", "body": "{}", "hash": GENESIS}
    given = [(name, {"id": uuid4(), **row}) for name, some in rows.items() for row in some]
    told = [{"jobcenter_id": house, **event, "object_type": n, "object_id": row["id"]} for n, row in given]
    numbered = [{"seq": seq, **one} for seq, one in enumerate(told, 1)]
    connection.execute(insert(_table("audit_event")), numbered)
    connection.execute(insert(_table("audit_head")), {"jobcenter_id": house, "seq": len(told), "hash": GENESIS})
    stored = [
        (name, {**row, "jobcenter_id": house, "version": 1, "audit_seq": n}) for n, (name, row) in enumerate(given, 1)
    ]
    for name in rows:
        connection.execute(insert(_table(name)), [row for table, row in stored if table == name])


def open_tasks(url: str, number: int, *, due: int = 0) -> None:
    """Open so many opinions of the boards' members, so many of them to be reminded of today."""
    engine, task = database.engine_for(url), _table("task")
    with engine.begin() as connection:
        rows = _tasks(connection, number, due)
        while some := [row for row, _ in zip(rows, range(AT_ONCE), strict=False)]:
            connection.execute(insert(task), some)
        if due:
            _tell_all(connection)
    engine.dispose()
    gather_statistics(url)


def _tell_all(connection: Connection) -> None:
    """Note that everybody was told of each task when it came up."""
    task = _table("task").c
    told = {
        "jobcenter_id": task.jobcenter_id,
        "task_id": task.id,
        "person_id": task.person_id,
        "stage": literal(OPEN),
        "due_version": literal(1),
        "due_on": task.due_since,
        "planned_at": task.opened_at,
    }
    connection.execute(insert(_table("reminder")).from_select(list(told), select(*told.values())))


def _tasks(connection: Connection, number: int, due: int) -> Iterator[Row]:
    """The first programme's opinions are due in a week, the others' later."""
    member, programme, today = _table("membership").c, _table("programme").c, local_day(AT)
    asked = select(member.jobcenter_id, member.person_id, programme.id, programme.slug)
    asked = asked.join_from(_table("membership"), _table("programme"), member.jobcenter_id == programme.jobcenter_id)
    asked = asked.where(member.role == Role.BOARD_MEMBER).order_by(programme.slug, member.person_id)
    everybody = cycle(connection.execute(asked).all())
    for place, (house, person_id, programme_id, _slug) in zip(range(number), everybody, strict=False):
        on = today + (WEEK if place < due else WEEK + (1 + place % 30) * DAY)
        yield {
            "id": uuid4(),
            "jobcenter_id": house,
            "programme_id": programme_id,
            "state": "consultation",
            "role": Role.BOARD_MEMBER,
            "person_id": person_id,
            "act": "opinion",
            "label": "Stellungnahme absenden",
            "due_on": on,
            "due_version": 1,
            "paused": False,
            "due_since": today - 2 * WEEK,
            "next_on": on - WEEK,
            "opened_at": AT - 2 * WEEK,
        }


def _table(name: str) -> Table:
    return Base.metadata.tables[name]
