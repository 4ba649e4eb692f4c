"""How a person chooses to be written to, and where the links of mails lead."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.mail_wishes import wish_of
from jcflow.tasks import Task
from tests.site import Site

PAGE = "/account/notifications"


def test_a_person_chooses_a_summary_and_a_pause(site: Site) -> None:
    client = site.client("gf")
    until = (clock.today() + timedelta(days=10)).isoformat()

    answer = client.post_form(PAGE, {"mails": "collected", "paused_until": until})

    assert answer.status_code == 303
    form = client.form(PAGE)
    assert form.fields["paused_until"] == [until]
    with site.session() as session:
        wish = wish_of(session, site.person_id("gf"))
        assert wish is not None
        assert (wish.collected, str(wish.paused_until)) == (True, until)


def test_a_pause_that_ends_early_lets_the_worker_look_at_once(site: Site) -> None:
    client = site.client("gf")
    client.post_form(PAGE, {"mails": "single", "paused_until": (clock.today() + timedelta(days=10)).isoformat()})
    with site.writing() as session:
        for task in session.scalars(select(Task)):
            task.next_on = clock.today() + timedelta(days=11)

    client.post_form(PAGE, {"mails": "single", "paused_until": ""})

    with site.session() as session:
        mine = select(Task.next_on).where(Task.role == "managing_director", Task.done_at.is_(None))
        assert set(session.scalars(mine)) == {clock.today()}


@pytest.mark.parametrize("day", ["gestern", "2020-01-01", "2099-01-01"])
def test_a_pause_without_a_sensible_end_keeps_what_was_typed(site: Site, day: str) -> None:
    client = site.client("gf")

    answer = client.post_form(PAGE, {"mails": "collected", "paused_until": day})

    assert answer.status_code == 422
    assert f'value="{day}"' in answer.text
    with site.session() as session:
        assert wish_of(session, site.person_id("gf")) is None


def test_an_unknown_choice_is_refused(site: Site) -> None:
    assert site.client("gf").post_form(PAGE, {"mails": "nie", "paused_until": ""}).status_code == 422


def test_the_link_of_a_mail_asks_to_sign_in_and_leads_on(site: Site) -> None:
    site.at("consultation")
    with site.session() as session:
        task = session.scalars(select(Task).where(Task.person_id == site.person_id("beirat1"))).one()
        path = f"/go/task/{task.id}"

    nobody, member = site.client(None).get(path), site.client("beirat1").get(path)

    assert nobody.status_code == 303
    assert "/login" in nobody.location
    assert (member.status_code, member.location) == (303, f"/programmes/{site.slug()}/opinions/new")


def test_the_link_of_a_task_that_is_done_leads_to_its_programme(site: Site) -> None:
    site.at("consultation")
    with site.session() as session:
        done = session.scalars(select(Task.id).where(Task.done_at.is_not(None))).first()

    assert site.client("gf").get(f"/go/task/{done}").location == f"/programmes/{site.slug()}"


@pytest.mark.parametrize("kind", ["task", "programme", "ballot", "opinion", "answers"])
def test_a_link_to_what_is_not_there_answers_like_any_other(site: Site, kind: str) -> None:
    assert site.client("gf").get(f"/go/{kind}/{uuid4()}").status_code == 404


def test_a_link_to_another_house_answers_like_one_that_is_not_there(site: Site) -> None:
    with site.session("herford") as session:
        task = session.scalars(select(Task.id)).first()

    assert site.client("gf").get(f"/go/task/{task}").status_code == 404
