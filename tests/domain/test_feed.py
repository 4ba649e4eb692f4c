"""The calendar of deadlines as a file: two parsers of others read the same in it, and it keeps to RFC 5545."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
import vobject
from icalendar import Calendar
from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.deadlines import moving
from jcflow.deadlines.feed import calendar_of
from jcflow.opinions import board
from jcflow.opinions.board import Stance
from jcflow.programmes.versions import newest_version
from tests.factories import House, HouseAt, found_house, small_document

TITLE = "Übergänge; Förderung, Qualifizierung \\ Größe: „Arbeit“ für 2027 – ein ausführlicher Titel mit vielen Wörtern"


@dataclass(frozen=True)
class Event:
    """One event, as some parser reads it."""

    day: date
    until: date
    sequence: int
    status: str
    summary: str


@pytest.fixture
def named(session: Session) -> House:
    """A Jobcenter whose programme has a title with everything that has a meaning in iCalendar."""
    document = small_document("gE", "Jobcenter mit Umlauten")
    return found_house(session, replace(document, programme=replace(document.programme, title=TITLE)))


def feed(house: House, account: str = "gf") -> bytes:
    actor = house.actor(account)
    return calendar_of(house.session, actor.person_id, actor.roles, house.at)


def by_icalendar(raw: bytes) -> dict[str, Event]:
    calendar = Calendar.from_ical(raw)
    assert calendar.errors == []
    return {
        str(e["uid"]): Event(e["dtstart"].dt, e["dtend"].dt, int(e["sequence"]), str(e["status"]), str(e["summary"]))
        for e in calendar.events
    }


def by_vobject(raw: bytes) -> dict[str, Event]:
    calendar = vobject.readOne(raw.decode("utf-8"))
    return {
        e.uid.value: Event(e.dtstart.value, e.dtend.value, int(e.sequence.value), e.status.value, e.summary.value)
        for e in calendar.contents.get("vevent", [])
    }


def read(house: House, account: str = "gf") -> dict[str, Event]:
    """What both parsers read."""
    raw = feed(house, account)
    assert by_vobject(raw) == by_icalendar(raw)
    return by_icalendar(raw)


def move(house: House, days: int) -> None:
    task = tasks.open_of(house.session, house.programme, house.today)[0]
    chosen = moving.deadlines_of(house.session, [task.id], house.today, lock=True)
    shifts = moving.shifts_to(house.session, chosen, task.due_on + timedelta(days=days), house.today)
    moving.move(house.session, shifts, house.deed("buero", "Mehr Zeit für den Entwurf"))


def test_two_parsers_read_the_same_whole_day(named: House) -> None:
    due_on = tasks.open_of(named.session, named.programme, named.today)[0].due_on

    (event,) = read(named).values()

    assert type(event.day) is date
    assert (event.day, event.until) == (due_on, due_on + timedelta(days=1))
    assert (event.sequence, event.status) == (0, "CONFIRMED")
    assert event.summary == f"Frist: Zur internen Prüfung geben ({TITLE})"


def test_the_uid_stays_while_the_sequence_rises_until_it_is_cancelled(named: House) -> None:
    found = [read(named)]
    for days in (7, -3):
        move(named, days)
        found.append(read(named))
    named.step("submit", "gf")
    found.append(read(named))

    (uid,) = found[0]
    course = [each[uid] for each in found]
    assert all(set(each) >= {uid} for each in found)
    assert [event.status for event in course] == ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert sorted({event.sequence for event in course}) == [event.sequence for event in course]
    assert [(event.day - course[0].day).days for event in course] == [0, 7, 4, 4]
    assert {event.status for each, event in found[-1].items() if each != uid} == {"CONFIRMED"}


def test_a_task_that_is_open_again_comes_back_into_the_calendar(house_at: HouseAt) -> None:
    house = house_at("consultation")
    version, member = newest_version(house.session, house.programme), house.member("beirat1")
    assert version is not None
    ((uid, open_before),) = read(house, "beirat1").items()
    with house.acting("beirat1", "opinion") as deed:
        said = {"stance": Stance.AGREE, "points": [], "version": 0, "deed": deed}
        given = board.give(house.session, house.programme, version, member, **said)
    done = read(house, "beirat1")[uid]
    with house.acting("beirat1", "opinion") as deed:
        board.withdraw(house.session, given, deed)
    tasks.reopen(house.session, house.programme, act="opinion", person_id=member.person_id, at=house.at)

    again = read(house, "beirat1")[uid]

    assert [each.status for each in (open_before, done, again)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert open_before.sequence < done.sequence < again.sequence


def test_lines_end_and_fold_as_the_standard_wants_it(named: House) -> None:
    raw = feed(named)

    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert any(line.startswith(b" ") for line in lines)
    # Folded between letters: each line for itself is UTF-8.
    assert [line.decode("utf-8") for line in lines]
    unfolded = raw.replace(b"\r\n ", b"").decode("utf-8")
    escaped = TITLE.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert f"SUMMARY:Frist: Zur internen Prüfung geben ({escaped})\r\n" in unfolded
