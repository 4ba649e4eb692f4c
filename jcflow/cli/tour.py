"""What the people do in each state before the programme leaves it: the acts of `walk`, one function per state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.accounts.actor import Actor
from jcflow.accounts.people import holders, roles_of
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Choice
from jcflow.decisions.records import Sitting
from jcflow.opinions import answers, board
from jcflow.opinions.answers import Disposition
from jcflow.opinions.board import Point, Stance
from jcflow.procedure import Role
from jcflow.process.acts import acting
from jcflow.process.effects import Facts, Resolution
from jcflow.programmes import acceptances, internal_check, milestones
from jcflow.programmes.internal_check import SignOffKind, SignOffOutcome
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import Version, newest_version

ABOUT_CHAPTER = "Bitte beschreiben Sie genauer, welche Angebote es auch außerhalb der größeren Orte gibt."
ABOUT_FIGURES = "Der Ansatz erscheint uns knapp. Bitte begründen Sie, warum er für das ganze Jahr reicht."
ABOUT_TOPIC = "Wir begrüßen diesen Schwerpunkt und regen an, die Betriebe früh einzubeziehen."
ABOUT_WHOLE = "Bitte nennen Sie zu jedem Vorhaben, woran man am Ende des Jahres den Erfolg erkennt."

ANSWERS = (
    (Disposition.ADOPTED, "Wir ergänzen den Text an dieser Stelle."),
    (Disposition.PARTLY, "Wir nehmen den Gedanken auf. Die Zahlen stehen erst mit der Mittelzuteilung fest."),
    (Disposition.NOTED, "Wir nehmen den Hinweis in die Umsetzung mit."),
    (Disposition.NOT_ADOPTED, "Dafür reichen die Mittel in diesem Jahr nicht. Wir prüfen es für das nächste."),
)
"""What the points are answered with, in turn."""


@dataclass
class Tour:
    """A programme on its way, and the clock that moves with each deed."""

    session: Session
    programme: Programme
    people: Mapping[str, UUID]
    """Account of the cast to person id."""
    at: datetime
    """Instant of the last deed."""
    pace: timedelta
    votes: Mapping[str, Choice]
    """Account of a member of the assembly to the vote it gives."""

    def next_instant(self) -> datetime:
        """Let the clock go on by one deed."""
        self.at += self.pace
        return self.at

    def actor(self, account: str) -> Actor:
        """The person of an account with the roles of the day."""
        person_id = self.people[account]
        return Actor(person_id, roles_of(self.session, person_id, local_day(self.at)))

    def acting(self, account: str, act: str) -> AbstractContextManager[Deed]:
        """Let the person of an account do an act now: the block holds its verbs."""
        at = self.next_instant()
        return acting(self.session, self.programme, act, actor=self.actor(account), at=at)

    def accounts(self, prefix: str) -> list[str]:
        """The accounts of one body, `tv` or `beirat`, in their order."""
        return sorted(account for account in self.people if account.startswith(prefix))

    @property
    def version(self) -> Version:
        """The version frozen last; there is one from the first submission on."""
        version = newest_version(self.session, self.programme)
        assert version is not None
        return version


def enter_basis(tour: Tour) -> None:
    """Name the figures the plan rests on, unless somebody has."""
    session, programme = tour.session, tour.programme
    if programme.basis is None:
        source = f"Orientierungswerte des Bundes für {programme.period_from.year}"
        with tour.acting("gf", "set_basis") as deed:
            milestones.set_basis(session, programme, known=True, source=source, dated=None, note="", deed=deed)


def check_internally(tour: Tour) -> None:
    """Sign off, accept what does not add up, state the budget, and declare that the carriers gave no targets."""
    _sign(tour, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED)
    _accept_differences(tour)
    _sign(tour, "haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED)
    if tour.programme.procedure.act(tour.programme.state, "set_targets"):
        _sign(tour, "gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE)


def _sign(tour: Tour, account: str, act: str, kind: SignOffKind, outcome: SignOffOutcome) -> None:
    with tour.acting(account, act) as deed:
        internal_check.sign(tour.session, tour.programme, kind, outcome, "", deed)


def _accept_differences(tour: Tour) -> None:
    reason = "Die Zahl stammt so aus dem Haushaltsplan und wird mit dem Nachtrag berichtigt."
    for difference in internal_check.open_differences(tour.session, tour.programme):
        with tour.acting("haushalt", "accept_difference") as deed:
            acceptances.accept(tour.session, tour.programme, difference, reason, deed)


def consult_board(tour: Tour) -> None:
    """Let every member of the board answer who has not: points from the first two, none from the last."""
    session, programme, version = tour.session, tour.programme, tour.version
    since = steps_of(session, programme)[-1].at
    heard = {o.person_id for o in board.opinions_on(session, version) if o.counts and o.at >= since}
    members = {m.person_id: m for m in holders(session, Role.BOARD_MEMBER, local_day(tour.at))}
    accounts, subjects = tour.accounts("beirat"), _subjects(version)
    for account in (a for a in accounts if tour.people[a] not in heard):
        person_id = tour.people[account]
        stance, points = _opinion(accounts.index(account), len(accounts), subjects)
        known = board.opinion_by(session, version, person_id)
        with tour.acting(account, "opinion") as deed:
            board.give(
                session,
                programme,
                version,
                members[person_id],
                stance=stance,
                points=points,
                version=known.version if known else 0,
                deed=deed,
            )


def _opinion(position: int, number: int, subjects: Sequence[Point]) -> tuple[Stance, Sequence[Point]]:
    """What the member at a position says, counted from 0, on a board of so many."""
    if position == number - 1:
        return Stance.NO_OPINION, ()
    if position == 0:
        return Stance.CONCERNS, subjects[:2]
    if position == 1:
        return Stance.AGREE_WITH_POINTS, subjects[2:] or subjects[:1]
    return Stance.AGREE, ()


def _subjects(version: Version) -> list[Point]:
    """Up to four points: to a chapter, to the whole, to a budget line, to a chosen topic."""
    document = version.document
    chapter = document.chapters[0]
    title = f"{chapter.number} {chapter.title}" if chapter.number else chapter.title
    lines = [(table.key, line) for table in document.budget_tables for line in table.lines]
    chosen = [(topics.key, t) for topics in document.topic_sets for t in topics.topics if t.selected]
    return [
        Point(ABOUT_CHAPTER, f"chapters/{chapter.key}", title),
        Point(ABOUT_WHOLE),
        *(Point(ABOUT_FIGURES, f"budget_tables/{key}/{line.key}", line.label) for key, line in lines[:1]),
        *(Point(ABOUT_TOPIC, f"topic_sets/{key}/{t.key}", t.local_title or t.title) for key, t in chosen[:1]),
    ]


def answer_board(tour: Tour) -> None:
    """Answer every open point, and state the figures again where they have changed."""
    session, programme = tour.session, tour.programme
    for number, point in enumerate(answers.open_points(session, programme)):
        disposition, reason = ANSWERS[number % len(ANSWERS)]
        with tour.acting("gf", "answer") as deed:
            answers.answer(
                session, programme, point, disposition=disposition, reason=reason, linked=(), version=0, deed=deed
            )
    _accept_differences(tour)
    if not internal_check.figures_are_stated(session, programme):
        _sign(tour, "haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED)


def vote(tour: Tour) -> None:
    """Let every member of the assembly vote; who has voted before votes anew."""
    session, programme = tour.session, tour.programme
    ballot = ballots.current_ballot(session, programme)
    assert ballot is not None
    seats = {e.person_id: e.id for e in ballots.electors_of(session, ballot)}
    given = casting.votes_of(session, ballot)
    for account in (a for a in tour.accounts("tv") if tour.people[a] in seats):
        person_id = tour.people[account]
        known = given.get(seats[person_id])
        with tour.acting(account, "vote") as deed:
            casting.cast_vote(
                session,
                programme,
                person_id,
                choice=tour.votes[account],
                reason="",
                version=known.version if known else 0,
                deed=deed,
            )


def facts_for(tour: Tour, trigger: str, target: str) -> Facts:
    """What a step to `target` is told, given the day of its deed."""
    today = local_day(tour.at)
    title = tour.programme.title
    if trigger == "cast":
        return Facts(casting_vote=Choice.YES)
    if trigger == "record":
        said = "lehnt das Programm ab" if target == "rejected" else "beschließt das Programm"
        return Facts(resolution=Resolution(f"Die Trägerversammlung {said}: {title}.", today))
    if trigger == "enter_result":
        return Facts(sitting=_sitting(tour, target, today))
    return Facts()


def _sitting(tour: Tour, target: str, today: date) -> Sitting:
    """A sitting with the outcome that leads to `target`."""
    step = tour.programme.procedure.step(tour.programme.state, "enter_result")
    assert step is not None
    outcome = next(outcome for outcome, state in step.targets.items() if state == target)
    paper, seats = ("38", 15) if tour.programme.state == "committee" else ("41", 60)
    against = seats - 4 if outcome == "rejected" else 3
    return Sitting(
        met_on=today,
        reference=f"{paper}/{today.year}",
        yes=seats - against - 2,
        no=against,
        abstain=1,
        excluded=1,
        outcome=outcome,
    )
