"""Chromium as the readers use it: desk, phone, dark, without scripts; and axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.needs import lacks

AXE = Path(__file__).parent / ".assets" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "msedge",
    "microsoft-edge",
)
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    width: int = 1280
    height: int = 900
    colours: Literal["light", "dark"] = "light"
    scripts: bool = True


DESK = View()
PHONE = View(width=360, height=740)
DARK = View(colours="dark")
PLAIN = View(width=360, height=740, scripts=False)
"""A phone with JavaScript off."""


def chromium_path() -> str | None:
    """The browser named by `JCFLOW_CHROMIUM`, else the first of its kin in PATH; None without any."""
    if named := os.environ.get("JCFLOW_CHROMIUM"):
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; ask for `new_page` in tests."""
    path = chromium_path()
    if path is None:
        lacks("Kein Chromium gefunden:", "apt install chromium", demanded_by="JCFLOW_REQUIRE_BROWSER")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages of this test complained about: failing scripts, breaches of the content security policy.

    The test fails at its end when any is left here.
    """
    return []


@pytest.fixture
def new_page(chromium: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """`new_page(view=DESK)` opens a page with a cookie jar of its own."""
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(view: View = DESK) -> Page:
        context = chromium.new_context(
            viewport={"width": view.width, "height": view.height},
            color_scheme=view.colours,
            java_script_enabled=view.scripts,
            reduced_motion="reduce",
            locale="de-DE",
            timezone_id="Europe/Berlin",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page

    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on a desk in light colours."""
    return new_page(DESK)


def press(page: Page, what: str) -> None:
    """Click, and wait for the page it leads to: a click alone comes back before that page is there to be read."""
    with page.expect_navigation():
        page.click(what)


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds wrong on the page as it stands: rule, weight, places. Needs a view with scripts.

    Args:
        rules: Ask only for these; else for everything in `AXE_TAGS`.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # Without the last option axe describes each element that passed, which takes most of its time.
    run = "wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations']})"
    result: dict[str, Any] = page.evaluate(run, rules or AXE_TAGS)
    return [_sentence(violation) for violation in result["violations"]]


def _sentence(violation: dict[str, Any]) -> str:
    places = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:5])
    return f"{violation['id']} ({violation['impact']}), {len(violation['nodes'])} ×: {places}"
