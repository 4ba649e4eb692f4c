"""A working day's rush: 200 people signed in, a steady stream of pages and saved texts, for two minutes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from statistics import quantiles

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.cli import cast
from jcflow.process.opening import import_document
from tests.bench.ground import Figure, fresh_database, site_on
from tests.factories import COMMAND_LINE, demo_hash
from tests.faults.web import Browser, Gone
from tests.site import demo_document

SESSIONS, SECONDS = 200, 120
RATE = {"sqlite": 25, "postgresql": 40}
"""Requests a second."""
WRITES = 10
"""Each so many requests one saves a text."""
PATHS = ("tasks", "programmes", "programmes/2022", "programmes/2022/text", "programmes/2022/budget")
WRITER = "redaktion"


@dataclass
class Rush:
    """What came back, and after how many milliseconds since the request was due."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    broken: int = 0
    """Answers 5xx, and none at all."""

    def ask(self, browser: Browser, path: str, due: float) -> None:
        """Open a page."""
        self._count(browser.get(path).status, self.reads, due)

    def save(self, browser: Browser, due: float) -> None:
        """Open a text, change it and save it; who comes too late is shown both texts, which is no error."""
        chapter = browser.page("/programmes/2022/text/vorwort/edit")
        where = next(form.action for form in chapter.forms if form.action.endswith("/begin"))
        opened = browser.post(where, chapter.form(where).filled({}))
        form = browser.page(opened.location).form(opened.location.partition("?")[0])
        typed = {"markdown": f"Stand {random.random()}: Die Zahlen werden noch geprüft."}
        self._count(browser.post(form.action, form.filled(typed)).status, self.writes, due)

    def _count(self, status: int, took: list[float], due: float) -> None:
        took.append((time.perf_counter() - due) * 1000)
        self.broken += status >= 500


def figures(kind: str) -> Iterator[Figure]:
    """How long reading takes at its slowest but for the slowest twentieth, and how many requests broke."""
    with fresh_database(kind) as url:
        addresses = _settle(url)
        with site_on(url) as browse, ThreadPoolExecutor(48) as pool:
            browsers = list(pool.map(browse, addresses))
            writers = [b for b, a in zip(browsers, addresses, strict=True) if a.startswith(WRITER)]
            rush, chance = Rush(), random.Random(7)
            began = time.perf_counter()
            for number in range(RATE[kind] * SECONDS):
                due = began + number / RATE[kind]
                time.sleep(max(0.0, due - time.perf_counter()))
                if number % WRITES:
                    pool.submit(_safely, rush, chance.choice(browsers), f"/{chance.choice(PATHS)}", due)
                else:
                    pool.submit(_safely, rush, chance.choice(writers), "", due)
    yield Figure("load_read_p95_ms", round(quantiles(rush.reads, n=20)[-1]), "ms")
    yield Figure("load_write_p99_ms", round(quantiles(rush.writes, n=100)[-1]), "ms")
    yield Figure("load_requests", len(rush.reads) + len(rush.writes), "requests")
    yield Figure("load_5xx", rush.broken, "answers")


def _safely(rush: Rush, browser: Browser, path: str, due: float) -> None:
    try:
        if path:
            rush.ask(browser, path, due)
        else:
            rush.save(browser, due)
    except (Gone, AssertionError, StopIteration):
        rush.broken += 1


def _settle(url: str) -> list[str]:
    """Jobcenters with the programme of a real one, and the addresses of 200 people."""
    engine, addresses, document = database.engine_for(url), list[str](), demo_document("paderborn")
    while len(addresses) < SESSIONS:
        name = f"Jobcenter Messung {len(addresses)}"
        with database.writing(engine) as session:
            head = replace(document.jobcenter, name=name)
            programme = import_document(session, replace(document, jobcenter=head), COMMAND_LINE)
            house = session.get_one(Jobcenter, programme.jobcenter_id)
            people = cast.people(session, house, COMMAND_LINE, demo_hash())
            addresses += [person.email for person in people.values()]
    engine.dispose()
    return addresses[:SESSIONS]
