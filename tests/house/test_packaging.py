"""A wheel, installed alone in an empty environment, is the whole product."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.servers import free_port

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
KEY = "nur-fuer-diesen-test-" + "x" * 20

pytestmark = pytest.mark.xdist_group("packaging")


def run(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program knowing nothing of the checkout but what `environ` says."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("JCFLOW_", "PYTHON", "VIRTUAL"))}
    return subprocess.run(
        words, cwd=cwd, env={**known, **environ}, capture_output=True, encoding="utf-8", check=False, timeout=300
    )


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, cwd=source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    built = build(ROOT, target)
    assert built.returncode == 0, built.stderr
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel and what it requires, in the versions of the lock."""
    home = tmp_path_factory.mktemp("empty")
    python = home / "bin" / "python"
    for words in (
        [UV, "venv", "--quiet", "--python", sys.executable, "--clear", home],
        [UV, "pip", "install", "--quiet", "--python", python, "-c", ROOT / "requirements.lock", wheel],
    ):
        done = run(*words, cwd=home)
        assert done.returncode == 0, done.stderr
    return home / "bin"


@contextmanager
def serving(programs: Path, folder: Path) -> Iterator[str]:
    """Migrate a new SQLite database and serve it; yields the address once it answers."""
    port = free_port()
    environ = {"JCFLOW_SECRET_KEY": KEY, "JCFLOW_PORT": str(port)}
    upgraded = run(programs / "jcflow", "db", "upgrade", cwd=folder, **environ)
    assert upgraded.returncode == 0, upgraded.stderr
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "jcflow", "serve"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environ},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/login", server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            urlopen(url, timeout=10).close()
        except URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} does not answer:\n{log.read_text(errors='replace')}")


def fetch(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def test_the_wheel_holds_the_folders_and_the_assets_with_their_licences(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    for name in (
        "jcflow/templates/base.html",
        "jcflow/workflows/budget-amendment.yaml",
        "jcflow/workflows/ge-programme.yaml",
        "jcflow/workflows/zkt-programme.yaml",
        "jcflow/migrations/env.py",
        "jcflow/static/jc.css",
        "jcflow/static/vendor/kern/kern.min.css",
        "jcflow/static/vendor/kern/LICENSE.md",
        "jcflow/static/vendor/fonts/FiraSans-Regular-sub.woff2",
        "jcflow/static/vendor/fonts/OFL.txt",
    ):
        assert name in names
    assert {name.split("/")[0] for name in names} == {"jcflow", "jcflow-0.1.0.dist-info"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_wheel_names_its_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read("jcflow-0.1.0.dist-info/METADATA").decode()

    assert "License-Expression: EUPL-1.2" in metadata


def test_no_wheel_is_built_without_the_assets(tmp_path):
    for name in ("pyproject.toml", "README.md", ".ci/hatch_build.py", "jcflow/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)

    built = build(tmp_path, tmp_path / "dist")

    assert built.returncode != 0
    assert "make assets" in built.stderr


def test_the_installed_command_explains_itself(programs, tmp_path):
    shown = run(programs / "jcflow", "--help", cwd=tmp_path)

    assert shown.returncode == 0, shown.stderr
    assert "serve" in shown.stdout


def test_the_installed_doctor_finds_everything(programs, tmp_path):
    run(programs / "jcflow", "db", "upgrade", cwd=tmp_path, JCFLOW_SECRET_KEY=KEY)

    seen = run(programs / "jcflow", "doctor", cwd=tmp_path, JCFLOW_SECRET_KEY=KEY)

    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert str(tmp_path / "var" / "jcflow.sqlite3") in seen.stdout


def test_the_installed_site_serves_its_pages_and_their_style(programs, tmp_path):
    with serving(programs, tmp_path) as address:
        page = fetch(f"{address}/login").decode()
        style = re.search(r'href="([^"]*kern\.min\.css[^"]*)"', page)

        assert "<h1" in page
        assert style
        assert len(fetch(address + style[1])) > 300_000


def test_without_a_key_the_installed_command_ends_with_78(programs, tmp_path):
    ended = run(programs / "jcflow", "serve", cwd=tmp_path)

    assert ended.returncode == 78
    assert ended.stderr.startswith("JCFLOW_SECRET_KEY fehlt.")
