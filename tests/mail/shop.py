"""Where workers are made: real processes that tick and end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jcflow import worker
from tests.mail.conftest import LATER, NOON, Houses

ROOT = Path(__file__).parents[2]


@dataclass
class Shop:
    """Where workers are made."""

    process: subprocess.Popen[str]
    folder: Path
    made: int = 0

    def hire(self, houses: Houses, smtp: str, *, wait: bool = True) -> tuple[int, Path]:
        """A worker that has not begun yet: its process id, and the file it waits for."""
        self.made += 1
        go = self.folder / f"go-{self.made}"
        url = houses.engine.url.render_as_string(hide_password=False)
        order = {"database": url, "smtp": smtp, "at": NOON.isoformat(), "go": str(go), "wait": "yes" if wait else "no"}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self._line()), go

    def ended(self) -> int:
        """How the last one ended."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    """A shop with its waiting room in a folder; it takes orders as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("ticker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    try:
        yield Shop(process, folder)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def finish(houses: Houses, smtp: str) -> None:
    """Another worker comes after the lease of the dead one."""
    houses.let_leases_pass()
    worker.tick(houses.engine, houses.settings(smtp), LATER)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
