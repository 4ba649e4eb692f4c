"""What has changed since a mail was planned is known when it is sent; and what a moved deadline starts and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from jcflow.accounts.people import end_membership
from jcflow.audit.trail import record
from jcflow.database import serve
from jcflow.mail import outcomes
from jcflow.mail.claims import claim
from jcflow.mail.outbox import Mail, MailState
from jcflow.opinions import board
from jcflow.programmes.versions import newest_version
from jcflow.reminders.asking import remind, whom
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.planning import plan
from jcflow.tasks import open_of, reopen
from tests.factories import House, person
from tests.post import Post, Sent
from tests.reminders.moving import move
from tests.reminders.promise import DAY, at_seven

A_WEEK_BEFORE = date(2026, 3, 24)
"""The day on which the board is reminded for the first time; the last day is 31 March."""


@pytest.fixture
def post(consultation: House) -> Post:
    """Everybody has been told what is new; the day before the first reminder is over."""
    post = Post(consultation.session, consultation.jobcenter.id)
    post.tick(consultation.tick())
    post.tick(at_seven(A_WEEK_BEFORE - DAY))
    consultation.at = at_seven(A_WEEK_BEFORE)
    return post


def planned(house: House) -> None:
    """What is due this morning is planned, nothing of it is sent yet."""
    assert plan(house.session, at_seven(A_WEEK_BEFORE)) == 5
    serve(house.session, house.jobcenter.id)


def reminders(sent: list[Sent]) -> Counter[tuple[str, str]]:
    return Counter((mail.account, mail.day) for mail in sent if mail.occasion == "reminder")


def test_a_reminder_of_a_deadline_that_has_moved_meanwhile_is_not_sent(consultation: House, post: Post) -> None:
    planned(consultation)
    move(consultation, "opinion", date(2026, 4, 17))

    sent = post.tick(consultation.tick())

    assert not reminders(sent)
    assert {mail.occasion for mail in sent} == {"deadline_moved"}
    assert post.cancelled == 5


def test_a_reminder_of_what_was_done_meanwhile_is_not_sent(consultation: House, post: Post) -> None:
    planned(consultation)
    session, member = consultation.session, consultation.member("beirat1")
    version = newest_version(session, consultation.programme)
    assert version is not None
    with consultation.acting("beirat1", "opinion") as deed:
        said = {"stance": board.Stance.NO_OPINION, "points": [], "version": 0, "deed": deed}
        board.give(session, consultation.programme, version, member, **said)

    sent = post.tick(consultation.tick())

    assert set(reminders(sent)) == {(f"beirat{n}", A_WEEK_BEFORE.isoformat()) for n in (2, 3, 4, 5)}


def test_a_reminder_to_somebody_who_has_left_meanwhile_is_not_sent(consultation: House, post: Post) -> None:
    planned(consultation)
    end_membership(consultation.session, consultation.member("beirat1"), A_WEEK_BEFORE, consultation.deed("admin"))

    sent = post.tick(consultation.tick())

    assert set(reminders(sent)) == {(f"beirat{n}", A_WEEK_BEFORE.isoformat()) for n in (2, 3, 4, 5)}


def test_a_reminder_goes_to_the_address_of_the_moment(consultation: House, post: Post) -> None:
    planned(consultation)
    record(consultation.session, person(consultation, "beirat1"), consultation.deed("admin"), email="neu@x.example")

    sent = post.tick(consultation.tick())

    assert ("neu", A_WEEK_BEFORE.isoformat()) in reminders(sent)
    assert ("beirat1", A_WEEK_BEFORE.isoformat()) not in reminders(sent)


def test_whoever_takes_an_opinion_back_hears_only_of_the_stages_ahead(consultation: House, post: Post) -> None:
    post.tick(consultation.tick())
    session, member = consultation.session, consultation.member("beirat1")
    version = newest_version(session, consultation.programme)
    assert version is not None
    with consultation.acting("beirat1", "opinion") as deed:
        said = {"stance": board.Stance.AGREE, "points": [], "version": 0, "deed": deed}
        given = board.give(session, consultation.programme, version, member, **said)
    with consultation.acting("beirat1", "opinion") as deed:
        board.withdraw(session, given, deed)
    reopen(session, consultation.programme, act="opinion", person_id=member.person_id, at=consultation.tick())

    for later in range(9):
        post.tick(max(consultation.at, at_seven(A_WEEK_BEFORE + later * DAY)))

    days = [day for account, day in reminders(post.sent) if account == "beirat1"]
    assert days == ["2026-03-24", "2026-03-27", "2026-03-31", "2026-04-01"]


def test_a_later_deadline_begins_its_own_stages_and_ends_those_of_the_old_one(consultation: House, post: Post) -> None:
    post.tick(consultation.tick())
    move(consultation, "opinion", date(2026, 4, 17))

    for later in range(1, 31):
        post.tick(at_seven(A_WEEK_BEFORE + later * DAY))

    days = [day for account, day in reminders(post.sent) if account == "beirat1"]
    assert days == ["2026-03-24", "2026-04-10", "2026-04-15", "2026-04-17", "2026-04-20", "2026-04-22"]
    mine = select(Reminder).where(Reminder.person_id == consultation.people["beirat1"], Reminder.stage != "open")
    found = sorted((r.due_version, r.due_on, r.stage) for r in consultation.session.scalars(mine))
    assert [(version, stage) for version, _, stage in found] == [
        (1, "-7d"),
        *((2, stage) for stage in ("-7d", "-2wd", "0d", "+1wd", "+3wd")),
    ]


def test_an_earlier_deadline_says_only_what_lies_ahead_of_it(consultation: House, post: Post) -> None:
    move(consultation, "opinion", A_WEEK_BEFORE + 3 * DAY)

    for later in range(1, 10):
        post.tick(at_seven(A_WEEK_BEFORE + later * DAY))

    days = [day for account, day in reminders(post.sent) if account == "beirat1"]
    assert days == ["2026-03-25", "2026-03-27", "2026-03-30", "2026-04-01"]


def test_after_an_outage_of_the_mail_server_each_person_gets_one_summary(consultation: House, post: Post) -> None:
    last_day = date(2026, 3, 31)
    for day in (last_day, last_day + DAY):
        while plan(consultation.session, at_seven(day)):
            pass

    sent = post.tick(at_seven(last_day + DAY) + timedelta(hours=2))

    assert reminders(sent)["beirat1", "2026-04-01"] == 1
    assert max(reminders(sent).values()) == 1
    assert next(m for m in sent if m.account == "beirat1").subject == "Frist abgelaufen: Ihre Stellungnahme"
    states = consultation.session.scalars(select(Mail.state)).all()
    assert MailState.WAITING not in states


def test_while_a_reminder_is_on_its_way_the_next_one_waits_for_the_next_day(consultation: House, post: Post) -> None:
    planned(consultation)
    two_days_before = at_seven(date(2026, 3, 27))
    lease = claim(consultation.session, two_days_before)

    while plan(consultation.session, two_days_before):
        pass
    for mail_id in lease.mails:
        outcomes.sent(consultation.session, mail_id, lease.token, two_days_before)
    sent = post.tick(two_days_before + timedelta(minutes=1))
    later = post.tick(two_days_before + DAY)

    assert not reminders(sent)
    assert reminders(later)["beirat1", "2026-03-28"] == 1


def test_whom_the_office_reminds_by_hand_hears_of_it_in_the_mail_that_waits(consultation: House, post: Post) -> None:
    planned(consultation)
    consultation.at = at_seven(A_WEEK_BEFORE + DAY)
    open_now = open_of(consultation.session, consultation.programme, consultation.today)

    people = whom(consultation.session, open_now, consultation.today)
    told = remind(consultation.session, people, consultation.tick())
    sent = post.tick(consultation.tick())

    assert told == 6
    assert reminders(sent) == dict.fromkeys(((mail.account, mail.day) for mail in sent), 1)
    assert {mail.account for mail in sent} == {"buero", *(f"beirat{n}" for n in range(1, 6))}


JUMPS = [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-1), timedelta(days=1)]
JUMP_ON = [date(2026, 3, 30), date(2026, 3, 24), date(2026, 3, 26), date(2026, 4, 1)]
"""The day before the last one, the first reminder's, a Thursday before a weekend, the first day that is too late."""


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_and_comes_back_says_nothing_twice_and_nothing_less(
    consultation: House, post: Post, jump: timedelta, amount: Callable[[int, int], int]
) -> None:
    for on in JUMP_ON[: amount(1, 4)]:
        before = consultation.session.begin_nested()
        walked = Post(post.session, post.house_id, list(post.sent))
        for later in range(15):
            day = A_WEEK_BEFORE + later * DAY
            for hour in (7, 9, 19)[: amount(1, 3)] if day != on else (7, 9, 19):
                at = at_seven(day).replace(hour=hour)
                walked.tick(at)
                if day == on:
                    walked.tick(at + jump)
                    walked.tick(at)
        check_each_stage_once(consultation, walked)
        before.rollback()


def check_each_stage_once(house: House, post: Post) -> None:
    members = [house.people[f"beirat{n}"] for n in range(1, 6)]
    mine = Reminder.person_id.in_(members) & (Reminder.stage != "open")
    rows = house.session.execute(select(Reminder.stage, Mail.state, Mail.id).join(Mail).where(mine)).all()
    assert Counter(row.stage for row in rows) == dict.fromkeys(("-7d", "-2wd", "0d", "+1wd", "+3wd"), 5)
    assert {row.state for row in rows} == {MailState.SENT}
    assert max(reminders(post.sent).values()) == 1
    sent = house.session.scalars(select(Mail.id).where(Mail.state == MailState.SENT)).all()
    assert len(sent) == len(post.sent)
