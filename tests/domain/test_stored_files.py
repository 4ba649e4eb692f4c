"""Uploads: taken by their content, named cleanly, never unpacked into something large."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from jcflow.errors import BadInput, NotFound, TooLarge
from jcflow.procedure import Area
from jcflow.programmes import files
from jcflow.programmes.file_types import kind_of
from jcflow.programmes.files import FileContent, StoredFile, Upload, clean_name
from tests.factories import PDF, House


def archive(**members: bytes | str) -> bytes:
    """A ZIP file with these members; `__` in a name is a slash, `_dot_` a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return made.getvalue()


def office(folder: str) -> bytes:
    """The bare bones of a Word or Excel file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(f"{folder}/document.xml", "<x/>")
    return made.getvalue()


def open_document(kind: str) -> bytes:
    """The bare bones of an OpenDocument file."""
    return archive(mimetype=f"application/vnd.oasis.opendocument.{kind}", content_dot_xml="<x/>")


def png() -> bytes:
    """One white pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALLOWED = {
    "a.pdf": (PDF, "application/pdf"),
    "A.PDF": (PDF, "application/pdf"),
    "a.png": (png(), "image/png"),
    "a.jpg": (JPEG, "image/jpeg"),
    "a.jpeg": (JPEG, "image/jpeg"),
    "a.docx": (office("word"), WORD),
    "a.xlsx": (office("xl"), EXCEL),
    "a.odt": (open_document("text"), "application/vnd.oasis.opendocument.text"),
    "a.ods": (open_document("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_nine_kinds_are_known_by_their_content(name: str) -> None:
    content, media_type = ALLOWED[name]

    assert kind_of(content, name) == media_type


REFUSED = {
    "nothing": (b"", "a.pdf"),
    "a page called PDF": (b"<html><script>alert(1)</script></html>", "a.pdf"),
    "a program called Word": (b"MZ\x90\x00" + b"\0" * 200, "a.docx"),
    "a picture called PDF": (png(), "a.pdf"),
    "a PDF called picture": (PDF, "a.png"),
    "Word called Excel": (office("word"), "a.xlsx"),
    "text called table": (open_document("text"), "a.ods"),
    "an archive called Word": (archive(readme="x"), "a.docx"),
    "an archive": (archive(readme="x"), "a.zip"),
    "a drawing that may hold scripts": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
    "a page": (b"<html></html>", "a.html"),
    "no suffix": (PDF, "bericht"),
    "another suffix behind": (PDF, "a.pdf.exe"),
    "an old Word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc"),
    "a broken archive": (office("word")[:60], "a.docx"),
    "an odd mimetype": (archive(mimetype=b"\xff\xfe\xfd"), "a.odt"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_everything_else_is_refused(house: House, case: str) -> None:
    content, name = REFUSED[case]

    assert kind_of(content, name) is None
    with pytest.raises(BadInput, match="Laden Sie eine Datei der Art PDF, Word"):
        store(house, Upload(name, content))


def bomb(unpacked: int) -> bytes:
    """A Word file that unpacks into zeros."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", b"\0" * unpacked)
    return made.getvalue()


def many_members(number: int) -> bytes:
    """A Word file of very many parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        for one in range(number):
            packed.writestr(f"word/{one}.xml", "x")
    return made.getvalue()


def leading_out(name: str, mode: int = 0o100644) -> bytes:
    """A Word file with a member that would be written elsewhere."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        packed.writestr(member, "x")
        packed.writestr("word/document.xml", "<x/>")
    return made.getvalue()


HARMFUL = {
    "a bomb": bomb(20 * 2**20),
    "a large bomb": bomb(110 * 2**20),
    "very many parts": many_members(1_001),
    "a way up": leading_out("word/../../etc/passwd"),
    "an absolute place": leading_out("/etc/passwd"),
    "a way up on Windows": leading_out("..\\boot.ini"),
    "a link": leading_out("word/link", 0o120777),
}


@pytest.mark.parametrize("case", HARMFUL)
def test_a_harmful_archive_is_refused_without_unpacking_it(case: str) -> None:
    assert kind_of(HARMFUL[case], "a.docx") is None


def store(house: House, upload: Upload, **facts: object) -> StoredFile:
    """Keep an upload for the programme."""
    deed = house.editing(Area.CHAPTERS)
    subject: dict[str, object] = {"subject_type": "programme", "subject_id": house.programme.id, **facts}
    return files.store(house.session, house.programme, upload, deed=deed, **subject)  # type: ignore[arg-type]


def test_ten_megabytes_are_taken_and_one_byte_more_is_not(house: House) -> None:
    filling = b"\n%" + b" " * (files.LARGEST - len(PDF) - 2)

    stored = store(house, Upload("gross.pdf", PDF + filling))

    assert stored.size == files.LARGEST
    with pytest.raises(TooLarge, match="Die Datei hat 11 MB"):
        store(house, Upload("gross.pdf", PDF + filling + b" "))


def test_a_file_is_kept_with_its_checksum_and_what_it_belongs_to(house: House) -> None:
    subject = uuid4()

    stored = store(
        house,
        Upload("C:\\Fakepath\\Bescheid.pdf", PDF),
        subject_type="budget_line",
        subject_id=subject,
        title="  Der   Bescheid ",
        dated=date(2026, 1, 2),
        kind="scan",
    )

    assert stored.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (stored.name, stored.title, stored.kind) == ("Bescheid.pdf", "Der Bescheid", "scan")
    assert (stored.media_type, stored.size, stored.dated) == ("application/pdf", len(PDF), date(2026, 1, 2))
    assert files.content_of(house.session, stored) == PDF
    assert files.stored_file(house.session, stored.id) is stored
    assert files.files_of(house.session, house.programme, subjects=[subject]) == [stored]
    assert files.files_of(house.session, house.programme, subjects=[uuid4()]) == []


def test_without_a_title_the_name_is_shown(house: House) -> None:
    assert store(house, Upload("Anlage.pdf", PDF)).title == "Anlage.pdf"


def test_the_same_bytes_are_kept_once(house: House) -> None:
    first, second = store(house, Upload("a.pdf", PDF)), store(house, Upload("b.pdf", PDF))

    kept = select(func.count()).select_from(FileContent).where(FileContent.jobcenter_id == house.jobcenter.id)
    assert house.session.scalar(kept) == 1
    assert first.sha256 == second.sha256


def test_a_removed_file_is_off_the_list_but_not_gone(house: House) -> None:
    stored = store(house, Upload("a.pdf", PDF))

    files.remove_file(house.session, stored, house.editing(Area.CHAPTERS))

    assert files.files_of(house.session, house.programme) == []
    assert files.content_of(house.session, stored) == PDF
    with pytest.raises(NotFound):
        files.stored_file(house.session, uuid4())


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Anlage 1.pdf", "Anlage 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\Plan.docx", "Plan.docx"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ('<img src="x">.png', "img src=x.png"),
        ("   .pdf", "pdf"),
        ("", "datei"),
        ("...", "datei"),
        ("Größe.ods", "Größe.ods"),
        ("x" * 300 + ".pdf", "x" * 140 + ".pdf"),
    ],
)
def test_a_name_is_cleaned(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    cleaned = clean_name(name)

    assert 1 <= len(cleaned) <= 150
    assert cleaned.isprintable()
    assert not set(cleaned) & set('/\\<>:"|?*')
    assert not cleaned.startswith(".")
