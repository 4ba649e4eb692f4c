"""The product's side: each deed as a request does it, in one transaction, the programme loaded with its lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jcflow import database, tasks
from jcflow.accounts import people as accounts
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter, change_setting, setting_of
from jcflow.accounts.people import Carrier, Membership, roles_of
from jcflow.audit.trail import Deed
from jcflow.clock import local_day
from jcflow.decisions import casting
from jcflow.decisions.ballots import Choice
from jcflow.decisions.records import Sitting
from jcflow.opinions import answers, board
from jcflow.opinions.answers import Disposition
from jcflow.opinions.board import BoardGroup, Opinion, Point, Stance
from jcflow.opinions.rounds import consulted_version
from jcflow.procedure import Area, Role
from jcflow.process import acts, steps
from jcflow.process.effects import Facts, Resolution
from jcflow.process.opening import open_cycle
from jcflow.programmes import acceptances, budget_lines, budgets, chapters, internal_check, milestones, topics
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.internal_check import SignOffKind, SignOffOutcome
from jcflow.programmes.live import fill
from jcflow.programmes.programme import Programme, by_slug, check_version, editing
from jcflow.programmes.versions import Version, newest_version, versions_of
from tests.model.house import House, Seat
from tests.model.steps import Ask

STATEMENTS = {
    "sign_off": (SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED),
    "state_budget": (SignOffKind.BUDGET, SignOffOutcome.STATED),
    "set_targets": (SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE),
}
"""Act of the internal check to what it states."""


@dataclass(frozen=True)
class Visit:
    """Somebody about to do something in a house, in a transaction that ends with the visit."""

    session: Session
    house: House
    account: str
    at: datetime

    @property
    def actor(self) -> Actor:
        """The person with the roles of the day."""
        person_id = self.house.people[self.account]
        return Actor(person_id, roles_of(self.session, person_id, local_day(self.at)))

    def load(self, slug: str) -> Programme:
        """The programme, locked, as a POST loads it."""
        return by_slug(self.session, slug, lock=True)

    def editing(self, programme: Programme, area: Area, reason: str = "") -> Deed:
        """The deed of a change of content."""
        return editing(programme, area, self.actor, at=self.at, reason=reason)

    def acting(self, programme: Programme, act: str, reason: str = "") -> AbstractContextManager[Deed]:
        """The deed of an act."""
        return acts.acting(self.session, programme, act, actor=self.actor, at=self.at, reason=reason)

    def admin_deed(self) -> Deed:
        """What the administrator does."""
        return self.actor.deed(Role.ADMIN, self.at)


@contextmanager
def visit(engine: Engine, house: House, account: str, at: datetime) -> Iterator[Visit]:
    """One request: kept at the end, undone by any error."""
    with database.writing(engine) as session:
        database.serve(session, house.id)
        yield Visit(session, house, account, at)


def take_step(here: Visit, slug: str, ask: Ask, version: int) -> None:
    """Take a step."""
    votes = (3, 5) if ask.outcome == "rejected" else (5, 3)
    facts = Facts(
        casting_vote=Choice(ask.choice) if ask.choice else None,
        resolution=Resolution(ask.wording, ask.decided_on) if ask.wording is not None and ask.decided_on else None,
        sitting=Sitting(local_day(here.at), "7/2027", *votes, 1, 1, ask.outcome) if ask.outcome else None,
    )
    steps.take_step(
        here.session,
        here.load(slug),
        ask.trigger,
        actor=here.actor,
        at=here.at,
        version=version,
        reason=ask.reason,
        facts=facts,
    )


def open_next(here: Visit, year: int, previous_slug: str | None, document: Document) -> UUID:
    """Open the cycle of a year, from last year's programme or with the content of a document."""
    house = here.session.get_one(Jobcenter, here.house.id)
    head = replace(
        document.programme, title=f"Programm {year}", period_from=date(year, 1, 1), period_to=date(year, 12, 31)
    )
    previous = by_slug(here.session, previous_slug) if previous_slug else None
    opened = open_cycle(here.session, house, head, previous=previous, actor=here.actor, at=here.at)
    if previous is None:
        fill(here.session, opened, document, here.actor.deed(Role.MANAGING_DIRECTOR, here.at))
    return opened.id


def edit_text(here: Visit, slug: str, block_id: UUID, words: str, version: int) -> None:
    """Save a block of text."""
    programme = here.load(slug)
    deed = here.editing(programme, Area.CHAPTERS)
    row = chapters.block(here.session, programme, block_id)
    check_version(row, version, "Der Abschnitt", {"content": words})
    chapters.save_block(here.session, row, {"markdown": words}, row.visibility, deed)


def edit_line(here: Visit, slug: str, key: str, amount: int | None, version: int, reason: str) -> None:
    """Save the budget table with another amount in one line."""
    programme = here.load(slug)
    deed = here.editing(programme, Area.BUDGETS, reason)
    within = budgets.table(here.session, programme, "mittel")
    rows = budgets.lines_in(here.session, within)
    ordered = sorted(rows.values(), key=lambda row: row.position)
    edits = [budget_lines.as_edit(row, rows) for row in ordered]
    typed = [replace(e, amount=amount, version=version) if e.key == key else e for e in edits]
    budget_lines.save_lines(here.session, programme, within, typed, deed)


def choose(here: Visit, slug: str, chosen: frozenset[str], versions: dict[str, int], reason: str) -> None:
    """Save which topics of the set are chosen."""
    programme = here.load(slug)
    deed = here.editing(programme, Area.TOPICS, reason)
    within = topics.topic_set(here.session, programme, "katalog")
    ranks = {key: rank for rank, key in enumerate(sorted(chosen), 1)}
    typed = [topics.Choice(key, version, key in chosen, ranks.get(key)) for key, version in versions.items()]
    topics.save_choices(here.session, programme, within, typed, deed)


def set_basis(here: Visit, slug: str) -> None:
    """Note that the planning basis is not known yet."""
    programme = here.load(slug)
    with here.acting(programme, "set_basis") as deed:
        milestones.set_basis(here.session, programme, known=False, source="", dated=None, note="", deed=deed)


def sign(here: Visit, slug: str, act: str) -> None:
    """State something in the internal check."""
    programme = here.load(slug)
    kind, outcome = STATEMENTS[act]
    with here.acting(programme, act) as deed:
        internal_check.sign(here.session, programme, kind, outcome, "", deed)


def accept_first(here: Visit, slug: str, reason: str) -> tuple[str, str, int, int]:
    """Accept the first sum that does not hold; returns place, column, stated and computed."""
    programme = here.load(slug)
    first = internal_check.open_differences(here.session, programme)[0]
    with here.acting(programme, "accept_difference") as deed:
        acceptances.accept(here.session, programme, first, reason, deed)
    return first.place, first.column, first.stated, first.computed


def _consulted(here: Visit, programme: Programme) -> Version:
    version = consulted_version(here.session, programme) or newest_version(here.session, programme)
    assert version is not None
    return version


def opine(here: Visit, slug: str, stance: str, points: Sequence[str], version: int) -> None:
    """Give an opinion, or change it."""
    programme = here.load(slug)
    with here.acting(programme, "opinion") as deed:
        seats = accounts.holders(here.session, Role.BOARD_MEMBER, local_day(here.at))
        seat = next(seat for seat in seats if seat.person_id == here.actor.person_id)
        said = [Point(text) for text in points]
        board.give(
            here.session,
            programme,
            _consulted(here, programme),
            seat,
            stance=Stance(stance),
            points=said,
            version=version,
            deed=deed,
        )


def _opinion(here: Visit, programme: Programme, number: int, account: str) -> Opinion:
    known = board.opinions_of(here.session, programme)
    person_id = here.house.people[account]
    numbers = {v.id: v.number for v in versions_of(here.session, programme)}
    return next(o for o in known if (numbers[o.version_id], o.person_id) == (number, person_id))


def withdraw_opinion(here: Visit, slug: str, number: int, version: int) -> None:
    """Take one's opinion back."""
    programme = here.load(slug)
    given = _opinion(here, programme, number, here.account)
    with here.acting(programme, "opinion") as deed:
        check_version(given, version, "Ihre Stellungnahme", {})
        board.withdraw(here.session, given, deed)
    tasks.reopen(here.session, programme, act="opinion", person_id=given.person_id, at=here.at)


def answer(here: Visit, slug: str, point_id: UUID, disposition: str, reason: str, version: int) -> None:
    """Answer a point, or change the answer."""
    programme = here.load(slug)
    to = board.point(here.session, programme, point_id)
    with here.acting(programme, "answer") as deed:
        answers.answer(
            here.session,
            programme,
            to,
            disposition=Disposition(disposition),
            reason=reason,
            linked=(),
            version=version,
            deed=deed,
        )


def vote(here: Visit, slug: str, choice: str, version: int) -> None:
    """Vote, or vote anew."""
    programme = here.load(slug)
    with here.acting(programme, "vote") as deed:
        casting.cast_vote(
            here.session,
            programme,
            here.house.people[here.account],
            choice=Choice(choice),
            reason="",
            version=version,
            deed=deed,
        )


def publish(here: Visit, slug: str, version: int) -> None:
    """Let the public read the newest version."""
    programme = here.load(slug)
    acts.check_act(programme, "publish", here.actor)
    check_version(programme, version, "Das Programm", {})
    newest = newest_version(here.session, programme)
    assert newest is not None
    with here.acting(programme, "publish") as deed:
        milestones.publish(here.session, programme, newest, deed)


def unpublish(here: Visit, slug: str, version: int) -> None:
    """Take the publication back."""
    programme = here.load(slug)
    acts.check_act(programme, "unpublish", here.actor)
    check_version(programme, version, "Das Programm", {})
    with here.acting(programme, "unpublish", "Es fehlt eine Anlage.") as deed:
        milestones.unpublish(here.session, programme, deed)


def give_seat(here: Visit, seat: Seat) -> UUID:
    """Let a membership begin; returns its id."""
    acts.hold_house(here.session, here.house.id)
    member = Membership(
        jobcenter_id=here.house.id,
        person_id=here.house.people[seat.account],
        role=Role(seat.role),
        carrier=Carrier(seat.carrier) if seat.carrier else None,
        board_group=BoardGroup(seat.group) if seat.group else None,
        chair=seat.chair,
        valid_from=seat.since,
        valid_until=seat.until,
    )
    house = here.session.get_one(Jobcenter, here.house.id)
    accounts.add_membership(here.session, house, member, here.admin_deed())
    acts.welcome(here.session, member, here.at)
    return member.id


def end_seat(here: Visit, membership_id: UUID, on: date, version: int) -> None:
    """Let a membership end."""
    acts.hold_house(here.session, here.house.id)
    member = accounts.membership(here.session, membership_id)
    check_version(member, version, "Die Rolle", {"valid_until": on})
    accounts.end_membership(here.session, member, on, here.admin_deed())


def set_house(here: Visit, version: int, **changes: object) -> None:
    """Change what the house decides for itself."""
    acts.hold_house(here.session, here.house.id)
    setting = setting_of(here.session, here.house.id)
    check_version(setting, version, "Eine Einstellung", dict(changes))
    change_setting(here.session, setting, here.admin_deed(), **changes)


def reach(here: Visit, kind: str, slug: str, foreign_id: UUID) -> object:
    """Ask, from one's own house, for something of another one by its id."""
    programme = by_slug(here.session, slug)
    finders = {
        "block": chapters.block,
        "opinion": board.opinion,
        "opinion_point": board.point,
        "vote": casting.vote,
    }
    if kind == "membership":
        return accounts.membership(here.session, foreign_id)
    if kind == "person":
        return accounts.person(here.session, foreign_id)
    return finders[kind](here.session, programme, foreign_id)
