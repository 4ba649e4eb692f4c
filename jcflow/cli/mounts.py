"""On what kind of file system a SQLite database lies: across a network its locks do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from jcflow.config import Settings
from jcflow.errors import BadConfiguration

MOUNTS = Path("/proc/self/mountinfo")
KERNEL = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "coda", "lustre", "ncpfs", "nfs", "nfs4", "orangefs"})
SAMBA = frozenset({"smb2", "smb3", "smbfs"})
FUSE = frozenset({"davfs", "davfs2", "gcsfuse", "glusterfs", "rclone", "s3fs", "sshfs"})
"""File system types as Linux names them, those of FUSE also as `fuse.sshfs`."""


def check_place(settings: Settings) -> None:
    """Refuse a SQLite database on a network file system.

    Where the system does not list its mounts, as on macOS, nothing is refused.

    Raises:
        BadConfiguration: The database's file, or the folder it is to be made in, lies on one.
    """
    if settings.database_file is None or not MOUNTS.is_file():
        return
    file = settings.database_file.resolve()
    kind = file_system(file, MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))
    if is_remote(kind or ""):
        raise BadConfiguration(
            f"Die Datenbank {file} liegt auf einem Netzlaufwerk ({kind}). Dort sind die Sperren von SQLite nicht "
            "verlässlich, und Daten gehen verloren. Legen Sie sie auf eine Platte dieses Rechners, oder nehmen Sie "
            "PostgreSQL."
        )


def is_remote(kind: str) -> bool:
    """Whether a file system of this type lies across a network."""
    return kind.removeprefix("fuse.") in KERNEL | SAMBA | FUSE


def file_system(path: Path, mounts: str) -> str | None:
    """The type of the file system a path lies on; None where no mount holds it.

    Args:
        path: Absolute, without symbolic links; it need not exist.
        mounts: The text of `/proc/self/mountinfo`.
    """
    # Of two mounts at one place the later one covers the earlier; the deepest place is nearest to the path.
    holding = [
        (len(place.parts), number, kind)
        for number, (place, kind) in enumerate(_mounts(mounts))
        if path.is_relative_to(place)
    ]
    return max(holding)[2] if holding else None


def _mounts(text: str) -> Iterator[tuple[Path, str]]:
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if dash and len(fields) > 4:
            yield Path(_unescaped(fields[4])), after.split(" ")[0]


def _unescaped(place: str) -> str:
    """Spaces and the like stand as three octal digits: `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
