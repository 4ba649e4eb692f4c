"""A cycle lived day by day: deeds of the people at ten, a worker that looks at seven and after each deed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from jcflow.cli.tour import ABOUT_WHOLE, Tour, answer_board, enter_basis, facts_for
from jcflow.cli.walk import MINUTE
from jcflow.decisions import ballots, casting
from jcflow.decisions.ballots import Choice
from jcflow.opinions import board
from jcflow.opinions.board import Point, Stance
from jcflow.process import notices
from jcflow.programmes import internal_check, milestones
from jcflow.programmes.internal_check import SignOffKind, SignOffOutcome
from jcflow.programmes.versions import newest_version
from tests.factories import House
from tests.post import Post
from tests.reminders.promise import BERLIN, DAY, Course, at_seven, day_of

SIGNING = {
    "bca": ("sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED),
    "haushalt": ("state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED),
    "gf": ("set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE),
}
PARTICIPANTS = ("gf", "redaktion", "bca", "haushalt", "buero", *(f"beirat{n}" for n in range(1, 6)))
ASSEMBLY = tuple(f"tv{n}" for n in range(1, 7))


@dataclass
class Year:
    """A programme in a Jobcenter, what has happened with it, and what was sent."""

    house: House
    post: Post
    course: Course
    news: Counter[tuple[str, str, date]] = field(default_factory=Counter)
    """Account, occasion and day of the mails that deeds themselves cause."""

    @classmethod
    def begin(cls, house: House) -> Year:
        """On the day the programme was opened."""
        course = Course(house.programme.period_from.year)
        year = cls(house, Post(house.session, house.jobcenter.id), course)
        year.course.entered.append((house.programme.state, house.at))
        year.post.tick(house.tick())
        return year

    @property
    def day(self) -> date:
        """Today."""
        return day_of(self.house.at)

    def wait(self, days: int) -> Year:
        """Let days pass until ten in the morning of the last one."""
        for _ in range(days):
            tomorrow = self.day + DAY
            self.post.tick(at_seven(tomorrow))
            self.house.at = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 10, tzinfo=BERLIN)
        return self

    def step(self, trigger: str, account: str, target: str) -> None:
        """A step, and the worker after it."""
        tour = self._tour()
        self.house.step(trigger, account, facts=facts_for(tour, trigger, target))
        assert self.house.programme.state == target
        self.course.entered.append((target, self.house.at))
        self.post.tick(self.house.tick())

    def basis(self) -> None:
        """The plan rests on something."""
        enter_basis(self._tour())
        self.house.tick()

    def sign(self, account: str) -> None:
        """The part of one person in the internal check."""
        act, kind, outcome = SIGNING[account]
        with self.house.acting(account, act) as deed:
            internal_check.sign(self.house.session, self.house.programme, kind, outcome, "", deed)
        self._did(act, account)

    def opinion(self, account: str, stance: Stance, points: Sequence[Point] = ()) -> None:
        """A member of the board says something, or that there is nothing to say."""
        session, programme = self.house.session, self.house.programme
        version = newest_version(session, programme)
        assert version is not None
        with self.house.acting(account, "opinion") as deed:
            member = self.house.member(account)
            given = board.give(session, programme, version, member, stance=stance, points=points, version=0, deed=deed)
            notices.opinion_given(session, programme, given, len(points), deed)
        self._tell("opinion_received", account)
        if stance is not Stance.NO_OPINION:
            self._tell("opinion_new", "gf", "buero")
        self._did("opinion", account)

    def answers(self) -> None:
        """The board's points are answered."""
        tour = self._tour()
        answer_board(tour)
        self.house.at = tour.at

    def vote(self, account: str, choice: Choice = Choice.YES) -> None:
        """A member of the assembly votes."""
        session, programme = self.house.session, self.house.programme
        ballot = ballots.current_ballot(session, programme)
        assert ballot is not None
        with self.house.acting(account, "vote") as deed:
            mine = {"choice": choice, "reason": "", "version": 0, "deed": deed}
            casting.cast_vote(session, programme, self.house.people[account], **mine)
            notices.vote_given(session, programme, ballot, deed)
        self._tell("vote_received", account)
        self._did("vote", account)

    def publish(self) -> None:
        """Everybody may read the programme."""
        version = newest_version(self.house.session, self.house.programme)
        assert version is not None
        with self.house.acting("gf", "publish") as deed:
            milestones.publish(self.house.session, self.house.programme, version, deed)
            notices.published(self.house.session, self.house.programme, deed)
        self.tell_all("published")
        self._did("publish", "gf")

    def tell_all(self, occasion: str) -> None:
        """A mail to everybody who has a part in a programme."""
        self._tell(occasion, *PARTICIPANTS, *(ASSEMBLY if "tv1" in self.house.people else ()))

    def tell_who_spoke(self, *accounts: str) -> None:
        """The answers stand."""
        self._tell("answer", *accounts)

    def sent(self) -> Counter[tuple[str, str, date]]:
        """Account, occasion and day of each mail that went out."""
        return Counter((mail.account, mail.occasion, date.fromisoformat(mail.day)) for mail in self.post.sent)

    def _tour(self) -> Tour:
        return Tour(self.house.session, self.house.programme, self.house.people, self.house.at, MINUTE, {})

    def _tell(self, occasion: str, *accounts: str) -> None:
        self.news.update((account, occasion, self.day) for account in accounts)

    def _did(self, act: str, account: str) -> None:
        self.course.done.append((act, account, self.house.at))
        self.post.tick(self.house.tick())


def until_disposed(year: Year, signers: Sequence[str], *, reads_first: bool, target: str) -> None:
    """From the opening to what is put before whoever decides: in time, late, and by one not at all.

    It begins very late, so that the clocks change while the draft is written, and the year while the board is asked.
    """
    year.wait(190).basis()
    year.step("start", "gf", "drafting")
    year.wait(45).step("submit", "gf", "internal_check")
    for account, days in zip(signers, (2, 3, 5), strict=False):
        year.wait(days).sign(account)
    year.wait(1).step("release", "gf", "first_reading" if reads_first else "consultation")
    if reads_first:
        year.wait(20).step("refer", "tv1", "consultation")
    year.wait(3).opinion("beirat1", Stance.CONCERNS, [Point(ABOUT_WHOLE)])
    year.wait(14).opinion("beirat2", Stance.AGREE)
    year.opinion("beirat3", Stance.NO_OPINION)
    year.wait(5).opinion("beirat4", Stance.AGREE)
    year.wait(7).step("close", "buero", "disposition")
    year.wait(14).answers()
    year.tell_who_spoke("beirat1", "beirat2", "beirat4")
    year.step("dispose", "gf", target)
