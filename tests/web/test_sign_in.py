"""Signing in, and when a session ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from jcflow import clock
from jcflow.accounts import sign_in
from jcflow.accounts.people import end_membership, memberships
from jcflow.accounts.sign_in import set_password
from tests.places import forms_of, plain
from tests.site import NOW, Site

ASTRAY = [
    prefix + tail
    for prefix in (
        "//",
        "///",
        "/\\",
        "\\\\",
        "\\/",
        "/\t/",
        "/\n/",
        "/\r/",
        "\t//",
        " //",
        "http://",
        "https:",
        "HTTPS://",
        "//%",
        "javascript:alert(1)//",
        "data:text/html,",
        "/\x00/",
        "ftp://",
        "//user@",
    )
    for tail in ("boese.example", "boese.example/%2e%2e", "localhost@boese.example")
]


def test_unknown_address_and_wrong_password_get_the_same_answer(new_site: Callable[..., Site]) -> None:
    guest = new_site(demo=False).client(None)

    unknown = plain(guest.sign_in("niemand@paderborn.example", "demo"))
    wrong = plain(guest.sign_in("gf@paderborn.example", "falsch"))

    assert unknown[0] == 422
    assert "E-Mail-Adresse oder Passwort stimmen nicht" in unknown[2]
    assert unknown[2].replace("niemand@", "gf@") == wrong[2]


@pytest.mark.parametrize(("account", "status"), [("buero", 303), ("gf", 422)], ids=["somebody else's", "the own"])
def test_while_a_password_is_compared_another_may_change_and_the_own_one_counts_no_more(
    site: Site, monkeypatch: pytest.MonkeyPatch, account: str, status: int
) -> None:
    guest, fits = site.client(None), sign_in._fits

    def slow(kept: str | None, password: str) -> bool:
        with site.writing() as session:
            set_password(session, site.person_id(account), "inzwischen ein anderes")
        return fits(kept, password)

    monkeypatch.setattr(sign_in, "_fits", slow)

    assert guest.sign_in("gf@paderborn.example", "demo").status_code == status


def test_the_password_never_comes_back(site: Site) -> None:
    answer = site.client(None).sign_in("gf@paderborn.example", "mein-geheimes-wort")

    assert "mein-geheimes-wort" not in answer.text
    assert 'value="gf@paderborn.example"' in answer.text


def test_ten_failures_pause_an_account_for_fifteen_minutes(site: Site) -> None:
    guest = site.client(None)
    for _ in range(10):
        assert guest.sign_in("gf@paderborn.example", "falsch").status_code == 422

    paused = guest.sign_in("gf@paderborn.example", "demo")

    assert paused.status_code == 429
    assert "Bitte warten Sie 15 Minuten" in paused.text
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert guest.sign_in("gf@paderborn.example", "demo").status_code == 303


def test_failures_from_one_place_pause_it_for_every_account(site: Site) -> None:
    guest = site.client(None)
    for number in range(10):
        guest.sign_in(f"niemand{number}@paderborn.example", "falsch")

    assert guest.sign_in("gf@paderborn.example", "demo").status_code == 429


def test_a_session_ends_after_half_an_hour_without_a_click(site: Site) -> None:
    site.at("drafting")
    with time_machine.travel(NOW, tick=False) as time:
        gf = site.client("gf")
        time.shift(timedelta(minutes=29))
        assert gf.get("/account").status_code == 200
        time.shift(timedelta(minutes=29))
        assert gf.get("/account").status_code == 200
        time.shift(timedelta(minutes=31))

        assert gf.get("/account").status_code == 303


def test_a_session_ends_after_twelve_hours_whatever_happens(site: Site) -> None:
    with time_machine.travel(NOW, tick=False) as time:
        gf = site.client("gf")
        for _ in range(12 * 3):
            assert gf.get("/account").status_code == 200
            time.shift(timedelta(minutes=20))
        time.shift(timedelta(minutes=1))

        assert gf.get("/account").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(site: Site) -> None:
    gf, person_id = site.client("gf"), site.person_id("gf")

    with site.writing() as session:
        set_password(session, person_id, "ein neues langes wort")

    assert gf.get("/account").status_code == 303


def test_whoever_has_no_role_left_is_out(site: Site) -> None:
    editor, person_id = site.client("redaktion"), site.person_id("redaktion")

    with site.writing() as session:
        end_membership(session, memberships(session, person_id)[0], clock.today(), site.deed("admin"))

    assert editor.get("/account").status_code == 303
    assert site.client(None).sign_in("redaktion@paderborn.example").status_code == 422


def test_a_role_that_ends_tomorrow_lasts_today(site: Site) -> None:
    editor, person_id = site.client("redaktion"), site.person_id("redaktion")
    with site.writing() as session:
        tomorrow = clock.today() + timedelta(days=1)
        end_membership(session, memberships(session, person_id)[0], tomorrow, site.deed("admin"))

    assert editor.get("/account").status_code == 200


def test_signing_out_ends_this_session_only(site: Site) -> None:
    here, elsewhere = site.client("gf"), site.client("gf")

    here.post("/logout", data={"csrf_token": here.csrf_token()})

    assert here.get("/account").status_code == 303
    assert elsewhere.get("/account").status_code == 200


def test_signing_in_gives_a_new_session(site: Site) -> None:
    guest = site.client(None)
    before = guest.csrf_token()

    guest.sign_in("gf@paderborn.example")

    assert guest.csrf_token() != before
    old = guest.post("/account/theme", data={"csrf_token": before, "theme": "dark", "form_token": "x" * 20})
    assert old.status_code == 400


def test_one_gets_to_the_page_one_wanted(site: Site) -> None:
    guest = site.client(None)
    asked = guest.get("/programmes?seite=2")
    assert asked.location == "/login?next=/programmes?seite=2"

    page = guest.page(asked.location)
    answer = guest.post(
        "/login", data=page.form("/login").filled({"email": "gf@paderborn.example", "password": "demo"})
    )

    assert answer.location == "/programmes?seite=2"


@pytest.mark.parametrize("address", ASTRAY)
def test_nobody_is_led_to_another_site(sqlite_site: Site, address: str) -> None:
    answer = sqlite_site.client(None).sign_in("admin@paderborn.example", next=address)

    assert answer.status_code in {303, 422}
    if answer.status_code == 303:
        assert answer.location == "/admin"


def test_what_was_typed_before_the_session_ended_is_sent_after_signing_in_again(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form("/account", action="/account/theme")
    with time_machine.travel(NOW + timedelta(hours=1)):
        refused = gf.post(form.action, data=form.filled({"theme": "dark"}))
        assert refused.status_code == 401

        sign_in = next(f for f in forms_of(refused) if f.action == "/login")
        again = gf.post("/login", data=sign_in.filled({"email": "gf@paderborn.example", "password": "demo"}))
        resumed = next(f for f in forms_of(again) if f.action == "/account/theme")
        done = gf.post(resumed.action, data=resumed.filled({}))

        assert done.status_code == 303
        assert 'data-kern-theme="dark"' in gf.text("/account")


def test_a_forged_cookie_is_nobody(site: Site) -> None:
    gf = site.client("gf")
    cookie = gf.get_cookie("jcflow")
    assert cookie is not None
    head, _, rest = cookie.value.partition(".")

    for forged in (cookie.value[:-2] + "xx", f"{head[:-3]}AAA.{rest}", "", "null", "x" * 4_000):
        gf.set_cookie("jcflow", forged)
        assert gf.get("/account").status_code == 303
