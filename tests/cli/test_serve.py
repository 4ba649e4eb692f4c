"""`serve` and `demo`: the site answers until it is told to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.servers import free_port

ENTRY = "from jcflow.cli.main import main; main(prog_name='jcflow')"
ROOT = Path(__file__).parents[2]
KEY = "nur-fuer-diesen-test-" + "x" * 20


@contextmanager
def started(folder: Path, *words: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own, and end it the way Ctrl+C does."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("JCFLOW_")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", ENTRY, *words],
            cwd=folder,
            env={**known, "PYTHONPATH": str(ROOT), **environ},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def page_of(url: str, process: subprocess.Popen[str], log: Path) -> str:
    """The page at an address, once the site answers."""
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    pytest.fail(f"{url} does not answer:\n{log.read_text()}")


def test_an_upgraded_database_is_served_until_told_to_end(tmp_path):
    port = str(free_port())
    environ = {"JCFLOW_SECRET_KEY": KEY, "JCFLOW_PORT": port}
    with started(tmp_path, "db", "upgrade", **environ) as upgrading:
        upgrading.wait(60)

    with started(tmp_path, "serve", **environ) as process:
        page = page_of(f"http://127.0.0.1:{port}/login", process, tmp_path / "log")

    assert "<h1" in page
    assert process.returncode == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "var"]


def test_the_demo_runs_from_nothing_and_lists_its_accounts(tmp_path):
    port = str(free_port())

    with started(tmp_path, "demo", JCFLOW_PORT=port) as process:
        page = page_of(f"http://127.0.0.1:{port}/login", process, tmp_path / "log")

    assert "gf@paderborn.example" in page
    assert process.returncode == 0
    assert "gf@paderborn.example" in (tmp_path / "log").read_text()


def test_a_port_in_use_is_named_before_anything_is_done(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        with started(tmp_path, "demo", JCFLOW_PORT=port) as process:
            process.wait(60)

    assert process.returncode == 1
    assert (tmp_path / "log").read_text().startswith(f"Auf Port {port} läuft schon etwas.")
    assert not (tmp_path / "var" / "jcflow.sqlite3").exists()
