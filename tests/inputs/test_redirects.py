"""No address that somebody slips in leads away from the site; for `next` alone see test_sign_in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

import pytest

from tests.site import Site
from tests.web.test_sign_in import ASTRAY

UNICODE = ["//boese。example", "//boese．example", "/／boese.example", "／／boese.example", "/\u2215/boese.example"]
PADDED = [
    "%2f%2fboese.example",
    "/%2fboese.example",
    "/%5cboese.example",
    "/.//boese.example",
    "/..//boese.example",
    "/login/..//boese.example",
    "/;@boese.example",
    "/?x=//boese.example\r\nLocation: //boese.example",
    "/%0d%0aLocation:%20//boese.example",
    "/\r\nLocation: //boese.example",
    "/\x0b/boese.example",
    "/\u2028/boese.example",
    "/\x85/boese.example",
    "/\xa0/boese.example",
    "@boese.example",
    "http:boese.example",
    "http:/boese.example",
    "http:///boese.example",
    "//[::1]",
    "//[boese",
    "//boese.example:x",
    "///\\boese.example",
    "x" * 9_000,
    "/" * 9_000 + "boese.example",
]
ADDRESSES = [*ASTRAY, *UNICODE, *PADDED]


def stays(location: str | None) -> bool:
    """Whether a browser at this site stays here when it is sent there."""
    if location is None:
        return True
    if location != location.strip() or "\\" in location or not location.isprintable():
        return False
    parts = urlsplit(location)
    return parts.netloc in {"", "localhost"} and parts.scheme in {"", "http"} and not location.startswith("//")


def test_nothing_that_goes_on_after_signing_in_leads_away(sqlite_site: Site, amount: Callable[[int, int], int]) -> None:
    for address in [*UNICODE, *PADDED, *ASTRAY[:: amount(6, 1)]]:
        guest = sqlite_site.client(None)
        form = guest.form("/login")
        typed = {"email": "gf@paderborn.example", "password": "demo", "resume": address, "next": address}

        answer = guest.post("/login", data=form.filled(typed))

        assert answer.status_code in {200, 303, 422}, address
        assert stays(answer.location), (address, answer.location)
        assert answer.status_code != 200 or 'action="//' not in answer.text
        guest.post("/logout", data={"csrf_token": guest.csrf_token()})


@pytest.mark.parametrize("account", [None, "gf"])
def test_no_path_or_parameter_leads_away(
    sqlite_site: Site, account: str | None, amount: Callable[[int, int], int]
) -> None:
    client = sqlite_site.client(account)
    for address in ADDRESSES[:: amount(3, 1)]:
        told = quote(address, safe="/\\:@?", errors="replace")
        for path, query in ((f"/{told}", ""), (f"/programmes/{told}", ""), ("/login", told), ("/programmes", told)):
            # Given this way, so that the client does not take a part of the path for a host.
            asked = {"PATH_INFO": unquote(path, "latin-1"), "QUERY_STRING": f"next={query}"}
            answer = client.get("/", environ_overrides=asked)

            assert answer.status_code < 500, path
            assert stays(answer.location), (path, answer.location)


@pytest.mark.parametrize(
    "path", ["/programmes?x=1&y=2", "/programmes/2022/history?from=2026-01-01&to=2026-12-31", "/programmes/2022%0A"]
)
def test_signing_in_leads_to_the_whole_address(sqlite_site: Site, path: str) -> None:
    guest = sqlite_site.client(None)
    asked = guest.get(path)
    form = guest.page(asked.location).form("/login")

    answer = guest.post("/login", data=form.filled({"email": "gf@paderborn.example", "password": "demo"}))

    assert answer.location == path or "%0A" in path
