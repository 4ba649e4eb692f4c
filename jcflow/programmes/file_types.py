"""What kind of file some bytes are, by their content; the name only has to agree."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

import puremagic

IMAGES_AND_PDF = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
OFFICE = {
    ".docx": ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".xlsx": ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
OPEN_DOCUMENT = {
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
MOST_MEMBERS = 1_000
MOST_UNPACKED = 100 * 2**20
HIGHEST_RATIO = 100
"""Limits of an archive: a small upload must not unpack into a large one."""
LONGEST_TYPE = 100
"""Bytes of the media type an archive declares; what follows is never unpacked."""
FRAMES = frozenset(bytes([marker]) for marker in range(0xC0, 0xD0) if marker not in {0xC4, 0xC8, 0xCC})
"""Markers of a JPEG behind which its height and width stand."""
DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What reading an archive raises that is none, or no longer."""


def kind_of(content: bytes, name: str) -> str | None:
    """The media type of an allowed file whose content agrees with its suffix, else None."""
    suffix = f".{name.rpartition('.')[2].lower()}"
    if suffix in IMAGES_AND_PDF:
        wanted = IMAGES_AND_PDF[suffix]
        return wanted if wanted in _magic(content) else None
    if suffix in OFFICE or suffix in OPEN_DOCUMENT:
        return _archive_kind(content, suffix)
    return None


def _magic(content: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(content[:4096]) if match.confidence >= 0.3}
    except (puremagic.PureError, ValueError):
        return set()


def _archive_kind(content: bytes, suffix: str) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if not _is_harmless(members):
                return None
            names = {member.filename for member in members}
            if suffix in OFFICE:
                folder, media_type = OFFICE[suffix]
                inside = any(name.startswith(folder) for name in names)
                return media_type if "[Content_Types].xml" in names and inside else None
            wanted = OPEN_DOCUMENT[suffix]
            if "mimetype" not in names:
                return None
            with archive.open("mimetype") as member:
                declared = member.read(LONGEST_TYPE)
            return wanted if declared.decode("ascii", "replace").strip() == wanted else None
    except DAMAGED:
        return None


def _is_harmless(members: list[zipfile.ZipInfo]) -> bool:
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    return (
        len(members) <= MOST_MEMBERS
        and unpacked <= MOST_UNPACKED
        and unpacked / packed <= HIGHEST_RATIO
        and not any(_leads_out(member) for member in members)
    )


def _leads_out(member: zipfile.ZipInfo) -> bool:
    link = (member.external_attr >> 16) & 0o170000 == 0o120000
    return link or member.filename.startswith(("/", "\\")) or ".." in member.filename.replace("\\", "/").split("/")


def pixels_of(content: bytes) -> int:
    """Width times height that a PNG or JPEG declares; 0 where it declares none."""
    if content.startswith(b"\x89PNG"):
        return int.from_bytes(content[16:20], "big") * int.from_bytes(content[20:24], "big")
    place = 2
    while content[place : place + 1] == b"\xff":
        length, rest = int.from_bytes(content[place + 2 : place + 4], "big"), content[place + 5 : place + 9]
        if content[place + 1 : place + 2] in FRAMES:
            return int.from_bytes(rest[:2], "big") * int.from_bytes(rest[2:], "big")
        place += 2 + max(length, 1)
    return 0
