"""The facts of the page of opinions: who has spoken, what they said, what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts.people import holders, names
from jcflow.clock import local_day
from jcflow.opinions.answers import Answer, Disposition, answers_of
from jcflow.opinions.board import Opinion, OpinionPoint, Stance, opinion_by, opinions_of, points_of
from jcflow.opinions.changes import changes_since
from jcflow.opinions.rounds import begun_at, closed_at, consulted_version, unconfirmed
from jcflow.procedure import Role
from jcflow.process.acts import may_act
from jcflow.programmes.files import StoredFile, files_of
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import Version, versions_of
from jcflow.web.change_words import group_in_words
from jcflow.web.database import db
from jcflow.web.labels import DISPOSITION_LABELS, GROUP_LABELS, STANCE_LABELS
from jcflow.web.paging import PAGE, Leaf, asked_id, leaf
from jcflow.web.programme_pages import is_insider, readable_version
from jcflow.web.visitors import me, moment

STANCE_KINDS = {
    Stance.AGREE: "success",
    Stance.AGREE_WITH_POINTS: "info",
    Stance.CONCERNS: "warning",
    Stance.NO_OPINION: "",
    Stance.SILENT: "",
}
DISPOSITION_KINDS = {
    Disposition.ADOPTED: "success",
    Disposition.PARTLY: "warning",
    Disposition.NOT_ADOPTED: "danger",
    Disposition.NOTED: "info",
}


@dataclass(frozen=True)
class AnswerShown:
    """An answer; `led_to` are the linked changes in words, for those who read the working draft."""

    answer: Answer
    kind: str
    label: str
    by: str
    led_to: tuple[str, ...]


@dataclass(frozen=True)
class PointShown:
    """A point with its answer, if any."""

    point: OpinionPoint
    answer: AnswerShown | None


@dataclass(frozen=True)
class OpinionShown:
    """An opinion as it stands in the list."""

    opinion: Opinion
    name: str
    stance: str
    kind: str
    side: str
    """Employer or employee side, or empty."""
    version: int
    points: tuple[PointShown, ...]
    files: tuple[StoredFile, ...]
    entered_by: str
    confirmed_by: str

    @property
    def is_open(self) -> bool:
        """Whether a point still waits for its answer."""
        return any(p.answer is None for p in self.points)


@dataclass(frozen=True)
class BoardView:
    """The page of opinions."""

    shown: Leaf[OpinionShown]
    total: int
    """Opinions before filtering."""
    status: str
    shares: list[tuple[str, float]]
    message: str
    silent: list[str]
    waiting: list[OpinionShown]
    """Entries from paper that wait for their second person."""
    unanswered: list[tuple[OpinionShown, OpinionPoint]]
    may_answer: bool
    may_enter: bool
    may_write: bool
    mine: Opinion | None
    due_on: date | None
    running: bool
    begun: bool
    me_id: UUID


def board_view(programme: Programme, status: str) -> BoardView:
    """The page for the visitor; `status` is `open`, `answered` or empty."""
    session, actor = db.session(), me().actor
    version = consulted_version(session, programme) if readable_version(programme) else None
    given = _told(session, programme, [o for o in opinions_of(session, programme) if o.counts] if version else [])
    spoken = [o for o in given if o.opinion.stance is not Stance.SILENT]
    since = begun_at(session, programme)
    present = [o for o in given if since is None or o.opinion.at >= since]
    running = since is not None
    shares, message = _figure(session, version, present, running=running)
    may_answer = may_act(programme, "answer", actor)
    return BoardView(
        shown=_leaf(programme, [o for o in spoken if not status or o.is_open == (status == "open")], status),
        total=len(spoken),
        status=status,
        shares=shares,
        message=message,
        silent=[f"{o.name}, {o.opinion.organisation}" for o in present if o.opinion.stance is Stance.SILENT],
        waiting=_waiting(session, programme, version),
        unanswered=[(o, p.point) for o in spoken for p in o.points if p.answer is None] if may_answer else [],
        may_answer=may_answer,
        may_enter=may_act(programme, "enter_opinion", actor),
        may_write=may_act(programme, "opinion", actor),
        mine=_mine(session, version),
        due_on=tasks.due_of(session, programme, "opinion") if running else None,
        running=running,
        begun=version is not None,
        me_id=me().acting_as(Role.BOARD_MEMBER),
    )


def _leaf(programme: Programme, fitting: Sequence[OpinionShown], status: str) -> Leaf[OpinionShown]:
    """One page of them; all are there already, for the figure above needs them."""
    behind = next((place for place, o in enumerate(fitting, 1) if o.opinion.id == asked_id()), 0)
    shown = fitting[behind : behind + PAGE]
    key = str(shown[-1].opinion.id) if len(fitting) > behind + PAGE else None
    return leaf("opinions.show", shown, key, begun=behind > 0, slug=programme.slug, status=status)


def _mine(session: Session, version: Version | None) -> Opinion | None:
    found = opinion_by(session, version, me().acting_as(Role.BOARD_MEMBER)) if version else None
    return found if found and not found.withdrawn and found.stance is not Stance.SILENT else None


def _waiting(session: Session, programme: Programme, version: Version | None) -> list[OpinionShown]:
    """Unconfirmed entries for whoever may confirm them: a board member sees only the own one."""
    if not may_act(programme, "confirm_opinion", me().actor):
        return []
    pending = [o for o in unconfirmed(session, version) if is_insider() or o.person_id == me().person.id]
    return _told(session, programme, pending)


def _told(session: Session, programme: Programme, given: Sequence[Opinion]) -> list[OpinionShown]:
    points, answers = points_of(session, programme), answers_of(session, programme)
    files = files_of(session, programme, subjects=[o.id for o in given])
    numbers = {v.id: v.number for v in versions_of(session, programme)}
    ids = {i for o in given for i in (o.person_id, o.entered_by, o.confirmed_by)}
    people = names(session, ids | {a.person_id for a in answers.values()})
    led = _changes_by_group(session, programme, given, answers)
    return [
        OpinionShown(
            opinion=o,
            name=people.get(o.person_id, "unbekannt"),
            stance=STANCE_LABELS[o.stance],
            kind=STANCE_KINDS[o.stance],
            side=GROUP_LABELS[o.board_group] if o.is_social_partner else "",
            version=numbers[o.version_id],
            points=tuple(PointShown(p, _answer(answers.get(p.id), people, led)) for p in points.get(o.id, [])),
            files=tuple(belonging(o, files)),
            entered_by=people.get(o.entered_by, "") if o.entered_by else "",
            confirmed_by=people.get(o.confirmed_by, "") if o.confirmed_by else "",
        )
        for o in given
    ]


def belonging(given: Opinion, files: Iterable[StoredFile]) -> list[StoredFile]:
    """The files of an opinion; what the member said in person has no scan, although a paper was entered before."""
    return [f for f in files if f.subject_id == given.id and (given.entered_by is not None or f.kind != "scan")]


def _answer(given: Answer | None, people: Mapping[UUID | None, str], led: Mapping[str, str]) -> AnswerShown | None:
    if given is None:
        return None
    told = tuple(led[group] for group in given.linked if group in led)
    label = DISPOSITION_LABELS[given.disposition]
    return AnswerShown(given, DISPOSITION_KINDS[given.disposition], label, people.get(given.person_id, ""), told)


def _changes_by_group(
    session: Session, programme: Programme, given: Sequence[Opinion], answers: Mapping[UUID, Answer]
) -> dict[str, str]:
    """Linked group to its changes in words; read only where an insider looks and something is linked."""
    ends = [at for o in given if (at := closed_at(session, programme, o))]
    if not (is_insider() and ends and any(a.linked for a in answers.values())):
        return {}
    return {str(g.group_id): group_in_words(g) for g in changes_since(session, programme, min(ends))}


def _figure(
    session: Session, version: Version | None, given: Sequence[OpinionShown], *, running: bool
) -> tuple[list[tuple[str, float]], str]:
    """Shares of the board in percent with their names, and the sentence that says what they mean.

    Args:
        given: What was said and recorded; while a consultation runs, in this round.
    """
    latest = [o for o in given if version is not None and o.opinion.version_id == version.id]
    people = {o.opinion.person_id for o in latest}
    if running:
        people |= {m.person_id for m in holders(session, Role.BOARD_MEMBER, local_day(moment()))}
    if not people:
        return [], ""
    quiet = [o for o in latest if o.opinion.stance in {Stance.NO_OPINION, Stance.SILENT}]
    spoken = [o for o in latest if o not in quiet]
    waits = sum(o.is_open for o in spoken)
    counts = [
        ("beantwortet oder ohne Punkte", len(spoken) - waits),
        ("wartet auf Antwort", waits),
        ("keine Äußerung", len(quiet)),
        ("steht noch aus", len(people) - len(latest)),
    ]
    shares = [(f"{label}: {count}", count * 100 / len(people)) for label, count in counts if count]
    return shares, f"{len(spoken)} von {len(people)} Mitgliedern haben sich geäußert"
