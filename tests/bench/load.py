"""A working day's rush: 200 people signed in, a steady stream of pages and saved texts, for two minutes."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
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
BODIES = ("tv", "beirat")
"""How the accounts of members begin to whom nothing was put yet: the draft's pages are not there for them."""
FOR_BODIES, FOR_ADMIN = PATHS[:3], PATHS[:1]
WRITER = "redaktion"


@dataclass
class Rush:
    """What came back, and after how many milliseconds since the request was due."""

    reads: list[float] = field(default_factory=list)
    """Of pages that were there: 200, nothing else."""
    writes: list[float] = field(default_factory=list)
    """Of texts that were saved, or came too late."""
    broken: int = 0
    """Answers 5xx, and none at all."""
    unexpected: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Path and status of all other answers: whoever asks here may, and what is asked for is there."""

    def ask(self, browser: Browser, path: str, due: float) -> None:
        """Open a page."""
        self._count(path, browser.get(path).status, {200}, self.reads, due)

    def save(self, browser: Browser, due: float) -> None:
        """Open a text, change it and save it; who comes too late is shown both texts, which is no error."""
        chapter = browser.page("/programmes/2022/text/vorwort/edit")
        where = next(form.action for form in chapter.forms if form.action.endswith("/begin"))
        opened = browser.post(where, chapter.form(where).filled({}))
        form = browser.page(opened.location).form(opened.location.partition("?")[0])
        typed = {"markdown": f"Stand {random.random()}: Die Zahlen werden noch geprüft."}
        status = browser.post(form.action, form.filled(typed)).status
        self._count(form.action, status, {303, 409}, self.writes, due)

    def _count(self, path: str, status: int, expected: set[int], took: list[float], due: float) -> None:
        if status in expected:
            took.append((time.perf_counter() - due) * 1000)
        elif status >= 500:
            self.broken += 1
        else:
            self.unexpected[path, status] += 1


def figures(kind: str) -> Iterator[Figure]:
    """How long reading takes at its slowest but for the slowest twentieth, and how many requests broke."""
    with fresh_database(kind) as url:
        addresses = _settle(url)
        with site_on(url) as browse, ThreadPoolExecutor(48) as pool:
            browsers = list(pool.map(browse, addresses))
            people = list(zip(browsers, map(_paths, addresses), strict=True))
            writers = [b for b, a in zip(browsers, addresses, strict=True) if a.startswith(WRITER)]
            rush, chance = Rush(), random.Random(7)
            began = time.perf_counter()
            for number in range(RATE[kind] * SECONDS):
                due = began + number / RATE[kind]
                time.sleep(max(0.0, due - time.perf_counter()))
                if number % WRITES:
                    browser, paths = chance.choice(people)
                    pool.submit(_safely, rush, browser, f"/{chance.choice(paths)}", due)
                else:
                    pool.submit(_safely, rush, chance.choice(writers), "", due)
    yield Figure("load_read_p95_ms", round(quantiles(rush.reads, n=20)[-1]), "ms")
    yield Figure("load_write_p99_ms", round(quantiles(rush.writes, n=100)[-1]), "ms")
    yield Figure("load_requests", len(rush.reads) + len(rush.writes), "requests")
    yield Figure("load_5xx", rush.broken, "answers")
    yield Figure("load_unexpected", rush.unexpected.total(), "answers")
    if rush.unexpected:
        print(f"unexpected answers: {rush.unexpected.most_common(5)}", file=sys.stderr)


def _paths(address: str) -> tuple[str, ...]:
    """What somebody opens: pages that are there for the role."""
    if address.startswith("admin"):
        return FOR_ADMIN
    return FOR_BODIES if address.startswith(BODIES) else PATHS


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
