"""Requests made from real forms and pages, each damaged in some way; the same seed makes the same requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from random import Random
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from uuid import UUID

from tests.inputs import payloads
from tests.inputs.stages import Target
from tests.places import PAPER, PIXEL

URLENCODED = "application/x-www-form-urlencoded"
TYPED = frozenset({"text", "textarea", "search", "number", "date", "email", "tel", "url"})
"""Kinds of controls that hold what somebody typed."""
POOLS = {
    "text": (payloads.TEXTS, payloads.NUMBERS, payloads.AMOUNTS, payloads.IDS, payloads.SQL, payloads.TEMPLATES),
    "textarea": (payloads.TEXTS, payloads.TEXTS, payloads.SQL, payloads.TEMPLATES),
    "date": (payloads.DAYS, payloads.DAYS, payloads.NUMBERS, payloads.TEXTS),
    "number": (payloads.NUMBERS, payloads.NUMBERS, payloads.TEXTS),
    "hidden": (payloads.NUMBERS, payloads.IDS, payloads.SQL, payloads.TEXTS),
    "query": (payloads.DAYS, payloads.NUMBERS, payloads.IDS, payloads.SQL, payloads.TEXTS),
    "other": (payloads.IDS, payloads.TEXTS, payloads.NUMBERS, payloads.SQL),
}
NAMES = [
    "a.pdf",
    "bild.png",
    "x" * 10_000 + ".pdf",
    "../../x.pdf",
    "CON.pdf",
    "\u202efdp.exe",
    "ä.pdf",
    ".pdf",
    "",
    " ",
]
CONTENTS = [PAPER, PIXEL, b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, PAPER[:7], b"<svg/>", b"\0" * 5_000]
Pairs = list[tuple[str, str]]


@dataclass
class Sent:
    """One request as it goes out."""

    account: str
    method: str
    path: str
    note: str
    body: bytes = b""
    kind: str = ""
    """Content type."""
    headers: dict[str, str] = dataclass_field(default_factory=dict)
    typed: dict[str, str] = dataclass_field(default_factory=dict)
    """What was typed, where the form itself is whole: a page that refuses it has to keep it."""
    action: str = ""
    field: str = ""
    """Endpoint and name of the field whose turn it is."""
    asked: list[tuple[str, str]] = dataclass_field(default_factory=list)
    """Query parameters and what they say."""


def value_for(rng: Random, kind: str) -> str:
    """Something that does not belong into a field of this kind, or hardly."""
    pools = POOLS.get(kind, POOLS["other"])
    return rng.choice(rng.choice(pools)) if rng.random() < 0.9 else _noise(rng)


def _noise(rng: Random) -> str:
    ranges = ((1, 0x7F), (1, 0x2FF), (0x300, 0x36F), (0x600, 0x6FF), (0x2000, 0x206F), (0xE000, 0xFFFF), (1, 0x10FFFF))
    low, high = rng.choice(ranges)
    points = (rng.randint(low, high) for _ in range(rng.choice((1, 3, 40, 400))))
    return "".join(chr(point) for point in points if not 0xD800 <= point <= 0xDFFF)


def bodies(rng: Random, targets: list[Target]) -> Iterator[Sent]:
    """Requests without end; every field of every form has its turn before one has it again."""
    fields = [(target, name) for target in targets for name in fields_of(target)]
    while fields:
        rng.shuffle(fields)
        for target, name in fields:
            yield body(rng, target, name)


def fields_of(target: Target) -> list[str]:
    """The names that have a turn: one of each row of a table, and the button where nothing else is in the form."""
    return [control["name"] for control in _kinds(target)]


def _kinds(target: Target) -> list[dict[str, Any]]:
    """One control for each name, rows of a table counted once."""
    found = {}
    for control in target.controls:
        head, _, tail = control["name"].rpartition("-")
        found.setdefault(head if head and tail.isdigit() else control["name"], control)
    return list(found.values())


def body(rng: Random, target: Target, name: str) -> Sent:
    """The form with this field damaged, some others perhaps, and perhaps the whole body."""
    kinds = {control["name"]: control["kind"] for control in target.controls}
    pairs, typed = whole(rng, target), dict[str, str]()
    damaged = {name} | {other for other in kinds if kinds[other] in TYPED and rng.random() < 0.1}
    damaged = {one for one in damaged if kinds[one] != "file"}
    pairs = [(n, v) for n, v in pairs if n not in damaged]
    for one in sorted(damaged):
        value = value_for(rng, kinds[one])
        pairs.append((one, value))
        if kinds[one] in TYPED:
            typed[one] = value
    sent = Sent(target.account, "POST", target.action, f"{target.endpoint} {name}", action=target.action)
    sent.field = sent.note
    if rng.random() < 0.3:
        shape = rng.choice(SHAPES)
        sent.note += f" {shape.__name__}"
        shape(rng, sent, pairs, name)
        return sent
    typed = {} if target.endpoint == "account.password" else typed
    sent.typed = typed if not any("\0" in value for value in typed.values()) else {}
    if target.has_file or rng.random() < 0.2:
        sent.body, sent.kind = multipart(rng, pairs, _files(rng, target))
    else:
        sent.body, sent.kind = urlencode(pairs, errors="surrogatepass").encode(), URLENCODED
    return sent


def whole(rng: Random, target: Target) -> Pairs:
    """The form as it stands, with a fresh token."""
    pairs = [(c["name"], c["value"]) for c in target.controls if c["on"] and c["kind"] != "file"]
    pairs = [(name, token(rng) if name == "form_token" else value) for name, value in pairs]
    return [*pairs, target.press] if target.press and target.press[0] else pairs


def token(rng: Random) -> str:
    """A one-time token."""
    return UUID(int=rng.getrandbits(128)).hex


def _files(rng: Random, target: Target) -> list[tuple[str, str, bytes]]:
    names = [control["name"] for control in target.controls if control["kind"] == "file"]
    return [(name, rng.choice(NAMES), rng.choice(CONTENTS)) for name in names if rng.random() < 0.7]


def multipart(rng: Random, pairs: Pairs, files: list[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """A sound multipart body and its content type."""
    boundary = f"----{token(rng)}"
    parts = [(f'name="{_escaped(name)}"', value.encode("utf-8", "surrogatepass")) for name, value in pairs]
    parts += [(f'name="{name}"; filename="{_escaped(told)}"', content) for name, told, content in files]
    made = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; ".encode() + said.encode() + b"\r\n\r\n" + content + b"\r\n"
        for said, content in parts
    )
    return made + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


Shape = Callable[[Random, Sent, Pairs, str], None]


def _plain(sent: Sent, pairs: Pairs) -> None:
    sent.body, sent.kind = urlencode(pairs, errors="surrogatepass").encode(), URLENCODED


def missing(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """Without the field, or without half of them."""
    kept = [pair for pair in pairs if pair[0] != name]
    _plain(sent, kept if rng.random() < 0.5 else [pair for pair in kept if rng.random() < 0.5 or "token" in pair[0]])


def doubled(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With the field twice, or all of them."""
    twice = [(name, value_for(rng, "text"))] if rng.random() < 0.5 else [p for p in pairs if "token" not in p[0]]
    _plain(sent, [*pairs, *twice])


def unknown(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With fields the form does not have."""
    known = {pair[0] for pair in pairs}
    _plain(sent, [*pairs, *((n, v) for n, v in payloads.UNKNOWN.items() if n not in known)])


def thousand(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With a thousand fields more, or far too many."""
    _plain(sent, pairs)
    sent.body += rng.choice(
        (b"".join(b"&x-%d=1" % n for n in range(1_000)), b"&x=1" * 6_000, b"&x=1" * 300_000, b"&" * 10**6)
    )


def as_json(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """As JSON, said to be JSON or a form."""
    deep = json.dumps(dict(pairs)) if rng.random() < 0.5 else "[" * 5_000 + "]" * 5_000
    sent.body, sent.kind = deep.encode(), rng.choice(("application/json", URLENCODED, "text/plain"))


def other_type(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """Under another content type than it has."""
    _plain(sent, pairs)
    kinds = ("text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x", "", ";;;=")
    sent.kind = rng.choice(
        (*kinds, f"{URLENCODED}; charset=utf-16", "multipart/form-data; boundary=\xfc", "a/b" * 2_000)
    )


def broken_multipart(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """As multipart that ends too early, has other boundaries, no names, or nests."""
    made, sent.kind = multipart(rng, pairs, [("file", "a.pdf", PAPER)])
    broken = (
        made[: rng.randrange(len(made))],
        made.replace(b"name=", b"nome="),
        made.replace(b"\r\n", b"\n"),
        made.replace(b"form-data;", b"form-data; filename=x;"),
        made.replace(b"form-data;", b"form-data; name*=UTF-8''%ff%00;"),
        made.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n"),
        made.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
        made.replace(b"\r\n\r\n", b"\r\n" + b"X: " + b"y" * 9_000 + b"\r\n\r\n"),
        b"\r\n" * 2_000 + made,
        made + made,
        b"--" * 9_000,
    )
    sent.body = rng.choice(broken)


def overlong(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With bytes that are no UTF-8: overlong, halves of surrogates, cut off."""
    bad = rng.choice(
        (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xff\xfe", b"\xc3", b"\xf4\x90\x80\x80")
    )
    _plain(sent, [pair for pair in pairs if pair[0] != name])
    shown = "".join(f"%{byte:02X}" for byte in bad).encode() if rng.random() < 0.5 else bad
    sent.body += b"&" + quote_plus(name).encode() + b"=" + shown


def damaged_escapes(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With percent signs that escape nothing, and separators where none belong."""
    _plain(sent, pairs)
    sent.body += rng.choice((b"&%", b"&%zz=%", b"&=&=&=", b"&;&;", b"&&&&" * 500, b"&a=%u0041", b"&a=%00", b"&%00=b"))


def headers(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """With headers nobody should send."""
    _plain(sent, pairs)
    odd = (
        {"X-Long": "x" * 8_192},
        {"Cookie": "a=" + "x" * 8_192},
        {"Accept-Language": "de;q=NaN,en;q=-1," * 300},
        {"Range": "bytes=0-,-1,5-4"},
        {"If-None-Match": '"' * 999},
        {"If-Modified-Since": "Mon, 99 Foo 99999 99:99:99 GMT"},
        {"X-Forwarded-For": "1" * 500, "X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "boese.example", "X-HTTP-Method-Override": "DELETE"},
        {"Content-Encoding": "gzip"},
        {"Referer": "\xff" * 200},
        {"Host": "boese.example"},
        {"Host": "localhost:99999999"},
        {"Authorization": "Basic " + "=" * 500},
        {"User-Agent": "\x7f" * 500},
    )
    sent.headers = rng.choice(odd)


def other_method(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """By another method."""
    _plain(sent, pairs)
    sent.method = rng.choice(("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "A" * 500))


def without_token(rng: Random, sent: Sent, pairs: Pairs, name: str) -> None:
    """Without its tokens, or with damaged ones."""
    spoiled = rng.choice(("", "x", "x" * 64, "\0", "ä" * 40, payloads.MEGABYTE))
    damaged = rng.choice(("form_token", "csrf_token"))
    _plain(sent, [(n, spoiled if n == damaged else v) for n, v in pairs])


SHAPES: list[Shape] = [
    missing,
    missing,
    doubled,
    doubled,
    unknown,
    thousand,
    as_json,
    other_type,
    broken_multipart,
    broken_multipart,
    overlong,
    damaged_escapes,
    headers,
    other_method,
    without_token,
]


def questions(rng: Random, pages: list[tuple[str, str]], names: list[str]) -> Iterator[Sent]:
    """GET requests without end: real addresses with odd parameters, each of them in turn, or with odd parts."""
    turns = list[str]()
    while True:
        turns = turns or rng.sample(names, len(names))
        account, page = rng.choice(pages)
        path = page.partition("?")[0]
        note = f"GET {path}"
        if rng.random() < 0.3:
            parts = path.split("/")
            place = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
            odd = value_for(rng, "hidden")[:2_000]
            parts[place] = rng.choice((quote(odd, safe="", errors="surrogatepass"), "%C0%AF", "%00", "..", "%2e%2e%2f"))
            path = "/".join(parts)
        about = [turns.pop(), *(rng.choice(names) for _ in range(rng.choice((0, 0, 1, 4))))]
        asked = [(name, value_for(rng, "query")[:6_000]) for name in about]
        if rng.random() < 0.05:
            asked += [(f"x{n}", "1") for n in range(1_000)]
        tail = rng.choice(("", "", "", "&%C0%AF=%FF", "&a=%ED%A0%80", "&=&&;"))
        yield Sent(account, "GET", f"{path}?{urlencode(asked, errors='surrogatepass')}{tail}", note, asked=asked)
