"""What the ids in the trail stand for: labels of lines, topics, chapters, people; and where a thing is to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from jcflow.accounts.people import people
from jcflow.amendments.amendment import standings_of
from jcflow.audit.canonical import plain
from jcflow.decisions.ballots import BallotState, ballots_of, electors_of
from jcflow.decisions.casting import votes_of
from jcflow.opinions.board import opinions_of, points_of
from jcflow.programmes.budgets import lines_of, tables_of
from jcflow.programmes.chapters import blocks_of, chapters_of
from jcflow.programmes.files import files_of
from jcflow.programmes.measures import measures_of
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.programmes.register_fields import REGISTERS, FieldKind, Register
from jcflow.programmes.registers import rows_of
from jcflow.programmes.topics import sets_of, topics_of
from jcflow.programmes.versions import versions_of

WORDED = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})


@dataclass
class Words:
    """Names for ids, within one Jobcenter; filled for as many programmes as the entries are about."""

    names: dict[UUID, str] = field(default_factory=dict)
    """People."""
    labels: dict[UUID, str] = field(default_factory=dict)
    """Everything else."""
    places: dict[UUID, str] = field(default_factory=dict)
    """Where to see it, for those who read the working draft."""
    programmes: dict[UUID, Programme] = field(default_factory=dict)
    final_votes: dict[UUID, str] = field(default_factory=dict)
    """Vote to the instant it was given at last, only of concluded ballots."""
    registers: dict[UUID, str] = field(default_factory=dict)
    """Register row to the key of its register."""
    groups: dict[UUID, list[UUID]] = field(default_factory=dict)
    """Saved set of changes to the files that go with it."""


def words_for(session: Session, programme_ids: set[UUID]) -> Words:
    """The names for everything in these programmes, and for everybody in the house."""
    words = Words(names={p.id: p.name for p in people(session)})
    words.programmes = {p.id: p for p in all_programmes(session)}
    for programme_id in programme_ids:
        programme = words.programmes[programme_id]
        for fill in (_budget, _topics, _text, _registers, _decisions, _papers, _amendments):
            fill(session, programme, words)
    return words


def _budget(session: Session, programme: Programme, words: Words) -> None:
    tables = [t for gone in (False, True) for t in tables_of(session, programme, removed=gone)]
    keys = {t.id: t.key for t in tables}
    words.labels |= {t.id: t.title for t in tables}
    words.places |= {t.id: url_for("budget.show", slug=programme.slug, table=t.key) for t in tables if not t.removed}
    for gone in (False, True):
        for table_id, lines in lines_of(session, programme, removed=gone).items():
            words.labels |= {line.id: line.label for line in lines}
            words.places |= {
                line.id: url_for("budget.line", slug=programme.slug, table=keys[table_id], line=line.key)
                for line in lines
            }


def _topics(session: Session, programme: Programme, words: Words) -> None:
    sets = sets_of(session, programme)
    place = url_for("topics.show", slug=programme.slug)
    for one in sets:
        words.labels[one.id], words.places[one.id] = one.title, f"{place}#{one.key}"
    keys = {one.id: one.key for one in sets}
    for gone in (False, True):
        for set_id, topics in topics_of(session, programme, removed=gone).items():
            for topic in topics:
                place = url_for("topic_story.show", slug=programme.slug, key=keys[set_id], topic=topic.key)
                words.labels[topic.id], words.places[topic.id] = topic.local_title or topic.title, place


def _text(session: Session, programme: Programme, words: Words) -> None:
    place = url_for("text.show", slug=programme.slug)
    chapters = [c for gone in (False, True) for c in chapters_of(session, programme, removed=gone)]
    titles = {c.id: " ".join(filter(None, (c.number, c.title))) for c in chapters}
    words.labels |= titles
    words.places |= dict.fromkeys(titles, place)
    for gone in (False, True):
        for chapter_id, blocks in blocks_of(session, programme, removed=gone).items():
            words.labels |= {block.id: titles[chapter_id] for block in blocks}
            words.places |= {block.id: place for block in blocks}


def _decisions(session: Session, programme: Programme, words: Words) -> None:
    opinions, points = opinions_of(session, programme), points_of(session, programme)
    place = url_for("opinions.show", slug=programme.slug)
    for opinion in opinions:
        words.labels[opinion.id] = words.names.get(opinion.person_id, "unbekannt")
        for point in points.get(opinion.id, []):
            words.labels[point.id] = f"{words.labels[opinion.id]}, Punkt {point.number}"
            words.places[point.id] = place
        words.places[opinion.id] = place
    for ballot in ballots_of(session, programme):
        given = votes_of(session, ballot)
        for elector in electors_of(session, ballot):
            words.labels[elector.id] = words.names.get(elector.person_id, "unbekannt")
            vote = given.get(elector.id)
            if vote is None:
                continue
            words.labels[vote.id] = words.labels[elector.id]
            if ballot.state is BallotState.CONCLUDED:
                words.final_votes[vote.id] = str(plain(vote.at))


def _registers(session: Session, programme: Programme, words: Words) -> None:
    for key, rows in rows_of(session, programme).items():
        for row in rows:
            words.registers[row.id] = key
            words.labels[row.id] = _name_in(REGISTERS[key], row.data)
            words.places[row.id] = url_for("registers.show", slug=programme.slug)
    place = url_for("measures.show", slug=programme.slug)
    for one in measures_of(session, programme, date.max):
        if one.measure is not None:
            words.labels[one.measure.id], words.places[one.measure.id] = one.title, place


def _name_in(register: Register, data: Mapping[str, object]) -> str:
    """What a register row is called: its first filled field that holds words."""
    worded = (f.name for f in register.fields if f.kind in WORDED and f.name not in {"key", register.group})
    return next((str(data[name]) for name in worded if data.get(name)), "")


def _amendments(session: Session, programme: Programme, words: Words) -> None:
    for standing in standings_of(session, programme):
        one = standing.amendment
        place = url_for("amendments.one", slug=programme.slug, amendment_id=one.id)
        for about in (one.id, *(entered.id for entered in standing.bookings)):
            words.labels[about], words.places[about] = str(one.number), place


def _papers(session: Session, programme: Programme, words: Words) -> None:
    words.labels |= {v.id: f"Version {v.number}" for v in versions_of(session, programme)}
    place = url_for("files.show", slug=programme.slug)
    for file in files_of(session, programme):
        words.labels[file.id], words.places[file.id] = file.title, place
        if file.subject_type == "change":
            words.groups.setdefault(file.subject_id, []).append(file.id)
