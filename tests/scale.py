"""How much of the long tests a run does: a sample, or all of it with `--long`."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption("--long", action="store_true", help="run the long tests in full, not a sample of them")


@pytest.fixture(scope="session")
def amount(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """`amount(50, 500)` is 50 in an ordinary run and 500 in a long one."""
    is_long = bool(request.config.getoption("--long"))
    return lambda sample, everything: everything if is_long else sample
