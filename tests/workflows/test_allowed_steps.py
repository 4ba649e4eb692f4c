"""Every state × step × role and every state × act × role, tried on a real programme in that state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, JcflowError, NotAllowed, StepNotPossible
from jcflow.procedure import Role
from jcflow.process.acts import acting
from jcflow.process.opening import open_programme
from jcflow.process.steps import take_step
from jcflow.programmes.exchange.document import ProgrammeHead
from jcflow.programmes.procedures import known
from jcflow.programmes.programme import Programme, steps_of
from tests.site import Site
from tests.workflows.allowed import ALLOWED_ACTS_GE, ALLOWED_ACTS_ZKT, ALLOWED_GE, ALLOWED_ZKT

HOUSES = {
    "paderborn": ("ge-programme", ALLOWED_GE, ALLOWED_ACTS_GE),
    "ennepe-ruhr": ("zkt-programme", ALLOWED_ZKT, ALLOWED_ACTS_ZKT),
}
PLACES = [(house, state) for house, (key, _, _) in HOUSES.items() for state in known()[key, 1].states]
REASON = "Aus einem Grund, der lang genug ist."


@pytest.fixture(params=PLACES, ids=lambda place: "-".join(place))
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A house and the state its programme is to stand in."""
    return request.param


@pytest.fixture
def at_place(site: Site, place: tuple[str, str]) -> Iterator[tuple[Session, Programme]]:
    """A writing session and the programme in that state."""
    house, state = place
    site.at("drafting" if state == "opened" else state, house=house)
    with site.writing(house) as session:
        programme = site.programme(session)
        if state == "opened":
            programme = open_for_next_year(session, programme, site.deed(f"gf@{house}"))
        yield session, programme
        session.rollback()


def open_for_next_year(session: Session, programme: Programme, deed: Deed) -> Programme:
    """The programme of the year after, nothing done yet."""
    year = programme.period_to.year + 1
    head = ProgrammeHead(programme.kind, f"Programm {year}", date(year, 1, 1), date(year, 12, 31))
    return open_programme(session, session.get_one(Jobcenter, programme.jobcenter_id), head, deed)


def actor(site: Site, house: str, role: Role) -> Actor:
    """Somebody who holds this role and no other."""
    return Actor(site.person_id(f"gf@{house}"), frozenset({role}))


def test_only_the_listed_roles_take_a_step(
    site: Site, place: tuple[str, str], at_place: tuple[Session, Programme]
) -> None:
    house, state = place
    key, allowed, _ = HOUSES[house]
    session, programme = at_place

    for trigger in sorted({step.trigger for step in known()[key, 1].steps}):
        for role in Role:
            outcome = _try_step(session, programme, trigger, actor(site, house, role))
            expected = (state, trigger, role.value) in allowed
            assert (outcome != "refused") is expected, (state, trigger, role, outcome)


def _try_step(session: Session, programme: Programme, trigger: str, who: Actor) -> str:
    """`taken`, `obstacle` (the role may, the facts do not allow it yet) or `refused`; nothing is kept."""
    with session.begin_nested() as attempt:
        before = len(steps_of(session, programme))
        try:
            take_step(session, programme, trigger, actor=who, at=clock.now(), reason=REASON)
        except NotAllowed:
            outcome = "refused"
        except StepNotPossible as error:
            outcome = "obstacle" if error.obstacles else "refused"
        except BadInput:
            outcome = "obstacle"
        else:
            assert len(steps_of(session, programme)) == before + 1
            outcome = "taken"
        attempt.rollback()
    session.expire_all()
    return outcome


def test_only_the_listed_roles_do_an_act(
    site: Site, place: tuple[str, str], at_place: tuple[Session, Programme]
) -> None:
    house, state = place
    key, _, allowed = HOUSES[house]
    session, programme = at_place

    for name in sorted({act.name for act in known()[key, 1].acts}):
        for role in Role:
            expected = (state, name, role.value) in allowed
            assert _may_act(session, programme, name, actor(site, house, role)) is expected, (state, name, role)


def _may_act(session: Session, programme: Programme, name: str, who: Actor) -> bool:
    with session.begin_nested() as attempt:
        try:
            with acting(session, programme, name, actor=who, at=clock.now()) as deed:
                assert deed.role in {role.value for role in who.roles}
        except JcflowError:
            return False
        finally:
            attempt.rollback()
    return True
