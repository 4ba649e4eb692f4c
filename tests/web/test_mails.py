"""Versand: the Gremienbüro sees every mail, sends again what did not arrive, and prints letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.people import Person
from jcflow.audit.trail import record
from jcflow.mail import outcomes
from jcflow.mail.claims import claim
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.mail.outcomes import Failure
from tests.site import Site

NO = "Der Mailserver lehnt die Mail ab: 550 no such user"


def put(site: Site, key: str, *, account: str = "gf", occasion: Occasion = Occasion.PUBLISHED, **how: object) -> UUID:
    """Queue a mail about the programme, long ago; returns its id."""
    with site.writing() as session:
        programme, at = site.programme(session), clock.now() - timedelta(hours=3)
        letter = Letter(occasion, site.person_id(account), key, {}, programme.id, urgent=True, **how)  # type: ignore[arg-type]
        queue(session, letter, at=at)
        return session.scalars(select(Mail.id).where(Mail.key == key)).one()


def become(site: Site, *ids: UUID, failure: Failure | None = None) -> None:
    """Let these mails be sent, or fail."""
    with site.writing() as session:
        lease = claim(session, clock.now(), limit=500)
        for mail in session.scalars(select(Mail).where(Mail.lease_token == lease.token)):
            if mail.id not in ids:
                outcomes.released(session, mail.id, lease.token)
                continue
            mail.subject, mail.text, mail.html = "Betreff", "Guten Tag, hier der Text.", "<p>"
            outcomes.written(session, [mail], lease.token)
            if failure is None:
                outcomes.sent(session, mail.id, lease.token, clock.now())
            else:
                outcomes.failed(session, mail, lease.token, failure, clock.now())


def mail(site: Site, mail_id: UUID) -> Mail:
    with site.session() as session:
        found = session.get_one(Mail, mail_id)
        session.expunge(found)
        return found


def test_the_office_sees_what_became_of_every_mail(site: Site) -> None:
    site.at("published")
    lost, sent = put(site, "a", account="tv1"), put(site, "b")
    become(site, lost, failure=Failure(NO, final=True))
    become(site, sent)
    waiting = put(site, "c", account="beirat1")

    page = site.client("buero").text("/mails")

    assert "nicht zustellbar" in page
    assert NO in page
    assert "versandt" in page
    assert "Es ist kein Mailserver eingerichtet." in page
    assert all(f"/mails/{mail_id}" in page for mail_id in (lost, sent, waiting))
    only = site.client("buero").text("/mails?show=lost")
    assert f"/mails/{lost}" in only
    assert f"/mails/{sent}" not in only
    shown = site.client("buero").text(f"/mails/{sent}")
    assert "Guten Tag, hier der Text." in shown


def test_what_did_not_arrive_is_sent_again(site: Site) -> None:
    site.at("published")
    mail_id = put(site, "a")
    become(site, mail_id, failure=Failure(NO, final=True))
    buero = site.client("buero")

    answer = buero.post_form(f"/mails/{mail_id}", {}, action=f"/mails/{mail_id}/resend")

    assert answer.status_code == 303
    again = mail(site, mail_id)
    assert (again.state, again.attempts, again.problem) == (MailState.WAITING, 0, NO)
    with site.writing() as session:
        assert mail_id in claim(session, clock.now()).mails


def test_what_arrived_is_sent_again_as_a_copy_of_its_own(site: Site) -> None:
    site.at("published")
    mail_id = put(site, "a")
    become(site, mail_id)

    site.client("buero").post_form(f"/mails/{mail_id}", {}, action=f"/mails/{mail_id}/resend")

    with site.session() as session:
        copies = session.scalars(select(Mail).where(Mail.key.startswith("a/again/"))).all()
    assert mail(site, mail_id).state is MailState.SENT
    assert [copy.state for copy in copies] == [MailState.WAITING]
    assert [copy.facts for copy in copies] == [{**mail(site, mail_id).facts, "copy_of": [str(mail_id)]}]


@pytest.mark.parametrize("occasion", [Occasion.RESET, Occasion.INVITATION, Occasion.ADDRESS_CHANGE])
def test_a_personal_link_is_shown_to_nobody_else_and_not_sent_again(sqlite_site: Site, occasion: Occasion) -> None:
    sqlite_site.at("published")
    mail_id = put(sqlite_site, "a", occasion=occasion)
    become(sqlite_site, mail_id)
    buero = sqlite_site.client("buero")

    page = buero.text(f"/mails/{mail_id}")

    assert "hier der Text" not in page
    assert "/resend" not in page
    token = buero.form("/account", action="/logout").filled({}) | {"form_token": "x" * 24}
    assert buero.post(f"/mails/{mail_id}/resend", data=token).status_code == 409


def test_somebody_without_an_address_gets_a_letter_that_is_recorded_the_same_way(site: Site) -> None:
    site.at("published")
    person_id, deed = site.person_id("beirat1"), site.deed("admin")
    with site.writing() as session:
        somebody = session.get_one(Person, person_id)
        name = somebody.name
        record(session, somebody, deed, email=f"ohne-{uuid4()}")
        letter = Letter(Occasion.PUBLISHED, person_id, "a", {"on": "2026-11-20"}, site.programme(session).id)
        queue(session, letter, at=clock.now())
        mail_id = session.scalars(select(Mail.id).where(Mail.key == "a")).one()
    buero = site.client("buero")

    printed = buero.text(f"/mails/{mail_id}")
    answer = buero.post_form(f"/mails/{mail_id}", {}, action=f"/mails/{mail_id}/handed-in")

    assert f"Guten Tag {name}," in printed
    assert answer.status_code == 303
    done = mail(site, mail_id)
    assert (done.state, done.address) == (MailState.SENT, "")
    assert done.sent_at is not None
    assert f"Guten Tag {name}," in str(done.text)
    assert "als Brief versandt" in buero.text("/mails")
    assert "als Brief versandt" in buero.get("/mails.csv").get_data(as_text=True)


def test_the_sheet_proves_who_was_written_to(site: Site) -> None:
    site.at("published")
    invited = [put(site, f"new {a}", account=a, occasion=Occasion.CONSULTATION) for a in ("beirat1", "beirat2")]
    become(site, *invited)

    answer = site.client("buero").get("/mails.csv?occasion=consultation")
    nothing = site.client("buero").get("/mails.csv?occasion=ballot_changed")

    rows = answer.get_data(as_text=True).splitlines()
    assert len([row for row in rows if "versandt" in row and "@" in row]) == 2
    assert rows[0].lstrip("\ufeff").startswith('"Person";"Adresse";"Anlass"')
    assert len(nothing.get_data(as_text=True).splitlines()) == 1


def test_the_sheet_leaves_out_no_mail_however_many_there_are(sqlite_site: Site) -> None:
    sqlite_site.at("drafting")
    with sqlite_site.writing() as session:
        person_id, at = sqlite_site.person_id("gf"), datetime(2026, 5, 4, 10, tzinfo=UTC)
        letters = [Letter(Occasion.PUBLISHED, person_id, f"m{number}", {}) for number in range(20_001)]
        queue(session, *letters, at=at)

    sheet = sqlite_site.client("buero").get("/mails.csv?occasion=published").get_data(as_text=True)

    assert len(sheet.splitlines()) == 1 + 20_001


def test_the_list_goes_on_page_by_page(sqlite_site: Site) -> None:
    sqlite_site.at("drafting")
    with sqlite_site.writing() as session:
        person_id, at = sqlite_site.person_id("gf"), datetime(2026, 5, 4, 10, tzinfo=UTC)
        letters = [Letter(Occasion.PUBLISHED, person_id, f"m{number}", {}) for number in range(120)]
        queue(session, *letters, at=at)
    buero, seen, path = sqlite_site.client("buero"), list[str](), "/mails"

    while path:
        text = buero.text(path)
        path = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        path = path if 'rel="next"' in text else ""
        seen += [part.partition('"')[0] for part in text.split('href="/mails/')[1:]]

    assert len(set(seen)) == len(seen) == 120


@pytest.mark.parametrize("account", ["gf", "admin", "tv1", "beirat1", "revision"])
def test_only_the_office_sees_them(sqlite_site: Site, account: str) -> None:
    sqlite_site.at("published")
    mail_id = put(sqlite_site, "a")
    client = sqlite_site.client(account)

    assert {client.get(path).status_code for path in ("/mails", "/mails.csv", f"/mails/{mail_id}")} == {403}


def test_mails_of_another_house_do_not_exist(sqlite_site: Site) -> None:
    sqlite_site.at("published")
    mail_id = put(sqlite_site, "a")
    other = sqlite_site.client("buero@herford")

    assert other.get(f"/mails/{mail_id}").status_code == 404
    assert str(mail_id) not in other.text("/mails")


def test_a_silent_worker_is_told_where_there_is_a_mail_server(sqlite_site: Site) -> None:
    sqlite_site.at("published")
    sqlite_site.settings = replace(sqlite_site.settings, smtp_url="smtp://mail.example")

    page = sqlite_site.client("buero").text("/mails")

    assert "Der Dienst für den Versand arbeitet nicht" in page
