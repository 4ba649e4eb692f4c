"""What no committed file may hold, and how none may be called."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    "jcflow",
    "workflows",
    "templates",
    "migrations",
    "tests",
    ".ci",
    "wsgi.py",
    "pyproject.toml",
    "requirements.lock",
    "package.json",
    "package-lock.json",
    "README.md",
    ".readme",
    "Makefile",
    ".gitignore",
    ".npmrc",
}
EMPTY_NAMES = {"utils", "helpers", "common", "manager", "service", "handler", "base", "misc", "core"}
# Put together here, so that this file does not hold what it looks for.
HOME = re.compile("/(?:" + "|".join(["root", "home", "Users"]) + r")/\w")


def committed() -> list[Path]:
    """Files of the checkout that are committed or would be."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    return [Path(name) for name in listed if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", ["requirements.lock", "package-lock.json"])
def test_a_lock_file_names_no_download_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert '"resolved"' not in text
    assert "index-url" not in text


def test_every_locked_python_package_has_a_version_and_hashes():
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())

    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_locked_npm_package_has_a_checksum_and_an_exact_version():
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for place, package in locked.items() if place)


def test_every_package_asked_for_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["postgres"]]
    for group in project["dependency-groups"].values():
        asked += group
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M))

    assert {re.split(r"[\[<>=~! ]", line)[0] for line in asked} <= locked


def test_no_file_names_a_path_of_one_machine():
    found = []
    for path in committed():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path}: {hit}" for hit in HOME.findall(text)]

    assert found == []


def test_nothing_fetched_or_built_is_committed():
    built = re.compile(r"(^|/)(node_modules|vendor|\.assets|\.venv|var)/|\.(pyc|whl|woff2|min\.js|min\.css|sqlite3)$")

    assert [str(path) for path in committed() if built.search(path.as_posix())] == []


def test_only_the_known_rooms_stand_at_the_top():
    assert {path.parts[0] for path in committed()} <= TOP_LEVEL


def test_no_module_has_an_empty_name():
    modules = [path for path in committed() if path.suffix == ".py" and path.parts[0] == "jcflow"]

    assert modules
    assert [str(path) for path in modules if EMPTY_NAMES & {*path.parts, path.stem}] == []
