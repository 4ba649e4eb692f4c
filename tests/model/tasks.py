"""The model's tasks: which must be open, and what somebody on turn would do next."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tests.model import law
from tests.model.house import House, Programme
from tests.model.law import Duty
from tests.model.steps import due


class Open(NamedTuple):
    """An open task as people see it."""

    slug: str
    state: str
    role: str
    account: str | None
    what: str
    due_on: date


def open_tasks(house: House, day: date) -> list[Open]:
    """Everything that anybody in the house owes on a day."""
    return sorted(
        (
            Open(p.slug, p.state, duty.role, account, str(duty.act or duty.step), due_of(house, p, duty))
            for p in house.programmes
            for duty in law.DUTIES[house.form][p.state]
            for account in _owing(house, p, duty, day)
        ),
        key=str,
    )


def due_of(house: House, programme: Programme, duty: Duty) -> date:
    """Until when, mostly counted from the day the state was entered; a step waits for those asked until their day."""
    own = due(programme.entered_on, duty.days, working=duty.working)
    if duty.before and (fixed := date(programme.year - 1, *duty.before)) >= programme.entered_on:
        own = due(fixed, 0, working=False)
    asked = [other for other in law.DUTIES[house.form][programme.state] if other.each and duty.step]
    return max([own, *(due(due_of(house, programme, other), 1, working=False) for other in asked)])


def _owing(house: House, programme: Programme, duty: Duty, day: date) -> list[str | None]:
    if duty.each:
        return [account for account in _each(house, programme, duty, day)]
    is_open = set(duty.after) <= programme.done and duty.act not in programme.done
    return [None] if is_open else []


def _each(house: House, programme: Programme, duty: Duty, day: date) -> list[str]:
    holders = {seat.account for seat in house.holders(duty.role, day)}
    if duty.act == "opinion":
        return sorted(holders - programme.heard())
    assert programme.ballot is not None
    return sorted((holders & set(programme.ballot.electors)) - set(programme.ballot.votes))


def next_duties(house: House, programme: Programme, day: date) -> list[tuple[str, str]]:
    """What the people on turn can usefully do: act or trigger, and who. The step comes once nothing else is left."""
    found = _acts(house, programme, day) or _steps(house, programme)
    return [(what, account) for what, role in found for account in _doers(house, programme, what, role, day)]


def _doers(house: House, programme: Programme, what: str, role: str, day: date) -> list[str]:
    accounts = sorted({seat.account for seat in house.holders(role, day)})
    if what == "opinion":
        return [a for a in accounts if a not in programme.heard()]
    if what == "vote":
        assert programme.ballot is not None
        return [a for a in accounts if a in programme.ballot.electors and a not in programme.ballot.votes]
    if what == "state_budget":
        return [a for a in accounts if a not in programme.proposers][:1]
    return accounts[:1]


def _acts(house: House, programme: Programme, day: date) -> list[tuple[str, str]]:
    match programme.state:
        case "opened" if not programme.basis:
            return [("set_basis", law.MD)]
        case "drafting" if sum(t.selected for t in programme.content.topics.values()) != 1:
            return [("choose", law.MD)]
        case "internal_check":
            return _checks(house, programme)
        case "consultation" if {s.account for s in house.holders(law.BOARD, day)} - programme.heard():
            return [("opinion", law.BOARD)]
        case "disposition":
            return _dispositions(programme)
        case "resolution" if programme.ballot and any(
            seat.account in programme.ballot.electors and seat.account not in programme.ballot.votes
            for seat in house.holders(law.MEMBER, day)
        ):
            return [("vote", law.MEMBER)]
        case "in_force" if programme.published is None:
            return [("publish", law.MD)]
    return []


def _checks(house: House, programme: Programme) -> list[tuple[str, str]]:
    wanted = [("sign_off", law.EO), ("state_budget", law.BO)]
    wanted += [("set_targets", law.MD)] if house.form == "gE" else []
    left = [(act, role) for act, role in wanted if act not in programme.done]
    return left + ([("accept_difference", law.BO)] if programme.open_gaps() else [])


def _dispositions(programme: Programme) -> list[tuple[str, str]]:
    left = [("answer", law.MD)] if programme.open_points() else []
    left += [("accept_difference", law.BO)] if programme.open_gaps() else []
    return left + ([("state_budget", law.BO)] if programme.stated != programme.content.figures() else [])


def _steps(house: House, programme: Programme) -> list[tuple[str, str]]:
    step = {
        "opened": "start",
        "drafting": "submit",
        "internal_check": "release_to_board" if house.waived and house.form == "gE" else "release",
        "first_reading": "refer",
        "consultation": "close",
        "disposition": "dispose",
        "resolution": "conclude",
        "tied": "cast",
        "awaiting_record": "record",
        "rejected": "revise",
        "committee": "enter_result",
        "council": "enter_result",
    }.get(programme.state)
    return [(step, law.who_may(house.form, programme.state, step)[0])] if step else []
