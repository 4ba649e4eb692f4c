"""Whatever people type is shown as text and never becomes part of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import cycle
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page as BrowserPage

from tests.forms import Form
from tests.places import PAPER, PIXEL, crawl, forms_of, furnish
from tests.site import NOW, Client, Site, bring

MARK = "jcx"
"""What stands in every payload: a page without it shows nothing that was typed."""
PAYLOADS = [
    "<script>jcx(1)</script>",
    "<ScRiPt>jcx(2)</sCrIpT>",
    "<script src=//boese.example/jcx.js></script>",
    "<img src=x onerror=jcx(4)>",
    '<img src="x" onerror="jcx(5)" alt="jcx">',
    "<svg onload=jcx(6)>",
    "<svg><script>jcx(7)</script></svg>",
    "<svg/onload=jcx(8)>",
    "<svg><animate onbegin=jcx(9) attributeName=x dur=1s>",
    "<body onload=jcx(10)>",
    "<iframe src=javascript:jcx(11)></iframe>",
    '<iframe srcdoc="<script>jcx(12)</script>"></iframe>',
    "<object data=javascript:jcx(13)></object>",
    "<embed src=javascript:jcx(14)>",
    "<a href=javascript:jcx(15)>klick</a>",
    "<details open ontoggle=jcx(16)>",
    "<video><source onerror=jcx(17)></video>",
    "<audio src=x onerror=jcx(18)>",
    "<input autofocus onfocus=jcx(19)>",
    "<select autofocus onfocus=jcx(20)></select>",
    "<textarea autofocus onfocus=jcx(21)></textarea>",
    "<marquee onstart=jcx(22)>",
    "<form action=javascript:jcx(23)><button>los</button></form>",
    "<button formaction=javascript:jcx(24)>los</button>",
    "<math href=javascript:jcx(25)>x</math>",
    "<style>@import '//boese.example/jcx.css';</style>",
    "<link rel=stylesheet href=//boese.example/jcx.css>",
    "<meta http-equiv=refresh content='0;url=javascript:jcx(28)'>",
    "<base href=//boese.example/jcx/>",
    "<div style=background:url(javascript:jcx(30))>",
    '" onmouseover="jcx(31)',
    "' onmouseover='jcx(32)",
    '"><script>jcx(33)</script>',
    "'><script>jcx(34)</script>",
    '"><img src=x onerror=jcx(35)>',
    "</title><script>jcx(36)</script>",
    "</textarea><script>jcx(37)</script>",
    "</option></select><script>jcx(38)</script>",
    "</style><script>jcx(39)</script>",
    "--><script>jcx(40)</script>",
    "]]><script>jcx(41)</script>",
    "[klick](javascript:jcx(42))",
    "[klick](JaVaScRiPt:jcx(43))",
    "[klick](java&#115;cript:jcx(44))",
    "[klick](data:text/html,<script>jcx(45)</script>)",
    "[klick](vbscript:jcx(46))",
    '[klick](https://ok.example "onmouseover=jcx(47)")',
    '[klick](https://ok.example/"onmouseover="jcx(48))',
    '![bild](x" onerror="jcx(49))',
    "![bild](javascript:jcx(50))",
    "<javascript:jcx(51)>",
    "<https://ok.example/?<script>jcx(52)</script>>",
    "[^1]\n\n[^1]: <img src=x onerror=jcx(53)>",
    "| a | b |\n|---|---|\n| <img src=x onerror=jcx(54)> | [k](javascript:jcx(54)) |",
    "`<script>jcx(55)</script>`\n\n```html\n<script>jcx(55)</script>\n```",
    "{{ 7*7 }}${jcx(56)}#{jcx(56)}<%= jcx(56) %>",
    "\u202e<script>jcx(57)</script>\u2028jcx(57)",
    "＜script＞jcx(58)＜/script＞",
    "%3Cscript%3Ejcx(59)%3C/script%3E&lt;script&gt;jcx(59)&lt;/script&gt;",
    "<noscript><p title='</noscript><img src=x onerror=jcx(60)>'>",
]
LEFT_ALONE = re.compile(
    r"^(steps\.take|login\..*|account\..*|.*\.(remove|end_role|new_link|withdraw\w*|move|restore))$"
)
"""Endpoints whose forms hold no text or end what the walk still needs."""
LINES, LONG = {"text", "search", "tel", "url"}, {"textarea"}


class Dangers(HTMLParser):
    """What in a page could run, load or lead astray."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            held = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if (
                name.startswith("on")
                or name in {"style", "srcdoc", "http-equiv"}
                or (name in {"href", "src", "action", "formaction", "data", "xlink:href"} and _leads_astray(tag, held))
            ):
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag in {"script", "iframe", "object", "embed", "base", "style", "math", "video", "audio", "marquee"}:
            src = dict(attrs).get("src") or ""
            if not (tag == "script" and src.startswith("/static/")):
                self.found.append(f"<{tag}>")

    handle_startendtag = handle_starttag


def _leads_astray(tag: str, address: str) -> bool:
    if address.startswith(("javascript:", "vbscript:", "data:text", "//")):
        return True
    return tag != "a" and bool(re.match(r"[a-z]+:", address)) and not address.startswith("data:image/")


def stuff(client: Client, told: list[str], *, but: tuple[str, ...] = ()) -> int:
    """Send every form the person reaches with payloads in every text field; returns how many were taken.

    A field that is refused gets something more modest, so that the others are kept. Whatever comes back at once
    (a page with errors, a preview) is checked on the spot.
    """
    adapter, rotating, taken, done = client.application.url_map.bind("localhost"), cycle(PAYLOADS), 0, set(but)
    for _, answer in list(crawl(client, per_rule=1)):
        for form in forms_of(answer):
            endpoint = adapter.match(form.action, "POST")[0]
            if endpoint in done or LEFT_ALONE.match(endpoint):
                continue
            done.add(endpoint)
            taken += _insist(client, form, rotating, told)
    return taken


def _insist(client: Client, form: Form, rotating: Iterator[str], told: list[str]) -> bool:
    refused = list[str]()
    for _ in range(4):
        sent = _filled(form, rotating, refused)
        reply = client.post(form.action, data=sent, content_type="multipart/form-data")
        told += [f"{form.action}: {danger}" for danger in Dangers(reply.text).found]
        assert reply.status_code < 500, form.action
        if reply.status_code != 422:
            return reply.status_code == 303
        refused += re.findall(r'class="kern-error" id="([^"]+)-error"', reply.text)
    return False


def _filled(form: Form, rotating: Iterator[str], refused: list[str]) -> dict[str, object]:
    """The form with payloads; fields refused once hold a number or another choice, refused twice nothing."""
    sent: dict[str, object] = dict(form.filled({"form_token": uuid4().hex}))
    for control in form.controls:
        times = refused.count(control.name)
        if control.kind in LINES | LONG and times:
            sent[control.name] = "7" if times == 1 else ""
        elif control.kind in LONG:
            sent[control.name] = "\n\n".join(PAYLOADS)[:4_900]
        elif control.kind in LINES and not control.inputmode:
            sent[control.name] = next(rotating)[:80]
        elif control.kind == "select" and times:
            sent[control.name] = (control.options[1:] or [""])[0]
        elif control.kind == "radio" and control.name not in sent:
            sent[control.name] = control.value
        elif control.kind == "date" and times:
            sent[control.name] = NOW.date().isoformat()
        elif control.kind == "email":
            sent[control.name] = f"jcx-{uuid4().hex[:6]}@paderborn.example"
        elif control.kind == "file":
            figure = "figure" in form.fields.get("kind", [])
            name = f"{next(rotating)[:60]}.{'png' if figure else 'pdf'}"
            sent[control.name] = (io.BytesIO(PIXEL if figure else PAPER), name)
    return sent


def search(client: Client) -> Iterator[tuple[str, str]]:
    """Every page with its search fields filled with payloads."""
    rotating = cycle(PAYLOADS)
    for path, answer in list(crawl(client, per_rule=1)):
        if answer.mimetype == "text/html" and 'role="search"' in answer.text:
            for name in re.findall(
                r'<input[^>]* name="(\w+)"', answer.text.split('role="search"')[1].split("</form>")[0]
            ):
                for _ in range(5):
                    reply = client.get(path.partition("?")[0], query_string={name: next(rotating)})
                    assert reply.status_code in {200, 422}, path
                    yield path, reply.text


WRITERS = {
    "drafting": ("gf", "redaktion", "admin"),
    "internal_check": ("bca", "haushalt", "gf"),
    "consultation": ("beirat1", "buero", "beirat2"),
    "disposition": ("gf", "haushalt"),
    "resolution": ("tv2", "buero"),
    "awaiting_record": ("buero", "tv1"),
}
"""State to the accounts whose forms hold text there."""


@pytest.mark.parametrize("state", WRITERS)
def test_no_text_of_any_form_becomes_markup(sqlite_site: Site, state: str) -> None:
    sqlite_site.at(state)
    furnish(sqlite_site)
    told: list[str] = []

    taken = sum(stuff(sqlite_site.client(account), told) for account in WRITERS[state])

    for client in [sqlite_site.client(account) for account in ("gf", "tv1", "beirat1", "admin")]:
        for path, answer in crawl(client, per_rule=1):
            assert answer.status_code in {200, 303}, path
            if answer.mimetype == "text/html":
                told += [f"{path}: {danger}" for danger in Dangers(answer.text).found]
        for path, html in search(client):
            told += [f"{path}: {danger}" for danger in Dangers(html).found]
    assert told == []
    assert taken > 0


@pytest.mark.browser
def test_nothing_that_was_typed_runs_in_a_browser(
    sqlite_site: Site,
    live_server: Callable[[Flask], str],
    new_page: Callable[..., BrowserPage],
    complaints: list[str],
) -> None:
    sqlite_site.at("drafting")
    furnish(sqlite_site)
    told: list[str] = []
    kept = ("programmes.open_new", "topics.save", "topics.save_topic", "chapters.add")
    assert sum(stuff(sqlite_site.client(account), told, but=kept) for account in ("gf", "admin")) > 12
    _look(sqlite_site, live_server, new_page, complaints, ("gf", "admin"))

    bring(sqlite_site.url, "paderborn", "consultation")
    assert sum(stuff(sqlite_site.client(account), told) for account in ("beirat1", "buero")) > 0
    _look(sqlite_site, live_server, new_page, complaints, ("beirat1", "buero"))

    bring(sqlite_site.url, "paderborn", "published")
    _look(sqlite_site, live_server, new_page, complaints, (None, "tv1", "revision"))


def _look(
    site: Site,
    live_server: Callable[[Flask], str],
    new_page: Callable[..., BrowserPage],
    complaints: list[str],
    accounts: tuple[str | None, ...],
) -> None:
    address = live_server(site.app)
    for account in accounts:
        client, page = site.client(account), new_page()
        page.add_init_script("window.jcx = n => { window.ran = n }")
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        cookie = client.get_cookie("jcflow")
        if cookie is not None:
            page.context.add_cookies([{"name": "jcflow", "value": cookie.value, "url": address}])
        for path, answer in list(crawl(client, per_rule=1)):
            if answer.status_code == 200 and answer.mimetype == "text/html" and MARK in answer.text:
                page.goto(address + path)
                assert page.evaluate("() => window.ran === undefined"), path
                assert complaints == [], path
