"""A small Jobcenter with its people and a small, complete programme: quick to make, walked by real steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Membership, Person, add_membership, add_person, roles_of
from jcflow.accounts.sign_in import hash_of
from jcflow.audit.trail import Deed
from jcflow.cli import cast, walk
from jcflow.clock import local_day
from jcflow.procedure import Area, Role
from jcflow.process import acts, steps
from jcflow.process.effects import Facts
from jcflow.process.opening import import_document, open_programme
from jcflow.programmes.exchange.document import (
    BudgetLine,
    BudgetTable,
    Carrier,
    Chapter,
    Document,
    JobcenterHead,
    ProgrammeHead,
    RegisterBlock,
    TextBlock,
    Topic,
    TopicSet,
)
from jcflow.programmes.kinds import LineRole, ProgrammeKind
from jcflow.programmes.live import fill
from jcflow.programmes.programme import Programme, StepTaken, editing, steps_of

AT = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
"""A Tuesday; the instant at which the small programmes are made."""

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
"""The smallest file that is taken for a PDF."""

COMMAND_LINE = Deed(None, "command_line", AT)

MITTEL = BudgetTable(
    key="mittel",
    title="Eingliederungsmittel 2027",
    year=2027,
    prior_year=2026,
    lines=(
        BudgetLine("gesamt", "Gesamt", LineRole.TOTAL, amount=300_00, prior_amount=280_00),
        BudgetLine("beratung", "Beratung", LineRole.LINE, parent="gesamt", amount=100_00, prior_amount=90_00),
        BudgetLine("qualifizierung", "Qualifizierung", LineRole.LINE, "gesamt", amount=200_00, prior_amount=190_00),
    ),
)
KATALOG = TopicSet(
    key="katalog",
    title="Landesthemen",
    choose=1,
    of=2,
    topics=(
        Topic("jugend", "Jugend", selected=True, order=1, reason="Weil viele junge Menschen suchen."),
        Topic("sprache", "Sprache", selected=False),
    ),
)


def small_document(form: str = "gE", name: str | None = None) -> Document:
    """A complete programme: two chapters, a budget table of three lines, one topic of two."""
    kind = ProgrammeKind.AMIP if form == "gE" else ProgrammeKind.LPD
    carriers = (Carrier("Agentur", "agency"), Carrier("Kreis", "municipality"))
    return Document(
        jobcenter=JobcenterHead(name or f"Jobcenter {form}", form, "NW", carriers if form == "gE" else carriers[1:]),
        programme=ProgrammeHead(kind, "Programm 2027", date(2027, 1, 1), date(2027, 12, 31)),
        chapters=(
            Chapter("lage", "Lage", "1", blocks=(TextBlock("Die Lage ist gut."), TextBlock("Die Zahlen auch."))),
            Chapter("budget", "Budget", "2", blocks=(RegisterBlock("budget_tables/mittel"),)),
        ),
        topic_sets=(KATALOG,),
        budget_tables=(MITTEL,),
        instruments=({"key": "egz", "label": "Zuschüsse", "role": "line", "planned": 12},),
    )


def with_a_wrong_sum(document: Document) -> Document:
    """The same with a total that is one euro too high."""
    total = replace(MITTEL.lines[0], amount=301_00)
    return replace(document, budget_tables=(replace(MITTEL, lines=(total, *MITTEL.lines[1:])),))


@cache
def demo_hash() -> str:
    """The hash of the demo password, made once: it is slow on purpose."""
    return hash_of(cast.PASSWORD)


@dataclass
class House:
    """A Jobcenter, its programme, and a clock that moves with each deed."""

    session: Session
    jobcenter: Jobcenter
    programme: Programme
    people: Mapping[str, UUID]
    """Account of the demo (`gf`, `tv1` …) to person id."""
    at: datetime = AT

    def tick(self, **later: float) -> datetime:
        """Let the clock go on, by a minute unless told how long."""
        self.at += timedelta(**later) if later else timedelta(minutes=1)
        return self.at

    @property
    def today(self) -> date:
        """The day in Berlin."""
        return local_day(self.at)

    def actor(self, account: str) -> Actor:
        """The person of an account with the roles of the day."""
        person_id = self.people[account]
        return Actor(person_id, roles_of(self.session, person_id, self.today))

    def deed(self, account: str = "gf", reason: str = "") -> Deed:
        """A deed of the person of an account, whatever it is about."""
        actor = self.actor(account)
        return actor.deed(min(actor.roles), self.tick(), reason)

    def editing(self, area: Area, account: str = "gf", reason: str = "") -> Deed:
        """A deed that changes content; refused as for anybody."""
        return editing(self.programme, area, self.actor(account), at=self.tick(), reason=reason)

    def acting(self, account: str, act: str, **how: UUID | str) -> AbstractContextManager[Deed]:
        """An act of the person of an account; the block holds its verbs."""
        at = self.tick()
        return acts.acting(self.session, self.programme, act, actor=self.actor(account), at=at, **how)

    def step(self, trigger: str, account: str, reason: str = "", facts: Facts | None = None) -> StepTaken:
        """A step of the person of an account."""
        at = self.tick()
        actor = self.actor(account)
        return steps.take_step(self.session, self.programme, trigger, actor=actor, at=at, reason=reason, facts=facts)

    def advance(self, state: str) -> None:
        """Walk the programme to a state by real steps."""
        self.at = walk.advance(self.session, self.programme, state, people=self.people, at=self.at)

    def join(self, account: str, role: Role, **details: object) -> Membership:
        """Somebody new, with a role from today on unless told otherwise."""
        deed = self.deed("admin")
        email = cast.address(self.jobcenter, account)
        somebody = add_person(self.session, self.jobcenter, name=account.title(), email=email, deed=deed)
        self.people = {**self.people, account: somebody.id}
        values: dict[str, object] = {"valid_from": self.today, **details}
        member = Membership(jobcenter_id=self.jobcenter.id, person_id=somebody.id, role=role, **values)
        return add_membership(self.session, self.jobcenter, member, deed)

    def member(self, account: str) -> Membership:
        """The one membership of an account."""
        return self.session.scalars(select(Membership).where(Membership.person_id == self.people[account])).one()

    def last_step(self) -> StepTaken:
        """The step taken last."""
        return steps_of(self.session, self.programme)[-1]


HouseAt = Callable[[str], House]
"""A fixture that makes a house whose programme stands in a state."""


def found_house(session: Session, document: Document) -> House:
    """A new Jobcenter with the people of the demo and the document's programme in drafting."""
    programme = import_document(session, document, COMMAND_LINE)
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    people = cast.people(session, house, COMMAND_LINE, demo_hash())
    return House(session, house, programme, {account: person.id for account, person in people.items()})


def opened_house(session: Session, document: Document) -> House:
    """The same with the programme in its first state, as a new cycle opens it, with the document's content."""
    house = found_house(session, document)
    head = replace(document.programme, period_from=date(2028, 1, 1), period_to=date(2028, 12, 31))
    house.programme = open_programme(session, house.jobcenter, head, house.deed())
    fill(session, house.programme, document, house.deed())
    return house


def visit(session: Session, form: str, name: str | None = None) -> House:
    """The one Jobcenter of a form (or of that name) and its newest programme; the session serves it."""
    which = Jobcenter.name == name if name else Jobcenter.form == form
    jobcenter = session.scalars(select(Jobcenter).where(which)).one()
    database.serve(session, jobcenter.id)
    programme = session.scalars(select(Programme).order_by(Programme.period_from.desc()).with_for_update()).all()[0]
    people = cast.known(session, jobcenter)
    return House(session, jobcenter, programme, people, max(AT, steps_of(session, programme)[-1].at))


def person(house: House, account: str) -> Person:
    """The person of an account."""
    return house.session.get_one(Person, house.people[account])
