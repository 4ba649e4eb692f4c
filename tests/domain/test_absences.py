"""Who stands in for whom: tasks in somebody's place, a vote only on a seat one is named for, never by both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from jcflow.accounts.absences import (
    acting_for,
    enter_absence,
    name_substitute,
    remove_absence,
    replaced_roles,
)
from jcflow.accounts.actor import Actor
from jcflow.accounts.people import Membership, add_membership, end_membership, roles_of
from jcflow.accounts.substitutes import Substitute
from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import record
from jcflow.decisions.ballots import Choice
from jcflow.decisions.casting import Vote, cast_vote
from jcflow.errors import BadInput, NotAllowed
from jcflow.procedure import Role
from jcflow.process.absences import absence_entered, uncovered
from jcflow.process.steps import take_step
from jcflow.tasks import Task
from tests.factories import House, HouseAt, person
from tests.post import Post

DAY = timedelta(days=1)


def away(house: House, account: str, substitute: str | None, *, votes: bool = False, days: int = 20) -> None:
    """The person is away from today on; somebody is named."""
    if substitute is not None:
        somebody = person(house, substitute)
        name_substitute(house.session, house.member(account), somebody, house.deed("buero"), votes=votes)
    enter_absence(house.session, person(house, account), house.today, house.today + days * DAY, house.deed("buero"))


def standing_in(house: House, account: str) -> Actor:
    """The person with the roles of the day, those of people who are away included."""
    person_id = house.people[account]
    held = roles_of(house.session, person_id, house.today)
    instead = replaced_roles(acting_for(house.session, person_id, house.today))
    in_place_of = {role: whose for role, whose in instead.items() if role not in held}
    return Actor(person_id, held | set(in_place_of), in_place_of)


def test_a_substitute_acts_in_the_other_name_and_the_trail_has_both(house: House) -> None:
    away(house, "gf", "redaktion")
    actor = standing_in(house, "redaktion")

    taken = take_step(house.session, house.programme, "submit", actor=actor, at=house.tick())

    assert house.programme.state == "internal_check"
    events = house.session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == taken.id, AuditEvent.object_type == "step_taken")
    ).all()
    assert [(e.actor_id, e.on_behalf_of) for e in events] == [(house.people["redaktion"], house.people["gf"])]
    assert taken.person_id == house.people["gf"]


def test_nobody_acts_before_the_absence_or_after_it_was_taken_back(house: House) -> None:
    name_substitute(house.session, house.member("gf"), person(house, "redaktion"), house.deed("buero"))
    assert standing_in(house, "redaktion").in_place_of == {}
    entered = enter_absence(house.session, person(house, "gf"), house.today, house.today, house.deed("buero"))
    assert set(standing_in(house, "redaktion").in_place_of) == {Role.MANAGING_DIRECTOR}

    remove_absence(house.session, entered, house.deed("buero"))

    assert standing_in(house, "redaktion").in_place_of == {}


def test_a_substitute_for_the_tasks_of_a_member_has_no_vote(house_at: HouseAt) -> None:
    house = house_at("resolution")
    away(house, "tv2", "redaktion")

    assert Role.ASSEMBLY_MEMBER not in standing_in(house, "redaktion").roles


def test_a_seat_is_voted_on_by_its_named_substitute_and_then_not_by_its_holder(house_at: HouseAt) -> None:
    house = house_at("resolution")
    away(house, "tv2", "redaktion", votes=True)
    vote(house, standing_in(house, "redaktion"), "tv2")

    with pytest.raises(BadInput, match="schon abgestimmt"):
        vote(house, house.actor("tv2"), "tv2", version=1)

    given = house.session.scalars(select(Vote).where(Vote.programme_id == house.programme.id)).all()
    assert [v.cast_by for v in given] == [house.people["redaktion"]]


def test_a_substitute_does_not_change_what_the_holder_has_voted(house_at: HouseAt) -> None:
    house = house_at("resolution")
    vote(house, house.actor("tv2"), "tv2")
    away(house, "tv2", "redaktion", votes=True)

    with pytest.raises(BadInput):
        vote(house, standing_in(house, "redaktion"), "tv2", version=1)


def vote(house: House, actor: Actor, account: str, version: int = 0) -> None:
    cast_vote(
        house.session,
        house.programme,
        house.people[account],
        choice=Choice.YES,
        reason="",
        version=version,
        deed=actor.deed(Role.ASSEMBLY_MEMBER, house.tick()),
    )


def test_another_member_leads_the_assembly_for_the_chair_but_gives_no_casting_vote(house_at: HouseAt) -> None:
    house = house_at("resolution")
    house.advance("tied")
    away(house, "tv1", "tv2")
    actor = standing_in(house, "tv2")

    assert actor.in_place_of == {Role.ASSEMBLY_CHAIR: house.people["tv1"]}
    with pytest.raises(NotAllowed):
        take_step(house.session, house.programme, "cast", actor=actor, at=house.tick())


@pytest.mark.parametrize(
    ("account", "substitute", "votes"),
    [
        ("gf", "gf", False),
        ("gf", "tv2", False),
        ("gf", "haushalt", False),
        ("tv2", "gf", True),
        ("tv2", "tv3", True),
        ("beirat1", "beirat2", False),
        ("beirat1", "redaktion", True),
        ("admin", "redaktion", False),
    ],
)
def test_who_must_not_stand_in_is_refused(house: House, account: str, substitute: str, votes: bool) -> None:
    with pytest.raises(BadInput):
        name_substitute(
            house.session, house.member(account), person(house, substitute), house.deed("buero"), votes=votes
        )


def test_one_person_stands_in_for_one_member_of_a_body_only(house: House) -> None:
    name_substitute(house.session, house.member("beirat1"), person(house, "redaktion"), house.deed("buero"))

    with pytest.raises(BadInput):
        name_substitute(house.session, house.member("beirat2"), person(house, "redaktion"), house.deed("buero"))


@pytest.mark.parametrize(("first", "second"), [("gf", "tv2"), ("tv2", "gf"), ("gf", "haushalt"), ("haushalt", "gf")])
def test_nobody_is_named_for_two_roles_that_exclude_each_other(house: House, first: str, second: str) -> None:
    name_substitute(house.session, house.member(first), person(house, "redaktion"), house.deed("buero"))

    with pytest.raises(BadInput, match="ausschließt"):
        name_substitute(house.session, house.member(second), person(house, "redaktion"), house.deed("buero"))


@pytest.mark.parametrize("role", [Role.ASSEMBLY_MEMBER, Role.MANAGING_DIRECTOR])
def test_whoever_stands_in_for_a_voter_gets_no_seat_and_no_role_that_excludes_it(house: House, role: Role) -> None:
    seat = house.member("tv2")
    name_substitute(house.session, seat, person(house, "redaktion"), house.deed("buero"), votes=True)

    with pytest.raises(BadInput, match="vertritt"):
        give(house, "redaktion", role, carrier=seat.carrier)

    give(house, "redaktion", Role.STAFF)


def test_whoever_stands_in_for_the_managing_director_gets_no_seat(house: House) -> None:
    name_substitute(house.session, house.member("gf"), person(house, "redaktion"), house.deed("buero"))

    with pytest.raises(BadInput, match="vertritt"):
        give(house, "redaktion", Role.ASSEMBLY_MEMBER, carrier=house.member("tv2").carrier)


def give(house: House, account: str, role: Role, **details: object) -> None:
    values: dict[str, object] = {"valid_from": house.today, **details}
    member = Membership(jobcenter_id=house.jobcenter.id, person_id=house.people[account], role=role, **values)
    add_membership(house.session, house.jobcenter, member, house.deed("admin"))


def test_an_acting_managing_director_casts_no_vote_whatever_was_named_before(house_at: HouseAt) -> None:
    house = house_at("resolution")
    away(house, "tv2", "redaktion", votes=True)
    enter_absence(house.session, person(house, "gf"), house.today, house.today + DAY, house.deed("buero"))
    named = Substitute(
        jobcenter_id=house.jobcenter.id, membership_id=house.member("gf").id, person_id=house.people["redaktion"]
    )
    record(house.session, named, house.deed("buero"))

    with pytest.raises(NotAllowed, match="Geschäftsführung"):
        vote(house, standing_in(house, "redaktion"), "tv2")


def test_naming_somebody_else_ends_the_first(house: House) -> None:
    away(house, "beirat1", "redaktion")

    name_substitute(house.session, house.member("beirat1"), person(house, "bca"), house.deed("buero"))

    assert standing_in(house, "redaktion").in_place_of == {}
    assert set(standing_in(house, "bca").in_place_of) == {Role.BOARD_MEMBER}


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-9, -8), (0, 400), (2, 3)])
def test_days_that_make_no_sense_are_refused(house: House, first: int, last: int) -> None:
    away(house, "gf", None, days=2)

    with pytest.raises(BadInput):
        enter_absence(
            house.session,
            person(house, "gf"),
            house.today + first * DAY,
            house.today + last * DAY,
            house.deed("buero"),
        )


def test_a_deadline_in_an_absence_without_a_substitute_is_named(house_at: HouseAt) -> None:
    house = house_at("consultation")
    away(house, "beirat1", None, days=25)
    away(house, "beirat2", "redaktion", days=25)
    away(house, "beirat3", None, days=3)

    found = uncovered(house.session, house.today)

    assert [(each.person.id, each.task.act) for each in found] == [(house.people["beirat1"], "opinion")]


def left_alone(house: House) -> list[tuple[str | None, str]]:
    """Act or step, and who is missing for it."""
    by_id = {person_id: account for account, person_id in house.people.items()}
    return [(each.task.act or each.task.step, by_id[each.person.id]) for each in uncovered(house.session, house.today)]


def test_a_substitute_who_is_away_too_or_has_left_covers_nothing(house_at: HouseAt) -> None:
    house = house_at("consultation")
    away(house, "beirat1", "redaktion", days=25)
    away(house, "beirat2", "bca", days=25)
    assert left_alone(house) == []

    away(house, "redaktion", None, days=25)
    end_membership(house.session, house.member("bca"), house.today + DAY, house.deed("admin"))

    assert sorted(left_alone(house)) == [("opinion", "beirat1"), ("opinion", "beirat2")]


def test_a_deadline_of_a_role_is_left_alone_once_all_who_hold_it_are_away(house_at: HouseAt) -> None:
    house = house_at("consultation")
    house.join("buero2", Role.STAFF)
    role = next(t.role for t in house.session.scalars(select(Task).where(Task.step == "close")))
    assert role is Role.STAFF
    away(house, "buero", None, days=30)
    assert left_alone(house) == []

    away(house, "buero2", None, days=30)

    assert len(left_alone(house)) == 1


def test_both_hear_of_the_substitution(house: House) -> None:
    name_substitute(house.session, house.member("gf"), person(house, "redaktion"), house.deed("buero"))
    deed = house.deed("gf")
    entered = enter_absence(house.session, person(house, "gf"), house.today, house.today + DAY, deed)
    absence_entered(house.session, entered, person(house, "gf"), deed)

    sent = Post(house.session, house.jobcenter.id).tick(house.tick())

    told = {m.account: m for m in sent if m.occasion == "substitution"}
    assert set(told) == {"gf", "redaktion"}
    assert "Sie vertreten" in told["redaktion"].text
    assert {m.subject for m in told.values()} == {told["gf"].subject}


def test_the_task_of_a_member_is_done_when_the_substitute_acts(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    away(house, "bca", "redaktion")
    actor = standing_in(house, "redaktion")

    assert actor.acting_as(Role.EQUAL_OPPORTUNITY_OFFICER) == house.people["bca"]
    tasks = house.session.scalars(select(Task).where(Task.role == Role.EQUAL_OPPORTUNITY_OFFICER)).all()
    assert tasks
