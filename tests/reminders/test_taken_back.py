"""Who was told of standing in for somebody is told when that is over; who was not told hears of neither."""

from __future__ import annotations

import pytest

from jcflow.accounts.absences import Absence, enter_absence, name_substitute, remove_absence, substitutes_of
from jcflow.accounts.people import Membership
from jcflow.accounts.substitutes import Substitute
from jcflow.process.absences import absence_entered, absence_removed, substitute_named, substitution_ended
from tests.factories import House, person
from tests.post import Post
from tests.reminders.test_reminders import DAY, local, post_of

TOLD, OVER = "Vertretung ab", "Keine Vertretung mehr ab"


@pytest.fixture
def away(house: House) -> tuple[Absence, Membership, Substitute]:
    """The managing director will be away, and somebody of the team stands in; nobody has been told yet."""
    absent = person(house, "gf")
    ((member, _),) = substitutes_of(house.session, absent.id, house.today)
    named = name_substitute(house.session, member, person(house, "redaktion"), house.deed("gf"))
    first_on = house.today + 10 * DAY
    entered = enter_absence(house.session, absent, first_on, first_on + 5 * DAY, house.deed("buero"))
    house.session.flush()
    absence_entered(house.session, entered, absent, house.deed("buero"))
    assert named is not None
    return entered, member, named


def said(house: House, post: Post) -> list[tuple[str, str]]:
    """Account and beginning of what a tick says about absences."""
    sent = [mail for mail in post.tick(house.tick()) if mail.occasion == "substitution"]
    return sorted((mail.account, mail.subject.partition(" ab ")[0] + " ab") for mail in sent)


def take_back(house: House, entered: Absence) -> None:
    remove_absence(house.session, entered, house.deed("buero"))
    absence_removed(house.session, entered, person(house, "gf"), house.deed("buero"))


def test_an_absence_that_was_deleted_at_once_is_told_to_nobody(
    house: House, away: tuple[Absence, Membership, Substitute]
) -> None:
    take_back(house, away[0])

    assert said(house, post_of(house)) == []


def test_an_absence_that_is_over_is_told_to_nobody(house: House, away: tuple[Absence, Membership, Substitute]) -> None:
    post = post_of(house)
    post.tick(local(away[0].last_on + DAY, 9))

    assert [mail for mail in post.sent if mail.occasion == "substitution"] == []


def test_who_was_told_of_an_absence_is_told_that_it_was_taken_back(
    house: House, away: tuple[Absence, Membership, Substitute]
) -> None:
    post = post_of(house)
    first = said(house, post)
    take_back(house, away[0])

    assert first == [("gf", TOLD), ("redaktion", TOLD)]
    assert said(house, post) == [("gf", OVER), ("redaktion", OVER)]
    assert said(house, post) == []


def test_who_stands_in_no_more_hears_of_it_as_well_as_who_does_now(
    house: House, away: tuple[Absence, Membership, Substitute]
) -> None:
    post, (_, member, former) = post_of(house), away
    said(house, post)
    named = name_substitute(house.session, member, person(house, "bca"), house.deed("gf"))
    house.session.flush()
    assert named is not None
    substitution_ended(house.session, member, former, person(house, "gf"), house.deed("gf"))
    substitute_named(house.session, member, named, person(house, "gf"), house.deed("gf"))

    assert said(house, post) == [("bca", TOLD), ("gf", OVER), ("gf", TOLD), ("redaktion", OVER)]
