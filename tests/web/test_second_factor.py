"""A second factor: set up, asked for, lost, and demanded by a house."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from jcflow import clock
from jcflow.accounts.people import person
from jcflow.accounts.second_factor import RecoveryCode, SecondFactor, codes_left, factor_of
from jcflow.audit.chain import AuditRevision
from jcflow.audit.reading import entries, select_events
from jcflow.decisions.ballots import current_ballot
from jcflow.decisions.casting import votes_of
from jcflow.mail.outbox import Mail, Occasion
from tests.forms import Form, Page, page_of
from tests.places import digest, forms_of
from tests.site import Client, Site
from tests.web.codes import PAGE, RECOVERY, App, begin, demand, set_up
from tests.web.test_vote import address, enter, votes

CODE_PAGE = "/login/second-factor"


def told(site: Site) -> list[str]:
    with site.session() as session:
        mine = select(Mail).where(Mail.occasion == Occasion.ACCOUNT_CHANGED).order_by(Mail.created_at)
        return [f"{mail.name}: {mail.facts['what']}" for mail in session.scalars(mine)]


def reasons(site: Site) -> list[str]:
    with site.session() as session:
        found = entries(session, select_events(site.house(session).id).limit(5))
        return [f"{entry.role}: {entry.reason}" for entry in found]


def test_the_page_offers_a_picture_and_the_key_as_text(site: Site) -> None:
    shown = site.client("gf").text(PAGE)

    assert '<svg class="jc-qr"' in shown
    assert App(shown).code().isdigit()
    assert "style=" not in shown[shown.index("<svg") : shown.index("</svg>")]
    assert "otpauth://totp/" in shown


def test_once_set_up_the_code_is_asked_for_after_the_password(site: Site) -> None:
    app, recovery = set_up(site.client("gf"))

    guest = begin(site, "gf")

    assert len(set(recovery)) == 10
    assert guest.get("/account").status_code == 303
    answer = guest.post_form(CODE_PAGE, {"code": app.code()})
    assert answer.status_code == 303
    assert guest.get("/account").status_code == 200
    assert told(site) == [f"{_name(site)}: factor_on"]
    assert reasons(site)[0] == "managing_director: Zweiten Faktor eingerichtet"


def _name(site: Site) -> str:
    with site.session() as session:
        return person(session, site.person_id("gf")).name


def test_the_password_alone_opens_nothing(site: Site) -> None:
    set_up(site.client("gf"))
    guest = begin(site, "gf")

    for path in ("/account", "/programmes", "/tasks", PAGE):
        assert guest.get(path).status_code == 303, path
    assert guest.post("/account/theme", data={"csrf_token": _token(guest), "theme": "dark"}).status_code == 401


def _token(client: Client) -> str:
    return client.page(CODE_PAGE).forms[0].fields["csrf_token"][0]


def test_a_code_counts_once(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    code = app.code()
    first, second = begin(site, "gf"), begin(site, "gf")

    assert first.post_form(CODE_PAGE, {"code": code}).status_code == 303
    again = second.post_form(CODE_PAGE, {"code": code})

    assert again.status_code == 422
    assert "wurde schon benutzt" in again.text
    assert second.get("/account").status_code == 303


def test_a_code_of_before_does_not_count_after_a_newer_one(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    assert begin(site, "gf").post_form(CODE_PAGE, {"code": app.code(+1)}).status_code == 303

    assert begin(site, "gf").post_form(CODE_PAGE, {"code": app.code()}).status_code == 422


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "１２３４５６", "x" * 5000, "12\n345"])
def test_what_is_no_code_of_the_app_is_refused(sqlite_site: Site, code: str) -> None:
    set_up(sqlite_site.client("gf"))

    answer = begin(sqlite_site, "gf").post_form(CODE_PAGE, {"code": code})

    assert answer.status_code == 422
    assert "Der Code stimmt nicht" in answer.text


def test_after_three_wrong_codes_one_begins_with_the_password_again(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    guest = begin(site, "gf")
    form = guest.form(CODE_PAGE)

    answers = [guest.post(CODE_PAGE, data=form.filled({"code": "000000"})).status_code for _ in range(3)]

    assert answers == [422, 422, 401]
    assert guest.post(CODE_PAGE, data=form.filled({"code": app.code()})).status_code == 401
    assert guest.get("/account").status_code == 303


def test_guessing_is_paused_for_the_account_wherever_it_comes_from(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    for _ in range(5):
        guest = begin(site, "gf")
        for _ in range(2):
            guest.post_form(CODE_PAGE, {"code": "000000"})

    paused = begin(site, "gf").post_form(CODE_PAGE, {"code": app.code()})

    assert paused.status_code == 429
    assert "Bitte warten Sie 15 Minuten" in paused.text
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert begin(site, "gf").post_form(CODE_PAGE, {"code": app.code()}).status_code == 303


def test_the_half_way_ends_after_ten_minutes_and_with_a_new_password(site: Site) -> None:
    app, _ = set_up(site.client("gf"))
    late, replaced = begin(site, "gf"), begin(site, "gf")
    form = late.form(CODE_PAGE)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert late.post(CODE_PAGE, data=form.filled({"code": app.code()})).status_code == 401

    kept = replaced.form(CODE_PAGE)
    inside = begin(site, "gf")
    inside.post_form(CODE_PAGE, {"code": app.code()})
    new = "drei wirre woerter"
    inside.post_form("/account", {"old": "demo", "password": new, "again": new}, action="/account/password")

    assert replaced.post(CODE_PAGE, data=kept.filled({"code": app.code(+1)})).status_code == 401


def test_a_recovery_code_lets_in_once(site: Site) -> None:
    _, recovery = set_up(site.client("gf"))
    guest = begin(site, "gf")

    answer = guest.post_form(CODE_PAGE, {"recovery": recovery[0].upper().replace("-", " ")})

    assert answer.status_code == 303
    assert "Noch übrig: 9" in guest.text("/account")
    again = begin(site, "gf").post_form(CODE_PAGE, {"recovery": recovery[0]})
    assert again.status_code == 422
    assert "wurde schon benutzt" in again.text


def test_recovery_codes_are_shown_once_and_renewed(site: Site) -> None:
    gf = site.client("gf")
    _, old = set_up(gf)
    assert gf.get(f"{PAGE}/codes").status_code == 303

    answer = gf.post_form(PAGE, action=f"{PAGE}/codes")

    new = RECOVERY.findall(gf.text(answer.location))
    assert len(new) == 10
    assert not set(new) & set(old)
    assert begin(site, "gf").post_form(CODE_PAGE, {"recovery": old[0]}).status_code == 422
    assert begin(site, "gf").post_form(CODE_PAGE, {"recovery": new[0]}).status_code == 303
    assert [line.partition(": ")[2] for line in told(site)] == ["factor_on", "codes"]


def test_switching_off_needs_a_fresh_code(site: Site) -> None:
    gf = site.client("gf")
    app, _ = set_up(gf)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        asked = gf.post_form(PAGE, action=f"{PAGE}/off")
        assert asked.status_code == 401
        resumed = _show_code(gf, asked.text, app.code())
        done = gf.post(resumed.action, data=resumed.filled({}))

        assert done.status_code == 303
        assert site.client(None).sign_in("gf@paderborn.example").location == "/account"
    with site.session() as session:
        assert session.scalars(select(SecondFactor)).all() == session.scalars(select(RecoveryCode)).all() == []
    assert "Zweiten Faktor abgeschaltet" in reasons(site)[0]


def _show_code(client: Client, page: str, code: str) -> Form:
    """Fill in the code where it was asked for; the form that goes on with what was typed."""
    form = Page(page).form(CODE_PAGE)
    answer = client.post(CODE_PAGE, data=form.filled({"code": code}))
    assert answer.status_code == 200, page_of(answer).words
    return next(form for form in forms_of(answer) if form.action != CODE_PAGE)


def test_the_administrator_resets_somebody_s_factor_and_the_person_is_told(site: Site) -> None:
    set_up(site.client("gf"))
    path = f"/admin/people/{site.person_id('gf')}"

    answer = site.client("admin").post_form(path, action=f"{path}/second-factor")

    assert answer.status_code == 303
    assert site.client(None).sign_in("gf@paderborn.example").location == "/account"
    assert told(site)[-1].endswith(": factor_reset")
    assert reasons(site)[0] == "admin: Zweiten Faktor zurückgesetzt"


def test_nobody_else_resets_a_factor(site: Site) -> None:
    set_up(site.client("gf"))
    path = f"/admin/people/{site.person_id('gf')}/second-factor"

    for account, status in (("buero", 403), ("redaktion", 403), ("admin@herford", 404)):
        client = site.client(account)
        answer = client.post(path, data={"csrf_token": client.csrf_token(), "form_token": account * 4})
        assert answer.status_code == status, account

    with site.session() as session:
        assert factor_of(session, site.person_id("gf")) is not None


def test_an_administrator_does_not_reset_the_own_factor(site: Site) -> None:
    admin = site.client("admin")
    set_up(admin)
    path = f"/admin/people/{site.person_id('admin')}/second-factor"

    answer = admin.post(path, data={"form_token": "x" * 20, "csrf_token": admin.csrf_token()})

    assert answer.status_code == 403


def test_a_wrong_code_while_setting_up_keeps_the_key(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form(PAGE)

    refused = gf.post(PAGE, data=form.filled({"code": "000000"}))

    assert refused.status_code == 422
    app = App(refused.text)
    again = Page(refused.text).form(PAGE)
    assert gf.post(PAGE, data=again.filled({"code": app.code()})).status_code == 303


def test_a_key_of_somebody_else_or_of_an_hour_ago_is_not_taken(site: Site) -> None:
    gf, editor = site.client("gf"), site.client("redaktion")
    own, others = gf.form(PAGE), editor.form(PAGE)
    app = App(editor.post(PAGE, data=others.filled({"code": "000000"})).text)

    stolen = gf.post(PAGE, data=own.filled({"key": others.fields["key"][0], "code": app.code()}))
    assert stolen.status_code == 422

    with time_machine.travel(clock.now() + timedelta(minutes=29)):
        assert editor.get("/account").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=58)):
        assert editor.get("/account").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        late = editor.post(PAGE, data=others.filled({"code": app.code(), "form_token": "l" * 20}))
        assert late.status_code == 422
        assert "hat zu lange gedauert" in late.text


def test_two_who_set_it_up_at_once_end_with_one(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form(PAGE)
    app = App(gf.post(PAGE, data=form.filled({"code": "000000"})).text)
    gf.post(PAGE, data=form.filled({"code": app.code(), "form_token": "a" * 20}))

    second = gf.post(PAGE, data=form.filled({"code": app.code(), "form_token": "b" * 20}))

    assert second.status_code == 409
    with site.session() as session:
        assert codes_left(session, site.person_id("gf")) == 10


def test_looking_at_the_pages_changes_nothing(site: Site) -> None:
    gf = site.client("gf")
    set_up(gf)
    guest = begin(site, "gf")
    before = digest(site)

    for client, path in ((gf, PAGE), (gf, f"{PAGE}/codes"), (guest, CODE_PAGE), (site.client(None), CODE_PAGE)):
        client.get(path)
        client.get(path)

    assert digest(site) == before


def test_the_secret_stands_nowhere_in_clear(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form(PAGE)
    refused = gf.post(PAGE, data=form.filled({"code": "000000"}))
    key = unescape(refused.text).split("Schlüssel</dt>")[1].split(">")[1].split("<")[0].replace("-", "").strip()
    app = App(refused.text)
    answer = gf.post(PAGE, data=form.filled({"code": app.code(), "form_token": "z" * 20}))
    recovery = RECOVERY.findall(gf.text(answer.location))

    with site.session() as session:
        kept = session.scalars(select(SecondFactor)).one().secret
        codes = [row.fingerprint for row in session.scalars(select(RecoveryCode))]
        texts = "".join(session.scalars(select(AuditRevision.texts)))
        mails = "".join(str(mail.facts) for mail in session.scalars(select(Mail)))
    assert len(key) == 32
    for place in (kept, *codes, texts, mails):
        assert key not in place
        assert not any(code in place for code in recovery)


# ---- demanded by the house


def test_whoever_votes_without_a_factor_sets_it_up_first_and_the_vote_is_kept(site: Site) -> None:
    site.at("resolution")
    demand(site, factor_for_votes="1")
    member, path = site.client("tv2"), f"/programmes/{site.slug()}/vote"
    check = member.post_form(path, {"choice": "yes", "reason": "Gut <geplant>."}, action=f"{path}/check")

    asked = member.post(path, data=page_of(check).form(path).filled({}))

    assert asked.status_code == 401
    assert "verlangt zum Abstimmen einen zweiten Faktor" in asked.text
    app, form = App(asked.text), Page(asked.text).form(PAGE)
    wrong = member.post(PAGE, data=form.filled({"code": "000000"}))
    assert wrong.status_code == 422
    done = member.post(PAGE, data=Page(wrong.text).form(PAGE).filled({"code": app.code()}))
    assert done.status_code == 200
    assert len(RECOVERY.findall(done.text)) == 10
    cast = member.post(path, data=Page(done.text).form(path).filled({}))
    assert cast.status_code == 303
    with site.session() as session:
        ballot = current_ballot(session, site.programme(session))
        assert ballot is not None
        assert [vote.reason for vote in votes_of(session, ballot).values()] == ["Gut <geplant>."]


def test_a_code_older_than_five_minutes_does_not_count_for_a_vote(site: Site) -> None:
    site.at("resolution")
    demand(site, factor_for_votes="1")
    member, path = site.client("tv2"), f"/programmes/{site.slug()}/vote"
    app, _ = set_up(member)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        check = member.post_form(path, {"choice": "no"}, action=f"{path}/check")
        asked = member.post(path, data=page_of(check).form(path).filled({}))
        assert asked.status_code == 401
        assert "fragen wir noch einmal" in asked.text

        resumed = _show_code(member, asked.text, app.code())

        assert resumed.action == path
        assert member.post(path, data=resumed.filled({})).status_code == 303


def test_right_after_the_code_a_vote_counts_without_asking_again(site: Site) -> None:
    site.at("resolution")
    demand(site, factor_for_votes="1")
    app, _ = set_up(site.client("tv2"))
    member, path = begin(site, "tv2"), f"/programmes/{site.slug()}/vote"
    member.post_form(CODE_PAGE, {"code": app.code()})

    check = member.post_form(path, {"choice": "no"}, action=f"{path}/check")

    assert member.post(path, data=page_of(check).form(path).filled({})).status_code == 303


def test_a_vote_of_the_meeting_is_entered_and_confirmed_only_with_a_code(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    assert enter(site).status_code == 303
    demand(site, factor_for_votes="1")
    assert enter(site, "tv2").status_code == 401
    (entered,) = votes(site)
    member, entry = site.client("tv4"), address(site, f"/entries/{entered.id}")

    asked = member.post_form(entry, {}, action=f"{entry}/confirm")

    assert asked.status_code == 401
    assert not any(vote.counts for vote in votes(site))
    done = member.post(PAGE, data=Page(asked.text).form(PAGE).filled({"code": App(asked.text).code()}))
    assert member.post(f"{entry}/confirm", data=Page(done.text).form(f"{entry}/confirm").filled({})).status_code == 303
    assert all(vote.counts for vote in votes(site))


def test_another_house_s_wish_does_not_count_here(site: Site) -> None:
    site.at("resolution")
    demand(site, "herford", factor_for_votes="1", factor_for_admin="1")
    member, path = site.client("tv2"), f"/programmes/{site.slug()}/vote"

    check = member.post_form(path, {"choice": "no"}, action=f"{path}/check")

    assert member.post(path, data=page_of(check).form(path).filled({})).status_code == 303


def test_the_administration_is_asked_too_and_its_form_is_kept(site: Site) -> None:
    demand(site, factor_for_admin="1")
    admin = site.client("admin")
    typed = {"name": "Gudrun Weidenbach", "email": "weidenbach@paderborn.example", "role": "editor"}

    asked = admin.post_form("/admin/people/new", typed)

    assert asked.status_code == 401
    app, form = App(asked.text), Page(asked.text).form(PAGE)
    done = admin.post(PAGE, data=form.filled({"code": app.code()}))
    invited = admin.post("/admin/people/new", data=Page(done.text).form("/admin/people/new").filled({}))
    assert invited.status_code == 303
    assert "Gudrun Weidenbach" in admin.text(invited.location)


def test_the_setting_stands_in_the_trail(site: Site) -> None:
    demand(site, factor_for_votes="1", factor_for_admin="1")

    with site.session() as session:
        house = site.house(session)
        changes = entries(session, select_events(house.id).limit(1))[0].changes

    assert "factor_for_votes" in str(changes)
    assert "factor_for_admin" in str(changes)
