"""A small disk that can be filled to the last byte, and emptied again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.needs import lacks


@dataclass
class Disk:
    """A file system of its own."""

    folder: Path

    def fill(self, leaving: int = 0) -> None:
        """Leave no more than so many bytes free."""
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            state = os.statvfs(self.folder)
            wanted = state.f_bavail * state.f_frsize - leaving
            while wanted > 0:
                wanted -= filler.write(b"x" * min(wanted, 2**20))

    def free(self) -> None:
        """Give back what `fill` has taken."""
        (self.folder / "filler").unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Mount a disk in memory on the folder as long as the block lasts; leave the test out where that is not allowed."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run([*root, *words], capture_output=True, text=True, check=False)
        problem = mounted.stderr.strip() if mounted.returncode else ""
    except FileNotFoundError as error:
        problem = str(error)
    if problem:
        lacks(
            f"Hier lässt sich kein kleines Dateisystem einhängen ({problem}).",
            "Abhilfe: als root ausführen.",
            demanded_by="JCFLOW_REQUIRE_MOUNT",
        )
    try:
        yield Disk(folder)
    finally:
        subprocess.run([*root, "umount", "--lazy", str(folder)], check=True)
