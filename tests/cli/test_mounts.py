"""A SQLite database on a network file system is refused; which one holds a path is read from the list of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from jcflow.cli import mounts
from jcflow.cli.mounts import file_system, is_remote

LISTED = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw,errors=remount-ro
31 27 0:40 / /srv/amt rw,relatime shared:5 master:1 - nfs4 server:/amt rw,vers=4.2,addr=10.0.0.1
32 31 254:2 / /srv/amt/local rw,relatime - ext4 /dev/sdb1 rw
33 27 0:41 / /mnt/Platte\040eins rw,relatime - cifs //server/platte rw,vers=3.1.1
34 27 0:42 / /mnt/tunnel rw,nosuid,nodev - fuse.sshfs amt@server:/daten rw
35 27 0:43 / /data rw - 9p host rw,trans=virtio
36 27 0:44 / /data rw - tmpfs tmpfs rw
37 27 8:1 / /platte rw - fuseblk /dev/sda1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "remote"),
    [
        ("/var/lib/jcflow.sqlite3", "ext4", False),
        ("/srv/amt/jcflow.sqlite3", "nfs4", True),
        ("/srv/amt/noch/nicht/da.sqlite3", "nfs4", True),
        ("/srv/amtlich/jcflow.sqlite3", "ext4", False),
        ("/srv/amt/local/jcflow.sqlite3", "ext4", False),
        ("/mnt/Platte eins/jcflow.sqlite3", "cifs", True),
        ("/mnt/tunnel/jcflow.sqlite3", "fuse.sshfs", True),
        ("/data/jcflow.sqlite3", "tmpfs", False),
        ("/platte/jcflow.sqlite3", "fuseblk", False),
    ],
)
def test_the_nearest_mount_says_where_a_database_lies(path: str, kind: str, remote: bool) -> None:
    found = file_system(Path(path), LISTED)

    assert found == kind
    assert is_remote(found) is remote


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph", "fuse.glusterfs"])
def test_network_file_systems_are_known(kind: str) -> None:
    assert is_remote(kind)


def test_without_any_mount_nothing_is_said() -> None:
    assert file_system(Path("/var/jcflow.sqlite3"), "") is None


@pytest.fixture
def on_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of mounts in which this test's folder lies on a network file system."""
    place = str(tmp_path.resolve()).replace(" ", r"\040")
    listed = tmp_path / "mountinfo"
    listed.write_text(f"27 1 254:1 / / rw - ext4 /dev/root rw\n31 27 0:40 / {place} rw - nfs4 server:/amt rw\n")
    monkeypatch.setattr(mounts, "MOUNTS", listed)
    return tmp_path


@pytest.mark.parametrize("command", ["doctor", "serve"])
def test_a_database_on_a_network_file_system_is_refused(jcflow_on_sqlite, on_a_network: Path, command: str) -> None:
    seen = jcflow_on_sqlite(command, JCFLOW_DATABASE_URL=f"sqlite:///{on_a_network}/jcflow.sqlite3")

    assert seen.exit_code == 78
    assert "auf einem Netzlaufwerk (nfs4)" in seen.stderr
    assert "PostgreSQL" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_a_link_does_not_hide_where_the_database_lies(jcflow_on_sqlite, on_a_network: Path, tmp_path_factory) -> None:
    link = tmp_path_factory.mktemp("local") / "var"
    link.symlink_to(on_a_network)

    seen = jcflow_on_sqlite("doctor", JCFLOW_DATABASE_URL=f"sqlite:///{link}/jcflow.sqlite3")

    assert seen.exit_code == 78
