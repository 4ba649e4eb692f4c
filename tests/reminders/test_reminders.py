"""What is written to whom and when about a task."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from sqlalchemy import select

from jcflow import tasks
from jcflow.accounts import mail_wishes
from jcflow.accounts.absences import enter_absence, name_substitute, substitutes_of
from jcflow.accounts.people import end_membership
from jcflow.clock import BERLIN
from jcflow.database import serve
from jcflow.deadlines import moving
from jcflow.decisions.ballots import current_ballot
from jcflow.mail.delivery import tell_office
from jcflow.mail.outbox import Mail, Occasion
from jcflow.opinions import board
from jcflow.procedure import Role
from jcflow.process import notices
from jcflow.programmes.versions import newest_version
from jcflow.reminders.ledger import Reminder
from jcflow.reminders.planning import plan
from tests.domain.test_decisions import vote_all
from tests.factories import House, person
from tests.post import Post, Sent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def post_of(house: House) -> Post:
    return Post(house.session, house.jobcenter.id)


def to(sent: list[Sent], account: str) -> list[Sent]:
    return [mail for mail in sent if mail.account == account]


def about(sent: list[Sent]) -> Counter[tuple[str, str]]:
    return Counter((mail.account, mail.occasion) for mail in sent)


def days(post: Post, house: House, number: int) -> None:
    """Let the worker look once a day at seven for so many days from the next one on."""
    for later in range(1, number + 1):
        post.tick(local(house.today + later * DAY, 7))


def test_who_is_asked_for_something_hears_of_it_at_once_and_once(consultation: House) -> None:
    post = post_of(consultation)

    first, second = post.tick(consultation.tick()), post.tick(consultation.tick())

    assert about([m for m in first if m.occasion == "consultation"]) == {
        (f"beirat{n}", "consultation"): 1 for n in range(1, 6)
    }
    assert second == []


def test_a_member_is_reminded_a_week_two_working_days_and_on_the_last_day_and_once_it_is_over(
    consultation: House,
) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())

    days(post, consultation, 30)

    reminded = [(m.day, m.subject) for m in to(post.sent, "beirat1") if m.occasion == "reminder"]
    assert reminded == [
        ("2026-03-24", "Erinnerung: noch 7 Tage für Ihre Stellungnahme"),
        ("2026-03-27", "Erinnerung: noch 4 Tage für Ihre Stellungnahme"),
        ("2026-03-31", "Erinnerung: heute ist der letzte Tag für Ihre Stellungnahme"),
        ("2026-04-01", "Frist abgelaufen: Ihre Stellungnahme"),
        ("2026-04-07", "Frist abgelaufen: Ihre Stellungnahme"),
    ]


def test_the_office_hears_of_what_is_long_overdue(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())

    days(post, consultation, 29)

    told = [m for m in to(post.sent, "buero") if m.occasion == "reminder" and "beirat" not in m.subject]
    assert any("Stellungnahme absenden" in m.text for m in told)


def stand_in(house: House, account: str, substitute: str, last_on: date) -> None:
    """Somebody is away from today on, and somebody else named in every role."""
    absent, deed = person(house, account), house.deed("admin")
    for member, _ in substitutes_of(house.session, absent.id, house.today):
        name_substitute(house.session, member, person(house, substitute), deed)
    enter_absence(house.session, absent, house.today, last_on, deed)
    house.session.flush()


def test_who_stands_in_at_the_office_hears_what_it_would_hear(consultation: House) -> None:
    stand_in(consultation, "buero", "redaktion", consultation.today + 60 * DAY)
    post = post_of(consultation)
    post.tick(consultation.tick())

    days(post, consultation, 29)
    theirs = select(Mail).where(Mail.person_id == consultation.people["beirat1"]).limit(1)
    tell_office(consultation.session, consultation.session.scalars(theirs).one(), "550", consultation.tick())

    told = [m for m in to(post.sent, "redaktion") if m.occasion == "reminder" and "Stellungnahme absenden" in m.text]
    assert told
    assert all("weil" in m.text and "vertreten" in " ".join(m.text.split()) for m in told)
    lost = consultation.session.scalars(select(Mail.person_id).where(Mail.occasion == Occasion.UNDELIVERABLE)).all()
    assert set(lost) == {consultation.people["buero"], consultation.people["redaktion"]}


def test_whoever_has_done_it_is_left_in_peace(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())
    give(consultation, "beirat1", board.Stance.NO_OPINION)

    days(post, consultation, 23)

    assert [m.occasion for m in to(post.sent, "beirat1")].count("reminder") == 0
    assert [m.occasion for m in to(post.sent, "beirat2")].count("reminder") >= 3


def give(house: House, account: str, stance: board.Stance) -> None:
    member, version = house.member(account), newest_version(house.session, house.programme)
    assert version is not None
    with house.acting(account, "opinion") as deed:
        board.give(house.session, house.programme, version, member, stance=stance, points=[], version=0, deed=deed)


def planned(house: House) -> None:
    """Everything due is planned, nothing is sent yet."""
    plan(house.session, house.tick())
    serve(house.session, house.jobcenter.id)


def test_what_was_done_between_planning_and_sending_is_not_sent(consultation: House) -> None:
    post = post_of(consultation)
    planned(consultation)
    give(consultation, "beirat1", board.Stance.AGREE)

    sent = post.tick(consultation.tick())

    assert [m for m in to(sent, "beirat1") if m.occasion == "consultation"] == []
    assert post.cancelled == 1
    assert len([m for m in sent if m.occasion == "consultation"]) == 4


def test_whose_role_has_ended_between_planning_and_sending_gets_nothing(consultation: House) -> None:
    post = post_of(consultation)
    planned(consultation)
    end_membership(consultation.session, consultation.member("beirat1"), consultation.today, consultation.deed("admin"))

    sent = post.tick(consultation.tick())

    assert to(sent, "beirat1") == []


def test_nothing_is_sent_at_night(consultation: House) -> None:
    post, evening = post_of(consultation), local(consultation.today, 20)

    moments = list(post.walk(evening, evening + 11 * HOUR - timedelta(minutes=5), timedelta(minutes=5)))

    assert len(moments) == 132
    assert post.sent == []
    assert about(post.tick(local(consultation.today + DAY, 7)))["beirat1", "consultation"] == 1


def test_after_days_down_each_person_gets_one_summary(consultation: House) -> None:
    post = post_of(consultation)

    sent = post.tick(local(consultation.today + 16 * DAY, 9))

    assert max(about(sent).values()) == 1
    assert about(sent)["beirat1", "reminder"] == 1
    stages = consultation.session.scalars(
        select(Reminder.stage).where(Reminder.person_id == consultation.people["beirat1"])
    ).all()
    assert sorted(stages) == ["-7d", "open"]


def test_several_reminders_of_one_day_are_one_mail(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())

    days(post, consultation, 29)

    per_day = Counter((m.account, m.day) for m in post.sent if m.occasion == "reminder")
    assert max(per_day.values()) == 1


def test_a_pause_holds_reminders_back_and_then_says_it_once(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())
    until = consultation.today + 18 * DAY
    mail_wishes.choose(
        consultation.session,
        consultation.people["beirat1"],
        collected=False,
        paused_until=until,
        today=consultation.today,
    )

    days(post, consultation, 20)

    assert [m.day for m in to(post.sent, "beirat1") if m.occasion == "reminder"] == [(until + DAY).isoformat()]


def test_the_invitation_to_give_an_opinion_comes_in_spite_of_a_pause(consultation: House) -> None:
    mail_wishes.choose(
        consultation.session,
        consultation.people["beirat1"],
        collected=True,
        paused_until=consultation.today + 30 * DAY,
        today=consultation.today,
    )

    sent = post_of(consultation).tick(consultation.tick())

    assert about(sent)["beirat1", "consultation"] == 1


def test_who_wants_a_summary_hears_of_new_tasks_in_the_morning(house: House) -> None:
    mail_wishes.choose(house.session, house.people["gf"], collected=True, paused_until=None, today=house.today)
    post = post_of(house)

    at_once = [m for m in post.tick(house.tick()) if m.occasion != "weekly"]
    morning = [m for m in post.tick(local(house.today + DAY, 7)) if m.occasion != "weekly"]

    assert to(at_once, "gf") == []
    assert [m.occasion for m in to(morning, "gf")] == ["reminder"]


def test_a_named_substitute_is_reminded_too_while_the_holder_is_away(consultation: House) -> None:
    house, post = consultation, post_of(consultation)
    post.tick(house.tick())
    name_substitute(house.session, house.member("beirat1"), person(house, "redaktion"), house.deed("buero"))
    enter_absence(house.session, person(house, "beirat1"), house.today, house.today + 15 * DAY, house.deed("buero"))

    days(post, house, 16)

    found = [m for m in to(post.sent, "redaktion") if m.occasion == "reminder"]
    assert [m.day for m in found][:1] == ["2026-03-24"]
    assert "in Vertretung von" in found[0].text
    assert "beirat1" in {m.account for m in post.sent if m.occasion == "reminder" and m.day == "2026-03-24"}


def test_on_monday_the_office_and_the_director_get_a_summary_of_the_week(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())

    days(post, consultation, 22)

    weekly = Counter((m.account, m.day) for m in post.sent if m.occasion == "weekly")
    assert {account for account, _ in weekly} == {"gf", "buero"}
    assert set(weekly.values()) == {1}
    assert {date.fromisoformat(day).weekday() for _, day in weekly if day != consultation.today.isoformat()} == {0}


def test_of_summaries_that_waited_for_weeks_only_this_week_s_says_something(consultation: House) -> None:
    post = post_of(consultation)
    for weeks in range(1, 4):
        plan(consultation.session, local(consultation.today + weeks * 7 * DAY, 9))

    post.tick(local(consultation.today + 22 * DAY, 9))

    weekly = Counter(m.account for m in post.sent if m.occasion == "weekly")
    assert weekly == {"gf": 1, "buero": 1}


def test_who_stands_in_for_the_chair_is_asked_for_the_result_too(resolution: House) -> None:
    stand_in(resolution, "tv1", "tv2", resolution.today + 30 * DAY)
    post = post_of(resolution)
    post.tick(resolution.tick())

    vote_all(resolution, "yes yes yes yes yes yes")
    ballot = current_ballot(resolution.session, resolution.programme)
    assert ballot is not None
    notices.vote_given(resolution.session, resolution.programme, ballot, resolution.deed("tv6"))
    post.tick(resolution.tick())

    assert {m.account for m in post.sent if m.occasion == "conclude"} == {"tv1", "tv2"}


def test_the_chair_is_asked_for_the_result_once_the_time_for_votes_is_over(resolution: House) -> None:
    house, post = resolution, post_of(resolution)
    post.tick(house.tick())
    conclude = house.session.scalars(
        select(tasks.Task).where(tasks.Task.step == "conclude", tasks.Task.done_at.is_(None))
    ).one()

    days(post, house, 20)

    told = [m for m in to(post.sent, "tv1") if m.occasion == "conclude"]
    assert [(m.day, m.subject) for m in told] == [
        (conclude.due_on.isoformat(), "Bitte stellen Sie das Ergebnis fest: Programm 2027")
    ]
    assert "nicht alle haben abgestimmt" in told[0].text.replace("\n", " ")
    assert {m.account for m in post.sent if m.occasion == "conclude"} == {"tv1"}


def test_a_vote_that_is_moved_after_planning_takes_the_request_for_the_result_back(resolution: House) -> None:
    house, post = resolution, post_of(resolution)
    post.tick(house.tick())
    conclude = house.session.scalars(
        select(tasks.Task).where(tasks.Task.step == "conclude", tasks.Task.done_at.is_(None))
    ).one()
    days(post, house, (conclude.due_on - house.today).days - 1)

    house.at = local(conclude.due_on, 7)
    plan(house.session, house.at)
    vote = house.session.scalars(
        select(tasks.Task.id).where(tasks.Task.act == "vote", tasks.Task.done_at.is_(None)).limit(1)
    ).one()
    chosen = moving.deadlines_of(house.session, [vote], house.today)
    shifts = moving.shifts_to(house.session, chosen, house.today + 14 * DAY, house.today)
    deed = house.actor("buero").deed(Role.STAFF, house.at, "Zwei Mitglieder sind krank.")
    moving.move(house.session, shifts, deed)
    post.tick(house.at + HOUR)

    assert [m for m in post.sent if m.occasion == "conclude"] == []


def test_somebody_new_hears_of_what_the_role_owes(consultation: House) -> None:
    post = post_of(consultation)
    post.tick(consultation.tick())
    member = consultation.join("neu", Role.STAFF)
    tasks.admit(consultation.session, [consultation.programme], member, consultation.tick())

    days(post, consultation, 1)

    assert [m.occasion for m in to(post.sent, "neu")] == ["task"]


def test_no_mail_is_left_out_or_doubled_for_a_role(house: House) -> None:
    post = post_of(house)
    post.tick(house.tick())
    (due_on,) = {task.due_on for task in tasks.open_of(house.session, house.programme, house.today)}

    for away in range(-15, 3):
        post.tick(local(due_on + away * DAY, 7))

    asked = [(m.occasion, m.day) for m in to(post.sent, "gf") if m.occasion != "weekly"]
    assert asked[0][0] == "task"
    assert [day for occasion, day in asked if occasion == "reminder"] == [
        (due_on + away * DAY).isoformat() for away in (-14, -7, 0, 1)
    ]
