"""Two small Jobcenters on each database; what a test does with them is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow import database
from tests.databases import KINDS, discard
from tests.factories import House, found_house, small_document, visit


@pytest.fixture(scope="session", params=KINDS)
def town(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database with a joint institution and a municipal provider, each with its people and a draft."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    for form in ("gE", "zkT"):
        with database.writing(engine) as session:
            found_house(session, small_document(form))
    yield engine
    engine.dispose()
    discard(url)


@pytest.fixture
def session(town: Engine) -> Iterator[Session]:
    """A session on that database; nothing it does is kept."""
    with Session(town) as one:
        yield one


@pytest.fixture
def house(session: Session) -> House:
    """The joint institution with its programme in drafting."""
    return visit(session, "gE")


@pytest.fixture
def council_house(session: Session) -> House:
    """The municipal provider with its programme in drafting."""
    return visit(session, "zkT")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database of the test's own, for what must be committed."""
    one = database.engine_for(database_url)
    yield one
    one.dispose()
