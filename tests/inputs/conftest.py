"""Surveyed stages, each found once per run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import time_machine

from tests.inputs.field import LATER, Field
from tests.inputs.stages import STAGES, Ground, survey, transfer
from tests.site import NOW, Site


@pytest.fixture(scope="session")
def _surveyed() -> dict[tuple[str, str], Ground]:
    return {}


@pytest.fixture
def ground_of(
    new_site: Callable[..., Site],
    new_database: Callable[[str], str],
    _surveyed: dict[tuple[str, str], Ground],
) -> Callable[[str, str], Ground]:
    """`ground_of("drafting", "sqlite" | "postgresql")`: the forms and pages of a stage, the same on both databases."""

    def find(name: str, kind: str) -> Ground:
        if (name, kind) not in _surveyed and kind == "sqlite":
            stage = next(stage for stage in STAGES if stage.name == name)
            surveyed = survey(stage, stage.settle(new_site(kind)))
            _surveyed[name, kind] = transfer(surveyed, new_database(kind))
        elif (name, kind) not in _surveyed:
            _surveyed[name, kind] = transfer(find(name, "sqlite"), new_database(kind))
        return _surveyed[name, kind]

    return find


@pytest.fixture
def field_of(
    ground_of: Callable[[str, str], Ground], new_site: Callable[..., Site]
) -> Iterator[Callable[[str, str], Field]]:
    """The same as `ground_of`, as a site of the test's own, a little after it was surveyed: see `LATER`."""
    with ExitStack() as ends:

        def make(name: str, kind: str) -> Field:
            ground = ground_of(name, kind)
            ends.enter_context(time_machine.travel(NOW + LATER, tick=True))
            made = Field(ground, str(new_site("sqlite").compiled))
            ends.callback(made.close)
            return made

        yield make
