"""Einstellungen: the own password, theme and sessions."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from jcflow import clock
from tests.site import Client, Site

NEW = "drei wirre woerter"


def test_a_new_password_signs_in_and_the_old_one_no_longer(site: Site) -> None:
    gf = site.client("gf")

    answer = gf.post_form("/account", {"old": "demo", "password": NEW, "again": NEW}, action="/account/password")

    assert answer.status_code == 303
    assert "Ihr neues Passwort gilt ab jetzt" in gf.text("/account")
    assert site.client(None).sign_in("gf@paderborn.example", "demo").status_code == 422
    assert site.client(None).sign_in("gf@paderborn.example", NEW).status_code == 303


def test_a_password_is_refused_with_a_sentence_at_its_field(site: Site) -> None:
    gf = site.client("gf")
    for typed, sentence in (
        ({"old": "falsch", "password": NEW, "again": NEW}, "Das bisherige Passwort stimmt nicht"),
        ({"old": "demo", "password": NEW, "again": NEW + "x"}, "Die beiden Passwörter sind verschieden"),
        ({"old": "demo", "password": "kurz", "again": "kurz"}, "Wählen Sie ein Passwort mit 12 bis 128 Zeichen"),
    ):
        answer = gf.post_form("/account", typed, action="/account/password")

        assert answer.status_code == 422
        assert sentence in answer.text
        assert NEW not in answer.text

    assert site.client(None).sign_in("gf@paderborn.example", "demo").status_code == 303


def test_guessing_the_password_in_an_open_session_is_paused_for_the_account(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")
    for number in range(5):
        wrong = f"falsch {number}"
        assert gf.post_form("/account/address", {"email": "neu@paderborn.example", "old": wrong}).status_code == 422
        assert change(gf, wrong) == 422

    assert change(gf, "demo") == 429
    asked = gf.post_form("/account/address", {"email": "neu@paderborn.example", "old": "demo"})
    assert (asked.status_code, "Bitte warten Sie 15 Minuten" in asked.text) == (429, True)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert change(gf, "demo") == 303


def test_a_form_with_a_wrong_password_can_be_sent_again(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")
    form = gf.form("/account", action="/account/password")
    typed = {"old": "falsch", "password": NEW, "again": NEW}
    assert [gf.post(form.action, data=form.filled(typed)).status_code for _ in range(2)] == [422, 422]

    assert gf.post(form.action, data=form.filled({**typed, "old": "demo"})).status_code == 303


def change(client: Client, old: str) -> int:
    typed = {"old": old, "password": NEW, "again": NEW}
    return client.post_form("/account", typed, action="/account/password").status_code


def test_a_password_change_ends_every_other_session(site: Site) -> None:
    here, elsewhere = site.client("gf"), site.client("gf")

    here.post_form("/account", {"old": "demo", "password": NEW, "again": NEW}, action="/account/password")

    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


def test_the_theme_stays_on_this_device_also_after_signing_in_again(site: Site) -> None:
    gf = site.client("gf")

    gf.post_form("/account", {"theme": "dark"}, action="/account/theme")

    assert '<html lang="de" data-kern-theme="dark">' in gf.text("/account")
    gf.post_form("/account", action="/logout/everywhere")
    gf.sign_in("gf@paderborn.example")
    assert 'data-kern-theme="dark"' in gf.text("/account")
    assert "data-kern-theme" not in site.client("gf").text("/account")


def test_an_unknown_theme_is_refused(site: Site) -> None:
    answer = site.client("gf").post_form("/account", {"theme": '"><b>'}, action="/account/theme")

    assert answer.status_code == 422
    assert "Wählen Sie eine Darstellung aus" in answer.text


def test_signing_out_everywhere_ends_all_sessions(site: Site) -> None:
    here, elsewhere = site.client("gf"), site.client("gf")

    answer = here.post_form("/account", action="/logout/everywhere")

    assert answer.status_code == 303
    assert here.get("/account").status_code == 303
    assert elsewhere.get("/account").status_code == 303
