"""Prüft ein Bündel für die Revision ohne jcflow: python3 verify_bundle.py BUNDLE.zip [--checkpoints ORDNER] [--key KEY]

Needs Python 3.11 and the package `cryptography`, nothing of jcflow: this very file lies in every bundle, but whoever
wants to be sure takes it from elsewhere. Ends with 0: all fits, 1: altered (the first place is named), 2: wrong use.

Signed notes are read as C2SP `signed-note` and `tlog-checkpoint` describe them, but the third line is the SHA-256 of
the last event of a chain, not a Merkle root. jcflow itself reads its checkpoints with this module too.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = "0" * 64
SENSELESS = (AttributeError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile)
_NOTE = re.compile(
    r"(?P<text>jcflow/[^\s+]+\n[0-9]{1,18}\n[A-Za-z0-9+/]{43}=\n(?:\S[^\n]*\n)*)\n(?P<signatures>(?:— [^\n]+\n)+)"
)


def key_id(name: str, public: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, newline, algorithm and public key. Source: C2SP signed-note."""
    return hashlib.sha256(name.encode() + b"\n" + b"\x01" + public).digest()[:4]


def read_key(word: str) -> bytes:
    """The 32 bytes of a public key written as name, id and base64 with `+` between them; raises ValueError."""
    name, number, encoded = word.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if len(raw) == 33 and raw[:1] == b"\x01" and key_id(name, raw[1:]).hex() == number:
        return raw[1:]
    raise ValueError(word)


@dataclass(frozen=True)
class Note:
    """A signed checkpoint of one chain: its number of events, and the SHA-256 of the last one in hexadecimal."""

    origin: str
    size: int
    head: str
    more: tuple[str, ...]
    """The lines below, each a word and what it says, e.g. `occasion daily`."""
    text: str
    """What is signed, with the newline at its end."""
    signatures: tuple[tuple[str, bytes], ...]

    def says(self, word: str) -> list[str]:
        """What the lines that begin with this word say."""
        return [line.removeprefix(f"{word} ") for line in self.more if line.startswith(f"{word} ")]

    @property
    def keys(self) -> list[bytes]:
        """The public keys it names that have signed it."""
        named = []
        for word in self.says("key"):
            with suppress(ValueError):
                named.append(read_key(word))
        return [public for public in named if self.is_signed_by(public)]

    def is_signed_by(self, public: bytes) -> bool:
        """Whether one of its signatures is this key's."""
        mine, key = key_id(self.origin, public), Ed25519PublicKey.from_public_bytes(public)
        for name, signature in self.signatures:
            if name == self.origin and signature[:4] == mine:
                with suppress(InvalidSignature):
                    key.verify(signature[4:], self.text.encode())
                    return True
        return False


def notes_in(text: str) -> Iterator[Note]:
    """The notes in a text, which may hold other things, e.g. the greeting of a mail."""
    for found in _NOTE.finditer(text.replace("\r\n", "\n") + "\n"):
        origin, size, head, *more = found["text"].rstrip("\n").split("\n")
        signed = (line[2:].partition(" ") for line in found["signatures"].splitlines())
        with suppress(ValueError):
            signatures = tuple((name, base64.b64decode(word, validate=True)) for name, _, word in signed)
            yield Note(origin, int(size), base64.b64decode(head).hex(), tuple(more), found["text"], signatures)


def notes_in_folder(folder: Path) -> list[Note]:
    """The notes in the files of a folder and below: plain text, or mails as they were saved (`.eml`)."""
    found: list[Note] = []
    for file in (path for path in sorted(folder.rglob("*")) if path.is_file()):
        texts = [file.read_text("utf-8", "replace")]
        if file.suffix.lower() == ".eml":
            parts = email.message_from_bytes(file.read_bytes(), policy=email.policy.default).walk()
            texts = [str(part.get_content()) for part in parts if part.get_content_type() == "text/plain"]
        found += (note for text in texts for note in notes_in(text))
    return list(dict.fromkeys(found))


def vouched(notes: Iterable[Note], keys: Iterable[bytes]) -> list[Note]:
    """The notes that one of the keys has signed.

    A key that has signed a note together with one that counts, and is named in it, counts too: so keys are changed.
    """
    waiting, good, known = list(notes), list[Note](), set(keys)
    while more := [note for note in waiting if any(note.is_signed_by(public) for public in known)]:
        good += more
        waiting = [note for note in waiting if note not in more]
        known |= {public for note in more for public in note.keys}
    return good


@dataclass
class Anchors:
    """What signed notes say of one chain, held against it event by event."""

    notes: list[Note]
    fits: int = 0
    """The highest number of events a note says rightly; 0: none does."""
    problem: str = ""
    """The first contradiction, as a German sentence that begins with the events that may be wrong."""

    def __post_init__(self) -> None:
        self.by_size = {note.size: [n for n in self.notes if n.size == note.size] for note in self.notes}
        self.see(0, GENESIS)

    def see(self, size: int, head: str) -> bool:
        """Hold the event of this number against the notes; False where one contradicts."""
        for note in self.by_size.get(size, ()):
            if note.head != head and not self.problem:
                where = f"Ereignis {self.fits + 1}" + (f" bis {size}" if size > self.fits + 1 else "")
                self.problem = f"{where}: Der Prüfpunkt über {size} Ereignisse nennt eine andere Prüfsumme."
        if not self.problem and size in self.by_size:
            self.fits = size
        return not self.problem

    def end(self, size: int) -> bool:
        """Hold the chain's length against the notes; False where one contradicts."""
        longest = max(self.by_size, default=0)
        if longest > size and not self.problem:
            self.problem = f"Ereignis {size + 1}: Es fehlt, denn ein Prüfpunkt kennt {longest} Ereignisse."
        return not self.problem


def anchored(fits: int, events: int) -> str:
    """How far a chain is anchored, in German."""
    so_far = f"verankert bis Ereignis {fits}, danach {events - fits} nicht verankert"
    return so_far if fits else f"nicht verankert: {events} Ereignisse, kein gültiger Prüfpunkt"


class Altered(Exception):
    """The first thing in a bundle that does not fit; its text is a German sentence."""


def commitment(salt: bytes, name: str, value: Any) -> str:
    """What an event says of a wording it does not hold."""
    return hashlib.sha256(salt + name.encode() + b"\0" + _canonical(value)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _event(line: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(line)
        return found if isinstance(found, dict) and _canonical(found) == line else {}
    return {}


@dataclass
class Bundle:
    """An opened bundle; each check raises `Altered` at the first thing that does not fit, and counts what it saw."""

    archive: zipfile.ZipFile
    manifest: dict[str, Any]
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)

    def notes(self) -> Iterator[Note]:
        """The checkpoints in the bundle."""
        for name in self.manifest["members"]:
            yield from notes_in(self.archive.read(name).decode()) if name.startswith("checkpoints/") else ()

    def check_members(self) -> None:
        """Every member is listed with the checksum it has, and none is missing."""
        said, there = self.manifest["members"], set(self.archive.namelist()) - {"manifest.json"}
        for name in sorted(there | set(said)):
            if name not in there & set(said):
                raise Altered(f"{name}: Die Datei {'fehlt' if name in said else 'steht nicht im Verzeichnis'}.")
            checksum = hashlib.sha256()
            with self.archive.open(name) as member:
                while part := member.read(1 << 20):
                    checksum.update(part)
            if checksum.hexdigest() != said[name]:
                raise Altered(f"{name}: Die Prüfsumme passt nicht zum Inhalt.")

    def check_chain(self, anchors: Anchors) -> int:
        """Every event follows the one before it, up to the head, as the notes say."""
        house, seq, previous = self.manifest["jobcenter"]["id"], 0, GENESIS
        with self.archive.open("events.jsonl") as lines:
            for seq, line in enumerate((line.rstrip(b"\n") for line in lines), 1):
                event = _event(line)
                if (event.get("seq"), event.get("prev"), event.get("jobcenter")) != (seq, previous, house):
                    raise Altered(f"Ereignis {seq}: Das Ereignis passt nicht an seine Stelle in der Kette.")
                previous = hashlib.sha256(line).hexdigest()
                if not anchors.see(seq, previous):
                    raise Altered(anchors.problem)
                self.erased |= {*event["changes"]["emptied"][1]} if event["type"] == "erasure" else set()
                if event["programme"] == self.manifest["programme"]["id"]:
                    self.events[seq] = event
        if not anchors.end(seq) or self.manifest["head"] != {"seq": seq, "hash": previous}:
            raise Altered(anchors.problem or f"Ereignis {seq + 1}: Die Kette endet nicht dort, wo ihr Kopf steht.")
        return seq

    def check_wording(self) -> tuple[int, int]:
        """Every wording and every row of the programme is what its events commit to."""
        salts, rows = dict[int, bytes](), 0
        for said in map(json.loads, self.archive.read("wording.jsonl").splitlines()):
            salts[said["seq"]] = salt = bytes.fromhex(said["salt"])
            committed = self.events[said["seq"]]["commitments"]
            if any(commitment(salt, name, value) != committed.get(name) for name, value in said["texts"].items()):
                raise Altered(f"Ereignis {said['seq']}: Der Wortlaut passt nicht zur Prüfsumme im Ereignis.")
            if not salt and said["seq"] not in self.erased:
                raise Altered(f"Ereignis {said['seq']}: Der Wortlaut fehlt, und keine Löschung nennt ihn.")
        last = {(event["type"], event["id"]): event for event in self.events.values()}
        for row in map(json.loads, self.archive.read("rows.jsonl").splitlines()):
            event, rows = last.pop((row["type"], row["id"]), {}), rows + 1
            if commitment(salts.get(event.get("seq", 0), b""), "image", row["values"]) != event.get("image"):
                raise Altered(f"{row['type']} {row['id']}: Die Zeile passt nicht zu ihrem letzten Ereignis.")
        for missing in sorted(set(last) - {tuple(named) for named in self.manifest["withheld"]}):
            raise Altered(f"{' '.join(missing)}: Die Zeile zum Ereignis fehlt.")
        return len(salts), rows

    def check_contents(self) -> tuple[int, int]:
        """Every version and file is the one its event names; what the members hold is known to fit the manifest."""
        said = [{name: pair[1] for name, pair in event["changes"].items()} for event in self.events.values()]
        versions = {s["version_id"]: s["version_sha256"] for s in said if s.get("version_id") and "version_sha256" in s}
        files = {s["sha256"] for s in said if s.get("sha256")} - set(self.manifest["withheld_files"])
        wanted = {f"versions/{name}.json": checksum for name, checksum in versions.items()}
        for name, checksum in sorted((wanted | {f"files/{checksum}": checksum for checksum in files}).items()):
            if self.manifest["members"].get(name) != checksum:
                raise Altered(f"{name}: Der Inhalt ist nicht der, den das Ereignis nennt.")
        return len(versions), len(files)


def check(file: Path, notes: Iterable[Note], keys: set[bytes]) -> Iterator[str]:
    """What a bundle holds and how far it is anchored, by lines; raises `Altered`; keys that `notes` name count too."""
    with zipfile.ZipFile(file) as archive:
        bundle = Bundle(archive, json.loads(archive.read("manifest.json")))
        bundle.check_members()
        house = bundle.manifest["jobcenter"]
        outside, inside = [n for n in notes if n.origin == f"jcflow/{house['id']}"], list(bundle.notes())
        known = keys | {public for note in outside for public in note.keys}
        good = vouched([*outside, *inside], known or {public for note in inside for public in note.keys})
        if len(good) < len(outside) + len(inside):
            raise Altered("Ein Prüfpunkt ist nicht mit einem gültigen Schlüssel unterschrieben.")
        anchors = Anchors(good)
        events = bundle.check_chain(anchors)
        (worded, rows), (versions, files) = bundle.check_wording(), bundle.check_contents()
        yield f"{house['name']}, {bundle.manifest['programme']['title']}: alles passt zusammen."
        yield f"{events} Ereignisse, {worded} Wortlaute, {rows} Zeilen, {versions} Versionen, {files} Dateien."
        yield f"Der Änderungsverlauf ist {anchored(anchors.fits, events)}."
        if good and not known:
            yield "Der Schlüssel stammt aus dem Bündel selbst. Vergleichen Sie ihn mit einem gemailten Prüfpunkt:"
            yield from sorted({word for note in good for word in note.says("key")})


def main(words: list[str] | None = None) -> int:
    """Check the bundle a command line names; returns the exit code."""
    parser = argparse.ArgumentParser(description="Prüft ein Bündel für die Revision.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="Ordner mit gemailten Prüfpunkten")
    parser.add_argument("--key", action="append", default=[], help="öffentlicher Schlüssel; mehrfach möglich")
    asked = parser.parse_args(words)
    try:
        notes = notes_in_folder(asked.checkpoints) if asked.checkpoints else []
        print(*check(asked.bundle, notes, {read_key(word) for word in asked.key}), sep="\n")
    except Altered as problem:
        print(problem)
        return 1
    except SENSELESS as error:
        print(f"Das lässt sich nicht prüfen: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
