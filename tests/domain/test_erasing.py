"""Forgetting a person: name and wording leave, the trail goes on to prove the rest, and only this door is open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, String, cast, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jcflow.accounts.leaving import NOBODY
from jcflow.accounts.people import Person, add_person, end_membership, memberships
from jcflow.accounts.sign_in import Credential
from jcflow.audit.chain import AuditEvent, AuditRevision
from jcflow.audit.erasing import PERSON, Erasure, erasure_of
from jcflow.audit.reading import entries, select_events
from jcflow.audit.trail import record
from jcflow.audit.verify import verify, verify_chains
from jcflow.clock import written
from jcflow.database import Base
from jcflow.errors import BadInput, NotFound
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.process.erasing import Gone, NotYetErasable, forget, leaving, obstacles
from jcflow.programmes.files import FileContent, Upload, content_of, store
from tests.factories import PDF, House, HouseAt, person

NAME, EMAIL = "Zyprian Kanarienvogel", "kanarienvogel@paderborn.example"
REASON = "Antrag vom 3. März 2026, Aktenzeichen 17/26"


def newcomer(house: House) -> Person:
    """Somebody with an account, a password and a mail, but without a role."""
    somebody = add_person(house.session, house.jobcenter, name=NAME, email=EMAIL, deed=house.deed("admin"))
    house.session.add(Credential(jobcenter_id=somebody.jobcenter_id, person_id=somebody.id, password_hash="geheim"))
    house.session.flush()
    return somebody


def places_of(session: Session, *words: str) -> list[str]:
    """Table and column of every place in the database where one of the words stands."""
    found = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if str(column.type) in {"BLOB", "INTEGER", "BIGINT", "BOOLEAN", "DATE", "DATETIME"}:
                continue
            for word in words:
                question = select(column).where(cast(column, String).contains(word, autoescape=True)).limit(1)
                if session.connection().execute(question).first() is not None:
                    found.append(f"{table.name}.{column.name}")
    return found


def sent(house: House, account: str, words: str) -> Mail:
    """A mail that went to the person of an account."""
    to, at = person(house, account), house.at
    mail = Mail(
        jobcenter_id=house.jobcenter.id,
        key=f"test/{account}",
        person_id=to.id,
        address=to.email,
        name=to.name,
        occasion=Occasion.OPINION_NEW,
        facts={"words": words},
        created_at=at,
        not_before=at,
        next_try_at=at,
        state=MailState.SENT,
        subject="Stellungnahme",
        text=words,
    )
    house.session.add(mail)
    house.session.flush()
    return mail


@pytest.fixture
def gone(house: House) -> tuple[House, Person, Erasure]:
    """A person who was forgotten."""
    somebody = newcomer(house)
    return house, somebody, forget(house.session, somebody, house.deed("admin", REASON))


def test_the_name_and_the_address_are_nowhere_any_more(house: House) -> None:
    somebody = newcomer(house)
    before = places_of(house.session, "Kanarienvogel", "kanarienvogel")

    forget(house.session, somebody, house.deed("admin", REASON))

    assert {"person.name", "person.email", "audit_revision.texts"} <= set(before)
    assert places_of(house.session, "Kanarienvogel", "kanarienvogel") == []


def test_the_trail_verifies_plain_and_deep(gone: tuple[House, Person, Erasure]) -> None:
    house, somebody, _ = gone

    assert verify_chains(house.session, house.jobcenter.id).findings == ()
    assert verify(house.session, house.jobcenter.id).findings == ()
    assert somebody.name == NOBODY


def test_commitments_stay_and_salts_are_gone(gone: tuple[House, Person, Erasure]) -> None:
    house, somebody, erasure = gone
    mine = (AuditEvent.jobcenter_id == house.jobcenter.id) & (AuditEvent.object_id == somebody.id)
    first = house.session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.seq)).first()

    assert first is not None
    assert first.seq in erasure.emptied
    assert '"commitments":{"email":"' in first.body
    wording = house.session.get_one(AuditRevision, (house.jobcenter.id, first.seq), populate_existing=True)
    assert (wording.salt, wording.texts) == (b"", "{}")


def test_one_event_says_who_why_and_what_was_emptied(gone: tuple[House, Person, Erasure]) -> None:
    house, somebody, erasure = gone

    entry = entries(house.session, select_events(house.jobcenter.id).limit(1))[0]

    assert (entry.object_type, entry.object_id, entry.role) == ("erasure", erasure.id, "admin")
    assert entry.reason == REASON
    assert entry.changes["emptied"] == (None, erasure.emptied)
    assert entry.changes["person_id"] == (None, str(somebody.id))


def test_a_person_with_a_past_is_shown_by_the_role(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    somebody = person(house, "beirat5")
    end_membership(house.session, house.member("beirat5"), house.today, house.deed("admin"))

    forget(house.session, somebody, house.deed("admin", REASON))

    assert somebody.name == "Gelöschte Person (Beirat)"
    assert house.session.scalars(select(Opinion).where(Opinion.person_id == somebody.id)).all()
    assert verify(house.session, house.jobcenter.id).findings == ()


def test_mails_to_the_person_are_empty_and_those_to_others_do_not_name_the_person(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    somebody = person(house, "beirat5")
    end_membership(house.session, house.member("beirat5"), house.today, house.deed("admin"))
    to_others = sent(house, "gf", f"{somebody.name} hat Stellung genommen.")
    own = sent(house, "beirat5", f"Guten Tag {somebody.name}")
    words, count = (somebody.name, somebody.email), leaving(house.session, somebody).mails

    forget(house.session, somebody, house.deed("admin", REASON))

    assert (count, leaving(house.session, somebody).mails) == (1, 0)
    assert (own.address, own.name, own.subject, own.text, own.facts) == ("", "", None, None, {})
    assert places_of(house.session, *words) == []
    assert to_others.text == "Gelöschte Person (Beirat) hat Stellung genommen."


def test_what_was_written_on_a_withdrawn_programme_leaves_and_on_a_resolved_one_stays(house_at: HouseAt) -> None:
    house = house_at("disposition")
    somebody, session = person(house, "beirat1"), house.session
    points = select(OpinionPoint).join(Opinion, Opinion.id == OpinionPoint.opinion_id)
    mine = points.where(Opinion.person_id == somebody.id)
    texts = [point.text for point in session.scalars(mine)]
    end_membership(session, house.member("beirat1"), house.today, house.deed("admin"))
    assert leaving(session, somebody).points == 0
    house.step("withdraw", "gf", "Wird neu begonnen")

    leaves = leaving(session, somebody).points
    forget(session, somebody, house.deed("admin", REASON))

    assert leaves == len(texts) > 0
    assert {point.text for point in session.scalars(mine)} == {""}
    assert verify(session, house.jobcenter.id).findings == ()


def test_the_paper_and_the_organisation_leave_with_what_was_said_on_a_withdrawn_programme(house_at: HouseAt) -> None:
    house = house_at("disposition")
    session, somebody = house.session, person(house, "beirat1")
    given = session.scalars(select(Opinion).where(Opinion.person_id == somebody.id)).one()
    upload = Upload("Brief Kanarienvogel.pdf", PDF + b"Kanarienvogel")
    paper = store(
        session, house.programme, upload, subject_type="opinion", subject_id=given.id, deed=house.deed(), kind="scan"
    )
    end_membership(session, house.member("beirat1"), house.today, house.deed("admin"))
    house.step("withdraw", "gf", "Wird neu begonnen")
    key, before = (house.jobcenter.id, paper.sha256), leaving(session, somebody).files

    forget(session, somebody, house.deed("admin", REASON))

    assert (before, leaving(session, somebody).files) == (1, 0)
    assert (paper.title, paper.name, paper.sha256, paper.removed, given.organisation) == ("", "", "", True, "")
    assert session.get(FileContent, key, populate_existing=True) is None
    assert places_of(session, "Kanarienvogel") == []
    with pytest.raises(NotFound):
        content_of(session, paper)
    assert verify(session, house.jobcenter.id).findings == ()


def test_a_content_that_another_file_has_too_stays(house_at: HouseAt) -> None:
    house = house_at("disposition")
    session, programme = house.session, house.programme
    given = session.scalars(select(Opinion).where(Opinion.person_id == house.people["beirat1"])).one()
    papers = [
        store(session, programme, Upload("Brief.pdf", PDF), subject_type=kind, subject_id=subject, deed=house.deed())
        for kind, subject in (("opinion", given.id), ("programme", programme.id))
    ]
    end_membership(session, house.member("beirat1"), house.today, house.deed("admin"))
    house.step("withdraw", "gf", "Wird neu begonnen")

    forget(session, person(house, "beirat1"), house.deed("admin", REASON))

    assert papers[0].sha256 == ""
    assert content_of(session, papers[1]) == PDF
    assert verify(session, house.jobcenter.id).findings == ()


def test_a_content_cannot_be_deleted_past_the_door(house: House) -> None:
    paper = store(
        house.session,
        house.programme,
        Upload("Brief.pdf", PDF),
        subject_type="programme",
        subject_id=house.programme.id,
        deed=house.deed(),
    )
    naming(house, [paper.audit_seq])

    with pytest.raises(DBAPIError, match="append-only"):
        house.session.execute(delete(FileContent).where(FileContent.sha256 == paper.sha256))


def test_every_session_ends_and_nobody_gets_in(gone: tuple[House, Person, Erasure]) -> None:
    house, somebody, _ = gone

    row = house.session.scalars(select(Credential).where(Credential.person_id == somebody.id)).one()

    assert (row.password_hash, row.invitation_hash, row.epoch) == (None, None, 2)
    assert "@" not in somebody.email


def test_nobody_is_forgotten_twice(gone: tuple[House, Person, Erasure]) -> None:
    house, somebody, erasure = gone

    with pytest.raises(Gone):
        forget(house.session, somebody, house.deed("admin", REASON))

    assert erasure_of(house.session, somebody.id) == erasure


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, f"{NAME} will das", "Antrag des Herrn KANARIENVOGEL"])
def test_the_reason_is_needed_and_names_nobody(house: House, reason: str) -> None:
    somebody = newcomer(house)

    with pytest.raises(BadInput) as refused:
        forget(house.session, somebody, house.deed("admin", reason))

    assert list(refused.value.problems) == ["reason"]
    assert somebody.name == NAME


def test_whoever_holds_a_role_or_acts_is_not_forgotten(house: House) -> None:
    with pytest.raises(NotYetErasable, match="noch eine Rolle"):
        forget(house.session, person(house, "gf"), house.deed("admin", REASON))

    own = obstacles(house.session, person(house, "admin"), house.today, actor_id=house.people["admin"])
    assert own[0].startswith("Sich selbst")
    assert "Beenden Sie erst alle Rollen" in own[1]


def test_an_elector_of_an_open_ballot_is_not_forgotten(house_at: HouseAt) -> None:
    house = house_at("resolution")
    end_membership(house.session, house.member("tv3"), house.today, house.deed("admin"))

    found = obstacles(house.session, person(house, "tv3"), house.today, actor_id=None)

    assert any("laufenden Abstimmung" in sentence for sentence in found)


@pytest.mark.parametrize("account", ["tv2", "haushalt", "bca", "buero"])
def test_whoever_the_record_names_is_not_forgotten_before_the_period_of_the_programme_ends(
    house_at: HouseAt, account: str
) -> None:
    house = house_at("awaiting_record")
    somebody, last = person(house, account), house.programme.period_to
    for member in memberships(house.session, somebody.id):
        end_membership(house.session, member, house.today, house.deed("admin"))
    until = last.replace(year=last.year + 10)

    with pytest.raises(NotYetErasable, match=f"bis {written(until)} aufbewahrt"):
        forget(house.session, somebody, house.deed("admin", REASON))

    afterwards = obstacles(house.session, somebody, until + timedelta(days=1), actor_id=None)
    assert not any("aufbewahrt" in sentence for sentence in afterwards)


def test_an_open_task_is_in_the_way(house_at: HouseAt) -> None:
    house = house_at("consultation")

    found = obstacles(house.session, person(house, "beirat1"), house.today, actor_id=None)

    assert "Die Person hat noch eine offene Aufgabe." in found


# ---- the door


def numbers(house: House, somebody: Person) -> list[int]:
    mine = (AuditEvent.jobcenter_id == house.jobcenter.id) & (AuditEvent.object_id == somebody.id)
    return sorted(house.session.scalars(select(AuditEvent.seq).where(mine)))


def emptying(connection: Connection, house: House, number: int, **values: object) -> None:
    table = AuditRevision.__table__
    mine = (table.c.jobcenter_id == house.jobcenter.id) & (table.c.seq == number)
    with connection.begin_nested():
        connection.execute(update(table).where(mine).values({"salt": b"", "texts": "{}", **values}))


def naming(house: House, emptied: list[int], kind: str = PERSON) -> None:
    """Say in the trail that something was erased, without doing it."""
    erasure = Erasure(jobcenter_id=house.jobcenter.id, kind=kind, count=0, emptied=emptied, at=house.at)
    record(house.session, erasure, house.deed("admin", REASON))


def test_wording_without_an_erasure_cannot_be_emptied(house: House) -> None:
    somebody = newcomer(house)

    with pytest.raises(DBAPIError, match="append-only"):
        emptying(house.session.connection(), house, numbers(house, somebody)[0])


def test_only_while_the_erasure_is_the_last_event(house: House) -> None:
    somebody = newcomer(house)
    seq = numbers(house, somebody)[0]
    naming(house, [seq])
    record(house.session, somebody, house.deed("admin"), name="Anders")

    with pytest.raises(DBAPIError, match="append-only"):
        emptying(house.session.connection(), house, seq)


@pytest.mark.parametrize("values", [{"texts": '{"name":["","anders"]}'}, {"salt": b"x"}, {"seq": 1}], ids=str)
def test_nothing_but_emptying_goes_through(house: House, values: dict[str, object]) -> None:
    somebody = newcomer(house)
    seq = numbers(house, somebody)[0]
    naming(house, [seq])

    with pytest.raises(DBAPIError, match="append-only"):
        emptying(house.session.connection(), house, seq, **values)


def test_wording_that_must_be_kept_cannot_be_emptied_even_when_named(house_at: HouseAt) -> None:
    house = house_at("awaiting_record")
    kept = select(AuditEvent.seq).where(AuditEvent.jobcenter_id == house.jobcenter.id)
    seq = house.session.scalars(kept.where(AuditEvent.object_type == "vote").limit(1)).one()
    naming(house, [seq])

    with pytest.raises(DBAPIError, match="append-only"):
        emptying(house.session.connection(), house, seq)


def test_an_event_not_named_cannot_be_emptied(house: House) -> None:
    somebody = newcomer(house)
    seq = numbers(house, somebody)[0]
    naming(house, [seq + 1000])

    with pytest.raises(DBAPIError, match="append-only"):
        emptying(house.session.connection(), house, seq)


def test_verification_finds_wording_that_is_named_and_still_there(house: House) -> None:
    somebody = newcomer(house)
    naming(house, numbers(house, somebody)[:1])

    findings = verify(house.session, house.jobcenter.id).findings

    assert "obwohl eine Löschung ihn nennt" in findings[0].reason


def test_verification_finds_wording_that_was_emptied_past_the_door(house: House) -> None:
    somebody, connection = newcomer(house), house.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("DROP TRIGGER audit_revision_update"))
    emptying(connection, house, numbers(house, somebody)[0])

    findings = verify(house.session, house.jobcenter.id).findings

    assert "keine Löschung nennt ihn" in findings[0].reason
