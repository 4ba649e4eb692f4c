"""Who gets where: every rule of the site, tried by everybody in several states."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from jcflow.procedure import Role
from jcflow.web.guard import routes
from jcflow.web.visitors import me
from tests.places import ACCOUNTS, UUIDS, Place, crawl, digest, forms_of, furnish, places, plain, values_of
from tests.site import Client, Site, bring

STATES = [
    ("drafting", "paderborn"),
    ("disposition", "paderborn"),
    ("resolution", "paderborn"),
    ("published", "paderborn"),
    ("committee", "ennepe-ruhr"),
]
EXPECTED = {200, 303, 403, 404, 409}


def accounts_in(house: str) -> list[str]:
    return [f"{account}@{house}" for account in ACCOUNTS if house != "ennepe-ruhr" or not account.startswith("tv")]


def test_every_rule_says_whom_it_is_open_to(sqlite_site: Site) -> None:
    unmarked = [row["rule"] for row in routes(sqlite_site.app) if row["who"] is None]

    assert unmarked == []


def test_every_rule_is_listed_once_per_method(sqlite_site: Site) -> None:
    listed = [(row["rule"], method) for row in routes(sqlite_site.app) for method in row["methods"]]

    known = [
        (rule.rule, method)
        for rule in sqlite_site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    assert sorted(listed) == sorted(known)
    assert json.loads(json.dumps(routes(sqlite_site.app)))


def test_only_these_pages_are_open_to_everybody(sqlite_site: Site) -> None:
    public = {row["rule"] for row in routes(sqlite_site.app) if row["who"] == "public"}

    assert public == {
        "/",
        "/accessibility",
        "/calendar.ics",
        "/healthz",
        "/help",
        "/imprint",
        "/invitation/<token>",
        "/login",
        "/login/second-factor",
        "/logout",
        "/privacy",
        "/public",
        "/public/<jobcenter>/<slug>",
        "/public/<jobcenter>/<slug>/budget",
        "/public/<jobcenter>/<slug>/figures/<uuid:file_id>",
        "/readyz",
        "/reset",
        "/reset/<token>",
        "/reset/sent",
        "/static/<path:filename>",
    }


def test_everybody_else_is_told_whom_a_page_is_for(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    known, everywhere = values_of(sqlite_site), places(sqlite_site.app)

    for account in ACCOUNTS:
        client = sqlite_site.client(account)
        token, roles = client.csrf_token(), _roles(client)
        for place in everywhere:
            if place.access.kind != "roles" or roles & set(place.access.roles):
                continue
            answer = _try(client, place, known, token, form_token=uuid4().hex, version="1")
            assert answer.status_code == 403, (account, str(place))
            assert "Das ist nur für" in answer.text, (account, str(place))


@pytest.mark.parametrize(
    ("state", "house"), [("consultation", "paderborn"), ("tied", "paderborn"), ("council", "ennepe-ruhr")]
)
def test_whom_a_rule_is_open_to_gets_an_answer_in_every_state(sqlite_site: Site, state: str, house: str) -> None:
    sqlite_site.at(state, house)
    furnish(sqlite_site, house)
    known, everywhere = values_of(sqlite_site, house), places(sqlite_site.app, "GET")

    for account in accounts_in(house):
        client = sqlite_site.client(account)
        roles = _roles(client)
        for place in everywhere:
            if place.access.kind == "roles" and roles & set(place.access.roles):
                answer = client.get(place.path(sqlite_site.app, known))
                assert answer.status_code in EXPECTED, (account, str(place), answer.status_code)


def _roles(client: Client) -> frozenset[Role]:
    cookie = client.get_cookie("jcflow")
    assert cookie is not None
    with client.application.test_request_context(headers=[("Cookie", f"jcflow={cookie.value}")]):
        return me().roles


def _try(client: Client, place: Place, known: dict[str, object], token: str, **typed: str) -> TestResponse:
    path = place.path(client.application, known)
    if place.method == "GET":
        return client.get(path)
    return client.post(path, data={"csrf_token": token, **typed})


def test_nobody_gets_in_without_signing_in_and_nothing_typed_is_lost(site: Site) -> None:
    site.at("consultation")
    known, nobody = values_of(site), site.client(None)
    token = nobody.csrf_token()

    for place in places(site.app):
        if place.access.kind == "public":
            continue
        path = place.path(site.app, known)
        if place.method == "GET":
            answer = nobody.get(path)
            assert answer.status_code == 303, str(place)
            assert answer.location == f"/login?next={path}", str(place)
        for sent in ({"csrf_token": token}, {}) if place.method == "POST" else ():
            answer = nobody.post(path, data={**sent, "markdown": "Lange <getippter> Text", "version": "7"})
            assert answer.status_code == 401, str(place)
            assert "Lange &lt;getippter&gt; Text" in answer.text, str(place)


@pytest.mark.parametrize(("state", "house"), STATES)
def test_every_link_leads_somewhere_and_looking_changes_nothing(sqlite_site: Site, state: str, house: str) -> None:
    sqlite_site.at(state, house)
    furnish(sqlite_site, house)
    clients = {account: sqlite_site.client(account) for account in [None, *accounts_in(house)]}
    before, astray = digest(sqlite_site), []

    for account, client in clients.items():
        for path, answer in crawl(client, per_rule=2):
            if answer.status_code not in {200, 303}:
                astray.append((account, path, answer.status_code))

    assert astray == []
    assert digest(sqlite_site) == before


@pytest.mark.postgres
def test_looking_changes_nothing_on_postgresql_either(new_site: Callable[..., Site]) -> None:
    site = new_site("postgresql").at("consultation")
    furnish(site)
    clients = [site.client(account) for account in ACCOUNTS]
    before = digest(site)

    for client in clients:
        for _ in crawl(client, per_rule=2):
            pass

    assert digest(site) == before


@pytest.mark.parametrize("state", ["drafting", "consultation", "resolution"])
def test_what_another_house_has_answers_like_what_does_not_exist(sqlite_site: Site, state: str) -> None:
    sqlite_site.at(state)
    if state != "drafting":
        bring(sqlite_site.url, "herford", state)
    for house in ("paderborn", "herford"):
        furnish(sqlite_site, house)
    theirs, own = values_of(sqlite_site), values_of(sqlite_site, "herford")
    everywhere = places(sqlite_site.app)

    for account in accounts_in("herford"):
        client = sqlite_site.client(account)
        token, roles = client.csrf_token(), _roles(client)
        for place in everywhere:
            foreign = {n for n, c in place.rule._converters.items() if type(c).__name__ == "UUIDConverter"}
            if not foreign or not roles & set(place.access.roles):
                continue
            real = {**own, **{name: theirs[name] for name in foreign}}
            unknown = {**own, **{name: uuid4() for name in foreign}}
            sent = {"form_token": uuid4().hex, "version": "1", "reason": "Eine Begründung von hier"}
            one = _try(client, place, real, token, **sent)
            other = _try(client, place, unknown, token, **{**sent, "form_token": uuid4().hex})
            assert plain(one) == plain(other), (account, str(place))
            assert one.status_code in {403, 404, 409}, (account, str(place), one.status_code)


def test_another_house_s_slug_does_not_exist(sqlite_site: Site) -> None:
    sqlite_site.at("published")
    theirs = values_of(sqlite_site)
    assert sqlite_site.slug("ennepe-ruhr") != theirs["slug"]

    for account in ("gf", "bca", "haushalt", "beirat1", "buero"):
        client = sqlite_site.client(f"{account}@ennepe-ruhr")
        token, roles = client.csrf_token(), _roles(client)
        for place in places(sqlite_site.app):
            if "slug" not in place.rule.arguments or not roles & set(place.access.roles):
                continue
            sent = {"version": "1", "reason": "Eine Begründung von hier"}
            one = _try(client, place, theirs, token, form_token=uuid4().hex, **sent)
            other = _try(client, place, {**theirs, "slug": "1999"}, token, form_token=uuid4().hex, **sent)
            assert plain(one) == plain(other), (account, str(place))
            assert one.status_code == 404, (account, str(place))


@pytest.mark.parametrize("state", ["consultation", "resolution"])
def test_foreign_ids_in_a_form_are_as_good_as_unknown_ones(sqlite_site: Site, state: str) -> None:
    sqlite_site.at(state)
    if state != "drafting":
        bring(sqlite_site.url, "herford", state)
    for house in ("paderborn", "herford"):
        furnish(sqlite_site, house)

    for account in ACCOUNTS:
        theirs = _forms_with_ids(sqlite_site.client(account))
        client = sqlite_site.client(f"{account}@herford")
        for (endpoint, action), form in _forms_with_ids(client).items():
            foreign = next((f for (e, _), f in theirs.items() if e == endpoint), None)
            if foreign is None:
                continue
            answers = []
            for ids in (_ids(foreign), {}):
                data = form.filled({"form_token": uuid4().hex})
                sent = {_swap(name, ids): [_swap(v, ids) for v in values] for name, values in _lists(data).items()}
                answers.append(client.post(action, data=sent))
            assert plain(answers[0]) == plain(answers[1]), (account, action)
            assert answers[0].status_code not in {303, 500}, (account, action, answers[0].status_code)


def _forms_with_ids(client: Client) -> dict[tuple[str, str], object]:
    adapter = client.application.url_map.bind("localhost")
    found = {}
    for _, answer in crawl(client, per_rule=1):
        for form in forms_of(answer):
            if any(UUIDS.search(text) for name, values in form.fields.items() for text in (name, *values)):
                found.setdefault((adapter.match(form.action, "POST")[0], form.action), form)
    return found


def _ids(form: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in form.fields.items():
        for text in (name, *values):
            found.setdefault("*", []).extend(UUIDS.findall(text))
    return found


def _swap(text: str, ids: dict[str, list[str]]) -> str:
    return UUIDS.sub(lambda match: ids["*"][0] if ids else str(uuid4()), text)


def _lists(data: dict[str, object]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [str(value)] for name, value in data.items()}
