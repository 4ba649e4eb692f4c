"""How long what is kept: what is due is counted, removed in portions through one event each, and nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.devices import KnownDevice
from jcflow.accounts.form_tokens import FormToken
from jcflow.accounts.links import AccountLink, Purpose
from jcflow.accounts.people import Person, end_membership, memberships
from jcflow.audit.erasing import Erasure
from jcflow.audit.trail import Deed
from jcflow.audit.verify import verify
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.process import retention
from jcflow.process.acts import hold_house
from jcflow.process.retention import PEOPLE, RULES, WITH_PART, Rule, due, remove_portion
from jcflow.programmes.files import FileContent, Upload, store
from tests.amendments import Case, amendable
from tests.factories import AT, PDF, House, HouseAt, found_house, person, visit

BY_KEY = {rule.key: rule for rule in RULES}


def counted(house: House, at: datetime) -> dict[str, int]:
    """What is due on a day, by rule; what only the archive may take left out."""
    return {one.rule.key: one.count for one in due(house.session, at.date()) if one.count and one.rule.is_removed}


def remove(house: House, rule: Rule, at: datetime) -> int:
    """One portion."""
    hold_house(house.session, house.jobcenter.id)
    return remove_portion(house.session, house.jobcenter, rule, Deed(None, "command_line", at, "Frist abgelaufen"))


def years(number: int) -> datetime:
    """So many years and a day after the house was made."""
    return AT.replace(year=AT.year + number) + timedelta(days=1)


def send(house: House, number: int, **values: object) -> Mail:
    """A mail that was sent to the managing director."""
    known = {
        "state": MailState.SENT,
        "address": "gf@example.test",
        "name": "GF",
        "subject": "Frist",
        "text": "Guten Tag",
    }
    mail = Mail(
        jobcenter_id=house.jobcenter.id,
        key=f"test/{number}",
        person_id=house.people["gf"],
        occasion=Occasion.WEEKLY,
        facts={"label": "Geheimnis"},
        created_at=AT,
        not_before=AT,
        next_try_at=AT,
        **{**known, **values},
    )
    house.session.add(mail)
    house.session.flush()
    return mail


def test_every_rule_says_how_long_since_when_and_by_which_source() -> None:
    assert len(BY_KEY) == len(RULES)
    assert all(rule.label and rule.since and rule.source for rule in RULES)
    assert {rule.key for rule in RULES if not rule.is_removed} == {"programmes", "trail", "drafts"}


@pytest.mark.parametrize(
    ("period", "today", "before"),
    [
        (2, date(2026, 11, 22), date(2024, 11, 22)),
        (1, date(2028, 2, 29), date(2027, 3, 1)),
        (timedelta(days=7), date(2026, 3, 3), date(2026, 2, 24)),
    ],
)
def test_a_period_is_counted_back_from_today(period: int | timedelta, today: date, before: date) -> None:
    rule = Rule("x", "X", period, "Tag", "Gesetz", BY_KEY["mails"].old)

    assert rule.before(today) == before


def test_of_a_fresh_house_nothing_is_due(house: House) -> None:
    assert [one.count for one in due(house.session, AT.date())] == [0] * len(RULES)


def test_what_proves_a_resolution_is_counted_and_stays(house: House) -> None:
    later = AT.replace(year=2038)

    found = {one.rule.key: one for one in due(house.session, later.date())}

    assert (found["programmes"].count, found["programmes"].oldest) == (1, house.programme.period_to)
    assert 0 < found["trail"].count <= 200
    assert [remove(house, BY_KEY[key], later) for key in ("programmes", "trail", "drafts")] == [0, 0, 0]


def test_old_mails_lose_their_words_and_one_event_counts_them(house: House) -> None:
    mail, waiting = send(house, 1), send(house, 2, state=MailState.WAITING)
    assert counted(house, years(1)) == {}
    assert counted(house, years(2)) == {"mails": 1}

    removed = [remove(house, BY_KEY["mails"], years(2)) for _ in range(2)]

    assert removed == [1, 0]
    assert (mail.address, mail.name, mail.subject, mail.text, mail.facts) == ("", "", None, None, {})
    assert (mail.state, waiting.text) == (MailState.SENT, "Guten Tag")
    erased = house.session.scalars(select(Erasure).where(Erasure.kind == "mails")).one()
    assert (erased.count, erased.before, erased.emptied) == (1, years(2).date().replace(year=AT.year), [])
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_much_goes_in_portions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 2)
    for number in range(5):
        send(house, number)

    removed = [remove(house, BY_KEY["mails"], years(2)) for _ in range(4)]

    assert removed == [2, 2, 1, 0]


def test_an_account_without_a_role_is_forgotten_after_three_years(house: House) -> None:
    end_membership(house.session, house.member("beirat5"), house.today, house.deed("admin"))
    assert counted(house, years(2)) == {}
    assert counted(house, years(3)) == {"people": 1}

    removed = [remove(house, PEOPLE, years(3)) for _ in range(2)]

    assert removed == [1, 0]
    assert person(house, "beirat5").name == "Gelöschte Person (Beirat)"
    assert verify(house.session, house.jobcenter.id).findings == ()


def leave(house: House, *accounts: str) -> None:
    """Let the roles of some people end."""
    for account in accounts:
        for member in memberships(house.session, house.people[account]):
            end_membership(house.session, member, house.today, house.deed("admin"))


def after_period(house: House, number: int) -> datetime:
    """So many years and a day after the end of the programme's period."""
    end = house.programme.period_to
    return datetime(end.year + number, end.month, end.day, 12, tzinfo=UTC) + timedelta(days=1)


def test_whoever_had_a_part_in_a_resolution_keeps_the_name_as_long_as_the_programme_is_kept(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    somebody = person(house, "beirat5")
    leave(house, "beirat5")
    early, at = house.at.replace(year=house.at.year + 10) + timedelta(days=2), after_period(house, 10)
    assert counted(house, early).keys().isdisjoint({"people", "people_with_part"})
    assert counted(house, at)["people_with_part"] == 1

    assert remove(house, WITH_PART, at) == 1
    assert somebody.name == "Gelöschte Person (Beirat)"


def test_whoever_signed_off_or_amended_what_was_resolved_keeps_the_name(session: Session) -> None:
    house = found_house(session, amendable(name="Jobcenter Neu"))
    house.advance("in_force")
    case = Case(house)
    case.bring("blocked")
    case.declare()
    case.book(case.one.amount)
    accounts = ("haushalt", "bca", "redaktion", "tv1", "buero")
    leave(house, *accounts)

    found = [counted(house, after_period(house, number)) for number in (4, 9, 10)]

    assert [each.get("people", 0) for each in found] == [0, 0, 0]
    assert [each.get("people_with_part", 0) for each in found] == [0, 0, len(accounts)]


def test_whoever_still_has_a_part_in_something_is_left(house_at: HouseAt) -> None:
    house = house_at("resolution")
    leave(house, "tv3")
    at = after_period(house, 10)

    assert counted(house, at)["people_with_part"] == 1
    assert remove(house, WITH_PART, at) == 0


def test_opinions_on_a_draft_that_was_withdrawn_go_after_two_years(house_at: HouseAt) -> None:
    house = house_at("disposition")
    session = house.session
    given = session.scalars(select(Opinion).where(Opinion.person_id == house.people["beirat1"])).one()
    upload = Upload("Brief.pdf", PDF)
    paper = store(
        session, house.programme, upload, subject_type="opinion", subject_id=given.id, deed=house.deed(), kind="scan"
    )
    house.step("withdraw", "gf", "Wird neu begonnen")
    at = house.at.replace(year=house.at.year + 2) + timedelta(days=2)
    mine = select(OpinionPoint.text).where(OpinionPoint.programme_id == house.programme.id)
    assert counted(house, at)["opinions_on_drafts"] > 0

    remove(house, BY_KEY["opinions_on_drafts"], at)

    assert set(house.session.scalars(mine)) == {""}
    assert (paper.name, paper.sha256, given.organisation) == ("", "", "")
    assert session.scalar(select(func.count()).select_from(FileContent)) == 0
    assert "opinions_on_drafts" not in counted(house, at)
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_traces_of_signing_in_go_within_days_or_a_year(house: House) -> None:
    own = {"jobcenter_id": house.jobcenter.id, "person_id": house.people["gf"]}
    session = house.session
    session.add(KnownDevice(**own, token_hash="a", first_at=AT))
    session.add(AccountLink(**own, token_hash="b", purpose=Purpose.RESET, until=AT))
    session.add(FormToken(**own, token="c", body_sha256="d", at=AT))
    session.flush()
    assert counted(house, AT + timedelta(days=8)) == {"forms": 1}
    assert counted(house, AT + timedelta(days=31)) == {"forms": 1, "links": 1}
    assert counted(house, years(1)) == {"forms": 1, "links": 1, "devices": 1}

    for key in counted(house, years(1)):
        remove(house, BY_KEY[key], years(1))

    assert counted(house, years(1)) == {}
    for kind in (KnownDevice, AccountLink, FormToken):
        assert session.scalar(select(func.count()).select_from(kind)) == 0


def test_another_jobcenter_is_not_touched(house: House) -> None:
    mail = send(house, 1)
    other = visit(house.session, "zkT")

    found, removed = counted(other, years(2)), remove(other, BY_KEY["mails"], years(2))

    assert (found, removed) == ({}, 0)
    database.serve(house.session, house.jobcenter.id)
    assert mail.text == "Guten Tag"
    assert house.session.scalar(select(func.count()).select_from(Person)) > 0
