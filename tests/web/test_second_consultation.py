"""The board is asked again: after a rework that changed nothing the version keeps its number, the round is new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.people import Actor, roles_of
from jcflow.cli import cast, walk
from jcflow.errors import StepNotPossible
from jcflow.opinions.board import opinions_of
from jcflow.process.steps import take_step
from tests.site import Site


def actor(session: Session, site: Site, account: str) -> Actor:
    person_id = site.person_id(account)
    return Actor(person_id, roles_of(session, person_id, clock.today()))


def test_opinions_of_the_first_round_close_no_second_one(site: Site) -> None:
    site.at("disposition")

    with site.writing() as session:
        programme = site.programme(session)
        before = [(o.person_id, o.stance) for o in opinions_of(session, programme)]
        take_step(session, programme, "rework", actor=actor(session, site, "gf"), at=clock.now())
        people = cast.known(session, site.house(session))
        walk.advance(session, programme, "consultation", people=people, at=clock.now(), pace=timedelta(seconds=1))

        with pytest.raises(StepNotPossible, match="5 Stellungnahmen stehen noch aus"):
            take_step(session, programme, "close", actor=actor(session, site, "buero"), at=clock.now())

        assert [(o.person_id, o.stance) for o in opinions_of(session, programme)] == before
