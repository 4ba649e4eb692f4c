"""What was said on a programme that was withdrawn: points, the organisation that said it, and the papers it came on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from jcflow.audit.erasing import Erasure, erase
from jcflow.audit.trail import Audited, Deed
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.process.kept_names import WITHDRAWN
from jcflow.programmes.files import StoredFile, drop_contents
from jcflow.programmes.programme import Programme

Restated = Sequence[tuple[Audited, Mapping[str, object]]]
"""Audited rows, each with what is to be left of it."""
NO_FILE: Mapping[str, object] = {"title": "", "name": "", "sha256": "", "removed": True}


def still_says() -> ColumnElement[bool]:
    """The condition that an opinion is on a withdrawn programme, and something of it is left to erase."""
    draft = select(Programme.id).where(Programme.id == Opinion.programme_id, Programme.state == WITHDRAWN)
    point = select(OpinionPoint.id).where(OpinionPoint.opinion_id == Opinion.id, OpinionPoint.text != "")
    file = select(StoredFile.id).where(StoredFile.subject_id == Opinion.id, StoredFile.sha256 != "")
    return draft.correlate(Opinion).exists() & or_(Opinion.organisation != "", point.exists(), file.exists())


def points_left(session: Session, opinions: Sequence[Opinion]) -> list[OpinionPoint]:
    """Points of opinions that still have a text, removed ones too."""
    mine = OpinionPoint.opinion_id.in_([one.id for one in opinions]) & (OpinionPoint.text != "")
    return list(session.scalars(select(OpinionPoint).where(mine)))


def files_left(session: Session, opinions: Sequence[Opinion]) -> list[StoredFile]:
    """Files that belong to opinions and still have a content, removed ones too."""
    mine = StoredFile.subject_id.in_([one.id for one in opinions]) & (StoredFile.sha256 != "")
    return list(session.scalars(select(StoredFile).where(mine)))


def unsaid(session: Session, opinions: Sequence[Opinion]) -> list[tuple[Audited, Mapping[str, object]]]:
    """What is to be left of opinions, their points and their files: who stood how to the programme, without a word."""
    return [
        *((one, {"organisation": ""}) for one in opinions),
        *((point, {"text": ""}) for point in points_left(session, opinions)),
        *((file, NO_FILE) for file in files_left(session, opinions)),
    ]


def erase_all(session: Session, deed: Deed, erasure: Erasure, rows: Restated) -> Erasure:
    """As `audit.erasing.erase`; contents of files among the rows go too, unless another file still has them."""
    checksums = [row.sha256 for row, _ in rows if isinstance(row, StoredFile)]
    done = erase(session, deed, erasure, rows)
    drop_contents(session, erasure.jobcenter_id, checksums)
    return done
