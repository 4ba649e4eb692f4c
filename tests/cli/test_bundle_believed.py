"""A bundle is believed in nothing that its chain does not prove, whatever its own index says."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jcflow.audit.notes import signed
from jcflow.audit.verify_bundle import main
from jcflow.config import demo_signing_key
from tests.cli.bundles import Change, altered, packed, replacing, stand
from tests.cli.conftest import command_line_on
from tests.databases import discard
from tests.factories import AT


@pytest.fixture(scope="module")
def bundle(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundle of a programme in force; nobody changes it."""
    url, folder = new_database("sqlite"), tmp_path_factory.mktemp("bundle")
    stand(url, demo_signing_key(folder / "schluessel.pem"), "in_force")
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield packed(command_line_on(url, folder, monkeypatch), folder)
    discard(url)


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
