"""What a workflow file promises of mails, reckoned from the file alone: no part of the product is asked."""

from __future__ import annotations

import re
from calendar import month_abbr
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
FILES = Path(__file__).parents[2] / "workflows"
CLOSED_IN_NW = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-06-04"),
        *("2026-10-03", "2026-11-01", "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31"),
        *("2027-01-01", "2027-03-26", "2027-03-29", "2027-05-01", "2027-05-06", "2027-05-17", "2027-05-27"),
        *("2027-10-03", "2027-11-01", "2027-12-24", "2027-12-25", "2027-12-26", "2027-12-31"),
    )
)
"""Public holidays of North Rhine-Westphalia, and the two days on which offices are closed."""

HOLDERS: Mapping[str, tuple[str, ...]] = {
    "managing_director": ("gf",),
    "equal_opportunity_officer": ("bca",),
    "budget_officer": ("haushalt",),
    "assembly_chair": ("tv1",),
    "assembly_member": tuple(f"tv{number}" for number in range(1, 7)),
    "board_member": tuple(f"beirat{number}" for number in range(1, 6)),
    "staff": ("buero",),
}
"""Role to the accounts of the demo that hold it."""

NOTICES = {"opinion": "consultation", "vote": "ballot"}


@dataclass
class Course:
    """What has happened in a cycle: when it came into which state, and who did what when."""

    year: int
    """In which the programme's period begins."""
    entered: list[tuple[str, datetime]] = field(default_factory=list)
    done: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Act, account and moment."""

    def stays(self) -> Iterator[tuple[str, datetime, datetime | None]]:
        """Each state with the moments it was entered and left."""
        left = [at for _, at in self.entered[1:]]
        for number, (state, at) in enumerate(self.entered):
            yield state, at, left[number] if number < len(left) else None


@dataclass(frozen=True)
class Span:
    """A task as one person has it."""

    row: Mapping[str, Any]
    account: str
    opened: datetime
    due: date
    over: datetime | None

    def is_open(self, at: datetime) -> bool:
        """Whether there is something to do at this moment."""
        return self.opened <= at and (self.over is None or at < self.over)


def day_of(at: datetime) -> date:
    """The day in Berlin."""
    return at.astimezone(BERLIN).date()


def at_seven(day: date) -> datetime:
    """Seven in the morning in Berlin."""
    return datetime.combine(day, time(7), BERLIN)


def is_open_office(day: date) -> bool:
    """Whether anybody works that day."""
    return day.weekday() < 5 and day not in CLOSED_IN_NW


def far_from(day: date, distance: str) -> date:
    """`-7d`, `+1wd`, `21 days`, `5 working days` from a day, without rolling on to a working day."""
    found = re.fullmatch(r"([+-]?\d+) ?(working days?|wd|days?|d)", distance)
    assert found is not None, distance
    number, step = int(found[1]), DAY if int(found[1]) > 0 else -DAY
    if not found[2].startswith("w"):
        return day + number * DAY
    while number:
        day += step
        if is_open_office(day):
            number -= 1 if number > 0 else -1
    return day


def due_of(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], entered: date, year: int) -> date:
    """The last day of a task; what waits for several people is due a working day after them at the earliest."""
    day = _next_open(_fixed(row["due"], year, entered) or far_from(entered, row["due"]["after_entry"]))
    if "step" not in row:
        return day
    others = [due_of(other, rows, entered, year) for other in rows if other.get("each") and other["in"] == row["in"]]
    return max([day, *(_next_open(other + DAY) for other in others)])


def _fixed(due: Mapping[str, Any], year: int, entered: date) -> date | None:
    """`31 Oct` of the year the file means, unless that is over when the state is entered."""
    if "of_period" not in due:
        return None
    number, month = due["of_period"].split()
    day = date(year + due["years"], list(month_abbr).index(month), int(number))
    return day if day >= entered else None


def _next_open(day: date) -> date:
    while not is_open_office(day):
        day += DAY
    return day


@cache
def rows_of(procedure: str) -> list[dict[str, Any]]:
    """The tasks of a workflow file."""
    read = yaml.safe_load((FILES / f"{procedure}.yaml").read_text(encoding="utf-8"))
    return list(read["tasks"])


def spans(procedure: str, course: Course) -> Iterator[Span]:
    """Every task of every person in the course of a cycle."""
    rows = rows_of(procedure)
    for state, entered, left in course.stays():
        acts = [deed for deed in course.done if deed[2] >= entered and (left is None or deed[2] <= left)]
        for row in (row for row in rows if row["in"] == state):
            awaited = [[at for act, _, at in acts if act == name] for name in row.get("after", ())]
            if not all(awaited):
                continue
            opened = max([entered, *(min(times) for times in awaited)])
            for account in HOLDERS[row["for"]]:
                mine = [at for act, who, at in acts if act == row.get("act") and (who == account or "each" not in row)]
                over = min(mine, default=left)
                yield Span(row, account, opened, due_of(row, rows, day_of(entered), course.year), over)


def stages(span: Span) -> Iterator[tuple[str, date, str]]:
    """What is said of a task: name, day, and to whom."""
    own = {name: far_from(span.due, name) for name in span.row.get("remind", ())}
    for name, on in own.items():
        yield name, on, span.account
    if late := span.row.get("escalate"):
        name = f"{'' if late['after'].startswith('0') else '+'}{late['after']}"
        for account in (span.account, *HOLDERS[late["to"]]):
            yield name, far_from(span.due, late["after"]), account


def said(procedure: str, course: Course, until: date) -> Counter[tuple[str, str, date]]:
    """Account, stage and its day: all that is said until a day by somebody who looks every morning at seven."""
    return Counter(
        (account, name, on)
        for span in spans(procedure, course)
        for name, on, account in stages(span)
        if day_of(span.opened) < on <= until and span.is_open(at_seven(on))
    )


def mails(procedure: str, course: Course, until: date) -> Counter[tuple[str, str, date]]:
    """Account, occasion and day of the mails about tasks: a notice of each, one reminder a day, one summary a week."""
    found = [(s.account, NOTICES.get(s.row.get("act", ""), "task"), day_of(s.opened)) for s in spans(procedure, course)]
    over = set(_votes_over(procedure, course))
    told = {(account, "reminder", on, name) for account, name, on in said(procedure, course, until)}
    found += {(who, "conclude" if (who, name, on) in over else kind, on) for who, kind, on, name in told}
    return Counter([*found, *_weekly(procedure, course, until)])


def _votes_over(procedure: str, course: Course) -> Iterator[tuple[str, str, date]]:
    """Who is asked for the result on its last day because the time for votes is over and some are missing."""
    tasks = list(spans(procedure, course))
    for span in (span for span in tasks if span.row.get("step") == "conclude"):
        at = at_seven(span.due)
        if any(other.row.get("act") == "vote" and other.is_open(at) and other.due < span.due for other in tasks):
            yield span.account, "0d", span.due


def _weekly(procedure: str, course: Course, until: date) -> Iterator[tuple[str, str, date]]:
    first = course.entered[0][1]
    day = day_of(first)
    tasks = list(spans(procedure, course))
    while day <= until:
        at = max(first, at_seven(day))
        if any(span.is_open(at) and span.due <= day + 7 * DAY for span in tasks):
            yield from ((account, "weekly", day) for account in ("gf", "buero"))
        day += (7 - day.weekday()) * DAY
