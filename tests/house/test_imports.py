"""Imports go one way through the house; the contracts stand in `pyproject.toml`."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_contract_of_the_house_is_kept():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_everything_below_pages_worker_and_command_line_is_kept_free_of_flask():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    watched = next(contract["source_modules"] for contract in linter["contracts"] if contract["id"] == "no-flask")
    modules = {path.stem for path in (ROOT / "jcflow").glob("[a-z]*.py")}
    packages = {path.parent.name for path in (ROOT / "jcflow").glob("*/__init__.py")}

    above = {"jcflow.web", "jcflow.cli", "jcflow.worker"}
    assert set(watched) == {f"jcflow.{name}" for name in modules | packages} - above
