"""Frozen versions, read as they were, by those before whom they were put."""

from __future__ import annotations

from jcflow.programmes.kinds import Visibility
from jcflow.programmes.versions import Version, newest_version
from tests.site import Site
from tests.web.test_blocks import add
from tests.web.test_files import advance
from tests.web.test_registers import rows


def address(site: Site, number: int = 1) -> str:
    return f"/programmes/{site.slug()}/versions/{number}"


def newest(site: Site) -> Version:
    with site.session() as session:
        found = newest_version(session, site.programme(session))
        assert found is not None
        return found


def test_a_version_shows_its_checksum_and_its_steps(site: Site) -> None:
    site.at("internal_check")
    version = newest(site)

    page = site.client("revision").page(address(site, version.number))

    assert page.h1.strip() == f"Version {version.number}"
    assert version.sha256 in page.words
    assert "Zur internen Prüfung geben" in page.words


def test_a_version_stays_as_it_was(site: Site) -> None:
    site.at("disposition")
    number = newest(site).number
    before = site.client("bca").page(address(site, number)).words
    page = f"/programmes/{site.slug()}/text/1-1/edit"

    site.client("redaktion").post_form(page, {"title": "Ganz anders"}, action=page)

    assert site.client("bca").page(address(site, number)).words == before
    assert "Ganz anders" in site.client("bca").text(f"/programmes/{site.slug()}/text")


def test_bodies_read_only_versions_put_before_them(site: Site) -> None:
    site.at("internal_check")

    assert site.client("tv1").get(address(site)).status_code == 404
    assert site.client("beirat1").get(address(site)).status_code == 404
    assert site.client("gf").get(address(site)).status_code == 200


def test_bodies_do_not_see_what_stays_in_the_house(sqlite_site: Site) -> None:
    site = sqlite_site
    typed = {"markdown": "Nur für uns.", "visibility": Visibility.INTERNAL.value}
    add(site.client("redaktion"), site, "text", typed)

    advance(site, "consultation")

    number = newest(site).number
    assert "Nur für uns." not in site.client("beirat1").text(address(site, number))
    assert "Nur für uns." in site.client("gf").text(address(site, number))


def test_a_version_that_does_not_exist_and_another_houses_look_the_same(site: Site) -> None:
    site.at("internal_check")

    assert site.client("gf").get(address(site, 99)).status_code == 404
    assert site.client("gf@ennepe-ruhr").get(address(site)).status_code == 404
    assert site.client("admin").get(address(site)).status_code == 403


def test_sums_that_do_not_hold_stand_with_their_reason(sqlite_site: Site) -> None:
    site = sqlite_site
    client, registers = site.client("redaktion"), f"/programmes/{site.slug()}/registers/instruments"
    client.post_form(f"{registers}/new", {"label": "Summe Test", "role": "total", "planned": "10"})
    total = rows(site, "instruments")[-1].data["key"]
    client.post_form(f"{registers}/new", {"label": "Teil", "role": "line", "parent": total, "planned": "7"})
    advance(site, "first_reading")

    words = client.page(address(site, newest(site).number)).words

    assert "Summen, die nicht aufgehen" in words
    assert "angegeben sind 10, die Zeilen ergeben 7" in words
    assert "Angenommen mit der Begründung" in words
