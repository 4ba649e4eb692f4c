"""F8: the whole PostgreSQL server is killed under load: 503 meanwhile, then as before; nothing acknowledged is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from tests import postgres
from tests.databases import migrate
from tests.faults.deeds import PDF
from tests.faults.stage import engine_on, on_server
from tests.faults.verdict import violations
from tests.faults.web import Browser, Gone, Web, running
from tests.needs import lacks
from tests.site import settle

pytestmark = pytest.mark.postgres
HOUSES = ("paderborn", "herford", "ennepe-ruhr")
PATIENCE = 30
"""Seconds until everything must be as before."""


@pytest.fixture
def durable() -> Iterator[postgres.Server]:
    """A server as installed, with fsync."""
    programs = postgres.binaries()
    if programs is None:
        lacks("Kein PostgreSQL gefunden:", "apt install postgresql", demanded_by="JCFLOW_REQUIRE_POSTGRES")
    with postgres.killable_server(programs) as server:
        yield server


@dataclass(eq=False)
class Uploader(threading.Thread):
    """Somebody who uploads one file after the other, and sends each again until it is taken."""

    web: Web
    house: str
    ending: threading.Event
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Every request with its answer, for the checker."""
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    """Status, `Retry-After` and headline of every refusal."""
    taken: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        browser = self.web.browser("gf", self.house)
        home = next(link for link in browser.page("/programmes").links if link.startswith("/programmes/2"))
        page = f"{home.rstrip('/')}/files"
        form = browser.form(page, page)
        while not self.ending.is_set():
            token = uuid4().hex
            content = PDF + token.encode()
            data = form.filled({"title": token, "form_token": token, "file": (content, f"{token}.pdf")})
            self._until_taken(browser, page, data)

    def _until_taken(self, browser: Browser, page: str, data: dict[str, Any]) -> None:
        given_up = time.monotonic() + PATIENCE
        while time.monotonic() < given_up:
            line = {"what": "request", "token": data["form_token"], "status": None}
            with suppress(Gone):
                answer = browser.post(page, data)
                line |= {"status": answer.status, "location": answer.location or None}
            self.requests.append(line)
            if line["status"] == 303:
                self.taken += 1
                return
            if line["status"] is not None:
                self.refused.append((answer.status, answer.headers.get("retry-after", ""), answer.page.h1.strip()))
            time.sleep(0.1)
        raise AssertionError(f"{self.house} is still refused: {self.refused[-1:]}")


def tokens_on_record(url: str) -> set[str]:
    with engine_on(url) as engine, engine.connect() as connection:
        return set(connection.execute(text("SELECT token FROM form_token")).scalars())


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    durable: postgres.Server, tmp_path: Path, amount: Callable[[int, int], int]
) -> None:
    on_server(durable.url, "CREATE DATABASE jcflow")
    url = make_url(durable.url).set(database="jcflow").render_as_string(hide_password=False)
    migrate(url)
    settle(url)
    ending, down = threading.Event(), []
    with running(url, tmp_path) as web:
        people = [Uploader(web, house, ending) for house in HOUSES for _ in range(2)]
        for one in people:
            one.start()
        for _ in range(amount(2, 20)):
            before = [one.taken for one in people]
            wait_until(lambda before=before: all(one.taken > n for one, n in zip(people, before, strict=True)))
            time.sleep(random.random() / 2)
            durable.kill()
            killed = time.monotonic()
            durable.start()
            down.append(time.monotonic() - killed)
        after = [one.taken for one in people]
        wait_until(lambda: all(one.taken > n for one, n in zip(people, after, strict=True)))
        ending.set()
        for one in people:
            one.join(PATIENCE)
        browsing = web.browser("gf").get("/tasks").status

    requests = [line for one in people for line in one.requests]
    acknowledged = {line["token"] for line in requests if line["status"] == 303}
    refused = {answer for one in people for answer in one.refused}
    print(f"{len(down)} kills, {len(acknowledged)} acknowledged, {len(requests) - len(acknowledged)} refused or broken")
    assert browsing == 200
    assert acknowledged <= tokens_on_record(url)
    assert violations(url, requests) == []
    assert refused == {(503, "5", "Bitte versuchen Sie es gleich erneut")}
    assert "Traceback" not in web.log


def wait_until(is_so: Callable[[], bool]) -> None:
    given_up = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < given_up, "it does not go on"
        time.sleep(0.02)
