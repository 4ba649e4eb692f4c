"""The state machine: what people try in two Jobcenters, in any order, with fresh and with stale forms."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from jcflow import database
from tests.model import duties, law, members
from tests.model.house import Programme, Seat
from tests.model.invariants import verify_deeply
from tests.model.play import REASON, Play
from tests.model.starts import Stable, Start

WORDS = ("Die Lage ist gut.", "Die Lage ist schwierig.", "Es fehlen Plätze für Jüngere, vor allem auf dem Land.")
AMOUNTS = (None, 0, 100_00, 200_00, 300_00, 123_456_78)
TOPICS = (frozenset(), frozenset({"jugend"}), frozenset({"sprache"}), frozenset({"jugend", "sprache"}))
STATEMENTS = ("sign_off", "state_budget", "set_targets")
SEATS = (law.MD, law.ED, law.EO, law.BO, law.BOARD, law.BOARD, law.STAFF, law.MEMBER, law.MEMBER)
GROUPS = ("employer", "employee", "welfare")
ENDING = frozenset({law.ED, law.EO, law.BO, law.BOARD, law.MEMBER})
"""Roles that may end; without the others nothing would go on."""
MOST_PROGRAMMES = 4

mostly = st.sampled_from((True, True, True, True, False))
"""A form that is fresh, a person who is entitled: four times in five."""
numbers = st.integers(0, 23)
"""For choosing among so many as there are."""
reasons = st.sampled_from((REASON, REASON, REASON, "kurz", ""))


def stands(*states: str) -> object:
    """The rule is worth trying where the programme stands in one of these states."""
    return precondition(lambda self: self.state in states)


def quick_engine(url: str) -> Engine:
    """An engine that does not wait for the disk: no power is cut here."""
    engine = database.engine_for(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _do_not_wait)
    return engine


def _do_not_wait(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()


class Model(RuleBasedStateMachine):
    """One example: a copy of a database from somewhere in the year, and what is done to it."""

    stable: Stable
    starts: list[Start]
    taken: Counter[str]
    refused: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self._play: Play | None = None
        self._url = ""
        self._is_sound = False

    @initialize(start=numbers, house=st.sampled_from((0, 0, 0, 1)))
    def begin(self, start: int, house: int) -> None:
        """Take one of the databases of the walk."""
        chosen = self.starts[start % len(self.starts)]
        self._url = self.stable.copy(chosen.url)
        self._play = Play(quick_engine(self._url), pickle.loads(chosen.world), self.taken, self.refused, house)

    @property
    def play(self) -> Play:
        """The running example."""
        assert self._play is not None
        return self._play

    @property
    def one(self) -> Programme:
        """The programme with which things happen."""
        return self.play.one

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.one.state if self._play else ""

    def who(self, roles: list[str], number: int, *, entitled: bool) -> str:
        """Somebody with one of the roles, or anybody."""
        play = self.play
        fitting = [seat.account for role in roles for seat in play.house.holders(role, play.day)]
        people = fitting if entitled and fitting else list(play.house.people)
        return people[number % len(people)]

    def doer(self, act: str, number: int, *, entitled: bool) -> str:
        """Somebody for an act."""
        return self.who(law.who_may_act(self.play.house.form, self.state, act), number, entitled=entitled)

    # ---- the way through the procedure

    @rule(how=numbers)
    def the_next_on_turn_acts(self, how: int) -> None:
        duties.do_next(self.play, 0, how)

    @rule(which=numbers, how=numbers)
    def somebody_on_turn_acts(self, which: int, how: int) -> None:
        duties.do_next(self.play, which, how)

    @rule(which=numbers, how=numbers, number=numbers, entitled=mostly, fresh=mostly, reason=reasons)
    def somebody_takes_a_step(
        self, which: int, how: int, number: int, entitled: bool, fresh: bool, reason: str
    ) -> None:
        form = self.play.house.form
        here = sorted(trigger for state, trigger in law.TARGETS[form] if state == self.state)
        ordinary = [trigger for trigger in here if trigger != "withdraw"]
        choices = [*ordinary * 3, *here] or ["withdraw"]
        trigger = choices[which % len(choices)]
        account = self.who(law.who_may(form, self.state, trigger), number, entitled=entitled)
        duties.step(self.play, trigger, account, how, fresh=fresh, reason=reason)

    @rule(which=numbers, number=numbers, how=numbers)
    def somebody_tries_any_step(self, which: int, number: int, how: int) -> None:
        triggers = sorted(law.TRIGGERS["gE"] | law.TRIGGERS["zkT"])
        duties.step(self.play, triggers[which % len(triggers)], self.who([], number, entitled=False), how)

    @stands("tied", "awaiting_record", "committee", "council")
    @rule(
        number=numbers,
        choice=st.sampled_from(("yes", "no", "abstain", None)),
        wording=st.sampled_from((None, "kurz", duties.WORDING)),
        days_ago=st.sampled_from((0, -1, 400)),
        outcome=st.sampled_from((None, "adopted", "rejected", "recommended", "unknown")),
    )
    def somebody_takes_a_step_with_odd_facts(
        self, number: int, choice: str | None, wording: str | None, days_ago: int, outcome: str | None
    ) -> None:
        trigger = {"tied": "cast", "awaiting_record": "record"}.get(self.state, "enter_result")
        account = self.who(law.who_may(self.play.house.form, self.state, trigger), number, entitled=True)
        self.play.step(trigger, account, choice=choice, wording=wording, days_ago=days_ago, outcome=outcome)

    @precondition(lambda self: self._play and len(self.play.house.programmes) < MOST_PROGRAMMES)
    @rule(number=numbers, entitled=mostly, again=st.booleans())
    def somebody_opens_the_next_cycle(self, number: int, entitled: bool, again: bool) -> None:
        self.play.open_next(self.who([law.MD, law.ED], number, entitled=entitled), again=again)

    # ---- content

    @stands("drafting", "disposition")
    @rule(which=numbers, words=st.sampled_from(WORDS), number=numbers, entitled=mostly, fresh=mostly)
    def somebody_edits_a_text(self, which: int, words: str, number: int, entitled: bool, fresh: bool) -> None:
        keys = sorted(self.one.content.texts)
        account = self.who([law.ED, law.MD], number, entitled=entitled)
        self.play.edit_text(keys[which % len(keys)], account, words, fresh=fresh)

    @stands("drafting", "disposition")
    @rule(which=numbers, amount=st.sampled_from(AMOUNTS), number=numbers, entitled=mostly, fresh=mostly, reason=reasons)
    def somebody_edits_a_line(
        self, which: int, amount: int | None, number: int, entitled: bool, fresh: bool, reason: str
    ) -> None:
        keys = sorted(self.one.content.lines)
        account = self.who([law.ED, law.MD], number, entitled=entitled)
        self.play.edit_line(keys[which % len(keys)], account, amount, fresh=fresh, reason=reason)

    @stands("drafting", "disposition")
    @rule(chosen=st.sampled_from(TOPICS), number=numbers, entitled=mostly, fresh=mostly, reason=reasons)
    def somebody_chooses_topics(
        self, chosen: frozenset[str], number: int, entitled: bool, fresh: bool, reason: str
    ) -> None:
        account = self.who([law.ED, law.MD], number, entitled=entitled)
        self.play.choose(chosen, account, fresh=fresh, reason=reason)

    @rule(which=numbers, number=numbers)
    def somebody_tries_any_act(self, which: int, number: int) -> None:
        play, account = self.play, self.who([], number, entitled=False)
        tries = (
            lambda: play.edit_text("lage/1", account, WORDS[0], fresh=True),
            lambda: play.edit_line("gesamt", account, AMOUNTS[number % len(AMOUNTS)], fresh=True, reason=REASON),
            lambda: play.choose(TOPICS[number % 3], account, fresh=True, reason=REASON),
            lambda: play.set_basis(account),
            lambda: play.sign(STATEMENTS[number % 3], account),
            lambda: play.opine(account, "agree", [], fresh=True),
            lambda: play.vote(account, "yes", fresh=True),
            lambda: play.publish("publish", account, fresh=True),
        )
        tries[which % len(tries)]()

    # ---- acts

    @stands("opened", "drafting")
    @rule(number=numbers, entitled=mostly)
    def somebody_enters_the_basis(self, number: int, entitled: bool) -> None:
        self.play.set_basis(self.doer("set_basis", number, entitled=entitled))

    @stands("internal_check", "disposition")
    @rule(act=st.sampled_from(STATEMENTS), number=numbers, entitled=mostly)
    def somebody_signs(self, act: str, number: int, entitled: bool) -> None:
        self.play.sign(act, self.doer(act, number, entitled=entitled))

    @precondition(lambda self: self.state in {"internal_check", "disposition"} and self.one.open_gaps())
    @rule(number=numbers, entitled=mostly, reason=reasons)
    def somebody_accepts_a_difference(self, number: int, entitled: bool, reason: str) -> None:
        self.play.accept(self.doer("accept_difference", number, entitled=entitled), reason)

    @stands("consultation")
    @rule(
        stance=st.sampled_from(("agree", "concerns", "agree_with_points", "no_opinion")),
        points=st.lists(st.sampled_from(("Zu knapp.", "Zu lang.", "Zu spät.")), max_size=3),
        number=numbers,
        entitled=mostly,
        fresh=mostly,
    )
    def somebody_gives_an_opinion(
        self, stance: str, points: list[str], number: int, entitled: bool, fresh: bool
    ) -> None:
        self.play.opine(self.doer("opinion", number, entitled=entitled), stance, points, fresh=fresh)

    @precondition(lambda self: self.state == "consultation" and self._standing())
    @rule(which=numbers, fresh=mostly)
    def somebody_takes_an_opinion_back(self, which: int, fresh: bool) -> None:
        given = self._standing()
        self.play.withdraw_opinion(given[which % len(given)], fresh=fresh)

    def _standing(self) -> list[object]:
        one = self.one
        return [o for o in one.opinions if o.number == len(one.frozen) and not o.withdrawn and o.stance != "silent"]

    @precondition(lambda self: self.state == "disposition" and self.one.points())
    @rule(
        which=numbers,
        words=st.sampled_from(("Wir nehmen das auf.", "Das geht nicht.", "")),
        number=numbers,
        entitled=mostly,
        fresh=mostly,
    )
    def somebody_answers_a_point(self, which: int, words: str, number: int, entitled: bool, fresh: bool) -> None:
        points = self.one.points()
        account = self.doer("answer", number, entitled=entitled)
        self.play.answer(points[which % len(points)], account, words, fresh=fresh)

    @stands("resolution")
    @rule(choice=st.sampled_from(duties.CHOICES), number=numbers, entitled=mostly, fresh=mostly)
    def somebody_votes(self, choice: str, number: int, entitled: bool, fresh: bool) -> None:
        self.play.vote(self.doer("vote", number, entitled=entitled), choice, fresh=fresh)

    @stands("in_force")
    @rule(act=st.sampled_from(("publish", "unpublish")), number=numbers, entitled=mostly, fresh=mostly)
    def somebody_publishes_or_takes_it_back(self, act: str, number: int, entitled: bool, fresh: bool) -> None:
        self.play.publish(act, self.doer(act, number, entitled=entitled), fresh=fresh)

    # ---- people, settings, time, the neighbours

    @rule(
        role=numbers,
        number=numbers,
        begins_in=st.sampled_from((0, 0, 1, 12)),
        lasts=st.sampled_from((None, None, 1, 20)),
        which=numbers,
    )
    def a_membership_begins(self, role: int, number: int, begins_in: int, lasts: int | None, which: int) -> None:
        house, since = self.play.house, self.play.day + timedelta(begins_in)
        roles = [name for name in SEATS if name != law.MEMBER or house.form == "gE"]
        accounts = [account for account in house.people if account != law.ADMIN]
        seat = Seat(accounts[number % len(accounts)], roles[role % len(roles)], since)
        seat.until = None if lasts is None else since + timedelta(lasts)
        if seat.role == law.MEMBER:
            seat.carrier, seat.chair = ("agency", "municipality")[which % 2], which % 3 == 0
        if seat.role == law.BOARD:
            seat.group = GROUPS[which % 3]
        members.seat_begins(self.play, seat)

    @rule(which=numbers, ends_in=st.sampled_from((-1, 0, 0, 1, 20)), fresh=mostly)
    def a_membership_ends(self, which: int, ends_in: int, fresh: bool) -> None:
        seats = [seat for seat in self.play.house.seats if seat.role in ENDING]
        members.seat_ends(self.play, seats[which % len(seats)], self.play.day + timedelta(ends_in), fresh=fresh)

    @rule(
        waived=st.booleans(),
        seats=st.sampled_from((1, 2, 2, 2, 3, 3, 21)),
        name=st.sampled_from(("agency", "municipality", "both", "both", "waived", "waived")),
        fresh=mostly,
    )
    def the_house_decides(self, waived: bool, seats: int, name: str, fresh: bool) -> None:
        changes = (
            {"waived": waived}
            if name == "waived"
            else {"agency": seats, "municipality": seats}
            if name == "both"
            else {name: seats}
        )
        members.house_decides(self.play, fresh=fresh, **changes)

    @rule(days=st.sampled_from((1, 3, 8, 16, 22, 30)))
    def days_pass(self, days: int) -> None:
        self.play.wait(days=days)

    @rule(hours=st.sampled_from((1, 9, 15)))
    def hours_pass(self, hours: int) -> None:
        self.play.wait(hours=hours)

    @rule(house=st.sampled_from((0, 0, 1)), place=numbers)
    def another_programme_is_in_focus(self, house: int, place: int) -> None:
        self.play.focus = house
        self.play.place = place % len(self.play.house.programmes)

    @rule(
        kind=st.sampled_from(("membership", "person", "block", "opinion", "opinion_point", "vote")),
        number=numbers,
        which=numbers,
    )
    def somebody_reaches_for_the_other_house(self, kind: str, number: int, which: int) -> None:
        members.reach_over(self.play, kind, self.who([], number, entitled=False), which)

    # ---- judging

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        self._is_sound = False
        self.play.check()
        self._is_sound = True

    def teardown(self) -> None:
        """Prove both trails from the beginning; then throw the database away."""
        if self._play is None:
            return
        try:
            if self._is_sound:
                verify_deeply(self.play.engine, self.play.world.houses)
        finally:
            self.play.engine.dispose()
            self.stable.drop(self._url)
