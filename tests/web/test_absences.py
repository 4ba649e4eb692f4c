"""The pages for absence and substitution."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from werkzeug.test import TestResponse

from jcflow import clock
from jcflow.accounts.people import Membership
from jcflow.mail.outbox import Mail, Occasion
from jcflow.reminders.planning import plan
from tests.site import Client, Site

OWN = "/account/absences"


def days(first: int, last: int) -> dict[str, str]:
    return {
        "first_on": (clock.today() + timedelta(days=first)).isoformat(),
        "last_on": (clock.today() + timedelta(days=last)).isoformat(),
    }


def membership_of(site: Site, account: str) -> str:
    with site.session() as session:
        return str(session.scalars(select(Membership.id).where(Membership.person_id == site.person_id(account))).one())


def enter(client: Client, site: Site, account: str, page: str = OWN, first: int = 0, last: int = 25) -> TestResponse:
    return client.post_form(page, days(first, last), action=f"/absences/{site.person_id(account)}")


def name(client: Client, site: Site, account: str, substitute: str, page: str = OWN, **more: str) -> TestResponse:
    action = f"/absences/{site.person_id(account)}/substitutes/{membership_of(site, account)}"
    return client.post_form(page, {"person": str(site.person_id(substitute)), **more}, action=action)


def test_a_person_enters_an_absence_and_names_somebody_who_then_sees_the_tasks(site: Site) -> None:
    site.at("consultation")
    member, instead = site.client("beirat1"), site.client("redaktion")
    assert "Stellungnahme absenden" not in instead.text("/tasks")

    assert name(member, site, "beirat1", "redaktion").status_code == 303
    assert enter(member, site, "beirat1").status_code == 303

    shown = instead.text("/tasks")
    assert "Stellungnahme absenden" in shown
    assert "Sie vertreten zurzeit" in shown


def test_a_substitute_named_after_the_absence_began_hears_of_it_and_of_the_task(sqlite_site: Site) -> None:
    site = sqlite_site.at("consultation")
    member = site.client("beirat1")
    with site.writing() as session:
        plan(session, clock.now())
    assert enter(member, site, "beirat1").status_code == 303

    assert name(member, site, "beirat1", "redaktion").status_code == 303
    with site.writing() as session:
        plan(session, clock.now())

    with site.session() as session:
        found = session.execute(select(Mail.person_id, Mail.occasion)).all()
    told = [occasion for person_id, occasion in found if person_id == site.person_id("redaktion")]
    own = [occasion for person_id, occasion in found if person_id == site.person_id("beirat1")]
    assert told.count(Occasion.SUBSTITUTION) == 1
    assert {Occasion.CONSULTATION, Occasion.REMINDER} & set(told)
    assert own.count(Occasion.SUBSTITUTION) == 2


def test_a_substitute_gives_the_opinion_in_the_member_s_name(site: Site) -> None:
    site.at("consultation")
    member, instead = site.client("beirat1"), site.client("redaktion")
    name(member, site, "beirat1", "redaktion")
    enter(member, site, "beirat1")

    answer = instead.post_form(f"/programmes/{site.slug()}/opinions/new", {"stance": "agree"})

    assert answer.status_code == 303
    assert "Stellungnahme absenden" not in member.text("/tasks").partition("Erledigt")[0]


def test_a_member_cannot_give_the_own_vote_away(site: Site) -> None:
    member = site.client("tv2")
    action = f"/absences/{site.person_id('tv2')}/substitutes/{membership_of(site, 'tv2')}"
    token = member.form(OWN, action=f"/absences/{site.person_id('tv2')}").filled({})

    refused = member.post(action, data={**token, "person": str(site.person_id("redaktion")), "votes": "1"})

    assert refused.status_code == 403


def test_the_office_names_who_votes_on_a_seat(site: Site) -> None:
    site.at("resolution")
    office, page = site.client("buero"), f"/deadlines/absences/{site.person_id('tv2')}"
    name(office, site, "tv2", "redaktion", page, votes="1")
    enter(office, site, "tv2", page)
    instead, ballot = site.client("redaktion"), f"/programmes/{site.slug()}/vote"

    checked = instead.post_form(ballot, {"choice": "yes"}, action=f"{ballot}/check")
    assert checked.status_code == 200
    assert "Stimme abgeben" in instead.text("/tasks")
    assert "Stimme abgeben" not in site.client("bca").text("/tasks")


def test_the_office_sees_which_deadline_nobody_is_there_for(site: Site) -> None:
    site.at("consultation")
    office, page = site.client("buero"), f"/deadlines/absences/{site.person_id('beirat1')}"
    enter(office, site, "beirat1", page)

    assert "Abwesenheit ohne Vertretung" in office.text("/deadlines")
    assert "ohne Vertretung" in office.text("/deadlines/absences")


def test_days_the_wrong_way_round_stay_on_the_page(site: Site) -> None:
    client = site.client("gf")

    refused = enter(client, site, "gf", first=9, last=3)

    assert refused.status_code == 422
    assert days(9, 3)["first_on"] in refused.text
    assert "Keine Abwesenheit eingetragen" in refused.text


def test_somebody_without_a_right_enters_nothing_for_others(site: Site) -> None:
    client = site.client("redaktion")
    form = client.form(OWN, action=f"/absences/{site.person_id('redaktion')}").filled(days(1, 2))

    assert client.post(f"/absences/{site.person_id('gf')}", data=form).status_code == 403
    assert client.get(f"/deadlines/absences/{site.person_id('gf')}").status_code == 403
    assert site.client("buero@herford").get(f"/deadlines/absences/{site.person_id('gf')}").status_code == 404


def test_an_absence_is_taken_back(site: Site) -> None:
    client = site.client("gf")
    enter(client, site, "gf")
    page = client.page(OWN)
    action = next(form.action for form in page.forms if form.action.endswith("/remove"))

    assert client.post_form(OWN, action=action).status_code == 303

    assert "Keine Abwesenheit eingetragen" in client.text(OWN)
