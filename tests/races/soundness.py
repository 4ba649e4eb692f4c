"""What must hold in every database after any race, whoever has won; numbers as in reliability.md § 4."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import Audited
from jcflow.audit.verify import verify
from jcflow.database import Base
from jcflow.decisions.ballots import Ballot, BallotState, Elector
from jcflow.decisions.casting import Vote
from jcflow.decisions.counting import count
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import Version, present_content

AUDITED = sorted(m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Audited))


def check_sound(engine: Engine) -> None:
    """Fail with every invariant that is broken in any Jobcenter."""
    with database.reading(engine) as session:
        problems = [f"{finding.place}: {finding.reason}" for finding in verify(session).findings]
        problems += _uncounted_changes(session)
        for jobcenter_id in session.scalars(select(Base.metadata.tables["jobcenter"].c.id)):
            database.serve(session, jobcenter_id)
            for programme in session.scalars(select(Programme)):
                problems += [*_path(session, programme), *_versions(session, programme), *_votes(session, programme)]
    assert not problems, problems


def _uncounted_changes(session: Session) -> Iterator[str]:
    """4: the number of a row rises by exactly 1 with each event about it."""
    for table in AUDITED:
        question = (
            f'SELECT t.id, t.version, count(e.seq) FROM "{table}" t LEFT JOIN audit_event e '
            "ON e.jobcenter_id = t.jobcenter_id AND e.object_id = t.id GROUP BY t.id, t.version "
            "HAVING t.version <> count(e.seq)"
        )
        for row_id, version, events in session.execute(text(question)):
            yield f"{table} {row_id} has number {version} after {events} events"


def _path(session: Session, programme: Programme) -> Iterator[str]:
    """1, 2: one path without gaps, which ends where the programme stands."""
    path = steps_of(session, programme)
    if [one.ordinal for one in path] != list(range(1, len(path) + 1)):
        yield f"steps are numbered {[one.ordinal for one in path]}"
    for one, other in pairwise(path):
        if one.target != other.source:
            yield f"step {other.ordinal} leaves {other.source}, but step {one.ordinal} led to {one.target}"
    if path[-1].target != programme.state:
        yield f"the last step led to {path[-1].target}, the programme stands in {programme.state}"


def _versions(session: Session, programme: Programme) -> Iterator[str]:
    """7, 10: numbers without gaps, each content with its checksum, and in a locked state the present content."""
    mine = select(Version.number, Version.content, Version.sha256).where(Version.programme_id == programme.id)
    found = session.execute(mine.order_by(Version.number)).all()
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        yield f"versions are numbered {[one.number for one in found]}"
    for one in found:
        if hashlib.sha256(one.content.encode()).hexdigest() != one.sha256:
            yield f"version {one.number} does not fit its checksum"
    if found and not programme.current.edit:
        _, present = present_content(session, programme)
        now, held = present.decode(), found[-1].content
        if programme.state == "internal_check":
            now, held = (re.sub(r'^\{"accepted":\[.*?\],(?="document":)', "{", text) for text in (now, held))
        if now != held:
            yield f"version {found[-1].number} is not what stands in the locked programme"


def _votes(session: Session, programme: Programme) -> Iterator[str]:
    """11, 12: one vote for each seat, none after the end, and the result is that of the votes."""
    for ballot in session.scalars(select(Ballot).where(Ballot.programme_id == programme.id)):
        mine = select(Vote).join(Elector, Elector.id == Vote.elector_id).where(Elector.ballot_id == ballot.id)
        votes = list(session.scalars(mine))
        if votes and max(Counter(vote.elector_id for vote in votes).values()) > 1:
            yield "somebody has two votes"
        if ballot.state is BallotState.OPEN:
            continue
        late = select(AuditEvent.seq).where(
            AuditEvent.object_id.in_([vote.id for vote in votes]), AuditEvent.seq > ended_at(session, ballot)
        )
        if session.scalars(late).first() is not None:
            yield "a vote came after the ballot had ended"
        if ballot.state is BallotState.CONCLUDED:
            choices = [vote.choice for vote in votes if vote.counts]
            if (ballot.yes, ballot.no) != (choices.count("yes"), choices.count("no")):
                yield "the result does not count the votes there are"
            if ballot.casting_vote is None and ballot.result is not count(choices):
                yield f"the votes come to {count(choices)}, the ballot says {ballot.result}"


def ended_at(session: Session, ballot: Ballot) -> int:
    """Number of the event that ended a ballot: its second one, the first has opened it."""
    mine = select(AuditEvent.seq).where(
        AuditEvent.jobcenter_id == ballot.jobcenter_id, AuditEvent.object_id == ballot.id
    )
    return list(session.scalars(mine.order_by(AuditEvent.seq)))[1]
