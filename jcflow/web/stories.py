"""The whole story of one budget line or one topic: its changes, what was said and decided about it, each version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from jcflow.amendments.amendment import standings_of
from jcflow.audit.reading import Wanted, wanted_entries
from jcflow.opinions.answers import answers_of
from jcflow.programmes.acceptances import accepted_of
from jcflow.programmes.budgets import BudgetLine, BudgetTable, lines_of, tables_of
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.programme import Programme
from jcflow.programmes.topics import Topic, TopicSet, sets_of, topics_of
from jcflow.programmes.versions import Version, whole_versions
from jcflow.web.trail_pages import Day, days_of

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Held(Generic[Thing]):
    """What one version holds of a thing."""

    version: Version
    thing: Thing | None
    """None: it is not in this version."""


def story(session: Session, programme: Programme, about: Iterable[UUID]) -> tuple[Day, ...]:
    """Everything that ever happened to these rows of a programme, newest first, for readers of the working draft."""
    wanted = Wanted(programme_id=programme.id, object_ids=frozenset(about))
    return tuple(days_of(session, wanted_entries(session, programme.jobcenter_id, wanted), inside=True))


def about_line(session: Session, programme: Programme, within: BudgetTable, line: BudgetLine) -> set[UUID]:
    """Ids of the line and of all that concerns it: accepted differences, points and answers, amendments, bookings."""
    place = f"budget_tables/{within.key}/{line.key}"
    found = {line.id, *_said_about(session, programme, place)}
    found |= {row.id for row in accepted_of(session, programme).values() if row.place == place}
    for standing in standings_of(session, programme):
        if line.id in {standing.amendment.source_line_id, standing.amendment.target_line_id}:
            found |= {standing.amendment.id, *(booking.id for booking in standing.bookings)}
    return found


def about_topic(session: Session, programme: Programme, within: TopicSet, topic: Topic) -> set[UUID]:
    """Ids of the topic and of the points and answers about it."""
    return {topic.id, *_said_about(session, programme, f"topic_sets/{within.key}/{topic.key}")}


def _said_about(session: Session, programme: Programme, place: str) -> set[UUID]:
    """Every point that was ever about a place, also one that is now about another or taken back, and its answer."""
    wanted = Wanted(programme_id=programme.id, object_types=frozenset({"opinion_point"}))
    entries = wanted_entries(session, programme.jobcenter_id, wanted)
    points = {entry.object_id for entry in entries if place in entry.changes.get("about", ())}
    given = answers_of(session, programme)
    return points | {given[point_id].id for point_id in points & set(given)}


def held(session: Session, programme: Programme, pick: Callable[[Document], Thing | None]) -> list[Held[Thing]]:
    """What each version holds, newest first.

    Args:
        pick: Takes a version's document and gives what is asked for.
    """
    return [Held(version, pick(version.document)) for version in whole_versions(session, programme)]


def things(session: Session, programme: Programme, chosen: str) -> list[tuple[str, str]]:
    """The budget lines and topics of a programme for a select, those removed last; and whatever else is chosen."""
    found = [("", "Alle")]
    for gone in (False, True):
        mark = " (entfernt)" if gone else ""
        lines, topics = lines_of(session, programme, removed=gone), topics_of(session, programme, removed=gone)
        for table in tables_of(session, programme):
            found += [(str(one.id), f"{table.title}: {one.label}{mark}") for one in lines.get(table.id, ())]
        for within in sets_of(session, programme):
            found += [(str(one.id), f"{within.title}: {one.title}{mark}") for one in topics.get(within.id, ())]
    if chosen not in dict(found):
        found.append((chosen, "Anderer Gegenstand"))
    return found
