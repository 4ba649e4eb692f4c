"""Databases with a single Jobcenter each, so that a worker's day is quick; what a test does with them is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.cli import walk
from jcflow.programmes.programme import Programme
from tests.databases import KINDS, discard
from tests.factories import House, found_house, opened_house, small_document, visit

NewDatabase = Callable[[str], str]


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """SQLite or PostgreSQL."""
    return str(request.param)


@pytest.fixture(scope="session")
def beginnings(kind: str, new_database: NewDatabase) -> Iterator[dict[str, Engine]]:
    """State to a database with a joint institution whose programme stands there."""
    with_state = {}
    for state in ("drafting", "consultation", "resolution"):
        with_state[state] = engine = database.engine_for(new_database(kind))
        with database.writing(engine) as session:
            found_house(session, small_document()).advance(state)
    yield with_state
    for engine in with_state.values():
        engine.dispose()
        discard(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def house(beginnings: dict[str, Engine]) -> Iterator[House]:
    """The joint institution with its programme in drafting."""
    with Session(beginnings["drafting"]) as session:
        yield visit(session, "gE")


@pytest.fixture
def consultation(beginnings: dict[str, Engine]) -> Iterator[House]:
    """A programme the board has been asked about since a Tuesday; nobody has been written to yet."""
    with Session(beginnings["consultation"]) as session:
        yield visit(session, "gE")


@pytest.fixture
def resolution(beginnings: dict[str, Engine]) -> Iterator[House]:
    """A programme the assembly is to vote on; nobody has been written to yet."""
    with Session(beginnings["resolution"]) as session:
        yield visit(session, "gE")


@pytest.fixture
def fresh_house(kind: str, new_database: NewDatabase) -> Iterator[Callable[[str], House]]:
    """`fresh_house("zkT")`: a Jobcenter alone in its database, its next programme just opened."""
    url = new_database(kind)
    engine = database.engine_for(url)
    with Session(engine) as session:

        def open_alone(form: str) -> House:
            found = opened_house(session, small_document(form))
            older = session.scalars(select(Programme).where(Programme.id != found.programme.id)).one()
            found.at = walk.advance(session, older, "withdrawn", people=found.people, at=found.at)
            return found

        yield open_alone
    engine.dispose()
    discard(url)
