"""Registers: shown as tables, their rows added, changed, ordered, removed and brought back."""

from __future__ import annotations

from typing import Any

from jcflow.programmes.register_fields import REGISTERS
from jcflow.programmes.registers import RegisterRow, rows_of
from tests.site import Client, Site


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/registers{rest}"


def rows(site: Site, register: str, *, removed: bool = False) -> list[RegisterRow]:
    with site.session() as session:
        return rows_of(session, site.programme(session), removed=removed).get(register, [])


def add(client: Client, site: Site, register: str, typed: dict[str, Any]) -> Any:
    return client.post_form(address(site, f"/{register}/new"), typed)


def edit(site: Site, register: str, row: RegisterRow) -> str:
    return address(site, f"/{register}/{row.id}/edit")


def test_all_registers_stand_as_tables(site: Site) -> None:
    page = site.client("bca").page(address(site))

    assert "Instrumente" in page.words
    assert not [link for link in page.links if link.endswith("/instruments")]


def test_every_register_has_its_pages(sqlite_site: Site) -> None:
    client = sqlite_site.client("redaktion")

    for register in REGISTERS:
        assert address(sqlite_site, f"/{register}/new") in client.page(address(sqlite_site, f"/{register}")).links
        assert client.form(address(sqlite_site, f"/{register}/new")).fields
        for row in rows(sqlite_site, register)[:2]:
            assert client.form(edit(sqlite_site, register, row)).fields["version"] == [str(row.version)]


def test_saving_a_row_as_it_stands_changes_nothing(sqlite_site: Site) -> None:
    client = sqlite_site.client("redaktion")
    before = {name: [row.data for row in rows(sqlite_site, name)] for name in REGISTERS}

    for register in REGISTERS:
        for row in rows(sqlite_site, register)[:4]:
            assert client.post_form(edit(sqlite_site, register, row)).status_code == 303

    assert {name: [row.data for row in rows(sqlite_site, name)] for name in REGISTERS} == before


def test_a_row_is_added_with_a_key_of_its_own(site: Site) -> None:
    client = site.client("redaktion")
    typed = {"label": "Förderung beruflicher Weiterbildung", "role": "line", "planned": "1.200", "unit": "entries"}

    assert add(client, site, "instruments", typed).status_code == 303
    assert add(client, site, "instruments", typed).status_code == 303

    first, second = rows(site, "instruments")[-2:]
    assert first.data["planned"] == 1200
    assert first.data["key"] != second.data["key"]


def test_a_row_that_cannot_be_taken_keeps_what_was_typed(site: Site) -> None:
    before = len(rows(site, "instruments"))

    answer = add(site.client("gf"), site, "instruments", {"label": "Neu", "role": "line", "planned": "viele"})

    assert answer.status_code == 422
    assert 'value="viele"' in answer.text
    assert "ganze Zahl" in answer.text
    assert len(rows(site, "instruments")) == before


def test_a_row_belongs_only_to_sums_there_are(site: Site) -> None:
    typed = {"label": "Neu", "role": "line", "parent": "gibt-es-nicht"}

    answer = add(site.client("gf"), site, "instruments", typed)

    assert answer.status_code == 422
    assert "Wählen Sie eine Summe" in answer.text


def test_a_sum_does_not_count_to_itself(site: Site) -> None:
    client = site.client("gf")
    add(client, site, "instruments", {"label": "Summe A", "role": "total"})
    total = rows(site, "instruments")[-1]

    answer = client.post_form(edit(site, "instruments", total), {"parent": total.data["key"]})

    assert answer.status_code == 422


def test_a_measure_names_topics_and_targets_of_the_programme(site: Site) -> None:
    client = site.client("redaktion")
    add(client, site, "targets", {"system": "lokal", "goal": "Mehr Abschlüsse"})
    target = rows(site, "targets")[-1].data["key"]

    answer = add(
        client, site, "measures", {"title": "Beratung vor Ort", "topics": ["qualifizierung"], "targets": [target]}
    )

    assert answer.status_code == 303
    data = rows(site, "measures")[-1].data
    assert (data["topics"], data["targets"]) == (["qualifizierung"], [target])
    assert "Mehr Abschlüsse" in client.text(address(site))


def test_a_target_in_use_is_not_removed(site: Site) -> None:
    client = site.client("redaktion")
    add(client, site, "targets", {"system": "lokal", "goal": "Mehr Abschlüsse"})
    target = rows(site, "targets")[-1]
    add(client, site, "measures", {"title": "Beratung", "targets": [target.data["key"]]})

    page = address(site, "/targets")
    answer = client.post_form(page, action=address(site, f"/targets/{target.id}/remove"))

    assert answer.status_code == 422
    assert "wird noch gebraucht" in answer.text
    assert rows(site, "targets")[-1].id == target.id


def test_two_people_changing_one_row_see_both(site: Site) -> None:
    add(site.client("gf"), site, "staffing", {"label": "Stellen", "kind": "fte", "value": "100"})
    row = rows(site, "staffing")[-1]
    slow = site.client("redaktion")
    opened = slow.form(edit(site, "staffing", row))
    site.client("gf").post_form(edit(site, "staffing", row), {"value": "101,5"})

    answer = slow.post(edit(site, "staffing", row), data=opened.filled({"value": "99"}))

    assert answer.status_code == 409
    assert "101,5" in answer.text
    assert "99" in answer.text
    assert rows(site, "staffing")[-1].data["value"] == "101.5"


def test_a_row_moves_goes_and_comes_back(site: Site) -> None:
    client = site.client("redaktion")
    for name in ("Erste", "Zweite"):
        add(client, site, "projects", {"name": name})
    page, last = address(site, "/projects"), rows(site, "projects")[-1]

    up = client.form(page, action=address(site, f"/projects/{last.id}/move"))
    assert client.post(up.action, data=up.filled({"direction": "up"})).status_code == 303
    assert rows(site, "projects")[-2].id == last.id

    assert client.post_form(page, action=address(site, f"/projects/{last.id}/remove")).status_code == 303
    assert [r.id for r in rows(site, "projects", removed=True)] == [last.id]
    assert client.post_form(page, action=address(site, f"/projects/{last.id}/restore")).status_code == 303
    assert last.id in {r.id for r in rows(site, "projects")}


def test_a_register_is_kept_in_the_house(site: Site) -> None:
    page = address(site, "/visibility")

    answer = site.client("gf").post_form(page, {"instruments": "internal"})

    assert answer.status_code == 303
    with site.session() as session:
        assert site.programme(session).register_visibility == {"instruments": "internal"}


def test_an_unknown_visibility_is_refused(site: Site) -> None:
    assert site.client("gf").post_form(address(site, "/visibility"), {"instruments": "alle"}).status_code == 422


def test_sums_that_do_not_hold_are_said_with_both_numbers(site: Site) -> None:
    client = site.client("redaktion")
    add(client, site, "instruments", {"label": "Summe Test", "role": "total", "planned": "10"})
    total = rows(site, "instruments")[-1].data["key"]
    add(client, site, "instruments", {"label": "Teil", "role": "line", "parent": total, "planned": "7"})

    words = client.page(address(site)).words

    assert "angegeben sind 10, die Zeilen ergeben 7" in words
    assert "um 3 zu hoch" in words


def test_only_writers_change_registers(site: Site) -> None:
    for account in ("bca", "tv1", "beirat1", "revision"):
        assert site.client(account).get(address(site, "/instruments/new")).status_code == 403
    assert site.client("gf@ennepe-ruhr").get(address(site, "/instruments/new")).status_code == 404
    assert site.client("gf").get(address(site, "/unbekannt/new")).status_code == 404


def test_the_board_reads_registers_of_the_version_put_before_it(site: Site) -> None:
    site.at("consultation")

    assert "Version" in site.client("beirat1").text(address(site))
