"""The facts of a programme's overview: next step, stepper, tiles, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.clock import local_day, written
from jcflow.decisions.ballots import BallotState, current_ballot
from jcflow.decisions.casting import turnout
from jcflow.opinions.answers import points_with_answers
from jcflow.opinions.board import Stance, opinions_on
from jcflow.procedure import Phase, Role
from jcflow.process.acts import may_act
from jcflow.process.guards import Look
from jcflow.process.steps import obstacles
from jcflow.programmes.internal_check import open_differences
from jcflow.programmes.kinds import LineRole, ProgrammeKind
from jcflow.programmes.live import figures_of
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import Version, newest_version, versions_with_authors, visible_versions
from jcflow.tasks import Task
from jcflow.web.formats import mio
from jcflow.web.labels import PHASE_LABELS, ROLE_LABELS
from jcflow.web.task_links import place_of, place_of_task
from jcflow.web.visitors import Visitor


@dataclass(frozen=True)
class Next:
    """What comes next and who does it; `href` is set where the visitor is on turn."""

    title: str
    who: str
    due_on: date | None
    href: str | None
    open: str | None = None
    """What still stands in the step's way, in a sentence or two."""


@dataclass(frozen=True)
class Link:
    """A further act or step the visitor may take."""

    label: str
    href: str


@dataclass(frozen=True)
class Phased:
    """One part of the way, as the stepper shows it."""

    label: str
    meta: str
    status: str


@dataclass(frozen=True)
class VersionRow:
    """A frozen version in the list."""

    version: Version
    by: str
    stands: str


def next_step(session: Session, programme: Programme, somebody: Visitor, at: datetime) -> Next | None:
    """The visitor's own most urgent task, or else whoever is on turn; None when nothing is left to do."""
    today = local_day(at)
    open_now = tasks.open_of(session, programme, today)
    mine = [t for t in open_now if somebody.owes(t.role, t.person_id)]
    if mine:
        first = mine[0]
        href = place_of_task(programme, first)
        missing = _missing(Look(session, programme, at), first)
        return Next(first.label, f"{ROLE_LABELS[first.role]} (Sie)", first.due_on, href, missing)
    if not open_now:
        return None
    who = ", ".join(dict.fromkeys(ROLE_LABELS[t.role] for t in open_now))
    return Next(programme.current.label, who, open_now[0].due_on, None)


def _missing(look: Look, task: Task) -> str | None:
    step = look.programme.procedure.step(task.state, task.step) if task.step else None
    problems = obstacles(look, step) if step else ()
    more = f" Und {len(problems) - 2} weitere." if len(problems) > 2 else ""
    return " ".join(problems[:2]) + more if problems else None


def offers(session: Session, programme: Programme, somebody: Visitor, at: datetime) -> list[Link]:
    """Every act and step the visitor's roles may take now."""
    actor = somebody.actor
    acts = [a for a in programme.procedure.acts_in(programme.state) if may_act(programme, a.name, actor)]
    ballot = current_ballot(session, programme)
    steps = [s for s in programme.procedure.steps_from(programme.state) if actor.role_among(s.by) is not None]
    hidden = {"accept_difference"}
    if programme.published_version_id is None:
        hidden.add("unpublish")
    elif (newest := newest_version(session, programme)) is None or newest.id == programme.published_version_id:
        hidden.add("publish")
    if programme.kind is not ProgrammeKind.LPD:
        hidden.add("hand_to_land")
    if ballot is None or somebody.acting_as(Role.ASSEMBLY_MEMBER) not in {
        e.person_id for e in turnout(session, ballot).electors
    }:
        hidden.add("vote")
    shown = [a for a in acts if a.name not in hidden]
    return [Link(a.label, place_of(programme, a.name)) for a in shown] + [
        Link(s.label, place_of(programme, s.trigger)) for s in steps
    ]


def stepper(session: Session, programme: Programme) -> list[Phased]:
    """The phases of the procedure, with the day each was last entered."""
    states = programme.procedure.states
    phases = [p for p in Phase if any(s.phase is p for s in states.values())]
    here = phases.index(programme.current.phase)
    entered: dict[Phase, date] = {}
    for step in steps_of(session, programme):
        phase = states[step.target].phase
        if step.source is None or states[step.source].phase is not phase:
            entered[phase] = local_day(step.at)
    over = programme.current.final
    return [
        Phased(
            PHASE_LABELS[phase]
            if phase is not programme.current.phase
            else f"{PHASE_LABELS[phase]}{_detail(programme)}",
            f"seit {written(entered[phase])}" if phase in entered and index <= here else "",
            "done" if index < here or (over and index == here) else "current" if index == here else "open",
        )
        for index, phase in enumerate(phases)
    ]


def _detail(programme: Programme) -> str:
    label = programme.current.label
    return "" if label == PHASE_LABELS[programme.current.phase] else f": {label}"


def tiles(session: Session, programme: Programme, *, insider: bool) -> list[tuple[str, str, str | None]]:
    """Up to four figures, each with what it means."""
    found: list[tuple[str, str, str | None]] = []
    if insider:
        found += _budget_tile(session, programme)
    version = newest_version(session, programme)
    given = [o for o in opinions_on(session, version) if o.counts and o.stance is not Stance.SILENT]
    if given:
        points = [pair for o in given for pair in points_with_answers(session, programme).get(o.id, [])]
        answered = sum(answer is not None for _, answer in points)
        found.append(("Stellungnahmen", str(len(given)), f"{len(points)} Punkte, {answered} beantwortet"))
    ballot = current_ballot(session, programme)
    if ballot is not None:
        state = turnout(session, ballot)
        meaning = "Abstimmung beendet" if ballot.state is BallotState.CONCLUDED else f"bis {written(ballot.closes_on)}"
        found.append(("Abgegebene Stimmen", f"{len(state.voted)} von {len(state.electors)}", meaning))
    return found[:4]


def _budget_tile(session: Session, programme: Programme) -> list[tuple[str, str, str | None]]:
    for table in figures_of(session, programme).budget_tables:
        totals = [x for x in table.lines if x.role is LineRole.TOTAL and x.parent is None and x.amount]
        if totals:
            wrong = len(open_differences(session, programme))
            meaning = (
                f"{wrong} Zahlen weichen ab" if wrong > 1 else "Eine Zahl weicht ab" if wrong else "Die Zahlen stimmen"
            )
            return [(f"{totals[0].label}", mio(totals[0].amount), meaning)]
    return []


def version_rows(session: Session, programme: Programme, roles: frozenset[Role]) -> list[VersionRow]:
    """The versions that holders of these roles may read, newest first, with who froze them and what became of them."""
    authors = {v.id: name for v, name in versions_with_authors(session, programme)}
    versions = visible_versions(session, programme, roles)
    led: dict[UUID, str] = {}
    for step in steps_of(session, programme):
        if step.version_id is not None:
            led[step.version_id] = programme.procedure.states[step.target].label
    newest = max((v.number for v in versions), default=0)
    return [
        VersionRow(v, authors[v.id] or "unbekannt", led.get(v.id, "") if v.number == newest else "ersetzt")
        for v in versions
    ]
