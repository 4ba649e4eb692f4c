"""F25: `jcflow db upgrade` is killed at any step: nothing of it is there, or all of it, and it runs again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect, make_url, text

from jcflow.database import Base
from tests.databases import discard
from tests.faults.conftest import KINDS
from tests.faults.stage import engine_on, on_server
from tests.faults.strace import Call, check_strace, killed_at, recorded, spread
from tests.faults.web import ROOT
from tests.site import SECRET

WRITING = frozenset({"pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "sendto", "recvfrom"})
SCHEMA = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master",),
    "postgresql": (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ),
}
"""What shows every table, column, key, index, trigger and function."""


def schema_of(url: str) -> list[list[str]]:
    """All of a database's schema, in an order of its own."""
    with engine_on(url) as engine, engine.connect() as connection:
        questions = SCHEMA[engine.dialect.name]
        return [sorted(repr(tuple(row)) for row in connection.execute(text(question))) for question in questions]


def tables_of(url: str) -> set[str]:
    with engine_on(url) as engine:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}


class Upgrades:
    """A process that begets upgrades."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, url: str) -> int:
        """The id of a stopped process that is about to upgrade the database."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{url}\n")
        self._process.stdin.flush()
        return int(self._line())

    def go_on(self, pid: int) -> int:
        """Let it go on; its exit code, or the signal that ended it with a minus sign."""
        os.kill(pid, signal.SIGCONT)
        return int(self._line())

    def run(self, url: str) -> int:
        """All of it."""
        return self.go_on(self.begin(url))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


class Died(Exception):
    """The upgrade did not come to its end."""


@pytest.fixture(scope="module")
def upgrades(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrades]:
    """Upgrades without waiting for Python each time."""
    check_strace()
    script = Path(__file__).with_name("upgrades.py")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "JCFLOW_SECRET_KEY": SECRET}
    with (tmp_path_factory.mktemp("upgrades") / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, script],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        yield Upgrades(process)


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a migrated database; the test runs once on each kind."""
    url = request.getfixturevalue(f"new_{request.param}")()
    yield url
    discard(url)


def empty_beside(url: str) -> str:
    """Address of a new database without anything."""
    address, name = make_url(url), f"jcflow_empty_{uuid4().hex[:16]}"
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "").with_name(f"{name}.sqlite3")
        path.touch()
        return f"sqlite:///{path}"
    on_server(url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return address.set(database=name).render_as_string(hide_password=False)


def steps_of_an_upgrade(upgrades: Upgrades, url: str, report: Path) -> list[Call]:
    """The calls of an upgrade that change something outside of it."""
    pid = upgrades.begin(url)
    with recorded(pid, report) as calls:
        assert upgrades.go_on(pid) == 0
    return [call for call in calls if call.name in WRITING]


def killed(upgrades: Upgrades, url: str, call: Call) -> bool:
    """Kill an upgrade of the database at this call; whether it died of it."""
    pid = upgrades.begin(url)
    with suppress(Died), killed_at(pid, call):
        if upgrades.go_on(pid) == -signal.SIGKILL:
            raise Died
        return False
    return True


def test_an_upgrade_that_was_killed_runs_again(
    upgrades: Upgrades, migrated: str, tmp_path: Path, amount: Callable[[int, int], int]
) -> None:
    wanted, points, dead = schema_of(migrated), amount(4, 100), 0
    first = empty_beside(migrated)
    steps = steps_of_an_upgrade(upgrades, first, tmp_path / "calls")
    assert schema_of(first) == wanted
    discard(first)

    for call in spread(steps, points):
        url = empty_beside(migrated)
        dead += killed(upgrades, url, call)
        left = tables_of(url)
        code = upgrades.run(url)

        assert left in (set(), set(Base.metadata.tables)), f"half of it is there, killed at {call}"
        assert code == 0, call
        assert schema_of(url) == wanted, call
        discard(url)

    assert dead >= points * 3 // 4, (dead, points)
