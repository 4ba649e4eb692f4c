"""Two workers that plan and send at the same moment: nobody gets a second reminder on one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.clock import BERLIN
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.reminders import rounds
from jcflow.reminders.planning import plan
from tests.databases import discard
from tests.factories import found_house, small_document
from tests.post import Post

pytestmark = pytest.mark.postgres


def at_seven(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 7, tzinfo=BERLIN)


@pytest.fixture(scope="module")
def engine(new_database: Callable[[str], str]) -> Iterator[Engine]:
    """A board that has been asked and told; no mail server has taken its first reminder."""
    engine = database.engine_for(new_database("postgresql"))
    with database.writing(engine) as session:
        house = found_house(session, small_document())
        house.advance("consultation")
        Post(session, house.jobcenter.id).tick(house.tick())
    with database.writing(engine) as session:
        while plan(session, at_seven(3, 24)):
            pass
    yield engine
    engine.dispose()
    discard(engine.url.render_as_string(hide_password=False))


def test_what_one_adds_to_a_reminder_goes_along_though_another_sends_meanwhile(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, look, others = at_seven(3, 27), rounds.crowd_of, list[int]()

    def look_while_another_sends(*given: object) -> object:
        if not others:
            others.append(tick(engine, at))
        return look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "crowd_of", look_while_another_sends)
    tick(engine, at)

    with Session(engine) as session:
        mine = select(Mail).where(Mail.occasion == Occasion.REMINDER, Mail.state == MailState.SENT)
        sent = session.scalars(mine, execution_options=EVERY_JOBCENTER).all()
    assert len(others) == 1
    assert set(Counter((mail.person_id, (mail.sent_at or at).date()) for mail in sent).values()) == {1}
    assert len(sent) >= 5


def test_one_that_plans_the_week_for_long_does_not_stop_the_others(engine: Engine) -> None:
    monday = at_seven(3, 30)
    with Session(engine) as long:
        assert plan(long, monday)
        with database.writing(engine) as session:
            assert plan(session, monday) == 0


def tick(engine: Engine, at: datetime) -> int:
    with database.writing(engine) as session:
        house_id = session.scalars(select(Jobcenter.id)).one()
        return len(Post(session, house_id).tick(at))
