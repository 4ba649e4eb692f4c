"""A tick: what waits is sent once, in the words of the moment, whatever the mail server does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import text

from jcflow import database, worker
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import Person, add_person
from jcflow.audit.trail import record
from jcflow.mail import outcomes, ticking
from jcflow.mail.delivery import UNNOTED
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.mail.smtp import Line
from jcflow.programmes.procedures import PROGRAMME_OF
from jcflow.reminders import stages
from jcflow.worker import Ticked
from tests.factories import COMMAND_LINE
from tests.mail.conftest import NOON, Houses
from tests.mail.server import Box
from tests.mail.shop import until

Post = tuple[Box, str]


def tick(houses: Houses, post: Post | None, at: object = NOON, **how: object) -> Ticked:
    return worker.tick(houses.engine, houses.settings(post[1] if post else None), at, **how)  # type: ignore[arg-type]


def only(houses: Houses) -> Mail:
    (mail,) = houses.mails().values()
    return mail


def address_of(houses: Houses) -> str:
    return only(houses).address


def mails_of(houses: Houses, occasion: Occasion) -> list[Mail]:
    return [mail for mail in houses.mails().values() if mail.occasion is occasion]


def test_what_waits_is_sent_once_and_marked(houses: Houses, post: Post) -> None:
    houses.queue("a", "b")

    done, again = tick(houses, post), tick(houses, post)

    assert (done.delivered.sent, again.delivered.sent) == (2, 0)
    mail = houses.mails()["a"]
    assert (mail.state, mail.problem, mail.lease_token) == (MailState.SENT, "", None)
    assert mail.sent_at is not None
    assert NOON <= mail.sent_at < NOON + timedelta(minutes=1)
    assert {mail.message_id for mail in houses.mails().values()} == set(post[0].count())
    assert mail.text is not None
    assert post[0].taken[0].words.replace("\r\n", "\n").strip() == mail.text.strip()
    assert "https://jcflow.example/account" in mail.text


def test_no_third_mail_goes_out_while_the_first_is_not_noted(
    houses: Houses, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses.queue("a", "b", "c", "d")
    noted, note = threading.Event(), outcomes.sent
    monkeypatch.setattr(outcomes, "sent", lambda *given: noted.wait(10) and note(*given))

    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(tick, houses, post)
        until(lambda: len(post[0].taken) == 1 + UNNOTED)
        sleep(0.3)
        before = len(post[0].taken)
        noted.set()

    assert before == 1 + UNNOTED
    assert done.result().delivered.sent == len(post[0].taken) == 4


def test_a_note_that_fails_ends_the_tick_and_its_mail_is_sent_once_more(
    houses: Houses, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses.queue("a", "b", "c", "d")
    with monkeypatch.context() as broken:
        broken.setattr(outcomes, "sent", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tick(houses, post)
    taken = len(post[0].taken)
    houses.let_leases_pass()

    tick(houses, post, NOON + timedelta(minutes=5))

    assert taken <= 1 + UNNOTED
    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}
    assert len(post[0].taken) == 4 + taken


def test_without_a_mail_server_mails_stay_where_they_are(houses: Houses) -> None:
    houses.queue("a")

    tick(houses, None)

    assert (only(houses).state, only(houses).attempts) == (MailState.WAITING, 0)


def test_a_server_that_is_down_is_tried_again_and_nothing_is_lost(houses: Houses, post: Post) -> None:
    houses.queue("a", "b", "c")

    down = tick(houses, (post[0], "smtp://127.0.0.1:1"))
    up = tick(houses, post, NOON + timedelta(minutes=2))

    assert (down.delivered.is_down, down.delivered.failed, down.delivered.returned) == (True, 1, 2)
    assert up.delivered.sent == 3
    assert set(post[0].count().values()) == {1}
    assert {mail.problem for mail in houses.mails().values()} == {""}


def test_a_no_for_now_is_asked_again_until_it_is_a_yes(houses: Houses, post: Post) -> None:
    houses.queue("a", urgent=True)
    post[0].plan(address_of(houses), "450 greylisted", "450 greylisted")

    at, tried = NOON, []
    for _ in range(3):
        tick(houses, post, at)
        tried.append((only(houses).state, only(houses).problem))
        at = only(houses).next_try_at

    assert [state for state, _ in tried] == [MailState.WAITING, MailState.WAITING, MailState.SENT]
    assert tried[0][1].endswith("450 greylisted")
    assert (only(houses).attempts, len(post[0].taken)) == (3, 1)


def test_a_final_no_is_told_to_the_office_and_not_tried_again(houses: Houses, post: Post) -> None:
    houses.queue("a")
    post[0].plan(address_of(houses), "550 no such user")

    tick(houses, post)
    tick(houses, post, NOON + timedelta(hours=1))

    assert houses.mails()["a"].state is MailState.REFUSED
    told = mails_of(houses, Occasion.UNDELIVERABLE)
    assert {mail.person_id for mail in told} == {houses.people[0]["buero"]}
    assert [mail.state for mail in told] == [MailState.SENT]
    assert "550 no such user" in post[0].taken[-1].words
    assert len(post[0].taken) == 1


def test_that_a_word_to_the_office_did_not_arrive_is_not_told_to_it(houses: Houses, post: Post) -> None:
    houses.queue("a")
    post[0].plan("*", "550 no", "550 no", "550 no")

    for minutes in range(3):
        tick(houses, post, NOON + timedelta(minutes=minutes))

    assert {mail.state for mail in houses.mails().values()} == {MailState.REFUSED}
    assert len(houses.mails()) == 2


def test_a_line_that_breaks_before_the_end_costs_no_copy(houses: Houses, post: Post) -> None:
    houses.queue("a")
    post[0].plan(address_of(houses), "drop")

    tick(houses, post)
    tick(houses, post, NOON + timedelta(minutes=2))

    assert (only(houses).state, len(post[0].read)) == (MailState.SENT, 1)


def test_a_line_that_breaks_after_the_end_may_cost_one_copy_that_is_the_same(houses: Houses, post: Post) -> None:
    houses.queue("a")
    post[0].plan(address_of(houses), "gone")

    tick(houses, post)
    tick(houses, post, NOON + timedelta(minutes=2))

    assert only(houses).state is MailState.SENT
    first, second = post[0].taken
    assert first.message_id == second.message_id
    assert first.raw == second.raw


def test_what_may_have_arrived_is_sent_again_as_it_was_after_a_no_for_now_too(houses: Houses, post: Post) -> None:
    houses.queue("a")
    post[0].plan(address_of(houses), "gone", "451 later")

    for minutes in (0, 2, 8):
        tick(houses, post, NOON + timedelta(minutes=minutes))

    first, second = post[0].taken
    assert only(houses).state is MailState.SENT
    assert first.raw == second.raw


def test_one_slow_mail_does_not_keep_the_others(houses: Houses, post: Post) -> None:
    houses.queue("a", house=1)
    slow = address_of(houses)
    houses.queue("b", "c")
    post[0].plan(slow, "slow 6")

    tick(houses, post, seconds=1.5)

    states = {key: mail.state for key, mail in houses.mails().items()}
    assert states == {"a": MailState.WAITING, "b": MailState.SENT, "c": MailState.SENT}
    assert houses.mails()["a"].problem == "Der Mailserver antwortet nicht rechtzeitig."


def test_a_mail_that_cannot_be_written_does_not_keep_the_others(houses: Houses, post: Post) -> None:
    houses.queue(*(f"good-{number}" for number in range(30)))
    with database.writing(houses.engine) as session:
        database.serve(session, houses.ids[0])
        poison = Letter(Occasion.NEW_SIGN_IN, houses.people[0]["gf"], "poison", {"at": "nie"}, urgent=True)
        queue(session, poison, at=NOON - timedelta(hours=1))

    at = NOON
    for _ in range(14):
        tick(houses, post, at)
        at += timedelta(minutes=61)

    assert len(post[0].taken) == 30
    mail = houses.mails()["poison"]
    assert (mail.state, mail.attempts) == (MailState.DEAD, 10)
    assert mail.problem.startswith("Die Mail lässt sich nicht schreiben: ")


def test_a_programme_whose_workflow_file_is_gone_does_not_keep_the_others(
    houses: Houses, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    houses.give_a_task()
    houses.give_a_task(house=1)
    there = {found: one for found, one in stages.known().items() if found[0] == PROGRAMME_OF["gE"]}

    with monkeypatch.context() as gone:
        gone.setattr(stages, "known", lambda: there)
        stages._rules.cache_clear()
        for minutes in range(2):
            tick(houses, post, NOON + timedelta(minutes=minutes))
        told = {mail.jobcenter_id for mail in houses.mails().values()}
    tick(houses, post, NOON + timedelta(days=1))

    assert told == {houses.ids[0]}
    assert [line.levelname for line in caplog.records if "Workflow-Datei" in line.message] == ["ERROR"]
    assert {mail.jobcenter_id for mail in houses.mails().values()} == set(houses.ids)


@pytest.mark.parametrize("email", ["neu@jobcenter.example", "nur-ein-name"])
def test_the_address_is_looked_up_when_the_mail_is_sent(houses: Houses, post: Post, email: str) -> None:
    houses.queue("a")
    with change_of_email(houses, email):
        tick(houses, post)

    if "@" in email:
        assert [mail.recipients for mail in post[0].taken] == [(email,)]
        assert (only(houses).state, only(houses).address) == (MailState.SENT, email)
    else:
        assert not post[0].read
        assert (only(houses).state, only(houses).address) == (MailState.LETTER, "")


def test_somebody_without_an_address_gets_a_letter_from_the_start(houses: Houses, post: Post) -> None:
    with change_of_email(houses, "nur-ein-name"):
        houses.queue("a")
        tick(houses, post)

    assert (only(houses).state, only(houses).attempts) == (MailState.LETTER, 0)


def test_an_address_that_is_none_is_refused_without_asking_the_server(houses: Houses, post: Post) -> None:
    houses.queue("a")
    with change_of_email(houses, "müller@x.example"):
        tick(houses, post)

    mail = houses.mails()["a"]
    assert (mail.state, post[0].connections) == (MailState.REFUSED, 1)
    assert "keine E-Mail-Adresse" in mail.problem


def test_an_address_of_the_office_that_is_none_keeps_no_mail_back(houses: Houses, post: Post) -> None:
    houses.queue("a")
    with change_of_email(houses, "büro@x.example", of="buero"):
        tick(houses, post)

    assert only(houses).state is MailState.SENT
    assert post[0].taken[0].message["Reply-To"] is None


def test_a_mail_whose_reason_is_gone_is_not_sent(houses: Houses, post: Post) -> None:
    with database.writing(houses.engine) as session:
        database.serve(session, houses.ids[0])
        house = session.get_one(Jobcenter, houses.ids[0])
        somebody = add_person(session, house, name="Ohne Rolle", email=f"{uuid4()}@x.example", deed=COMMAND_LINE)
        queue(session, Letter(Occasion.PUBLISHED, somebody.id, "a", {}), at=NOON)

    done = tick(houses, post)

    assert (only(houses).state, done.delivered.dropped, post[0].read) == (MailState.CANCELLED, 1, [])
    assert only(houses).problem == "Der Anlass hat sich erledigt."


def test_told_to_end_it_finishes_the_mail_in_hand_and_gives_the_others_back(houses: Houses, post: Post) -> None:
    houses.queue("a", "b", "c", "d")
    asked = count()

    done = tick(houses, post, should_stop=lambda: next(asked) > 3)

    assert done.delivered.sent + done.delivered.returned == 4
    assert 0 < done.delivered.sent < 4
    assert len(post[0].taken) == done.delivered.sent
    rest = [mail for mail in houses.mails().values() if mail.state is MailState.WAITING]
    assert [(mail.attempts, mail.lease_token) for mail in rest] == [(0, None)] * done.delivered.returned


def test_what_is_not_urgent_is_given_back_when_night_falls(
    houses: Houses, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses.queue("a", "b", "c")
    houses.queue("d", urgent=True)
    evening = NOON + timedelta(hours=7, minutes=59, seconds=58)
    take = Line.send
    monkeypatch.setattr(Line, "send", lambda *given: (sleep(1.2), take(*given))[1])

    done = tick(houses, post, evening)

    assert (done.delivered.sent, done.delivered.returned) == (2, 2)
    assert houses.mails()["d"].state is MailState.SENT
    rest = [mail for mail in houses.mails().values() if mail.state is MailState.WAITING]
    assert [(mail.attempts, mail.text) for mail in rest] == [(0, None)] * 2


def test_the_72_hours_of_a_mail_count_from_its_first_try(houses: Houses, post: Post) -> None:
    houses.queue("a", "b", urgent=True)
    tick(houses, (post[0], "smtp://127.0.0.1:1"))
    untried = next(mail for mail in houses.mails().values() if not mail.attempts)
    post[0].plan("*", "451 greylisted", "451 greylisted")

    tick(houses, post, NOON + timedelta(hours=73))

    mail = houses.mails()[untried.key]
    assert (mail.state, mail.attempts) == (MailState.WAITING, 1)


def test_several_at_once_send_each_mail_once(houses: Houses, post: Post) -> None:
    houses.queue(*(f"a{number}" for number in range(30)))
    houses.queue(*(f"b{number}" for number in range(30)), house=1)
    start = threading.Barrier(3)

    def work(_number: int) -> int:
        start.wait()
        return sum(tick(houses, post, batch=5).delivered.sent for _ in range(2))

    with ThreadPoolExecutor(3) as threads:
        sent = list(threads.map(work, range(3)))

    assert sum(sent) == len(post[0].taken) == 60
    assert set(post[0].count().values()) == {1}
    assert {mail.state for mail in houses.mails().values()} == {MailState.SENT}


def test_one_house_with_many_does_not_keep_the_other_waiting(houses: Houses, post: Post) -> None:
    houses.queue(*(f"a{number}" for number in range(80)))
    houses.queue("reset", house=1, urgent=True)
    houses.queue("b", house=1)

    tick(houses, post)

    order = [mail.message_id for mail in post[0].taken]
    ids = {key: mail.message_id for key, mail in houses.mails().items()}
    assert order.index(str(ids["reset"])) == 0
    assert order.index(str(ids["b"])) < 50


def test_others_see_that_a_worker_is_at_work(houses: Houses) -> None:
    with database.writing(houses.engine) as session:
        session.execute(text("DELETE FROM worker_tick"))
    with database.reading(houses.engine) as session:
        before = ticking.pulse(session, NOON)

    tick(houses, None, name="host:1")
    tick(houses, None, name="host:1")

    with database.reading(houses.engine) as session:
        after = ticking.pulse(session, NOON)
        names = session.execute(text("SELECT name FROM worker_tick")).scalars().all()
    assert (before.is_silent, before.last_tick, after.is_silent, names) == (True, None, False, ["host:1"])
    with houses.engine.begin() as connection:
        past = "2020-01-01 00:00:00.000000" + ("+00" if connection.dialect.name == "postgresql" else "")
        connection.execute(text("UPDATE worker_tick SET last_at = :past"), {"past": past})
    with database.reading(houses.engine) as session:
        assert ticking.pulse(session, NOON).is_silent
    with database.writing(houses.engine) as session:
        ticking.forget(session)
        assert session.execute(text("SELECT count(*) FROM worker_tick")).scalar_one() == 0


def test_how_late_the_mail_is_counts_from_when_it_was_planned(houses: Houses, post: Post) -> None:
    houses.queue("a", "b")
    post[0].plan("*", "450 later", "450 later")
    tick(houses, post)

    with database.reading(houses.engine) as session:
        late = ticking.pulse(session, NOON + timedelta(minutes=20))
        night = ticking.pulse(session, NOON + timedelta(hours=9))
        early = ticking.pulse(session, NOON - timedelta(hours=1))

    assert (late.late_by, late.waiting) == (timedelta(minutes=20), 2)
    assert (night.late_by, early.late_by) == (timedelta(0), timedelta(0))


@contextmanager
def change_of_email(houses: Houses, email: str, of: str = "gf") -> Iterator[None]:
    """Give the managing director, or the one of that name, another address as long as the block lasts."""
    before = _put(houses, email, of)
    yield
    _put(houses, before, of)


def _put(houses: Houses, email: str, of: str) -> str:
    with database.writing(houses.engine) as session:
        database.serve(session, houses.ids[0])
        somebody = session.get_one(Person, houses.people[0][of])
        before = somebody.email
        record(session, somebody, COMMAND_LINE, email=email)
    return before
