"""Races about the house itself: its settings, its people, its next programme."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from jcflow.accounts.jobcenters import Setting
from jcflow.accounts.people import Membership
from jcflow.programmes.programme import Programme
from tests.races.conftest import Races
from tests.races.starting import Track, statuses

FEW = 10
"""Races in a sample: nobody has asked for more of these pairs."""


def test_of_two_changes_of_the_settings_the_first_stands(track: Track, races: Races) -> None:
    for number in races(track, "drafting", in_place=True, sample=FEW):
        with track.session() as session:
            version = session.scalars(select(Setting.version)).one()
        many, few = str(5 + number % 2), str(7 + number % 2)
        sheet = track.form("admin", "/admin/settings")

        one = sheet.sent({"version": str(version), "seats_agency": many, "seats_municipality": many})
        answers = track.start(*one.twice(seats_agency=few, seats_municipality=few))

        assert statuses(answers) == [303, 409]
        with track.session() as session:
            seats = session.scalars(select(Setting.seats_agency)).one()
        assert seats == int(many if answers[0].status_code == 303 else few)


def test_a_role_given_to_two_at_once_that_only_one_may_have_goes_to_one(track: Track, races: Races) -> None:
    for _ in races(track, "drafting", sample=FEW):
        with track.session() as session:
            lead = session.scalars(select(Membership.id).where(Membership.chair)).one()
        ended = track.browser("admin").post_form(f"/admin/roles/{lead}/end")
        assert ended.status_code == 303
        chair: dict[str, Any] = {"role": "assembly_member", "carrier": "agency", "chair": "1"}
        pages = [f"/admin/people/{track.person_id(account)}" for account in ("buero", "revision")]

        answers = track.start(
            *(track.form("admin", page, action=f"{page}/roles", fresh=True).sent(chair) for page in pages)
        )

        assert statuses(answers) == [303, 422]
        with track.session() as session:
            leads = session.scalars(select(Membership.id).where(Membership.chair, Membership.valid_until.is_(None)))
            assert len(leads.all()) == 1


def test_a_role_given_while_somebody_writes_waits_for_the_text(track: Track, races: Races) -> None:
    for _ in races(track, "consultation", sample=FEW):
        page = f"/admin/people/{track.person_id('revision')}"
        give = track.form("admin", page, action=f"{page}/roles").sent({"role": "board_member", "board_group": "other"})
        opinion = track.form("beirat1", f"{track.here}/opinions/new").sent({"stance": "agree"})

        assert statuses(track.start(give, opinion)) == [303, 303]


def test_a_cycle_opened_twice_at_once_is_opened_once(track: Track, races: Races) -> None:
    for _ in races(track, "drafting", sample=FEW):
        answers = track.start(*track.form("gf", "/programmes/new").sent({"take_over": "1"}).twice())

        opened, refused = statuses(answers)
        assert opened == 303
        assert refused in {409, 422}
        with track.session() as session:
            assert len(session.scalars(select(Programme)).all()) == 2
