"""Codes and links that count once, used by many at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from werkzeug.test import TestResponse

from jcflow.accounts.second_factor import codes_left
from jcflow.mail.outbox import Occasion
from tests.site import Client, Site
from tests.web.codes import PAGE, App, begin, set_up
from tests.web.letters import path_in

TIMES = 8
CODE_PAGE = "/login/second-factor"


def at_once(*senders: Callable[[], TestResponse]) -> list[TestResponse]:
    """The answers of all, started together."""
    barrier = Barrier(len(senders))

    def start(send: Callable[[], TestResponse]) -> TestResponse:
        barrier.wait()
        return send()

    with ThreadPoolExecutor(len(senders)) as pool:
        return list(pool.map(start, senders))


def same_browser(site: Site, client: Client) -> Client:
    """Another tab of it."""
    cookie, other = client.get_cookie("jcflow"), site.client(None)
    assert cookie is not None
    other.set_cookie("jcflow", cookie.value)
    return other


def test_one_code_lets_in_one_of_many(site: Site) -> None:
    app, recovery = set_up(site.client("gf"))
    guests = [begin(site, "gf") for _ in range(TIMES)]
    forms = [guest.form(CODE_PAGE) for guest in guests]
    for typed in ({"code": app.code()}, {"recovery": recovery[0]}):
        sent = [(g, f.filled(typed)) for g, f in zip(guests, forms, strict=True)]

        answers = at_once(*(lambda g=g, d=d: g.post(CODE_PAGE, data=d) for g, d in sent))

        codes = sorted(answer.status_code for answer in answers)
        assert codes == [303, *[422] * (TIMES - 1)], codes
        guests = [begin(site, "gf") for _ in range(TIMES)]
        forms = [guest.form(CODE_PAGE) for guest in guests]


def test_setting_up_many_times_at_once_gives_one_factor_and_one_answer(site: Site) -> None:
    gf = site.client("gf")
    form = gf.form(PAGE)
    app = App(gf.post(PAGE, data=form.filled({"code": "000000"})).text)
    sent = form.filled({"code": app.code(), "form_token": "f" * 24})
    tabs = [same_browser(site, gf) for _ in range(TIMES)]

    answers = at_once(*(lambda t=t: t.post(PAGE, data=sent) for t in tabs))

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{PAGE}/codes")}
    with site.session() as session:
        assert codes_left(session, site.person_id("gf")) == 10


def test_an_address_confirmed_many_times_at_once_is_confirmed_once(site: Site) -> None:
    gf = site.client("gf")
    gf.post_form("/account/address", {"email": "neu@paderborn.example", "old": "demo"})
    path = path_in(site, Occasion.ADDRESS_CHANGE)
    form = gf.form(path)
    sent = [(same_browser(site, gf), form.filled({"form_token": f"{number}" * 20})) for number in range(TIMES)]

    answers = at_once(*(lambda t=t, d=d: t.post(path, data=d) for t, d in sent))

    assert sorted(answer.status_code for answer in answers) == [303, *[404] * (TIMES - 1)]
