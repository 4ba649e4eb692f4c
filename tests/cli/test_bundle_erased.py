"""A bundle from a house in which somebody was forgotten: it still proves itself, and tells no name."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import orjson
import pytest

from jcflow import database
from jcflow.accounts.people import end_membership
from jcflow.audit.verify_bundle import Altered, check
from jcflow.process.erasing import forget
from tests.cli.conftest import Jcflow
from tests.factories import found_house, person, small_document


def test_a_bundle_fits_after_an_erasure_and_not_without_it(jcflow: Jcflow, database_url: str, tmp_path: Path) -> None:
    engine = database.engine_for(database_url)
    with database.writing(engine) as session:
        house = found_house(session, small_document())
        house.advance("in_force")
        somebody = person(house, "beirat5")
        name = somebody.name
        end_membership(session, house.member("beirat5"), house.today, house.deed("admin"))
        forget(session, somebody, house.deed("admin", "Antrag"))
    engine.dispose()
    target = tmp_path / "revision.zip"
    made = jcflow("audit", "bundle", "--jobcenter", "Jobcenter gE", "--programme", "2027", "--out", target)

    said = list(check(target, None, set()))

    assert made.exit_code == 0, made.output
    assert "alles passt zusammen" in said[0]
    with zipfile.ZipFile(target) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    assert not any(name.encode() in content for content in members.values())
    named = [json.loads(line)["name"] for line in members["people.jsonl"].splitlines()]
    assert [None, "Gelöschte Person (Beirat)"] in named
    with pytest.raises(Altered, match="keine Löschung nennt ihn"):
        list(check(emptied(members, tmp_path / "geleert.zip"), None, set()))


def emptied(members: dict[str, bytes], target: Path) -> Path:
    """The same bundle with one wording taken away, its manifest made right."""
    first, *rest = members["wording.jsonl"].splitlines(keepends=True)
    taken = orjson.dumps({**json.loads(first), "salt": "", "texts": {}}, option=orjson.OPT_SORT_KEYS) + b"\n"
    changed = {**members, "wording.jsonl": taken + b"".join(rest)}
    manifest = json.loads(changed.pop("manifest.json"))
    manifest["members"]["wording.jsonl"] = hashlib.sha256(changed["wording.jsonl"]).hexdigest()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in changed.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target
