"""The running site of the tests that need one; tests/site.py says how to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine

from jcflow.config import Settings
from tests.databases import KINDS
from tests.site import NOW, SECRET, Site, Templates


@pytest.fixture(scope="session")
def sqlite_templates(new_sqlite: Callable[[], str]) -> Templates:
    """Databases in every wanted state to copy from."""
    return Templates(new_sqlite)


@pytest.fixture(scope="session")
def postgresql_templates(new_postgresql: Callable[[], str]) -> Iterator[Templates]:
    """Databases in every wanted state to copy from."""
    templates = Templates(new_postgresql)
    yield templates
    templates.discard()


@pytest.fixture(scope="session")
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def new_site(request: pytest.FixtureRequest, _compiled: Path) -> Iterator[Callable[..., Site]]:
    """`new_site(kind="sqlite", base_url=…, demo=False)` for tests that need a site with other settings."""
    made: list[Site] = []

    def make(kind: str = "sqlite", base_url: str = "http://localhost", *, demo: bool = True) -> Site:
        templates: Templates = request.getfixturevalue(f"{kind}_templates")
        made.append(Site(templates, _compiled, Settings("", SECRET, base_url, 8000, demo=demo)))
        return made[-1]

    with time_machine.travel(NOW, tick=True):
        yield make
    for one in made:
        one.close()


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, new_site: Callable[..., Site]) -> Site:
    """The demo's houses on a database of the test's own; the test runs once on each kind."""
    return new_site(request.param)


@pytest.fixture
def sqlite_site(new_site: Callable[..., Site]) -> Site:
    """The same, only on SQLite."""
    return new_site("sqlite")
