"""Requests that could be read in two ways, or not at all, are refused before anybody reads them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.inputs.bodies import URLENCODED, Sent
from tests.inputs.field import Field, send
from tests.inputs.test_sql import rows, typed_into
from tests.servers import free_port
from tests.site import SECRET, Site

pytestmark = pytest.mark.xdist_group("inputs")

ROOT = Path(__file__).parents[2]
ENTRY = "from jcflow.cli.main import main; main(prog_name='jcflow')"
NO_UTF8 = ["%C0%AF", "%E0%80%AF", "%F0%80%80%AF", "%ED%A0%80", "%ED%BF%BF", "%FF", "%C3", "%F4%90%80%80", "%80"]
MANY = "&".join(f"x{n}=1" for n in range(1_000))


def test_whatever_says_what_a_form_is_about_stands_in_it_once(field_of: Callable[[str, str], Field]) -> None:
    field, tried = field_of("drafting", "sqlite"), 0
    before = rows(field.url)

    for target in field.ground.targets:
        for control in target.controls:
            name, kept = control["name"], control["name"].partition("-")[0]
            if kept not in {"version", "key", "form_token", "count"} or name.endswith(("-2", "-3", "-4", "-5")):
                continue
            pairs = typed_into(target, "Das ist jetzt so.", f"{tried:032x}")
            body = urlencode([*pairs, (name, "9")]).encode()
            sent = Sent(target.account, "POST", target.action, name, body, URLENCODED)
            answer, _ = send(field.client(target.account), sent)
            assert answer.status_code == 400, (target.endpoint, name)
            tried += 1

    assert tried > 50
    assert rows(field.url) == before


def test_text_is_utf8_or_refused(field_of: Callable[[str, str], Field]) -> None:
    field = field_of("drafting", "sqlite")
    target = next(t for t in field.ground.targets if t.endpoint == "topics.add")
    pairs = urlencode([pair for pair in typed_into(target, "", "1" * 32) if pair[0] != "title"])
    client = field.client(target.account)

    for bad in NO_UTF8:
        raw = bytes.fromhex(bad.replace("%", ""))
        for body in (f"{pairs}&title=x{bad}".encode(), pairs.encode() + b"&title=x" + raw, f"{pairs}&{bad}=x".encode()):
            sent = Sent(target.account, "POST", target.action, bad, body, URLENCODED)
            assert send(client, sent)[0].status_code == 400, bad

        assert client.get(f"/programmes?status={bad}").status_code == 400, bad
        assert client.get(f"/programmes/{bad}").status_code == 404, bad


def test_a_thousand_parameters_are_read_and_millions_are_not(field_of: Callable[[str, str], Field]) -> None:
    field = field_of("drafting", "sqlite")
    client = field.client("gf")
    target = next(t for t in field.ground.targets if t.endpoint == "topics.add")
    pairs = urlencode(typed_into(target, "Weitere Themen", "2" * 32))

    few = send(client, Sent("gf", "POST", target.action, "", f"{pairs}&{MANY}".encode(), URLENCODED))
    many = send(client, Sent("gf", "POST", target.action, "", f"{pairs}{'&x=1' * 10_000}".encode(), URLENCODED))
    huge = send(client, Sent("gf", "POST", target.action, "", b"&" * (3 * 2**20), URLENCODED))

    assert client.get(f"/programmes?{MANY}").status_code == 200
    assert [answer.status_code for answer, _ in (few, many, huge)] == [303, 413, 413]
    assert max(seconds for _, seconds in (few, many, huge)) < 5


@contextmanager
def served(url: str, folder: Path) -> Iterator[int]:
    """The site behind its real server; yields the port."""
    port = free_port()
    known = {name: value for name, value in os.environ.items() if not name.startswith("JCFLOW_")}
    given = {"JCFLOW_DATABASE_URL": url, "JCFLOW_SECRET_KEY": SECRET, "JCFLOW_PORT": str(port), "PYTHONPATH": str(ROOT)}
    given["JCFLOW_BASE_URL"] = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        words = [sys.executable, "-c", ENTRY, "serve"]
        process = subprocess.Popen(words, cwd=folder, env=known | given, stdout=log, stderr=subprocess.STDOUT)
        try:
            for _ in range(600):
                assert process.poll() is None, (folder / "log").read_text()
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def asked(port: int, raw: bytes) -> int:
    """The status of the first answer to these bytes; 0 where the server hangs up without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        try:
            head = connection.recv(4_096)
        except ConnectionError:
            return 0
    return int(head.split(b" ")[1]) if head.startswith(b"HTTP/") else 0


HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
WIRE = {
    "long header": b"GET /login HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 9_000 + b"\r\n\r\n",
    "many headers": b"GET /login HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n",
    "long line": b"GET /login?" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": b"POST /login HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1&",
    "length and chunks": b"POST /login HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "negative length": b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "length in Arabic digits": b"POST /login HTTP/1.1\r\n" + HOST + "Content-Length: ٣\r\n\r\nabc".encode(),
    "broken chunks": b"POST /login HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "folded header": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A: 1\r\n 2\r\n\r\n",
    "space before colon": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A : 1\r\n\r\n",
    "nameless header": b"GET /login HTTP/1.1\r\n" + HOST + b": 1\r\n\r\n",
    "zero in a header": b"GET /login HTTP/1.1\r\n" + HOST + b"X-A: \0\r\n\r\n",
    "zero in the line": b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "another host": b"GET /login HTTP/1.1\r\nHost: boese.example\r\n\r\n",
    "two hosts": b"GET /login HTTP/1.1\r\n" + HOST + b"Host: boese.example\r\n\r\n",
    "another host in the line": b"GET http://boese.example/login HTTP/1.1\r\nHost: boese.example\r\n\r\n",
    "HTTP/9": b"GET /login HTTP/9.9\r\n" + HOST + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
    "a method of its own": b"PL\xc3\x84TZCHEN /login HTTP/1.1\r\n" + HOST + b"\r\n",
}
"""What no browser sends, to what it is."""


def test_the_server_refuses_what_is_no_request_and_goes_on(sqlite_site: Site, tmp_path: Path) -> None:
    sqlite_site.at("drafting")
    sound = b"GET /login HTTP/1.1\r\n" + HOST + b"\r\n"

    with served(sqlite_site.url, tmp_path) as port:
        assert asked(port, sound) == 200
        found = {name: asked(port, raw) for name, raw in WIRE.items()}
        assert asked(port, sound) == 200

    assert {name: status for name, status in found.items() if not (status == 0 or 400 <= status < 500)} == {}
