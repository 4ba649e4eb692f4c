"""Long lists, page by page: every row once, in order, and back to the beginning."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

from jcflow.procedure import Role
from jcflow.tasks import open_tasks
from tests.crowd import add_people, add_programmes, add_tasks
from tests.site import Client, Site

NEXT = re.compile(r'<a class="jc-a" href="([^"]*)" rel="next">')
PAGE = 50


def pages(client: Client, path: str) -> list[str]:
    """The list, page by page as its links lead."""
    found = [client.text(path)]
    while following := NEXT.search(found[-1]):
        found.append(client.text(following[1].replace("&amp;", "&")))
        assert len(found) < 20
        assert "Zurück zum Anfang" in found[-1]
    return found


def rows(shown: list[str], pattern: str) -> list[Any]:
    return [row for page in shown for row in re.findall(pattern, page)]


def test_tasks_follow_each_other_without_gap_and_counts_end_at_99(site: Site) -> None:
    gf, gf_id = site.client("gf"), site.person_id("gf")
    with site.writing() as session:
        house = site.house(session)
        ids = [site.programme(session).id, *add_programmes(session, house, 3, site.deed("gf"))]
        add_tasks(session, house, ids, [(Role.MANAGING_DIRECTOR, gf_id), (Role.MANAGING_DIRECTOR, None)], 130)
        add_tasks(session, house, ids, [(Role.EDITOR, uuid4()), (Role.EDITOR, None)], 60)
        wanted = [f"t-{t.id}" for t in open_tasks(session, gf_id, {Role.MANAGING_DIRECTOR})]

    shown = pages(gf, "/tasks")

    assert len(shown) == 3
    assert rows(shown, r'id="(t-[0-9a-f-]{36})"') == wanted
    assert len(wanted) > 130
    assert "Meine Aufgaben (99+ offen)" in shown[0]
    assert "99+ offene Aufgaben" in shown[0]
    assert all(re.search(r'jc-count"[^>]*>99\+<', page) for page in shown)


def test_deadlines_follow_each_other_without_gap(site: Site) -> None:
    buero = site.client("buero")
    with site.writing() as session:
        house = site.house(session)
        ids = add_programmes(session, house, 4, site.deed("gf"))
        add_tasks(session, house, ids, [(Role.STAFF, None), (Role.AUDITOR, None)], 140)

    shown = pages(buero, "/deadlines")

    days = [
        date(int(year), int(month), int(day))
        for day, month, year in rows(shown, r"(\d\d?)\.(\d\d?)\.(\d{4})(?=\s*(?:</span>)?</td>)")
    ]
    assert len(shown) == 3
    assert days == sorted(days)
    assert 140 < len(days) < 150
    assert "99+" in shown[0]


def test_programmes_and_people_follow_each_other_without_gap(site: Site) -> None:
    gf, admin = site.client("gf"), site.client("admin")
    with site.writing() as session:
        house, deed = site.house(session), site.deed("admin")
        add_programmes(session, house, 60, deed)
        add_people(session, house, 60, deed)

    programmes = rows(pages(gf, "/programmes"), r'<a class="jc-a" href="/programmes/(\d{4})"')
    names = rows(pages(admin, "/admin"), r'href="/admin/people/([0-9a-f-]{36})"')

    assert programmes == sorted(set(programmes), reverse=True)
    assert len(programmes) == 61
    assert len(names) == len(set(names)) > 60
    assert len(rows(pages(admin, "/admin?q=Person"), r'href="/admin/people/([0-9a-f-]{36})"')) == 60


def test_what_is_no_place_in_a_list_shows_its_beginning(sqlite_site: Site) -> None:
    gf, buero = sqlite_site.client("gf"), sqlite_site.client("buero")

    for after in ("kein-platz", str(uuid4()), "2022"):
        assert "Zurück zum Anfang" not in gf.text(f"/tasks?after={after}")
        assert "Zurück zum Anfang" not in buero.text(f"/deadlines?after={after}")
    assert "Zurück zum Anfang" not in gf.text("/programmes?after=1999")


def test_another_house_s_task_is_no_place_in_a_list(sqlite_site: Site) -> None:
    with sqlite_site.session("herford") as session:
        foreign = open_tasks(session, sqlite_site.person_id("gf@herford"), {Role.MANAGING_DIRECTOR})[0].id

    assert "Zurück zum Anfang" not in sqlite_site.client("gf").text(f"/tasks?after={foreign}")
