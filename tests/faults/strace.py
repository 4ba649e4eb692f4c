"""strace on a running process: which system calls it makes, and its death at one of them."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.needs import lacks

LINE = re.compile(r"(?:\d+ +)?(?P<name>[a-z_0-9]+)\((?P<rest>.*)")


@dataclass(frozen=True)
class Call:
    """A system call of a process."""

    name: str
    nth: int
    """Counted from 1 among the calls of this name."""
    rest: str = ""
    """Its arguments and its result, as strace writes them."""


def check_strace() -> None:
    """Leave the test out where there is no strace, or it may not watch."""
    if shutil.which("strace") is None:
        lacks("strace fehlt.", "Abhilfe: apt install strace", demanded_by="JCFLOW_REQUIRE_STRACE")
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        lacks("strace darf hier keinen Prozess beobachten:", tried.stderr.strip(), demanded_by="JCFLOW_REQUIRE_STRACE")


@contextmanager
def attached(pid: int, *options: str) -> Iterator[None]:
    """Watch a process as long as the block lasts, or as long as it lives."""
    tracer = subprocess.Popen(
        ["strace", "-f", *options, "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    assert "attached" in said, said
    dying = True
    try:
        yield
        dying = False
    finally:
        _let_go(tracer, 10 if dying else 0.05)
        tracer.stderr.close()


def _let_go(tracer: subprocess.Popen[str], patience: float) -> None:
    """End strace; told to end while what it watches dies, it might wait for ever for the wrong thread."""
    for told in (None, signal.SIGINT, signal.SIGKILL):
        if told is not None:
            tracer.send_signal(told)
        with suppress(subprocess.TimeoutExpired):
            tracer.wait(patience)
            return
        patience = 2


@contextmanager
def recorded(pid: int, report: Path, *options: str) -> Iterator[list[Call]]:
    """The calls a process makes in the block, in their order; the list is filled when the block ends."""
    calls: list[Call] = []
    with attached(pid, "-o", str(report), "-s", "200", *options):
        yield calls
    calls += calls_in(report.read_text(errors="replace"))


def calls_in(report: str) -> list[Call]:
    """The calls a report of strace names, in their order."""
    seen: Counter[str] = Counter()
    calls = []
    for line in report.splitlines():
        found = LINE.match(line)
        if found:
            seen[found["name"]] += 1
            calls.append(Call(found["name"], seen[found["name"]], found["rest"]))
    return calls


@contextmanager
def killed_at(pid: int, call: Call) -> Iterator[None]:
    """Kill a process with signal 9 when it is about to make this call; it may also come through the block alive.

    Let the error of the broken connection pass out of the block: it says that the process is dying.
    """
    with attached(
        pid, "-o", "/dev/null", "-e", f"trace={call.name}", "-e", f"inject={call.name}:signal=KILL:when={call.nth}"
    ):
        yield


def spread(calls: list[Call], amount: int) -> list[Call]:
    """`amount` of the calls, evenly spread, the last one among them; all of them where there are fewer."""
    if len(calls) <= amount:
        return calls
    return [calls[round((number + 1) * len(calls) / amount) - 1] for number in range(amount)]
