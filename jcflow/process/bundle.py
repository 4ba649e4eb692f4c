"""The bundle for the auditor of a programme: everything that proves how it came about, in one file.

Whoever has it needs nothing of jcflow: `verify_bundle.py` lies in it. The chain is in it whole, as the very bytes that
are hashed, since each event vouches for the one before it; wordings, rows, versions and files are the programme's own.
What nobody is told, how somebody voted before the count, is left out together with its salt and named as left out.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Person
from jcflow.audit import verify_bundle
from jcflow.audit.canonical import Plain, plain
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision, links_after
from jcflow.audit.checkpoints import Checkpoint, note_of
from jcflow.audit.trail import Audited, image_of
from jcflow.database import Base, served
from jcflow.decisions.ballots import BallotState, Elector, ballots_of
from jcflow.decisions.casting import Vote
from jcflow.programmes.files import FileContent, StoredFile
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version

FORMAT = "jcflow-bundle-1"
FEW = 10
"""How many versions are read at once."""

README = """Bündel für die Revision

Die Dateien belegen, wie das Programm zustande gekommen ist.

manifest.json      Verzeichnis mit der SHA-256-Prüfsumme jeder Datei
events.jsonl       die Ereignisse des Jobcenters, jedes in genau den Bytes, über die seine Prüfsumme geht
wording.jsonl      Wortlaute zu den Ereignissen des Programms, mit ihrem Salz
rows.jsonl         die Zeilen des Programms: Stellungnahmen, Antworten, Abstimmung, Niederschrift und alles andere
people.jsonl       Namen zu den Kennungen der Personen, vorher und nachher, mit dem Salz des Ereignisses, das sie nennt
versions.json      Verzeichnis der Versionen, ihr Inhalt liegt unter versions/
files/             hochgeladene Dateien, benannt nach ihrer Prüfsumme
checkpoints/       unterschriebene Prüfpunkte
keys.txt           die öffentlichen Schlüssel dazu
verify_bundle.py   prüft das alles: python3 verify_bundle.py BUNDLE.zip [--checkpoints ORDNER]

Ein Bündel beweist so viel wie die Prüfpunkte, die außer Haus lagen: Prüfen Sie es mit denen, die die Träger per E-Mail
erhalten haben. Stimmen einer Abstimmung, deren Ergebnis nicht festgestellt ist, und frühere Stimmen fehlen.
"""


@dataclass
class _Pack:
    archive: zipfile.ZipFile
    members: dict[str, str] = field(default_factory=dict)
    """Name to checksum."""

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        checksum = sha256()
        # Without a date of its own: the same content gives the same bytes.
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self.archive.open(info, "w", force_zip64=True) as member:
            for part in parts:
                checksum.update(part)
                member.write(part)
        self.members[name] = checksum.hexdigest()


def write_bundle(session: Session, programme: Programme, *, at: datetime, target: IO[bytes]) -> None:
    """Write the bundle of a programme into a file that can be sought in.

    The session sees the same data throughout, and serves the programme's Jobcenter.
    """
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    head = session.get_one(AuditHead, house.id)
    counted = {ballot.id for ballot in ballots_of(session, programme) if ballot.state is BallotState.CONCLUDED}
    with zipfile.ZipFile(target, "w") as archive:
        pack = _Pack(archive)
        pack.add("events.jsonl", (f"{body}\n".encode() for body in _bodies(session, house.id, head.seq)))
        rows = {(row.__tablename__, row.id): row for row in _rows(session, programme)}
        seats = {row.id for row in rows.values() if isinstance(row, Elector) and row.ballot_id in counted}
        secret = {key: row for key, row in rows.items() if isinstance(row, Vote) and row.elector_id not in seats}
        pack.add("wording.jsonl", _lines(_wordings(session, programme, secret, rows)))
        shown = (row for key, row in rows.items() if key not in secret)
        pack.add("rows.jsonl", _lines(_image(row) for row in shown))
        withheld_files = _add_files(session, pack, rows, secret)
        _add_versions(session, pack, programme)
        _add_checkpoints(session, pack, house)
        pack.add("people.jsonl", _lines(_people(session, programme)))
        pack.add("verify_bundle.py", [Path(verify_bundle.__file__).read_bytes()])
        pack.add("LIESMICH.txt", [README.encode()])
        manifest: dict[str, Plain] = {
            "format": FORMAT,
            "made_at": plain(at),
            "jobcenter": {"id": str(house.id), "key": house.key, "name": house.name},
            "programme": {"id": str(programme.id), "slug": programme.slug, "title": programme.title},
            "head": {"seq": head.seq, "hash": head.hash},
            "withheld": plain(sorted([table, str(row_id)] for table, row_id in secret)),
            "withheld_files": plain(withheld_files),
            "members": {**pack.members},
        }
        archive.writestr(zipfile.ZipInfo("manifest.json"), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _lines(found: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    return (orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in found)


def _bodies(session: Session, jobcenter_id: UUID, last: int) -> Iterator[str]:
    seq = 0
    while seq < last and (links := links_after(session, jobcenter_id, seq)):
        yield from (body for _, body, _ in links)
        seq = links[-1][0]


def _rows(session: Session, programme: Programme) -> Iterator[Audited]:
    """The programme itself, and every audited row that names it."""
    yield programme
    mappers = [m for m in Base.registry.mappers if issubclass(m.class_, Audited) and "programme_id" in m.columns]
    for mapper in sorted(mappers, key=lambda mapper: mapper.class_.__tablename__):
        mine = mapper.columns["programme_id"] == programme.id
        yield from session.scalars(select(mapper.class_).where(mine).order_by(*mapper.primary_key))


def _image(row: Audited) -> dict[str, object]:
    return {"type": row.__tablename__, "id": str(row.id), "values": image_of(row)}


_Rows = Mapping[tuple[str, UUID], Audited]


def _wordings(session: Session, programme: Programme, secret: _Rows, rows: _Rows) -> Iterator[dict[str, object]]:
    """Of a vote only what the last event about it says, and only once it has been counted: salts tell the rest."""
    mine = (AuditEvent.jobcenter_id == programme.jobcenter_id) & (AuditEvent.programme_id == programme.id)
    same = (AuditRevision.jobcenter_id == AuditEvent.jobcenter_id) & (AuditRevision.seq == AuditEvent.seq)
    columns = (AuditEvent.seq, AuditEvent.object_type, AuditEvent.object_id, AuditRevision.salt, AuditRevision.texts)
    question = select(*columns).join(AuditRevision, same).where(mine).order_by(AuditEvent.seq)
    for seq, table, row_id, salt, texts in session.execute(question):
        is_last = (table, row_id) in rows and rows[table, row_id].audit_seq == seq
        if (table, row_id) not in secret and (table != Vote.__tablename__ or is_last):
            yield {"seq": seq, "salt": salt.hex(), "texts": orjson.loads(texts)}


def _add_files(session: Session, pack: _Pack, rows: _Rows, secret: _Rows) -> list[str]:
    """Add every file of the programme; returns the checksums of those left out."""
    hidden = {row_id for _, row_id in secret}
    shown: dict[str, bool] = {}
    for row in rows.values():
        if isinstance(row, StoredFile) and row.sha256:
            shown[row.sha256] = shown.get(row.sha256, False) or row.subject_id not in hidden
    left_out = []
    for checksum, is_shown in sorted(shown.items()):
        kept = session.get(FileContent, (served(session), checksum)) if is_shown else None
        if kept is None:
            left_out.append(checksum)
            continue
        pack.add(f"files/{checksum}", [kept.content])
        session.expunge(kept)
    return left_out


def _add_versions(session: Session, pack: _Pack, programme: Programme) -> None:
    listed: list[dict[str, Any]] = []
    question = select(Version).where(Version.programme_id == programme.id).order_by(Version.number)
    for version in session.scalars(question, execution_options={"yield_per": FEW}):
        pack.add(f"versions/{version.id}.json", [version.content.encode()])
        listed.append({"id": str(version.id), "number": version.number, "sha256": version.sha256})
    pack.add("versions.json", [orjson.dumps(listed, option=orjson.OPT_SORT_KEYS)])


def _add_checkpoints(session: Session, pack: _Pack, house: Jobcenter) -> None:
    mine = select(Checkpoint).where(Checkpoint.jobcenter_id == house.id).order_by(Checkpoint.seq, Checkpoint.at)
    keys: set[str] = set()
    for number, one in enumerate(session.scalars(mine), 1):
        pack.add(f"checkpoints/{number:06}-{one.occasion.value}.txt", [one.note.encode()])
        note = note_of(one)
        keys |= set(note.says("key")) if note else set()
    pack.add("keys.txt", (f"{key}\n".encode() for key in sorted(keys)))


def _people(session: Session, programme: Programme) -> Iterator[dict[str, object]]:
    """The name of everybody who acted in the programme, or for whom somebody acted, as the last event about it says."""
    mine = (AuditEvent.jobcenter_id == programme.jobcenter_id) & (AuditEvent.programme_id == programme.id)
    pairs = session.execute(select(AuditEvent.actor_id, AuditEvent.on_behalf_of).where(mine).distinct())
    wanted = {person for pair in pairs for person in pair if person is not None}
    same = (AuditRevision.jobcenter_id == AuditEvent.jobcenter_id) & (AuditRevision.seq == AuditEvent.seq)
    about = (AuditEvent.jobcenter_id == programme.jobcenter_id) & (AuditEvent.object_type == Person.__tablename__)
    columns = (AuditEvent.seq, AuditEvent.object_id, AuditRevision.salt, AuditRevision.texts)
    found: dict[UUID, dict[str, object]] = {}
    for seq, person, salt, texts in session.execute(
        select(*columns).join(AuditRevision, same).where(about).order_by(AuditEvent.seq)
    ):
        if person in wanted and (name := orjson.loads(texts).get("name")):
            found[person] = {"id": str(person), "seq": seq, "salt": salt.hex(), "name": name}
    return iter(found.values())
