"""Who has no address gets letters: one for what nobody can turn off, one for all reminders, none about what is done."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jcflow.accounts.people import end_membership, memberships
from jcflow.audit.trail import record
from jcflow.deadlines import moving
from jcflow.mail import listing
from jcflow.mail.offices import office_of
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.opinions import board
from jcflow.procedure import Role
from jcflow.reminders.letters import Letters
from jcflow.reminders.planning import plan
from jcflow.tasks import Task
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


def test_who_gets_an_address_gets_mail_instead(by_post: House) -> None:
    record(by_post.session, person(by_post, "beirat1"), by_post.deed("admin"), email="beirat1@neu.example")

    post = post_of(by_post)
    post.tick(local(by_post.today + DAY, 9))

    by_post.session.expire_all()
    assert letters(by_post) == []
    assert {m.occasion for m in post.sent if m.account == "beirat1"} >= {"consultation", "reminder"}


def test_the_office_is_named_with_an_address_that_is_one(house: House) -> None:
    before = office_of(house.session, house.today).contact
    record(house.session, person(house, "buero"), house.deed("admin"), email="buero-0001")

    assert before.endswith(".example")
    assert office_of(house.session, house.today).contact == person(house, "buero").name


def test_the_result_reaches_who_took_part_though_the_term_is_over(house: House) -> None:
    member = house.people["beirat1"]
    said = {"on": house.today.isoformat(), "at": house.at.isoformat()}
    kept = Letter(Occasion.VOTE_RECEIVED, member, "kept", said, house.programme.id)
    news = Letter(Occasion.PUBLISHED, member, "news", said, house.programme.id)
    queue(house.session, kept, news, at=house.at)
    (seat,) = memberships(house.session, member)
    end_membership(house.session, seat, house.today + DAY, house.deed("admin"))
    post = post_of(house)

    post.tick(local(house.today + DAY, 9))

    assert [mail.occasion for mail in post.sent if mail.account == "beirat1"] == ["vote_received"]


def test_who_has_no_role_any_more_gets_no_letters_but_those_about_the_account(by_post: House) -> None:
    member = by_post.people["beirat1"]
    queue(by_post.session, Letter(Occasion.NEW_SIGN_IN, member, "signed in", {}), at=by_post.at)
    queue(by_post.session, Letter(Occasion.PUBLISHED, member, "published", {}), at=by_post.at)
    (seat,) = memberships(by_post.session, member)
    end_membership(by_post.session, seat, by_post.today, by_post.deed("admin"))

    plan(by_post.session, local(by_post.today + 31 * DAY, 9))

    by_post.session.expire_all()
    assert [letter.occasion for letter in letters(by_post)] == [Occasion.NEW_SIGN_IN]


def test_of_several_words_about_a_moved_deadline_the_last_one_is_printed_and_none_once_it_is_done(
    by_post: House,
) -> None:
    task = by_post.session.scalars(
        select(Task.id).where(Task.person_id == by_post.people["beirat1"], Task.done_at.is_(None))
    ).one()
    for later in (20, 30):
        chosen = moving.deadlines_of(by_post.session, [task], by_post.today)
        shifts = moving.shifts_to(by_post.session, chosen, by_post.today + later * DAY, by_post.today)
        deed = by_post.actor("buero").deed(Role.STAFF, by_post.tick(), "Die Sitzung ist verlegt.")
        moving.move(by_post.session, shifts, deed)

    def moved() -> list[Mail]:
        plan(by_post.session, local(by_post.today + DAY, 9))
        by_post.session.expire_all()
        return [letter for letter in letters(by_post) if letter.occasion is Occasion.DEADLINE_MOVED]

    (last,) = moved()
    assert last.facts["new_on"] == shifts[0].new_on.isoformat()
    give(by_post, "beirat1", board.Stance.AGREE)
    assert moved() == []


def test_a_letter_whose_reason_is_gone_is_taken_off_the_list_when_it_is_handed_in(by_post: House) -> None:
    (invited, _) = letters(by_post)
    give(by_post, "beirat1", board.Stance.AGREE)

    handed_in = listing.hand_in(
        by_post.session, invited, Letters("https://jcflow.example", by_post.at).render, by_post.at
    )

    assert (handed_in, invited.state) == (False, MailState.CANCELLED)
