"""Who is writing where: shown to the others, never in anybody's way, and gone when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from jcflow.accounts.people import Membership, Person, end_membership
from jcflow.audit.reading import last_seq
from jcflow.audit.trail import Deed
from jcflow.procedure import Role
from jcflow.programmes import chapters
from jcflow.programmes.chapters import Block
from jcflow.programmes.presence import LASTS, Presence
from tests.places import digest
from tests.site import NOW, Client, Site

CHAPTER = "vorwort"
WRITES = "schreibt gerade: "
DEED = Deed(None, "command_line", NOW)


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/text{rest}"


def page_of_chapter(site: Site) -> str:
    return address(site, f"/{CHAPTER}/edit")


def blocks(site: Site) -> list[Block]:
    with site.session() as session:
        programme = site.programme(session)
        return chapters.blocks_of(session, programme)[chapters.chapter(session, programme, CHAPTER).id]


def form_of(site: Site, block: Block) -> str:
    return address(site, f"/blocks/{block.id}/edit")


def begin(client: Client, site: Site, block: Block) -> Any:
    return client.post_form(page_of_chapter(site), action=address(site, f"/blocks/{block.id}/begin"))


def here(site: Site) -> int:
    with site.session() as session:
        return len(session.scalars(select(Presence)).all())


def test_who_opens_a_block_is_seen_by_the_others(site: Site) -> None:
    block, gf = blocks(site)[0], site.client("gf")

    answer = begin(site.client("redaktion"), site, block)

    assert (answer.status_code, answer.location) == (303, form_of(site, block))
    with site.session() as session:
        name = session.get_one(Person, site.person_id("redaktion")).name
    said = f"{WRITES}{name}, seit 12:"
    for path in (page_of_chapter(site), form_of(site, block), address(site)):
        assert said in gf.text(path), path


def test_one_does_not_see_oneself(sqlite_site: Site) -> None:
    redaktion = sqlite_site.client("redaktion")

    begin(redaktion, sqlite_site, blocks(sqlite_site)[0])

    for path in (page_of_chapter(sqlite_site), form_of(sqlite_site, blocks(sqlite_site)[0]), address(sqlite_site)):
        assert WRITES not in redaktion.text(path)


def test_presence_stands_at_its_block_only(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")
    first, second, *_ = blocks(sqlite_site)

    begin(sqlite_site.client("redaktion"), sqlite_site, second)

    assert WRITES not in gf.text(form_of(sqlite_site, first))
    assert gf.text(page_of_chapter(sqlite_site)).count(WRITES) == 1


def test_presence_locks_nothing(site: Site) -> None:
    block = blocks(site)[0]
    begin(site.client("redaktion"), site, block)

    answer = site.client("gf").post_form(form_of(site, block), {"markdown": "Trotzdem"})

    assert answer.status_code == 303
    assert blocks(site)[0].content == {"markdown": "Trotzdem"}


def test_saving_ends_it(site: Site) -> None:
    redaktion, block = site.client("redaktion"), blocks(site)[0]
    begin(redaktion, site, block)

    redaktion.post_form(form_of(site, block), {"markdown": "Fertig"})

    assert here(site) == 0
    assert WRITES not in site.client("gf").text(page_of_chapter(site))


def test_cancelling_ends_it_and_saves_nothing(site: Site) -> None:
    redaktion, block = site.client("redaktion"), blocks(site)[0]
    begin(redaktion, site, block)

    answer = redaktion.post_form(form_of(site, block), action=address(site, f"/blocks/{block.id}/leave"))

    assert (answer.status_code, answer.location) == (303, page_of_chapter(site))
    assert here(site) == 0
    assert blocks(site)[0].content == block.content


def test_a_refused_save_does_not_end_it(sqlite_site: Site) -> None:
    redaktion, block = sqlite_site.client("redaktion"), blocks(sqlite_site)[0]
    begin(redaktion, sqlite_site, block)

    answer = redaktion.post_form(form_of(sqlite_site, block), {"markdown": " "})

    assert answer.status_code == 422
    assert here(sqlite_site) == 1


def test_time_ends_it(site: Site) -> None:
    begin(site.client("redaktion"), site, blocks(site)[0])
    gf = site.client("gf")

    with time_machine.travel(NOW + LASTS - timedelta(minutes=1)):
        assert WRITES in gf.text(page_of_chapter(site))
    with time_machine.travel(NOW + LASTS + timedelta(minutes=1)):
        assert WRITES not in gf.text(page_of_chapter(site))
        begin(gf, site, blocks(site)[0])
        assert here(site) == 1


def test_coming_again_begins_anew(site: Site) -> None:
    redaktion, block = site.client("redaktion"), blocks(site)[0]
    begin(redaktion, site, block)

    with time_machine.travel(NOW + timedelta(minutes=15)):
        begin(redaktion, site, block)

    with time_machine.travel(NOW + timedelta(minutes=30)):
        assert here(site) == 1
        assert "seit 12:15" in site.client("gf").text(form_of(site, block))


def test_opening_the_form_by_its_address_writes_nothing(sqlite_site: Site) -> None:
    redaktion, block = sqlite_site.client("redaktion"), blocks(sqlite_site)[0]
    before = digest(sqlite_site)

    redaktion.text(form_of(sqlite_site, block))

    assert digest(sqlite_site) == before


def test_the_trail_does_not_know_who_was_there(sqlite_site: Site) -> None:
    block = blocks(sqlite_site)[0]
    with sqlite_site.session() as session:
        before = last_seq(session, block.jobcenter_id)

    begin(sqlite_site.client("redaktion"), sqlite_site, block)

    with sqlite_site.session() as session:
        assert last_seq(session, block.jobcenter_id) == before


def test_readers_who_write_nothing_are_not_told(sqlite_site: Site) -> None:
    begin(sqlite_site.client("redaktion"), sqlite_site, blocks(sqlite_site)[0])

    for account in ("buero", "revision", "bca", "haushalt"):
        assert WRITES not in sqlite_site.client(account).text(address(sqlite_site))


def test_only_those_who_write_may_come(sqlite_site: Site) -> None:
    block = blocks(sqlite_site)[0]
    path = address(sqlite_site, f"/blocks/{block.id}/begin")
    for account, status in (("bca", 403), ("tv1", 403), ("gf@ennepe-ruhr", 404)):
        client = sqlite_site.client(account)
        sent = {"csrf_token": client.csrf_token(), "form_token": "x" * 20 + account[:4]}
        assert client.post(path, data=sent).status_code == status
    assert here(sqlite_site) == 0


def test_nobody_comes_while_the_text_is_fixed(sqlite_site: Site) -> None:
    sqlite_site.at("internal_check")
    gf, block = sqlite_site.client("gf"), blocks(sqlite_site)[0]
    sent = {"csrf_token": gf.csrf_token(), "form_token": "x" * 24}

    assert gf.post(address(sqlite_site, f"/blocks/{block.id}/begin"), data=sent).status_code == 409
    assert here(sqlite_site) == 0


@pytest.mark.parametrize("way", ["/logout", "/logout/everywhere"])
def test_who_signs_out_writes_nowhere_any_more(site: Site, way: str) -> None:
    redaktion = site.client("redaktion")
    begin(redaktion, site, blocks(site)[0])

    sent = {"csrf_token": redaktion.csrf_token(), "form_token": "x" * 24}
    assert redaktion.post(way, data=sent).status_code == 303

    assert here(site) == 0


def test_who_may_not_write_any_more_is_not_shown(site: Site) -> None:
    begin(site.client("redaktion"), site, blocks(site)[0])
    with site.writing() as session:
        mine = (Membership.person_id == site.person_id("redaktion")) & (Membership.role == Role.EDITOR)
        end_membership(session, session.scalars(select(Membership).where(mine)).one(), NOW.date(), DEED)

    assert WRITES not in site.client("gf").text(page_of_chapter(site))


def test_who_looks_at_the_preview_is_there_again(site: Site) -> None:
    block, redaktion, gf = blocks(site)[0], site.client("redaktion"), site.client("gf")
    begin(redaktion, site, block)
    form = redaktion.form(form_of(site, block))
    before = digest(site, "presence")
    with time_machine.travel(NOW + LASTS, tick=False):
        assert (
            redaktion.post(form_of(site, block).replace("/edit", "/preview"), data=form.filled({})).status_code == 200
        )

        assert WRITES in gf.text(page_of_chapter(site))
    assert digest(site, "presence") == before
