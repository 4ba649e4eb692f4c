"""What everything rests on: writers wait for writers, who reads writes nothing, no form goes without its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import OperationalError

from jcflow import database
from jcflow.accounts.jobcenters import Setting, found
from jcflow.programmes.programme import Programme, by_slug
from tests.factories import COMMAND_LINE
from tests.places import digest
from tests.site import Site

TWO = ({"key": "anger", "name": "Jobcenter Anger"}, {"key": "bruch", "name": "Jobcenter Bruch"})


@pytest.mark.postgres
def test_a_programme_loaded_to_be_changed_is_held_until_the_end(new_site: Callable[..., Site]) -> None:
    site = new_site("postgresql").at("drafting")
    slug = site.slug()
    another = create_engine(site.url)
    try:
        with site.writing() as session, another.connect() as connection:
            programme = by_slug(session, slug, lock=True)
            taken = text("SELECT 1 FROM programme WHERE id = :id FOR UPDATE NOWAIT")
            with pytest.raises(OperationalError, match="could not obtain lock"):
                connection.execute(taken, {"id": programme.id})
    finally:
        another.dispose()


def test_a_writer_holds_the_database_from_the_first_look_on(sqlite_url: str) -> None:
    engine = database.engine_for(sqlite_url)
    another = sqlite3.connect(str(make_url(sqlite_url).database), timeout=0, isolation_level=None)
    try:
        with database.writing(engine) as session:
            session.scalars(select(Programme.id), execution_options=database.EVERY_JOBCENTER).all()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                another.execute("BEGIN IMMEDIATE")
    finally:
        another.close()
        engine.dispose()


def test_a_house_sees_only_its_own_rows(sqlite_url: str) -> None:
    engine = database.engine_for(sqlite_url)
    try:
        with database.writing(engine) as session:
            ids = [found(session, **house, form="gE", land="NW", carriers=[], deed=COMMAND_LINE).id for house in TWO]
        for jobcenter_id in ids:
            with database.reading(engine) as session:
                database.serve(session, jobcenter_id)
                assert [setting.jobcenter_id for setting in session.scalars(select(Setting))] == [jobcenter_id]
    finally:
        engine.dispose()


def test_looking_at_the_own_tasks_and_programmes_changes_nothing(site: Site) -> None:
    site.at("drafting")
    director, slug = site.client("gf"), site.slug()
    before = digest(site)

    for page in (
        "/tasks",
        "/programmes",
        f"/programmes/{slug}",
        f"/programmes/{slug}/text",
        f"/programmes/{slug}/history",
    ):
        assert director.get(page).status_code == 200

    assert digest(site) == before


def test_a_step_without_the_version_it_was_decided_on_is_not_taken(site: Site) -> None:
    site.at("drafting")
    director, page = site.client("gf"), f"/programmes/{site.slug()}/withdraw"
    said = {"version": None, "reason": "Die Planung wird neu aufgesetzt."}
    before = digest(site)

    answer = director.post_form(page, said, action=page.replace("/withdraw", "/steps/withdraw"))

    assert answer.status_code == 422
    assert digest(site) == before
