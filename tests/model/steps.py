"""The model's steps: why one must be refused, and what it must change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jcflow import workdays
from jcflow.clock import local_day
from jcflow.errors import BadInput, JcflowError, NotAllowed, Stale, StepNotPossible
from tests.model import law
from tests.model.house import Ballot, House, Opinion, Point, Programme, Seat, Taken

Refusal = type[JcflowError]


@dataclass(frozen=True)
class Ask:
    """A step as somebody asks for it."""

    trigger: str
    account: str
    at: datetime
    fresh: bool = True
    """Whether the form was opened with the programme's present version."""
    reason: str = ""
    choice: str | None = None
    """The chair's vote in a tie."""
    wording: str | None = None
    decided_on: date | None = None
    outcome: str | None = None
    """Of a body of the council."""

    @property
    def day(self) -> date:
        """The day in Berlin."""
        return local_day(self.at)


def due(entered_on: date, days: int, *, working: bool) -> date:
    """The last day of a period that begins when a state is entered."""
    return workdays.deadline(entered_on, days, working, "NW")


def refusal(house: House, programme: Programme, ask: Ask) -> Refusal | None:
    """The error that must come; None where the step must be taken."""
    allowed = law.who_may(house.form, programme.state, ask.trigger)
    if not allowed:
        return StepNotPossible
    if house.role_for(ask.account, ask.day, allowed) is None:
        elsewhere = {role for _, trigger, role in law.STEPS[house.form] if trigger == ask.trigger}
        return Stale if not ask.fresh and elsewhere & house.roles(ask.account, ask.day) else NotAllowed
    if not ask.fresh:
        return Stale
    if ask.trigger in law.REASONED and len(ask.reason.strip()) < 10:
        return BadInput
    if not _facts_hold(house, programme, ask):
        return StepNotPossible
    return None if _is_told_enough(house, programme, ask) else BadInput


def _facts_hold(house: House, programme: Programme, ask: Ask) -> bool:
    match ask.trigger:
        case "start":
            return programme.basis
        case "submit":
            return bool(programme.content.texts) and _topics_are_chosen(programme)
        case "release" | "release_to_board":
            return _is_checked(house, programme, ask.trigger)
        case "close":
            return _board_is_heard(house, programme, ask.day)
        case "dispose":
            stated = programme.stated == programme.content.figures() and not programme.open_gaps()
            equal = house.form == "zkT" or house.seats_are_equal(ask.day)
            return stated and equal and not programme.open_points()
        case "conclude":
            return programme.ballot is not None and programme.ballot.is_complete(ask.day)
        case _:
            return True


def _topics_are_chosen(programme: Programme) -> bool:
    return sum(topic.selected for topic in programme.content.topics.values()) == 1


def _is_checked(house: House, programme: Programme, trigger: str) -> bool:
    needed = {"sign_off", "state_budget"} <= programme.done
    stated = programme.stated == programme.content.figures() and not programme.open_gaps()
    targets = programme.targets_known or house.form == "zkT"
    return needed and stated and targets and (house.waived or trigger == "release")


def _board_is_heard(house: House, programme: Programme, day: date) -> bool:
    missing = {seat.account for seat in house.holders(law.BOARD, day)} - programme.heard()
    return not missing or day > due(programme.entered_on, 21, working=False)


def _is_told_enough(house: House, programme: Programme, ask: Ask) -> bool:
    if ask.trigger == "cast":
        assert programme.ballot is not None
        return (programme.ballot.decisive(ask.account) or ask.choice) in {"yes", "no"}
    if ask.trigger == "record":
        assert programme.ballot is not None
        if ask.wording is None or ask.decided_on is None:
            return False
        return len(ask.wording) >= 10 and programme.ballot.opened_on <= ask.decided_on <= ask.day
    if ask.trigger == "enter_result":
        return ask.outcome in law.TARGETS[house.form][programme.state, ask.trigger]
    return True


def take(house: House, programme: Programme, ask: Ask) -> None:
    """Move the programme as the step must."""
    role = house.role_for(ask.account, ask.day, law.who_may(house.form, programme.state, ask.trigger))
    assert role is not None
    if ask.trigger in law.FREEZES[house.form] | {"release"}:
        freeze(programme)
    outcome = _effect(house, programme, ask)
    source, target = programme.state, law.TARGETS[house.form][programme.state, ask.trigger][outcome or ""]
    number = len(programme.frozen) or None
    programme.path.append(Taken(ask.trigger, source, target, outcome, number, ask.account, role, ask.at))
    programme.state, programme.entered_on, programme.version = target, ask.day, programme.version + 1
    programme.done = set()


def freeze(programme: Programme) -> None:
    """Content that is frozen already keeps its number; what was accepted of its sums belongs to it."""
    now = programme.content.frozen(), programme.standing()
    if not programme.frozen or (programme.frozen[-1], programme.frozen_accepted[-1]) != now:
        programme.frozen.append(now[0])
        programme.frozen_accepted.append(now[1])
    programme.submitted = True


def _effect(house: House, programme: Programme, ask: Ask) -> str | None:
    match ask.trigger:
        case "close":
            for seat in house.holders(law.BOARD, ask.day):
                _note_silence(programme, seat, ask.at)
        case "dispose" if house.form == "gE":
            programme.ballots.append(_new_ballot(house, programme, ask))
        case "recall":
            ballot = _ballot(programme)
            ballot.state, ballot.version = "void", ballot.version + 1
        case "conclude":
            return _conclude(_ballot(programme), ask)
        case "cast":
            ballot = _ballot(programme)
            ballot.casting = ballot.decisive(ask.account) or ask.choice
            ballot.result = "adopted" if ballot.casting == "yes" else "rejected"
            ballot.version += 1
        case "record":
            _ballot(programme).recorded = True
            return _ballot(programme).result
        case "withdraw":
            stem = f"{programme.slug}-withdrawn"
            number = sum(p.slug.startswith(stem) for p in house.programmes) + 1
            programme.slug = f"{stem}-{number}"
        case "enter_result":
            programme.sittings.append((programme.state, str(ask.outcome)))
            return ask.outcome
    return None


def _ballot(programme: Programme) -> Ballot:
    assert programme.ballot is not None
    return programme.ballot


def _new_ballot(house: House, programme: Programme, ask: Ask) -> Ballot:
    electors = {seat.account: (str(seat.carrier), seat.chair) for seat in house.holders(law.MEMBER, ask.day)}
    return Ballot(len(programme.frozen), electors, ask.at, ask.day, due(ask.day, 14, working=False))


def _conclude(ballot: Ballot, ask: Ask) -> str:
    said = [vote.choice for vote in ballot.votes.values()]
    ballot.state, ballot.concluded_at, ballot.result = "concluded", ask.at, ballot.count()
    ballot.counts = (said.count("yes"), said.count("no"), said.count("abstain"))
    ballot.version += 1
    return ballot.result


def _note_silence(programme: Programme, seat: Seat, at: datetime) -> None:
    """Who has said nothing on this version, ever, is noted as silent; what was taken back stays taken back."""
    known = programme.opinion_of(seat.account)
    if known is None:
        programme.opinions.append(Opinion(len(programme.frozen), seat.account, "silent", at))
    elif known.withdrawn:
        known.stance, known.at, known.withdrawn, known.version = "silent", at, False, known.version + 1
        replace_points(known, [], at)


def replace_points(opinion: Opinion, texts: list[str], at: datetime) -> None:
    """Give an opinion these points; only what differs is a change."""
    for index, point in enumerate(opinion.points):
        gone = index >= len(texts)
        if point.removed == gone and (gone or point.text == texts[index]):
            continue
        point.text = point.text if gone else texts[index]
        point.removed, point.since, point.version = gone, at, point.version + 1
    fresh = texts[len(opinion.points) :]
    opinion.points += [Point(text, at) for text in fresh]
