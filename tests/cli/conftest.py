"""Commands as somebody types them, each on a database and in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jcflow.cli.main import main

KEY = "nur-fuer-diesen-test-" + "x" * 20
Jcflow = Callable[..., Result]


@pytest.fixture
def jcflow(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jcflow:
    """`jcflow("export", …)` runs a command on an empty migrated database; the test runs once on each kind."""
    return command_line_on(database_url, tmp_path, monkeypatch)


@pytest.fixture
def jcflow_on_sqlite(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jcflow:
    """The same, on SQLite only."""
    return command_line_on(sqlite_url, tmp_path, monkeypatch)


def command_line_on(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Jcflow:
    for name in ("JCFLOW_BASE_URL", "JCFLOW_SMTP_URL", "JCFLOW_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JCFLOW_DATABASE_URL", url)
    monkeypatch.setenv("JCFLOW_SECRET_KEY", KEY)
    monkeypatch.chdir(folder)

    def run(*words: object, **environ: str | None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=environ, catch_exceptions=False)

    return run
