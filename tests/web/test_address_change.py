"""Another e-mail address: it counts once its reader has confirmed it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from jcflow import clock
from jcflow.audit.reading import entries, select_events
from jcflow.mail.outbox import Occasion
from tests.places import digest
from tests.site import Client, Site
from tests.web.letters import path_in, queued

FORM, NEW = "/account/address", "neu@paderborn.example"
INVITED = {"name": "Gudrun Weidenbach", "email": "vertippt@paderborn.example", "role": "editor"}


def ask(client: Client, email: str = NEW) -> None:
    assert client.post_form(FORM, {"email": email, "old": "demo"}).status_code == 303


def is_address(site: Site, email: str) -> bool:
    """Whether the managing director signs in with it."""
    return site.client(None).sign_in(email).status_code == 303


def test_the_new_address_counts_once_it_is_confirmed(site: Site) -> None:
    gf = site.client("gf")

    ask(gf, " NEU@paderborn.example ")

    assert "gilt die bisherige" in gf.text("/account")
    assert is_address(site, "gf@paderborn.example")
    mail = queued(site, Occasion.ADDRESS_CHANGE)[0]
    assert (mail.address, mail.person_id, mail.urgent) == (NEW, None, True)
    assert gf.post_form(str(mail.facts["path"])).status_code == 303
    assert is_address(site, NEW)
    assert not is_address(site, "gf@paderborn.example")


def test_the_old_address_is_told_before_and_after(site: Site) -> None:
    gf = site.client("gf")
    ask(gf)
    gf.post_form(path_in(site, Occasion.ADDRESS_CHANGE))

    told = [(mail.address, mail.facts["what"]) for mail in queued(site, Occasion.ACCOUNT_CHANGED)]

    assert told == [("gf@paderborn.example", "address_asked"), ("gf@paderborn.example", "address")]


def test_the_change_is_on_record(site: Site) -> None:
    gf, person_id = site.client("gf"), site.person_id("gf")
    ask(gf)
    gf.post_form(path_in(site, Occasion.ADDRESS_CHANGE))

    with site.session() as session:
        newest = entries(session, select_events(site.house(session).id).limit(1))[0]

    assert (newest.actor_id, newest.object_type) == (person_id, "person")
    assert NEW in str(newest.changes)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "kein at", "old": "demo"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "gf@paderborn.example", "old": "demo"}, "Diese Adresse gilt schon"),
        ({"email": NEW, "old": "falsch"}, "Das bisherige Passwort stimmt nicht"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(site: Site, typed: dict[str, str], sentence: str) -> None:
    gf = site.client("gf")
    before = digest(site, "sign_in_tries")

    answer = gf.post_form(FORM, typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed["email"]}"' in answer.text
    assert digest(site, "sign_in_tries") == before


def test_looking_changes_nothing_and_the_link_acts_once(site: Site) -> None:
    gf = site.client("gf")
    ask(gf)
    path, before = path_in(site, Occasion.ADDRESS_CHANGE), digest(site)
    for _ in range(3):
        assert gf.get(path).status_code == 200
        assert site.client(None).get(path).status_code == 303

    assert digest(site) == before
    form = gf.form(path)
    assert gf.post(path, data=form.filled({})).status_code == 303
    assert gf.get(path).status_code == 404
    assert gf.post(path, data=form.filled({"form_token": "x" * 20})).status_code == 404


def test_the_link_is_nobody_else_s(site: Site) -> None:
    ask(site.client("gf"))
    path = path_in(site, Occasion.ADDRESS_CHANGE)

    for account in ("redaktion", "gf@herford"):
        other = site.client(account)
        assert other.get(path).status_code == 404
        sent = {"csrf_token": other.csrf_token(), "form_token": account * 4}
        assert other.post(path, data=sent).status_code == 404

    assert is_address(site, "gf@paderborn.example")


def test_the_link_ends_after_a_day_or_with_a_newer_one(site: Site) -> None:
    gf = site.client("gf")
    ask(gf)
    old = path_in(site, Occasion.ADDRESS_CHANGE)
    ask(gf, "neuer@paderborn.example")

    assert gf.get(old).status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert site.client("gf").get(path_in(site, Occasion.ADDRESS_CHANGE)).status_code == 404


def test_that_an_address_is_taken_learns_only_its_reader(site: Site) -> None:
    gf = site.client("gf")
    free = gf.post_form(FORM, {"email": NEW, "old": "demo"})
    taken = gf.post_form(FORM, {"email": "gf@herford.example", "old": "demo"})

    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    answer = gf.post_form(path_in(site, Occasion.ADDRESS_CHANGE))
    assert answer.status_code == 422
    assert "gehört schon zu einem anderen Zugang" in answer.text
    assert is_address(site, "gf@paderborn.example")


def test_a_link_for_a_new_password_ends_with_the_old_address(site: Site) -> None:
    gf = site.client("gf")
    site.client(None).post_form("/reset", {"email": "gf@paderborn.example"})
    ask(gf)

    gf.post_form(path_in(site, Occasion.ADDRESS_CHANGE))

    assert site.client(None).get(path_in(site, Occasion.RESET)).status_code == 404


def test_the_administrator_asks_for_somebody_and_the_person_confirms(site: Site) -> None:
    path = f"/admin/people/{site.person_id('gf')}"

    answer = site.client("admin").post_form(path, {"email": NEW}, action=f"{path}/address")

    assert answer.status_code == 303
    assert is_address(site, "gf@paderborn.example")
    link = path_in(site, Occasion.ADDRESS_CHANGE)
    assert site.client("admin").get(link).status_code == 404
    assert site.client("gf").post_form(link).status_code == 303
    assert is_address(site, NEW)


def test_the_administrator_mends_the_address_of_somebody_who_is_only_invited(site: Site) -> None:
    admin = site.client("admin")
    shown = admin.post_form("/admin/people/new", INVITED).location
    old = path_in(site, Occasion.INVITATION)

    answer = admin.post_form(shown, {"email": "richtig@paderborn.example"}, action=f"{shown}/address")

    assert answer.status_code == 303
    guest, new = site.client(None), path_in(site, Occasion.INVITATION)
    assert guest.get(old).status_code == 404
    assert [mail.address for mail in queued(site, Occasion.INVITATION)][-1] == "richtig@paderborn.example"
    assert guest.post_form(new, {"password": "drei wirre woerter", "again": "drei wirre woerter"}).status_code == 303


def test_a_refused_address_keeps_what_the_administrator_typed(site: Site) -> None:
    path = f"/admin/people/{site.person_id('gf')}"
    admin = site.client("admin")
    before = digest(site)

    answer = admin.post_form(path, {"email": "kein at"}, action=f"{path}/address")

    assert answer.status_code == 422
    assert 'value="kein at"' in answer.text
    assert digest(site) == before


def test_an_invitation_goes_by_mail_and_a_new_one_ends_the_old(site: Site) -> None:
    admin = site.client("admin")
    shown = admin.post_form("/admin/people/new", INVITED).location
    first = queued(site, Occasion.INVITATION)
    admin.post_form(shown, action=f"{shown}/invitation")
    second = queued(site, Occasion.INVITATION)

    assert [mail.address for mail in second] == [INVITED["email"]] * 2
    guest = site.client(None)
    assert guest.get(str(first[0].facts["path"])).status_code == 404
    assert guest.get(str(second[1].facts["path"])).status_code == 200
    assert admin.text(shown).count("/invitation/") == 1
