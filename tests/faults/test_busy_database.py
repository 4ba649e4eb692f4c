"""F10: somebody else writes for twenty seconds: 503 „bitte erneut“ after ten of them, and what was typed is kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from tests.faults.conftest import ON_SQLITE, ready
from tests.faults.deeds import place_in, save
from tests.faults.stage import Stage
from tests.faults.web import running
from tests.site import Templates

pytestmark = ON_SQLITE


def test_a_busy_database_asks_to_send_again_and_keeps_the_text(
    present_sqlite: Templates, tmp_path: Path, amount: Callable[[int, int], int]
) -> None:
    stage = Stage.of(drafting=ready(present_sqlite, "drafting"))
    with running(stage.url, tmp_path) as web, closing(sqlite3.connect(str(make_url(stage.url).database))) as other:
        sent = save(web, place_in(stage.url))
        before = stage.contents()
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()

        refused = sent.send()
        waited = time.monotonic() - began
        reading = sent.browser.get(sent.page)
        time.sleep(max(0, amount(0, 20) - (time.monotonic() - began)))
        other.execute("ROLLBACK")
        left = stage.contents()
        form = next(form for form in refused.page.forms if form.action == sent.action)
        taken = sent.browser.post(form.action, form.filled({}))
        again = sent.send()
        there = stage.contents()
    stage.discard()

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
