"""Memberships that begin and end, and what the house decides for itself, on both sides."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from jcflow.errors import BadInput, NotFound, Stale
from tests.model import law, product
from tests.model.house import Seat
from tests.model.play import Play


def seat_begins(play: Play, seat: Seat) -> None:
    """The administrator gives somebody a role."""
    play.tick()
    house = play.house
    others = [s for s in house.seats if s.account == seat.account and s.overlaps(seat)]
    excluded = any({seat.role, other.role} in law.EXCLUSIVE for other in others)
    twice = any((other.role, other.group) == (seat.role, seat.group) for other in others)
    chairs = seat.chair and any(s.chair and s.overlaps(seat) for s in house.seats)
    refusal = BadInput if excluded or twice or chairs else None
    done, made = play.do("seat begins", law.ADMIN, refusal, lambda here: product.give_seat(here, seat))
    if done:
        assert isinstance(made, UUID)
        seat.id = made
        house.seats.append(seat)


def seat_ends(play: Play, seat: Seat, on: date, *, fresh: bool) -> None:
    """The administrator lets a role end."""
    play.tick()
    over = (seat.until is not None and seat.until <= on) or on < play.day
    refusal = Stale if not fresh else BadInput if over else None
    membership_id, version = seat.id, seat.version - (not fresh)
    assert membership_id is not None
    done, _ = play.do("seat ends", law.ADMIN, refusal, lambda here: product.end_seat(here, membership_id, on, version))
    if done:
        seat.until, seat.version = on, seat.version + 1


def house_decides(play: Play, changes: dict[str, int | bool], *, fresh: bool) -> None:
    """The administrator changes a setting: `agency`, `municipality` (seats) or `waived` (the first reading)."""
    play.tick()
    house = play.house
    names = {"agency": "seats_agency", "municipality": "seats_municipality", "waived": "first_reading_waived"}
    typed = {names[name]: value for name, value in changes.items()}
    seats = [value for name, value in changes.items() if name != "waived"]
    unsound = BadInput if any(not 1 <= value <= 20 for value in seats) else None
    refusal = unsound if fresh else Stale
    version = house.setting_version - (not fresh)
    done, _ = play.do("house decides", law.ADMIN, refusal, lambda here: product.set_house(here, version, **typed))
    if done:
        for name, value in changes.items():
            setattr(house, name, value)
        house.setting_version += 1


def reach_over(play: Play, kind: str, account: str, number: int) -> None:
    """Somebody asks for a row of the other house by its id: it does not exist."""
    play.tick()
    foreign = sorted(play.world.trails[1 - play.focus].rows(kind))
    if not foreign:
        return
    slug, row_id = play.one.slug, UUID(foreign[number % len(foreign)])
    play.do(f"reach {kind}", account, NotFound, lambda here: product.reach(here, kind, slug, row_id))
