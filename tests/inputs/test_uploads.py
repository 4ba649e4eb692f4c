"""Files that are not what they say, or unpack into more than they say; see test_files for the plain cases."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from random import Random
from typing import Any

import pytest

from jcflow.programmes.file_types import kind_of
from jcflow.programmes.files import LARGEST, clean_name
from tests.places import PAPER, PIXEL
from tests.site import Client, Site
from tests.web.test_files import address, kept, upload

MOST_MEMORY = 100 * 2**20
ODT = b"application/vnd.oasis.opendocument.text"


def archive(*members: tuple[str, bytes], links: tuple[str, ...] = (), kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file; a member named in `links` is a symbolic link."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as into:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = kind
            if name in links:
                info.external_attr = 0o120777 << 16
            into.writestr(info, content)
    return made.getvalue()


def word(*more: tuple[str, bytes], **given: Any) -> bytes:
    """A Word file with further members."""
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>"), *more, **given)


def flood(side: int) -> bytes:
    """A small PNG that says it has so many pixels on each side."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    check = zlib.crc32(b"IHDR" + head)
    return PIXEL[:8] + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", check) + PIXEL[33:]


def lying(content: bytes) -> bytes:
    """The archive with every size it declares set to one byte."""
    place = content.index(b"PK\x01\x02")
    while place >= 0:
        content = content[: place + 24] + struct.pack("<I", 1) + content[place + 28 :]
        place = content.find(b"PK\x01\x02", place + 4)
    return content


ZEROS = bytes(60 * 2**20)
REFUSED = {
    "bombe.docx": word(("word/media/1.bin", ZEROS)),
    "bombe.odt": archive(("mimetype", ODT + ZEROS)),
    "luege.odt": lying(archive(("mimetype", b"x" * 500_000))),
    "viele.docx": word(*((f"word/{n}", b"") for n in range(1_001))),
    "ausbruch.docx": word(("../../etc/cron.d/x", b"x")),
    "wurzel.docx": word(("/etc/passwd", b"x")),
    "rueckwaerts.docx": word(("word\\..\\..\\x", b"x")),
    "verweis.docx": word(("word/link", b"/etc/passwd"), links=("word/link",)),
    "kein-word.docx": archive(("a.txt", b"x")),
    "doch-word.odt": word(),
    "leer.docx": b"PK\x05\x06" + bytes(18),
    "halb.docx": word()[:-30],
    "seite.pdf": b"<html><script>alert(1)</script>",
    "seite.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "programm.pdf": b"MZ" + bytes(500),
    "bild.pdf": PIXEL,
    "papier.png": PAPER,
    "makro.docm": word(),
    "skript.js": b"alert(1)",
    "papier.pdf.exe": PAPER,
    "papier.pdf\0.exe": PAPER,
    "papier": PAPER,
    "\u202efdp.exe": PAPER,
}
"""File name to content that is not taken."""
POLYGLOTS = {"auch-seite.pdf": PAPER + b"<script>alert(1)</script>", "auch-archiv.png": PIXEL + word()}
"""Sound files of one kind that are also something else: taken, but never shown as anything else."""
NAMES = [
    "x" * 10_000 + ".pdf",
    "../../x.pdf",
    "..\\..\\x.pdf",
    "CON.pdf",
    "a%0d%0aSet-Cookie: x=1.pdf",
    "%22; x=%22.pdf",
    "ü\u202e.pdf",
]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused(name: str) -> None:
    tracemalloc.start()

    found = kind_of(REFUSED[name], clean_name(name))

    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is None
    assert grown < MOST_MEMORY


def test_a_refused_file_leaves_nothing_and_keeps_what_was_typed(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    for name in ("bombe.docx", "luege.odt", "seite.pdf", "papier.pdf.exe"):
        answer = upload(client, sqlite_site, name, REFUSED[name], title="Mein Titel")

        assert answer.status_code == 422, name
        assert 'value="Mein Titel"' in answer.text
    assert kept(sqlite_site) == []


def test_damaged_archives_are_refused_and_break_nothing() -> None:
    rng, sound = Random(4), (archive(("mimetype", ODT), ("content.xml", b"x" * 99)), word())
    for _ in range(3_000):
        content = bytearray(rng.choice(sound))
        for _ in range(rng.choice((1, 2, 5))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        cut = bytes(content[: rng.choice((len(content), rng.randrange(len(content))))])

        assert kind_of(cut, "a.odt") in {None, ODT.decode()}
        assert kind_of(cut, "a.docx") is None or cut.startswith(b"P") or b"PK" in cut


def test_what_is_two_things_at_once_is_sent_as_an_attachment(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    for name, content in POLYGLOTS.items():
        assert upload(client, sqlite_site, name, content).status_code == 303

    for stored in kept(sqlite_site):
        sent = client.get(f"/files/{stored.id}")
        assert sent.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in sent.headers["Content-Security-Policy"]
        assert sent.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_with_too_many_pixels_is_refused(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")

    refused = upload(client, sqlite_site, "flut.png", flood(65_000), kind="figure", title="Flut")
    taken = upload(client, sqlite_site, "karte.png", flood(2_000), kind="figure", title="Karte")

    assert refused.status_code == 422
    assert "Bildpunkte" in refused.text
    assert taken.status_code == 303


def test_no_name_leads_anywhere(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    for name in NAMES:
        assert upload(client, sqlite_site, name, PAPER).status_code == 303, name

    stored = kept(sqlite_site)
    assert len(stored) == len(NAMES)
    for one in stored:
        assert len(one.name) <= 150
        assert not set(one.name) & set('/\\\r\n"\u202e')
        disposition = client.get(f"/files/{one.id}").headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert not set(disposition) & set("/\\\r\n")


def test_too_much_is_refused_before_it_is_looked_at(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    token = client.form(address(sqlite_site)).fields["csrf_token"][0]
    many = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(20_000))
    for body in (
        bytes(13 * 2**20),
        many,
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 3 * 2**20,
    ):
        answer = _raw(client, address(sqlite_site), body + b"\r\n--x--\r\n", token)
        assert answer.status_code == 413
        assert "zu viel" in answer.text or "Erlaubt sind" in answer.text
    assert LARGEST < 12 * 2**20


def _raw(client: Client, page: str, body: bytes, token: str) -> Any:
    kind = "multipart/form-data; boundary=x"
    return client.post(page, data=body, content_type=kind, headers={"X-CSRFToken": token})
