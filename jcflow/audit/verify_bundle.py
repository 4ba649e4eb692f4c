"""Prüft ein Bündel für die Revision ohne jcflow: python3 verify_bundle.py BUNDLE.zip [--checkpoints ORDNER] [--key KEY]

Needs Python 3.11 and the package `cryptography`, nothing of jcflow: this very file lies in every bundle, but whoever
wants to be sure takes it from elsewhere. Ends with 0: all fits, 1: altered (the first place is named), 2: wrong use.
Notes are those of C2SP `signed-note` and `tlog-checkpoint`; but the third line is the SHA-256 of the last event.
"""

from __future__ import annotations

import argparse
import base64
import email.policy
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = "0" * 64
SENSELESS = (AttributeError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile)
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
PARTS = r"(events|wording|rows|people)\.jsonl|versions\.json|verify_bundle\.py|(keys|LIESMICH|checkpoints/.+)\.txt"
UNPROVED = "Was das Verzeichnis nennt, belegt kein Ereignis."
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
    """A signed checkpoint of one chain: number of events, SHA-256 of the last in hexadecimal, lines such as `key …`."""

    origin: str
    size: int
    head: str
    more: tuple[str, ...]
    text: str
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
        key, mine = Ed25519PublicKey.from_public_bytes(public), (self.origin, key_id(self.origin, public))
        for signature in (raw[4:] for name, raw in self.signatures if (name, raw[:4]) == mine):
            with suppress(InvalidSignature):
                key.verify(signature, self.text.encode())
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
    """The notes that one of the keys has signed, or a key that one of these notes names and that has signed it too."""
    waiting, good, known = list(notes), list[Note](), set(keys)
    while more := [note for note in waiting if any(note.is_signed_by(public) for public in known)]:
        good, waiting = good + more, [note for note in waiting if note not in more]
        known |= {public for note in more for public in note.keys}
    return good


@dataclass
class Anchors:
    """Signed notes held against a chain: how many events one says rightly, and the first contradiction, in German."""

    notes: list[Note]
    fits: int = 0
    problem: str = ""

    def __post_init__(self) -> None:
        self.by_size = {note.size: [n for n in self.notes if n.size == note.size] for note in self.notes}
        self.see(0, GENESIS)

    def see(self, size: int, head: str) -> bool:
        """Hold the event of this number against the notes; False where one contradicts."""
        for note in self.by_size.get(size, ()):
            if note.head != head and not self.problem:
                where = f"Ereignis {self.fits + 1}" + (f" bis {size}" if size > self.fits + 1 else "")
                self.problem = f"{where}: Der Prüfpunkt über {size} Ereignisse nennt eine andere Prüfsumme."
        self.fits = size if size in self.by_size and not self.problem else self.fits
        return not self.problem

    def end(self, size: int) -> bool:
        """Hold the chain's length against the notes; False where one contradicts."""
        if (longest := max(self.by_size, default=0)) > size and not self.problem:
            self.problem = f"Ereignis {size + 1}: Es fehlt, denn ein Prüfpunkt kennt {longest} Ereignisse."
        return not self.problem


def anchored(fits: int, events: int) -> str:
    """How far a chain is anchored, in German."""
    so_far = f"verankert bis Ereignis {fits}, danach {events - fits} nicht verankert"
    return so_far if fits else f"nicht verankert: {events} Ereignisse, kein gültiger Prüfpunkt"


class Altered(Exception):
    """The first thing in a bundle that does not fit; its text is a German sentence."""


def _need(fits: object, problem: str) -> None:
    if not fits:
        raise Altered(problem)


def commitment(salt: bytes, name: str, value: Any) -> str:
    """What an event says of a wording it does not hold."""
    return hashlib.sha256(salt + name.encode() + b"\0" + _canonical(value).encode()).hexdigest()


def _read(line: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        if isinstance(found := json.loads(line), dict) and _canonical(found).encode() == line:
            return found
    return {}


@dataclass
class Bundle:
    """An opened bundle; each check raises `Altered` at the first thing that the chain does not vouch for."""

    archive: zipfile.ZipFile
    manifest: dict[str, Any]
    events: dict[int, dict[str, Any]] = field(default_factory=dict)
    clear: dict[str, dict[str, Any]] = field(default_factory=dict)
    named: dict[str, tuple[int, str]] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    secret: set[str] = field(default_factory=set)

    def check_chain(self, anchors: Anchors) -> int:
        """Every event follows the one before it, up to the head, as the notes say."""
        house, seq, previous = self.manifest["jobcenter"]["id"], 0, GENESIS
        for seq, line in enumerate(self.archive.read("events.jsonl").splitlines(), 1):
            event = _read(line)
            fits = (event.get("seq"), event.get("prev"), event.get("jobcenter")) == (seq, previous, house)
            _need(fits, f"Ereignis {seq}: Das Ereignis passt nicht an seine Stelle in der Kette.")
            previous = hashlib.sha256(line).hexdigest()
            _need(anchors.see(seq, previous), anchors.problem)
            self.erased |= {*event["changes"]["emptied"][1]} if event["type"] == "erasure" else set()
            if event["type"] == "person" and "name" in event["commitments"]:
                self.named[event["id"]] = seq, event["commitments"]["name"]
            if event["programme"] == self.manifest["programme"]["id"]:
                self.events[seq] = event
                self.clear.setdefault(event["id"], {}).update({n: p[1] for n, p in event["changes"].items()})
        fits = anchors.end(seq) and self.manifest["head"] == {"seq": seq, "hash": previous}
        _need(fits, anchors.problem or f"Ereignis {seq + 1}: Die Kette endet nicht dort, wo ihr Kopf steht.")
        for vote in {event["id"] for event in self.events.values() if event["type"] == "vote"}:
            ballot = self.clear[self.clear[self.clear[vote]["elector_id"]]["ballot_id"]]
            self.secret |= {vote} if ballot["state"] != "concluded" else set()
        return seq

    def _lines(self, name: str, *names: str) -> Iterator[list[Any]]:
        for said in map(_read, self.archive.read(name).splitlines()):
            _need(said.keys() == {*names}, f"{name}: Ein Eintrag ist nicht in der festgelegten Form.")
            yield [said[one] for one in names]

    def check_wording(self) -> str:
        """Events and rows of the programme are there with all the wording committed to, but for secret votes."""
        salts, rows, own = dict[int, bytes](), 0, self.manifest["programme"]
        last = {(event["type"], event["id"]): event for event in self.events.values()}
        for seq, salt, texts in self._lines("wording.jsonl", "seq", "salt", "texts"):
            salts |= {seq: bytes.fromhex(salt)} if salt or seq in self.erased else {}
            found = {name: commitment(bytes.fromhex(salt), name, value) for name, value in texts.items()}
            fits = seq in self.events and found == (self.events[seq]["commitments"] if salt else {})
            _need(fits, f"Ereignis {seq}: Der Wortlaut passt nicht zur Prüfsumme im Ereignis.")
        for seq, event in self.events.items():
            hidden = event["type"] == "vote" and (event["id"] in self.secret or last["vote", event["id"]] is not event)
            _need(seq in salts or hidden, f"Ereignis {seq}: Der Wortlaut fehlt, und keine Löschung nennt ihn.")
        for table, one, values in self._lines("rows.jsonl", "type", "id", "values"):
            event, rows = last.pop((table, one), {"seq": 0, "image": ""}), rows + 1
            fits = commitment(salts.get(event["seq"], b""), "image", values) == event["image"]
            _need(fits, f"{table} {one}: Die Zeile passt nicht zu ihrem letzten Ereignis.")
            _need(table != "programme" or own == {name: values[name] for name in ("id", "slug", "title")}, UNPROVED)
        for table, one in last:
            _need(table == "vote" and one in self.secret, f"{table} {one}: Die Zeile zum Ereignis fehlt.")
        _need(rows and self.manifest["withheld"] == sorted([*key] for key in last), UNPROVED)
        gone, kept_back = sum(not raw for raw in salts.values()), len(self.events) - len(salts)
        return f"{rows} Zeilen, {len(salts)} Wortlaute, davon {gone} gelöscht; {kept_back} zu Stimmen zurückgehalten"

    def check_contents(self) -> str:
        """Versions, files and names are those the events name; nothing else is there, nothing missing but as above."""
        said = [{name: pair[1] for name, pair in event["changes"].items()} for event in self.events.values()]
        versions = {s["version_id"]: s["version_sha256"] for s in said if s.get("version_id") and "version_sha256" in s}
        stored = [row for row in self.clear.values() if row.get("sha256")]
        files = {row["sha256"] for row in stored if row["subject_id"] not in self.secret}
        wanted = {f"versions/{one}.json": s for one, s in versions.items()} | {f"files/{s}": s for s in files}
        for name, checksum in sorted({**dict.fromkeys(wanted, ""), **self.manifest["members"]}.items()):
            fits = wanted[name] == checksum if name in wanted else re.fullmatch(PARTS, name)
            _need(fits, f"{name}: Der Inhalt ist nicht der, den das Ereignis nennt.")
        listed = [{"id": one, "number": n, "sha256": s} for n, (one, s) in enumerate(versions.items(), 1)]
        _need(self.archive.read("versions.json").decode() == _canonical(listed), "versions.json: " + UNPROVED)
        _need((away := self.manifest["withheld_files"]) == sorted({row["sha256"] for row in stored} - files), UNPROVED)
        unnamed = {event[who] for event in self.events.values() for who in ("actor", "on_behalf_of")} - {None}
        for one, seq, salt, name in self._lines("people.jsonl", "id", "seq", "salt", "name"):
            fits = (seq, commitment(bytes.fromhex(salt), "name", name)) == self.named.get(one)
            _need(fits, f"Person {one}: Der Name passt nicht zum Ereignis.")
            unnamed.discard(one)
        _need(not unnamed, f"Person {min(unnamed, default='')}: Der Name fehlt.")
        return f"{len(versions)} Versionen, {len(files)} Dateien; {len(away)} zu Stimmen zurückgehalten"


def check(file: Path, notes: Sequence[Note] | None, keys: set[bytes]) -> Iterator[str]:
    """What a bundle holds and how far it is anchored; raises `Altered`. Without `keys` those in `notes` count."""
    with zipfile.ZipFile(file) as archive:
        box = Bundle(archive, manifest := json.loads(archive.read("manifest.json")))
        house, members, names = manifest["jobcenter"], manifest["members"], sorted(archive.namelist())
        wrong = min({*names} ^ {*members, "manifest.json"}, default="Das Bündel")
        _need(names == sorted([*members, "manifest.json"]), f"{wrong}: Eine Datei fehlt, ist doppelt oder zu viel.")
        for name, checksum in members.items():
            _need(hashlib.sha256(archive.read(name)).hexdigest() == checksum, f"{name}: Die Prüfsumme passt nicht.")
        listed = [archive.read(name).decode() for name in members if name.startswith("checkpoints/")]
        inside = [note for text in listed for note in notes_in(text)]
        outside = [note for note in notes or () if note.origin == f"jcflow/{house['id']}"]
        if notes is not None and not outside:
            raise ValueError("Im Ordner liegt kein Prüfpunkt dieses Jobcenters.")
        known = keys or {public for note in outside for public in note.keys}
        good = vouched([*outside, *inside], known or {public for note in inside for public in note.keys})
        _need(len(good) == len(outside) + len(listed), "Ein Prüfpunkt ist nicht gültig unterschrieben.")
        events, worded, rest = box.check_chain(anchors := Anchors(good)), box.check_wording(), box.check_contents()
        yield f"{manifest['programme']['title']}, Jobcenter {house['id']}: alles passt zusammen."
        yield from (f"Der Name „{house['name']}“ ist nicht belegt.", f"{events} Ereignisse, {worded}.", f"{rest}.")
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
        notes = notes_in_folder(asked.checkpoints) if asked.checkpoints else None
        print(*check(asked.bundle, notes, {read_key(word) for word in asked.key}), sep="\n")
    except (Altered, *SENSELESS) as problem:
        said = "" if (is_altered := isinstance(problem, Altered)) else "Das lässt sich nicht prüfen: "
        print(f"{said}{problem}", file=sys.stdout if is_altered else sys.stderr)
        return 1 if is_altered else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
