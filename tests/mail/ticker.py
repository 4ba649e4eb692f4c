"""A process that makes workers in no time: each is a fork that waits for its word, ticks and ends.

Run as a script. A line on standard input, JSON with `database`, `smtp` and `at`, makes one; its process id comes
back on standard output. It begins once the file named by `go` is there. With `wait` it ticks once, and a second line
tells how it ended; else it ticks until nothing is left, for a tick has an end however much is due.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from datetime import date, datetime
from pathlib import Path

from jcflow import database, worker
from jcflow.config import Settings
from jcflow.workdays import LANDS, add_working_days

PR_SET_PTRACER, ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def work(order: dict[str, str]) -> None:
    """What one worker does."""
    go = Path(order["go"])
    while not go.exists():
        time.sleep(0.002)
    engine = database.engine_for(order["database"])
    settings = Settings(order["database"], "k" * 48, "https://jcflow.example", 8000, smtp_url=order["smtp"])
    at, name = datetime.fromisoformat(order["at"]), f"host:{os.getpid()}"
    while worker.tick(engine, settings, at, name=name, batch=20).delivered.sent and order["wait"] == "no":
        pass
    engine.dispose()


def main() -> None:
    """Take orders until there are none any more."""
    # The first question reads the holidays of the whole world: done once, not by each worker.
    add_working_days(date(2026, 11, 20), 1, next(iter(LANDS)))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            # Some systems allow watching only to parents.
            ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
            work(json.loads(line))
            os._exit(0)
        print(child, flush=True)
        if json.loads(line)["wait"] == "yes":
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
