"""What is written into the outbox, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.mail.outbox import Letter, MailState, Occasion, by_day, queue
from tests.mail.conftest import NOON, Houses


def test_a_mail_is_written_with_the_name_and_address_of_its_person(houses: Houses) -> None:
    houses.queue("a")

    mail = houses.mails()["a"]
    assert (mail.state, mail.attempts, mail.problem, mail.person_id) == (
        MailState.WAITING,
        0,
        "",
        houses.people[0]["gf"],
    )
    assert mail.address.startswith("gf@")
    assert mail.facts == {"at": NOON.isoformat(), "device": "Telefon"}
    assert mail.not_before == mail.next_try_at == mail.created_at == NOON


def test_the_same_thing_is_never_queued_twice_in_a_house(houses: Houses) -> None:
    houses.queue("a", "b", "a")
    houses.queue("b", "c")
    houses.queue("a", house=1)

    with houses.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mail").scalar_one() == 4 + len(houses.old)


def test_many_mails_are_one_statement(houses: Houses) -> None:
    statements: list[str] = []
    event.listen(houses.engine, "before_cursor_execute", lambda c, cur, statement, *rest: statements.append(statement))

    houses.queue("a", "b", "c")

    assert len([statement for statement in statements if "INSERT INTO mail" in statement]) == 1


def test_a_mail_is_undone_with_what_caused_it(houses: Houses) -> None:
    with Session(houses.engine) as session:
        database.serve(session, houses.ids[0])
        queue(session, Letter(Occasion.RESULT, houses.people[0]["gf"], "a", {}), at=NOON)
        session.rollback()

    assert houses.mails() == {}


def test_a_mail_to_an_address_that_is_nobodys_goes_there(houses: Houses) -> None:
    with database.writing(houses.engine) as session:
        database.serve(session, houses.ids[0])
        letter = Letter(Occasion.ADDRESS_CHANGE, None, "a", {}, address="neu@jobcenter.example", name="Anna Neu")
        queue(session, letter, at=NOON)

    mail = houses.mails()["a"]
    assert (mail.address, mail.name, mail.state) == ("neu@jobcenter.example", "Anna Neu", MailState.WAITING)


def test_what_is_not_urgent_waits_for_the_morning(houses: Houses) -> None:
    night = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)

    houses.queue("calm", at=night)
    houses.queue("urgent", at=night, urgent=True)

    mails = houses.mails()
    assert mails["calm"].not_before == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert mails["urgent"].not_before == night


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 10, 24, 19, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        (datetime(2027, 3, 27, 19, 0, tzinfo=UTC), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2027, 1, 1, 6, 0, tzinfo=UTC)),
        (datetime(2028, 2, 28, 23, 30, tzinfo=UTC), datetime(2028, 2, 29, 6, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 5, 0, tzinfo=UTC), datetime(2026, 7, 1, 5, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 17, 59, tzinfo=UTC), datetime(2026, 7, 1, 17, 59, tzinfo=UTC)),
        (datetime(2026, 7, 1, 18, 0, tzinfo=UTC), datetime(2026, 7, 2, 5, 0, tzinfo=UTC)),
    ],
)
def test_the_night_ends_at_seven_local_time(at: datetime, expected: datetime) -> None:
    assert by_day(at) == expected
