"""Opinions of the advisory board, point by point. Source: § 18d Satz 2 SGB II."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.accounts.people import BoardGroup, Membership
from jcflow.asked import once
from jcflow.audit.trail import Audited, Deed, audited, record, record_all
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotAllowed, NotFound
from jcflow.procedure import Role
from jcflow.programmes.programme import Programme, check_version, steps_of
from jcflow.programmes.versions import Version

LONGEST_TEXT = 5_000
SOCIAL_PARTNERS = (BoardGroup.EMPLOYER, BoardGroup.EMPLOYEE)
"""Whose opinions are to be considered in particular (§ 18d Satz 2 SGB II)."""


class Stance(StrEnum):
    """How a board member stands to the version as a whole."""

    AGREE = "agree"
    AGREE_WITH_POINTS = "agree_with_points"
    CONCERNS = "concerns"
    NO_OPINION = "no_opinion"
    SILENT = "silent"
    """Recorded by the close of the consultation for whoever gave none."""


class Opinion(Audited):
    """One board member's opinion on one version."""

    __tablename__ = "opinion"
    __table_args__ = audited(
        UniqueConstraint("version_id", "person_id"),
        programme_id="programme",
        version_id="programme_version",
        person_id="person",
    )
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset(
        {
            "programme_id",
            "version_id",
            "person_id",
            "board_group",
            "given_on",
            "entered_by",
            "confirmed_by",
            "at",
            "withdrawn",
        }
    )

    programme_id: Mapped[UUID] = mapped_column(index=True)
    version_id: Mapped[UUID]
    person_id: Mapped[UUID]
    board_group: Mapped[BoardGroup]
    organisation: Mapped[str] = mapped_column(default="")
    stance: Mapped[Stance]
    at: Mapped[datetime]
    given_on: Mapped[date]
    """The day it was given; for paper the day on the paper."""
    entered_by: Mapped[UUID | None]
    """The Gremienbüro's person, for an opinion on paper."""
    confirmed_by: Mapped[UUID | None]
    """Second person who compared the entry with the paper; without it the entry does not count."""
    withdrawn: Mapped[bool] = mapped_column(default=False)

    @property
    def counts(self) -> bool:
        """Whether the opinion is in: given by the member, or entered and confirmed."""
        return not self.withdrawn and (self.entered_by is None or self.confirmed_by is not None)

    @property
    def is_social_partner(self) -> bool:
        """Employer or employee side (§ 18d Satz 2 SGB II)."""
        return self.board_group in SOCIAL_PARTNERS


class OpinionPoint(Audited):
    """A numbered point of an opinion, tied to a chapter, a budget line or a topic of the version."""

    __tablename__ = "opinion_point"
    __table_args__ = audited(UniqueConstraint("opinion_id", "number"), programme_id="programme", opinion_id="opinion")
    IN_CLEAR: ClassVar[frozenset[str]] = frozenset({"programme_id", "opinion_id", "number", "about", "removed"})

    programme_id: Mapped[UUID] = mapped_column(index=True)
    opinion_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    about: Mapped[str]
    """`chapters/KEY`, `budget_tables/TABLE/LINE`, `topic_sets/SET/TOPIC`, or empty for the whole programme."""
    about_label: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    removed: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Point:
    """A point as typed."""

    text: str
    about: str = ""
    about_label: str = "Ganzes Programm"


@dataclass(frozen=True)
class OnPaper:
    """How an opinion came that the Gremienbüro enters."""

    given_on: date
    entered_by: UUID


def opinions_on(session: Session, version: Version | None) -> list[Opinion]:
    """The opinions on a version, in the order they came; withdrawn ones left out."""
    every = opinions_of(session, session.get_one(Programme, version.programme_id)) if version else []
    return [o for o in every if version is not None and o.version_id == version.id]


@once
def opinions_of(session: Session, programme: Programme) -> list[Opinion]:
    """All opinions on any version of a programme, in the order they came; withdrawn ones left out."""
    question = select(Opinion).where(Opinion.programme_id == programme.id, Opinion.withdrawn.is_(False))
    return list(session.scalars(question.order_by(Opinion.at, Opinion.id)))


@once
def points_of(session: Session, programme: Programme) -> dict[UUID, list[OpinionPoint]]:
    """Opinion id to its points by number."""
    mine = (OpinionPoint.programme_id == programme.id) & OpinionPoint.removed.is_(False)
    found: dict[UUID, list[OpinionPoint]] = {}
    for point in session.scalars(select(OpinionPoint).where(mine).order_by(OpinionPoint.number)):
        found.setdefault(point.opinion_id, []).append(point)
    return found


def opinion(session: Session, programme: Programme, opinion_id: UUID) -> Opinion:
    """One opinion on this programme.

    Raises:
        NotFound: There is none of this id.
    """
    found = session.scalar(select(Opinion).where(Opinion.programme_id == programme.id, Opinion.id == opinion_id))
    if found is None:
        raise NotFound
    return found


def point(session: Session, programme: Programme, point_id: UUID) -> OpinionPoint:
    """One point of an opinion on this programme.

    Raises:
        NotFound: There is none of this id.
    """
    mine = (OpinionPoint.programme_id == programme.id) & (OpinionPoint.id == point_id)
    found = session.scalar(select(OpinionPoint).where(mine))
    if found is None:
        raise NotFound
    return found


def opinion_by(session: Session, version: Version, person_id: UUID) -> Opinion | None:
    """A member's opinion on a version, withdrawn ones included."""
    return session.scalar(select(Opinion).where(Opinion.version_id == version.id, Opinion.person_id == person_id))


def give(
    session: Session,
    programme: Programme,
    on: Version,
    member: Membership,
    *,
    stance: Stance,
    points: Sequence[Point],
    version: int,
    deed: Deed,
    paper: OnPaper | None = None,
) -> Opinion:
    """Give an opinion on a version, or replace the one given before.

    Args:
        version: Row version of the opinion the form was opened with; 0 for a first one.
        paper: Set where the Gremienbüro enters it; it then counts only once confirmed.

    Raises:
        BadInput: Concerns or remarks without a point, „Keine Äußerung“ with one, a point that is too long, or an
            entry from paper that would replace what the member gave in person in this round.
        Stale: The opinion was changed since the form was opened.
    """
    points = [p for p in points if p.text.strip()]
    _check_points(stance, points)
    known = opinion_by(session, on, member.person_id)
    own = known is not None and known.counts and known.entered_by is None and known.stance is not Stance.SILENT
    if paper is not None and known is not None and own and known.at >= steps_of(session, programme)[-1].at:
        raise BadInput({"member": "Dieses Mitglied hat sich schon selbst geäußert. Das bleibt so stehen."})
    said = _said(stance, paper, deed)
    if known is None:
        known = _first(programme, on, member, said)
        record(session, known, deed)
    else:
        check_version(known, version, "Ihre Stellungnahme", {"stance": stance, "points": [p.text for p in points]})
        record(session, known, deed, **said)
    replace_points(session, known, points, deed)
    return known


def _said(stance: Stance, paper: OnPaper | None, deed: Deed) -> dict[str, object]:
    return {
        "stance": stance,
        "at": deed.at,
        "given_on": paper.given_on if paper else local_day(deed.at),
        "entered_by": paper.entered_by if paper else None,
        "confirmed_by": None,
        "withdrawn": False,
    }


def _first(programme: Programme, on: Version, member: Membership, said: dict[str, object]) -> Opinion:
    return Opinion(
        jobcenter_id=programme.jobcenter_id,
        programme_id=programme.id,
        version_id=on.id,
        person_id=member.person_id,
        board_group=member.board_group,
        organisation=member.organisation,
        **said,
    )


def _check_points(stance: Stance, points: Sequence[Point]) -> None:
    problems = {}
    if stance is Stance.NO_OPINION and points:
        problems["stance"] = "Sie haben Punkte geschrieben. Löschen Sie den Text, oder wählen Sie eine andere Haltung."
    if stance in {Stance.CONCERNS, Stance.AGREE_WITH_POINTS} and not points:
        problems["text-1"] = "Schreiben Sie mindestens einen Punkt auf, oder wählen Sie eine andere Haltung."
    for number, each in enumerate(points, 1):
        if len(each.text) > LONGEST_TEXT:
            problems[f"text-{number}"] = f"Kürzen Sie Punkt {number} auf höchstens 5.000 Zeichen."
    if problems:
        raise BadInput(problems)


def replace_points(session: Session, given: Opinion, points: Sequence[Point], deed: Deed) -> None:
    """Give an opinion these points, numbered from 1; points there were beyond them are removed."""
    rows = session.scalars(select(OpinionPoint).where(OpinionPoint.opinion_id == given.id))
    known = {row.number: row for row in rows}
    changes: list[tuple[Audited, dict[str, object]]] = []
    for number, each in enumerate(points, 1):
        said: dict[str, object] = {
            "about": each.about,
            "about_label": each.about_label,
            "text": each.text.strip(),
            "removed": False,
        }
        if number not in known:
            fresh = OpinionPoint(
                jobcenter_id=given.jobcenter_id,
                programme_id=given.programme_id,
                opinion_id=given.id,
                number=number,
                **said,
            )
            changes.append((fresh, {}))
        elif any(getattr(known[number], name) != value for name, value in said.items()):
            changes.append((known[number], said))
    record_all(session, deed, changes)
    gone = [(row, {"removed": True}) for number, row in known.items() if number > len(points) and not row.removed]
    record_all(session, deed, gone)


def confirm(session: Session, given: Opinion, deed: Deed) -> None:
    """Confirm, as a second person, that an entry agrees with the paper.

    Raises:
        BadInput: It was not entered on behalf, is confirmed already, or by the very person who entered it.
        NotAllowed: Another member of the board than the one whose opinion it is.
    """
    if given.entered_by is None or given.confirmed_by is not None:
        raise BadInput({"confirm": "Hier ist nichts zu bestätigen."})
    if given.entered_by == deed.actor_id:
        raise BadInput({"confirm": "Bestätigen muss eine zweite Person."})
    if deed.role == Role.BOARD_MEMBER and deed.actor_id != given.person_id:
        raise NotAllowed("das Gremienbüro, die Geschäftsführung oder das Mitglied selbst")
    record(session, given, deed, confirmed_by=deed.actor_id)


def withdraw(session: Session, given: Opinion, deed: Deed) -> None:
    """Take an opinion back while the consultation runs."""
    record(session, given, deed, withdrawn=True)
