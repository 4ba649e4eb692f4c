"""`demo`: three houses at the state somebody asks for; what was done with them stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jcflow import database
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters
from jcflow.accounts.people import roles_of
from jcflow.accounts.sign_in import authenticate, look_up
from jcflow.audit.verify import verify
from jcflow.cli import cast
from jcflow.cli.demo.content import DATA
from jcflow.clock import now, today
from jcflow.process.acts import acting
from jcflow.programmes import milestones
from jcflow.programmes.programme import all_programmes, by_slug, steps_of


def states_in(url: str) -> dict[str, str]:
    """Key of a house to the state of its newest programme."""
    engine = database.engine_for(url)
    found = {}
    with database.reading(engine) as session:
        for house in all_jobcenters(session):
            database.serve(session, house.id)
            found[house.key] = all_programmes(session)[0].state
    engine.dispose()
    return found


def test_the_demo_begins_in_drafting_with_its_accounts(jcflow, database_url):
    shown = jcflow("demo", "--no-serve", JCFLOW_SECRET_KEY=None, JCFLOW_PORT="8123")

    engine = database.engine_for(database_url)
    with database.writing(engine) as session:
        for house in all_jobcenters(session):
            database.serve(session, house.id)
            people = cast.known(session, house)
            roles = {account: roles_of(session, person_id, today()) for account, person_id in people.items()}
            assert all(part.role in roles[part.account] for part in cast.parts_in(house))
            kept = look_up(session, email=cast.address(house, "gf"), address="", at=now())
            authenticate(session, kept, now(), fits=kept.fits("demo"))
        assert verify(session).findings == ()
    engine.dispose()
    assert shown.exit_code == 0, shown.stderr
    assert shown.stderr == ""
    assert "http://127.0.0.1:8123" in shown.stdout
    assert "gf@paderborn.example" in shown.stdout
    assert "Ebenso unter @ennepe-ruhr.example, ohne Trägerversammlung" in shown.stdout
    assert states_in(database_url) == {"paderborn": "drafting", "herford": "drafting", "ennepe-ruhr": "drafting"}


@pytest.mark.parametrize(
    ("state", "in_zkt"),
    [
        ("opened", "opened"),
        ("first_reading", "drafting"),
        ("consultation", "consultation"),
        ("tied", "drafting"),
        ("in_force", "in_force"),
        ("withdrawn", "withdrawn"),
    ],
)
def test_the_newest_programme_stands_where_it_was_asked_for(jcflow_on_sqlite, sqlite_url, state, in_zkt):
    shown = jcflow_on_sqlite("demo", "--no-serve", "--at", state)

    lacking = "Jobcenter Ennepe-Ruhr-Kreis: Dieses Verfahren kennt den Stand" in shown.stderr
    assert shown.exit_code == 0, shown.stderr
    assert states_in(sqlite_url) == {"paderborn": state, "herford": state, "ennepe-ruhr": in_zkt}
    assert lacking == (state != in_zkt)


def test_a_state_only_the_zkt_has_leaves_the_others_in_drafting(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("demo", "--no-serve", "--at", "council")

    assert states_in(sqlite_url) == {"paderborn": "drafting", "herford": "drafting", "ennepe-ruhr": "council"}


def test_an_opened_programme_has_really_been_opened_and_holds_its_content(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("demo", "--no-serve", "--at", "opened")

    engine = database.engine_for(sqlite_url)
    with database.reading(engine) as session:
        database.serve(session, session.scalars(select(Jobcenter.id).where(Jobcenter.key == "herford")).one())
        programme = by_slug(session, "2022")
        steps = [step.trigger for step in steps_of(session, programme)]
    engine.dispose()
    assert steps == ["open"]
    assert "Konjunkturprognose" in jcflow_on_sqlite("export", "--jobcenter", "herford", "--programme", "2022").stdout


def test_a_second_start_keeps_what_was_done(jcflow, database_url):
    jcflow("demo", "--no-serve")
    engine = database.engine_for(database_url)
    with database.writing(engine) as session:
        house = session.scalars(select(Jobcenter).where(Jobcenter.key == "herford")).one()
        house_id = house.id
        database.serve(session, house_id)
        programme = by_slug(session, "2022", lock=True)
        director = cast.known(session, house)["gf"]
        actor = Actor(director, roles_of(session, director, today()))
        with acting(session, programme, "set_basis", actor=actor, at=now()) as deed:
            milestones.set_basis(session, programme, known=False, source="", dated=None, note="fehlt noch", deed=deed)

    again = jcflow("demo", "--no-serve")

    with database.reading(engine) as session:
        database.serve(session, house_id)
        basis = by_slug(session, "2022").basis
    engine.dispose()
    assert again.exit_code == 0, again.stderr
    assert basis is not None
    assert basis["note"] == "fehlt noch"
    assert states_in(database_url)["herford"] == "drafting"


def test_a_later_state_is_walked_to_from_where_the_programme_stands(jcflow, database_url):
    jcflow("demo", "--no-serve", "--at", "consultation")

    later = jcflow("demo", "--no-serve", "--at", "in_force")

    assert later.exit_code == 0, later.stderr
    assert set(states_in(database_url).values()) == {"in_force"}
    assert jcflow("audit", "verify").exit_code == 0


def test_an_earlier_state_is_not_gone_back_to(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("demo", "--no-serve", "--at", "consultation")

    refused = jcflow_on_sqlite("demo", "--no-serve", "--at", "drafting")

    assert refused.exit_code == 0
    assert (
        "Jobcenter Herford: Vom Stand „Beteiligung des Beirats“ führt kein Weg zum Stand „Entwurf“. "
        "Von vorn beginnen: make demo-reset\n"
    ) in refused.stderr
    assert set(states_in(sqlite_url).values()) == {"consultation"}


def test_a_house_that_is_no_part_of_the_demo_is_left_alone(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("import", DATA / "herford-2022.yaml")

    shown = jcflow_on_sqlite("demo", "--no-serve", "--at", "consultation")

    assert shown.exit_code == 0, shown.stderr
    assert "Jobcenter Herford hat keine Zugänge der Vorführung und bleibt, wie es ist.\n" in shown.stderr
    assert states_in(sqlite_url) == {
        "paderborn": "consultation",
        "herford": "drafting",
        "ennepe-ruhr": "consultation",
    }
