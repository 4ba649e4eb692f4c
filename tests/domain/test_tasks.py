"""Who must act until when: tasks open with a state and close with their act, their step, or the state's end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from jcflow import tasks
from jcflow.accounts.people import BoardGroup, Carrier, Membership, add_membership, end_membership
from jcflow.audit.verify import verify
from jcflow.opinions import board
from jcflow.opinions.board import Stance
from jcflow.procedure import Role
from jcflow.process.acts import welcome
from jcflow.programmes import internal_check
from jcflow.programmes.internal_check import SignOffKind, SignOffOutcome
from jcflow.programmes.versions import newest_version
from jcflow.tasks import Task
from tests.factories import House, HouseAt

REASON = "Aus einem guten Grund."


def open_now(house: House) -> dict[str, Role]:
    """Open tasks of the programme: label to role."""
    return {t.label: t.role for t in tasks.open_of(house.session, house.programme, house.today)}


def owed(house: House, account: str) -> list[str]:
    """What a person sees on the first page."""
    roles = house.actor(account).roles
    return [t.label for t in tasks.open_tasks(house.session, house.people[account], roles)]


def sign(house: House, account: str, act: str, kind: SignOffKind, outcome: SignOffOutcome) -> None:
    """State something in the internal check."""
    with house.acting(account, act) as deed:
        internal_check.sign(house.session, house.programme, kind, outcome, "", deed)


def sign_all(house: House) -> None:
    """All three statements."""
    sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED)
    sign(house, "haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED)
    sign(house, "gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE)


def test_a_state_opens_its_tasks_for_its_roles(house_at: HouseAt) -> None:
    house = house_at("internal_check")

    assert open_now(house) == {
        "Prüfung der Chancengleichheit abschließen": Role.EQUAL_OPPORTUNITY_OFFICER,
        "Prüfung des Haushalts abschließen": Role.BUDGET_OFFICER,
        "Zielvorgaben der Träger hinterlegen": Role.MANAGING_DIRECTOR,
    }
    assert owed(house, "bca") == ["Prüfung der Chancengleichheit abschließen"]
    assert owed(house, "beirat1") == []


def test_the_release_becomes_a_task_once_everything_it_waits_for_is_done(house_at: HouseAt) -> None:
    house = house_at("internal_check")

    sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED)
    sign(house, "haushalt", "state_budget", SignOffKind.BUDGET, SignOffOutcome.STATED)
    assert owed(house, "gf") == ["Zielvorgaben der Träger hinterlegen"]
    sign(house, "gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE)

    assert owed(house, "gf") == ["Der Trägerversammlung vorlegen"]
    sign(house, "gf", "set_targets", SignOffKind.CARRIER_TARGETS, SignOffOutcome.NONE)
    assert owed(house, "gf") == ["Der Trägerversammlung vorlegen"]


def test_a_second_round_on_the_same_day_starts_anew(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    sign_all(house)
    house.step("return", "haushalt", reason=REASON)
    assert list(open_now(house)) == ["Zur internen Prüfung geben"]
    house.advance("internal_check")

    assert owed(house, "gf") == ["Zielvorgaben der Träger hinterlegen"]
    sign_all(house)
    assert owed(house, "gf") == ["Der Trägerversammlung vorlegen"]


def test_a_task_says_who_did_it_and_one_left_undone_says_nobody(house_at: HouseAt) -> None:
    house = house_at("internal_check")
    sign(house, "bca", "sign_off", SignOffKind.EQUAL_OPPORTUNITY, SignOffOutcome.SIGNED)
    house.step("return", "haushalt", reason=REASON)

    closed = house.session.scalars(
        select(Task).where(Task.programme_id == house.programme.id, Task.state == "internal_check")
    )
    done = {task.act: task.done_by for task in closed}

    assert done == {"sign_off": house.people["bca"], "state_budget": None, "set_targets": None}
    since = house.at - timedelta(hours=1)
    assert [t.act for t in tasks.done_tasks(house.session, house.people["bca"], since)] == ["sign_off"]
    assert tasks.done_tasks(house.session, house.people["bca"], house.at + timedelta(1)) == []


def test_each_member_has_a_task_of_their_own(house_at: HouseAt) -> None:
    house = house_at("consultation")
    version = newest_version(house.session, house.programme)
    assert version is not None

    with house.acting("beirat1", "opinion") as deed:
        given = board.give(
            house.session,
            house.programme,
            version,
            house.member("beirat1"),
            stance=Stance.AGREE,
            points=[],
            version=0,
            deed=deed,
        )

    assert (owed(house, "beirat1"), owed(house, "beirat2")) == ([], ["Stellungnahme absenden"])
    with house.acting("beirat1", "opinion") as deed:
        board.withdraw(house.session, given, deed)
    tasks.reopen(house.session, house.programme, act="opinion", person_id=house.people["beirat1"], at=house.at)
    assert owed(house, "beirat1") == ["Stellungnahme absenden"]


def test_an_entry_on_behalf_of_somebody_closes_no_task_until_it_is_confirmed(house_at: HouseAt) -> None:
    house = house_at("consultation")
    member = house.people["beirat1"]

    with house.acting("buero", "enter_opinion", on_behalf_of=member):
        pass
    assert owed(house, "beirat1") == ["Stellungnahme absenden"]
    with house.acting("gf", "confirm_opinion", on_behalf_of=member, completes=("opinion", member)):
        pass

    assert owed(house, "beirat1") == []


def test_a_refused_act_closes_nothing(house_at: HouseAt) -> None:
    house = house_at("internal_check")

    with pytest.raises(RuntimeError), house.acting("bca", "sign_off"):
        raise RuntimeError

    assert owed(house, "bca") == ["Prüfung der Chancengleichheit abschließen"]


@pytest.mark.parametrize(
    ("state", "label", "due"),
    [
        ("internal_check", "Prüfung des Haushalts abschließen", date(2026, 3, 17)),
        ("consultation", "Stellungnahme absenden", date(2026, 3, 31)),
        ("consultation", "Beteiligung abschließen", date(2026, 4, 1)),
        ("disposition", "Zum Beschluss vorlegen", date(2026, 3, 24)),
        ("resolution", "Stimme abgeben", date(2026, 3, 24)),
        ("awaiting_record", "Niederschrift abschließen", date(2026, 3, 24)),
        ("committee", "Ergebnis des Kreisausschusses eintragen", date(2026, 4, 21)),
    ],
)
def test_a_deadline_counts_from_the_day_the_state_was_entered(
    house_at: HouseAt, state: str, label: str, due: date
) -> None:
    house = house_at(state)

    days = {t.due_on for t in tasks.open_of(house.session, house.programme, house.today) if t.label == label}

    assert days == {due}


def test_tasks_are_listed_by_urgency(house_at: HouseAt) -> None:
    house = house_at("resolution")

    days = [task.due_on for task in tasks.all_open(house.session, house.today)]

    assert days == sorted(days)
    assert len(days) == 7
    assert len(tasks.all_open(house.session, house.today, limit=3)) == 3


def test_who_comes_back_in_a_later_round_has_a_task_again(house_at: HouseAt) -> None:
    house = house_at("consultation")
    end_membership(house.session, house.member("beirat5"), house.today, house.deed("admin"))
    house.tick(days=22)
    house.step("close", "buero")
    house.step("rework", "gf")
    house.advance("consultation")
    assert owed(house, "beirat5") == []

    again = Membership(
        jobcenter_id=house.jobcenter.id,
        person_id=house.people["beirat5"],
        role=Role.BOARD_MEMBER,
        board_group=BoardGroup.OTHER,
        valid_from=house.today,
    )
    welcome(house.session, add_membership(house.session, house.jobcenter, again, house.deed("admin")), house.tick())

    assert owed(house, "beirat5") == ["Stellungnahme absenden"]


def test_in_the_end_nobody_owes_anything_but_the_publication(house: House) -> None:
    house.advance("in_force")
    assert open_now(house) == {"Programm veröffentlichen": Role.MANAGING_DIRECTOR}

    with house.acting("gf", "publish"):
        pass

    assert open_now(house) == {}
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_a_withdrawn_programme_owes_nothing(house: House) -> None:
    house.advance("withdrawn")

    assert open_now(house) == {}


@pytest.mark.parametrize(
    ("state", "asked", "then"),
    [
        ("consultation", ("Stellungnahme absenden", date(2026, 4, 7)), ("Beteiligung abschließen", date(2026, 4, 8))),
        ("resolution", ("Stimme abgeben", date(2026, 3, 30)), ("Ergebnis feststellen", date(2026, 3, 31))),
    ],
)
def test_a_step_is_never_due_before_it_is_possible_without_those_who_are_missing(
    house_at: HouseAt, state: str, asked: tuple[str, date], then: tuple[str, date]
) -> None:
    house = house_at("internal_check" if state == "consultation" else "disposition")
    house.tick(days=4)

    house.advance(state)

    found = {(t.label, t.due_on) for t in tasks.open_of(house.session, house.programme, house.today)}
    assert house.programme.entered_on == date(2026, 3, 14)
    assert found == {asked, then}


def test_who_becomes_a_member_after_the_ballot_was_opened_is_asked_for_no_vote(house_at: HouseAt) -> None:
    house = house_at("disposition")
    tomorrow = house.today + timedelta(1)
    house.join("neu", Role.ASSEMBLY_MEMBER, carrier=Carrier.AGENCY, valid_from=tomorrow)
    house.advance("resolution")

    house.tick(days=2)

    assert owed(house, "tv2") == ["Stimme abgeben"]
    assert owed(house, "neu") == []
