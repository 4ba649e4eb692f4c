"""`audit bundle`: everything that proves one programme, to be checked without jcflow."""

from __future__ import annotations

import hashlib
import json
import subprocess
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import cryptography
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from jcflow import database
from jcflow.audit import verify_bundle
from jcflow.audit.checkpoints import Checkpoint, equip
from jcflow.audit.notes import signed
from jcflow.audit.verify_bundle import main
from jcflow.cli import tour, walk
from jcflow.cli.tour import Tour
from jcflow.config import demo_signing_key
from jcflow.decisions.ballots import Choice
from jcflow.programmes import files
from jcflow.programmes.files import Upload
from tests.cli.conftest import Jcflow, command_line_on
from tests.databases import KINDS, discard
from tests.factories import AT, PDF, found_house, small_document

HOUSE = "Jobcenter gE"


def stand(url: str, key: Path, state: str, *, votes: bool = False) -> None:
    """Put a house there, signing on its way, with one upload; `votes` lets everybody vote then."""
    engine = database.engine_for(url)
    with database.writing(engine) as session:
        equip(session, key)
        house = found_house(session, small_document())
        own, deed = house.programme, house.deed()
        files.store(session, own, Upload("Anlage.pdf", PDF), subject_type="programme", subject_id=own.id, deed=deed)
        house.advance(state)
        if votes:
            cast = {f"tv{number}": Choice.YES for number in range(1, 7)}
            tour.vote(Tour(session, own, house.people, house.at, walk.MINUTE, cast))
    engine.dispose()


class Made(NamedTuple):
    """A database whose one programme is in force, and its bundle."""

    url: str
    bundle: Path


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


def packed(jcflow: Jcflow, folder: Path) -> Path:
    target = folder / "revision.zip"
    made = jcflow("audit", "bundle", "--jobcenter", HOUSE, "--programme", "2027", "--out", target)
    assert made.exit_code == 0, made.output
    return target


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


Change = Callable[[dict[str, bytes]], None]


def altered(bundle: Path, change: Change) -> Path:
    """A copy with changed members, its manifest made right."""
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    manifest = json.loads(members.pop("manifest.json"))
    manifest["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    target = bundle.with_name("geaendert.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target


def replacing(name: str, old: bytes, new: bytes) -> Change:
    def change(members: dict[str, bytes]) -> None:
        (member,) = (one for one in members if one.startswith(name))
        assert old in members[member]
        members[member] = members[member].replace(old, new, 1)

    return change


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


Json = dict[str, Any]


def edited(name: str, edit: Callable[[list[Json]], object]) -> Change:
    """Change the entries of a member as a list, in place."""

    def change(members: dict[str, bytes]) -> None:
        found = [json.loads(line) for line in members[name].splitlines()]
        edit(found)
        members[name] = b"".join(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in found)

    return change


def telling(**words: Any) -> Change:
    """Change the manifest; a map replaces only what it names."""

    def change(members: dict[str, bytes]) -> None:
        said = json.loads(members["manifest.json"])
        for name, value in words.items():
            said[name] = {**said[name], **value} if isinstance(value, dict) else value
        members["manifest.json"] = json.dumps(said).encode()

    return change


def withholding(table: str) -> Change:
    """Leave out all that is said of a table, and say that it may be left out."""

    def change(members: dict[str, bytes]) -> None:
        rows = [json.loads(line) for line in members["rows.jsonl"].splitlines()]
        gone = [row["id"] for row in rows if row["type"] == table]
        about = {event["seq"] for event in map(json.loads, members["events.jsonl"].splitlines()) if event["id"] in gone}
        assert about
        edited("rows.jsonl", lambda found: found.__setitem__(slice(None), [r for r in found if r["type"] != table]))(
            members
        )
        kept = [json.loads(line) for line in members["wording.jsonl"].splitlines()]
        edited(
            "wording.jsonl", lambda found: found.__setitem__(slice(None), [s for s in kept if s["seq"] not in about])
        )(members)
        telling(withheld=sorted([table, one] for one in gone))(members)

    return change


def files_withheld(members: dict[str, bytes]) -> None:
    """Leave every file out, and say that it may be left out."""
    gone = sorted(name for name in members if name.startswith("files/"))
    for name in gone:
        del members[name]
    telling(withheld_files=[name.removeprefix("files/") for name in gone])(members)


def names_swapped(found: list[Json]) -> None:
    """Let two people bear each other's names."""
    found[0]["name"], found[1]["name"] = found[1]["name"], found[0]["name"]


def another_programme(members: dict[str, bytes]) -> None:
    """Speak of a programme that no event knows."""
    members["rows.jsonl"] = members["wording.jsonl"] = members["people.jsonl"] = b""
    telling(programme={"id": "00000000-0000-4000-8000-000000000000"})(members)


TRUSTED = {
    **{f"a withheld {table}": withholding(table) for table in ("vote", "opinion", "record", "ballot", "step_taken")},
    "withheld files": files_withheld,
    "swapped names": edited("people.jsonl", names_swapped),
    "a name left out": edited("people.jsonl", lambda found: found.pop()),
    "an old wording left out": edited("wording.jsonl", lambda found: found.pop(0)),
    "wordings without texts": edited("wording.jsonl", lambda found: [said.update(texts={}) for said in found]),
    "a row with more in it": edited("rows.jsonl", lambda found: found[0].update(extra="mehr")),
    "a row twice": edited("rows.jsonl", lambda found: found.append(found[0])),
    "another programme": another_programme,
    "another title": telling(programme={"title": "Programm 2099"}),
    "another index of versions": replacing("versions.json", b'"number":1', b'"number":7'),
    "a version too many": lambda members: members.update({"versions/mehr.json": b"{}"}),
    "a file too many": lambda members: members.update({"files/mehr": b"x"}),
    "a document too many": lambda members: members.update({"Niederschrift.pdf": b"%PDF"}),
    "a checkpoint that is none": lambda members: members.update({"checkpoints/000099-daily.txt": b"x"}),
}


@pytest.mark.parametrize("what", TRUSTED)
def test_nothing_is_believed_that_the_chain_does_not_prove(bundle: Path, what: str) -> None:
    assert main([str(altered(bundle, TRUSTED[what]))]) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(bundle: Path) -> None:
    target = bundle.with_name("zweimal.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("people.jsonl", b"{}")
        for name in old.namelist():
            new.writestr(name, old.read(name))

    assert main([str(target)]) == 1


def test_what_is_withheld_is_said(jcflow_on_sqlite, sqlite_url: str, tmp_path: Path, capsys) -> None:
    stand(sqlite_url, demo_signing_key(tmp_path / "schluessel.pem"), "resolution", votes=True)

    assert main([str(packed(jcflow_on_sqlite, tmp_path))]) == 0

    assert "; 6 zu Stimmen zurückgehalten." in capsys.readouterr().out


def test_a_note_by_a_key_of_its_own_does_not_count_beside_a_known_key(bundle: Path, tmp_path: Path, capsys) -> None:
    manifest, key = manifest_of(bundle), Ed25519PrivateKey.generate()
    head, house = manifest["head"], UUID(manifest["jobcenter"]["id"])
    (tmp_path / "1.txt").write_text(signed(house, head["seq"], head["hash"], AT, "record", None, [key]))
    with zipfile.ZipFile(bundle) as archive:
        known = archive.read("keys.txt").decode().split()[0]

    code = main([str(bundle), "--key", known, "--checkpoints", str(tmp_path)])

    assert code == 1
    assert "nicht gültig unterschrieben" in capsys.readouterr().out


@pytest.mark.parametrize("note", ["", "another house's"])
def test_without_a_checkpoint_of_the_house_the_folder_is_refused(bundle: Path, tmp_path: Path, note: str) -> None:
    written = signed(uuid4(), 1, "a" * 64, AT, "daily", None, [Ed25519PrivateKey.generate()]) if note else ""
    (tmp_path / "1.txt").write_text(written)

    assert main([str(bundle), "--checkpoints", str(tmp_path)]) == 2
    assert main([str(bundle), "--checkpoints", str(tmp_path / "fehlt")]) == 2


def manifest_of(bundle: Path) -> Json:
    with zipfile.ZipFile(bundle) as archive:
        return dict(json.loads(archive.read("manifest.json")))


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
