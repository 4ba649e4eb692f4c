"""Whatever people try, in any order, on both databases: the house is always as the model says it must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import SystemRandom

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import KINDS, discard
from tests.model import fresh, law
from tests.model.machine import Model
from tests.model.stable import Stable
from tests.model.starts import Start, starts_of

SAMPLE = 2027
"""Seed of the sample, so that each run tries the same; the long run draws its own and prints it."""

SAID_AGAIN = {"opine again", "vote again", "take opinion back", "unpublish", "seat begins", "seat ends", "edit line"}
STALE = {f"{what}: Stale" for what in ("edit text", "edit line", "vote", "opine", "seat ends", "dispose", "conclude")}


@pytest.fixture(scope="module", params=KINDS)
def stable(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[tuple[Stable, list[Start]]]:
    """Databases at each state of the year, with what the model knows of them."""
    url = new_database(request.param)
    with starts_of(url) as made:
        yield made
    discard(url)


def test_nothing_that_people_try_leaves_the_house_other_than_it_must_be(
    stable: tuple[Stable, list[Start]], amount: Callable[[int, int], int]
) -> None:
    taken, refused = Counter[str](), Counter[str]()
    known = {"stable": stable[0], "starts": stable[1], "taken": taken, "refused": refused}
    machine = type("ModelOnThisDatabase", (Model,), known)
    number = amount(SAMPLE, SystemRandom().randrange(2**32))
    print(f"\nseed {number}")

    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=amount(100, 2_000),
            stateful_step_count=amount(30, 60),
            backend=fresh.NAME,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )

    print(f"taken: {dict(sorted(taken.items()))}\nrefused: {dict(sorted(refused.items()))}")
    assert law.TRIGGERS["gE"] | law.TRIGGERS["zkT"] | SAID_AGAIN <= set(taken)
    assert set(refused) >= STALE
