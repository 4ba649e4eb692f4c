"""A form counts once: sent twice it has one effect and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select

from jcflow.opinions.board import Opinion
from jcflow.programmes.programme import steps_of
from tests.forms import page_of
from tests.places import ACCOUNTS, crawl, digest, forms_of, furnish
from tests.site import Site


def test_the_same_form_sent_twice_has_one_effect_and_the_same_answer(site: Site) -> None:
    site.at("consultation")
    board = site.client("beirat1")
    page = f"/programmes/{site.slug()}/opinions/new"
    form = board.form(page)
    sent = form.filled({"stance": "agree"})

    first = board.post(form.action, data=sent)
    after = digest(site)
    second = board.post(form.action, data=sent)

    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert first.status_code == 303
    assert digest(site) == after
    with site.session() as session:
        assert len(session.scalars(select(Opinion)).all()) == 1


def test_the_same_step_sent_twice_at_once_is_taken_once(site: Site) -> None:
    site.at("drafting")
    director = site.client("gf")
    slug = site.slug()
    director.post_form(f"/programmes/{slug}/basis", {"known": "1", "source": "Orientierungswerte"})
    form = director.form(f"/programmes/{slug}/withdraw")
    sent = form.filled({"reason": "Die Planung wird neu aufgesetzt."})
    cookie = director.get_cookie("jcflow")
    assert cookie is not None

    def send(_: int) -> tuple[int, str | None]:
        other = site.app.test_client()
        other.set_cookie("jcflow", cookie.value)
        answer = other.post(form.action, data=sent)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))

    assert len(answers) == 1, answers
    assert next(iter(answers))[0] == 303
    with site.session() as session:
        assert [s.trigger for s in steps_of(session, site.programme(session))].count("withdraw") == 1


def test_a_used_token_with_other_content_is_a_conflict(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form("/account", action="/account/theme")
    gf.post(form.action, data=form.filled({"theme": "dark"}))

    answer = gf.post(form.action, data=form.filled({"theme": "light"}))

    assert answer.status_code == 409
    assert "schon mit anderen Angaben abgesendet" in answer.text
    assert 'data-kern-theme="dark"' in gf.text("/account")


def test_somebody_else_s_token_is_a_conflict(site: Site) -> None:
    gf, editor = site.client("gf"), site.client("redaktion")
    form = gf.form("/account", action="/account/theme")
    gf.post(form.action, data=form.filled({"theme": "dark"}))

    answer = editor.post(form.action, data=form.filled({"theme": "dark", "csrf_token": editor.csrf_token()}))

    assert answer.status_code == 409


@pytest.mark.parametrize("token", [None, "", "kurz", "x" * 65, "x" * 10_000])
def test_without_a_sound_token_nothing_happens(site: Site, token: str | None) -> None:
    gf = site.client("gf")
    before = digest(site)

    answer = gf.post_form("/account", {"form_token": token, "theme": "dark"}, action="/account/theme")

    assert answer.status_code == 422
    assert "Öffnen Sie die Seite neu" in answer.text
    assert digest(site) == before


@pytest.mark.parametrize("state", ["drafting", "consultation", "disposition", "resolution"])
def test_every_form_with_a_version_insists_on_it(sqlite_site: Site, state: str) -> None:
    sqlite_site.at(state)
    furnish(sqlite_site)
    clients = [sqlite_site.client(account) for account in ACCOUNTS]
    before, tried = digest(sqlite_site), set[str]()

    for client in clients:
        adapter = client.application.url_map.bind("localhost")
        for _, page in crawl(client, per_rule=1):
            for form in forms_of(page):
                endpoint = adapter.match(form.action, "POST")[0]
                if "version" not in form.fields or endpoint in tried:
                    continue
                tried.add(endpoint)
                for version in (None, "", "-1", "1.0", "٣", "9" * 40, "null"):
                    answer = client.post(form.action, data=form.filled({"version": version, "form_token": uuid4().hex}))
                    assert answer.status_code in {422, 409}, (form.action, version, answer.status_code)
                    assert answer.status_code == 422 or "Angaben" not in page_of(answer).h1, (form.action, version)

    assert digest(sqlite_site) == before
    assert tried
