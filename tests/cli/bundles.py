"""Bundles to be checked, and copies in which something was changed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from jcflow import database
from jcflow.audit.checkpoints import equip
from jcflow.cli import tour, walk
from jcflow.cli.tour import Tour
from jcflow.decisions.ballots import Choice
from jcflow.programmes import files
from jcflow.programmes.files import Upload
from tests.cli.conftest import Jcflow
from tests.factories import PDF, found_house, small_document

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


def packed(jcflow: Jcflow, folder: Path) -> Path:
    target = folder / "revision.zip"
    made = jcflow("audit", "bundle", "--jobcenter", HOUSE, "--programme", "2027", "--out", target)
    assert made.exit_code == 0, made.output
    return target


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
