"""What is done while something breaks: the form of each deed, filled in by a browser and ready to be sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jcflow.programmes.chapters import blocks_of
from jcflow.programmes.kinds import BlockKind
from tests.faults.stage import programme_in
from tests.faults.web import Answer, Browser, Web

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Sent:
    """A filled form; sent twice it carries the same token."""

    browser: Browser
    page: str
    """Where the form stands."""
    action: str
    data: Mapping[str, Any]

    def send(self) -> Answer:
        """Send it."""
        return self.browser.post(self.action, self.data)

    @property
    def token(self) -> str:
        """The one-time token."""
        return str(self.data["form_token"][0])


def filled(browser: Browser, page: str, typed: Mapping[str, Any], action: str | None = None) -> Sent:
    """The form on a page that goes to `action`, or to the page's own address, with these values."""
    form = browser.form(page, action or page)
    return Sent(browser, page, form.action, form.filled(typed))


@dataclass(frozen=True)
class Place:
    """Paderborn's programme, as addresses name it."""

    home: str
    block: UUID
    """One of its blocks of text."""


def place_in(url: str) -> Place:
    """Read it from the database."""
    with programme_in(url) as (session, programme):
        blocks = [block for found in blocks_of(session, programme).values() for block in found]
        text = next(block for block in blocks if block.kind is BlockKind.TEXT)
        return Place(f"/programmes/{programme.slug}", text.id)


def save(web: Web, at: Place) -> Sent:
    """Save a block of text."""
    page = f"{at.home}/text/blocks/{at.block}/edit"
    return filled(web.browser("gf"), page, {"markdown": "Der Text nach dem Absturz.\n\nMit zwei Absätzen."})


def submit(web: Web, at: Place) -> Sent:
    """Submit the draft, which freezes a version."""
    return filled(web.browser("gf"), f"{at.home}/submit", {}, f"{at.home}/steps/submit")


def upload(web: Web, at: Place) -> Sent:
    """Upload a file of some hundred kilobytes that nobody has uploaded before."""
    content = PDF + b"%" + secrets.token_hex(150_000).encode()
    typed = {"kind": "attachment", "title": "Anlage", "file": (content, "anlage.pdf")}
    return filled(web.browser("gf"), f"{at.home}/files", typed)


def vote(web: Web, at: Place) -> Sent:
    """Vote otherwise than before."""
    browser, page = web.browser("tv3"), f"{at.home}/vote"
    checking = filled(browser, page, {"choice": "no", "reason": "Die Zahlen fehlen."}, f"{page}/check").send()
    form = next(form for form in checking.page.forms if form.action == page)
    return Sent(browser, page, form.action, form.filled({}))


def conclude(web: Web, at: Place) -> Sent:
    """Conclude the ballot."""
    return filled(web.browser("tv1"), f"{at.home}/conclude", {})


DEEDS: Mapping[str, tuple[str, Callable[[Web, Place], Sent]]] = {
    "save": ("drafting", save),
    "submit": ("drafting", submit),
    "upload": ("drafting", upload),
    "vote": ("resolution", vote),
    "conclude": ("resolution", conclude),
}
"""Name to the state in which it is done and how its form is got."""
