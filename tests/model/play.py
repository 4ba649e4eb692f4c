"""Every deed on both sides: the model says how it must end, the product does it, and both are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import time_machine

from jcflow import clock
from jcflow.errors import BadInput, JcflowError, NotAllowed, NotFound, Stale, StepNotPossible
from tests.factories import small_document
from tests.model import invariants, law, product, steps
from tests.model.content import first_content
from tests.model.house import House, Opinion, Point, Programme, Taken, Vote
from tests.model.product import Visit
from tests.model.stable import Stable
from tests.model.steps import Ask, Refusal
from tests.model.trail import Trail

T = TypeVar("T")
REASON = "Aus einem guten Grund."


@dataclass
class World:
    """The model's two houses, what their trails say so far, and the time. It can be pickled."""

    houses: list[House]
    trails: list[Trail]
    at: datetime


@dataclass
class Play:
    """A database and the model of it, moved together. `focus` is the house in which things happen."""

    stable: Stable
    world: World
    taken: Counter[str] = field(default_factory=Counter)
    """How often each deed succeeded, by its name."""
    refused: Counter[str] = field(default_factory=Counter)
    """How often one was refused, by its name and the error."""
    focus: int = 0
    tell: Callable[[str], None] = lambda _: None
    """Where the example's story is told."""
    place: int = -1
    """Which of the house's programmes."""
    _judged_on: dict[int, date] = field(default_factory=dict)

    @property
    def house(self) -> House:
        """The house in which things happen."""
        return self.world.houses[self.focus]

    @property
    def trail(self) -> Trail:
        """Its trail so far."""
        return self.world.trails[self.focus]

    @property
    def programme(self) -> Programme | None:
        """The programme with which things happen."""
        found = self.house.programmes
        return found[self.place] if found else None

    @property
    def one(self) -> Programme:
        """The same where there must be one."""
        assert self.programme is not None
        return self.programme

    @property
    def day(self) -> date:
        """The day in Berlin."""
        return clock.local_day(self.world.at)

    def wait(self, **how_long: float) -> None:
        """Let time pass."""
        self.world.at += timedelta(**how_long)

    def check(self) -> None:
        """Judge both houses; the one in which nothing is done anew only on another day, for its tasks."""
        with self.stable.looking() as connection:
            heads = invariants.heads(connection)
            for number, (house, trail) in enumerate(zip(self.world.houses, self.world.trails, strict=True)):
                if number == self.focus or self._judged_on.get(number) != self.day:
                    invariants.check(connection, house, trail, heads[house.id], self.day)
                else:
                    assert heads[house.id] == (trail.seq, trail.head), "22: somebody has written in another house"
                self._judged_on[number] = self.day

    def check_finally(self) -> None:
        """Judge everything once more, from the beginning."""
        with self.stable.looking() as connection:
            for house, trail in zip(self.world.houses, self.world.trails, strict=True):
                invariants.check_versions(connection, house, trail)
                invariants.check_locked_content(connection, house, house.programmes)
        invariants.check_finally(self.stable.engine, self.world.houses, self.day)

    def tick(self) -> datetime:
        """Each deed is a minute later than the one before."""
        self.wait(minutes=1)
        return self.world.at

    def do(self, name: str, account: str, refusal: Refusal | None, deed: Callable[[Visit], T]) -> tuple[bool, T | None]:
        """Let the product do it; it must end as the model says."""
        came: type[JcflowError] | None = None
        result = None
        with time_machine.travel(self.world.at, tick=False):
            try:
                with product.visit(self.stable.engine, self.house, account, clock.now()) as here:
                    result = deed(here)
            except JcflowError as error:
                came = type(error)
        self.tell(f"{name} by {account}: {came.__name__ if came else 'done'}")
        assert came is refusal, f"{name} by {account}: {came and came.__name__} and not {refusal and refusal.__name__}"
        if came is None:
            self.taken[name] += 1
        else:
            self.refused[f"{name}: {came.__name__}"] += 1
        return came is None, result

    # ---- steps

    def step(
        self,
        trigger: str,
        account: str,
        *,
        fresh: bool = True,
        reason: str = "",
        choice: str | None = None,
        wording: str | None = None,
        days_ago: int = 0,
        outcome: str | None = None,
    ) -> bool:
        """Somebody takes a step, or tries to."""
        at, programme = self.tick(), self.one
        ask = Ask(trigger, account, at, fresh, reason, choice, wording, self.day - timedelta(days_ago), outcome)
        refusal = steps.refusal(self.house, programme, ask)
        version, slug = programme.version - (not fresh), programme.slug
        done, _ = self.do(trigger, account, refusal, lambda here: product.take_step(here, slug, ask, version))
        if done:
            steps.take(self.house, programme, ask)
        return done

    def open_next(self, account: str, *, again: bool) -> None:
        """Somebody opens the next cycle, or one for a period that has its programme."""
        at, house, previous = self.tick(), self.house, self.house.last_alive()
        year = 2027 if previous is None else previous.year + (not again)
        role = house.role_for(account, self.day, [law.MD, law.ED])
        refusal = NotAllowed if role is None else BadInput if again and previous else None
        slug, document = previous.slug if previous else None, small_document(house.form)
        done, made = self.do("open", account, refusal, lambda here: product.open_next(here, year, slug, document))
        if not done:
            return
        assert isinstance(made, UUID)
        assert role is not None
        content = previous.content.next_year() if previous else first_content()
        opened = Programme(made, _slug(house, year), year, "opened", content, self.day, proposers={account})
        opened.path.append(Taken("open", None, "opened", None, None, account, role, at))
        house.programmes.append(opened)
        self.place = -1

    # ---- content

    def _editing(self, account: str) -> Refusal | None:
        if self.house.role_for(account, self.day, [law.MD, law.ED]) is None:
            return NotAllowed
        return None if self.one.state in law.EDITABLE else StepNotPossible

    def edit_text(self, key: str, account: str, words: str, *, fresh: bool) -> None:
        """Somebody saves a block."""
        self.tick()
        programme, text = self.one, self.one.content.texts[key]
        refusal = self._editing(account) or (None if fresh else Stale)
        block_id, version = self._block_id(key), text.version - (not fresh)
        done, _ = self.do(
            "edit text",
            account,
            refusal,
            lambda here: product.edit_text(here, programme.slug, block_id, words, version),
        )
        if done:
            text.words, text.version, text.unreviewed = words, text.version + 1, False

    def _block_id(self, key: str) -> UUID:
        chapters = {row_id: row["key"] for row_id, row in self.trail.of("chapter", self.one.id)}
        rows = self.trail.of("block", self.one.id)
        return next(UUID(i) for i, row in rows if f"{chapters[row['chapter_id']]}/{row['position']}" == key)

    def edit_line(self, key: str, account: str, amount: int | None, *, fresh: bool, reason: str) -> None:
        """Somebody saves the budget table."""
        self.tick()
        programme, line = self.one, self.one.content.lines[key]
        changes = line.amount != amount
        refusal = self._editing(account) or (self._change(reason, fresh=fresh) if changes else None)
        version = line.version - (not fresh)
        done, _ = self.do(
            "edit line",
            account,
            refusal,
            lambda here: product.edit_line(here, programme.slug, key, amount, version, reason),
        )
        if done and changes:
            line.amount, line.version = amount, line.version + 1
            programme.proposers.add(account)

    def _change(self, reason: str, *, fresh: bool) -> Refusal | None:
        """What a change of figures or topics must meet."""
        if not fresh:
            return Stale
        return BadInput if self.one.submitted and len(reason) < 10 else None

    def choose(self, chosen: frozenset[str], account: str, *, fresh: bool, reason: str) -> None:
        """Somebody saves the choice of topics."""
        self.tick()
        programme, known = self.one, self.one.content.topics
        ranks = {key: rank for rank, key in enumerate(sorted(chosen), 1)}
        changed = [k for k, t in known.items() if (t.selected, t.rank) != (k in chosen, ranks.get(k))]
        too_many = BadInput if len(chosen) > 1 else None
        refusal = self._editing(account) or too_many or (self._change(reason, fresh=fresh) if changed else None)
        versions = {key: topic.version - (not fresh) for key, topic in known.items()}
        done, _ = self.do(
            "choose topic",
            account,
            refusal,
            lambda here: product.choose(here, programme.slug, chosen, versions, reason),
        )
        for key in changed if done else ():
            known[key].selected, known[key].rank = key in chosen, ranks.get(key)
            known[key].version += 1

    # ---- acts

    def _acting(self, act: str, account: str) -> Refusal | None:
        allowed = law.who_may_act(self.house.form, self.one.state, act)
        if not allowed:
            return StepNotPossible
        return None if self.house.role_for(account, self.day, allowed) else NotAllowed

    def set_basis(self, account: str) -> None:
        """Somebody notes that the planning basis is missing."""
        self.tick()
        programme = self.one
        done, _ = self.do(
            "set_basis",
            account,
            self._acting("set_basis", account),
            lambda here: product.set_basis(here, programme.slug),
        )
        if done:
            programme.basis, programme.version = True, programme.version + 1

    def sign(self, act: str, account: str) -> None:
        """Somebody states something in the internal check; who proposed the figures does not state them."""
        self.tick()
        programme = self.one
        barred = NotAllowed if act == "state_budget" and account in programme.proposers else None
        refusal = self._acting(act, account) or barred
        done, _ = self.do(act, account, refusal, lambda here: product.sign(here, programme.slug, act))
        if not done:
            return
        programme.done.add(act)
        if act == "set_targets":
            programme.targets_known = True
        if act == "state_budget":
            programme.stated, programme.proposers = programme.content.figures(), set()

    def accept(self, account: str, reason: str) -> None:
        """Somebody accepts a sum that does not hold."""
        at = self.tick()
        programme = self.one
        refusal = self._acting("accept_difference", account) or (BadInput if len(reason) < 10 else None)
        done, gap = self.do(
            "accept_difference",
            account,
            refusal,
            lambda here: product.accept_first(here, programme.slug, reason),
        )
        if done:
            now = {known[:4]: known for known in programme.open_gaps()}
            assert gap in now, "another sum does not hold"
            kept = {known: when for known, when in programme.accepted.items() if known[:4] != gap}
            programme.accepted = kept | {now[gap]: at}

    def opine(self, account: str, stance: str, points: list[str], *, fresh: bool) -> None:
        """Somebody gives an opinion, or changes it."""
        at, programme = self.tick(), self.one
        known = programme.opinion_of(account)
        unsound = (stance == "no_opinion" and points) or (stance in {"concerns", "agree_with_points"} and not points)
        stale = Stale if known and not fresh else None
        refusal = self._acting("opinion", account) or (BadInput if unsound else None) or stale
        version = known.version - (not fresh) if known else 0
        done, _ = self.do(
            "opine", account, refusal, lambda here: product.opine(here, programme.slug, stance, points, version)
        )
        if not done:
            return
        if known is None:
            programme.opinions.append(Opinion(len(programme.frozen), account, stance, at))
        else:
            known.stance, known.at, known.withdrawn, known.version = stance, at, False, known.version + 1
            self.taken["opine again"] += 1
        given = programme.opinion_of(account)
        assert given is not None
        steps.replace_points(given, points, at)

    def withdraw_opinion(self, given: Opinion, *, fresh: bool) -> None:
        """A member takes the opinion back."""
        self.tick()
        programme = self.one
        refusal = self._acting("opinion", given.account) or (None if fresh else Stale)
        number, version = given.number, given.version - (not fresh)
        done, _ = self.do(
            "take opinion back",
            given.account,
            refusal,
            lambda here: product.withdraw_opinion(here, programme.slug, number, version),
        )
        if done:
            given.withdrawn, given.version = True, given.version + 1

    def answer(self, found: tuple[Opinion, int, Point], account: str, words: str, *, fresh: bool) -> None:
        """Somebody answers a point, or changes the answer."""
        at, programme, point = self.tick(), self.one, found[2]
        stale = Stale if point.answer_version and not fresh else None
        refusal = self._acting("answer", account) or (None if words else BadInput) or stale
        point_id, version = self._point_id(found), max(0, point.answer_version - (not fresh))
        done, _ = self.do(
            "answer",
            account,
            refusal,
            lambda here: product.answer(here, programme.slug, point_id, "noted", words, version),
        )
        if done:
            point.answered_at, point.answer_version = at, point.answer_version + 1

    def _point_id(self, found: tuple[Opinion, int, Point]) -> UUID:
        opinion, number, _ = found
        person = str(self.house.people[opinion.account])
        mine = [row for row in self.trail.of("opinion", self.one.id) if row[1]["person_id"] == person]
        given = sorted(mine, key=lambda row: self.trail.first[row[0]])[self._rank(opinion)][0]
        rows = self.trail.of("opinion_point", self.one.id)
        return next(UUID(i) for i, row in rows if (row["opinion_id"], row["number"]) == (given, number))

    def _rank(self, opinion: Opinion) -> int:
        """How many opinions the member gave on earlier versions."""
        return [o for o in self.one.opinions if o.account == opinion.account].index(opinion)

    def vote(self, account: str, choice: str, *, fresh: bool) -> None:
        """Somebody votes, or votes anew."""
        at, programme, ballot = self.tick(), self.one, self.one.ballot
        refusal = self._acting("vote", account)
        known = None
        if refusal is None:
            assert ballot is not None
            known = ballot.votes.get(account)
            stale = Stale if known else NotFound
            refusal = NotAllowed if account not in ballot.electors else None if fresh else stale
        version = known.version - (not fresh) if known else 0 if fresh else 1
        done, _ = self.do("vote", account, refusal, lambda here: product.vote(here, programme.slug, choice, version))
        if done:
            assert ballot is not None
            ballot.votes[account] = Vote(choice, at, known.version + 1 if known else 1)
            self.taken["vote again"] += known is not None

    def publish(self, act: str, account: str, *, fresh: bool) -> None:
        """Somebody publishes, or takes the publication back."""
        self.tick()
        programme = self.one
        refusal = self._acting(act, account) or (None if fresh else Stale)
        version, deed = programme.version - (not fresh), product.publish if act == "publish" else product.unpublish
        done, _ = self.do(act, account, refusal, lambda here: deed(here, programme.slug, version))
        if done:
            programme.published = len(programme.frozen) if act == "publish" else None
            programme.version += 1
            programme.done.add(act)


def _slug(house: House, year: int) -> str:
    return str(year) if house.form == "gE" else f"{year}-lpd"
