"""A step against its own statements: what rights, guards, trail and tasks cost above the bare driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import by_name
from jcflow.cli import walk
from jcflow.cli.tour import Tour, facts_for
from jcflow.decisions.ballots import Choice
from jcflow.process.effects import Facts
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
    most = _on_the_way(kind)
    yield Figure("step_statements_most", most[False], "statements")
    yield Figure("freeze_statements", most[True], "statements")


WAY = ("drafting", "internal_check", "first_reading", "consultation", "disposition", "resolution", "awaiting_record")
"""The states of one programme's way that a person's step leads out of."""


def _on_the_way(kind: str) -> dict[bool, int]:
    """The most statements that a step of one whole way sends, of those that freeze a version and of the others."""
    most = {True: 0, False: 0}
    with fresh_database(kind) as url:
        engine, ledger = database.engine_for(url), Ledger()
        with database.writing(engine) as session:
            people = open_years(session, NAME, 0).people
        ledger.watch(engine)
        for state in WAY:
            with database.writing(engine) as session:
                trigger, freezes, facts = _prepared(session, state, people)
            step(engine, NAME, "2027", trigger, people[walk.TAKEN_BY[trigger]], facts)
            most[freezes] = max(most[freezes], len(ledger.transactions[-1]))
        engine.dispose()
    return most


def _prepared(session: Session, state: str, people: Mapping[str, UUID]) -> tuple[str, bool, Facts]:
    """Do what comes before the step out of a state; its trigger, whether it freezes, and what it is told."""
    database.serve(session, by_name(session, NAME).id)
    programme = by_slug(session, "2027", lock=True)
    at = walk.advance(session, programme, state, people=people, at=steps_of(session, programme)[-1].at)
    tour = Tour(session, programme, people, at, walk.MINUTE, {f"tv{n}": Choice.YES for n in range(1, 7)})
    if state in walk.BEFORE_LEAVING:
        walk.BEFORE_LEAVING[state](tour)
    following = next(s for s in programme.procedure.steps_from(state) if s.trigger in walk.TAKEN_BY)
    target = following.target or next(iter(following.targets.values()))
    return following.trigger, bool(following.freeze), facts_for(tour, following.trigger, target) or Facts()
