"""How much a page weighs, and how long what it needs is kept."""

from __future__ import annotations

import gzip
import re

import pytest
from werkzeug.test import TestResponse

from tests.site import Client, Site

BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
FIRST, WARM = 150_000, 30_000


def style_sheet(client: Client) -> str:
    found = re.search(r'href="(/static/[0-9a-f]{16}/jc\.css)"', client.text("/login"))
    assert found
    return found[1]


def weight(answer: TestResponse) -> int:
    size = len(answer.data)
    answer.close()
    return size


def needed_by(client: Client, path: str) -> list[str]:
    """The style sheets, icon and fonts of a page."""
    found = re.findall(r'(?:href|src)="(/static/[^"]*)"', client.text(path))
    sheets = [address for address in found if address.endswith("jc.css")]
    with client.get(sheets[0]) as sheet:
        faces = re.findall(r'url\("?([^")]*\.woff2)"?\)', sheet.text)
    return [*found, *(f"{sheets[0].rpartition('/')[0]}/{face}" for face in faces)]


@pytest.mark.parametrize("page", ["/tasks", "/programmes/2022", "/programmes/2022/text", "/programmes/2022/budget"])
def test_a_page_weighs_little_at_first_and_less_from_then_on(sqlite_site: Site, page: str) -> None:
    gf = sqlite_site.at("disposition").client("gf")

    alone = weight(gf.get(page, headers=BROWSER))
    rest = sum(weight(gf.get(path, headers=BROWSER)) for path in needed_by(gf, page))

    assert alone <= WARM
    assert alone + rest <= FIRST


def test_a_page_comes_compressed_only_to_whoever_takes_that(sqlite_site: Site) -> None:
    client = sqlite_site.client(None)

    plain, packed = client.get("/login"), client.get("/login", headers=BROWSER)
    refused = client.get("/login", headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refused.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert "<h1" in gzip.decompress(packed.data).decode()
    for answer in (plain, packed):
        assert {"Cookie", "Accept-Encoding"} <= {
            name.strip() for name in ", ".join(answer.headers.getlist("Vary")).split(",")
        }


def test_the_length_of_a_compressed_page_tells_nothing_about_its_content(sqlite_site: Site) -> None:
    client = sqlite_site.client(None)

    lengths = {len(client.get("/imprint", headers=BROWSER).data) for _ in range(12)}

    assert len(lengths) > 4


def test_a_static_file_is_kept_for_a_year_under_an_address_that_names_its_content(sqlite_site: Site) -> None:
    client = sqlite_site.client(None)
    address = style_sheet(client)

    answer = client.get(address, headers=BROWSER)
    again = client.get(address, headers={**BROWSER, "If-None-Match": answer.headers["ETag"]})
    plain = client.get("/static/jc.css")
    older = client.get(f"/static/{'0' * 16}/jc.css")

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert again.status_code == 304
    assert gzip.decompress(answer.data) == plain.data == older.data
    assert "immutable" not in plain.headers["Cache-Control"] + older.headers["Cache-Control"]
    for one in (answer, again, plain, older):
        one.close()


def test_a_font_is_sent_as_it_is(sqlite_site: Site) -> None:
    client = sqlite_site.client(None)
    face = next(path for path in needed_by(client, "/login") if path.endswith(".woff2"))

    answer = client.get(face, headers=BROWSER)

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()


def test_nothing_outside_the_static_files_is_reached(sqlite_site: Site) -> None:
    client = sqlite_site.client(None)

    found = [client.get(f"/static/{'0' * 16}/{path}").status_code for path in ("../headers.py", "", "/etc/passwd")]

    assert found == [404, 404, 404]
