"""Focus topics: read, chosen and ranked, worded; the rule of a set; two people at once."""

from __future__ import annotations

import pytest

from jcflow.accounts.actor import Actor
from jcflow.audit.reading import Entry, entries, select_events
from jcflow.audit.trail import Deed, record
from jcflow.procedure import Role
from jcflow.programmes import topics
from jcflow.programmes.topics import Choice, Topic
from tests.forms import page_of
from tests.site import NOW, Site

SET = "lpd-top-themen"
REASON = "Die Lage am Arbeitsmarkt hat sich geändert."


def page(site: Site, rest: str = "", house: str = "paderborn") -> str:
    return f"/programmes/{site.slug(house)}/topics{rest}"


def rows(site: Site, key: str = SET) -> dict[str, Topic]:
    with site.session() as session:
        return topics.topics_in(session, topics.topic_set(session, site.programme(session), key))


def newest(site: Site, count: int) -> list[Entry]:
    with site.session() as session:
        return entries(session, select_events(site.programme(session).jobcenter_id).limit(count))


def test_the_chosen_topics_stand_in_their_order_and_the_rule_is_said(sqlite_site: Site) -> None:
    words = sqlite_site.client("gf").page(page(sqlite_site)).words

    assert words.index("1. Qualifizierung unserer Kundinnen") < words.index("2. Gleichberechtigte Teilhabe")
    assert "Freie Liste, 5 von 5 gewählt." in words


def fix_catalogue(site: Site, choose: int) -> None:
    """Make the set one of which so many topics are to be chosen."""
    gf = site.person_id("gf")
    with site.writing() as session:
        within = topics.topic_set(session, site.programme(session), SET)
        record(session, within, Deed(gf, Role.MANAGING_DIRECTOR, NOW), choose=choose, of=5)


def test_a_fixed_catalogue_says_how_many_are_to_be_chosen(sqlite_site: Site) -> None:
    fix_catalogue(sqlite_site, 3)

    words = sqlite_site.client("gf").page(page(sqlite_site)).words

    assert "Zu wählen sind genau 3 von 5 Themen, 5 von 5 gewählt." in words
    assert "Wählen Sie genau 3 von 5 Themen, gewählt sind 5." in words


def test_choosing_and_ranking_is_saved_together(site: Site) -> None:
    site.at("disposition")

    typed = {"selected-0": None, "rank-4": "1", "rank-1": "2", "reason": REASON}
    answer = site.client("gf").post_form(page(site, f"/{SET}/edit"), typed)

    assert answer.status_code == 303
    found = rows(site)
    assert not found["qualifizierung"].selected
    assert found["gesundheitsfoerderung"].rank == 1
    assert {e.reason for e in newest(site, 2)} == {REASON}
    assert "Rang" in site.client("gf").page(f"/programmes/{site.slug()}/history?area=topics").words


def test_a_new_topic_joins_a_free_list(site: Site) -> None:
    client = site.client("redaktion")
    form = client.form(page(site, f"/{SET}/edit"))
    more = client.post(page(site, f"/{SET}/edit/preview"), data=form.filled({"add": "1"}))
    assert 'name="title-5"' in more.text

    typed = {"title-5": "Wohnen und Arbeit", "selected-5": "1", "rank-5": "6"}
    answer = client.post(page(site, f"/{SET}/edit"), data=page_of(more).form(page(site, f"/{SET}/edit")).filled(typed))

    assert answer.status_code == 303
    assert rows(site)["wohnen-und-arbeit"].rank == 6


def test_more_topics_than_the_catalogue_asks_for_are_refused_and_kept(sqlite_site: Site) -> None:
    fix_catalogue(sqlite_site, 3)

    answer = sqlite_site.client("gf").post_form(page(sqlite_site, f"/{SET}/edit"), {"rank-0": "8", "selected-4": None})

    assert answer.status_code == 422
    assert "Wählen Sie genau 3 Themen, gewählt sind 4." in answer.text
    assert 'value="8"' in answer.text
    assert "Weiteres Thema" not in answer.text
    assert rows(sqlite_site)["gesundheitsfoerderung"].selected


def test_after_the_first_submission_a_choice_needs_its_reason(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")

    answer = sqlite_site.client("gf").post_form(page(sqlite_site, f"/{SET}/edit"), {"selected-0": None})

    assert answer.status_code == 422
    assert "Begründen Sie die Änderung" in answer.text
    assert rows(sqlite_site)["qualifizierung"].selected


def test_a_rank_that_is_no_number_is_said(sqlite_site: Site) -> None:
    answer = sqlite_site.client("gf").post_form(page(sqlite_site, f"/{SET}/edit"), {"rank-2": "oben"})

    assert answer.status_code == 422
    assert "Thema 3, Rang: Geben Sie eine Zahl von 1 bis 999 ein." in answer.text
    assert 'value="oben"' in answer.text


def test_a_stale_choice_shows_both_sides_and_either_can_be_taken(site: Site) -> None:
    first, second, edit = site.client("gf"), site.client("redaktion"), page(site, f"/{SET}/edit")
    form = first.form(edit)
    assert second.post_form(edit, {"rank-4": "9"}).status_code == 303

    conflict = first.post(edit, data=form.filled({"rank-4": "7"}))
    assert conflict.status_code == 409
    assert "Gesundheitsförderung für Kundinnen und Kunden" in conflict.text
    answer = first.post(edit, data=page_of(conflict).form(edit).filled({"take-gesundheitsfoerderung": "mine"}))

    assert answer.status_code == 303
    assert rows(site)["gesundheitsfoerderung"].rank == 7


def test_the_words_of_a_topic_are_markdown_with_a_preview(site: Site) -> None:
    client, edit = site.client("gf"), page(site, f"/{SET}/qualifizierung/edit")
    typed = {"why": "Fachkräfte **fehlen**.", "approach": "<script>x</script>", "local_title": "Bildung"}

    shown = client.post(f"{edit}/preview", data=client.form(edit).filled(typed))
    answer = client.post_form(edit, typed)

    assert "<strong>fehlen</strong>" in shown.text
    assert "<script>x" not in shown.text
    assert answer.status_code == 303
    assert rows(site)["qualifizierung"].local_title == "Bildung"
    assert "<strong>fehlen</strong>" in client.text(page(site))


def test_stale_words_show_both_texts(sqlite_site: Site) -> None:
    first, second = sqlite_site.client("gf"), sqlite_site.client("redaktion")
    edit = page(sqlite_site, f"/{SET}/qualifizierung/edit")
    form = first.form(edit)
    assert second.post_form(edit, {"why": "Der Text des Teams."}).status_code == 303

    answer = first.post(edit, data=form.filled({"why": "Mein eigener Text."}))

    assert answer.status_code == 409
    assert "Der Text des Teams." in answer.text
    assert "Mein eigener Text." in answer.text


def test_words_after_the_first_submission_need_their_reason(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    edit = page(sqlite_site, f"/{SET}/qualifizierung/edit")

    answer = sqlite_site.client("gf").post_form(edit, {"why": "Neu geschrieben."})

    assert answer.status_code == 422
    assert "Neu geschrieben." in answer.text
    assert rows(sqlite_site)["qualifizierung"].reason is None


def test_a_further_list_is_added(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")

    assert client.post_form(page(sqlite_site, "/new"), {"title": " "}).status_code == 422
    assert client.post_form(page(sqlite_site, "/new"), {"title": "Eigene Schwerpunkte"}).status_code == 303
    assert "Eigene Schwerpunkte" in client.text(page(sqlite_site))


def test_a_proposal_from_last_year_says_so_until_it_is_chosen(sqlite_site: Site) -> None:
    gf = sqlite_site.person_id("gf")
    with sqlite_site.writing() as session:
        programme = sqlite_site.programme(session)
        within = topics.topic_set(session, programme, SET)
        deed = Actor(gf, frozenset({Role.MANAGING_DIRECTOR})).deed(Role.MANAGING_DIRECTOR, NOW)
        topics.save_choices(session, programme, within, [Choice(None, 0, False, None, "Digitale Wege")], deed)
        fresh = topics.topics_in(session, within)["digitale-wege"]
        record(session, fresh, deed, proposed=True)
    client = sqlite_site.client("gf")
    assert "Vorschlag aus dem Vorjahr" in client.text(page(sqlite_site))

    assert client.post_form(page(sqlite_site, f"/{SET}/edit"), {"selected-5": "1"}).status_code == 303

    assert "Vorschlag aus dem Vorjahr" not in client.text(page(sqlite_site))


def test_bodies_read_the_version_and_change_nothing(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    client = sqlite_site.client("beirat1")

    text = client.text(page(sqlite_site))

    assert "Version 2" in text
    assert "/edit" not in text
    assert client.get(page(sqlite_site, f"/{SET}/edit")).status_code == 403


@pytest.mark.parametrize("rest", ["/unknown/edit", f"/{SET}/unknown/edit"])
def test_what_does_not_exist_is_not_found(sqlite_site: Site, rest: str) -> None:
    assert sqlite_site.client("gf").get(page(sqlite_site, rest)).status_code == 404
    assert sqlite_site.client("gf@ennepe-ruhr").get(page(sqlite_site, f"/{SET}/edit")).status_code == 404


def test_who_writes_into_a_removed_topic_is_told_and_can_bring_it_back(site: Site) -> None:
    first, second = site.client("gf"), site.client("redaktion")
    keys = list(rows(site))
    words = page(site, f"/{SET}/{keys[0]}/edit")
    form = first.form(words)
    choice = second.form(page(site, f"/{SET}/edit"))
    number = next(name for name, values in choice.fields.items() if values == [keys[0]]).removeprefix("key-")
    assert second.post(choice.action, data=choice.filled({f"removed-{number}": "1"})).status_code == 303

    answer = first.post(form.action, data=form.filled({"why": "Viele fragen nach einem Abschluss."}))

    assert answer.status_code == 409
    assert "Das Thema wurde inzwischen entfernt" in answer.text
    assert "Viele fragen nach einem Abschluss." in answer.text
    assert first.get(words).status_code == 404
    back = page(site, f"/{SET}/{keys[0]}/restore")
    assert back in first.text(page(site))
    assert first.post_form(back).status_code == 303
    assert not rows(site)[keys[0]].removed
    assert first.post(form.action, data=form.filled({"why": "Viele fragen nach einem Abschluss."})).status_code == 303


def test_a_topic_comes_back_after_submission_with_a_reason_only(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    client, key = sqlite_site.client("gf"), next(iter(rows(sqlite_site)))
    choice = client.form(page(sqlite_site, f"/{SET}/edit"))
    number = next(name for name, values in choice.fields.items() if values == [key]).removeprefix("key-")
    sent = client.post(choice.action, data=choice.filled({f"removed-{number}": "1", "reason": REASON}))
    assert sent.status_code == 303

    answer = client.post_form(page(sqlite_site, f"/{SET}/{key}/restore"), {"reason": "kurz"})

    assert answer.status_code == 422
    assert "mindestens 10 Zeichen" in answer.text
    assert client.post_form(page(sqlite_site, f"/{SET}/{key}/restore"), {"reason": REASON}).status_code == 303
