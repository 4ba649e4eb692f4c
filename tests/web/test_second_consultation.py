"""The board is asked again: after a rework that changed nothing the version keeps its number, the round is new."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy.orm import Session

from jcflow import clock
from jcflow.accounts.actor import Actor
from jcflow.accounts.people import BoardGroup, Membership, add_membership, holders, roles_of
from jcflow.audit.trail import Deed
from jcflow.cli import cast, walk
from jcflow.errors import StepNotPossible
from jcflow.opinions.board import Stance, opinions_of
from jcflow.procedure import Role
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


def begin_again(site: Site) -> None:
    """Put the unchanged version before the board a second time."""
    with site.writing() as session:
        programme = site.programme(session)
        people = cast.known(session, site.house(session))
        take_step(session, programme, "rework", actor=actor(session, site, "gf"), at=clock.now())
        walk.advance(session, programme, "consultation", people=people, at=clock.now(), pace=timedelta(seconds=1))


def close_in_silence(site: Site) -> None:
    """Let the day pass and close the consultation."""
    with site.writing() as session, time_machine.travel(clock.now() + timedelta(days=40)):
        take_step(session, site.programme(session), "close", actor=actor(session, site, "buero"), at=clock.now())


def test_who_was_silent_in_the_first_round_is_outstanding_in_the_second(site: Site) -> None:
    site.at("consultation")
    close_in_silence(site)
    with time_machine.travel(clock.now() + timedelta(days=41)):
        begin_again(site)
        office, member = site.client("buero"), site.person_id("beirat3")

        shown = office.page(f"/programmes/{site.slug()}/opinions").words
        entering = office.form(f"/programmes/{site.slug()}/opinions/enter")
        own = site.client("beirat3").page(f"/programmes/{site.slug()}/opinions/new").words

    assert "steht noch aus: 5 (" in shown
    assert "keine Äußerung:" not in shown
    assert "Nicht geäußert" not in shown
    assert "Sie haben sich am" not in own
    assert str(member) in next(c.options for c in entering.controls if c.name == "member")


def test_paper_of_the_second_round_replaces_what_was_said_in_the_first(site: Site) -> None:
    site.at("disposition")
    begin_again(site)
    office, page = site.client("buero"), f"/programmes/{site.slug()}/opinions/enter"
    with site.session() as session:
        spoke = next(o for o in opinions_of(session, site.programme(session)) if o.stance is not Stance.SILENT)
    said = {"member": str(spoke.person_id), "stance": "concerns", "text-1": "Neu", "text-2": None}
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    today, yesterday = clock.today().isoformat(), (clock.today() - timedelta(days=1)).isoformat()

    without = office.post_form(page, said | {"given_on": today})
    early = office.post_form(page, said | {"given_on": yesterday}, files={"scan": (BytesIO(pdf), "Brief.pdf")})
    answer = office.post_form(page, said | {"given_on": today}, files={"scan": (BytesIO(pdf), "Brief.pdf")})

    assert (without.status_code, early.status_code, answer.status_code) == (422, 422, 303)
    assert "liegt nicht zwischen" in early.text
    with site.session() as session:
        given = next(o for o in opinions_of(session, site.programme(session)) if o.id == spoke.id)
    assert (given.entered_by, given.counts) == (site.person_id("buero"), False)


def test_a_member_for_two_groups_is_missed_once(site: Site) -> None:
    site.at("consultation")
    with site.writing() as session:
        house, person_id = site.house(session), site.person_id("beirat3")
        held = holders(session, Role.BOARD_MEMBER, clock.today())
        group = next(g for g in BoardGroup if g not in {m.board_group for m in held if m.person_id == person_id})
        seat = Membership(
            jobcenter_id=house.id,
            person_id=person_id,
            role=Role.BOARD_MEMBER,
            board_group=group,
            valid_from=clock.today(),
        )
        add_membership(session, house, seat, Deed(None, "command_line", clock.now()))

    page = site.client("buero").page(f"/programmes/{site.slug()}/close")

    assert "5 Stellungnahmen stehen noch aus" in page.words
