"""F10: somebody else writes for twenty seconds: 503 „bitte erneut“ after ten of them, and what was typed is kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tests.faults.conftest import KINDS, ready
from tests.faults.deeds import place_in, save
from tests.faults.stage import Stage
from tests.faults.web import running

TWELVE = 12
"""People who save at once: more than the site has ever had threads for."""


@contextmanager
def held(url: str) -> Iterator[None]:
    """Somebody else has begun to write and does not come to an end."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database))) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    with create_engine(url, poolclass=NullPool).connect() as other:
        other.execute(text("SELECT id FROM programme FOR UPDATE"))
        yield
        other.rollback()


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A draft that lacks nothing."""
    made = Stage.of(drafting=ready(request.getfixturevalue(f"present_{request.param}"), "drafting"))
    yield made
    made.discard()


def test_a_busy_database_asks_to_send_again_and_keeps_the_text(
    stage: Stage, tmp_path: Path, amount: Callable[[int, int], int]
) -> None:
    with running(stage.url, tmp_path) as web:
        sent = save(web, place_in(stage.url))
        before = stage.contents()
        with held(stage.url):
            began = time.monotonic()
            refused = sent.send()
            waited = time.monotonic() - began
            reading = sent.browser.get(sent.page)
            time.sleep(max(0, amount(0, 20) - (time.monotonic() - began)))
        left = stage.contents()
        form = next(form for form in refused.page.forms if form.action == sent.action)
        taken = sent.browser.post(form.action, form.filled({}))
        again = sent.send()
        there = stage.contents()

    assert refused.status == 503
    assert 9 < waited < 15
    assert "erneut" in refused.page.h1
    assert refused.headers["retry-after"] == "5"
    assert sent.data["markdown"] in refused.page.words
    assert reading.status == 200
    assert left == before
    assert (taken.status, taken.location) == (again.status, again.location)
    assert taken.status == 303
    assert there["form_token"][0] == before["form_token"][0] + 1
    assert "locked" not in refused.text
    assert "Traceback" not in web.log


def test_who_reads_does_not_wait_for_those_who_wait_to_write(stage: Stage, tmp_path: Path) -> None:
    with running(stage.url, tmp_path) as web, ThreadPoolExecutor(TWELVE) as pool:
        sent = [save(web, place_in(stage.url)) for _ in range(TWELVE)]
        with held(stage.url):
            waiting = [pool.submit(one.send) for one in sent]
            readers = [sent[0].browser.get(sent[0].page).status for _ in range(8)]
            still = sum(not one.done() for one in waiting)
            refused = [one.result().status for one in waiting]

    assert readers == [200] * 8
    assert still == TWELVE
    assert refused == [503] * TWELVE
