"""A consultation of the board as a whole: which version it is about, who was heard, who stayed silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jcflow.accounts.people import Membership
from jcflow.audit.trail import Deed, record
from jcflow.clock import local_day
from jcflow.opinions.board import Opinion, Stance, opinion_by, opinions_on, replace_points
from jcflow.programmes.programme import Programme, steps_of
from jcflow.programmes.versions import Version, version_by_id


def consulted_version(session: Session, programme: Programme) -> Version | None:
    """The version last put before the board, None before the first consultation."""
    for step in reversed(steps_of(session, programme)):
        if step.version_id is not None and programme.procedure.act(step.target, "opinion") is not None:
            return version_by_id(session, step.version_id)
    return None


def begun_at(session: Session, programme: Programme) -> datetime | None:
    """When the consultation that lasts began, None while none does; opinions from before it close no new round."""
    if programme.procedure.act(programme.state, "opinion") is None:
        return None
    return steps_of(session, programme)[-1].at


def closed_at(session: Session, programme: Programme, given: Opinion) -> datetime | None:
    """When the consultation an opinion was given in ended, None while it lasts."""
    for step in steps_of(session, programme):
        left = step.source is not None and programme.procedure.act(step.source, "opinion") is not None
        if left and step.at >= given.at:
            return step.at
    return None


def unconfirmed(session: Session, version: Version | None) -> list[Opinion]:
    """Opinions entered from paper that no second person has confirmed yet."""
    return [o for o in opinions_on(session, version) if not o.counts]


def record_silence(
    session: Session, programme: Programme, on: Version, members: Sequence[Membership], deed: Deed
) -> None:
    """Note for every member who gave no opinion that there is none; points of a withdrawn one do not come back."""
    heard = {o.person_id for o in opinions_on(session, on) if o.counts}
    for member in members:
        if member.person_id in heard:
            continue
        said = {
            "stance": Stance.SILENT,
            "at": deed.at,
            "given_on": local_day(deed.at),
            "entered_by": None,
            "confirmed_by": None,
            "withdrawn": False,
        }
        known = opinion_by(session, on, member.person_id)
        if known is None:
            known = Opinion(
                jobcenter_id=programme.jobcenter_id,
                programme_id=programme.id,
                version_id=on.id,
                person_id=member.person_id,
                board_group=member.board_group,
                organisation=member.organisation,
                **said,
            )
            record(session, known, deed)
        else:
            record(session, known, deed, **said)
            replace_points(session, known, [], deed)
        heard.add(member.person_id)
