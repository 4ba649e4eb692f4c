"""The browser tests can fail: axe sees a fault, a broken content security policy is noticed."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browser import DARK, DESK, PHONE, PLAIN, axe

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="de"><head><title>Probe</title></head>
<body><main><h1>Probe</h1><p id="out">ohne Skript</p></main><script src="/probe.js"></script></body></html>"""
FAULTY = SOUND.replace("<p", "<img src='/x.png'><p")
INLINE = SOUND.replace("<p", "<p style='color: red'")
FAILING = SOUND.replace("/probe.js", "/failing.js")


@pytest.fixture
def site(live_server) -> str:
    app = Flask("probe")
    app.add_url_rule("/", "sound", lambda: SOUND)
    app.add_url_rule("/faulty", "faulty", lambda: FAULTY)
    app.add_url_rule("/inline", "inline", lambda: INLINE)
    app.add_url_rule("/failing", "failing", lambda: FAILING)
    script = "document.getElementById('out').textContent = 'mit Skript'"
    app.add_url_rule("/probe.js", "script", lambda: (script, {"Content-Type": "text/javascript"}))

    failure = "throw new Error('out is not here')"
    app.add_url_rule("/failing.js", "failure", lambda: (failure, {"Content-Type": "text/javascript"}))

    @app.after_request
    def strict(response):
        response.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; img-src 'self'"
        return response

    return live_server(app)


@pytest.mark.parametrize("view", [DESK, DARK, PHONE])
def test_axe_finds_nothing_on_a_sound_page(new_page, site, view):
    page = new_page(view)
    page.goto(site)

    assert page.locator("#out").inner_text() == "mit Skript"
    assert page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches") == (view is DARK)
    assert page.evaluate("() => innerWidth") == view.width
    assert axe(page) == []


def test_axe_finds_an_image_without_alternative(page, site):
    page.goto(f"{site}/faulty")

    assert [finding.split()[0] for finding in axe(page)] == ["image-alt"]


def test_without_scripts_no_script_runs(new_page, site):
    page = new_page(PLAIN)
    page.goto(site)

    assert page.locator("#out").inner_text() == "ohne Skript"


def test_a_breach_of_the_content_security_policy_is_noticed(page, site, complaints):
    page.goto(f"{site}/inline")
    noticed = complaints.copy()
    complaints.clear()

    assert len(noticed) == 1
    assert "Content Security Policy" in noticed[0]


def test_a_failing_script_is_noticed(page, site, complaints):
    page.goto(f"{site}/failing")
    noticed = complaints.copy()
    complaints.clear()

    assert noticed == ["out is not here"]
