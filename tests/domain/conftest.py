"""Two small Jobcenters on each database; what a test does with them is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.absences import enter_absence, name_substitute
from jcflow.accounts.closed_days import close_on
from jcflow.accounts.people import add_person, end_membership
from jcflow.amendments.amendment import AmendmentKind
from jcflow.amendments.proposing import Draft
from jcflow.audit.checkpoints import equip
from jcflow.cli import walk
from jcflow.config import demo_signing_key
from jcflow.deadlines import moving
from jcflow.procedure import Area
from jcflow.process import measures
from jcflow.process.erasing import forget
from jcflow.programmes import budgets, files, registers
from jcflow.programmes.files import Upload
from jcflow.tasks import open_of
from tests.amendments import REASON, Case
from tests.databases import KINDS, discard
from tests.factories import PDF, House, found_house, person, small_document, visit, with_a_wrong_sum


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


STAGES = {
    "gE": ("internal_check", "consultation", "disposition", "resolution", "awaiting_record"),
    "zkT": ("committee", "council"),
}


@pytest.fixture(scope="session", params=KINDS)
def stages(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database with a Jobcenter for each of the states in which most happens, walked there once."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    for form, states in STAGES.items():
        for state in states:
            with database.writing(engine) as session:
                found_house(session, small_document(form, f"Jobcenter {form} {state}")).advance(state)
    yield engine
    engine.dispose()
    discard(url)


@pytest.fixture
def house_at(stages: Engine) -> Iterator[Callable[[str], House]]:
    """`house_at("resolution")`: a house whose programme stands there; what the test does with it is undone."""
    with Session(stages) as session:

        def visit_stage(state: str) -> House:
            form = "zkT" if state in STAGES["zkT"] else "gE"
            return visit(session, form, f"Jobcenter {form} {state}")

        yield visit_stage


@pytest.fixture(scope="session", params=KINDS)
def full(
    request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A database in which every audited table has a row: two programmes walked to their resolution."""
    url = new_database(request.param)
    engine = database.engine_for(url)
    with database.writing(engine) as session:
        house = found_house(session, small_document("zkT"))
        former = add_person(session, house.jobcenter, name="Ehemalige", email="weg@x.example", deed=house.deed("admin"))
        forget(session, former, house.deed("admin", "Antrag"))
        house.advance("council")
    with database.writing(engine) as session:
        house = found_house(session, with_a_wrong_sum(small_document()))
        own, deed = house.programme, house.editing(Area.CHAPTERS)
        files.store(session, own, Upload("Anlage.pdf", PDF), subject_type="programme", subject_id=own.id, deed=deed)
        found = moving.deadlines_of(session, [task.id for task in open_of(session, own, house.today)], house.today)
        later = moving.shifts_to(session, found, house.today + timedelta(days=60), house.today)
        moving.move(session, later, house.deed("buero", "Mehr Zeit für den Entwurf"))
        row = registers.add_row(session, own, "measures", {"key": "kurse", "title": "Kurse", "topics": []}, deed)
        equip(session, demo_signing_key(tmp_path_factory.mktemp("keys") / "schluessel.pem"))
        house.advance("in_force")
        owner, until = house.people["redaktion"], house.today + timedelta(days=30)
        named = {"person_id": owner, "due_on": until, "version": 0}
        measures.entrust(session, own, row, **named, actor=house.actor("gf"), at=house.tick())
        amend(house)
        house.at = walk.publish(session, own, people=house.people, at=house.at)
        close_on(session, date(2027, 2, 8), "Rosenmontag", house.deed("buero"), today=house.today)
        enter_absence(
            session, person(house, "beirat1"), house.today, house.today + timedelta(days=3), house.deed("buero")
        )
        name_substitute(session, house.member("haushalt"), person(house, "bca"), house.deed("buero"))
        end_membership(session, house.member("beirat5"), house.today, house.deed("admin"))
    yield engine
    engine.dispose()
    discard(url)


def amend(house: House) -> None:
    """Let an amendment go on to its first booking, so that there is one."""
    case = Case(house)
    within = budgets.lines_in(house.session, budgets.tables_of(house.session, house.programme)[0])
    ids = {"source_line_id": within["qualifizierung"].id, "target_line_id": within["beratung"].id}
    case.bring("blocked", Draft(AmendmentKind.LINE_SHIFT, 50_00, **ids, reason=REASON))
    case.declare()
    case.book(20_00)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database of the test's own, for what must be committed."""
    one = database.engine_for(database_url)
    yield one
    one.dispose()
