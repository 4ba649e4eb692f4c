"""The state machine: what people try in two Jobcenters, in any order, with fresh and with stale forms.

Hypothesis leaves out half of the rules in each example; so there are few of them, and what moves a programme is in
several.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model import duties, law, members
from tests.model.house import Opinion, Programme, Seat
from tests.model.play import REASON, Play
from tests.model.stable import Stable
from tests.model.starts import STATES, Start

T = TypeVar("T")

WORDS = ("Die Lage ist gut.", "Die Lage ist schwierig.", "Es fehlen Plätze für Jüngere, vor allem auf dem Land.")
AMOUNTS = (None, 0, 100_00, 200_00, 300_00, 123_456_78)
TOPICS = (frozenset({"jugend"}), frozenset({"sprache"}), frozenset[str](), frozenset({"jugend", "sprache"}))
STATEMENTS = ("sign_off", "state_budget", "set_targets")
POINTS = ("Zu knapp.", "Zu lang.", "Zu spät.")
SEATS = (law.BOARD, law.MEMBER, law.BOARD, law.MEMBER, law.MD, law.ED, law.EO, law.BO, law.STAFF)
ENDING = frozenset({law.ED, law.EO, law.BO, law.BOARD, law.MEMBER})
"""Roles that may end; without the others nothing would go on."""
ROWS = ("membership", "person", "block", "opinion", "opinion_point", "vote")
MOST_PROGRAMMES = 4

numbers = st.integers(0, 23)
"""For choosing among so many as there are."""


class Model(RuleBasedStateMachine):
    """One example: a copy of a database from somewhere in the year, and what is done to it."""

    stable: Stable
    starts: list[Start]
    taken: Counter[str]
    refused: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self._play: Play | None = None
        self._is_sound = False

    @initialize(start=st.integers(0, STATES - 1), house=st.sampled_from((0, 0, 0, 1)))
    def begin(self, start: int, house: int) -> None:
        """Take one of the databases of the walk."""
        chosen = self.starts[start]
        self.stable.use(chosen.database)
        self.stable.use(self.stable.copy())
        self._play = Play(self.stable, pickle.loads(chosen.world), self.taken, self.refused, house, tell=note)

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
        return self.one.state

    # ---- the way through the procedure

    @rule(how=numbers)
    def the_next_on_turn_acts(self, how: int) -> None:
        """Somebody does the first thing that is due."""
        duties.do_next(self.play, 0, how)

    @rule(which=numbers, how=numbers)
    def somebody_on_turn_acts(self, which: int, how: int) -> None:
        """Somebody does one of the things that are due."""
        duties.do_next(self.play, which, how)

    @rule(hows=st.lists(numbers, min_size=2, max_size=4))
    def some_on_turn_act(self, hows: list[int]) -> None:
        """Several people do what is due, one after the other."""
        for how in hows:
            duties.do_next(self.play, how, how)
            self.play.check()

    @precondition(lambda self: self._triggers())
    @rule(data=st.data())
    def somebody_takes_a_step(self, data: st.DataObject) -> None:
        """Any step out of the present state, withdrawing more rarely."""
        ordinary = [trigger for trigger in self._triggers() if trigger != "withdraw"]
        trigger = data.draw(st.sampled_from([*ordinary * 3, *self._triggers()]), label="trigger")
        account = self._somebody(data, law.who_may(self.play.house.form, self.state, trigger))
        fresh, reason = _is_fresh(data), REASON if _mostly(data, "reasoned") else "kurz"
        duties.step(self.play, trigger, account, data.draw(numbers, label="how"), fresh=fresh, reason=reason)

    @precondition(lambda self: self.state in {"consultation", "resolution"})
    @rule(data=st.data(), days=st.sampled_from((23, 15, 20)))
    def the_deadline_passes(self, data: st.DataObject, days: int) -> None:
        """Nobody says more until the day has passed, then the round is closed."""
        self.play.wait(days=days)
        trigger, role = ("close", law.STAFF) if self.state == "consultation" else ("conclude", law.CHAIR)
        duties.step(self.play, trigger, self._somebody(data, [role]), 0)

    @precondition(lambda self: self.state == "disposition" and self.one.content.lines)
    @rule(data=st.data())
    def figures_change_at_the_last_moment(self, data: st.DataObject) -> None:
        """Every point is answered, a line is changed, and the draft put to the vote at once."""
        director = self._somebody(data, [law.MD])
        while self.one.open_points() and law.MD in self.play.house.roles(director, self.play.day):
            self.play.answer(self.one.open_points()[0], director, "Das nehmen wir auf.", fresh=True)
            self.play.check()
        self._edit_line(data)
        self.play.check()
        duties.step(self.play, "dispose", director, 0)

    def _triggers(self) -> list[str]:
        return sorted(trigger for state, trigger in law.TARGETS[self.play.house.form] if state == self.state)

    # ---- content and acts

    @precondition(lambda self: self.state in law.EDITABLE)
    @rule(data=st.data(), times=st.sampled_from((1, 2, 3)))
    def somebody_edits(self, data: st.DataObject, times: int) -> None:
        """A text, a budget line, or the choice of topics."""
        for _ in range(times):
            data.draw(st.sampled_from((self._edit_text, self._edit_line, self._choose)), label="edit")(data)
            self.play.check()

    def _edit_text(self, data: st.DataObject) -> None:
        key, words = data.draw(st.sampled_from(sorted(self.one.content.texts))), data.draw(st.sampled_from(WORDS))
        self.play.edit_text(key, self._somebody(data, [law.ED, law.MD]), words, fresh=_is_fresh(data))

    def _edit_line(self, data: st.DataObject) -> None:
        key, amount = data.draw(st.sampled_from(sorted(self.one.content.lines))), data.draw(st.sampled_from(AMOUNTS))
        account, reason = self._somebody(data, [law.ED, law.MD]), REASON if _mostly(data, "reasoned") else ""
        self.play.edit_line(key, account, amount, fresh=_is_fresh(data), reason=reason)

    def _choose(self, data: st.DataObject) -> None:
        account, reason = self._somebody(data, [law.ED, law.MD]), REASON if _mostly(data, "reasoned") else ""
        self.play.choose(data.draw(st.sampled_from(TOPICS)), account, fresh=_is_fresh(data), reason=reason)

    @precondition(lambda self: self._acts())
    @rule(data=st.data(), times=st.sampled_from((1, 2, 3)))
    def somebody_acts(self, data: st.DataObject, times: int) -> None:
        """One of the acts of the present state, by several people or anew."""
        act = data.draw(st.sampled_from(sorted(self._acts())), label="act")
        for _ in range(times):
            if act in self._acts():
                self._acts()[act](data)
                self.play.check()

    def _acts(self) -> dict[str, Callable[[st.DataObject], None]]:
        found: dict[str, Callable[[st.DataObject], None]] = {}
        if self.state == "opened":
            found["basis"] = lambda data: self.play.set_basis(self._doer(data, "set_basis"))
        if self.state in {"internal_check", "disposition"}:
            found["sign"] = self._sign
            found |= {"accept": self._accept} if self.one.open_gaps() else {}
        if self.state == "consultation":
            found["opine"] = self._opine
            found |= {"take opinion back": self._take_opinion_back} if self._standing() else {}
        if self.state == "disposition" and self.one.points():
            found["answer"] = self._answer
        if self.state == "resolution":
            found["vote"] = self._vote
        if self.state == "in_force":
            found["publish"] = self._publish
        return found

    def _sign(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(STATEMENTS))
        self.play.sign(act, self._doer(data, act))

    def _accept(self, data: st.DataObject) -> None:
        reason = REASON if _mostly(data, "reasoned") else "kurz"
        self.play.accept(self._doer(data, "accept_difference"), reason)

    def _opine(self, data: st.DataObject) -> None:
        stance = data.draw(st.sampled_from(("concerns", "agree_with_points", "agree", "no_opinion")))
        points = data.draw(st.lists(st.sampled_from(POINTS), max_size=3))
        self.play.opine(self._doer(data, "opinion"), stance, points, fresh=_is_fresh(data))

    def _standing(self) -> list[Opinion]:
        one = self.one
        return [o for o in one.opinions if o.number == len(one.frozen) and not o.withdrawn and o.stance != "silent"]

    def _take_opinion_back(self, data: st.DataObject) -> None:
        given = self._standing()[data.draw(numbers) % len(self._standing())]
        self.play.withdraw_opinion(given, fresh=_is_fresh(data))

    def _answer(self, data: st.DataObject) -> None:
        points = self.one.points()
        found, words = points[data.draw(numbers) % len(points)], data.draw(st.sampled_from((*WORDS, "")))
        self.play.answer(found, self._doer(data, "answer"), words, fresh=_is_fresh(data))

    def _vote(self, data: st.DataObject) -> None:
        choice = data.draw(st.sampled_from(duties.CHOICES))
        self.play.vote(self._doer(data, "vote"), choice, fresh=_is_fresh(data))

    def _publish(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(("publish", "unpublish")))
        self.play.publish(act, self._doer(data, act), fresh=_is_fresh(data))

    @rule(data=st.data())
    def somebody_tries_what_does_not_fit(self, data: st.DataObject) -> None:
        """Any step, any act, odd facts, or a row of the other house, wherever the programme stands."""
        play, account = self.play, data.draw(st.sampled_from(sorted(self.play.house.people)), label="account")
        tries: dict[str, Callable[[], object]] = {
            "step": lambda: duties.step(play, data.draw(st.sampled_from(sorted(law.TRIGGERS["gE"]))), account, 0),
            "odd facts": lambda: self._take_a_step_with_odd_facts(data),
            "reach over": lambda: members.reach_over(
                play, data.draw(st.sampled_from(ROWS)), account, data.draw(numbers)
            ),
            "edit text": lambda: play.edit_text("lage/1", account, data.draw(st.sampled_from(WORDS)), fresh=True),
            "edit line": lambda: play.edit_line("gesamt", account, 7, fresh=True, reason=REASON),
            "choose": lambda: play.choose(data.draw(st.sampled_from(TOPICS)), account, fresh=True, reason=REASON),
            "basis": lambda: play.set_basis(account),
            "sign": lambda: play.sign(data.draw(st.sampled_from(STATEMENTS)), account),
            "opine": lambda: play.opine(account, "agree", [], fresh=True),
            "vote": lambda: play.vote(account, "yes", fresh=True),
            "publish": lambda: play.publish("publish", account, fresh=True),
        }
        tries[data.draw(st.sampled_from(sorted(tries)), label="try")]()

    def _take_a_step_with_odd_facts(self, data: st.DataObject) -> None:
        trigger = {"tied": "cast", "awaiting_record": "record"}.get(self.state, "enter_result")
        self.play.step(
            trigger,
            self._somebody(data, law.who_may(self.play.house.form, self.state, trigger)),
            choice=data.draw(st.sampled_from(("abstain", None, "no"))),
            wording=data.draw(st.sampled_from((None, "kurz", duties.WORDING))),
            days_ago=data.draw(st.sampled_from((0, -1, 400))),
            outcome=data.draw(st.sampled_from((None, "unknown", "adopted", "rejected", "recommended"))),
        )

    # ---- people, settings, time, the neighbours

    @rule(data=st.data())
    def the_house_changes(self, data: st.DataObject) -> None:
        """A membership begins or ends, or a setting is changed."""
        changes = (self._seat_begins, self._seat_ends, self._seat_begins, self._seat_ends, self._house_decides)
        data.draw(st.sampled_from(changes), label="change")(data)

    def _seat_begins(self, data: st.DataObject) -> None:
        house = self.play.house
        since = self.play.day + timedelta(data.draw(st.sampled_from((0, 0, 1, 12)), label="begins in"))
        role = data.draw(st.sampled_from([r for r in SEATS if r != law.MEMBER or house.form == "gE"]), label="role")
        account = data.draw(st.sampled_from(sorted(set(house.people) - {law.ADMIN}, reverse=True)), label="account")
        lasts = data.draw(st.sampled_from((None, None, 1, 20)), label="lasts")
        seat = Seat(account, role, since, since + timedelta(lasts) if lasts else None)
        if role == law.MEMBER:
            seat.carrier = data.draw(st.sampled_from(("agency", "municipality")))
            seat.chair = data.draw(st.sampled_from((False, False, True)))
        if role == law.BOARD:
            seat.group = data.draw(st.sampled_from(("employer", "employee", "welfare")))
        members.seat_begins(self.play, seat)

    def _seat_ends(self, data: st.DataObject) -> None:
        seats = [seat for seat in self.play.house.seats if seat.role in ENDING]
        seat = seats[data.draw(numbers, label="seat") % len(seats)]
        on = self.play.day + timedelta(data.draw(st.sampled_from((0, 0, 1, 20, -1)), label="ends in"))
        members.seat_ends(self.play, seat, on, fresh=_is_fresh(data))

    def _house_decides(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from((2, 3, 3, 1, 21)), label="seats")
        decisions: tuple[dict[str, int | bool], ...] = (
            {"waived": True},
            {"waived": False},
            {"agency": number, "municipality": number},
            {"agency": number},
        )
        members.house_decides(self.play, data.draw(st.sampled_from(decisions)), fresh=_is_fresh(data))

    @rule(hours=st.sampled_from((24, 15, 9, 3 * 24, 8 * 24, 16 * 24, 22 * 24, 30 * 24)))
    def time_passes(self, hours: int) -> None:
        """Hours, a day, or until a deadline has passed."""
        self.play.wait(hours=hours)

    @rule(data=st.data(), house=st.sampled_from((0, 0, 1)), place=numbers, again=st.booleans())
    def another_programme_is_in_focus(self, data: st.DataObject, house: int, place: int, again: bool) -> None:
        """What follows happens in the other house, with an older programme, or with one just opened."""
        self.play.focus = house
        known = self.play.house.programmes
        self.play.place = place % (len(known) + 1) - 1
        if self.play.place == -1 and len(known) < MOST_PROGRAMMES:
            self.play.open_next(self._somebody(data, [law.MD, law.ED]), again=again)

    # ---- judging

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        """The database is what the model says."""
        self._is_sound = False
        self.play.check()
        self._is_sound = True

    def teardown(self) -> None:
        """Prove both trails from the beginning; then throw the database away."""
        if self._play is None:
            return
        try:
            if self._is_sound:
                self.play.check_finally()
        finally:
            self.stable.drop(self.stable.present)

    # ---- drawing

    def _somebody(self, data: st.DataObject, roles: list[str]) -> str:
        """Mostly somebody with one of the roles, else anybody."""
        play = self.play
        fitting = [seat.account for role in roles for seat in play.house.holders(role, play.day)]
        people = fitting if fitting and _mostly(data, "entitled") else sorted(play.house.people)
        return data.draw(st.sampled_from(people), label="account")

    def _doer(self, data: st.DataObject, act: str) -> str:
        """The same for an act."""
        return self._somebody(data, law.who_may_act(self.play.house.form, self.state, act))


def _mostly(data: st.DataObject, label: str) -> bool:
    return data.draw(st.sampled_from((*[True] * 8, False)), label=label)


def _is_fresh(data: st.DataObject) -> bool:
    return data.draw(st.sampled_from((True, True, True, True, False)), label="fresh")
