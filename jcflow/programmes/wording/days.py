"""Days and years in a text that cannot be right.

No such day, another weekday, held before its time, announced for a year before the plan.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from jcflow.clock import written
from jcflow.programmes.field_text import MONTHS
from jcflow.programmes.wording.hints import Hint, HintKind

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")

_MONTH = "|".join(MONTHS)
_DAY = re.compile(
    rf"(?<![\w.,/])(\d{{1,2}})\. ?(?:(\d{{1,2}})\.(?!\d{{1,2}}\.)|({_MONTH})\b)"
    r"(?: ?((?:19|20)\d{2})(?![\d.,]*\d))?(?!\d)"
)
_MONTH_OF_YEAR = re.compile(rf"(?<!\w)({_MONTH}) (20\d{{2}})(?!\d)")
_YEAR = re.compile(r"(?<![\w.,/§-])(20\d{2})(?![\w/%-]|[.,]\d| ?(?:€|Euro|Personen|Plätze|Eintritte))")
_WEEKDAY = re.compile(
    r"(?<!\w)(?:(Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag)s?|(Mo|Di|Mi|Do|Fr|Sa|So)\.)"
    r",? (?:den |dem |der )?$"
)
_CLAUSE = re.compile(r"[,;:–]|\b(?:und|sowie|aber|bevor|nachdem|obwohl|während)\b")
_HELD = re.compile(
    r"\bfand(?:en)?\b.*\bstatt\b|\bhat(?:te|ten)?\b.*\bstattgefunden\b|\bhaben\b.*\bstattgefunden\b|"
    r"\b(?:wurden?|worden)\b.*\b(?:durchgeführt|umgesetzt|abgeschlossen|eröffnet|veranstaltet|vorgestellt|begonnen|"
    r"gestartet|besucht|erprobt|abgehalten|erreicht|evaluiert)\b|"
    r"\b(?:durchgeführt|umgesetzt|abgeschlossen|eröffnet|veranstaltet|erprobt|abgehalten)\b.*\bwurden?\b"
)
_AHEAD = re.compile(
    r"\b(?:wird|werden|soll|sollen|sollte|sollten|plant|planen|geplant|vorgesehen|beabsichtigt|strebt|streben|will|"
    r"wollen|möchte|möchten)\b"
)
_LEADING = re.compile(
    r"(?:\b(?:[Ii]m Jahr|[Ff]ür das Jahr|[Ff]ür|[Ii]m Laufe des Jahres|[Ii]m Verlauf des Jahres|"
    r"Im Planungsjahr|im Planungsjahr|im Planjahr|bis Ende|Bis Ende|im (?:ersten|zweiten) Halbjahr|"
    r"im (?:ersten|zweiten|dritten|vierten) Quartal|(?:" + _MONTH + r"))) $"
)
_BACKWARD = re.compile(
    r"gegenüber|verglichen|Vergleich|im Vorjahr|Vorjahres|Prognose|voraussichtlich|Hochrechnung|ausgewertet|Auswertung|"
    r"Bilanz|Rückblick|Erfahrungen|Ergebnisse|fortgeführt|fortgesetzt|weitergeführt|seit\b|bereits|bisher|begonnen|"
    r"eingeführt|Gesetz|Verordnung|in Kraft|Stand\b|Basis|Grundlage|wie \b|angelaufen|gestartet|Daten|Statistik|"
    r"wurden?\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:Planung(?:sjahr)?|Planjahr|Zielplanung|Ziele|Schwerpunkte|Ausblick|Vorhaben|Förderplanung)"
    r"(?: für)?(?: das Jahr)? $"
)
_THIS = re.compile(
    r"\b(?:[Dd]as vorliegende|[Dd]ieses|[Ii]m vorliegenden|[Mm]it diesem|[Dd]as aktuelle) "
    r"[\w-]{0,60}(?:[Pp]rogramm|[Dd]okument|Strategie) $"
)
_FOR = re.compile(r"\b(?:für|ab|bis) (?:das Jahr |den )?$")
LONGEST_CLAUSE = 400
"""Characters of a clause that are looked at."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The first and the last year of a plan, and the last day on which something can have been held already."""

    first: int
    last: int
    held_until: date


def day_hints(sentence: str, calendar: Calendar) -> Iterator[Hint]:
    """What a sentence says of days and years that cannot be right; of one place only the first reason."""
    found: list[Hint] = []
    for hint in (*_impossible(sentence), *_held(sentence, calendar), *_carried_over(sentence, calendar)):
        if not any(hint.start < other.end and other.start < hint.end for other in found):
            found.append(hint)
    yield from found


def heading_hints(title: str, calendar: Calendar) -> Iterator[Hint]:
    """A heading that announces a year before the plan."""
    years = [int(match[1]) for match in _YEAR.finditer(title)]
    for match in _YEAR.finditer(title):
        if max(years) < calendar.first and _PLANNED.search(title[: match.start()]):
            yield Hint(HintKind.DATE, match.start(), match.end(), _plan_year(int(match[1]), calendar))


def _impossible(sentence: str) -> Iterator[Hint]:
    for match in _DAY.finditer(sentence):
        day, year = int(match[1]), int(match[4]) if match[4] else None
        month = MONTHS.index(match[3]) + 1 if match[3] else int(match[2])
        if not 1 <= month <= 12 or not 1 <= day <= 31:
            if year or match[3]:
                yield Hint(HintKind.DATE, match.start(), match.end(), "Diesen Tag gibt es nicht.")
            continue
        # Any leap year: without a year the 29th of February may be meant.
        days = monthrange(year or 2024, month)[1]
        if day > days:
            when = f"{MONTHS[month - 1]} {year}" if year else MONTHS[month - 1]
            yield Hint(
                HintKind.DATE, match.start(), match.end(), f"Diesen Tag gibt es nicht. Der {when} hat {days} Tage."
            )
        elif year:
            yield from _weekday(sentence, match, date(year, month, day))


def _weekday(sentence: str, match: re.Match[str], day: date) -> Iterator[Hint]:
    before = max(0, match.start() - 22)
    said = _WEEKDAY.search(sentence[before : match.start()])
    if said is None:
        return
    short = (said[1] or said[2]).replace("Sonnabend", "Samstag")[:2]
    right = WEEKDAYS[day.weekday()]
    if right[:2] != short:
        yield Hint(HintKind.DATE, before + said.start(), match.end(), f"Der {written(day)} ist ein {right}.")


def _clauses(sentence: str) -> Iterator[tuple[int, str]]:
    start = 0
    for stop in _CLAUSE.finditer(sentence):
        yield start, sentence[start : min(stop.start(), start + LONGEST_CLAUSE)]
        start = stop.end()
    yield start, sentence[start : start + LONGEST_CLAUSE]


def _held(sentence: str, calendar: Calendar) -> Iterator[Hint]:
    """Something told as done, on a day that is still to come."""
    for offset, clause in _clauses(sentence):
        if _AHEAD.search(clause) or not _HELD.search(clause):
            continue
        for start, end, day in _days(clause):
            if day > calendar.held_until and not _FOR.search(clause[max(0, start - 24) : start]):
                what = "Dieses Jahr" if end - start == len("2027") else "Diese Zeit"
                right = f"{what} liegt noch nicht zurück. Schreiben Sie, was geplant ist, oder prüfen Sie die Angabe."
                yield Hint(HintKind.DATE, offset + start, offset + end, right)


def _days(clause: str) -> Iterator[tuple[int, int, date]]:
    """Every day, month and year of a clause, each at its first day."""
    taken: list[tuple[int, int]] = []
    for match in _DAY.finditer(clause):
        month = MONTHS.index(match[3]) + 1 if match[3] else int(match[2])
        if match[4] and 1 <= month <= 12 and 1 <= int(match[1]) <= monthrange(int(match[4]), month)[1]:
            yield match.start(), match.end(), date(int(match[4]), month, int(match[1]))
        taken.append(match.span())
    for match in _MONTH_OF_YEAR.finditer(clause):
        if not any(a <= match.start() < b for a, b in taken):
            yield match.start(), match.end(), date(int(match[2]), MONTHS.index(match[1]) + 1, 1)
            taken.append(match.span())
    for match in _YEAR.finditer(clause):
        if not any(a <= match.start() < b for a, b in taken):
            yield match.start(), match.end(), date(int(match[1]), 1, 1)


def _carried_over(sentence: str, calendar: Calendar) -> Iterator[Hint]:
    """Something announced for a year before the plan, as if last year's text stood there unchanged."""
    for offset, clause in _clauses(sentence):
        years = list(_YEAR.finditer(clause))
        if not years or max(int(year[1]) for year in years) >= calendar.first or _BACKWARD.search(clause):
            continue
        ahead = bool(_AHEAD.search(clause))
        for year in years:
            before = clause[max(0, year.start() - 90) : year.start()]
            if _THIS.search(before) or _PLANNED.search(before) or (ahead and _LEADING.search(before)):
                right = _plan_year(int(year[1]), calendar)
                yield Hint(HintKind.DATE, offset + year.start(), offset + year.end(), right)


def _plan_year(year: int, calendar: Calendar) -> str:
    plan = str(calendar.first) if calendar.first == calendar.last else f"{calendar.first} und {calendar.last}"
    return f"Das Programm gilt für {plan}. Steht hier noch der Text für {year}?"
