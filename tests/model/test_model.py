"""Whatever people try, in any order, on both databases: the house is always as the model says it must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import KINDS, discard
from tests.model import law
from tests.model.machine import Model
from tests.model.starts import Stable, Start, starts_of

Amount = Callable[[int, int], int]


@pytest.fixture(scope="module", params=KINDS)
def starts(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[tuple[Stable, list[Start]]]:
    """Databases at each state of the year, with what the model knows of them."""
    url = new_database(request.param)
    with starts_of(url) as made:
        yield made
    discard(url)


def test_nothing_that_people_try_leaves_the_house_other_than_it_must_be(
    starts: tuple[Stable, list[Start]], amount: Amount, request: pytest.FixtureRequest
) -> None:
    taken, refused = Counter[str](), Counter[str]()
    known = {"stable": starts[0], "starts": starts[1], "taken": taken, "refused": refused}
    machine = type("ModelOnThisDatabase", (Model,), known)
    is_long = amount(0, 1) == 1

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=amount(200, 2_000),
            stateful_step_count=amount(30, 60),
            derandomize=not is_long,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
            if is_long
            else (Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )

    assert set(taken) >= law.TRIGGERS["gE"] | law.TRIGGERS["zkT"]
    print(sorted(taken.items()), sorted(refused.items()))
