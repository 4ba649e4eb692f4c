"""Blocks: the four kinds edited one at a time, with preview, pasted tables, pictures, and both texts when two write."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest

from jcflow import clock
from jcflow.accounts.actor import Actor
from jcflow.procedure import Role
from jcflow.process.acts import acting
from jcflow.process.steps import take_step
from jcflow.programmes import chapters, milestones
from jcflow.programmes.chapters import Block
from jcflow.programmes.files import StoredFile, files_of
from jcflow.programmes.kinds import BlockKind, Visibility
from tests.forms import page_of
from tests.site import Client, Site

CHAPTER = "vorwort"


def png(shade: int = 0) -> bytes:
    """A picture of one pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes([0, shade])))
        + chunk(b"IEND", b"")
    )


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/text{rest}"


def blocks(site: Site, *, removed: bool = False) -> list[Block]:
    with site.session() as session:
        programme = site.programme(session)
        holder = chapters.chapter(session, programme, CHAPTER)
        return chapters.blocks_of(session, programme, removed=removed).get(holder.id, [])


def add(client: Client, site: Site, kind: str, typed: dict[str, Any], files: dict[str, Any] | None = None) -> Any:
    page = address(site, f"/{CHAPTER}/blocks/new?kind={kind}")
    return client.post_form(page, typed, action=page.partition("?")[0], files=files)


def edit(site: Site, block: Block) -> str:
    return address(site, f"/blocks/{block.id}/edit")


def test_a_text_is_added_with_its_visibility(site: Site) -> None:
    answer = add(site.client("redaktion"), site, "text", {"markdown": "# Lage\r\n\r\nNeu.", "visibility": "bodies"})

    assert answer.status_code == 303
    last = blocks(site)[-1]
    assert last.content == {"markdown": "# Lage\n\nNeu."}
    assert last.visibility is Visibility.BODIES


def test_an_empty_text_is_refused(site: Site) -> None:
    before = len(blocks(site))

    answer = add(site.client("redaktion"), site, "text", {"markdown": "  "})

    assert answer.status_code == 422
    assert "Schreiben Sie einen Text." in answer.text
    assert len(blocks(site)) == before


def test_a_text_is_previewed_without_being_saved(site: Site) -> None:
    block = blocks(site)[0]
    client = site.client("redaktion")
    form = client.form(edit(site, block), press="Vorschau zeigen")

    answer = client.post(address(site, f"/blocks/{block.id}/preview"), data=form.filled({"markdown": "**Fett** <b>"}))

    assert answer.status_code == 200
    assert "<strong>Fett</strong> &lt;b&gt;" in answer.text
    assert page_of(answer).form(edit(site, block)).fields["markdown"] == ["**Fett** <b>"]
    assert blocks(site)[0].content == block.content


def test_a_previewed_text_can_be_saved_from_the_preview(site: Site) -> None:
    block = blocks(site)[0]
    client = site.client("redaktion")
    form = client.form(edit(site, block), press="Vorschau zeigen")
    shown = client.post(address(site, f"/blocks/{block.id}/preview"), data=form.filled({"markdown": "Neu"}))

    answer = client.post(edit(site, block), data=page_of(shown).form(edit(site, block)).filled({}))

    assert answer.status_code == 303
    assert blocks(site)[0].content == {"markdown": "Neu"}


def test_two_people_writing_one_text_see_both(site: Site) -> None:
    block = blocks(site)[0]
    slow = site.client("redaktion")
    opened = slow.form(edit(site, block))
    site.client("gf").post_form(edit(site, block), {"markdown": "Fassung der Geschäftsführung"})

    answer = slow.post(edit(site, block), data=opened.filled({"markdown": "Fassung des Teams"}))

    assert answer.status_code == 409
    assert "Fassung der Geschäftsführung" in answer.text
    assert "Fassung des Teams" in answer.text
    taken = slow.post(edit(site, block), data=page_of(answer).form(edit(site, block)).filled({}))
    assert taken.status_code == 303
    assert blocks(site)[0].content == {"markdown": "Fassung des Teams"}


def test_a_table_is_filled_from_excel_and_saved(site: Site) -> None:
    client = site.client("redaktion")
    page = address(site, f"/{CHAPTER}/blocks/new?kind=table")
    form = client.form(page, press="Eingefügtes übernehmen")
    typed = {"caption": "Arbeitslose", "paste": 'Monat\tZahl\r\nMai\t1.200\r\n"Juni\r\n(vorläufig)"\t1.180\r\n'}
    shown = client.post(address(site, f"/{CHAPTER}/blocks/preview"), data=form.filled(typed, "Eingefügtes übernehmen"))
    assert shown.status_code == 200

    saving = page_of(shown).form(address(site, f"/{CHAPTER}/blocks/new"))
    answer = client.post(saving.action, data=saving.filled({}))

    assert answer.status_code == 303
    assert blocks(site)[-1].content == {
        "caption": "Arbeitslose",
        "columns": ["Monat", "Zahl"],
        "rows": [["Mai", "1.200"], ["Juni\n(vorläufig)", "1.180"]],
        "source": None,
    }


@pytest.mark.parametrize(
    ("pressed", "columns", "rows"),
    [
        ("Zeile hinzufügen", ["a", "b"], 3),
        ("Spalte hinzufügen", ["a", "b", ""], 2),
        ("Spalte 1 entfernen", ["b"], 2),
        ("Zeile 2 entfernen", ["a", "b"], 1),
    ],
)
def test_rows_and_columns_come_and_go_without_saving(
    sqlite_site: Site, pressed: str, columns: list[str], rows: int
) -> None:
    site = sqlite_site
    client = site.client("redaktion")
    form = client.form(address(site, f"/{CHAPTER}/blocks/new?kind=table"), press=pressed)
    before = len(blocks(site))

    data = form.filled({"column": ["a", "b"], "cell": ["1", "2", "3", "4"]}, pressed)
    shown = page_of(client.post(address(site, f"/{CHAPTER}/blocks/preview"), data=data))

    fields = shown.form(address(site, f"/{CHAPTER}/blocks/new")).fields
    assert fields["column"] == columns
    assert len(fields["cell"]) == rows * len(columns)
    assert len(blocks(site)) == before


def test_a_table_nobody_took_over_yet_is_not_lost(site: Site) -> None:
    answer = add(site.client("redaktion"), site, "table", {"caption": "T", "column": ["a", "b"], "paste": "x\ty"})

    assert answer.status_code == 422
    assert "x\ty" in answer.text


def test_a_stale_table_is_shown_as_rows(site: Site) -> None:
    client = site.client("redaktion")
    typed = {"caption": "T", "column": ["a", "b"], "cell": ["1", "2"]}
    add(client, site, "table", typed)
    block = blocks(site)[-1]
    opened = client.form(edit(site, block))
    site.client("gf").post_form(edit(site, block), {"cell": ["3", "4"]})

    answer = client.post(edit(site, block), data=opened.filled({"cell": ["5", "6"]}))

    assert answer.status_code == 409
    assert "3 | 4" in answer.text
    assert "5 | 6" in answer.text


def test_a_picture_is_uploaded_with_its_words_and_shown(site: Site) -> None:
    client = site.client("redaktion")
    typed = {"caption": "Karte", "alt": "Umriss des Kreises"}

    answer = add(client, site, "figure", typed, {"picture": (BytesIO(png()), "karte.png")})

    assert answer.status_code == 303
    assert blocks(site)[-1].content == {
        "caption": "Karte",
        "alt": "Umriss des Kreises",
        "file": "karte.png",
        "source": None,
    }
    text = client.text(address(site))
    source = text.partition('<img class="jc-figure" src="')[2].partition('"')[0]
    shown = client.get(source)
    assert shown.data == png()
    assert shown.headers["Content-Type"] == "image/png"
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_a_second_picture_of_the_same_name_does_not_replace_the_first(site: Site) -> None:
    client = site.client("redaktion")
    for shade in (0, 255):
        typed = {"caption": "Karte", "alt": "Umriss"}
        add(client, site, "figure", typed, {"picture": (BytesIO(png(shade)), "karte.png")})

    assert [b.content["file"] for b in blocks(site)[-2:]] == ["karte.png", "karte-2.png"]
    with site.session() as session:
        pictures: list[StoredFile] = files_of(session, site.programme(session))
        assert {p.subject_type for p in pictures} == {"block"}


def test_what_is_no_picture_is_refused(site: Site) -> None:
    answer = add(
        site.client("redaktion"),
        site,
        "figure",
        {"caption": "Karte", "alt": "Umriss"},
        {"picture": (BytesIO(b"%PDF-1.7\n%%EOF"), "karte.png")},
    )

    assert answer.status_code == 422
    assert "PNG oder JPEG" in answer.text
    assert 'value="Umriss"' in answer.text


def test_a_picture_needs_words_for_those_who_do_not_see_it(site: Site) -> None:
    answer = add(site.client("redaktion"), site, "figure", {"caption": "Karte"}, {"picture": (BytesIO(png()), "k.png")})

    assert answer.status_code == 422
    assert "Beschreiben Sie" in answer.text


def test_a_register_is_shown_where_it_is_wanted(site: Site) -> None:
    client = site.client("redaktion")

    answer = add(client, site, "register", {"of": "instruments"})

    assert answer.status_code == 303
    assert blocks(site)[-1].content == {"of": "instruments"}


def test_a_register_that_does_not_exist_is_refused(site: Site) -> None:
    assert add(site.client("redaktion"), site, "register", {"of": "budget_tables/x"}).status_code == 422


def test_a_block_moves_goes_and_comes_back(site: Site) -> None:
    client = site.client("redaktion")
    add(client, site, "text", {"markdown": "Zweiter"})
    first, *_, last = blocks(site)
    page = address(site, f"/{CHAPTER}/edit")

    up = client.form(page, action=address(site, f"/blocks/{last.id}/move"))
    assert client.post(up.action, data=up.filled({"direction": "up"})).status_code == 303
    assert client.post_form(page, action=address(site, f"/blocks/{first.id}/remove")).status_code == 303
    assert [b.id for b in blocks(site, removed=True)] == [first.id]

    back = client.post_form(address(site, "/removed"), action=address(site, f"/blocks/{first.id}/restore"))
    assert back.status_code == 303
    assert first.id in {b.id for b in blocks(site)}


def test_a_block_of_last_year_is_confirmed_as_it_is(site: Site) -> None:
    client = site.client("gf")
    opened = client.post_form("/programmes/new", {"take_over": "1"})
    slug = opened.location.rpartition("/")[2]
    begin(site)
    assert "aus dem Vorjahr, ungeprüft" in client.text(f"/programmes/{slug}/text")
    with site.session() as session:
        marked = len(chapters.unreviewed(session, site.programme(session)))
    first = blocks(site)[0]

    answer = client.post_form(
        f"/programmes/{slug}/text/{CHAPTER}/edit", action=f"/programmes/{slug}/text/blocks/{first.id}/confirm"
    )

    assert answer.status_code == 303
    with site.session() as session:
        assert len(chapters.unreviewed(session, site.programme(session))) == marked - 1


def begin(site: Site) -> None:
    """Let the programme that was just opened be drafted."""
    gf = Actor(site.person_id("gf"), frozenset({Role.MANAGING_DIRECTOR}))
    with site.writing() as session:
        programme = site.programme(session)
        with acting(session, programme, "set_basis", actor=gf, at=clock.now()) as deed:
            milestones.set_basis(session, programme, known=False, source="", dated=None, note="", deed=deed)
        take_step(session, programme, "start", actor=gf, at=clock.now(), version=programme.version)


def test_others_do_not_touch_blocks(site: Site) -> None:
    block = blocks(site)[0]

    assert site.client("bca").get(edit(site, block)).status_code == 403
    assert site.client("tv1").get(edit(site, block)).status_code == 403
    assert site.client("gf@ennepe-ruhr").get(edit(site, block)).status_code == 404
    assert (
        site.client("gf@herford").get(edit(site, block).replace(site.slug(), site.slug("herford"))).status_code == 404
    )


def test_every_kind_of_block_has_a_form(sqlite_site: Site) -> None:
    client = sqlite_site.client("redaktion")

    for kind in BlockKind:
        page = client.page(address(sqlite_site, f"/{CHAPTER}/blocks/new?kind={kind.value}"))
        assert page.form(address(sqlite_site, f"/{CHAPTER}/blocks/new")).fields["kind"] == [kind.value]
