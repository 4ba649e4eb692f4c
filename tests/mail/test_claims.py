"""Who gets which mail, how long it is his, and what becomes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail import outcomes
from jcflow.mail.claims import BATCH, Lease, claim, recover
from jcflow.mail.outbox import Mail, MailState
from jcflow.mail.outcomes import BACK_OFF, MOST_UNWRITABLE, PATIENCE, Failure
from tests.mail.conftest import NOON, Houses

NIGHT = NOON + timedelta(hours=10)
LATER = Failure("Der Server ist nicht zu erreichen.")


def claimed(houses: Houses, at: datetime = NOON, limit: int = BATCH) -> Lease:
    with database.writing(houses.engine) as session:
        return claim(session, at, limit=limit)


def keys(houses: Houses, lease: Lease) -> set[str]:
    return {key for key, mail in houses.mails().items() if mail.id in lease.mails}


def fail(houses: Houses, lease: Lease, failure: Failure, at: datetime) -> Mail:
    with database.writing(houses.engine) as session:
        (mail_id,) = lease.mails
        mail = session.get_one(Mail, mail_id, execution_options=EVERY_JOBCENTER)
        assert outcomes.failed(session, mail, lease.token, failure, at)
    return next(iter(houses.mails().values()))


def test_what_is_due_is_claimed_once_with_a_lease(houses: Houses) -> None:
    houses.queue("a", "b")
    houses.queue("later", at=NOON + timedelta(minutes=5))

    lease, second = claimed(houses), claimed(houses)

    assert keys(houses, lease) == {"a", "b"}
    assert not second.mails
    mail = houses.mails()["a"]
    assert (mail.state, mail.attempts, mail.lease_token, mail.first_try_at) == (
        MailState.SENDING,
        1,
        lease.token,
        NOON,
    )
    assert houses.mails()["later"].state is MailState.WAITING


def test_a_lease_lasts_two_minutes_by_the_clock_of_the_database(houses: Houses) -> None:
    houses.queue("a")

    claimed(houses, NOON)

    now = "strftime('%s', 'now')" if houses.engine.dialect.name == "sqlite" else "extract(epoch FROM now())"
    until = (
        "strftime('%s', lease_until)" if houses.engine.dialect.name == "sqlite" else "extract(epoch FROM lease_until)"
    )
    with houses.engine.connect() as connection:
        left = connection.execute(text(f"SELECT {until} - {now} FROM mail WHERE state = 'sending'")).scalar_one()
    assert 115 < float(left) <= 121


def test_every_house_gets_its_turn_and_what_is_urgent_comes_first(houses: Houses) -> None:
    houses.queue(*(f"many-{number}" for number in range(30)))
    houses.queue("b", "c", house=1, at=NOON + timedelta(seconds=1))
    houses.queue("reset", house=1, at=NOON + timedelta(seconds=2), urgent=True)

    first, second = claimed(houses, NOON + timedelta(minutes=1), 5), claimed(houses, NOON + timedelta(minutes=1), 6)

    got = keys(houses, first)
    assert len(got) == 5
    assert {"reset", "b", "c"} <= got
    assert next(iter(first.mails)) == houses.mails()["reset"].id
    assert len(second.mails) == 6


def test_the_oldest_of_a_house_come_first(houses: Houses) -> None:
    for number in (3, 1, 2):
        houses.queue(f"m{number}", at=NOON + timedelta(seconds=number))

    assert keys(houses, claimed(houses, NOON + timedelta(minutes=1), 2)) == {"m1", "m2"}


def test_at_night_only_what_is_urgent_is_sent(houses: Houses) -> None:
    houses.queue("late", at=NOON)
    houses.queue("reset", at=NOON, urgent=True)

    assert keys(houses, claimed(houses, NIGHT)) == {"reset"}
    assert not claimed(houses, NIGHT).mails
    assert keys(houses, claimed(houses, NIGHT + timedelta(hours=10))) == {"late"}


def test_only_the_holder_of_the_lease_says_what_became_of_a_mail(houses: Houses) -> None:
    houses.queue("a")
    stale = claimed(houses)
    (mail_id,) = stale.mails
    houses.let_leases_pass()
    with database.writing(houses.engine) as session:
        assert recover(session, NOON) == 1
    fresh = claimed(houses)

    with database.writing(houses.engine) as session:
        late = outcomes.sent(session, mail_id, stale.token, NOON)
        held = outcomes.sent(session, mail_id, fresh.token, NOON + timedelta(seconds=1))
        again = outcomes.sent(session, mail_id, fresh.token, NOON)

    assert (late, held, again) == (False, True, False)
    mail = houses.mails()["a"]
    assert (mail.state, mail.sent_at, mail.attempts) == (MailState.SENT, NOON + timedelta(seconds=1), 2)


def test_a_late_word_does_not_undo_what_another_has_said(houses: Houses) -> None:
    houses.queue("a")
    stale = claimed(houses)
    (mail_id,) = stale.mails
    houses.let_leases_pass()
    with database.writing(houses.engine) as session:
        recover(session, NOON)
    fresh = claimed(houses)
    with database.writing(houses.engine) as session:
        outcomes.sent(session, mail_id, fresh.token, NOON)

    with database.writing(houses.engine) as session:
        mail = session.get_one(Mail, mail_id, execution_options=EVERY_JOBCENTER)
        assert outcomes.failed(session, mail, stale.token, LATER, NOON) is None
        assert not outcomes.cancelled(session, mail_id, uuid4())
        assert not outcomes.unwritable(session, mail, stale.token, "kaputt", NOON)
        assert recover(session, NOON) == 0

    assert houses.mails()["a"].state is MailState.SENT


def test_a_running_lease_is_left_alone(houses: Houses) -> None:
    houses.queue("a")
    claimed(houses)

    with database.writing(houses.engine) as session:
        assert recover(session, NOON + timedelta(days=1)) == 0


def test_a_failed_mail_waits_longer_each_time_and_is_given_up_after_72_hours(houses: Houses) -> None:
    houses.queue("a", urgent=True)
    at, waited = NOON, []
    while (mail := fail(houses, claimed(houses, at), LATER, at)).state is MailState.WAITING:
        waited.append(mail.next_try_at - at)
        assert not claimed(houses, mail.next_try_at - timedelta(seconds=1)).mails
        at = mail.next_try_at

    assert tuple(waited[:7]) == BACK_OFF
    assert set(waited[7:]) == {timedelta(hours=1)}
    assert PATIENCE <= at - NOON < PATIENCE + timedelta(hours=1)
    assert (mail.state, mail.lease_token) == (MailState.REFUSED, None)
    assert mail.problem == f"{LATER.problem} Nach 72 Stunden wird es nicht mehr versucht."


def test_a_mail_that_is_not_urgent_is_tried_again_by_day(houses: Houses) -> None:
    houses.queue("a")
    evening = NOON + timedelta(hours=7, minutes=59, seconds=30)

    mail = fail(houses, claimed(houses, evening), LATER, evening)

    assert mail.next_try_at == NOON + timedelta(hours=19)


def test_a_final_no_is_not_tried_again(houses: Houses) -> None:
    houses.queue("a")

    mail = fail(houses, claimed(houses), Failure("Diese Adresse gibt es nicht.", final=True), NOON)

    assert (mail.state, mail.problem) == (MailState.REFUSED, "Diese Adresse gibt es nicht.")
    assert not claimed(houses, NOON + timedelta(days=1)).mails


@pytest.mark.parametrize(("unknown", "kept"), [(True, "Text"), (False, None)])
def test_the_text_is_kept_for_another_copy_only_if_the_first_may_have_arrived(
    houses: Houses, unknown: bool, kept: str | None
) -> None:
    houses.queue("a")
    lease = claimed(houses)
    (mail_id,) = lease.mails
    with database.writing(houses.engine) as session:
        mail = session.get_one(Mail, mail_id, execution_options=EVERY_JOBCENTER)
        mail.subject, mail.text, mail.html = "Betreff", "Text", "<p>"
        assert outcomes.written(session, [mail], lease.token)

    mail = fail(houses, lease, Failure("Die Verbindung ist abgebrochen.", unknown=unknown), NOON)

    assert mail.text == kept


def test_a_mail_that_cannot_be_written_is_set_aside_after_ten_times(houses: Houses) -> None:
    houses.queue("poison", urgent=True)
    at = NOON
    for number in range(1, MOST_UNWRITABLE + 1):
        lease = claimed(houses, at)
        with database.writing(houses.engine) as session:
            (mail_id,) = lease.mails
            mail = session.get_one(Mail, mail_id, execution_options=EVERY_JOBCENTER)
            assert mail.attempts == number
            assert outcomes.unwritable(session, mail, lease.token, "Die Vorlage passt nicht.", at)
        at += timedelta(hours=1)

    assert houses.mails()["poison"].state is MailState.DEAD
    assert not claimed(houses, at + timedelta(days=9)).mails


def test_a_mail_given_back_is_due_as_before(houses: Houses) -> None:
    houses.queue("a")
    lease = claimed(houses)
    (mail_id,) = lease.mails

    with database.writing(houses.engine) as session:
        assert outcomes.released(session, mail_id, lease.token)

    mail = houses.mails()["a"]
    assert (mail.state, mail.attempts, mail.next_try_at) == (MailState.WAITING, 0, NOON)


def test_five_at_once_get_each_mail_once(houses: Houses) -> None:
    houses.queue(*(f"a{number}" for number in range(200)))
    houses.queue(*(f"b{number}" for number in range(100)), house=1)

    def drain(_number: int) -> list[UUID]:
        got: list[UUID] = []
        with Session(houses.engine) as session:
            for _ in range(200):
                lease = claim(session, NOON, limit=10)
                session.commit()
                got += lease.mails
                if len(got) >= 300:
                    break
        return got

    with ThreadPoolExecutor(5) as threads:
        drained = [mail_id for got in threads.map(drain, range(5)) for mail_id in got]

    assert len(drained) == len(set(drained)) == 300
