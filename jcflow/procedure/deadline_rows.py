"""The deadlines of a workflow file: counted from a state's beginning, a day of the period, or a meeting's day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import yaml

from jcflow.procedure.definition import Deadline, Due, Meeting, OfMeeting, OfPeriod
from jcflow.procedure.sheet import Sheet

_LENGTH = re.compile(r"([1-9][0-9]{0,2}) (working )?days?")
_DISTANCE = re.compile(r"([+-]?[0-9]{1,3})(w?)d")
_DAY = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2})")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_COMMON_YEAR = 2023
_MEETINGS = {meeting.value for meeting in Meeting}
_UNREADABLE = Due(0, working=False)
_KINDS = ("after_entry", "of_period", "of_meeting")


def read_deadline(sheet: Sheet, node: yaml.Node | None, place: str) -> tuple[Deadline, bool]:
    """A deadline, and whether it gives way to the next working day; absent or refused it is of no length."""
    if node is None:
        return _UNREADABLE, True
    entries = sheet.fields(node, place, required=(), optional=(*_KINDS, "years", "before", "roll"))
    if isinstance(node, yaml.MappingNode):
        _check_kind(sheet, entries, place)
    rolls = "roll" not in entries or sheet.flag(entries["roll"], f"{place}/roll")
    length = _length(sheet, entries.get("after_entry"), f"{place}/after_entry")
    if "of_period" in entries:
        return _of_period(sheet, entries, place, length), rolls
    if "of_meeting" in entries:
        return _of_meeting(sheet, entries, place, length), rolls
    return length or _UNREADABLE, rolls


def _check_kind(sheet: Sheet, entries: Mapping[str, yaml.Node], place: str) -> None:
    if "of_period" in entries and "of_meeting" in entries:
        sheet.refuse(
            place, "Eine Frist hängt am Zeitraum (of_period) oder an einer Sitzung (of_meeting), nicht an beiden."
        )
    if "after_entry" not in entries and "of_period" not in entries:
        sheet.refuse(f"{place}/after_entry", "Der Eintrag „after_entry“ fehlt.")
    for name, kind in (("years", "of_period"), ("before", "of_meeting")):
        if name in entries and kind not in entries:
            sheet.refuse(f"{place}/{name}", f"Den Eintrag „{name}“ gibt es nur mit „{kind}“.")


def _of_period(sheet: Sheet, entries: Mapping[str, yaml.Node], place: str, otherwise: Due | None) -> OfPeriod:
    month, day = _day(sheet, sheet.text(entries["of_period"], f"{place}/of_period"), f"{place}/of_period")
    return OfPeriod(month, day, _years(sheet, entries.get("years"), f"{place}/years"), otherwise)


def _day(sheet: Sheet, value: str, place: str) -> tuple[int, int]:
    found = _DAY.fullmatch(value)
    month, day = (_MONTHS.get(found[2], 0), int(found[1])) if found else (0, 0)
    try:
        date(_COMMON_YEAR, month, day)
    except ValueError:
        if value:
            sheet.refuse(place, f"„{value}“ ist kein Tag, den jedes Jahr hat; möglich ist „31 Oct“.")
        return 1, 1
    return month, day


def _years(sheet: Sheet, node: yaml.Node | None, place: str) -> int:
    if node is None:
        return 0
    if not isinstance(node, yaml.ScalarNode) or node.value not in {"-2", "-1", "0", "1"}:
        sheet.refuse(place, "Hier steht eine der Zahlen -2, -1, 0 und 1.")
        return 0
    return int(node.value)


def _of_meeting(sheet: Sheet, entries: Mapping[str, yaml.Node], place: str, otherwise: Due | None) -> OfMeeting:
    named = sheet.names(entries["of_meeting"], f"{place}/of_meeting", _MEETINGS, "Die Sitzung", one=True)
    before = _length(sheet, entries.get("before"), f"{place}/before")
    return OfMeeting(Meeting(named[0]) if named else Meeting.ASSEMBLY, otherwise or _UNREADABLE, before)


def _length(sheet: Sheet, node: yaml.Node | None, place: str) -> Due | None:
    value = sheet.text(node, place)
    found = _LENGTH.fullmatch(value)
    if value and not found:
        possible = "möglich sind „21 days“ und „5 working days“"
        sheet.refuse(place, f"Aus „{value}“ lässt sich keine Frist berechnen; {possible}.")
    return Due(int(found[1]), working=bool(found[2])) if found else None


def read_distance(sheet: Sheet, value: str, place: str) -> Due:
    """How far from a deadline, e.g. `-7d` or `+1wd`; of no length if refused."""
    found = _DISTANCE.fullmatch(value)
    if value and not found:
        sheet.refuse(place, f"Aus „{value}“ lässt sich kein Tag berechnen; möglich sind „-7d“ und „-2wd“.")
    return Due(int(found[1]), working=bool(found[2])) if found else _UNREADABLE
