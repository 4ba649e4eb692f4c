"""A step against its own statements: what rights, guards, trail and tasks cost above the bare driver."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from jcflow import database
from jcflow.accounts.jobcenters import by_name
from jcflow.cli import walk
from jcflow.cli.tour import Tour, answer_board
from jcflow.programmes.programme import by_slug, steps_of
from tests.bench.ground import Figure, copy_of, fresh_database, open_years, years
from tests.bench.ledger import Ledger, replayed, started, step

STEPS, WARM_UP = 400, 50
NAME = "Jobcenter Messung"


def figures(kind: str) -> Iterator[Figure]:
    """Share of the raw driver's pace, and how many statements a step sends."""
    with fresh_database(kind) as url:
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            director = open_years(session, NAME, STEPS + WARM_UP).people["gf"]
        engine.dispose()
        with copy_of(url) as second:
            ledger, took = started(url, NAME, years(STEPS + WARM_UP), director)
            raw = replayed(second, ledger)
    ours, bare = median(took[WARM_UP:]), median(raw[WARM_UP:])
    yield Figure("step_vs_raw", round(bare / ours, 3), "share")
    yield Figure("step_per_s", round(1 / ours), "1/s")
    yield Figure("step_statements", max(map(len, ledger.transactions)), "statements")
    yield Figure("freeze_statements", max(_freezing(kind)), "statements")


FREEZING = {"drafting": ("submit", "gf"), "first_reading": ("refer", "tv1"), "disposition": ("dispose", "gf")}
"""State to the step that freezes a version there, and who takes it."""


def _freezing(kind: str) -> Iterator[int]:
    """How many statements each step sends that freezes a version, on the way of one programme."""
    with fresh_database(kind) as url:
        engine, ledger = database.engine_for(url), Ledger()
        with database.writing(engine) as session:
            people = open_years(session, NAME, 0).people
        ledger.watch(engine)
        for state, (trigger, account) in FREEZING.items():
            with database.writing(engine) as session:
                database.serve(session, by_name(session, NAME).id)
                programme = by_slug(session, "2027", lock=True)
                last = steps_of(session, programme)[-1].at
                at = walk.advance(session, programme, state, people=people, at=last)
                if state == "disposition":
                    answer_board(Tour(session, programme, people, at, walk.MINUTE, {}))
            step(engine, NAME, "2027", trigger, people[account])
            yield len(ledger.transactions[-1])
        engine.dispose()
