"""People, their roles by day, and how they sign in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from jcflow import tasks
from jcflow.accounts import sign_in
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import by_name, change_setting, setting_of
from jcflow.accounts.people import (
    BoardGroup,
    Carrier,
    Membership,
    Person,
    add_membership,
    add_person,
    end_membership,
    holders,
    people,
    roles_of,
)
from jcflow.accounts.role_names import named
from jcflow.accounts.sign_in import WrongPassword, authenticate, credential_of, look_up
from jcflow.cli import cast
from jcflow.clock import local_day
from jcflow.errors import BadInput, NotFound, TooManyTries
from jcflow.procedure import Role
from jcflow.process.acts import welcome
from tests.factories import House, person

TODAY = date(2026, 3, 10)
TOMORROW = date(2026, 3, 11)


def problems(error: pytest.ExceptionInfo[BadInput]) -> set[str]:
    """Which fields were refused."""
    return set(error.value.problems)


def test_a_role_begins_and_ends_on_its_day(house: House) -> None:
    house.join("neu", Role.EDITOR, valid_from=TOMORROW, valid_until=date(2026, 4, 1))

    def roles(day: date) -> frozenset[Role]:
        return roles_of(house.session, house.people["neu"], day)

    assert roles(TODAY) == frozenset()
    assert roles(TOMORROW) == {Role.EDITOR}
    assert roles(date(2026, 3, 31)) == {Role.EDITOR}
    assert roles(date(2026, 4, 1)) == frozenset()


def test_the_day_of_a_role_is_counted_in_berlin(house: House) -> None:
    house.join("neu", Role.EDITOR, valid_from=TOMORROW)
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)

    assert roles_of(house.session, house.people["neu"], local_day(late)) == {Role.EDITOR}


def test_the_chair_is_also_a_member_of_the_assembly(house: House) -> None:
    assert house.actor("tv1").roles == {Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR}
    assert house.actor("tv2").roles == {Role.ASSEMBLY_MEMBER}
    assert [m.person_id for m in holders(house.session, Role.ASSEMBLY_CHAIR, TODAY)] == [house.people["tv1"]]


def test_one_person_may_hold_several_roles(house: House) -> None:
    member = Membership(
        jobcenter_id=house.jobcenter.id, person_id=house.people["redaktion"], role=Role.STAFF, valid_from=TODAY
    )
    add_membership(house.session, house.jobcenter, member, house.deed("admin"))

    actor = house.actor("redaktion")

    assert actor.roles == {Role.EDITOR, Role.STAFF}
    assert actor.role_among([Role.STAFF, Role.EDITOR]) is Role.STAFF
    assert actor.role_among([Role.EDITOR, Role.STAFF]) is Role.EDITOR
    assert actor.role_among([Role.ADMIN]) is None


def test_a_deed_names_the_role_it_is_done_in(house: House) -> None:
    deed = house.actor("tv1").deed(Role.ASSEMBLY_CHAIR, house.at, "Grund")

    assert (deed.actor_id, deed.role, deed.reason) == (house.people["tv1"], "assembly_chair", "Grund")


def test_an_ending_role_ends_that_day(house: House) -> None:
    end_membership(house.session, house.member("redaktion"), TODAY, house.deed("admin"))

    assert house.actor("redaktion").roles == frozenset()


def test_a_role_cannot_end_twice_or_in_the_past(house: House) -> None:
    member = house.member("redaktion")

    with pytest.raises(BadInput, match="Der Tag ist vorbei"):
        end_membership(house.session, member, date(2026, 3, 9), house.deed("admin"))
    end_membership(house.session, member, TODAY, house.deed("admin"))
    with pytest.raises(BadInput, match="schon beendet"):
        end_membership(house.session, member, TOMORROW, house.deed("admin"))


def test_the_last_administrator_stays(house: House) -> None:
    with pytest.raises(BadInput, match="Sonst verwaltet niemand"):
        end_membership(house.session, house.member("admin"), TODAY, house.deed("admin"))

    house.join("admin2", Role.ADMIN)
    end_membership(house.session, house.member("admin"), TODAY, house.deed("admin2"))
    assert house.actor("admin").roles == frozenset()


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("gf", Role.BUDGET_OFFICER),
        ("gf", Role.ASSEMBLY_MEMBER),
        ("haushalt", Role.MANAGING_DIRECTOR),
        ("tv2", Role.MANAGING_DIRECTOR),
    ],
)
def test_the_managing_director_neither_votes_nor_checks_the_own_budget(house: House, held: str, wanted: Role) -> None:
    member = Membership(
        jobcenter_id=house.jobcenter.id,
        person_id=house.people[held],
        role=wanted,
        carrier=Carrier.AGENCY,
        valid_from=TOMORROW,
    )

    with pytest.raises(BadInput) as refused:
        add_membership(house.session, house.jobcenter, member, house.deed("admin"))

    assert problems(refused) == {"role"}


def test_what_excludes_each_other_may_follow_each_other(house: House) -> None:
    end_membership(house.session, house.member("gf"), TOMORROW, house.deed("admin"))
    member = Membership(
        jobcenter_id=house.jobcenter.id,
        person_id=house.people["gf"],
        role=Role.BUDGET_OFFICER,
        valid_from=TOMORROW,
    )

    add_membership(house.session, house.jobcenter, member, house.deed("admin"))

    assert roles_of(house.session, house.people["gf"], TODAY) == {Role.MANAGING_DIRECTOR}
    assert roles_of(house.session, house.people["gf"], TOMORROW) == {Role.BUDGET_OFFICER}


def test_an_administrator_gives_nobody_but_others_a_role(house: House) -> None:
    member = Membership(
        jobcenter_id=house.jobcenter.id, person_id=house.people["admin"], role=Role.STAFF, valid_from=TODAY
    )

    with pytest.raises(BadInput, match="Sich selbst"):
        add_membership(house.session, house.jobcenter, member, house.deed("admin"))


SHAPES = {
    "carrier": {"role": Role.ASSEMBLY_MEMBER},
    "board_group": {"role": Role.BOARD_MEMBER},
    "role": {"role": Role.ASSEMBLY_CHAIR},
    "chair": {"role": Role.EDITOR, "chair": True},
    "valid_until": {"role": Role.EDITOR, "valid_until": TODAY},
}


@pytest.mark.parametrize("field", SHAPES)
def test_a_membership_needs_its_details(house: House, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        house.join("neu", **SHAPES[field])  # type: ignore[arg-type]

    assert problems(refused) == {field}


def test_the_assembly_has_one_chair_at_a_time(house: House) -> None:
    with pytest.raises(BadInput) as refused:
        house.join("neu", Role.ASSEMBLY_MEMBER, carrier=Carrier.AGENCY, chair=True)
    assert problems(refused) == {"chair"}

    end_membership(house.session, house.member("tv1"), TOMORROW, house.deed("admin"))
    house.join("neu2", Role.ASSEMBLY_MEMBER, carrier=Carrier.AGENCY, chair=True, valid_from=TOMORROW)

    assert [m.person_id for m in holders(house.session, Role.ASSEMBLY_CHAIR, TOMORROW)] == [house.people["neu2"]]


def test_the_same_role_twice_is_refused_another_board_group_is_not(house: House) -> None:
    def again(group: BoardGroup) -> Membership:
        member = Membership(
            jobcenter_id=house.jobcenter.id,
            person_id=house.people["beirat1"],
            role=Role.BOARD_MEMBER,
            board_group=group,
            valid_from=TODAY,
        )
        return add_membership(house.session, house.jobcenter, member, house.deed("admin"))

    with pytest.raises(BadInput, match="hat diese Rolle in der Zeit schon"):
        again(BoardGroup.EMPLOYER)

    assert again(BoardGroup.OTHER).version == 1


@pytest.mark.parametrize("role", [Role.ASSEMBLY_MEMBER, Role.ASSEMBLY_CHAIR])
def test_a_municipal_provider_has_no_carrier_assembly(council_house: House, role: Role) -> None:
    with pytest.raises(BadInput, match="gibt es in diesem Jobcenter nicht"):
        council_house.join("neu", role, carrier=Carrier.MUNICIPALITY)


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [
        ("", "neu@haus.de", "name"),
        ("x" * 201, "neu@haus.de", "name"),
        ("Neu", "", "email"),
        ("Neu", "neu", "email"),
        ("Neu", "@haus.de", "email"),
        ("Neu", "neu@haus", "email"),
        ("Neu", "neu @haus.de", "email"),
        ("Neu", "neu@haus.de,alt@haus.de", "email"),
        ("Neu", "<neu@haus.de>", "email"),
        ("Neu", "x" * 250 + "@haus.de", "email"),
    ],
)
def test_a_person_needs_a_name_and_an_address(house: House, name: str, email: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        add_person(house.session, house.jobcenter, name=name, email=email, deed=house.deed("admin"))

    assert problems(refused) == {field}


def test_an_address_has_umlauts_only_in_its_domain(house: House) -> None:
    with pytest.raises(BadInput, match="Vor dem @ dieser E-Mail-Adresse steht ein Umlaut"):
        add_person(house.session, house.jobcenter, name="Neu", email="büro@haus.de", deed=house.deed("admin"))

    somebody = add_person(house.session, house.jobcenter, name="Neu", email="neu@häuser.de", deed=house.deed("admin"))

    assert somebody.email == "neu@häuser.de"


def test_an_address_belongs_to_one_person_in_all_jobcenters(house: House, council_house: House) -> None:
    taken = cast.address(house.jobcenter, "gf").upper()

    with pytest.raises(BadInput, match="schon vergeben"):
        add_person(
            house.session, council_house.jobcenter, name="Neu", email=f" {taken} ", deed=council_house.deed("admin")
        )


def test_people_are_listed_by_name(house: House) -> None:
    names = [somebody.name for somebody in people(house.session)]

    assert names == sorted(names)
    assert len(names) == len(cast.PARTS)


def test_roles_are_named_in_german() -> None:
    assert named([Role.STAFF, Role.BOARD_MEMBER]) == "das Gremienbüro oder den Beirat"


def owed(house: House, account: str) -> list[str]:
    """Labels of the tasks a person sees today."""
    actor = house.actor(account)
    return [task.label for task in tasks.open_tasks(house.session, house.people[account], actor.roles)]


def test_an_ending_role_hides_its_tasks_that_day(house: House) -> None:
    house.advance("consultation")
    assert owed(house, "beirat3") == ["Stellungnahme absenden"]

    end_membership(house.session, house.member("beirat3"), house.today, house.deed("admin"))

    assert owed(house, "beirat3") == []
    assert house.people["beirat3"] not in {
        task.person_id for task in tasks.open_of(house.session, house.programme, house.today)
    }
    assert house.people["beirat3"] not in {task.person_id for task in tasks.all_open(house.session, house.today)}


def test_a_role_that_begins_while_the_state_lasts_gains_its_task(house: House) -> None:
    house.advance("consultation")
    member = house.join("neu", Role.BOARD_MEMBER, board_group=BoardGroup.OTHER, valid_from=TOMORROW)

    welcome(house.session, member, house.tick())

    assert owed(house, "neu") == []
    house.tick(days=1)
    assert owed(house, "neu") == ["Stellungnahme absenden"]
    assert tasks.open_tasks(house.session, house.people["neu"], house.actor("neu").roles)[0].due_on == date(2026, 3, 31)


def test_a_role_known_in_advance_has_its_task_when_it_begins(house: House) -> None:
    house.join("neu", Role.BOARD_MEMBER, board_group=BoardGroup.OTHER, valid_from=TOMORROW)
    house.advance("consultation")

    before = owed(house, "neu")
    house.tick(days=1)

    assert before == []
    assert owed(house, "neu") == ["Stellungnahme absenden"]


def test_welcoming_twice_gives_one_task(house: House) -> None:
    house.advance("consultation")
    member = house.join("neu", Role.BOARD_MEMBER, board_group=BoardGroup.OTHER)

    welcome(house.session, member, house.tick())
    welcome(house.session, member, house.tick())

    assert owed(house, "neu") == ["Stellungnahme absenden"]


def test_a_task_of_a_whole_role_needs_no_welcome(house: House) -> None:
    house.join("neu", Role.STAFF)
    house.advance("consultation")

    assert owed(house, "neu") == ["Beteiligung abschließen"]


def test_a_new_member_of_the_assembly_gets_no_vote_in_a_ballot_that_runs(house: House) -> None:
    end_membership(house.session, house.member("tv6"), TODAY, house.deed("admin"))
    house.advance("resolution")
    member = house.join("neu", Role.ASSEMBLY_MEMBER, carrier=Carrier.MUNICIPALITY)

    welcome(house.session, member, house.tick())

    assert owed(house, "neu") == []


def test_settings_keep_their_range(house: House) -> None:
    setting = setting_of(house.session, house.jobcenter.id)

    for seats in (0, 21, -3):
        with pytest.raises(BadInput) as refused:
            change_setting(house.session, setting, house.deed("admin"), seats_agency=seats)
        assert problems(refused) == {"seats_agency"}
    change_setting(house.session, setting, house.deed("admin"), seats_agency=5, first_reading_waived=True)

    assert (setting.seats_agency, setting.seats_municipality, setting.first_reading_waived) == (5, 3, True)


def test_a_jobcenter_is_found_by_name_or_key(house: House) -> None:
    assert by_name(house.session, "Jobcenter gE") is house.jobcenter
    assert by_name(house.session, house.jobcenter.key) is house.jobcenter
    with pytest.raises(NotFound):
        by_name(house.session, "Jobcenter Nirgendwo")


AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def sign_in_with(session: Session, email: str, password: str, address: str, at: datetime) -> Person:
    """As the page does it."""
    kept = look_up(session, email=email, address=address, at=at)
    return authenticate(session, kept, at, fits=kept.fits(password))


def try_sign_in(
    session: Session, email: str, password: str = cast.PASSWORD, address: str = "192.0.2.1", at: datetime = AT
) -> str:
    """What signing in ends with: `in` or the sentence of the refusal."""
    try:
        sign_in_with(session, email, password, address, at)
    except (WrongPassword, TooManyTries) as error:
        return str(error)
    return "in"


def test_the_right_password_signs_in_however_the_address_is_spelled(house: House) -> None:
    email = person(house, "gf").email

    somebody = sign_in_with(house.session, f" {email.upper()} ", cast.PASSWORD, "192.0.2.1", AT)

    assert somebody.id == house.people["gf"]


def test_unknown_wrong_invited_and_without_a_role_get_the_same_answer(house: House) -> None:
    session = house.session
    deed = house.deed("admin")
    add_person(session, house.jobcenter, name="Ohne Passwort", email="ohne@haus.example", deed=deed)
    roleless = add_person(session, house.jobcenter, name="Ohne Rolle", email="rolle@haus.example", deed=deed)
    sign_in.set_password(session, roleless.id, "ein gutes langes Passwort")
    house.join("morgen", Role.EDITOR, valid_from=TOMORROW)
    sign_in.set_password(session, house.people["morgen"], "ein gutes langes Passwort")

    answers = {
        try_sign_in(session, "niemand@haus.example"),
        try_sign_in(session, person(house, "gf").email, "falsch"),
        try_sign_in(session, person(house, "gf").email, ""),
        try_sign_in(session, "ohne@haus.example", ""),
        try_sign_in(session, "rolle@haus.example", "ein gutes langes Passwort"),
        try_sign_in(session, person(house, "morgen").email, "ein gutes langes Passwort"),
    }

    assert answers == {"E-Mail-Adresse oder Passwort stimmen nicht. Prüfen Sie beides."}
    assert (
        try_sign_in(session, person(house, "morgen").email, "ein gutes langes Passwort", at=AT + timedelta(1)) == "in"
    )


def test_ten_failures_pause_the_account_also_for_the_right_password(house: House) -> None:
    email = person(house, "gf").email
    for number in range(10):
        assert "stimmen nicht" in try_sign_in(house.session, email, "falsch", address=f"192.0.2.{number}")

    assert "Zu viele Versuche" in try_sign_in(house.session, email, address="192.0.2.77")
    assert try_sign_in(house.session, person(house, "bca").email, address="192.0.2.77") == "in"


def test_ten_failures_pause_the_network_address(house: House) -> None:
    for number in range(10):
        try_sign_in(house.session, f"niemand{number}@haus.example", address="192.0.2.9")

    assert "Zu viele Versuche" in try_sign_in(house.session, person(house, "gf").email, address="192.0.2.9")
    assert try_sign_in(house.session, person(house, "gf").email, address="192.0.2.10") == "in"


def test_the_pause_ends_fifteen_minutes_after_the_first_failure(house: House) -> None:
    email = person(house, "gf").email
    for number in range(10):
        try_sign_in(house.session, email, "falsch", at=AT + timedelta(minutes=number))

    assert "Zu viele" in try_sign_in(house.session, email, at=AT + timedelta(minutes=14, seconds=59))
    assert try_sign_in(house.session, email, at=AT + timedelta(minutes=15)) == "in"


def test_the_window_begins_with_the_first_failure_and_not_before(house: House) -> None:
    email = person(house, "gf").email
    assert try_sign_in(house.session, email) == "in"
    late = AT + timedelta(minutes=14)
    for _ in range(10):
        try_sign_in(house.session, email, "falsch", at=late)

    assert "Zu viele" in try_sign_in(house.session, email, at=AT + timedelta(minutes=16))
    assert try_sign_in(house.session, email, at=late + timedelta(minutes=15)) == "in"


def test_success_forgets_the_accounts_failures(house: House) -> None:
    email = person(house, "gf").email
    for number in range(9):
        try_sign_in(house.session, email, "falsch", address=f"192.0.2.{number}")
    assert try_sign_in(house.session, email, address="192.0.2.50") == "in"

    for number in range(9):
        try_sign_in(house.session, email, "falsch", address=f"192.0.2.{number + 100}")

    assert try_sign_in(house.session, email, address="192.0.2.51") == "in"


def test_an_invitation_is_taken_up_once(house: House) -> None:
    session, gf = house.session, house.people["gf"]
    token = sign_in.invite(session, gf, AT)

    assert "stimmen nicht" in try_sign_in(session, person(house, "gf").email)
    assert sign_in.invited(session, token, AT).id == gf
    assert sign_in.take_up(session, token, "ein gutes langes Passwort", AT).id == gf
    with pytest.raises(NotFound):
        sign_in.take_up(session, token, "noch ein anderes Passwort", AT)
    assert try_sign_in(session, person(house, "gf").email, "ein gutes langes Passwort") == "in"


def test_an_invitation_lasts_fourteen_days_and_a_new_one_ends_it(house: House) -> None:
    session, gf = house.session, house.people["gf"]
    first = sign_in.invite(session, gf, AT)

    assert sign_in.invited(session, first, AT + timedelta(days=14, seconds=-1)).id == gf
    with pytest.raises(NotFound):
        sign_in.invited(session, first, AT + timedelta(days=14))
    sign_in.invite(session, gf, AT)
    with pytest.raises(NotFound):
        sign_in.invited(session, first, AT)
    with pytest.raises(NotFound):
        sign_in.invited(session, "geraten", AT)


def test_a_new_link_for_somebody_is_on_record(house: House) -> None:
    somebody = person(house, "gf")
    before = somebody.version

    sign_in.invite_again(house.session, somebody, house.deed("admin"))

    assert somebody.version == before + 1
    assert sign_in.access_of(house.session, somebody.id, house.at) is sign_in.Access.INVITED


def test_the_token_itself_is_not_kept(house: House) -> None:
    token = sign_in.invite(house.session, house.people["gf"], AT)

    kept = credential_of(house.session, house.people["gf"])

    assert token not in {kept.invitation_hash, kept.password_hash}


@pytest.mark.parametrize("password", ["", "kurz", "x" * 11, "x" * 129])
def test_a_password_has_twelve_to_128_characters(house: House, password: str) -> None:
    with pytest.raises(BadInput, match="12 bis 128 Zeichen"):
        sign_in.set_password(house.session, house.people["gf"], password)


def test_changing_the_password_needs_the_old_one(house: House) -> None:
    session, gf = house.session, house.people["gf"]

    with pytest.raises(BadInput) as refused:
        sign_in.change_password(session, gf, old="falsch", new="ein gutes langes Passwort", at=AT)
    assert problems(refused) == {"old"}
    sign_in.change_password(session, gf, old=cast.PASSWORD, new="ein gutes langes Passwort", at=AT)

    assert "stimmen nicht" in try_sign_in(session, person(house, "gf").email)
    assert try_sign_in(session, person(house, "gf").email, "ein gutes langes Passwort") == "in"


def test_every_change_of_a_password_ends_the_sessions(house: House) -> None:
    session, gf = house.session, house.people["gf"]
    epochs = [credential_of(session, gf).epoch]

    sign_in.end_sessions(session, gf)
    epochs.append(credential_of(session, gf).epoch)
    sign_in.change_password(session, gf, old=cast.PASSWORD, new="ein gutes langes Passwort", at=AT)
    epochs.append(credential_of(session, gf).epoch)
    token = sign_in.invite(session, gf, AT)
    epochs.append(credential_of(session, gf).epoch)
    sign_in.take_up(session, token, "noch ein anderes Passwort", AT)
    epochs.append(credential_of(session, gf).epoch)

    assert epochs == sorted(set(epochs))


def test_an_actor_without_roles_may_nothing(house: House) -> None:
    nobody = Actor(house.people["gf"], frozenset())

    assert nobody.role_among(Role) is None
