"""Many people, programmes and open tasks, put into a house the short way; and what a request asks the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import cycle, islice
from uuid import UUID, uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, add_membership, add_person
from jcflow.audit.trail import Deed
from jcflow.database import add_rows
from jcflow.procedure import Role
from jcflow.process.opening import open_programme
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.kinds import ProgrammeKind
from jcflow.tasks import Task

AT_ONCE = 5_000
DAYS = 2_000
"""On how many different days tasks are due."""
FIRST_YEAR = 2040
NOT_ASKED = ("PRAGMA", "BEGIN", "SET ")
"""What opens a connection or a transaction and asks for nothing."""

Holder = tuple[Role, UUID | None]
"""Whose a task is: of one person in a role, or of the role."""


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[str]]:
    """The statements an engine sends within the block: all but those that open a connection or a transaction."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(NOT_ASKED):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def add_people(session: Session, house: Jobcenter, number: int, deed: Deed) -> list[Holder]:
    """So many members of the team who joined at New Year."""
    holders: list[Holder] = []
    for _ in range(number):
        name = uuid4().hex
        somebody = add_person(session, house, name=f"Person {name}", email=f"{name}@{house.key}.example", deed=deed)
        since = date(clock.today().year, 1, 1)
        member = Membership(jobcenter_id=house.id, person_id=somebody.id, role=Role.EDITOR, valid_from=since)
        holders.append((Role.EDITOR, add_membership(session, house, member, deed).person_id))
    return holders


def add_programmes(session: Session, house: Jobcenter, number: int, deed: Deed) -> list[UUID]:
    """So many programmes that are opened and nothing more, one a year."""
    years = range(FIRST_YEAR, FIRST_YEAR + number)
    heads = [ProgrammeHead(ProgrammeKind.AMIP, f"Planung {y}", date(y, 1, 1), date(y, 12, 31)) for y in years]
    return [open_programme(session, house, head, deed).id for head in heads]


def add_tasks(
    session: Session, house: Jobcenter, programmes: Sequence[UUID], holders: Sequence[Holder], number: int
) -> None:
    """So many open tasks, in turn of these programmes and these holders, due over years around today."""
    now, first = clock.now(), clock.today() - timedelta(days=DAYS // 2)
    rows = (
        {
            "id": uuid4(),
            "jobcenter_id": house.id,
            "programme_id": programme_id,
            "state": "opened",
            "role": role,
            "person_id": person_id,
            "step": "start",
            "label": "Entwurf beginnen",
            "due_on": first + timedelta(days=place % DAYS),
            "opened_at": now,
        }
        for place, programme_id, (role, person_id) in zip(
            range(number), cycle(programmes), cycle(holders), strict=False
        )
    )
    while some := list(islice(rows, AT_ONCE)):
        add_rows(session, Task, some)
