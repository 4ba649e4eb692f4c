"""A forgotten password: a link by mail that nobody learns anything from, and that acts once."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select

from jcflow import clock
from jcflow.accounts.links import AccountLink
from jcflow.accounts.people import end_membership, memberships
from jcflow.mail.outbox import Occasion
from jcflow.reminders.letters import Letters
from jcflow.web.database import db
from tests.places import digest, plain
from tests.site import Client, Site
from tests.web.codes import begin, set_up
from tests.web.letters import path_in, queued

NEW = "drei wirre woerter"
KNOWN, UNKNOWN = "gf@paderborn.example", "nn@paderborn.example"


def ask(client: Client, email: str = KNOWN) -> None:
    answer = client.post_form("/reset", {"email": email})
    assert (answer.status_code, answer.location) == (303, "/reset/sent")


def link(site: Site) -> str:
    ask(site.client(None))
    return path_in(site, Occasion.RESET)


def test_the_link_in_the_mail_sets_a_new_password(site: Site) -> None:
    inside, guest = site.client("gf"), site.client(None)
    assert "/reset" in guest.page("/login").links

    path = link(site)
    answer = guest.post_form(path, {"password": NEW, "again": NEW})

    assert (answer.status_code, answer.location) == (303, "/login")
    assert guest.get("/account").status_code == 303
    assert "Ihr neues Passwort gilt ab jetzt" in guest.text("/login")
    assert inside.get("/account").status_code == 303
    assert site.client(None).sign_in(KNOWN, "demo").status_code == 422
    assert site.client(None).sign_in(KNOWN, NEW).status_code == 303
    assert [mail.facts["what"] for mail in queued(site, Occasion.ACCOUNT_CHANGED)] == ["password"]


def test_one_mail_is_queued_for_the_person_at_once(site: Site) -> None:
    ask(site.client(None), " GF@Paderborn.example ")

    mail = queued(site, Occasion.RESET)[0]

    assert (mail.person_id, mail.address, mail.urgent) == (site.person_id("gf"), KNOWN, True)
    assert len(queued(site, Occasion.RESET)) == 1
    with site.writing() as session:
        words = Letters("https://jcflow.example", clock.now()).render(session, mail)
    assert words is not None
    assert f"https://jcflow.example{mail.facts['path']}" in words.text


@pytest.mark.parametrize("email", [UNKNOWN, "gibt.es.nicht", "ohne-rolle"])
def test_nobody_learns_whether_there_is_an_account(site: Site, email: str) -> None:
    if email == "ohne-rolle":
        email = "redaktion@paderborn.example"
        with site.writing() as session:
            member = memberships(session, site.person_id("redaktion"))[0]
            end_membership(session, member, clock.today(), site.deed("admin"))
    known, unknown = asked(site, KNOWN), asked(site, email)

    assert known == unknown
    assert [mail.address for mail in queued(site, Occasion.RESET)] == [KNOWN]
    with site.session() as session:
        assert [row.person_id for row in session.scalars(select(AccountLink))] == [site.person_id("gf")]


def asked(site: Site, email: str) -> tuple[object, list[str]]:
    """What the answer says, and the statements it took."""
    guest, sent = site.client(None), list[str]()
    form = guest.form("/reset")
    with site.app.app_context():
        engine = db.engine

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    event.listen(engine, "before_cursor_execute", note)
    answer = guest.post("/reset", data=form.filled({"email": email}))
    event.remove(engine, "before_cursor_execute", note)
    return (plain(answer), plain(guest.get(answer.location))), sent


def test_too_many_questions_are_paused_alike(site: Site) -> None:
    answers = {}
    for email in (KNOWN, UNKNOWN):
        guest = site.client(None)
        for _ in range(3):
            ask(guest, email)
        answers[email] = plain(guest.post_form("/reset", {"email": email}))

    assert answers[KNOWN][0] == 429
    assert answers[KNOWN][2].replace(KNOWN, UNKNOWN) == answers[UNKNOWN][2]
    assert len(queued(site, Occasion.RESET)) == 3


def test_one_place_asks_ten_times_at_most(site: Site) -> None:
    guest = site.client(None)
    for number in range(10):
        ask(guest, f"niemand{number}@paderborn.example")

    assert guest.post_form("/reset", {"email": KNOWN}).status_code == 429
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        ask(guest)


@pytest.mark.parametrize("email", ["", "   ", "x" * 300])
def test_without_an_address_nothing_happens(site: Site, email: str) -> None:
    before = digest(site)

    answer = site.client(None).post_form("/reset", {"email": email})

    assert answer.status_code == 422
    assert "Geben Sie Ihre E-Mail-Adresse ein" in answer.text
    assert digest(site) == before


def test_looking_at_the_link_uses_nothing_up(site: Site) -> None:
    path, before = link(site), digest(site)

    for _ in range(3):
        for client in (site.client(None), site.app.test_client()):
            assert client.get(path).status_code == 200
            assert client.head(path).status_code == 200

    assert digest(site) == before
    assert site.client(None).post_form(path, {"password": NEW, "again": NEW}).status_code == 303


def test_the_link_acts_once(site: Site) -> None:
    path, guest = link(site), site.client(None)
    form = guest.form(path)
    guest.post(path, data=form.filled({"password": NEW, "again": NEW}))

    assert guest.get(path).status_code == 404
    other = form.filled({"password": "ein anderes wort", "again": "ein anderes wort", "form_token": "x" * 20})
    assert guest.post(path, data=other).status_code == 404
    assert site.client(None).sign_in(KNOWN, NEW).status_code == 303


def test_the_same_form_sent_twice_gets_the_same_answer(site: Site) -> None:
    path, guest = link(site), site.client(None)
    sent = guest.form(path).filled({"password": NEW, "again": NEW})

    first, second = guest.post(path, data=sent), guest.post(path, data=sent)

    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, "/login")
    assert len(queued(site, Occasion.ACCOUNT_CHANGED)) == 1


def test_of_many_at_once_one_password_wins(site: Site) -> None:
    path = link(site)
    clients = [site.client(None) for _ in range(6)]
    words = [f"das passwort nummer {number}" for number in range(6)]
    sent = [c.form(path).filled({"password": w, "again": w}) for c, w in zip(clients, words, strict=True)]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda pair: pair[0].post(path, data=pair[1]).status_code, zip(clients, sent)))  # noqa: B905

    assert sorted(answers) == [303, 404, 404, 404, 404, 404]
    assert site.client(None).sign_in(KNOWN, words[answers.index(303)]).status_code == 303


def test_a_newer_link_ends_the_older_and_its_mail_is_not_sent(site: Site) -> None:
    old, new = link(site), link(site)
    guest = site.client(None)

    assert guest.get(old).status_code == 404
    assert guest.get(new).status_code == 200
    first, second = queued(site, Occasion.RESET)
    with site.writing() as session:
        letters = Letters("https://jcflow.example", clock.now())
        assert letters.render(session, first) is None
        assert letters.render(session, second) is not None


def test_the_link_ends_after_half_an_hour(site: Site) -> None:
    path = link(site)
    with time_machine.travel(clock.now() + timedelta(minutes=29)):
        assert site.client(None).get(path).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=30, seconds=5)):
        assert site.client(None).get(path).status_code == 404


def test_another_new_password_ends_the_link(site: Site) -> None:
    path, gf = link(site), site.client("gf")

    gf.post_form("/account", {"old": "demo", "password": NEW, "again": NEW}, action="/account/password")

    assert site.client(None).get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..%2f", "Ä" * 20])
def test_a_made_up_link_is_no_page(sqlite_site: Site, token: str) -> None:
    link(sqlite_site)

    assert sqlite_site.client(None).get(f"/reset/{token}").status_code == 404


def test_a_link_for_an_address_is_none_for_a_password(site: Site) -> None:
    site.client("gf").post_form("/account/address", {"email": "neu@paderborn.example", "old": "demo"})

    path = path_in(site, Occasion.ADDRESS_CHANGE)

    assert site.client(None).get(path.replace("/address/", "/reset/")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [({"password": "kurz", "again": "kurz"}, "12 bis 128 Zeichen"), ({"password": NEW, "again": "x"}, "verschieden")],
)
def test_a_refused_password_leaves_the_link_good(site: Site, typed: dict[str, str], sentence: str) -> None:
    path, guest = link(site), site.client(None)

    answer = guest.post_form(path, typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert guest.post_form(path, {"password": NEW, "again": NEW}).status_code == 303


def test_the_second_factor_is_asked_for_after_a_reset_too(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    path = link(site)
    site.client(None).post_form(path, {"password": NEW, "again": NEW})

    guest = site.client(None)
    assert guest.sign_in(KNOWN, NEW).location.startswith("/login/second-factor")
    assert guest.post_form("/login/second-factor", {"code": app.code()}).status_code == 303


def test_the_token_is_kept_as_a_hash_and_in_no_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="jcflow"):
        path = link(site)
        site.client(None).post_form(path, {"password": "kurz", "again": "kurz"})

    token = path.rpartition("/")[2]
    assert len(token) >= 43
    with site.session() as session:
        assert token not in session.scalars(select(AccountLink)).one().token_hash
    assert token not in caplog.text


def test_the_link_follows_the_base_url_whatever_host_was_asked(site: Site) -> None:
    guest = site.client(None)
    form = guest.form("/reset")
    refused = guest.post("/reset", data=form.filled({"email": KNOWN}), headers={"Host": "evil.example"})
    guest.post("/reset", data=form.filled({"email": KNOWN}), headers={"X-Forwarded-Host": "evil.example"})

    assert refused.status_code == 400
    assert [str(mail.facts["path"])[:7] for mail in queued(site, Occasion.RESET)] == ["/reset/"]


def test_a_person_in_another_house_gets_the_mail_of_that_house(site: Site) -> None:
    ask(site.client(None), "gf@herford.example")

    assert queued(site, Occasion.RESET) == []
    assert len(queued(site, Occasion.RESET, "herford")) == 1


def test_whoever_is_half_signed_in_may_ask_as_well(site: Site) -> None:
    set_up(site.client("gf"))

    ask(begin(site, "gf"))

    assert len(queued(site, Occasion.RESET)) == 1
