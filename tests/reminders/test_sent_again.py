"""What the Gremienbüro sends once more arrives once more, as long as there is a reason for it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from jcflow.mail import listing
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.opinions import board
from jcflow.reminders.tracing import tasks_told
from tests.factories import House
from tests.post import Post
from tests.reminders.test_reminders import DAY, about, give, local, post_of, to


def send_again(house: House, occasion: Occasion, account: str) -> Mail:
    """Ask for a copy of the newest such mail; returns the copy."""
    mine = (Mail.occasion == occasion) & (Mail.person_id == house.people[account])
    newest = select(Mail).where(mine).order_by(Mail.created_at.desc()).limit(1)
    listing.resend(house.session, house.session.scalars(newest).one(), house.tick())
    return house.session.scalars(newest.where(Mail.state == MailState.WAITING)).one()


def sent_twice_more(post: Post, house: House, occasion: Occasion, account: str) -> list[Counter[tuple[str, str]]]:
    post.tick(house.tick())
    sent = []
    for _ in range(2):
        send_again(house, occasion, account)
        sent.append(about(post.tick(house.tick())))
    return sent


def test_a_ballot_that_has_arrived_is_sent_once_more_and_so_is_its_copy(resolution: House) -> None:
    sent = sent_twice_more(post_of(resolution), resolution, Occasion.BALLOT, "tv1")

    assert sent == [{("tv1", "ballot"): 1}] * 2


def test_an_invitation_to_give_an_opinion_is_sent_once_more(consultation: House) -> None:
    sent = sent_twice_more(post_of(consultation), consultation, Occasion.CONSULTATION, "beirat1")

    assert sent == [{("beirat1", "consultation"): 1}] * 2


def test_a_reminder_sent_once_more_says_what_has_come_up_since_too(consultation: House) -> None:
    house, post = consultation, post_of(consultation)
    post.tick(house.tick())
    house.at = local(house.today + 14 * DAY, 9)
    assert about(post.tick(house.at))["beirat1", "reminder"] == 1

    send_again(house, Occasion.REMINDER, "beirat1")
    sent = to(post.tick(house.tick()), "beirat1")

    assert [mail.occasion for mail in sent] == ["reminder"]
    assert "Stellungnahme" in sent[0].subject


def test_whoever_has_done_it_meanwhile_gets_no_copy(consultation: House) -> None:
    house, post = consultation, post_of(consultation)
    post.tick(house.tick())
    send_again(house, Occasion.CONSULTATION, "beirat1")
    give(house, "beirat1", board.Stance.AGREE)

    sent = post.tick(house.tick())

    assert to(sent, "beirat1") == []


def test_a_copy_is_about_the_same_tasks(consultation: House) -> None:
    house, post = consultation, post_of(consultation)
    post.tick(house.tick())

    copy = send_again(house, Occasion.CONSULTATION, "beirat1")

    assert tasks_told(house.session, copy.origins)
