"""Two small Jobcenters whose mails are committed, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

from jcflow import database, worker
from jcflow.config import Settings
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import Letter, Mail, Occasion, queue
from jcflow.reminders.ledger import Reminder
from tests.databases import KINDS, discard
from tests.factories import found_house, small_document, visit
from tests.mail.server import Box, serving

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""A Friday, 12:00 in Berlin."""
LATER = NOON + timedelta(minutes=30)


@dataclass(frozen=True)
class Houses:
    """A database with two houses and an empty outbox."""

    engine: Engine
    ids: tuple[UUID, ...]
    people: tuple[dict[str, UUID], ...]
    programmes: tuple[UUID, ...]
    old: frozenset[UUID]
    """Mails that were sent before any test: the reminders of the houses' own tasks."""

    def queue(self, *names: str, house: int = 0, at: datetime = NOON, urgent: bool = False) -> None:
        """Queue one mail of each key to the managing director of a house."""
        person_id = self.people[house]["gf"]
        facts = {"at": NOON.isoformat(), "device": "Telefon"}
        letters = [Letter(Occasion.NEW_SIGN_IN, person_id, name, facts, urgent=urgent) for name in names]
        with database.writing(self.engine) as session:
            database.serve(session, self.ids[house])
            queue(session, *letters, at=at)

    def give_a_task(self, house: int = 0) -> None:
        """The managing director submits the draft and takes it back: a task nobody has been told of."""
        with database.writing(self.engine) as session:
            found = visit(session, ("gE", "zkT")[house])
            found.at = max(found.at, NOON - timedelta(hours=3))
            for trigger in ("submit", "return"):
                found.at -= timedelta(seconds=58)
                found.step(trigger, "gf", reason="Die Zahlen fehlen noch, bitte ergänzen.")

    def settings(self, smtp_url: str | None) -> Settings:
        """Settings for a worker on this database."""
        url = self.engine.url.render_as_string(hide_password=False)
        return Settings(url, "k" * 48, "https://jcflow.example", 8000, smtp_url=smtp_url)

    def count_unsent(self) -> int:
        """How many mails are not away yet."""
        with self.engine.connect() as connection:
            question = text("SELECT count(*) FROM mail WHERE state IN ('waiting', 'sending')")
            return int(connection.execute(question).scalar_one())

    def clear(self) -> None:
        """Empty the outbox."""
        with self.engine.begin() as connection:
            connection.execute(delete(Reminder).where(Reminder.mail_id.not_in(self.old)))
            connection.execute(delete(Mail).where(Mail.id.not_in(self.old)))

    def let_leases_pass(self) -> None:
        """Make leases look as old as after two minutes of the database's clock."""
        with self.engine.begin() as connection:
            past = "2020-01-01 00:00:00.000000" + ("+00" if connection.dialect.name == "postgresql" else "")
            connection.execute(
                text("UPDATE mail SET lease_until = :past WHERE lease_until IS NOT NULL"), {"past": past}
            )

    def mails(self) -> dict[str, Mail]:
        """Key to mail, as the database has them."""
        with Session(self.engine) as session:
            found = session.scalars(select(Mail), execution_options=EVERY_JOBCENTER).all()
            return {mail.key: mail for mail in found if mail.id not in self.old}


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
    begun = Houses(engine, tuple(ids), tuple(people), tuple(programmes), frozenset())
    with serving(Box()) as smtp_url:
        worker.tick(engine, begun.settings(smtp_url), NOON)
    yield replace(begun, old=frozenset(mail.id for mail in begun.mails().values()))
    engine.dispose()
    discard(url)


@pytest.fixture
def houses(two_houses: Houses) -> Iterator[Houses]:
    """The two with nothing in the outbox."""
    yield two_houses
    two_houses.clear()


@pytest.fixture(scope="session")
def _post() -> Iterator[tuple[Box, str]]:
    box = Box()
    with serving(box) as url:
        yield box, url


@pytest.fixture
def post(_post: tuple[Box, str]) -> tuple[Box, str]:
    """A mail server with an empty box, and its address."""
    _post[0].forget()
    return _post
