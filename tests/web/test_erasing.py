"""Eine Person löschen: what leaves and what stays is shown before, and only the administration does it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from jcflow.accounts import people
from jcflow.accounts.actor import Actor
from jcflow.audit.erasing import erasures
from jcflow.audit.reading import entries, select_events
from jcflow.audit.verify import verify
from jcflow.clock import written
from jcflow.mail.erasing import empty
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.procedure import Role
from tests.forms import page_of
from tests.site import NOW, Client, Site

REASON = "Antrag vom 3. November 2026"
GONE = "Gelöschte Person (Beirat)"


def leave(site: Site, account: str, house: str = "paderborn") -> str:
    """Let somebody's role end, and give the page on which the person is forgotten."""
    admin = Actor(site.person_id(f"admin@{house}"), frozenset({Role.ADMIN}))
    person_id = site.person_id(f"{account}@{house}")
    with site.writing(house) as session:
        for member in people.memberships(session, person_id):
            people.end_membership(session, member, NOW.date(), admin.deed(Role.ADMIN, NOW - timedelta(hours=1)))
    return f"/admin/people/{person_id}/erase"


def checked(admin: Client, page: str, reason: str = REASON) -> TestResponse:
    """The page of the first step, sent."""
    return admin.post_form(page, {"reason": reason}, action=f"{page}/check")


def forget(admin: Client, page: str) -> TestResponse:
    """Go both steps."""
    return admin.post(page, data=page_of(checked(admin, page)).form(page).filled({}))


def forgotten(site: Site) -> int:
    with site.session() as session:
        return len(erasures(session))


def test_the_administration_forgets_a_person_in_two_steps(site: Site) -> None:
    site.at("in_force")
    page, admin = leave(site, "beirat5"), site.client("admin")
    with site.session() as session:
        name = people.person(session, site.person_id("beirat5")).name
    before = admin.page(page).words

    answer = forget(admin, page)

    assert name in before
    assert "Art. 17 Abs. 3" in before
    assert answer.status_code == 303
    assert "Die Person ist gelöscht." in admin.text(answer.location)
    for account, path in (
        ("admin", page.removesuffix("/erase")),
        ("revision", "/audit"),
        ("gf", f"/programmes/{site.slug()}/opinions"),
        ("gf", f"/programmes/{site.slug()}/history"),
    ):
        shown = site.client(account).text(path)
        assert name not in shown, path
        assert GONE in shown or path.endswith("history"), path
    with site.session() as session:
        assert verify(session, site.house(session).id).findings == ()


def test_the_trail_says_who_did_it_and_why(site: Site) -> None:
    page = leave(site, "beirat5")

    forget(site.client("admin"), page)

    with site.session() as session:
        entry = entries(session, select_events(site.house(session).id).limit(1))[0]
    assert (entry.object_type, entry.actor_id, entry.reason) == ("erasure", site.person_id("admin"), REASON)


def test_whoever_was_forgotten_cannot_sign_in_and_gets_no_new_access(site: Site) -> None:
    page, admin = leave(site, "beirat5"), site.client("admin")
    person_page = page.removesuffix("/erase")
    role = admin.form(person_page, action=f"{person_page}/roles").filled({"role": "editor"})
    link = admin.form(person_page, action=f"{person_page}/invitation").filled({})
    forget(admin, page)

    refused = [admin.post(f"{person_page}/roles", data=role), admin.post(f"{person_page}/invitation", data=link)]

    assert [answer.status_code for answer in refused] == [409, 409]
    assert "Laden Sie sie neu ein" in refused[0].text
    assert admin.get(page).status_code == 409
    assert "/erase" not in admin.text(person_page)
    assert site.client(None).sign_in("beirat5@paderborn.example").status_code == 422


@pytest.mark.parametrize(("account", "said"), [("gf", "noch eine Rolle"), ("admin", "Sich selbst")])
def test_whoever_still_has_a_part_is_not_forgotten(sqlite_site: Site, account: str, said: str) -> None:
    page = f"/admin/people/{sqlite_site.person_id(account)}/erase"
    admin = sqlite_site.client("admin")
    token = {"csrf_token": admin.csrf_token(), "form_token": "00000000000000000000000000000000", "reason": REASON}

    shown, answer = admin.page(page), admin.post(page, data=token)

    assert said in shown.words
    assert answer.status_code == 409
    assert said in answer.text
    assert forgotten(sqlite_site) == 0


def test_a_voter_is_refused_with_the_day_until_which_the_record_needs_the_name(sqlite_site: Site) -> None:
    site = sqlite_site.at("in_force")
    page, admin = leave(site, "tv2"), site.client("admin")
    with site.session() as session:
        name, last = people.person(session, site.person_id("tv2")).name, site.programme(session).period_to

    token = {"csrf_token": admin.csrf_token(), "reason": REASON}
    shown, answer = admin.page(page), admin.post(f"{page}/check", data=token)

    assert f"bis {written(last.replace(year=last.year + 10))} aufbewahrt" in shown.words
    assert answer.status_code == 409
    assert name in site.client("gf").text(f"/programmes/{site.slug()}/record")


@pytest.mark.parametrize("reason", ["", "Frau Pappelstein hat es verlangt"])
def test_a_reason_that_will_not_do_is_shown_again(sqlite_site: Site, reason: str) -> None:
    page = leave(sqlite_site, "beirat5")

    answer = checked(sqlite_site.client("admin"), page, reason)

    assert answer.status_code == 422
    assert reason in answer.text
    assert forgotten(sqlite_site) == 0


def test_the_reason_can_be_changed_once_more(sqlite_site: Site) -> None:
    page, admin = leave(sqlite_site, "beirat5"), sqlite_site.client("admin")
    form = page_of(checked(admin, page)).form(page)

    answer = admin.post(f"{page}/check", data=form.filled({}, "Zurück und ändern"))

    assert answer.status_code == 200
    assert REASON in answer.text


def test_a_form_sent_twice_forgets_once(sqlite_site: Site) -> None:
    page, admin = leave(sqlite_site, "beirat5"), sqlite_site.client("admin")
    filled = page_of(checked(admin, page)).form(page).filled({})

    answers = [admin.post(page, data=filled) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert forgotten(sqlite_site) == 1


def test_only_the_administration_of_the_own_house_may(sqlite_site: Site) -> None:
    page = leave(sqlite_site, "beirat5")

    answers = {name: sqlite_site.client(name).get(page).status_code for name in ("gf", "buero", "admin@herford")}

    assert answers == {"gf": 403, "buero": 403, "admin@herford": 404}


def test_an_emptied_mail_says_so_and_is_not_sent_again(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        somebody = people.person(session, sqlite_site.person_id("gf"))
        known = {"created_at": NOW, "not_before": NOW, "next_try_at": NOW, "sent_at": NOW, "state": MailState.SENT}
        words = {"address": somebody.email, "name": somebody.name, "subject": "Frist", "text": "Guten Tag"}
        mail = Mail(
            jobcenter_id=somebody.jobcenter_id,
            key="test",
            person_id=somebody.id,
            occasion=Occasion.WEEKLY,
            facts={},
            **known,
            **words,
        )
        session.add(mail)
        session.flush()
        empty([mail])
        page = f"/mails/{mail.id}"
    office = sqlite_site.client("buero")

    shown = office.page(page)

    assert "Anschrift und Inhalt sind gelöscht." in shown.words
    assert "Noch einmal senden" not in shown.words
    assert office.get("/mails").status_code == 200
