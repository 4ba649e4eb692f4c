"""Databases of the demo's houses that live in the present, as the web processes beside the tests do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.stage import Stage, make_ready
from tests.faults.strace import check_strace
from tests.faults.web import ONE_PROCESS, Web, running
from tests.site import Templates

ON_SQLITE = pytest.mark.xdist_group("faults-sqlite")
ON_POSTGRESQL = pytest.mark.xdist_group("faults-postgresql")
KINDS = [
    pytest.param("sqlite", marks=ON_SQLITE),
    pytest.param("postgresql", marks=[pytest.mark.postgres, ON_POSTGRESQL]),
]
"""Both kinds of database, the tests of each in one process: what they stand on is made once."""


@pytest.fixture(scope="session")
def present_sqlite(new_sqlite: Callable[[], str]) -> Templates:
    """Databases in every wanted state to copy from."""
    return Templates(new_sqlite)


@pytest.fixture(scope="session")
def present_postgresql(new_postgresql: Callable[[], str]) -> Iterator[Templates]:
    """Databases in every wanted state to copy from."""
    templates = Templates(new_postgresql)
    yield templates
    templates.discard()


def ready(templates: Templates, state: str) -> str:
    """Address of a database in which Paderborn's programme lacks nothing for its next step; the caller discards it."""
    url = templates.copy("paderborn", state)
    make_ready(url, state)
    return url


@pytest.fixture(scope="session", params=KINDS)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Web]]:
    """A stage with the states `drafting` and `resolution`, and a site of one process on it that strace may watch."""
    check_strace()
    templates = request.getfixturevalue(f"present_{request.param}")
    stage = Stage.of(**{state: ready(templates, state) for state in ("drafting", "resolution")})
    with running(stage.url, tmp_path_factory.mktemp("web"), ONE_PROCESS) as web:
        yield stage, web
    stage.discard()
