"""Steps over HTTP by eight clients, signed in, with CSRF and one-time tokens: their pace, and that none goes wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import TypeVar
from uuid import UUID, uuid4

from jcflow import database
from jcflow.accounts.jobcenters import by_name
from jcflow.audit.verify import verify
from jcflow.programmes.programme import all_programmes, steps_of
from tests.bench.ground import Figure, copy_of, draft_years, fresh_database, open_years, site_on, years
from tests.bench.ledger import Ledger, replayed, started
from tests.faults.web import Browser

CLIENTS, EACH = 8, 60
STEPS = 10_000
HOT = "2030"
"""The programme all clients want."""
REASON = "Noch einmal von vorn."
T = TypeVar("T")


def figures(kind: str) -> Iterator[Figure]:
    """The pace of steps over HTTP as a share of the raw driver's, and what goes wrong in 10,000 of them."""
    yield from _pace(kind)
    yield from _errors(kind)


def _name(number: int) -> str:
    return f"Jobcenter Messung {number}"


def _pace(kind: str) -> Iterator[Figure]:
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        directors = dict[str, tuple[UUID, str]]()
        for number in range(CLIENTS):
            with database.writing(engine) as session:
                house = open_years(session, _name(number), EACH)
                directors[_name(number)] = house.people["gf"], f"gf@{house.jobcenter.key}.example"
        engine.dispose()
        with copy_of(url) as second:
            ledgers = [started(second, name, years(EACH), person)[0] for name, (person, _) in directors.items()]
        with copy_of(url) as third:
            raw = _together([lambda ledger=ledger: _replay(third, ledger) for ledger in ledgers])
        with site_on(url) as browse:
            browsers = [browse(address) for _, address in directors.values()]
            http = _together([lambda browser=browser: _start_all(browser) for browser in browsers])
    yield Figure("http_step_vs_raw", round(raw / http, 3), "share")
    yield Figure("http_step_per_s", round(CLIENTS * EACH / http), "1/s")


def _replay(url: str, ledger: Ledger) -> None:
    replayed(url, ledger)


def _start_all(browser: Browser) -> None:
    form = browser.form(f"/programmes/{HOT}/start", f"/programmes/{HOT}/steps/start")
    for slug in years(EACH):
        answer = browser.post(f"/programmes/{slug}/steps/start", form.filled({"form_token": uuid4().hex}))
        assert answer.status == 303, answer.page.words


def _together(jobs: Sequence[Callable[[], None]]) -> float:
    """Let all jobs begin at the same instant; seconds until the last one is done."""
    gate = Barrier(len(jobs) + 1)

    def run(job: Callable[[], None]) -> None:
        gate.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        running_jobs = [pool.submit(run, job) for job in jobs]
        gate.wait()
        began = time.perf_counter()
        for one in running_jobs:
            one.result()
        return time.perf_counter() - began


def _errors(kind: str) -> Iterator[Figure]:
    """Half of the steps are aimed at one programme; a step that comes too late gets 409, which is no error."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            key, own = draft_years(session, _name(0), CLIENTS + 1), years(CLIENTS + 1)[1:]
        engine.dispose()
        with site_on(url) as browse:
            walkers = [_Walker(browse(f"gf@{key}.example"), slug) for slug in own]
            took = _together([lambda walker=walker: walker.walk(STEPS // CLIENTS) for walker in walkers])
        answered = sum((walker.answers for walker in walkers), Counter[tuple[str, int]]())
        wrong = sum(number for (_, status), number in answered.items() if status not in {303, 409})
        wrong += sum(number for (slug, status), number in answered.items() if status == 409 and slug != HOT)
        wrong += _unsound(url, answered)
    yield Figure("http_step_errors", wrong, "errors")
    yield Figure("http_steps_taken", sum(n for (_, status), n in answered.items() if status == 303), "steps")
    yield Figure("http_mixed_steps_per_s", round(STEPS / took), "1/s")


class _Walker:
    """One client: takes turns between its own programme and the one everybody wants."""

    def __init__(self, browser: Browser, slug: str) -> None:
        self.browser, self.slug = browser, slug
        self.answers = Counter[tuple[str, int]]()
        self.expected = dict.fromkeys((slug, HOT), "submit")

    def walk(self, steps: int) -> None:
        """Try so many steps."""
        for number in range(steps):
            slug = HOT if number % 2 else self.slug
            self.answers[slug, self._step(slug)] += 1

    def _step(self, slug: str) -> int:
        """Open the page of the step that should be possible now, and take it; returns the answer's status."""
        trigger = self.expected[slug]
        page = self.browser.get(f"/programmes/{slug}/{trigger}")
        if page.status == 200:
            form = page.page.form(f"/programmes/{slug}/steps/{trigger}")
            answer = self.browser.post(form.action, form.filled({"reason": REASON} if trigger == "return" else {}))
            status = answer.status
        else:
            status = page.status
        if status in {303, 409}:
            self.expected[slug] = "return" if trigger == "submit" else "submit"
        return status


def _unsound(url: str, answered: Counter[tuple[str, int]]) -> int:
    """Broken chains, gaps in a path, and acknowledged steps that are not there or were not acknowledged."""
    engine = database.engine_for(url)
    with database.reading(engine) as session:
        wrong = len(verify(session).findings)
        database.serve(session, by_name(session, _name(0)).id)
        for programme in all_programmes(session):
            path = steps_of(session, programme)
            wrong += sum(one.target != other.source for one, other in pairwise(path))
            wrong += [step.ordinal for step in path] != list(range(1, len(path) + 1))
            wrong += len(path) - 1 != answered[programme.slug, 303]
    engine.dispose()
    return wrong
