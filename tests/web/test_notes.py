"""Hints on texts, shown where they are mended and put aside; figures in texts that always show their line."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from jcflow import clock
from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, select_events
from jcflow.cli import cast, walk
from jcflow.programmes.live import document_of
from tests.forms import Page, page_of
from tests.site import Client, Site
from tests.web.test_blocks import add, blocks, edit
from tests.web.test_files import advance
from tests.web.test_versions import newest

INSIDERS = ("gf", "redaktion", "bca", "haushalt", "buero", "revision")
EGT = "{{Budget: eingliederungstitel/zuteilung}}"
SENTENCE = "Der Bund stellt {} bereit."
OLD, NEW = (SENTENCE.format(f"rund {amount}\u00a0€") for amount in ("15.832.243", "16.000.000"))
"""What readers see of the sentence with EGT."""
WRONG = "Der Bund stellt 77.777.777 € bereit."
UNKNOWN = "{{Ziel: gibt-es-nicht}}"


def address(site: Site, rest: str = "notes") -> str:
    return f"/programmes/{site.slug()}/{rest}"


def write(site: Site, markdown: str, **more: str) -> None:
    answer = add(site.client("redaktion"), site, "text", {"markdown": markdown, **more})
    assert answer.status_code == 303


def notes_page(site: Site, account: str = "gf") -> Page:
    return site.client(account).page(address(site))


def change_budget(site: Site, amount: str) -> None:
    page = address(site, "budget/eingliederungstitel/edit")
    answer = site.client("redaktion").post_form(page, {"amount-0": amount, "reason": "Der Bund hat neu zugeteilt."})
    assert answer.status_code == 303, answer.text


def put_aside(client: Client, site: Site) -> TestResponse:
    form = next(f for f in client.page(address(site)).forms if f.action.endswith("/aside"))
    return client.post(form.action, data=form.filled({}))


def test_a_programme_without_anything_wrong_has_no_hints(site: Site) -> None:
    page = notes_page(site)

    assert page.h1.strip() == "Hinweise zum Text"
    assert "Keine Hinweise" in page.words


@pytest.mark.parametrize("account", INSIDERS)
def test_the_house_reads_what_was_found_with_its_place_and_what_would_be_right(sqlite_site: Site, account: str) -> None:
    write(sqlite_site, WRONG)

    page = notes_page(sqlite_site, account)

    assert WRONG in page.words
    assert "Keine Zeile und keine Summe des Programms hat diesen Betrag." in page.words
    assert "Vorwort" in page.words


@pytest.mark.parametrize("account", ["tv1", "beirat1"])
def test_the_bodies_do_not_get_the_hints(sqlite_site: Site, account: str) -> None:
    site = sqlite_site.at("resolution")

    assert site.client(account).get(address(site)).status_code == 403


def test_another_house_has_no_such_page(sqlite_site: Site) -> None:
    assert sqlite_site.client("gf@ennepe-ruhr").get(address(sqlite_site)).status_code == 404


def test_a_hint_stands_beside_its_block_where_it_is_mended(site: Site) -> None:
    write(site, WRONG)
    number = len(blocks(site))
    client = site.client("redaktion")

    assert f"{address(site, 'text/vorwort/edit')}#abschnitt-{number}" in client.page(address(site)).links
    assert "Keine Zeile und keine Summe" in client.page(address(site, "text/vorwort/edit")).words


def test_a_hint_that_is_none_is_put_aside_and_comes_back_with_another_text(site: Site) -> None:
    write(site, WRONG)
    client = site.client("redaktion")

    answer = put_aside(client, site)

    assert answer.status_code == 303
    page = notes_page(site)
    assert "Keine Hinweise" in page.words
    assert "geprüft, stimmt so" in page.words
    client.post_form(edit(site, blocks(site)[-1]), {"markdown": WRONG + " Das ist viel."})
    assert "Keine Hinweise" not in notes_page(site).words


def test_the_trail_says_who_put_a_hint_aside(site: Site) -> None:
    write(site, WRONG)
    put_aside(site.client("redaktion"), site)

    with site.session() as session:
        about = select_events(site.programme(session).jobcenter_id).where(AuditEvent.object_id == blocks(site)[-1].id)
        last = entries(session, about)[0]
    assert last.actor_id == site.person_id("redaktion")
    assert last.reason == "Hinweis geprüft, „77.777.777 €“ stimmt so."


def test_putting_aside_changes_neither_the_text_nor_the_version_frozen_of_it(site: Site) -> None:
    write(site, WRONG)
    with site.session() as session:
        before = document_of(session, site.programme(session))

    put_aside(site.client("redaktion"), site)

    with site.session() as session:
        assert document_of(session, site.programme(session)) == before


def test_a_hint_that_is_gone_is_not_put_aside(site: Site) -> None:
    write(site, WRONG)
    client = site.client("redaktion")
    form = next(f for f in client.page(address(site)).forms if f.action.endswith("/aside"))
    client.post_form(edit(site, blocks(site)[-1]), {"markdown": "Alles ist anders."})

    answer = client.post(form.action, data=form.filled({}))

    assert answer.status_code == 409
    assert "Diesen Hinweis gibt es nicht mehr" in page_of(answer).words


def test_who_does_not_write_puts_nothing_aside(sqlite_site: Site) -> None:
    write(sqlite_site, WRONG)
    gf, buero = sqlite_site.client("gf"), sqlite_site.client("buero")
    form = next(f for f in gf.page(address(sqlite_site)).forms if f.action.endswith("/aside"))

    assert "Stimmt so" not in buero.page(address(sqlite_site)).words
    data = form.filled({}) | {"csrf_token": buero.csrf_token()}
    assert buero.post(form.action, data=data).status_code == 403


def test_a_figure_in_a_text_shows_its_line_and_the_list_of_what_can_be_named(site: Site) -> None:
    write(site, SENTENCE.format(EGT))
    client = site.client("redaktion")

    assert OLD in client.page(address(site, "text")).words
    page = client.text(edit(site, blocks(site)[-1]))
    assert f"<code>{EGT}</code>" in page
    change_budget(site, "16.000.000")
    assert NEW in client.page(address(site, "text")).words


def test_an_unknown_figure_is_marked_noted_and_named_before_the_draft_is_submitted(site: Site) -> None:
    write(site, f"Ziel ist {UNKNOWN}.")
    client = site.client("gf")

    assert "<strong>[unbekannte Zahl: Ziel: gibt-es-nicht]</strong>" in client.text(address(site, "text"))
    assert "Diese Zahl gibt es im Programm nicht" in notes_page(site).words
    assert "Stimmt so" not in notes_page(site).words
    assert UNKNOWN in client.page(address(site, "submit")).words


@pytest.mark.parametrize(("account", "page"), [("bca", "sign-off"), ("haushalt", "state-budget"), ("gf", "release")])
def test_the_internal_check_counts_the_hints_and_names_what_is_missing(
    sqlite_site: Site, account: str, page: str
) -> None:
    write(sqlite_site, f"{WRONG} Ziel ist {UNKNOWN}.")
    advance(sqlite_site, "internal_check")

    words = sqlite_site.client(account).page(address(sqlite_site, page)).words

    assert "2 Hinweise zum Text ansehen" in words
    assert UNKNOWN in words


def test_a_frozen_version_keeps_its_figure_and_the_comparison_shows_both(site: Site) -> None:
    write(site, SENTENCE.format(EGT))
    advance(site, "disposition")
    change_budget(site, "16.000.000")
    version, gf = newest(site).number, site.client("gf")

    assert NEW in gf.page(address(site, "text")).words
    assert OLD in site.client("beirat1").page(address(site, "text")).words
    assert OLD in gf.page(address(site, f"versions/{version}")).words
    compared = gf.page(address(site, f"compare?from={version}&to=now")).words
    assert "15.832.243" in compared
    assert "16.000.000" in compared
    assert EGT not in compared


def test_the_public_reads_the_figure_and_no_hidden_one(site: Site) -> None:
    hidden = "{{Budget: verwaltungskostenbudget/kfa}}"
    write(site, f"{SENTENCE.format(EGT)} Der Kreis trägt {hidden}.")
    page = address(site, "registers/visibility")
    answer = site.client("gf").post_form(page, {"budget_tables/verwaltungskostenbudget": "internal"})
    assert answer.status_code == 303
    with site.writing() as session:
        people, programme = cast.known(session, site.house(session)), site.programme(session)
        at = walk.advance(session, programme, "in_force", people=people, at=clock.now())
        walk.publish(session, programme, people=people, at=at)

    path = f"/public/paderborn/{site.slug()}"
    shown = site.client(None).text(path)

    assert OLD in site.client(None).page(path).words
    assert "Der Kreis trägt <strong>[Angabe fehlt]</strong>." in shown
    assert "verwaltungskostenbudget/kfa" not in shown
