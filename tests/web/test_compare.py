"""What has changed between two states of a programme: who may compare what, and what the page tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import pytest

from jcflow.accounts.actor import Actor
from jcflow.clock import now
from jcflow.procedure import Role
from jcflow.process.opening import import_document, open_cycle
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.kinds import ProgrammeKind
from tests.forms import Page
from tests.places import digest
from tests.site import Client, Site, demo_document
from tests.web.test_blocks import add, blocks, edit
from tests.web.test_files import advance
from tests.web.test_versions import newest

TITLE = "1-1"
BODIES = ("tv1", "tv2", "beirat1")


def address(site: Site, **sides: object) -> str:
    return f"/programmes/{site.slug()}/compare" + (f"?{urlencode(sides)}" if sides else "")


def compared(client: Client, site: Site, older: object, newer: object, **more: object) -> Page:
    return client.page(address(site, **{"from": older, "to": newer, **more}))


def rename(site: Site, title: str, chapter: str = TITLE) -> None:
    page = f"/programmes/{site.slug()}/text/{chapter}/edit"
    answer = site.client("redaktion").post_form(page, {"title": title}, action=page)
    assert answer.status_code == 303, answer.text


def second_version(site: Site) -> tuple[int, int]:
    """Let Paderborn's programme go to the vote with one heading changed after the consultation.

    The numbers of the version the board had and of the one that is voted on.
    """
    site.at("disposition")
    older = newest(site).number
    rename(site, "Ganz andere Überschrift")
    advance(site, "resolution")
    return older, newest(site).number


@pytest.mark.parametrize("account", ["gf", "redaktion", "bca", "haushalt", "buero", "revision", *BODIES])
def test_whoever_reads_both_versions_sees_what_changed(sqlite_site: Site, account: str) -> None:
    older, newer = second_version(sqlite_site)

    words = compared(sqlite_site.client(account), sqlite_site, older, newer).words

    assert f"Version {older} vom" in words
    assert "Ganz andere Überschrift" in words
    assert "1 Änderung" in words


def test_administration_and_strangers_do_not_get_there(site: Site) -> None:
    site.at("disposition")

    assert site.client("admin").get(address(site)).status_code == 403
    assert site.client("gf@ennepe-ruhr").get(address(site)).status_code == 404
    assert site.client(None).get(address(site)).status_code == 303


def test_bodies_compare_nothing_before_a_version_lies_before_them(site: Site) -> None:
    site.at("internal_check")

    for account in BODIES:
        assert site.client(account).get(address(site)).status_code == 404
        assert site.client(account).get(address(site, **{"from": 1, "to": "now"})).status_code == 404
    assert site.client("gf").get(address(site)).status_code == 200


def test_bodies_do_not_get_at_the_working_draft(sqlite_site: Site) -> None:
    older, _ = second_version(sqlite_site)

    for account in BODIES:
        client = sqlite_site.client(account)
        assert client.get(address(sqlite_site, **{"from": older, "to": "now"})).status_code == 404
        assert "Arbeitsstand" not in client.page(address(sqlite_site)).words


def test_the_board_compares_no_version_that_did_not_lie_before_it(sqlite_site: Site) -> None:
    site = sqlite_site.at("internal_check")
    return_page = f"/programmes/{site.slug()}/return"
    assert site.client("gf").post_form(return_page, {"reason": "Noch einmal überarbeiten."}).status_code == 303
    rename(site, "Nach der Rückgabe")
    advance(site, "consultation")
    client, sides = site.client("beirat1"), {"from": 1, "to": newest(site).number}

    assert site.client("gf").get(address(site, **sides)).status_code == 200
    assert client.get(address(site, **sides)).status_code == 404
    assert "nur eine Version" in client.page(address(site)).words


@pytest.mark.parametrize("value", ["99", "0", "-1", "abc", "2022", "2031", "1e3", "٣", "1 ", "now'--", "ü" * 3_000])
def test_what_does_not_exist_is_not_found(sqlite_site: Site, value: str) -> None:
    sqlite_site.at("disposition")
    client = sqlite_site.client("gf")

    for sides in ({"from": value}, {"to": value}, {"from": 1, "to": value}, {"from": value, "to": "now"}):
        answer = client.get(address(sqlite_site, **sides))
        assert answer.status_code == 404, sides
        assert "Diese Seite gibt es nicht" in answer.text


def test_other_odd_addresses_are_answered(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    client, page = sqlite_site.client("gf"), address(sqlite_site)

    answers = {rest: client.get(page + rest).status_code for rest in ("?from=&to=", "?all=2", "?from=1&from=9", "?x=1")}

    assert answers == {"?from=&to=": 200, "?all=2": 200, "?from=1&from=9": 200, "?x=1": 200}
    assert client.get(page + "?from=%00").status_code == 422
    assert client.get(page + "?from=%ff").status_code == 400


def test_nothing_is_written(site: Site) -> None:
    site.at("disposition")
    client = site.client("gf")
    before = digest(site)

    client.get(address(site))
    client.get(address(site, **{"from": 1, "to": "now", "all": 1}))

    assert digest(site) == before
    assert client.post(address(site)).status_code == 405


def test_before_the_first_version_there_is_nothing_to_compare(site: Site) -> None:
    words = site.client("gf").page(address(site)).words

    assert "Noch nichts zu vergleichen" in words
    assert "Die erste entsteht" in words


def test_two_that_are_the_same_are_said_to_be(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")

    number = newest(sqlite_site).number

    words = compared(sqlite_site.client("gf"), sqlite_site, number, "now").words

    assert f"Version {number} und Arbeitsstand sind gleich" in words


def test_the_last_change_is_shown_where_nothing_is_asked_for(sqlite_site: Site) -> None:
    older, newer = second_version(sqlite_site)

    inside = sqlite_site.client("gf").page(address(sqlite_site)).words
    board = sqlite_site.client("tv2").page(address(sqlite_site)).words

    assert f"und Version {newer}" in inside
    assert f"Verglichen werden Version {older}" in board
    assert f"und Version {newer}" in board


def test_words_that_changed_are_marked_for_eye_and_ear(sqlite_site: Site) -> None:
    site = sqlite_site
    kept = "Dieser Absatz bleibt, wie er ist."
    add(site.client("redaktion"), site, "text", {"markdown": f"{kept}\n\nWir beraten an zwei Standorten im Kreis."})
    advance(site, "disposition")
    change_last_text(site, f"{kept}\n\nWir beraten an drei Standorten im Kreis.")
    client = site.client("gf")

    html = client.text(address(site, **{"from": 1, "to": "now"}))

    assert '<del><span class="jc-vh">gestrichen: </span>zwei</del>' in html
    assert '<ins><span class="jc-vh">neu: </span>drei</ins>' in html
    assert "1 Absatz unverändert" in html
    assert kept not in html
    assert kept in client.text(address(site, **{"from": 1, "to": "now", "all": 1}))


def change_last_text(site: Site, markdown: str) -> None:
    page = edit(site, blocks(site)[-1])
    assert site.client("redaktion").post_form(page, {"markdown": markdown}, action=page).status_code == 303


def test_what_was_typed_stays_text(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    rename(sqlite_site, "<script>alert(1)</script>\"'>")

    html = sqlite_site.client("gf").text(address(sqlite_site, **{"from": 1, "to": "now"}))

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_bodies_do_not_learn_what_stays_in_the_house(sqlite_site: Site) -> None:
    site = sqlite_site.at("disposition")
    older = newest(site).number
    add(site.client("redaktion"), site, "text", {"markdown": "Nur für uns.", "visibility": "internal"})
    advance(site, "resolution")
    newer = newest(site).number

    board, inside = (compared(site.client(account), site, older, newer).words for account in ("tv2", "gf"))

    assert "Nur für uns." in inside
    assert "Nur für uns." not in board
    assert f"Version {older} und Version {newer} sind gleich" in board


def test_every_change_has_a_link_at_the_start(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    rename(sqlite_site, "Eine andere Überschrift")
    client = sqlite_site.client("gf")

    html = client.text(address(sqlite_site, **{"from": 1, "to": "now"}))

    (anchor,) = [href for href in Page(html).links if href.startswith("#k")]
    assert f'id="{anchor[1:]}"' in html


def test_another_years_programme_is_laid_beside(sqlite_site: Site) -> None:
    site = sqlite_site.at("in_force")
    old = site.slug()
    with site.writing() as session:
        house, before = site.house(session), site.programme(session)
        head = ProgrammeHead(before.kind, "Programm danach", date(2023, 1, 1), date(2023, 12, 31))
        actor = Actor(site.person_id("gf"), frozenset({Role.MANAGING_DIRECTOR}))
        following = open_cycle(session, house, head, previous=before, actor=actor, at=now()).slug
    page = f"/programmes/{following}/compare"

    words = site.client("gf").page(page).words

    assert f"Verglichen werden {old}, Version" in words
    assert "Eingliederungstitel" in words
    assert site.client("gf").page(f"{page}?from={old}&to=now").words == words
    assert site.client("tv1").get(f"{page}?from={old}&to=now").status_code == 404


def test_another_kind_of_programme_is_no_other_year(sqlite_site: Site) -> None:
    site = sqlite_site.at("disposition")
    document = demo_document("paderborn")
    head = replace(document.programme, kind=ProgrammeKind.LPD)
    with site.writing() as session:
        slug = import_document(session, replace(document, programme=head), site.deed("gf")).slug

    assert site.client("gf").get(address(site, **{"from": slug})).status_code == 404


def test_the_form_offers_what_may_be_compared(sqlite_site: Site) -> None:
    older, newer = second_version(sqlite_site)

    offers = {}
    for account in ("gf", "tv2"):
        (form,) = [f for f in sqlite_site.client(account).page(address(sqlite_site)).forms if f.method == "get"]
        offers[account] = [control.options for control in form.controls]

    assert offers["tv2"] == [[str(newer), str(older)]] * 2
    assert [choices[:2] for choices in offers["gf"]] == [["now", str(newer)]] * 2


def test_the_way_there_stands_on_the_overview_and_on_the_version(sqlite_site: Site) -> None:
    _, newer = second_version(sqlite_site)
    overview, version = (f"/programmes/{sqlite_site.slug()}{rest}" for rest in ("", f"/versions/{newer}"))

    for account in ("gf", "tv2"):
        client = sqlite_site.client(account)
        assert address(sqlite_site) in client.page(overview).links
        ways = [href for href in client.page(version).links if "/compare" in href]
        assert all(client.get(href).status_code == 200 for href in ways)
        assert len(ways) == (2 if account == "gf" else 1)


def test_insiders_read_who_changed_a_chapter_and_get_to_the_history_of_a_line(sqlite_site: Site) -> None:
    site = sqlite_site.at("disposition")
    older = newest(site).number
    rename(site, "Ganz andere Überschrift")
    page = f"/programmes/{site.slug()}/budget/eingliederungstitel/edit"
    typed = {"amount-0": "15.832.244", "reason": "Neue Zuteilung"}
    assert site.client("redaktion").post_form(page, typed, action=page).status_code == 303
    advance(site, "resolution")
    client = site.client("gf")

    inside = compared(client, site, older, newest(site).number)
    board = compared(site.client("tv2"), site, older, newest(site).number)

    assert "Zuletzt geändert:" in inside.words
    (history,) = [link for link in inside.links if "/history?object=" in link]
    assert "Neue Zuteilung" in client.page(history).words
    assert "Zuletzt geändert:" not in board.words
    assert not [link for link in board.links if "object=" in link]
    assert "+1\xa0€" in board.words


# ---- since somebody spoke


SPOKE = "Was hat sich geändert, seit Sie am 18.11.2026"


def since(client: Client, page: str) -> list[str]:
    """Where the page's links lead that tell what has changed since the visitor spoke."""
    found = client.page(page)
    assert (SPOKE in found.words) == any("from=" in link for link in found.links)
    return [link for link in found.links if "/compare?" in link]


def test_who_gave_an_opinion_is_led_from_that_version_to_the_newest(sqlite_site: Site) -> None:
    older, newer = second_version(sqlite_site)
    client, programme = sqlite_site.client("beirat1"), f"/programmes/{sqlite_site.slug()}"

    for page in (programme, f"{programme}/opinions"):
        (link,) = since(client, page)
        assert link == address(sqlite_site, **{"from": older, "to": newer})
    assert "Ganz andere Überschrift" in client.page(link).words


def test_where_nothing_changed_since_an_opinion_it_says_so(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    client, programme = sqlite_site.client("beirat1"), f"/programmes/{sqlite_site.slug()}"

    for page in (programme, f"{programme}/opinions"):
        assert since(client, page) == []
        assert "Seit Ihrer Stellungnahme vom 18.11.2026 hat sich nichts geändert." in client.page(page).words


def test_a_change_that_stays_in_the_house_is_none_for_the_board(sqlite_site: Site) -> None:
    site = sqlite_site.at("disposition")
    add(site.client("redaktion"), site, "text", {"markdown": "Nur für uns.", "visibility": "internal"})
    advance(site, "resolution")

    words = site.client("beirat1").page(f"/programmes/{site.slug()}").words

    assert "Seit Ihrer Stellungnahme vom 18.11.2026 hat sich nichts geändert." in words


def test_who_voted_before_a_recall_is_led_from_that_version_to_the_newest(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    programme, older = f"/programmes/{site.slug()}", newest(site).number
    voter, chair = site.client("tv2"), site.client("tv1")
    checked = voter.post_form(f"{programme}/vote", {"choice": "yes"}, action=f"{programme}/vote/check")
    assert checked.status_code == 200
    sent = Page(checked.text).form(f"{programme}/vote")
    assert voter.post(sent.action, data=sent.filled({})).status_code == 303
    assert "Seit Ihrer Stimme vom 18.11.2026 hat sich nichts geändert." in voter.page(programme).words

    back = {"reason": "Eine Zahl muss noch einmal geprüft werden."}
    assert chair.post_form(f"{programme}/recall", back, action=f"{programme}/steps/recall").status_code == 303
    rename(site, "Nach dem Rückruf")
    advance(site, "resolution")

    for page in (programme, f"{programme}/vote", f"{programme}/vote/result"):
        assert since(voter, page) == [address(site, **{"from": older, "to": newest(site).number})]
        assert since(chair, page) == []


@pytest.mark.parametrize("account", ["gf", "revision", "tv1", "beirat5"])
def test_who_has_not_spoken_is_told_nothing_of_it(sqlite_site: Site, account: str) -> None:
    site = sqlite_site.at("consultation")

    words = site.client(account).page(f"/programmes/{site.slug()}").words

    assert "Seit Ihrer" not in words
    assert SPOKE not in words
