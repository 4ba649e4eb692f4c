"""Every state of both procedures is reached by real steps of real people, and the trail stays whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.sign_in import hash_of
from jcflow.audit.trail import Deed
from jcflow.audit.verify import verify
from jcflow.cli import cast, walk
from jcflow.decisions.ballots import Result, ballots_of
from jcflow.errors import StepNotPossible
from jcflow.opinions.answers import open_points
from jcflow.opinions.board import Stance, opinions_of, points_of
from jcflow.process.opening import import_document
from jcflow.programmes.exchange.document import Document, TextBlock
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.procedures import newest
from jcflow.programmes.programme import Programme, by_slug, steps_of
from tests.databases import KINDS, discard

DATA = Path(__file__).parents[2] / "jcflow" / "data"
AT = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
FILES = {"gE": "paderborn-2022.yaml", "zkT": "ennepe-ruhr-2023.yaml"}
STATES = [(form, state) for form in FILES for state in list(newest(form).states)[1:]]
"""All but the first: a programme from a file begins in drafting."""


def filled(name: str) -> Document:
    """A programme of the data folder with a sentence in each chapter that has no block."""
    document = read((DATA / name).read_bytes(), name)
    words = (TextBlock("Hier steht, was das Jobcenter in diesem Jahr vorhat."),)
    return replace(document, chapters=tuple(replace(c, blocks=c.blocks or words) for c in document.chapters))


@pytest.fixture(scope="module", params=KINDS)
def house_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[str]:
    """Address of a database with one Jobcenter of each form, its people, and its programme in drafting."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    password_hash = hash_of(cast.PASSWORD)
    for name in FILES.values():
        with database.writing(engine) as session:
            deed = Deed(None, "command_line", AT)
            programme = import_document(session, filled(name), deed)
            cast.people(session, session.get_one(Jobcenter, programme.jobcenter_id), deed, password_hash)
    engine.dispose()
    yield url
    discard(url)


@pytest.fixture
def session(house_url: str) -> Iterator[Session]:
    """A session on that database; what a test does with it is undone."""
    engine = database.engine_for(house_url)
    with Session(engine) as one:
        yield one
    engine.dispose()


def in_house(session: Session, form: str) -> tuple[Programme, dict[str, UUID]]:
    """Serve the Jobcenter of a form; its programme and its people by account."""
    house = session.query(Jobcenter).filter_by(form=form).one()
    database.serve(session, house.id)
    programme = by_slug(session, "2022" if form == "gE" else "2023-lpd", lock=True)
    return programme, cast.known(session, house)


@pytest.mark.parametrize(("form", "state"), STATES)
def test_every_state_is_reached_by_real_steps(session: Session, form: str, state: str) -> None:
    programme, people = in_house(session, form)

    walk.advance(session, programme, state, people=people, at=AT)

    assert programme.state == state
    path = steps_of(session, programme)
    assert [step.ordinal for step in path] == list(range(1, len(path) + 1))
    assert [step.source for step in path[1:]] == [step.target for step in path[:-1]]
    assert path[-1].target == state
    assert all(step.person_id in people.values() for step in path[1:])
    assert verify(session, programme.jobcenter_id).findings == ()


def test_the_board_speaks_in_points_and_each_gets_an_answer(session: Session) -> None:
    programme, people = in_house(session, "gE")

    walk.advance(session, programme, "resolution", people=people, at=AT)

    stances = [opinion.stance for opinion in opinions_of(session, programme)]
    assert len(stances) == 5
    assert stances[-1] is Stance.NO_OPINION
    assert sum(map(len, points_of(session, programme).values())) == 4
    assert open_points(session, programme) == []


def test_a_tie_is_left_open_by_the_chair_and_then_decided(session: Session) -> None:
    programme, people = in_house(session, "gE")

    at = walk.advance(session, programme, "tied", people=people, at=AT)
    tie = ballots_of(session, programme)[0]
    votes = (tie.yes, tie.no, tie.abstain)
    walk.advance(session, programme, "in_force", people=people, at=at)

    assert votes == (2, 2, 2)
    assert tie.result is Result.ADOPTED
    assert tie.casting_vote is not None


def test_each_deed_follows_the_one_before(session: Session) -> None:
    programme, people = in_house(session, "zkT")

    end = walk.advance(session, programme, "in_force", people=people, at=AT, pace=timedelta(seconds=1))

    instants = [step.at for step in steps_of(session, programme)]
    assert instants == sorted(instants)
    assert instants[-1] == end


def test_a_programme_in_force_can_be_published(session: Session) -> None:
    programme, people = in_house(session, "zkT")
    at = walk.advance(session, programme, "in_force", people=people, at=AT)

    walk.publish(session, programme, people=people, at=at)

    assert programme.published_version_id is not None


def test_there_is_no_way_back(session: Session) -> None:
    programme, people = in_house(session, "gE")
    walk.advance(session, programme, "consultation", people=people, at=AT)

    with pytest.raises(walk.NoWay, match="Vom Stand „Beteiligung des Beirats“ führt kein Weg zum Stand „Entwurf“"):
        walk.way(programme, "drafting")


def test_a_state_the_procedure_lacks_cannot_be_reached(session: Session) -> None:
    programme, _people = in_house(session, "zkT")

    with pytest.raises(walk.NoWay, match="first_reading"):
        walk.way(programme, "first_reading")


def test_empty_chapters_stop_the_walk(house_url: str) -> None:
    engine = database.engine_for(house_url)
    with Session(engine) as session:
        bare = read((DATA / "herford-2022.yaml").read_bytes(), "herford-2022.yaml")
        deed = Deed(None, "command_line", AT)
        programme = import_document(session, bare, deed)
        house = session.get_one(Jobcenter, programme.jobcenter_id)
        people = {account: p.id for account, p in cast.people(session, house, deed, hash_of(cast.PASSWORD)).items()}

        with pytest.raises(StepNotPossible, match="Ohne Inhalt"):
            walk.advance(session, programme, "internal_check", people=people, at=AT)
    engine.dispose()
