"""Nobody gets two reminders on a day, whenever they were planned and however they are sent."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jcflow.database import served
from jcflow.mail import outcomes
from jcflow.mail.claims import claim
from jcflow.mail.outbox import Mail, Occasion
from jcflow.reminders import asking, rounds
from jcflow.reminders.asking import Asked
from jcflow.reminders.planning import plan
from jcflow.tasks import Task
from tests.factories import House
from tests.reminders.test_reminders import DAY, HOUR, local, planned, post_of, to


@pytest.fixture
def late(consultation: House) -> House:
    """The reminder of a week before the deadline was planned and is sent a day later."""
    post_of(consultation).tick(consultation.tick())
    consultation.at = local(consultation.today + 14 * DAY, 9)
    planned(consultation)
    consultation.at += DAY
    return consultation


def asked_of(house: House) -> list[Asked]:
    opinions = select(Task).where(Task.act == "opinion", Task.done_at.is_(None))
    return asking.whom(house.session, house.session.scalars(opinions).all(), house.today)


def test_whoever_had_yesterdays_reminder_today_is_not_reminded_by_hand(late: House) -> None:
    post = post_of(late)
    assert len(to(post.tick(late.at), "beirat1")) == 1
    late.at += HOUR

    asked = asked_of(late)
    number = asking.remind(late.session, asked, late.at)

    assert {one.told_today for one in asked} == {True}
    assert number == 0
    assert to(post.tick(late.at + HOUR), "beirat1") == []


def test_by_hand_joins_what_still_waits(late: House) -> None:
    assert asking.remind(late.session, asked_of(late), late.at) == 5

    assert [mail.occasion for mail in to(post_of(late).tick(late.at), "beirat1")] == ["reminder"]


def test_whoever_is_being_written_to_while_another_worker_plans_hears_of_the_rest_tomorrow(
    late: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    late.at = local(late.today + 6 * DAY, 9)
    lock = rounds.unsent_of

    def after_another_claimed(*given: object) -> dict[str, str]:
        claim(late.session, late.at)
        return lock(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "unsent_of", after_another_claimed)
    plan(late.session, late.at)

    mine = (Mail.occasion == Occasion.REMINDER) & (Mail.person_id == late.people["beirat1"])
    assert len(late.session.scalars(select(Mail).where(mine, Mail.jobcenter_id == served(late.session))).all()) == 1


def test_what_may_have_arrived_days_ago_goes_out_again_together_with_what_has_come_up(late: House) -> None:
    late.at -= DAY
    lease = claim(late.session, late.at)
    for mail in late.session.scalars(select(Mail).where(Mail.lease_token == lease.token)):
        mail.subject, mail.text, mail.html = "Betreff", "Text", "<p>"
        outcomes.written(late.session, [mail], lease.token)
        outcomes.failed(late.session, mail, lease.token, outcomes.Failure("Abgebrochen", unknown=True), late.at)

    late.at = local(late.today + 5 * DAY, 9)
    sent = to(post_of(late).tick(late.at), "beirat1")

    assert [mail.occasion for mail in sent] == ["reminder"]
