"""No form counts that this browser's own session did not get from us."""

from __future__ import annotations

from uuid import uuid4

from tests.places import digest, furnish, places, values_of
from tests.site import Site

TYPED = {"version": "1", "reason": "Eine Begründung von hier", "markdown": "Text"}


def test_without_a_token_or_with_another_session_s_nothing_happens(sqlite_site: Site) -> None:
    sqlite_site.at("consultation")
    furnish(sqlite_site)
    known, unsafe = values_of(sqlite_site), places(sqlite_site.app, "POST")
    gf, stranger = sqlite_site.client("gf"), sqlite_site.client("gf")
    foreign = stranger.csrf_token()
    forged = gf.csrf_token()[:-6] + "AAAAAA"
    before = digest(sqlite_site)

    for place in unsafe:
        path = place.path(sqlite_site.app, known)
        for token in (None, "", foreign, forged, "0" * 40):
            sent = TYPED | {"form_token": uuid4().hex} | ({} if token is None else {"csrf_token": token})
            answer = gf.post(path, data=sent)
            assert answer.status_code == 400, (str(place), token)
            assert "Öffnen Sie die Seite neu" in answer.text, str(place)

    assert digest(sqlite_site) == before
    assert gf.get("/account").status_code == 200


def test_a_token_in_a_header_or_the_address_is_none(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")
    token = gf.csrf_token()

    by_address = gf.post(f"/account/theme?csrf_token={token}", data={"theme": "dark", "form_token": uuid4().hex})

    assert by_address.status_code == 400


def test_a_page_that_changes_something_cannot_be_had_with_get(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")

    for path in ("/logout", "/logout/everywhere", "/account/password"):
        assert gf.get(path).status_code == 405
    assert gf.get("/account").status_code == 200
