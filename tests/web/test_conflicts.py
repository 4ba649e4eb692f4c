"""The page of a lost race: both texts, who was faster, three ways on; a refused form gives back what was written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from jcflow.accounts.people import Person
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.programmes import chapters
from jcflow.programmes.chapters import Block
from tests.browser import DESK, View, press
from tests.forms import Page as Parsed
from tests.forms import page_of
from tests.site import Client, Site
from tests.web.test_axe import _faults, sign_in

CHAPTER = "vorwort"


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/text{rest}"


def blocks(site: Site) -> list[Block]:
    with site.session() as session:
        programme = site.programme(session)
        return chapters.blocks_of(session, programme)[chapters.chapter(session, programme, CHAPTER).id]


def form_of(site: Site, block: Block) -> str:
    return address(site, f"/blocks/{block.id}/edit")


def lost(slow: Client, site: Site, mine: str = "Fassung des Teams", theirs: str = "Fassung der Leitung") -> Parsed:
    """Let the managing director save a text while somebody else writes; returns the page the other one gets."""
    path = form_of(site, blocks(site)[0])
    opened = slow.form(path)
    site.client("gf").post_form(path, {"markdown": theirs})
    answer = slow.post(path, data=opened.filled({"markdown": mine}))
    assert answer.status_code == 409
    return page_of(answer)


def text(site: Site) -> str:
    return str(blocks(site)[0].content["markdown"])


def test_it_says_who_was_faster_and_when(sqlite_site: Site) -> None:
    page = lost(sqlite_site.client("redaktion"), sqlite_site)

    with sqlite_site.session() as session:
        name = session.get_one(Person, sqlite_site.person_id("gf")).name
    assert f"Der Abschnitt wurde inzwischen von {name} (Geschäftsführung) am 18.11.2026 um 12:" in page.words
    assert "Fassung des Teams" in page.words
    assert "Fassung der Leitung" in page.words


def test_ones_own_text_can_be_put_over_the_other_which_stays_in_the_trail(site: Site) -> None:
    slow = site.client("redaktion")
    page = lost(slow, site)
    form = page.form(form_of(site, blocks(site)[0]), "Meinen Text übernehmen")

    assert slow.post(form.action, data=form.filled({})).status_code == 303

    assert text(site) == "Fassung des Teams"
    with site.session() as session:
        block = blocks(site)[0]
        events = entries(session, select_events(block.jobcenter_id).where(AuditEvent.object_id == block.id))
    assert {"markdown": "Fassung der Leitung"} in [e.changes["content"][1] for e in events if "content" in e.changes]


def test_both_texts_can_be_merged_by_hand(site: Site) -> None:
    slow = site.client("redaktion")
    page = lost(slow, site)
    form = page.form(form_of(site, blocks(site)[0]), "Zusammengeführten Text speichern")
    assert form.fields["markdown"] == ["Fassung des Teams"]

    answer = slow.post(form.action, data=form.filled({"markdown": "Fassung der Leitung und des Teams"}))

    assert answer.status_code == 303
    assert text(site) == "Fassung der Leitung und des Teams"


def test_a_third_text_saved_meanwhile_is_shown_before_it_is_put_over(sqlite_site: Site) -> None:
    slow = sqlite_site.client("redaktion")
    form = lost(slow, sqlite_site).form(
        form_of(sqlite_site, blocks(sqlite_site)[0]), "Zusammengeführten Text speichern"
    )
    sqlite_site.client("gf").post_form(form_of(sqlite_site, blocks(sqlite_site)[0]), {"markdown": "Noch eine Fassung"})

    answer = slow.post(form.action, data=form.filled({"markdown": "Zusammen"}))

    assert answer.status_code == 409
    assert "Noch eine Fassung" in answer.text
    assert "Zusammen" in answer.text
    assert text(sqlite_site) == "Noch eine Fassung"


def test_a_preview_does_not_cover_up_what_somebody_else_saved(sqlite_site: Site) -> None:
    slow, path = sqlite_site.client("redaktion"), form_of(sqlite_site, blocks(sqlite_site)[0])
    form = slow.form(path, press="Vorschau zeigen")
    sqlite_site.client("gf").post_form(path, {"markdown": "Fassung der Leitung"})
    shown = slow.post(form.button("Vorschau zeigen").action, data=form.filled({"markdown": "Fassung des Teams"}))

    answer = slow.post(path, data=page_of(shown).form(path).filled({}))

    assert answer.status_code == 409
    assert text(sqlite_site) == "Fassung der Leitung"


def test_a_form_with_a_mistake_does_not_cover_it_up_either(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    from_list = page_of(sqlite_site.client("gf").get(f"/programmes/{sqlite_site.slug()}/opinions"))
    path = next(link for link in from_list.links if "/reply/" in link)
    slow, fast = sqlite_site.client("gf"), sqlite_site.client("gf")
    form = slow.form(path)
    fast.post_form(path, {"disposition": "noted", "reason": "Antwort aus dem anderen Fenster"})
    refused = slow.post(path, data=form.filled({"disposition": "", "reason": "Antwort aus diesem Fenster"}))
    assert refused.status_code == 422

    answer = slow.post(path, data=page_of(refused).form(path).filled({"disposition": "adopted"}))

    assert answer.status_code == 409
    assert "Antwort aus dem anderen Fenster" in answer.text
    assert "von Ihnen selbst, in einem anderen Fenster" in answer.text


def test_a_text_whose_block_was_removed_comes_back(sqlite_site: Site) -> None:
    slow, block = sqlite_site.client("redaktion"), blocks(sqlite_site)[0]
    form = slow.form(form_of(sqlite_site, block))
    chapter = address(sqlite_site, f"/{CHAPTER}/edit")
    sqlite_site.client("gf").post_form(chapter, action=address(sqlite_site, f"/blocks/{block.id}/remove"))

    answer = slow.post(form.action, data=form.filled({"markdown": "Nicht verlieren"}))

    assert answer.status_code == 409
    assert "Der Abschnitt wurde inzwischen entfernt." in answer.text
    assert "Nicht verlieren" in answer.text


def test_a_text_that_comes_after_the_freeze_comes_back(sqlite_site: Site) -> None:
    slow, director, block = sqlite_site.client("redaktion"), sqlite_site.client("gf"), blocks(sqlite_site)[0]
    form = slow.form(form_of(sqlite_site, block))
    step = f"/programmes/{sqlite_site.slug()}/submit"
    assert director.post_form(step, action=f"/programmes/{sqlite_site.slug()}/steps/submit").status_code == 303

    answer = slow.post(form.action, data=form.filled({"markdown": "Nicht verlieren"}))

    assert answer.status_code == 409
    assert "Was Sie geschrieben haben" in answer.text
    assert "Nicht verlieren" in answer.text


def test_moving_and_adding_blocks_disturbs_nobody_who_writes(site: Site) -> None:
    slow, director = site.client("redaktion"), site.client("gf")
    first, *_, last = blocks(site)
    forms = [slow.form(form_of(site, block)) for block in (first, last)]
    chapter = address(site, f"/{CHAPTER}/edit")
    up = director.form(chapter, action=address(site, f"/blocks/{last.id}/move"))
    assert director.post(up.action, data=up.filled({"direction": "up"})).status_code == 303
    new = address(site, f"/{CHAPTER}/blocks/new")
    assert director.post_form(f"{new}?kind=text", {"markdown": "Dazu"}, action=new).status_code == 303

    answers = [slow.post(form.action, data=form.filled({"markdown": "Meins"})) for form in forms]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [b.content for b in blocks(site) if b.id in {first.id, last.id}] == [{"markdown": "Meins"}] * 2
    assert blocks(site)[-1].content == {"markdown": "Dazu"}


def test_moving_a_chapter_does_not_disturb_who_renames_it(sqlite_site: Site) -> None:
    slow, director = sqlite_site.client("redaktion"), sqlite_site.client("gf")
    chapter = address(sqlite_site, f"/{CHAPTER}/edit")
    form = slow.form(chapter)
    down = director.form(chapter, action=address(sqlite_site, f"/{CHAPTER}/move"))
    assert director.post(down.action, data=down.filled({"direction": "down"})).status_code == 303

    assert slow.post(form.action, data=form.filled({"title": "Geleitwort"})).status_code == 303


def test_a_step_taken_meanwhile_gives_the_reason_back(sqlite_site: Site) -> None:
    sqlite_site.at("internal_check")
    slow, fast = sqlite_site.client("gf"), sqlite_site.client("gf")
    step = f"/programmes/{sqlite_site.slug()}/return"
    form = slow.form(step, action=f"/programmes/{sqlite_site.slug()}/steps/return")
    data = form.filled({"reason": "Die Zahlen fehlen noch.", "version": str(int(form.fields["version"][0]) - 1)})

    answer = fast.post(form.action, data={**data, "csrf_token": fast.csrf_token()})

    assert answer.status_code == 409
    assert "Die Zahlen fehlen noch." in answer.text
    ways = [link for link in page_of(answer).links if link.startswith(f"/programmes/{sqlite_site.slug()}")]
    assert [fast.get(way).status_code for way in ways] == [200] * len(ways) != []


@pytest.mark.browser
def test_conflicts_and_presence_are_for_everybody(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    site, (first, *_) = sqlite_site, blocks(sqlite_site)
    host, page = live_server(site.app), new_page(DESK)
    sign_in(page, site.client("redaktion"), host)
    page.goto(host + form_of(site, first))
    director, chapter = site.client("gf"), address(site, f"/{CHAPTER}/edit")
    director.post_form(chapter, action=address(site, f"/blocks/{first.id}/begin"))
    faults = []
    for path in (form_of(site, first), chapter):
        page.goto(host + path)
        assert page.get_by_text("schreibt gerade: ").count() == 1
        faults += _faults(page)
    page.goto(host + form_of(site, first))
    director.post_form(form_of(site, first), {"markdown": "Fassung der Leitung. " * 20})
    page.locator("textarea[name=markdown]").fill("Fassung des Teams. " * 20)
    press(page, "button:has-text('Abschnitt speichern')")

    assert page.locator("h1").inner_text() == "Ihre Änderung ist noch nicht gespeichert"
    assert faults + _faults(page) == []
    press(page, "a:has-text('Gespeicherten Text behalten')")
    assert page.locator("textarea[name=markdown]").input_value().startswith("Fassung der Leitung.")
