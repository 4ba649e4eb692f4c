"""What is acknowledged is on the disk: the system calls of a running server say so."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from jcflow import database
from tests.faults.deeds import place_in, save
from tests.faults.stage import Stage
from tests.faults.strace import Call, recorded
from tests.faults.web import Web

SYNCS, WRITES = ("fdatasync", "fsync"), ("pwrite64", "write")


def positions(calls: list[Call], names: tuple[str, ...], words: str) -> list[int]:
    """Where the calls stand that have one of these names, and the words in them."""
    return [number for number, call in enumerate(calls) if call.name in names and words in call.rest]


def test_the_commit_is_on_the_disk_before_the_answer_is_sent(watched: tuple[Stage, Web], tmp_path: Path) -> None:
    stage, web = watched
    stage.reset("drafting")
    sent = save(web, place_in(stage.url))
    sent.browser.page(sent.page)

    with recorded(web.worker, tmp_path / "calls", "-y") as calls:
        answer = sent.send()

    assert answer.status == 303
    answered = positions(calls, ("sendto",), "HTTP/1.1 303")[0]
    if make_url(stage.url).get_backend_name() == "postgresql":
        told, heard = positions(calls, ("sendto",), "COMMIT"), positions(calls, ("recvfrom",), "COMMIT")
        assert told[-1] < heard[-1] < answered
        return
    file = str(make_url(stage.url).database)
    if database.journal_mode() == "WAL":
        assert positions(calls, WRITES, f"<{file}-wal>")[-1] < positions(calls, SYNCS, f"<{file}-wal>")[-1] < answered
        return
    back, written = positions(calls, SYNCS, f"<{file}-journal>"), positions(calls, WRITES, f"<{file}>")
    assert back[0] < written[0], "the way back is on the disk before the database changes"
    assert written[-1] < positions(calls, SYNCS, f"<{file}>")[-1] < answered
    # Emptying the journal is what commits.
    assert positions(calls, ("ftruncate",), f"<{file}-journal>")[-1] < back[-1] < answered
