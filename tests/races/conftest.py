"""The track on which races start, and how many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine

from tests.races.soundness import check_sound
from tests.races.starting import HOUSES, Stages, Track
from tests.site import NOW

KINDS = [
    pytest.param("sqlite", marks=pytest.mark.xdist_group("races on sqlite")),
    pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("races on postgresql")]),
]
"""One worker for each: the databases to start from are then made once."""

Races = Callable[..., Iterator[int]]


@pytest.fixture(scope="session")
def sqlite_stages(new_sqlite: Callable[[], str]) -> Iterator[Stages]:
    """Databases in every state to copy from."""
    stages = Stages(new_sqlite)
    yield stages
    stages.discard()


@pytest.fixture(scope="session")
def postgresql_stages(new_postgresql: Callable[[], str]) -> Iterator[Stages]:
    """Databases in every state to copy from."""
    stages = Stages(new_postgresql)
    yield stages
    stages.discard()


@pytest.fixture(params=KINDS)
def track(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A track on each kind of database."""
    with time_machine.travel(NOW, tick=True):
        one = Track(request.getfixturevalue(f"{request.param}_stages"))
        yield one
        one.close()


@pytest.fixture
def races(amount: Callable[[int, int], int]) -> Races:
    """`races(track, state)` yields 50 times, with `--long` 500 times; each a race to run. See starting.py."""

    def run(track: Track, state: str, *, in_place: bool = False, sample: int = 50) -> Iterator[int]:
        for number in range(amount(sample, 500)):
            turn = 0 if in_place else number % len(HOUSES)
            if number == 0 or (turn == 0 and not in_place):
                if number:
                    check_sound(track.engine)
                track.stand_at(state)
            track.house = HOUSES[turn]
            yield number
        check_sound(track.engine)

    return run
