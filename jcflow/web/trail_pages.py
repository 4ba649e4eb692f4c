"""What the history of a programme and the trail of the house share: filters, days, groups saved together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from jcflow.accounts.directory import who_acted
from jcflow.accounts.people import names
from jcflow.audit.reading import Entry, Wanted, actors, count_wanted, wanted_entries
from jcflow.clock import BERLIN, local_day
from jcflow.errors import NotFound
from jcflow.programmes.programme import Programme
from jcflow.web.formats import MOST_COUNTED, counted, plural
from jcflow.web.sentences import FOR_BODIES, Told, tell
from jcflow.web.trail_words import Words, words_for
from jcflow.web.typed import day_of

PAGE = 50
"""Entries of one page."""
FIRST_SHOWN = 8
"""Entries of one group that are not folded away."""

NOBODY = UUID(int=0)
"""Id of nothing: asking for it finds no entry."""
AREAS: dict[str, tuple[str, frozenset[str]]] = {
    "budget": ("Budget", frozenset({"budget_table", "budget_line", "accepted_difference"})),
    "topics": ("Themen", frozenset({"topic_set", "topic"})),
    "text": ("Text", frozenset({"chapter", "block"})),
    "registers": ("Übersichten", frozenset({"register_row"})),
    "files": ("Dateien", frozenset({"stored_file"})),
    "opinions": ("Stellungnahmen", frozenset({"opinion", "opinion_point", "answer"})),
    "votes": ("Abstimmung und Beschluss", frozenset({"ballot", "elector", "vote", "record", "body_result"})),
    "amendments": ("Budgetänderungen", frozenset({"amendment", "amendment_booking"})),
    "progress": ("Fristen und Umsetzung", frozenset({"deadline_change", "measure"})),
    "steps": ("Schritte und interne Prüfung", frozenset({"step_taken", "programme", "sign_off"})),
}
HOUSE_AREAS = {
    **AREAS,
    "people": ("Personen und Mitgliedschaften", frozenset({"person", "membership"})),
    "absences": ("Abwesenheit und Vertretung", frozenset({"absence", "substitute"})),
    "erasures": ("Löschungen", frozenset({"erasure"})),
    "settings": ("Einstellungen des Hauses", frozenset({"setting", "closed_day"})),
}


@dataclass
class Filter:
    """The filters as typed, and what they ask for."""

    typed: dict[str, str]
    wanted: Wanted
    before: int | None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.typed.values())


@dataclass(frozen=True)
class Group:
    """Entries saved together by one person for one reason."""

    entries: tuple[Told, ...]
    files: tuple[tuple[str, UUID], ...]
    """Title and id of each file that goes with the reason."""

    @property
    def first(self) -> Told:
        """The newest of them."""
        return self.entries[0]

    @property
    def title(self) -> str:
        """What they are together."""
        if self._step is not None:
            return self._step.title
        found = [label for label, types in HOUSE_AREAS.values() if any(e.object_type in types for e in self.entries)]
        return f"{', '.join(found)}: {plural(len(self.entries), 'Eintrag', 'Einträge')} zusammen gespeichert"

    @property
    def _step(self) -> Told | None:
        return next((e for e in self.entries if e.object_type == "step_taken"), None)

    @property
    def place(self) -> str | None:
        """Where the step they belong to is to be seen."""
        return self._step.place if self._step else None

    @property
    def parts(self) -> tuple[Told, ...]:
        """All but the step, which the title tells."""
        return tuple(e for e in self.entries if e is not self._step)

    @property
    def numbers(self) -> str:
        """Their numbers in words."""
        first, last = self.entries[-1].seq, self.entries[0].seq
        return f"Eintrag {last}" if first == last else f"Einträge {first} bis {last}"

    @property
    def shown(self) -> tuple[Told, ...]:
        """Those that stand there at once."""
        return self.parts[:FIRST_SHOWN]

    @property
    def folded(self) -> tuple[Told, ...]:
        """Those behind a fold."""
        return self.parts[FIRST_SHOWN:]


@dataclass(frozen=True)
class Day:
    """One day of entries."""

    on: date
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Leaf:
    """One page of the trail."""

    days: tuple[Day, ...]
    count: str
    older: int | None
    """Number before which the next page begins."""


def typed_filter(programme_id: UUID | None, areas: dict[str, tuple[str, frozenset[str]]], *, inside: bool) -> Filter:
    """The filters in the address; what cannot be taken is said and does not narrow."""
    typed = {name: request.args.get(name, "").strip() for name in ("area", "person", "from", "to", "object")}
    made = Filter(typed, Wanted(programme_id), _number(request.args.get("before", "")))
    types = areas[typed["area"]][1] if typed["area"] in areas else None
    if not inside:
        types = FOR_BODIES if types is None else types & FOR_BODIES
    made.wanted = Wanted(
        programme_id=programme_id,
        object_types=types,
        object_ids=frozenset({chosen}) if (chosen := _id(typed["object"])) else None,
        actor_id=_id(typed["person"]),
        since=_midnight(made, "from", timedelta(0)),
        until=_midnight(made, "to", timedelta(days=1)),
    )
    return made


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _id(text: str) -> UUID | None:
    """The typed id; one that is none stands for a thing that does not exist."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return NOBODY


def _midnight(made: Filter, name: str, later: timedelta) -> datetime | None:
    if not made.typed[name]:
        return None
    typed_day = day_of(made.typed[name])
    if typed_day is not None and 2000 <= typed_day.year <= 2199:
        return datetime.combine(typed_day + later, time.min, BERLIN)
    made.errors[name] = "Geben Sie einen Tag ein, zum Beispiel 01.12.2026."
    return None


def leaf(session: Session, jobcenter_id: UUID, asked: Filter, *, inside: bool) -> Leaf:
    """One page of the entries asked for, newest first."""
    found = wanted_entries(session, jobcenter_id, asked.wanted, before=asked.before, limit=PAGE + 1)
    count = count_wanted(session, jobcenter_id, asked.wanted, most=MOST_COUNTED + 1)
    return Leaf(
        days=tuple(days_of(session, found[:PAGE], inside=inside)),
        count=counted(count, "Eintrag", "Einträge"),
        older=found[PAGE - 1].seq if len(found) > PAGE else None,
    )


def single(session: Session, programme: Programme, seq: int, *, inside: bool) -> Group:
    """One entry of a programme.

    Raises:
        NotFound: There is none of this number, it is about something else, or the reader may not see it.
    """
    wanted = Wanted(programme_id=programme.id, object_types=None if inside else FOR_BODIES)
    found = wanted_entries(session, programme.jobcenter_id, wanted, before=seq + 1, limit=1)
    if not found or found[0].seq != seq:
        raise NotFound
    return next(days_of(session, found, inside=inside)).groups[0]


def days_of(session: Session, found: Sequence[Entry], *, inside: bool) -> Iterator[Day]:
    """The entries, newest first, told and put together by day and by what was saved at once."""
    words = words_for(session, {e.programme_id for e in found if e.programme_id is not None})
    for on, of_day in groupby(found, key=lambda e: local_day(e.at)):
        together = (list(entries) for _, entries in groupby(of_day, key=lambda e: e.group_id))
        yield Day(on, tuple(_group(entries, words, inside=inside) for entries in together))


def _group(entries: Sequence[Entry], words: Words, *, inside: bool) -> Group:
    files = words.groups.get(entries[0].group_id, []) if inside else []
    told = tuple(tell(entry, words, inside=inside) for entry in entries)
    return Group(told, tuple((words.labels[file_id], file_id) for file_id in files))


def people_choices(session: Session, jobcenter_id: UUID, programme_id: UUID | None) -> list[tuple[str, str]]:
    """Who has acted, for a select."""
    if programme_id is None:
        return [("", "Alle"), *((str(person_id), name) for person_id, name in who_acted(session, jobcenter_id))]
    known = names(session, actors(session, jobcenter_id, programme_id))
    return [("", "Alle"), *sorted(((str(i), name) for i, name in known.items()), key=lambda pair: pair[1])]


def area_choices(areas: dict[str, tuple[str, frozenset[str]]], *, inside: bool) -> list[tuple[str, str]]:
    """The areas a reader may choose from."""
    shown = [(key, label) for key, (label, types) in areas.items() if inside or types & FOR_BODIES]
    return [("", "Alles"), *shown]
