"""Which stored file is the picture of a figure: by its name, which is unique among a programme's pictures."""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

import orjson
from flask import url_for
from sqlalchemy.orm import Session

from jcflow.errors import BadInput, TooLarge
from jcflow.programmes.exchange.document import Document, FigureBlock
from jcflow.programmes.file_types import kind_of, pixels_of
from jcflow.programmes.files import LARGEST, StoredFile, Upload, clean_name, files_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version
from jcflow.web.content import FigureHref

IMAGES = frozenset({"image/png", "image/jpeg"})
MOST_PIXELS = 50_000_000
"""More than any camera makes; a small file can declare so many that the browser of every reader stops."""
SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})


def pictures_of(session: Session, programme: Programme) -> dict[str, StoredFile]:
    """Name to file of the pictures the working draft may show; of two with one name the newer."""
    return {f.name: f for f in files_of(session, programme) if f.media_type in IMAGES and f.kind == "figure"}


def pictures_in(version: Version) -> dict[str, UUID]:
    """Name to file id of the pictures a version was frozen with."""
    files = orjson.loads(version.content)["files"]
    pictures = [f for f in files if f["kind"] == "figure" and PurePath(f["name"]).suffix.lower() in SUFFIXES]
    return {f["name"]: UUID(f["id"]) for f in pictures}


def shown_in(document: Document) -> set[str]:
    """Names of the files that the figures of a document show."""
    return {b.file for c in document.chapters for b in c.blocks if isinstance(b, FigureBlock)}


def draft_href(session: Session, programme: Programme) -> FigureHref:
    """Where the pictures of the working draft are."""
    return _href({name: stored.id for name, stored in pictures_of(session, programme).items()})


def version_href(version: Version) -> FigureHref:
    """Where the pictures of a version are, for signed-in people."""
    return _href(pictures_in(version))


def _href(pictures: dict[str, UUID]) -> FigureHref:
    def address(name: str) -> str | None:
        return url_for("files.image", file_id=pictures[name]) if name in pictures else None

    return address


def as_picture(session: Session, programme: Programme, sent: Upload, field: str) -> Upload:
    """An upload under a name that no other picture of the programme has.

    Raises:
        TooLarge: More than 10 MB.
        BadInput: It is no PNG or JPEG, or too large to be shown; the sentence is for `field`.
    """
    if len(sent.content) > LARGEST:
        raise TooLarge(len(sent.content), LARGEST)
    name = clean_name(sent.name)
    if kind_of(sent.content, name) not in IMAGES:
        raise BadInput({field: "Laden Sie ein Bild der Art PNG oder JPEG hoch."})
    if pixels_of(sent.content) > MOST_PIXELS:
        raise BadInput({field: "Das Bild hat mehr als 50 Millionen Bildpunkte. Verkleinern Sie es."})
    return Upload(_free_name(name, set(pictures_of(session, programme))), sent.content)


def _free_name(name: str, taken: set[str]) -> str:
    path, number = PurePath(name), 2
    free = name
    while free in taken:
        free, number = f"{path.stem}-{number}{path.suffix}", number + 1
    return free
