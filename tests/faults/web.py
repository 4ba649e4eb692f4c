"""Web processes of their own on loopback, and a browser without scripts that speaks to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from jcflow.cli import cast
from tests.forms import Form, Page
from tests.servers import free_port
from tests.site import SECRET

ROOT = Path(__file__).parents[2]
SERVE = ("-c", "from jcflow.cli.main import main; main(prog_name='jcflow')", "serve")
ONE_PROCESS = (str(Path(__file__).with_name("one_process.py")),)


class Gone(Exception):
    """The connection broke before an answer was there."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    text: str

    @property
    def location(self) -> str:
        """Where a redirect leads, without the host."""
        return urlsplit(self.headers.get("location", ""))._replace(scheme="", netloc="").geturl()

    @property
    def page(self) -> Page:
        """The parsed page."""
        return Page(self.text)


@dataclass
class Browser:
    """Cookies, and one connection for each request."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    patience: float = 60.0
    """Seconds."""

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        """Send one request; raises Gone when nobody answers it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            connection.request(method, path, body or None, headers | ({"Content-Type": kind} if kind else {}))
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            raise Gone(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self.request("GET", path)

    def post(self, path: str, data: Mapping[str, Any]) -> Answer:
        """Send a form; a value `(bytes, "name.pdf")` uploads."""
        if not any(isinstance(value, tuple) for value in data.values()):
            return self.request("POST", path, urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded")
        parts = {n: FileStorage(BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for n, v in data.items()}
        boundary, body = encode_multipart(parts)
        return self.request("POST", path, body, f'multipart/form-data; boundary="{boundary}"')

    def page(self, path: str) -> Page:
        """The parsed page; demands 200."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status, answer.page.words)
        return answer.page

    def form(self, path: str, action: str) -> Form:
        """The form of a page that goes to `action`."""
        return next(form for form in self.page(path).forms if form.action == action and form.method == "post")

    def sign_in(self, email: str) -> Browser:
        """Sign in with the demo's password."""
        form = self.form("/login", "/login")
        answer = self.post("/login", form.filled({"email": email, "password": cast.PASSWORD}))
        assert answer.status == 303, answer.page.words
        return self


@dataclass
class Web:
    """A running site."""

    port: int
    master: subprocess.Popen[bytes]
    folder: Path

    @property
    def worker(self) -> int:
        """The process id of the one web process; only of a site started as ONE_PROCESS."""
        return int((self.folder / "worker").read_text())

    @property
    def log(self) -> str:
        """What the site has said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def browser(self, account: str | None = None, house: str = "paderborn") -> Browser:
        """A browser, signed in as this account of the demo if one is named."""
        browser = Browser(self.port)
        return browser.sign_in(f"{account}@{house}.example") if account else browser


@contextmanager
def running(url: str, folder: Path, words: tuple[str, ...] = SERVE) -> Iterator[Web]:
    """Run the site on a database as long as the block lasts; its log lies in the folder."""
    port = free_port()
    known = {name: value for name, value in os.environ.items() if not name.startswith("JCFLOW_")}
    own = {
        "PYTHONPATH": str(ROOT),
        "JCFLOW_DATABASE_URL": url,
        "JCFLOW_SECRET_KEY": SECRET,
        "JCFLOW_PORT": str(port),
        "JCFLOW_TEST_WORKER": str(folder / "worker"),
    }
    with (folder / "log").open("wb") as log:
        master = subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=known | own, stdout=log, stderr=subprocess.STDOUT
        )
    web = Web(port, master, folder)
    try:
        _wait_for(web)
        yield web
    finally:
        master.send_signal(signal.SIGINT)
        master.wait(30)


def _wait_for(web: Web) -> None:
    for _ in range(600):
        assert web.master.poll() is None, web.log
        try:
            web.browser().get("/login")
        except Gone:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(web.log)
