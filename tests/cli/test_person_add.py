"""`person add`: the first person of a house gets a link, and signs in with it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from jcflow import clock, database
from jcflow.accounts import jobcenters, people, sign_in
from jcflow.cli.demo.content import DATA
from jcflow.procedure import Role

ADD = ("person", "add", "--jobcenter", "herford", "--name", "Anna Ahornfeld")


def test_the_link_leads_to_a_password_and_the_password_in(jcflow, database_url):
    jcflow("import", DATA / "herford-2022.yaml")

    added = jcflow(
        *ADD, "--email", "Gf@Herford.example", "--role", "managing_director", JCFLOW_BASE_URL="https://jc.example/"
    )

    address, _, token = added.stdout.strip().rpartition("/")
    engine = database.engine_for(database_url)
    with Session(engine) as session:
        sign_in.take_up(session, token, "ein langes Passwort", clock.now())
        kept = sign_in.look_up(session, email="gf@herford.example", address="127.0.0.1", at=clock.now())
        fits = kept.fits("ein langes Passwort")
        somebody = sign_in.authenticate(session, kept, clock.now(), fits=fits)
        roles = people.roles_of(session, somebody.id, clock.today())
    engine.dispose()
    assert added.exit_code == 0, added.stderr
    assert address == "https://jc.example/invitation"
    assert "14 Tage" in added.stderr
    assert roles == {Role.MANAGING_DIRECTOR}
    assert jcflow("audit", "verify").exit_code == 0


def test_the_chair_of_the_assembly_and_a_member_of_the_board_carry_their_details(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("import", DATA / "herford-2022.yaml")

    chair = ("--role", "assembly_member", "--carrier", "agency", "--chair")
    board = ("--role", "board_member", "--board-group", "welfare", "--organisation", "Runder Tisch")
    jcflow_on_sqlite(*ADD, "--email", "tv@herford.example", *chair)
    jcflow_on_sqlite(*ADD, "--email", "beirat@herford.example", *board)

    engine = database.engine_for(sqlite_url)
    with database.reading(engine) as session:
        database.serve(session, jobcenters.by_name(session, "herford").id)
        kept = {(m.role, m.carrier, m.chair, m.board_group, m.organisation) for m in people.memberships(session)}
    engine.dispose()
    assert kept == {
        (Role.ASSEMBLY_MEMBER, people.Carrier.AGENCY, True, None, ""),
        (Role.BOARD_MEMBER, None, False, people.BoardGroup.WELFARE, "Runder Tisch"),
    }


def test_details_that_lack_are_named_and_nobody_is_added(jcflow_on_sqlite, sqlite_url):
    jcflow_on_sqlite("import", DATA / "herford-2022.yaml")

    refused = jcflow_on_sqlite(*ADD, "--email", "tv@herford.example", "--role", "assembly_member")

    engine = database.engine_for(sqlite_url)
    with database.reading(engine) as session:
        database.serve(session, jobcenters.by_name(session, "herford").id)
        known = people.people(session)
    engine.dispose()
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr == "Wählen Sie aus, welchen Träger das Mitglied vertritt.\n"
    assert known == []


def test_an_address_is_given_once(jcflow_on_sqlite):
    jcflow_on_sqlite("import", DATA / "herford-2022.yaml")
    jcflow_on_sqlite(*ADD, "--email", "gf@herford.example", "--role", "staff")

    refused = jcflow_on_sqlite(*ADD, "--email", "gf@herford.example", "--role", "auditor")

    assert refused.exit_code == 1
    assert "schon vergeben" in refused.stderr
