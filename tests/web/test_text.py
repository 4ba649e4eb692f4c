"""Reading the text of a programme, and its chapters: added, renamed, moved, removed, brought back."""

from __future__ import annotations

from sqlalchemy import select

from jcflow.audit.chain import AuditEvent
from jcflow.programmes import chapters
from jcflow.programmes.chapters import Chapter
from tests.forms import page_of
from tests.site import Site


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/text{rest}"


def chapter(site: Site, key: str) -> Chapter:
    with site.session() as session:
        return chapters.chapter(session, site.programme(session), key)


def events_about(site: Site, row: Chapter) -> list[str]:
    with site.session() as session:
        mine = AuditEvent.object_id == row.id
        return list(session.scalars(select(AuditEvent.action).where(mine).order_by(AuditEvent.seq)))


def test_editors_read_the_working_draft_and_reach_every_chapter(site: Site) -> None:
    page = site.client("redaktion").page(address(site))

    assert page.h1.strip() == "Programmtext"
    assert "Arbeitsstand" in page.words
    assert address(site, "/1-1/edit") in page.links


def test_others_of_the_house_read_the_draft_but_do_not_edit_it(site: Site) -> None:
    page = site.client("bca").page(address(site))

    assert "Arbeitsstand" in page.words
    assert not [link for link in page.links if link.endswith("/edit")]


def test_bodies_read_nothing_before_it_was_put_before_them(site: Site) -> None:
    assert site.client("beirat1").get(address(site)).status_code == 404
    assert site.client("tv1").get(address(site)).status_code == 404


def test_the_board_reads_the_version_put_before_it(site: Site) -> None:
    site.at("consultation")

    page = site.client("beirat1").page(address(site))

    assert "Sie lesen Version" in page.words
    assert "Prüfsumme" in page.words


def test_a_chapter_is_added_below_its_parent(site: Site) -> None:
    answer = site.client("redaktion").post_form(
        address(site, "/new"), {"title": "Neue Lage", "number": "1.5", "parent": "1"}
    )

    assert answer.status_code == 303
    with site.session() as session:
        keys = [c.key for c in chapters.chapters_of(session, site.programme(session))]
    added = keys.index("1-5-neue-lage")
    assert keys[added - 1].startswith("1-")
    assert keys[added + 1] == "2"


def test_a_chapter_without_a_heading_is_refused_and_keeps_what_was_typed(site: Site) -> None:
    answer = site.client("gf").post_form(address(site, "/new"), {"title": " ", "number": "9.9"})

    assert answer.status_code == 422
    assert 'value="9.9"' in answer.text
    assert "Geben Sie eine Überschrift ein" in answer.text


def test_a_chapter_gets_another_heading(site: Site) -> None:
    page = address(site, "/1-1/edit")

    answer = site.client("redaktion").post_form(page, {"title": "Wirtschaft im Kreis"}, action=page)

    assert answer.status_code == 303
    assert chapter(site, "1-1").title == "Wirtschaft im Kreis"
    assert events_about(site, chapter(site, "1-1")) == ["created", "changed"]


def test_a_heading_typed_against_an_older_state_is_answered_with_both(site: Site) -> None:
    page = address(site, "/1-1/edit")
    slow = site.client("redaktion")
    opened = slow.form(page, action=page)
    site.client("gf").post_form(page, {"title": "Von der Geschäftsführung"}, action=page)

    answer = slow.post(page, data=opened.filled({"title": "Vom Team"}))

    assert answer.status_code == 409
    assert "Von der Geschäftsführung" in answer.text
    assert "Vom Team" in answer.text
    assert chapter(site, "1-1").title == "Von der Geschäftsführung"


def test_a_chapter_moves_among_its_neighbours(site: Site) -> None:
    page = address(site, "/1-1/edit")
    client = site.client("redaktion")
    form = client.form(page, action=address(site, "/1-1/move"))

    answer = client.post(form.action, data=form.filled({"direction": "down"}))

    assert answer.status_code == 303
    with site.session() as session:
        keys = [c.key for c in chapters.chapters_of(session, site.programme(session))]
    assert keys.index("1-2") < keys.index("1-1") < keys.index("1-3")


def test_a_chapter_is_removed_with_those_below_and_brought_back(site: Site) -> None:
    client = site.client("redaktion")
    asked = client.page(address(site, "/2-1/remove"))
    assert "Gleichstellung von Frauen" in asked.words

    removed = client.post_form(address(site, "/2-1/remove"))

    assert removed.status_code == 303
    assert chapter(site, "2-1").removed
    assert chapter(site, "2-1-1").removed
    back = client.post_form(address(site, "/removed"), action=address(site, "/2-1-1/restore"))
    assert back.status_code == 303
    assert not chapter(site, "2-1").removed
    assert not chapter(site, "2-1-1").removed
    assert chapter(site, "2-1-2").removed


def test_people_without_a_pen_do_not_edit_chapters(site: Site) -> None:
    for account in ("bca", "haushalt", "buero", "revision", "admin"):
        assert site.client(account).get(address(site, "/1-1/edit")).status_code == 403


def test_a_state_that_locks_the_text_says_so(site: Site) -> None:
    site.at("internal_check")

    answer = site.client("redaktion").get(address(site, "/1-1/edit"))

    assert answer.status_code == 409
    assert "Interne Prüfung" in page_of(answer).words


def test_another_houses_programme_does_not_exist(site: Site) -> None:
    client = site.client("gf@ennepe-ruhr")

    for rest in ("", "/new", "/1-1/edit", "/removed"):
        assert client.get(address(site, rest)).status_code == 404
