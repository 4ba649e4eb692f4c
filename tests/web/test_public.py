"""What everybody may read, and nothing besides."""

from __future__ import annotations

from uuid import uuid4

from jcflow import clock
from jcflow.audit.trail import Deed
from jcflow.cli import cast, walk
from jcflow.cli.cast import PARTS
from jcflow.programmes.chapters import add_block, chapters_of
from jcflow.programmes.files import Upload, store
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.versions import newest_version
from tests.site import Site

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300"
    "08fb02fea5a3c8b40000000049454e44ae426082"
)


def path(site: Site, rest: str = "") -> str:
    return f"/public/paderborn/{site.slug()}{rest}"


def test_the_list_names_every_house_and_what_it_has_published(sqlite_site: Site) -> None:
    site = sqlite_site.at("published")

    shown = site.client(None).text("/public")

    assert f'href="{path(site)}"' in shown
    assert shown.count("Noch ist kein Programm veröffentlicht.") == 2


def test_a_published_programme_is_read_without_signing_in(site: Site) -> None:
    site.at("published")

    shown = site.client(None).page(path(site))

    assert "Paderborn" in shown.words
    assert "Beschlossen von der Trägerversammlung am" in shown.words
    assert "veröffentlicht am" in shown.words
    assert path(site, "/budget") in shown.links


def test_public_pages_set_no_cookie_and_name_nobody(sqlite_site: Site) -> None:
    site = sqlite_site.at("published")
    anybody = site.client(None)

    for page in ("/public", path(site), path(site, "/budget"), "/public/paderborn/1999"):
        answer = anybody.get(page)
        assert "Set-Cookie" not in answer.headers, page
        assert "Abmelden" not in answer.text
        for part in PARTS:
            assert part.surname not in answer.text


def test_the_budget_stands_with_its_sums(sqlite_site: Site) -> None:
    site = sqlite_site.at("published")

    assert "€" in site.client(None).text(path(site, "/budget"))


def test_unpublished_unknown_and_foreign_look_the_same(sqlite_site: Site) -> None:
    site = sqlite_site.at("in_force")
    anybody = site.client(None)

    answers = [
        anybody.get(page)
        for page in (
            path(site),
            path(site, "/budget"),
            path(site, f"/figures/{uuid4()}"),
            "/public/paderborn/1999",
            "/public/nirgends/2022",
            "/public/herford/2022",
        )
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_it_looks_the_same_to_somebody_who_is_signed_in_elsewhere(sqlite_site: Site) -> None:
    site = sqlite_site.at("published")

    assert site.client("gf@herford").text(path(site)) == site.client(None).text(path(site))


def test_what_is_not_public_is_left_out_and_the_preview_is_the_same(site: Site) -> None:
    site.at("published")
    with site.session() as session:
        version = newest_version(session, site.programme(session))
        assert version is not None
        blocks = [block for chapter in version.document.chapters for block in chapter.blocks]
    hidden = [b.markdown.split(". ")[0] for b in blocks if b.visibility is not Visibility.PUBLIC]

    public = site.client(None).text(path(site))
    preview = site.client("gf").text(f"/programmes/{site.slug()}/publish")

    assert len(hidden) == 2
    for words in hidden:
        assert words not in public
        assert words not in preview.partition("Vorschau: Das sieht die Öffentlichkeit")[2]


def test_only_pictures_of_public_figures_are_shown(site: Site) -> None:
    site.at("drafting")
    deed = Deed(None, "command_line", clock.now())
    with site.writing() as session:
        house, programme = site.house(session), site.programme(session)
        chapter, ids = chapters_of(session, programme)[0], {}
        for name, seen in (("offen.png", Visibility.PUBLIC), ("intern.png", Visibility.INTERNAL)):
            content = {"caption": "Bild", "alt": "Ein Punkt", "file": name, "source": None}
            block = add_block(session, chapter, BlockKind.FIGURE, content, visibility=seen, deed=deed)
            ids[name] = store(
                session,
                programme,
                Upload(name, PIXEL),
                subject_type="block",
                subject_id=block.id,
                deed=deed,
                kind="figure",
            ).id
        people = cast.known(session, house)
        at = walk.advance(session, programme, "in_force", people=people, at=clock.now())
        walk.publish(session, programme, people=people, at=at)
    anybody = site.client(None)

    seen = anybody.get(path(site, f"/figures/{ids['offen.png']}"))

    assert (seen.status_code, seen.mimetype, seen.data) == (200, "image/png", PIXEL)
    assert "Set-Cookie" not in seen.headers
    assert path(site, f"/figures/{ids['offen.png']}") in anybody.text(path(site))
    for hidden in (ids["intern.png"], uuid4()):
        assert anybody.get(path(site, f"/figures/{hidden}")).status_code == 404
    assert "intern.png" not in anybody.text(path(site))
