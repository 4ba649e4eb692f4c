"""What fsck.py says of a database: the commands run in this process, the checker on what they print.

    assert violations(site.url) == []
    assert violations(site.url, requests=[{"what": "request", "token": …, "status": 303, "location": …}]) == []

Some 0.3 s for the demo's houses. Nobody may write meanwhile. `printed(url)` gives the text of each command.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from click.testing import CliRunner

from jcflow.cli.main import main
from tests.faults import fsck

SECRET = "nur-fuer-das-pruefen-nur-fuer-das-pruefen-nur-fuer-das-pruefen"


def printed(url: str, *words: str) -> str:
    """What a command prints about a database; it must end well."""
    environ = {"JCFLOW_DATABASE_URL": url, "JCFLOW_SECRET_KEY": SECRET}
    done = CliRunner().invoke(main, list(words), env=environ, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@cache
def routes() -> str:
    """The rules of the site; they do not depend on the database."""
    return printed("sqlite:///keine.sqlite3", "routes", "--json")


def run_of(url: str, requests: Sequence[dict[str, Any]] = ()) -> fsck.Run:
    """What the three commands print about a database, read."""
    run = fsck.Run()
    for text in (printed(url, "export", "--all"), printed(url, "audit", "export"), routes()):
        fsck.parse(text, run)
    fsck.parse("\n".join(json.dumps(request) for request in requests), run)
    return run


def violations(url: str, requests: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """The invariants a database violates, each with a sentence."""
    return fsck.judge(run_of(url, requests))
