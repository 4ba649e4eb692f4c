"""What comparing costs: its page beside the page of the text it compares, and ten thousand words rewritten."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

from sqlalchemy import select

from jcflow import clock, database
from jcflow.accounts.jobcenters import by_name
from jcflow.audit.trail import Deed, record
from jcflow.config import Settings
from jcflow.programmes.chapters import Block
from jcflow.programmes.comparing.documents import compare
from jcflow.programmes.exchange.document import Chapter, TextBlock
from jcflow.programmes.kinds import BlockKind
from jcflow.web import create_app
from jcflow.web.database import db
from tests.bench.ground import Figure, fresh_database
from tests.site import SECRET, Client, bring, demo_document, settle

WORDS, REWRITTEN = 10_000, (0.1, 0.3, 0.5, 1.0)
"""Words of the long text, and the shares of them that are others later."""
KEPT = 1_000
"""Words at the beginning that keep their order where the others are shuffled."""
EVERY = 10
"""Of the words of the programme that is compared one in so many is another one."""
ROUNDS, WARM_UP = 20, 3


def figures(kind: str) -> Iterator[Figure]:
    """All figures of this module; the long text is compared without a database."""
    with fresh_database(kind) as url:
        settle(url)
        bring(url, "paderborn", "disposition")
        _rewrite(url)
        yield Figure("compare_page_vs_programme_page", round(_page_over_page(url), 2), "ratio")
    yield Figure("compare_10k_words_s", round(max(_long_text(*both) for both in _long_texts()), 2), "s")


def _page_over_page(url: str) -> float:
    """How much longer than the text itself the last version beside the working draft takes, every text changed."""
    app = create_app(Settings(url, SECRET, "http://localhost", 8000, demo=True))
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    assert client.sign_in("gf@paderborn.example").status_code == 303
    programme = next(link for link in client.page("/programmes").links if link.startswith("/programmes/2"))
    found = client.page(f"{programme}/compare")
    assert len([link for link in found.links if link.startswith("#k")]) > 20, found.words
    took: tuple[list[float], list[float]] = [], []
    for _ in range(WARM_UP + ROUNDS):
        for times, page in zip(took, ("text", "compare"), strict=True):
            times.append(_seconds(lambda page=page: client.text(f"{programme}/{page}")))
    with app.app_context():
        db.engine.dispose()
    return median(took[1][WARM_UP:]) / median(took[0][WARM_UP:])


def _rewrite(url: str) -> None:
    """Give every text of Paderborn's programme other words."""
    engine = database.engine_for(url)
    with database.writing(engine) as session:
        house = by_name(session, "paderborn")
        database.serve(session, house.id)
        deed = Deed(None, "command_line", clock.now())
        for block in session.scalars(select(Block).where(Block.kind == BlockKind.TEXT, Block.removed.is_(False))):
            words = str(block.content["markdown"]).split(" ")
            later = " ".join(f"{word}s" if n % EVERY == 0 else word for n, word in enumerate(words, 1))
            record(session, block, deed, content={"markdown": f"{later} Dazu."})
    engine.dispose()


def _long_texts() -> Iterator[tuple[list[str], list[str]]]:
    """A text of so many words and what became of it: a share of them rewritten, or most of them in another order."""
    made = random.Random(WORDS)
    known = [f"wort{number}" for number in range(WORDS // 4)]
    old = made.choices(known, k=WORDS)
    for share in REWRITTEN:
        yield old, [made.choice(known) if made.random() < share else word for word in old]
    yield old, [*old[:KEPT], *made.sample(old[KEPT:], WORDS - KEPT)]


def _long_text(old: list[str], new: list[str]) -> float:
    """Seconds for one paragraph."""
    sides = [
        replace(demo_document("paderborn"), chapters=(Chapter("a", "A", blocks=(TextBlock(" ".join(words)),)),))
        for words in (old, new)
    ]
    return _seconds(lambda: compare(*sides))


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
