"""The suite has teeth: each fault of mutants.yaml, planted into a copy of the checkout, turns its tests red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("jcflow", "templates", "workflows", "migrations", "tests", "pyproject.toml")
LONGEST = 300
"""Seconds a run may take on a busy machine; on a free one it takes some five."""


@dataclass(frozen=True)
class Change:
    """One text in the place of another."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One planted fault, and the tests that must find it."""

    name: str
    says: str
    changes: tuple[Change, ...]
    red: tuple[str, ...]

    def plant(self, folder: Path) -> None:
        """Put the fault into a copy."""
        for change in self.changes:
            file = folder / change.file
            file.write_text(file.read_text(encoding="utf-8").replace(change.old, change.new), encoding="utf-8")


def _read() -> Iterator[Mutant]:
    for entry in yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text(encoding="utf-8")):
        changes = tuple(Change(c["file"], c["old"].rstrip("\n"), c["new"].rstrip("\n")) for c in entry["changes"])
        yield Mutant(entry["name"], entry["says"], changes, tuple(entry["red"]))


MUTANTS = tuple(_read())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Plant two faults in an ordinary run, others each day, and all of them in a long one."""
    if "planted" in metafunc.fixturenames:
        number = len(MUTANTS) if metafunc.config.getoption("--long") else 2
        first = datetime.now(UTC).toordinal() * number % len(MUTANTS)
        metafunc.parametrize("planted", [*MUTANTS, *MUTANTS][first : first + number], ids=lambda mutant: mutant.name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, to be spoiled."""
    unfinished = shutil.ignore_patterns("*.pyc.*")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name, **({"ignore": unfinished} if copy is shutil.copytree else {}))
    return tmp_path


Run = Callable[[Path, tuple[str, ...]], dict[str, str]]


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Runs tests in a copy; test to `green`, `red`, or what kept it from being run."""

    def running(folder: Path, tests: tuple[str, ...]) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environ |= {"PYTHONPATH": str(folder)}
        if any("postgresql" in test or "is_held" in test for test in tests):
            environ["JCFLOW_TEST_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        report = folder / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'tmp'}", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        done = subprocess.run(
            command, cwd=folder, env=environ, timeout=LONGEST, capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 1}, done.stdout[-4000:] + done.stderr[-2000:]
        return {
            f"{c.get('classname')}::{c.get('name')}": _colour(c) for c in ElementTree.parse(report).iter("testcase")
        }

    return running


def _colour(case: ElementTree.Element) -> str:
    """A test that fails in its own words is red; one that could not be set up says nothing about the fault."""
    tags = {child.tag for child in case}
    return "red" if "failure" in tags else next(iter(tags & {"error", "skipped"}), "green")


def test_the_list_holds_the_faults_it_should() -> None:
    assert [mutant.name for mutant in MUTANTS] == [
        *("no row lock", "no version check", "check-then-insert ballot", "trigger dropped", "tenant filter off"),
        *("audit skipped on one verb", "token reusable", "missing version accepted", "deferred BEGIN"),
        *("GET that writes", "result shown early", "electorate not frozen"),
    ]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_list_is_not_stale(mutant: Mutant) -> None:
    for change in mutant.changes:
        found = (ROOT / change.file).read_text(encoding="utf-8").count(change.old)
        assert found == 1, f"mutants.yaml is stale: in {change.file} this stands {found} times: {change.old}"
    for test in mutant.red:
        file, _, name = test.partition("::")
        stands = f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")
        assert stands, f"mutants.yaml is stale: there is no {test}"


def test_a_planted_fault_turns_its_tests_red(
    planted: Mutant, checkout: Path, run: Run, amount: Callable[[int, int], int]
) -> None:
    # An ordinary run has the same tests among its own, without the fault.
    for _ in range(amount(0, 1)):
        assert set(run(checkout, planted.red).values()) == {"green"}
    planted.plant(checkout)

    colours = run(checkout, planted.red)

    assert len(colours) == len(planted.red)
    assert set(colours.values()) == {"red"}, colours
