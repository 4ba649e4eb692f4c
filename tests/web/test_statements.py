"""How many statements a page costs: few, and as many however much there is."""

from __future__ import annotations

import pytest

from jcflow.web.database import db
from tests.crowd import add_people, add_programmes, add_tasks, statements_of
from tests.places import ACCOUNTS
from tests.site import Client, Site

MOST_OF_TASKS, MOST_OF_A_PROGRAMME = 6, 15
READERS = tuple(account for account in ACCOUNTS if account != "admin")
LONG_WAYS = {
    "paderborn": ("internal_check", "disposition", "resolution"),
    "ennepe-ruhr": ("committee",),
}


def statements(site: Site, client: Client, path: str) -> int:
    """How many statements the page costs, the visitor's session and roles included."""
    with site.app.app_context():
        engine = db.engine
    with statements_of(engine) as sent:
        client.text(path)
    return len(sent)


def costs(site: Site, clients: dict[str, Client], house: str = "paderborn") -> dict[str, tuple[int, int]]:
    """Account to the statements of the page of tasks and of the programme's."""
    programme = f"/programmes/{site.slug(house)}"
    return {a: (statements(site, c, "/tasks"), statements(site, c, programme)) for a, c in clients.items()}


def too_many(found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {a: pair for a, pair in found.items() if pair[0] > MOST_OF_TASKS or pair[1] > MOST_OF_A_PROGRAMME}


@pytest.mark.parametrize(
    ("house", "state"), [(house, state) for house, states in LONG_WAYS.items() for state in states]
)
def test_the_pages_of_tasks_and_of_a_programme_cost_few_statements(sqlite_site: Site, house: str, state: str) -> None:
    site = sqlite_site.at(state, house)
    accounts = [a for a in READERS if house == "paderborn" or not a.startswith("tv")]

    found = costs(site, {a: site.client(f"{a}@{house}") for a in accounts}, house)

    assert too_many(found) == {}


def test_a_programme_taken_up_again_after_its_rejection_costs_few_statements(sqlite_site: Site) -> None:
    site = sqlite_site.at("rejected")
    gf = site.client("gf")
    gf.post_form(f"/programmes/{site.slug()}/revise", action=f"/programmes/{site.slug()}/steps/revise")

    found = costs(site, {"gf": gf})

    assert too_many(found) == {}


def test_more_people_tasks_programmes_and_events_cost_no_more_statements(site: Site) -> None:
    site.at("disposition")
    clients = {account: site.client(account) for account in ("gf", "redaktion", "beirat1", "buero", "revision")}
    before = costs(site, clients)
    with site.writing() as session:
        house, deed = site.house(session), site.deed("admin")
        programmes = add_programmes(session, house, 12, deed)
        people = add_people(session, house, 15, deed)
        add_tasks(session, house, programmes, people, 300)

    after = costs(site, clients)

    assert too_many(after) == {}
    assert {a: pair[1] for a, pair in after.items()} == {a: pair[1] for a, pair in before.items()}
    assert max(pair[0] for pair in after.values()) <= max(pair[0] for pair in before.values())
