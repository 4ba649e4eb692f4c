"""A sign-in from a device that was not seen before is told to the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.devices import KnownDevice
from jcflow.mail.outbox import Occasion
from jcflow.reminders.letters import Letters
from jcflow.web.device_words import device_of
from tests.site import Client, Site
from tests.web.codes import begin, set_up
from tests.web.letters import queued

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client: Client) -> None:
    assert client.sign_in("gf@paderborn.example").status_code == 303


def sign_out(client: Client) -> None:
    client.post("/logout", data={"csrf_token": client.csrf_token()})


def test_a_second_device_is_told_and_the_first_is_not(site: Site) -> None:
    sign_in(site.client(None))
    assert queued(site, Occasion.NEW_SIGN_IN) == []

    other = site.client(None)
    other.environ_base["HTTP_USER_AGENT"] = FIREFOX
    other.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    sign_in(other)

    mail = queued(site, Occasion.NEW_SIGN_IN)[0]
    assert (mail.person_id, mail.urgent) == (site.person_id("gf"), True)
    with site.writing() as session:
        words = Letters("https://jcflow.example", clock.now()).render(session, mail)
    assert words is not None
    assert "Firefox unter Windows" in words.text
    assert "198.51.100.7" not in words.text + words.html + str(mail.facts)


def test_a_known_device_is_told_no_more(site: Site) -> None:
    sign_in(site.client(None))
    other = site.client(None)
    sign_in(other)
    with time_machine.travel(clock.now() + timedelta(days=30)):
        sign_in(other)
        sign_out(other)
        sign_in(other)

    assert len(queued(site, Occasion.NEW_SIGN_IN)) == 1


def test_one_device_of_two_people_is_new_for_each(site: Site) -> None:
    sign_in(site.client(None))
    shared = site.client("redaktion")
    sign_out(shared)

    sign_in(shared)

    assert len(queued(site, Occasion.NEW_SIGN_IN)) == 1


def test_the_cookie_is_long_random_and_kept_as_a_hash(site: Site) -> None:
    guest = site.client(None)
    guest.sign_in("gf@paderborn.example")

    cookie = guest.get_cookie("jcflow-device")

    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.max_age is not None
    assert cookie.max_age > timedelta(days=365).total_seconds()
    assert len(cookie.value) >= 43
    assert str(site.person_id("gf")) not in cookie.value
    with site.session() as session:
        assert [row.token_hash != cookie.value for row in session.scalars(select(KnownDevice))] == [True]


@pytest.mark.parametrize("value", ["", "x", "x" * 2_000, "\x7f"], ids=["empty", "short", "long", "control"])
def test_a_forged_cookie_is_a_new_device(sqlite_site: Site, value: str) -> None:
    sign_in(sqlite_site.client(None))
    other = sqlite_site.client(None)
    other.set_cookie("jcflow-device", value)

    sign_in(other)

    assert len(queued(sqlite_site, Occasion.NEW_SIGN_IN)) == 1


def test_with_a_second_factor_only_the_code_makes_a_device_known(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    half = begin(site, "gf")
    assert queued(site, Occasion.NEW_SIGN_IN) == []

    half.post_form("/login/second-factor", {"code": app.code()})

    assert len(queued(site, Occasion.NEW_SIGN_IN)) == 1


def test_a_wrong_password_tells_nobody(site: Site) -> None:
    sign_in(site.client(None))
    site.client(None).sign_in("gf@paderborn.example", "falsch")

    assert queued(site, Occasion.NEW_SIGN_IN) == []


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox unter Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari auf einem iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome auf einem Android-Gerät"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge unter Windows"),
        ("<script>alert(1)</script>", "ein unbekanntes Gerät"),
        ("", "ein unbekanntes Gerät"),
    ],
)
def test_a_device_has_plain_words(agent: str, words: str) -> None:
    assert device_of(agent) == words
