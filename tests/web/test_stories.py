"""The whole story of one line and of one topic on one page; the trail to take away as data."""

from __future__ import annotations

import pytest

from jcflow.programmes import topics
from jcflow.programmes.budgets import line
from jcflow.web.trail_pages import HOUSE_AREAS
from jcflow.web.trail_vocabulary import NOUNS
from tests.forms import page_of
from tests.site import Site

SET, TABLE, LINE = "lpd-top-themen", "globalbudget", "verwaltungskostenbudget-bund"
REASON = "Der Bund hat neu zugeteilt."
DOUBT = "Das reicht nach unserer Rechnung nicht."
STORY = f"budget/{TABLE}/{LINE}"


def address(site: Site, rest: str) -> str:
    return f"/programmes/{site.slug()}/{rest}"


def change(site: Site, amount: str) -> None:
    form = address(site, f"budget/{TABLE}/edit")
    assert site.client("gf").post_form(form, {"reason": REASON, "amount-0": amount}).status_code == 303


def topic_story(site: Site) -> tuple[topics.Topic, str]:
    """A topic of the set and the address of its story."""
    with site.session() as session:
        within = topics.topic_set(session, site.programme(session), SET)
        one = next(iter(topics.topics_in(session, within).values()))
    return one, address(site, f"topics/{SET}/{one.key}")


def doubt(site: Site, about: str) -> None:
    """A member of the board says something about one thing of the version."""
    typed = {"stance": "agree_with_points", "text-1": DOUBT, "about-1": about}
    answer = site.client("beirat1").post_form(address(site, "opinions/new"), typed)
    assert answer.status_code == 303, page_of(answer).words


def test_a_line_tells_each_version_and_each_change(site: Site) -> None:
    site.at("disposition")
    change(site, "18.000.000")

    words = site.client("revision").page(address(site, STORY)).words

    assert "In den Versionen" in words
    assert "17.901.578\u00a0€" in words
    assert "Plan: vorher 17.901.578\u00a0€ nachher 18.000.000\u00a0€" in words
    assert f"Begründung: {REASON}" in words


def test_what_the_board_said_of_a_line_or_a_topic_stands_in_its_story(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    one, place = topic_story(sqlite_site)
    doubt(sqlite_site, f"topic_sets/{SET}/{one.key}")
    client = sqlite_site.client("gf")

    assert DOUBT in client.page(place).words
    assert DOUBT not in client.page(address(sqlite_site, STORY)).words


def test_a_point_that_was_taken_back_stays_in_the_story(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    one, place = topic_story(sqlite_site)
    doubt(sqlite_site, f"topic_sets/{SET}/{one.key}")
    typed = {"stance": "agree_with_points", "text-1": "Etwas anderes.", "about-1": ""}
    again = sqlite_site.client("beirat1").post_form(address(sqlite_site, "opinions/new"), typed)
    assert again.status_code == 303, page_of(again).words

    words = sqlite_site.client("gf").page(place).words

    assert DOUBT in words


def test_every_kind_of_entry_belongs_to_an_area() -> None:
    assert set(NOUNS) == {kind for _, kinds in HOUSE_AREAS.values() for kind in kinds}


def test_a_story_is_not_cut_off(sqlite_site: Site) -> None:
    for number in range(60):
        change(sqlite_site, f"{18_000_000 + number}")

    words = sqlite_site.client("gf").page(address(sqlite_site, STORY)).words

    assert "nachher 18.000.000\u00a0€" in words
    assert "nachher 18.000.059\u00a0€" in words


def test_a_topic_tells_how_each_version_holds_it(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    one, place = topic_story(sqlite_site)

    words = sqlite_site.client("revision").page(place).words

    assert one.title in words
    assert "Version 1" in words
    assert words.count("gewählt, Rang") == 1 + words.count("Festgeschrieben am") - 1
    assert f'href="{place}"' in sqlite_site.client("gf").text(address(sqlite_site, "topics"))


@pytest.mark.parametrize(("account", "status"), [("beirat1", 403), ("tv1", 403), ("gf@ennepe-ruhr", 404)])
def test_stories_are_for_the_house_alone(sqlite_site: Site, account: str, status: int) -> None:
    _, place = topic_story(sqlite_site)

    assert sqlite_site.client(account).get(place).status_code == status
    assert sqlite_site.client(account).get(address(sqlite_site, STORY)).status_code == status


def test_a_topic_that_does_not_exist_is_not_found(sqlite_site: Site) -> None:
    assert sqlite_site.client("gf").get(address(sqlite_site, f"topics/{SET}/erfunden")).status_code == 404


def test_the_history_is_narrowed_to_one_line(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    change(sqlite_site, "18.000.000")
    client = sqlite_site.client("gf")
    with sqlite_site.session() as session:
        chosen = line(session, sqlite_site.programme(session), TABLE, LINE)

    words = client.page(address(sqlite_site, f"history?object={chosen.id}&area=budget")).words

    assert f'<option value="{chosen.id}">' in client.text(address(sqlite_site, "history"))
    assert "3 Einträge, neueste zuerst, nur zu einem Gegenstand" in words


@pytest.mark.parametrize(
    "path", ["/audit.json?programme={slug}&area=budget", "/programmes/{slug}/history.json?area=budget"]
)
def test_the_trail_is_taken_along_as_data(sqlite_site: Site, path: str) -> None:
    change(sqlite_site, "18.000.000")

    answer = sqlite_site.client("gf").get(path.format(slug=sqlite_site.slug()))

    newest = answer.get_json()["entries"][0]
    assert answer.get_json()["complete"] is True
    assert newest["reason"] == REASON
    assert newest["changes"] == [{"label": "Plan", "old": "17.901.578\u00a0€", "new": "18.000.000\u00a0€"}]
    assert newest["at"].endswith("Z")
    assert ".json" in answer.headers["Content-Disposition"]


def test_the_assembly_takes_along_only_what_it_reads(sqlite_site: Site) -> None:
    sqlite_site.at("disposition")
    change(sqlite_site, "18.000.000")
    sheet = address(sqlite_site, "history.json")

    assert "18.000.000" not in sqlite_site.client("tv1").get(sheet).text
    assert sqlite_site.client("beirat1").get(sheet).status_code == 403
