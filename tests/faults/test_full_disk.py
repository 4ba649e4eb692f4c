"""F12: the disk is full: 507 with what was typed, nothing half, reading goes on; with space again everything works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url

from tests.faults.conftest import ON_POSTGRESQL, ON_SQLITE, ready
from tests.faults.deeds import Sent, place_in, save, upload
from tests.faults.disks import Disk, small_disk
from tests.faults.stage import Stage, on_server, owner_of_server
from tests.faults.verdict import violations
from tests.faults.web import Answer, Web, running
from tests.site import Templates

Small = tuple[Disk, Stage, Web]


@pytest.fixture(scope="module")
def small_sqlite(present_sqlite: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A site whose database lies on a disk of 24 MB."""
    stage = Stage.of(drafting=ready(present_sqlite, "drafting"))
    with small_disk(tmp_path_factory.mktemp("disk"), 24) as disk:
        on_disk = Stage(f"sqlite:///{disk.folder}/jcflow.sqlite3", stage.scenes, "drafting")
        on_disk.reset()
        with running(on_disk.url, tmp_path_factory.mktemp("web")) as web:
            yield disk, on_disk, web
    stage.discard()


@pytest.fixture(scope="module")
def small_postgresql(present_postgresql: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A site whose tables lie on a disk of 64 MB; the server's journal lies elsewhere."""
    stage = Stage.of(drafting=ready(present_postgresql, "drafting"))
    name = make_url(stage.url).database
    # Not below pytest's own folder, which the server may not enter.
    with TemporaryDirectory(prefix="jcflow-disk-") as folder, small_disk(Path(folder), 64) as disk:
        place = disk.folder / "tables"
        place.mkdir()
        os.chown(place, *owner_of_server(stage.url))
        on_server(
            stage.url,
            f"CREATE TABLESPACE jcflow_small LOCATION '{place}'",
            f'ALTER DATABASE "{name}" SET TABLESPACE jcflow_small',
        )
        with running(stage.url, tmp_path_factory.mktemp("web")) as web:
            yield disk, stage, web
        stage.discard()
        on_server(stage.url, "DROP TABLESPACE jcflow_small")


@pytest.fixture
def small(request: pytest.FixtureRequest) -> Small:
    """The one of the named kind."""
    found: Small = request.getfixturevalue(f"small_{request.param}")
    return found


def sent_anew(answer: Answer, sent: Sent) -> Answer:
    """What the page of the refusal offers to send again, the file chosen once more."""
    form = next(form for form in answer.page.forms if form.action == sent.action)
    files = {name: value for name, value in sent.data.items() if isinstance(value, tuple)}
    assert form.fields["form_token"] == sent.data["form_token"]
    assert {control.name for control in form.controls if control.kind == "file"} == set(files)
    return sent.browser.post(form.action, form.filled(files))


# Nothing at all is left, or room for the way back but not for the file. On PostgreSQL a text may find room in a page
# that is not full yet; a file never does.
CASES = [
    pytest.param("sqlite", save, 0, marks=ON_SQLITE),
    pytest.param("sqlite", upload, 0, marks=ON_SQLITE),
    pytest.param("sqlite", upload, 128 * 2**10, marks=ON_SQLITE),
    pytest.param("postgresql", upload, 0, marks=[pytest.mark.postgres, ON_POSTGRESQL]),
]


@pytest.mark.parametrize(("small", "deed", "leaving"), CASES, indirect=["small"])
def test_a_full_disk_refuses_calmly_and_recovers(small: Small, deed, leaving: int) -> None:
    disk, stage, web = small
    sent = deed(web, place_in(stage.url))
    before = stage.contents()
    disk.fill(leaving)
    try:
        refused = sent.send()
        reading = sent.browser.get(sent.page)
        left = stage.contents()
    finally:
        disk.free()

    assert refused.status == 507
    assert "kein Speicherplatz" in refused.page.h1
    assert refused.headers["retry-after"] == "60"
    assert all(value in refused.page.words for name, value in sent.data.items() if name in {"markdown", "title"})
    assert reading.status == 200
    assert "gespeichert." not in reading.page.words, "it says that something was saved"
    assert left == before

    taken = sent_anew(refused, sent)
    there = stage.contents()
    again = sent.send()

    assert taken.status == again.status == 303
    assert taken.location == again.location
    assert there["form_token"][0] == before["form_token"][0] + 1
    assert stage.contents() == there
    assert violations(stage.url) == []
    assert "Traceback" not in web.log


@ON_SQLITE
def test_the_public_still_reads_while_the_disk_is_full_and_no_password_is_shown_again(small_sqlite: Small) -> None:
    disk, _stage, web = small_sqlite
    browser = web.browser()
    disk.fill()
    try:
        answers = {path: browser.get(path).status for path in ("/login", "/public", "/help")}
        form = browser.form("/login", "/login")
        refused = browser.post("/login", form.filled({"email": "gf@paderborn.example", "password": "vertippt"}))
    finally:
        disk.free()

    assert set(answers.values()) == {200}
    assert refused.status == 507
    assert "vertippt" not in refused.text
