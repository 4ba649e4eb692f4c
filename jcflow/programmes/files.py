"""Files: what was uploaded, by content and not by name, tied to what it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, delete, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.trail import Audited, Deed, Seal, Sealed, audited, record
from jcflow.database import Base, served
from jcflow.errors import BadInput, NotFound, TooLarge
from jcflow.programmes.file_types import kind_of
from jcflow.programmes.programme import Programme

LARGEST = 10 * 2**20
"""Bytes of one file."""


class FileContent(Sealed, Base):
    """The bytes, once for each Jobcenter and checksum; never changed, and deleted by an erasure only."""

    __tablename__ = "file_content"

    jobcenter_id: Mapped[UUID] = mapped_column(ForeignKey("jobcenter.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def seal(self) -> Seal:
        """The bytes under their own checksum."""
        return Seal(self.sha256, self.content, self.sha256)


class StoredFile(Audited):
    """One upload and what it belongs to."""

    __tablename__ = "stored_file"
    __table_args__ = audited(
        Index(None, "programme_id", "uploaded_at", "id"), Index(None, "subject_id"), programme_id="programme"
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"programme_id", "kind", "media_type", "size", "sha256", "dated", "subject_type", "subject_id", "removed"}
    )
    VOUCHES_FOR = ("sha256", "sha256")

    programme_id: Mapped[UUID]
    kind: Mapped[str]
    """What it is to the programme, e.g. `attachment`, `scan`, `figure`, `carrier_targets`."""
    title: Mapped[str]
    dated: Mapped[date | None]
    name: Mapped[str]
    """File name as uploaded, without any path."""
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    """Empty once the content was erased."""
    subject_type: Mapped[str]
    """`programme`, `block`, `budget_line`, `opinion`, `vote`, `record`, `sign_off`, `result` or `change`."""
    subject_id: Mapped[UUID]
    """Id of that row; for `change` the group of the changes saved together."""
    uploaded_at: Mapped[datetime]
    removed: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Upload:
    """A file as it arrived."""

    name: str
    content: bytes


def store(
    session: Session,
    programme: Programme,
    upload: Upload,
    *,
    subject_type: str,
    subject_id: UUID,
    deed: Deed,
    kind: str = "attachment",
    title: str = "",
    dated: date | None = None,
) -> StoredFile:
    """Keep an upload.

    Raises:
        TooLarge: More than 10 MB.
        BadInput: Empty, or its content is none of PDF, docx, xlsx, odt, ods, PNG, JPEG.
    """
    if len(upload.content) > LARGEST:
        raise TooLarge(len(upload.content), LARGEST)
    name = clean_name(upload.name)
    media_type = kind_of(upload.content, name)
    if media_type is None:
        raise BadInput({"file": "Laden Sie eine Datei der Art PDF, Word, Excel, OpenDocument, PNG oder JPEG hoch."})
    stored = StoredFile(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        kind=kind,
        title=" ".join(title.split())[:300] or name,
        dated=dated,
        name=name,
        media_type=media_type,
        size=len(upload.content),
        sha256=_keep(session, upload.content),
        subject_type=subject_type,
        subject_id=subject_id,
        uploaded_at=deed.at,
    )
    record(session, stored, deed)
    return stored


def _keep(session: Session, content: bytes) -> str:
    """Store the bytes where they are new; returns their checksum."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(FileContent, (served(session), sha256)) is None:
        session.add(FileContent(jobcenter_id=served(session), sha256=sha256, content=content))
        session.flush()
    return sha256


def clean_name(name: str) -> str:
    """A file name without path, control characters and direction marks, at most 150 characters."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in bare if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:140]}{dot}{suffix[:9]}" if stem else (kept[:150] or "datei")


def stored_file(session: Session, file_id: UUID) -> StoredFile:
    """One file of this Jobcenter, removed or not.

    Raises:
        NotFound: There is none of this id here.
    """
    found = session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if found is None:
        raise NotFound
    return found


def content_of(session: Session, one: StoredFile) -> bytes:
    """The bytes of a file.

    Raises:
        NotFound: They were erased.
    """
    if not one.sha256:
        raise NotFound
    return session.get_one(FileContent, (one.jobcenter_id, one.sha256)).content


def files_of(
    session: Session,
    programme: Programme,
    *,
    subjects: Collection[UUID] | None = None,
    after: StoredFile | None = None,
    limit: int | None = None,
) -> list[StoredFile]:
    """The programme's files that are not removed, oldest first; only those of the given subjects if given.

    Args:
        after: Only what comes behind this file.
    """
    question = select(StoredFile).where(StoredFile.programme_id == programme.id, StoredFile.removed.is_(False))
    if subjects is not None:
        question = question.where(StoredFile.subject_id.in_(subjects))
    if after is not None:
        question = question.where(tuple_(StoredFile.uploaded_at, StoredFile.id) > (after.uploaded_at, after.id))
    return list(session.scalars(question.order_by(StoredFile.uploaded_at, StoredFile.id).limit(limit)))


def remove_file(session: Session, one: StoredFile, deed: Deed) -> None:
    """Take a file off the programme; frozen versions keep it."""
    record(session, one, deed, removed=True)


def drop_contents(session: Session, jobcenter_id: UUID, checksums: Collection[str]) -> None:
    """Delete contents that no file has any more; the last event is the erasure that names the files they were of."""
    held = select(StoredFile.sha256).where(StoredFile.jobcenter_id == jobcenter_id, StoredFile.sha256.in_(checksums))
    free = sorted({*checksums} - {*session.scalars(held)})
    if free:
        session.execute(
            delete(FileContent).where(FileContent.jobcenter_id == jobcenter_id, FileContent.sha256.in_(free))
        )
