"""The model: two Jobcenters as they must be. It asks the product nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from tests.model import law
from tests.model.content import Content, Figures, Frozen, Gap

Standing: TypeAlias = dict[Gap, datetime]
"""Differences that stand accepted, and since when."""


@dataclass
class Seat:
    """A membership: a role from a day on, up to the first day without it."""

    account: str
    role: str
    since: date
    until: date | None = None
    carrier: str | None = None
    group: str | None = None
    chair: bool = False
    version: int = 1
    id: UUID | None = None

    def counts_on(self, day: date) -> bool:
        """Whether the role is held on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    def overlaps(self, other: Seat) -> bool:
        """Whether both are held on some day."""
        return max(self.since, other.since) < min(self.until or date.max, other.until or date.max)


@dataclass
class Point:
    """A point of an opinion, and the answer to it. `since` is when its words became what they are."""

    text: str
    since: datetime
    version: int = 1
    removed: bool = False
    answered_at: datetime | None = None
    answer_version: int = 0


@dataclass
class Opinion:
    """What a member of the board said about a version."""

    number: int
    account: str
    stance: str
    at: datetime
    version: int = 1
    withdrawn: bool = False
    points: list[Point] = field(default_factory=list)


@dataclass
class Vote:
    """A vote as it stands."""

    choice: str
    at: datetime
    version: int = 1


@dataclass
class Ballot:
    """A ballot on a version; `electors` holds carrier and chair by account, frozen when it was opened."""

    number: int
    electors: dict[str, tuple[str, bool]]
    opened_at: datetime
    opened_on: date
    closes_on: date
    state: str = "open"
    votes: dict[str, Vote] = field(default_factory=dict)
    result: str | None = None
    casting: str | None = None
    counts: tuple[int, int, int] | None = None
    concluded_at: datetime | None = None
    recorded: bool = False
    version: int = 1

    def count(self) -> str:
        """What the votes come to: the majority of yes and no."""
        said = [vote.choice for vote in self.votes.values()]
        yes, no = said.count("yes"), said.count("no")
        return "tied" if yes == no else "adopted" if yes > no else "rejected"

    def is_complete(self, day: date) -> bool:
        """All have voted, or the day has passed and more than half of them, of both carriers, have."""
        sides = {self.electors[account][0] for account in self.votes}
        quorate = 2 * len(self.votes) > len(self.electors) and len(sides) == 2
        return len(self.votes) == len(self.electors) or (day > self.closes_on and quorate)

    def decisive(self, chair: str) -> str | None:
        """The vote of whoever has the chair now, where it can decide a tie."""
        vote = self.votes.get(chair)
        return vote.choice if vote and vote.choice != "abstain" else None


@dataclass(frozen=True)
class Taken:
    """A step of the path."""

    trigger: str
    source: str | None
    target: str
    outcome: str | None
    number: int | None
    """The newest version after the step."""
    account: str | None
    role: str
    at: datetime


@dataclass
class Programme:
    """A programme and all that was done to it."""

    id: UUID
    slug: str
    year: int
    state: str
    content: Content
    entered_on: date
    version: int = 1
    path: list[Taken] = field(default_factory=list)
    frozen: list[Frozen] = field(default_factory=list)
    basis: bool = False
    submitted: bool = False
    published: int | None = None
    done: set[str] = field(default_factory=set)
    """Acts done since the present state was entered."""
    targets_known: bool = False
    stated: Figures | None = None
    """The figures of the budget officer's last statement."""
    proposers: set[str] = field(default_factory=set)
    """Who changed figures since."""
    accepted: Standing = field(default_factory=dict)
    """When each difference was accepted last."""
    frozen_accepted: list[Standing] = field(default_factory=list)
    """What each version holds of it."""
    opinions: list[Opinion] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    sittings: list[tuple[str, str]] = field(default_factory=list)
    """Body and outcome of what the council's bodies decided."""

    @property
    def entered_at(self) -> datetime:
        """When the present state was entered."""
        return self.path[-1].at

    @property
    def is_locked(self) -> bool:
        """Whether what is frozen last is what must stand there."""
        return bool(self.frozen) and self.state not in law.EDITABLE | {"withdrawn"}

    @property
    def ballot(self) -> Ballot | None:
        """The newest that is not void."""
        return next((b for b in reversed(self.ballots) if b.state != "void"), None)

    def open_gaps(self) -> set[Gap]:
        """Sums that neither hold nor are accepted as they stand."""
        return self.content.gaps() - set(self.accepted)

    def standing(self) -> Standing:
        """What is accepted of the sums that do not hold now."""
        return {gap: self.accepted[gap] for gap in self.content.gaps() if gap in self.accepted}

    def opinion_of(self, account: str) -> Opinion | None:
        """A member's opinion on the newest version, withdrawn or not."""
        mine = (o for o in self.opinions if (o.number, o.account) == (len(self.frozen), account))
        return next(mine, None)

    def heard(self) -> set[str]:
        """Who has given an opinion since the consultation began."""
        return {
            o.account
            for o in self.opinions
            if o.number == len(self.frozen) and not o.withdrawn and o.stance != "silent" and o.at >= self.entered_at
        }

    def points(self) -> list[tuple[Opinion, int, Point]]:
        """All points that count, with their numbers."""
        return [
            (opinion, number, point)
            for opinion in self.opinions
            if not opinion.withdrawn
            for number, point in enumerate(opinion.points, 1)
            if not point.removed
        ]

    def open_points(self) -> list[tuple[Opinion, int, Point]]:
        """Points without an answer to their present words."""
        return [found for found in self.points() if (found[2].answered_at or found[2].since) <= found[2].since]


@dataclass
class House:
    """A Jobcenter."""

    id: UUID
    form: str
    people: dict[str, UUID]
    seats: list[Seat]
    programmes: list[Programme] = field(default_factory=list)
    agency: int = 2
    municipality: int = 2
    waived: bool = False
    setting_version: int = 1

    def roles(self, account: str, day: date) -> set[str]:
        """Roles of the day; the chair is also a member."""
        held = [seat for seat in self.seats if seat.account == account and seat.counts_on(day)]
        return {seat.role for seat in held} | {law.CHAIR for seat in held if seat.chair}

    def holders(self, role: str, day: date) -> list[Seat]:
        """Who holds a role on a day."""
        if role == law.CHAIR:
            return [seat for seat in self.seats if seat.chair and seat.counts_on(day)]
        return [seat for seat in self.seats if seat.role == role and seat.counts_on(day)]

    def role_for(self, account: str, day: date, allowed: list[str]) -> str | None:
        """In which of the allowed roles somebody acts."""
        held = self.roles(account, day)
        return next((role for role in allowed if role in held), None)

    def seats_are_equal(self, day: date) -> bool:
        """Both carriers have as many seats, at least one filled, none too many, and somebody has the chair (R-01)."""
        members = self.holders(law.MEMBER, day)
        filled = [sum(seat.carrier == side for seat in members) for side in ("agency", "municipality")]
        fits = 1 <= filled[0] <= self.agency and 1 <= filled[1] <= self.municipality
        return self.agency == self.municipality and fits and any(seat.chair for seat in members)

    def last_alive(self) -> Programme | None:
        """The newest programme that is not withdrawn: the one a new cycle follows."""
        alive = [p for p in self.programmes if p.state != "withdrawn"]
        return max(alive, key=lambda p: p.year, default=None)
