"""`audit bundle`: everything that proves one programme, to be checked without jcflow."""

from __future__ import annotations

import hashlib
import json
import subprocess
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cryptography
import pytest
from sqlalchemy import select

from jcflow import database
from jcflow.audit import verify_bundle
from jcflow.audit.checkpoints import Checkpoint
from jcflow.audit.verify_bundle import main
from jcflow.config import demo_signing_key
from tests.cli.bundles import HOUSE, Change, Made, altered, packed, replacing, stand
from tests.cli.conftest import command_line_on
from tests.databases import KINDS, discard
from tests.factories import PDF


@pytest.fixture(scope="module", params=KINDS)
def made(
    request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """Made once on each database; nobody changes it."""
    url, folder = new_database(request.param), tmp_path_factory.mktemp("bundle")
    stand(url, demo_signing_key(folder / "schluessel.pem"), "in_force")
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Made(url, packed(command_line_on(url, folder, monkeypatch), folder))
    discard(url)


@pytest.fixture
def bundle(made: Made) -> Path:
    """The bundle of a programme in force."""
    return made.bundle


def lines(bundle: Path, name: str) -> list[dict[str, object]]:
    with zipfile.ZipFile(bundle) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that knows `cryptography` and what it needs, and no jcflow."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, symlinks=True)
    site = Path(subprocess.check_output([folder / "bin" / "python", "-c", SITE], text=True).strip())
    own = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "_cffi_backend", "pycparser", "typing_extensions"):
        for found in own.glob(f"{name}*"):
            (site / found.name).symlink_to(found)
    return folder


SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def alone(python: Path, bundle: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Check a bundle with the very file that lies in it, in an environment without jcflow."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("verify_bundle.py", python)
    command = [python / "bin" / "python", "-I", python / "verify_bundle.py", bundle, *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=python, check=False)


def test_a_bundle_proves_itself_where_there_is_no_jcflow(empty: Path, bundle: Path) -> None:
    knows = subprocess.run([empty / "bin" / "python", "-I", "-c", "import jcflow"], capture_output=True, check=False)

    checked = alone(empty, bundle)

    assert knows.returncode == 1
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Programm 2027, Jobcenter " in checked.stdout
    assert ": alles passt zusammen.\nDer Name „Jobcenter gE“ ist nicht belegt.\n" in checked.stdout
    assert "Der Änderungsverlauf ist verankert bis Ereignis " in checked.stdout
    assert ", danach 0 nicht verankert." in checked.stdout
    assert "Der Schlüssel stammt aus dem Bündel selbst." in checked.stdout


def test_with_a_mailed_checkpoint_the_key_is_known_from_outside(empty: Path, made: Made, tmp_path: Path) -> None:
    engine = database.engine_for(made.url)
    with database.reading(engine) as session:
        kept = session.scalars(select(Checkpoint.note), execution_options=database.EVERY_JOBCENTER).all()
    engine.dispose()
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "pruefpunkt.txt").write_text(f"Guten Tag,\n\n{kept[-1]}\nViele Grüße\n", encoding="utf-8")

    checked = alone(empty, made.bundle, "--checkpoints", tmp_path / "mails")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "aus dem Bündel selbst" not in checked.stdout


def test_everything_is_in_it_as_it_is_stored(
    made: Made, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jcflow = command_line_on(made.url, tmp_path, monkeypatch)
    with zipfile.ZipFile(bundle) as archive:
        held, manifest = set(archive.namelist()), json.loads(archive.read("manifest.json"))
        first = archive.read("events.jsonl").splitlines()
        for name, checksum in manifest["members"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == checksum
        assert archive.read("verify_bundle.py") == Path(verify_bundle.__file__).read_bytes()
    exported = [json.loads(line) for line in jcflow("audit", "export", "--jobcenter", HOUSE).stdout.splitlines()]
    tables = {row["type"] for row in lines(bundle, "rows.jsonl")}

    assert [one["body"].encode() for one in exported if one["what"] == "event"] == first
    assert held == {*manifest["members"], "manifest.json"}
    assert {"opinion", "opinion_point", "answer", "ballot", "elector", "vote", "record", "step_taken"} <= tables
    assert f"files/{hashlib.sha256(PDF).hexdigest()}" in held
    assert sum(name.startswith("versions/") for name in held) >= 1
    assert sum(name.startswith("checkpoints/") for name in held) >= 5
    assert manifest["withheld"] == manifest["withheld_files"] == []


def test_who_uses_jcflow_checks_it_with_jcflow(bundle: Path, jcflow_on_sqlite) -> None:
    checked = jcflow_on_sqlite("audit", "verify", "--bundle", bundle)
    senseless = jcflow_on_sqlite("audit", "verify", "--bundle", bundle.with_name("schluessel.pem"))

    assert (checked.exit_code, senseless.exit_code) == (0, 2)
    assert "alles passt zusammen" in checked.stdout


def test_an_open_ballot_stays_secret(jcflow, database_url: str, tmp_path: Path, empty: Path) -> None:
    stand(database_url, demo_signing_key(tmp_path / "schluessel.pem"), "resolution", votes=True)

    bundle = packed(jcflow, tmp_path)

    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    events = {event["seq"]: event for event in lines(bundle, "events.jsonl")}
    told = {said["seq"] for said in lines(bundle, "wording.jsonl")}
    votes = {seq for seq, event in events.items() if event["type"] == "vote"}
    assert len(votes) == 6
    assert not votes & told
    assert "vote" not in {row["type"] for row in lines(bundle, "rows.jsonl")}
    assert {table for table, _ in manifest["withheld"]} == {"vote"}
    assert alone(empty, bundle).returncode == 0


def chained_anew(members: dict[str, bytes]) -> None:
    """Change a figure and compute every checksum behind it again, as a careful forger would."""
    found, previous = [], "0" * 64
    for line in members["events.jsonl"].splitlines():
        event = json.loads(line.replace(b"20000", b"20001")) | {"prev": previous}
        found.append(json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
        previous = hashlib.sha256(found[-1]).hexdigest()
    manifest = json.loads(members["manifest.json"])
    manifest["head"]["hash"] = previous
    members["manifest.json"] = json.dumps(manifest).encode()
    members["events.jsonl"] = b"".join(line + b"\n" for line in found)


def cut(members: dict[str, bytes]) -> None:
    """Leave the last events out, and say that the chain ends there."""
    kept = members["events.jsonl"].splitlines()[:-20]
    manifest = json.loads(members["manifest.json"])
    manifest["head"] = {"seq": len(kept), "hash": hashlib.sha256(kept[-1]).hexdigest()}
    members["manifest.json"] = json.dumps(manifest).encode()
    members["events.jsonl"] = b"".join(line + b"\n" for line in kept)


def drop(prefix: str) -> Change:
    def change(members: dict[str, bytes]) -> None:
        del members[next(name for name in members if name.startswith(prefix))]

    return change


CHANGES = {
    "an event": (replacing("events.jsonl", b'"role":"command_line"', b'"role":"editor"'), "Ereignis 2:"),
    "a chain made anew": (chained_anew, "nennt eine andere Prüfsumme"),
    "a cut tail": (cut, "Es fehlt, denn ein Prüfpunkt kennt"),
    "a wording": (replacing("wording.jsonl", b"Die Lage ist gut.", b"Die Lage ist arg."), "Der Wortlaut passt nicht"),
    "a row": (replacing("rows.jsonl", b'"choice":"yes"', b'"choice":"no"'), "vote "),
    "a row left out": (lambda members: members.update({"rows.jsonl": b""}), "Die Zeile zum Ereignis fehlt."),
    "a file": (replacing("files/", b"obj", b"OBJ"), "nicht der, den das Ereignis nennt"),
    "a version left out": (drop("versions/"), "nicht der, den das Ereignis nennt"),
    "a checkpoint": (replacing("checkpoints/000001", b"occasion submit", b"occasion daily"), "unterschrieben"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_altered_is_named(bundle: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    change, said = CHANGES[what]

    code = main([str(altered(bundle, change))])

    assert code == 1
    assert said in capsys.readouterr().out


def test_a_member_that_does_not_fit_its_checksum_is_named(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = bundle.with_name("anders.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b" " if name == "people.jsonl" else b""))

    assert main([str(target)]) == 1
    assert capsys.readouterr().out == "people.jsonl: Die Prüfsumme passt nicht.\n"


def test_what_is_no_bundle_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "leer.zip").write_bytes(b"")

    assert main([str(tmp_path / "leer.zip")]) == main([str(tmp_path / "fehlt.zip")]) == 2
    assert "Das lässt sich nicht prüfen" in capsys.readouterr().err


def test_a_programme_that_is_not_there_is_said(jcflow_on_sqlite, sqlite_url: str, tmp_path: Path) -> None:
    stand(sqlite_url, demo_signing_key(tmp_path / "schluessel.pem"), "drafting")

    made = jcflow_on_sqlite("audit", "bundle", "--jobcenter", HOUSE, "--programme", "1999", "--out", tmp_path / "b.zip")

    assert made.exit_code == 1
    assert made.stderr == "Ein Programm „1999“ gibt es hier nicht.\n"
    assert [file.suffix for file in tmp_path.iterdir()] == [".pem"]
