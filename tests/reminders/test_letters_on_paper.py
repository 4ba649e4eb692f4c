"""Who has no address gets letters: one for what nobody can turn off, one for all reminders, none about what is done."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jcflow.accounts.people import end_membership, memberships
from jcflow.audit.trail import record
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.opinions import board
from jcflow.reminders.letters import Letters
from jcflow.reminders.planning import plan
from tests.factories import House, person
from tests.reminders.test_reminders import DAY, days, give, local, post_of


@pytest.fixture
def by_post(consultation: House) -> House:
    """A member without an address, after all reminders of one opinion."""
    record(consultation.session, person(consultation, "beirat1"), consultation.deed("admin"), email="ohne-0001")
    post = post_of(consultation)
    post.tick(consultation.tick())
    days(post, consultation, 30)
    return consultation


def letters(house: House) -> list[Mail]:
    mine = (Mail.person_id == house.people["beirat1"]) & (Mail.state == MailState.LETTER)
    return list(house.session.scalars(select(Mail).where(mine).order_by(Mail.created_at)))


def test_one_reminder_at_a_time_waits_to_be_printed_and_says_what_is_the_case(by_post: House) -> None:
    invited, reminded = letters(by_post)

    said = Letters("https://jcflow.example", local(by_post.today + 31 * DAY, 9)).render(by_post.session, reminded)

    assert [invited.occasion.value, reminded.occasion.value] == ["consultation", "reminder"]
    assert said is not None
    assert said.subject == "Frist abgelaufen: Ihre Stellungnahme"


def test_what_was_done_meanwhile_is_not_to_be_printed(by_post: House) -> None:
    give(by_post, "beirat1", board.Stance.AGREE)

    plan(by_post.session, local(by_post.today + 31 * DAY, 9))

    by_post.session.expire_all()
    assert letters(by_post) == []


def test_a_new_task_and_the_summary_of_the_week_are_no_letters_of_their_own(house: House) -> None:
    record(house.session, person(house, "gf"), house.deed("admin"), email="ohne-0002")

    plan(house.session, house.tick())

    mine = (Mail.person_id == house.people["gf"]) & (Mail.state == MailState.LETTER)
    found = {mail.occasion.value for mail in house.session.scalars(select(Mail).where(mine))}
    assert found == {"reminder"}


def test_who_has_no_role_any_more_gets_no_letters_but_those_about_the_account(by_post: House) -> None:
    member = by_post.people["beirat1"]
    queue(by_post.session, Letter(Occasion.NEW_SIGN_IN, member, "signed in", {}), at=by_post.at)
    queue(by_post.session, Letter(Occasion.PUBLISHED, member, "published", {}), at=by_post.at)
    (seat,) = memberships(by_post.session, member)
    end_membership(by_post.session, seat, by_post.today, by_post.deed("admin"))

    plan(by_post.session, local(by_post.today + 31 * DAY, 9))

    by_post.session.expire_all()
    assert [letter.occasion for letter in letters(by_post)] == [Occasion.NEW_SIGN_IN]
