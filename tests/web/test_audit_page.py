"""The trail of the whole house: everything in it, and the proof that nothing was altered."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import make_url

from jcflow.accounts.people import memberships
from tests.site import Site


def test_the_house_sees_all_programmes_and_its_people(site: Site) -> None:
    client = site.client("revision")

    everything = client.page("/audit").words
    people = client.page("/audit?area=people").words

    assert "99+ Einträge" in everything
    assert "Mitgliedschaft hinzugefügt" in people
    assert "Art: Geschäftsführung" in client.page(f"/audit?area=people&object={_membership(site)}").words


def _membership(site: Site) -> str:
    person_id = site.person_id("gf")
    with site.session() as session:
        return str(memberships(session, person_id)[0].id)


def test_the_programme_narrows(sqlite_site: Site) -> None:
    client = sqlite_site.client("revision")

    assert "Programm hinzugefügt" not in client.page(f"/audit?programme={sqlite_site.slug()}&area=people").words
    assert "0 Einträge" in client.page("/audit?programme=1999").words


def test_another_house_is_not_in_it(sqlite_site: Site) -> None:
    assert "Ennepe" not in sqlite_site.client("revision").page("/audit?area=steps").words


@pytest.mark.parametrize("account", ["redaktion", "tv1", "beirat1", "admin", "bca", "haushalt"])
@pytest.mark.parametrize("path", ["/audit", "/audit.csv", "/audit/verify", "/audit/verify?run=1"])
def test_only_revision_management_and_office_read_it(sqlite_site: Site, account: str, path: str) -> None:
    assert sqlite_site.client(account).get(path).status_code == 403


@pytest.mark.parametrize("account", ["revision", "gf", "buero"])
def test_those_who_may_read_it_can(sqlite_site: Site, account: str) -> None:
    client = sqlite_site.client(account)

    assert client.get("/audit").status_code == 200
    assert client.get("/audit.csv").text.startswith('\ufeff"Eintrag"')


def test_the_proof_is_explained_first_and_then_given(site: Site) -> None:
    client = site.client("revision")

    before = client.page("/audit/verify").words
    after = client.page("/audit/verify?run=1").words

    assert "unversehrt" not in before
    assert "Der Änderungsverlauf ist unversehrt" in after
    assert "Geprüfte Einträge" in after


def test_an_altered_row_is_named(sqlite_site: Site) -> None:
    client = sqlite_site.client("revision")
    connection = sqlite3.connect(str(make_url(sqlite_site.url).database))
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'budget_line'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE budget_line SET amount = 1 WHERE key = 'kfa'")
    connection.commit()
    connection.close()

    words = client.page("/audit/verify?run=1").words

    assert "Der Änderungsverlauf ist nicht unversehrt" in words
    assert "Erste auffällige Stelle: budget_line" in words


def test_a_day_that_is_none_is_said(sqlite_site: Site) -> None:
    assert sqlite_site.client("revision").get("/audit?to=2026-13-01").status_code == 422
