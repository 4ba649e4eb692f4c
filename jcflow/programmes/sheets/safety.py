"""An uploaded Excel file before anything reads it: no bomb, no macro, no link to elsewhere, no trick in its XML.

What passes is packed anew from exactly the bytes that were looked at; nothing else of the upload is ever opened.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from jcflow.errors import BadInput, TooLarge
from jcflow.programmes.file_types import DAMAGED, HIGHEST_RATIO, MOST_MEMBERS
from jcflow.programmes.files import LARGEST

MOST_UNPACKED = 12 * 2**20
"""Bytes of all parts together; a programme's own file has some 200 thousand."""
MOST_ELEMENTS, MOST_STYLES, DEEPEST = 250_000, 40_000, 60
"""Elements of all parts, of the part with the styles, and how deep they may be nested."""
RATIO_FROM = 2**20
"""Bytes from which on the ratio counts: a short part of equal rows packs well without any harm."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_ALIKE = "Speichern Sie die Tabelle in Excel als „Excel-Arbeitsmappe (.xlsx)“ und laden Sie sie noch einmal hoch."
NO_WORKBOOK = f"Das ist keine Excel-Datei im Format .xlsx. {_ALIKE}"
OLD = f"Das ist eine Excel-Datei im alten Format .xls. {_ALIKE}"
ENCRYPTED = "Die Datei ist mit einem Kennwort geschützt. Entfernen Sie den Schutz und laden Sie sie noch einmal hoch."
MACROS = f"Die Datei enthält Makros und wird deshalb nicht angenommen. {_ALIKE}"
LINKS = (
    "Die Datei bezieht Daten aus anderen Dateien. Entfernen Sie die Verknüpfungen und laden Sie sie noch einmal hoch."
)
EMBEDDED = "Die Datei enthält eingebettete Objekte. Entfernen Sie sie und laden Sie die Datei noch einmal hoch."
DAMAGE = "Die Datei ist beschädigt und lässt sich nicht lesen. Speichern Sie sie in Excel neu."
BOMB = "Die Datei ist ausgepackt zu groß. Laden Sie die Tabelle aus jcflow neu und tragen Sie nur Ihre Zahlen ein."
MANY = f"Die Datei besteht aus mehr als {MOST_MEMBERS:,} Teilen und wird deshalb nicht angenommen.".replace(",", ".")
TRICKED = (
    "Die Datei enthält eine Dokumenttyp-Angabe, mit der sich Schadcode einschleusen lässt. Sie wird nicht angenommen."
)
_MACROS = ("vbaproject", "xl/macrosheets/", "xl/vbadata", "xl/activex/", "customui/")
_LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/", "xl/model/")
_EMBEDDED = ("xl/embeddings/", "xl/ctrlprops/", "xl/webextensions/")
_READ = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/(?:_rels/workbook\.xml\.rels|(?:workbook|styles|sharedstrings)\.xml)"
    r"|xl/worksheets/[^/]+\.xml"
)
"""Parts in which the figures stand; pictures, comments, themes and the rest are left out."""


def checked(content: bytes, name: str) -> bytes:
    """The workbook of an upload, packed anew from the parts that are needed.

    Raises:
        TooLarge: More than 10 MB.
        BadInput: It is no workbook, or holds what a table of figures never holds; the sentence says what.
    """
    if len(content) > LARGEST:
        raise TooLarge(len(content), LARGEST)
    if name.lower().endswith((".xlsm", ".xltm", ".xlam", ".xlsb")):
        raise _refused(MACROS)
    if content.startswith(_OLD_OFFICE):
        raise _refused(ENCRYPTED if _ENCRYPTED in content else OLD)
    if not name.lower().endswith(".xlsx") or not content.startswith(b"PK"):
        raise _refused(NO_WORKBOOK)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = _parts(archive)
    except DAMAGED as error:
        raise _refused(DAMAGE) from error
    elements = sum(_elements(part, text) for part, text in parts.items())
    if elements > MOST_ELEMENTS:
        raise _refused(BOMB)
    return _packed(parts)


def _refused(sentence: str) -> BadInput:
    return BadInput({"file": sentence})


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The parts that are needed, each read as far as the limits allow, whatever the directory says of its size."""
    members = archive.infolist()
    _check_directory(members)
    found: dict[str, bytes] = {}
    total = 0
    for member in members:
        if not _READ.fullmatch(member.filename.lower()):
            continue
        with archive.open(member) as opened:
            text = opened.read(MOST_UNPACKED - total + 1)
        total += len(text)
        if total > MOST_UNPACKED:
            raise _refused(BOMB)
        found[member.filename] = text
    return found


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise _refused(MANY)
    names = [member.filename.lower() for member in members]
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise _refused(ENCRYPTED)
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked / packed > HIGHEST_RATIO):
        raise _refused(BOMB)
    _check_names(names)


def _check_names(names: list[str]) -> None:
    def holds(*beginnings: str) -> bool:
        return any(beginning in name for beginning in beginnings for name in names)

    if holds(*_MACROS):
        raise _refused(MACROS)
    if holds(*_LINKS):
        raise _refused(LINKS)
    if holds(*_EMBEDDED):
        raise _refused(EMBEDDED)
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise _refused(NO_WORKBOOK)
    if len(set(names)) < len(names):
        raise _refused(DAMAGE)


def _elements(part: str, text: bytes) -> int:
    """Read a part once, piece by piece, as strictly as can be; returns how many elements it has."""
    watch, found, depth = _WATCHES.get(part.lower()), 0, 0
    most = MOST_STYLES if part.lower() == "xl/styles.xml" else MOST_ELEMENTS
    try:
        for event, element in iterparse(BytesIO(text), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            found += event == "start"
            if found > most or depth > DEEPEST:
                raise _refused(BOMB)
            if event == "end":
                if watch is not None:
                    watch(element.attrib)
                element.clear()
    except DefusedXmlException as error:
        raise _refused(TRICKED) from error
    except (ParseError, ValueError, LookupError) as error:
        raise _refused(DAMAGE) from error
    return found


def _watch_types(given: Mapping[str, str]) -> None:
    kind = given.get("ContentType", "").lower()
    if "macroenabled" in kind or "vbaproject" in kind:
        raise _refused(MACROS)


def _watch_links(given: Mapping[str, str]) -> None:
    if given.get("TargetMode", "").lower() == "external":
        raise _refused(LINKS)


_WATCHES: dict[str, Callable[[Mapping[str, str]], None]] = {
    "[content_types].xml": _watch_types,
    "_rels/.rels": _watch_links,
    "xl/_rels/workbook.xml.rels": _watch_links,
}
"""Name of a part to what is looked at in each of its elements."""


def _packed(parts: dict[str, bytes]) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return into.getvalue()
