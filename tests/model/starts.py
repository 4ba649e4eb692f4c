"""Where examples start: one walk through a year, kept at each state and copied for each example."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter, change_setting, setting_of
from jcflow.accounts.people import BoardGroup, Carrier, Membership, add_membership, add_person
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.procedure import Role
from jcflow.process.opening import import_document
from tests.factories import small_document
from tests.model import law
from tests.model.content import first_content
from tests.model.duties import do_next
from tests.model.house import House, Programme, Seat, Taken
from tests.model.members import house_decides
from tests.model.play import Play, World
from tests.model.stable import Stable
from tests.model.trail import Trail

AT = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
"""A Tuesday."""
SINCE = date(2025, 1, 1)

HOUSE = (
    Seat("gf", law.MD, SINCE),
    Seat("redaktion", law.ED, SINCE),
    Seat("bca", law.EO, SINCE),
    Seat("haushalt", law.BO, SINCE),
    Seat("beirat1", law.BOARD, SINCE, group="employer"),
    Seat("beirat2", law.BOARD, SINCE, group="welfare"),
    Seat("buero", law.STAFF, SINCE),
    Seat("admin", law.ADMIN, SINCE),
)
ASSEMBLY = (
    Seat("tv1", law.MEMBER, SINCE, carrier="agency", chair=True),
    Seat("tv2", law.MEMBER, SINCE, carrier="agency"),
    Seat("tv3", law.MEMBER, SINCE, carrier="municipality"),
    Seat("tv4", law.MEMBER, SINCE, carrier="municipality"),
)
NEWCOMERS = ("neu1", "neu2")
"""People without a role."""


@dataclass(frozen=True)
class Start:
    """A database as it was at one point of the walk, and the model of it."""

    state: str
    database: str
    world: bytes


def _found(session: Session, form: str) -> tuple[House, Trail]:
    deed = Deed(None, "command_line", AT)
    row = import_document(session, small_document(form), deed)
    jobcenter = session.get_one(Jobcenter, row.jobcenter_id)
    seats = [*HOUSE, *(ASSEMBLY if form == "gE" else ())]
    accounts = [*dict.fromkeys(seat.account for seat in seats), *NEWCOMERS]
    people: dict[str, UUID] = {}
    for account in accounts:
        email = f"{account}@{jobcenter.key}.example"
        people[account] = add_person(session, jobcenter, name=account.title(), email=email, deed=deed).id
    change_setting(session, setting_of(session, jobcenter.id), deed, seats_agency=2, seats_municipality=2)
    house = House(jobcenter.id, form, people, [_seated(session, jobcenter, people, s, deed) for s in seats])
    house.setting_version = 2
    imported = Programme(row.id, row.slug, 2027, "drafting", first_content(), local_day(AT))
    imported.path.append(Taken("import", None, "drafting", None, None, None, "command_line", AT))
    house.programmes.append(imported)
    return house, Trail(str(jobcenter.id), form, ids={str(jobcenter.id)})


def _seated(session: Session, house: Jobcenter, people: dict[str, UUID], seat: Seat, deed: Deed) -> Seat:
    member = Membership(
        jobcenter_id=house.id,
        person_id=people[seat.account],
        role=Role(seat.role),
        carrier=Carrier(seat.carrier) if seat.carrier else None,
        board_group=BoardGroup(seat.group) if seat.group else None,
        chair=seat.chair,
        valid_from=seat.since,
    )
    made = add_membership(session, house, member, deed)
    return Seat(seat.account, seat.role, seat.since, None, seat.carrier, seat.group, seat.chair, 1, made.id)


def found_world(engine: Engine) -> World:
    """A joint institution and a municipal provider, each with its people and a draft."""
    houses, trails = [], []
    for form in ("gE", "zkT"):
        with database.writing(engine) as session:
            house, trail = _found(session, form)
        houses.append(house)
        trails.append(trail)
    return World(houses, trails, AT)


@contextmanager
def starts_of(kind_url: str) -> Iterator[tuple[Stable, list[Start]]]:
    """Walk both houses through a year in an empty migrated database; the copies are dropped at the end.

    For the next year the joint institution has waived its first reading.
    """
    stable = Stable(kind_url)
    play, starts = Play(stable, found_world(stable.engine)), list[Start]()
    play.check()
    try:
        for _ in range(STATES):
            starts.append(Start(play.one.state, stable.copy(), pickle.dumps(play.world)))
            for play.focus in (1, 0):
                _enter_next_state(play)
            if play.one.state == "tied":
                house_decides(play, {"waived": True}, fresh=True)
                play.check()
        yield stable, starts
    finally:
        for start in starts:
            stable.drop(start.database)
        stable.close()


STATES = 10
"""From the draft through a tie to the next cycle: what the joint institution's programme goes through."""


def _enter_next_state(play: Play) -> None:
    """Let the people on turn act until the programme stands elsewhere; after publication comes the next cycle."""
    play.place = -1
    before = play.one.state
    while play.one.state == before:
        if not do_next(play, 0, _how(play)):
            play.open_next("gf", again=False)
        play.check()


def _how(play: Play) -> int:
    """The board has two opinions, and the assembly's votes are equal, with the chair's an abstention."""
    one = play.one
    if one.state == "resolution" and one.ballot is not None:
        return (2, 0, 1, 2, 0)[len(one.ballot.votes)]
    return 1 + len(one.heard()) if one.state == "consultation" else 0
