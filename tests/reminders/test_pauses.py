"""Who pauses mails is left in peace: what is planned already waits, and nobody is reminded by hand."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from jcflow.accounts import mail_wishes
from jcflow.mail.holding import bring_forward
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.reminders import asking
from jcflow.tasks import Task
from tests.factories import House
from tests.reminders.test_reminders import DAY, HOUR, days, local, planned, post_of, to


@pytest.fixture
def reminded(consultation: House) -> House:
    """A week before the deadline; the reminder of it is planned and not sent."""
    post_of(consultation).tick(consultation.tick())
    consultation.at = local(consultation.today + 14 * DAY, 9)
    planned(consultation)
    return consultation


def pause(house: House, until: date | None) -> None:
    person_id = house.people["beirat1"]
    mail_wishes.choose(house.session, person_id, collected=False, paused_until=until, today=house.today)
    bring_forward(house.session, person_id, house.at)


def test_what_is_planned_waits_until_the_pause_is_over(reminded: House) -> None:
    post, until = post_of(reminded), reminded.today + 3 * DAY
    pause(reminded, until)

    post.tick(reminded.tick())
    at_once = to(post.sent, "beirat1")
    days(post, reminded, 5)

    assert at_once == []
    assert [(m.day, m.occasion) for m in to(post.sent, "beirat1")] == [((until + DAY).isoformat(), "reminder")]
    assert [m.occasion for m in to(post.sent, "beirat2")][:1] == ["reminder"]


def test_a_pause_that_ends_early_lets_go_what_waits(reminded: House) -> None:
    post = post_of(reminded)
    pause(reminded, reminded.today + 30 * DAY)
    post.tick(reminded.tick())

    pause(reminded, None)
    sent = post.tick(reminded.at + HOUR)

    assert [mail.occasion for mail in to(sent, "beirat1")] == ["reminder"]


def test_an_invitation_does_not_wait(consultation: House) -> None:
    planned(consultation)
    pause(consultation, consultation.today + 30 * DAY)

    sent = post_of(consultation).tick(consultation.tick())

    assert [mail.occasion for mail in to(sent, "beirat1")] == ["consultation"]


def test_nobody_who_pauses_is_reminded_by_hand(consultation: House) -> None:
    house = consultation
    post_of(house).tick(house.tick())
    until = house.today + 5 * DAY
    pause(house, until)
    opinions = house.session.scalars(select(Task).where(Task.act == "opinion", Task.done_at.is_(None))).all()

    asked = {one.person_id: one for one in asking.whom(house.session, opinions, house.today)}
    asking.remind(house.session, list(asked.values()), house.at)

    mine = (Mail.occasion == Occasion.REMINDER) & (Mail.state == MailState.WAITING)
    written_to = set(house.session.scalars(select(Mail.person_id).where(mine)))
    assert asked[house.people["beirat1"]].paused_until == until
    assert written_to == {house.people[f"beirat{number}"] for number in range(2, 6)}
