"""What every answer carries, whatever it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.places import crawl, furnish, values_of
from tests.site import Site

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def check(answer: TestResponse, where: str) -> None:
    head = answer.headers
    policies = head.getlist("Content-Security-Policy")
    assert len(policies) == 1, where
    assert policies[0] == CSP or policies[0].startswith("default-src 'none'"), where
    assert "unsafe" not in policies[0], where
    assert "*" not in policies[0], where
    assert head.getlist("X-Content-Type-Options") == ["nosniff"], where
    assert head["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert head["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert head["Referrer-Policy"] == "same-origin", where
    assert head["X-Frame-Options"] == "DENY", where
    assert "camera=()" in head["Permissions-Policy"], where
    assert "Server" not in head or "Werkzeug" not in head["Server"], where


def check_dynamic(answer: TestResponse, where: str) -> None:
    check(answer, where)
    assert "no-store" in answer.headers["Cache-Control"], where
    assert "Cookie" in answer.headers["Vary"], where


def test_every_page_carries_all_of_them(sqlite_site: Site) -> None:
    sqlite_site.at("published")

    for account in (None, "gf", "beirat1", "admin"):
        for path, answer in crawl(sqlite_site.client(account), per_rule=1):
            check_dynamic(answer, path)


def test_what_is_taken_along_is_kept_nowhere(sqlite_site: Site) -> None:
    sqlite_site.at("published")
    furnish(sqlite_site)
    programme = f"/programmes/{sqlite_site.slug()}"
    names = ("budget.xlsx", "budget.csv", "history.csv", "history.json", "history.zip")
    taken = [*(f"{programme}/{name}" for name in names), f"/files/{values_of(sqlite_site)['file_id']}", "/audit.json"]
    auditor = sqlite_site.client("revision")

    for path in taken:
        answer = auditor.get(path)
        assert answer.status_code == 200, path
        check_dynamic(answer, path)


def test_errors_carry_them_too(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")
    token = gf.csrf_token()
    large, multipart = b"x" * 13 * 2**20, "multipart/form-data; boundary=x"
    answers = {
        303: sqlite_site.client(None).get("/tasks"),
        400: gf.post("/account/theme", data={"theme": "dark"}),
        401: sqlite_site.client(None).post("/account/theme"),
        403: gf.get("/admin"),
        404: gf.get("/gibt/es/nicht"),
        405: gf.delete("/account"),
        413: gf.post(f"/programmes/{sqlite_site.slug()}/files", data=large, content_type=multipart),
        422: gf.post("/account/theme", data={"csrf_token": token}),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        check_dynamic(answer, str(status))


def test_a_broken_page_carries_them_and_tells_nothing(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    gf = sqlite_site.client("gf")

    def break_down() -> None:
        raise RuntimeError("geheim")

    monkeypatch.setitem(sqlite_site.app.view_functions, "account.show", break_down)
    break_down.access = sqlite_site.app.view_functions["tasks.mine"].access  # type: ignore[attr-defined]
    answer = gf.get("/account")

    assert answer.status_code == 500
    check_dynamic(answer, "500")
    assert "geheim" not in answer.text
    assert "Traceback" not in answer.text


def test_an_unknown_host_is_refused(sqlite_site: Site) -> None:
    answer = sqlite_site.client(None).get("/login", headers={"Host": "boese.example"})

    assert answer.status_code == 400
    check_dynamic(answer, "host")


def test_static_files_may_be_kept_and_still_carry_the_rest(sqlite_site: Site) -> None:
    answer = sqlite_site.client(None).get("/static/jc.css")

    check(answer, "/static/jc.css")
    assert "no-store" not in answer.headers["Cache-Control"]
    answer.close()


def test_signing_out_clears_the_cache(sqlite_site: Site) -> None:
    gf = sqlite_site.client("gf")

    answer = gf.post("/logout", data={"csrf_token": gf.csrf_token()})

    assert answer.headers["Clear-Site-Data"] == '"cache"'
    check_dynamic(answer, "/logout")


def test_the_cookie_is_kept_from_scripts_and_other_sites(sqlite_site: Site) -> None:
    cookie = sqlite_site.client(None).get("/login").headers["Set-Cookie"]

    assert cookie.startswith("jcflow=")
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_behind_https_the_cookie_is_bound_to_the_host(new_site: Callable[..., Site]) -> None:
    site = new_site(base_url="https://planung.example")

    answer = site.app.test_client().get("/login", base_url="https://planung.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-jcflow=")
    assert "; Secure" in cookie
    assert "; HttpOnly" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
