"""Two small Jobcenters whose mails are committed, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import Letter, Mail, Occasion, queue
from tests.databases import KINDS, discard
from tests.factories import found_house, small_document

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""A Friday, 12:00 in Berlin."""


@dataclass(frozen=True)
class Houses:
    """A database with two houses and an empty outbox."""

    engine: Engine
    ids: tuple[UUID, ...]
    people: tuple[dict[str, UUID], ...]
    programmes: tuple[UUID, ...]

    def queue(self, *names: str, house: int = 0, at: datetime = NOON, urgent: bool = False) -> None:
        """Queue one mail of each key to the managing director of a house."""
        person_id = self.people[house]["gf"]
        letters = [Letter(Occasion.RESULT, person_id, name, {"name": name}, urgent=urgent) for name in names]
        with database.writing(self.engine) as session:
            database.serve(session, self.ids[house])
            queue(session, *letters, at=at)

    def mails(self) -> dict[str, Mail]:
        """Key to mail, as the database has them."""
        with Session(self.engine) as session:
            found = session.scalars(select(Mail), execution_options=EVERY_JOBCENTER).all()
            return {mail.key: mail for mail in found}


@pytest.fixture(scope="session", params=KINDS)
def two_houses(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Houses]:
    """Made once per database."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    ids, people, programmes = [], [], []
    for form in ("gE", "zkT"):
        with database.writing(engine) as session:
            house = found_house(session, small_document(form))
            ids.append(house.jobcenter.id)
            people.append(dict(house.people))
            programmes.append(house.programme.id)
    yield Houses(engine, tuple(ids), tuple(people), tuple(programmes))
    engine.dispose()
    discard(url)


@pytest.fixture
def houses(two_houses: Houses) -> Iterator[Houses]:
    """The two with nothing in the outbox."""
    yield two_houses
    with two_houses.engine.begin() as connection:
        connection.execute(delete(Mail.__table__))
