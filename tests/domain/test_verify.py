"""Verification finds whatever was changed past the trail, and names the first bad place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Connection, Engine, Uuid, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.audit import triggers
from jcflow.audit.canonical import canonical
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.audit.verify import Finding, verify, verify_chains
from jcflow.database import Base
from jcflow.programmes.budgets import BudgetLine
from tests.factories import House, found_house, small_document

EVENT, REVISION, HEAD = AuditEvent.__table__, AuditRevision.__table__, AuditHead.__table__


@pytest.fixture
def session(full: Engine) -> Iterator[Session]:
    """A session on the database with two walked programmes; nothing it does is kept."""
    with Session(full) as one:
        yield one


@pytest.fixture
def house_id(session: Session) -> UUID:
    """The joint institution."""
    return session.scalars(select(Jobcenter.id).where(Jobcenter.form == "gE")).one()


@pytest.fixture
def db(session: Session) -> Connection:
    """The session's connection with every guard taken away, as whoever administers the database may."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in triggers.present(connection):
            connection.execute(text(f"DROP TRIGGER {name}"))
    # What is found with checkpoints is tests/faults/test_tampering.py's matter; here the database stands alone.
    connection.execute(text("DELETE FROM checkpoint"))
    return connection


def event(db: Connection, house_id: UUID, seq: int) -> dict[str, object]:
    """One event as stored."""
    mine = (EVENT.c.jobcenter_id == house_id) & (EVENT.c.seq == seq)
    return dict(db.execute(select(EVENT).where(mine)).one()._mapping)


def write(db: Connection, house_id: UUID, number: int, **values: object) -> None:
    """Write over an event."""
    db.execute(update(EVENT).where(EVENT.c.jobcenter_id == house_id, EVENT.c.seq == number).values(values))


def chain_anew(db: Connection, house_id: UUID, start: int) -> None:
    """Compute every `prev` and hash from an event on, and the head, as a careful forger would."""
    mine = (EVENT.c.jobcenter_id == house_id) & (EVENT.c.seq >= start)
    rows = db.execute(select(EVENT.c.seq, EVENT.c.body).where(mine).order_by(EVENT.c.seq)).all()
    previous = orjson.loads(rows[0].body)["prev"]
    for number, row in enumerate(rows, start):
        body = canonical(orjson.loads(row.body) | {"prev": previous, "seq": number})
        previous = hashlib.sha256(body).hexdigest()
        write(db, house_id, row.seq, seq=number, body=body.decode(), hash=previous)
    db.execute(update(HEAD).where(HEAD.c.jobcenter_id == house_id).values(seq=number, hash=previous))


def first_about(db: Connection, house_id: UUID, table: str) -> int:
    """Number of the first event about a row of a table."""
    mine = (EVENT.c.jobcenter_id == house_id) & (EVENT.c.object_type == table)
    return db.execute(select(EVENT.c.seq).where(mine).order_by(EVENT.c.seq).limit(1)).scalar_one()


def last_seq(db: Connection, house_id: UUID) -> int:
    """Number of the last event."""
    return db.execute(select(HEAD.c.seq).where(HEAD.c.jobcenter_id == house_id)).scalar_one()


def found(session: Session, house_id: UUID) -> Finding:
    """The one finding of a verification, which is about this Jobcenter."""
    findings = verify(session).findings
    assert [finding.jobcenter_id for finding in findings] == [house_id]
    return findings[0]


def test_an_untouched_trail_holds(session: Session, house_id: UUID) -> None:
    verdict = verify(session)

    assert verdict.findings == ()
    assert verdict.events > 150
    assert verdict.rows > 100
    assert verify(session, house_id).events < verdict.events


def test_what_is_recorded_later_holds_too(engine: Engine) -> None:
    for _ in range(2):
        with database.writing(engine) as session:
            found_house(session, small_document(name=f"Jobcenter {uuid4()}")).advance("disposition")

    with database.reading(engine) as session:
        assert verify(session).findings == ()


def test_a_changed_body_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    seq = first_about(db, house_id, "budget_line")
    body = str(event(db, house_id, seq)["body"])

    write(db, house_id, seq, body=body.replace("30100", "30200"))

    assert found(session, house_id) == Finding(house_id, f"Ereignis {seq}", "Die Prüfsumme passt nicht zum Inhalt.")


def test_a_changed_body_under_its_own_new_hash_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    seq = first_about(db, house_id, "budget_line")
    body = str(event(db, house_id, seq)["body"]).replace("30100", "30200")

    write(db, house_id, seq, body=body, hash=hashlib.sha256(body.encode()).hexdigest())

    finding = found(session, house_id)
    assert finding.place == f"Ereignis {seq}"


def test_a_body_in_another_spelling_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    body = str(event(db, house_id, 5)["body"]).replace("{", "{ ", 1)

    write(db, house_id, 5, body=body, hash=hashlib.sha256(body.encode()).hexdigest())

    assert found(session, house_id).reason == "Der Inhalt ist nicht in der festgelegten Form gespeichert."


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"v":1}', "kaputt"])
def test_a_body_that_is_none_is_found(session: Session, house_id: UUID, db: Connection, body: str) -> None:
    write(db, house_id, 5, body=body, hash=hashlib.sha256(body.encode()).hexdigest())

    assert found(session, house_id).place == "Ereignis 5"


@pytest.mark.parametrize(
    "column", ["actor_id", "group_id", "object_id", "programme_id", "role", "action", "on_behalf_of"]
)
def test_a_changed_column_beside_the_body_is_found(
    session: Session, house_id: UUID, db: Connection, column: str
) -> None:
    value = uuid4() if isinstance(EVENT.c[column].type, Uuid) else "somebody"

    write(db, house_id, 40, **{column: value})

    assert found(session, house_id) == Finding(
        house_id, "Ereignis 40", "Die Spalten des Ereignisses passen nicht zu seinem Inhalt."
    )


def test_a_figure_changed_in_the_middle_with_all_hashes_made_anew_is_found(
    session: Session, house_id: UUID, db: Connection
) -> None:
    seq = first_about(db, house_id, "budget_line")
    body = str(event(db, house_id, seq)["body"]).replace("30100", "30200")
    write(db, house_id, seq, body=body)

    chain_anew(db, house_id, seq)

    assert found(session, house_id) == Finding(
        house_id, f"Ereignis {seq}", "Die Änderungen ergeben nicht den Stand, den das Ereignis nennt."
    )


def test_a_value_before_that_never_was_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    mine = (EVENT.c.jobcenter_id == house_id) & (EVENT.c.object_type == "programme")
    seq = db.execute(select(EVENT.c.seq).where(mine).order_by(EVENT.c.seq.desc()).limit(1)).scalar_one()
    body = orjson.loads(str(event(db, house_id, seq)["body"]))
    body["changes"]["published_version_id"][0] = str(uuid4())
    write(db, house_id, seq, body=canonical(body).decode())

    chain_anew(db, house_id, seq)

    assert found(session, house_id) == Finding(
        house_id, f"Ereignis {seq}", "Der Stand davor ist nicht der, den das vorige Ereignis hinterlassen hat."
    )


def test_a_chain_made_anew_that_forgot_its_head_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    head = db.execute(select(HEAD).where(HEAD.c.jobcenter_id == house_id)).one()
    body = orjson.loads(str(event(db, house_id, 40)["body"])) | {"role": "editor"}
    write(db, house_id, 40, body=canonical(body).decode(), role="editor")
    chain_anew(db, house_id, 40)

    db.execute(update(HEAD).where(HEAD.c.jobcenter_id == house_id).values(hash=head.hash))

    assert found(session, house_id) == Finding(
        house_id, f"Ereignis {head.seq + 1}", "Die Kette endet nicht dort, wo ihr Kopf steht."
    )


def remove(db: Connection, house_id: UUID, seq: int) -> None:
    """Delete an event with its wording."""
    for table in (REVISION, EVENT):
        db.execute(table.delete().where(table.c.jobcenter_id == house_id, table.c.seq == seq))


def test_a_removed_tail_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    last = last_seq(db, house_id)

    remove(db, house_id, last)

    assert found(session, house_id) == Finding(
        house_id, f"Ereignis {last}", "Die Kette endet nicht dort, wo ihr Kopf steht."
    )


def test_a_removed_tail_under_a_new_head_leaves_a_row_too_new(session: Session, house_id: UUID, db: Connection) -> None:
    last = event(db, house_id, last_seq(db, house_id))
    before = event(db, house_id, last_seq(db, house_id) - 1)
    remove(db, house_id, int(str(last["seq"])))

    db.execute(update(HEAD).where(HEAD.c.jobcenter_id == house_id).values(seq=before["seq"], hash=before["hash"]))

    assert found(session, house_id) == Finding(
        house_id, f"membership {last['object_id']}", "Die Zeile passt nicht zum letzten Ereignis."
    )


def test_a_removed_event_in_the_middle_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    remove(db, house_id, 40)

    assert found(session, house_id) == Finding(house_id, "Ereignis 40", "Das Ereignis 40 fehlt.")


def test_a_removed_event_whose_gap_was_closed_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    body = orjson.loads(str(event(db, house_id, 41)["body"])) | {"prev": event(db, house_id, 39)["hash"]}
    remove(db, house_id, 40)
    write(db, house_id, 41, body=canonical(body).decode())

    chain_anew_after_gap(db, house_id, 41)

    assert found(session, house_id).reason == "Die Zeile passt nicht zum letzten Ereignis."


def chain_anew_after_gap(db: Connection, house_id: UUID, start: int) -> None:
    """Move all events and wordings from one on down by one number, chained anew."""
    chained = (REVISION.c.jobcenter_id == house_id) & (REVISION.c.seq >= start)
    for seq in db.execute(select(REVISION.c.seq).where(chained).order_by(REVISION.c.seq)).scalars().all():
        one = (REVISION.c.jobcenter_id == house_id) & (REVISION.c.seq == seq)
        db.execute(update(REVISION).where(one).values(seq=seq - 1))
    mine = (EVENT.c.jobcenter_id == house_id) & (EVENT.c.seq >= start)
    for seq in db.execute(select(EVENT.c.seq).where(mine).order_by(EVENT.c.seq)).scalars().all():
        write(db, house_id, seq, seq=seq - 1)
    chain_anew(db, house_id, start - 1)


def test_swapped_events_are_found(session: Session, house_id: UUID, db: Connection) -> None:
    first, second = event(db, house_id, 40), event(db, house_id, 41)
    write(db, house_id, 40, **{**second, "seq": 999_999})
    write(db, house_id, 41, **{**first, "seq": 41})
    write(db, house_id, 999_999, seq=40)

    assert found(session, house_id) == Finding(house_id, "Ereignis 40", "Das Ereignis schließt nicht an das vorige an.")


def test_a_doubled_event_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    last = last_seq(db, house_id)
    db.execute(insert(EVENT).values({**event(db, house_id, last), "seq": last + 1}))

    assert found(session, house_id).place == f"Ereignis {last + 1}"


def test_an_event_of_another_jobcenter_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    other = db.execute(select(HEAD.c.jobcenter_id).where(HEAD.c.jobcenter_id != house_id)).scalar_one()
    foreign = event(db, other, 40)

    write(db, house_id, 40, **{**foreign, "jobcenter_id": house_id})

    assert found(session, house_id).place == "Ereignis 40"


def test_changed_wording_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    seq = first_about(db, house_id, "opinion_point")
    mine = (REVISION.c.jobcenter_id == house_id) & (REVISION.c.seq == seq)
    texts = orjson.loads(db.execute(select(REVISION.c.texts).where(mine)).scalar_one())
    texts["text"][1] = "Wir sind voll und ganz einverstanden."

    db.execute(update(REVISION).where(mine).values(texts=orjson.dumps(texts).decode()))

    assert found(session, house_id) == Finding(
        house_id, f"Ereignis {seq}", "Der Wortlaut passt nicht zur Prüfsumme im Ereignis."
    )


@pytest.mark.parametrize("texts", ["", "{}", "[]", "kaputt"])
def test_wording_that_is_none_is_found(session: Session, house_id: UUID, db: Connection, texts: str) -> None:
    seq = first_about(db, house_id, "opinion_point")
    mine = (REVISION.c.jobcenter_id == house_id) & (REVISION.c.seq == seq)

    db.execute(update(REVISION).where(mine).values(texts=texts))

    assert found(session, house_id).place == f"Ereignis {seq}"


def test_a_removed_wording_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    db.execute(REVISION.delete().where(REVISION.c.jobcenter_id == house_id, REVISION.c.seq == 40))

    assert found(session, house_id) == Finding(house_id, "Ereignis 40", "Der Wortlaut zum Ereignis fehlt.")


def test_a_removed_head_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    db.execute(HEAD.delete().where(HEAD.c.jobcenter_id == house_id))

    assert found(session, house_id) == Finding(house_id, "Ereignis 1", "Der Kopf der Kette fehlt.")


CHANGES = {
    "budget_line": {"amount": 1},
    "membership": {"chair": True},
    "vote": {"choice": "no"},
    "opinion": {"stance": "agree"},
    "answer": {"reason": "Anders."},
    "programme": {"state": "drafting"},
    "step_taken": {"reason": "Anders."},
    "setting": {"seats_agency": 9},
    "block": {"content": '{"markdown": "Anders."}'},
    "person": {"name": "Jemand anders"},
    "stored_file": {"title": "Anders"},
    "record": {"text": "Wir haben anders beschlossen."},
    "topic": {"selected": False},
    "register_row": {"data": '{"key": "anders"}'},
}


@pytest.mark.parametrize("table", CHANGES)
def test_a_changed_live_row_is_found(session: Session, house_id: UUID, db: Connection, table: str) -> None:
    rows = Base.metadata.tables[table]
    mine = (rows.c.jobcenter_id == house_id) & (rows.c.version >= 1)
    row_id = db.execute(select(rows.c.id).where(mine).order_by(rows.c.audit_seq.desc()).limit(1)).scalar_one()
    (column, value), *_ = CHANGES[table].items()

    db.execute(
        text(f"UPDATE {table} SET {column} = :value, version = version + 1 WHERE id = :id").bindparams(
            bindparam("id", row_id, Uuid())
        ),
        {"value": value},
    )

    assert found(session, house_id) == Finding(
        house_id, f"{table} {row_id}", "Die Zeile passt nicht zum letzten Ereignis."
    )


@pytest.mark.parametrize(("table", "column"), [("membership", "role"), ("vote", "choice"), ("ballot", "state")])
def test_a_row_with_a_word_that_does_not_exist_is_found(
    session: Session, house_id: UUID, db: Connection, table: str, column: str
) -> None:
    rows = Base.metadata.tables[table]
    ids = db.execute(select(rows.c.id).where(rows.c.jobcenter_id == house_id).order_by(rows.c.id)).scalars().all()

    where = bindparam("id", ids[-1], Uuid())
    db.execute(text(f"UPDATE {table} SET {column} = 'unsinn' WHERE id = :id").bindparams(where))

    assert found(session, house_id) == Finding(house_id, f"{table} {ids[-1]}", "Die Zeile lässt sich nicht lesen.")


@pytest.mark.parametrize("table", triggers.audited_tables())
def test_a_removed_row_is_found(session: Session, house_id: UUID, db: Connection, table: str) -> None:
    rows = Base.metadata.tables[table]
    where = select(rows.c.id).order_by(rows.c.audit_seq.desc()).limit(1)
    if table not in {"body_result", "erasure"}:
        where = where.where(rows.c.jobcenter_id == house_id)
    row_id = db.execute(where).scalar_one()

    db.execute(rows.delete().where(rows.c.id == row_id))

    finding = verify(session).findings[0]
    assert (finding.place, finding.reason) == (f"{table} {row_id}", "Die Zeile zum Ereignis fehlt.")


@pytest.mark.parametrize("table", ["budget_line", "membership", "topic"])
def test_an_extra_row_is_found(session: Session, house_id: UUID, db: Connection, table: str) -> None:
    rows = Base.metadata.tables[table]
    row = dict(db.execute(select(rows).where(rows.c.jobcenter_id == house_id).limit(1)).one()._mapping)
    extra = {**row, "id": uuid4(), **({"key": "extra"} if "key" in row else {})}

    db.execute(insert(rows).values(extra))

    assert found(session, house_id) == Finding(
        house_id, f"{table} {extra['id']}", "Die Zeile passt nicht zum letzten Ereignis."
    )


def test_a_row_pointing_to_an_older_event_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    rows = Base.metadata.tables["programme"]

    db.execute(update(rows).where(rows.c.jobcenter_id == house_id).values(audit_seq=3))

    assert found(session, house_id).place.startswith("programme ")


def test_changed_content_of_a_frozen_version_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    rows = Base.metadata.tables["programme_version"]
    row = db.execute(select(rows).where(rows.c.jobcenter_id == house_id)).first()
    assert row is not None

    db.execute(update(rows).where(rows.c.id == row.id).values(content=row.content.replace("301.00", "302.00")))

    assert found(session, house_id) == Finding(
        house_id, f"programme_version {row.id}", "Der Inhalt passt nicht zu seiner Prüfsumme."
    )


def test_a_frozen_version_changed_with_its_checksum_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    rows = Base.metadata.tables["programme_version"]
    row = db.execute(select(rows).where(rows.c.jobcenter_id == house_id)).first()
    assert row is not None
    content = row.content.replace("301.00", "302.00")

    sha256 = hashlib.sha256(content.encode()).hexdigest()
    db.execute(update(rows).where(rows.c.id == row.id).values(content=content, sha256=sha256))

    assert found(session, house_id).place == f"programme_version {row.id}"


def test_a_removed_version_is_found(session: Session, house_id: UUID, db: Connection) -> None:
    rows = Base.metadata.tables["programme_version"]
    row_id = db.execute(select(rows.c.id).where(rows.c.jobcenter_id == house_id)).scalars().first()

    db.execute(rows.delete().where(rows.c.id == row_id))

    assert found(session, house_id) == Finding(house_id, str(row_id), "Der Inhalt zur Prüfsumme fehlt.")


def test_changed_bytes_of_a_file_are_found(session: Session, house_id: UUID, db: Connection) -> None:
    rows = Base.metadata.tables["file_content"]

    db.execute(update(rows).where(rows.c.jobcenter_id == house_id).values(content=b"anders"))

    assert found(session, house_id).place.startswith("file_content ")


def test_only_the_first_bad_place_of_each_jobcenter_is_named(session: Session, house_id: UUID, db: Connection) -> None:
    for seq in (60, 40, 50):
        write(db, house_id, seq, role="somebody")
    other = db.execute(select(HEAD.c.jobcenter_id).where(HEAD.c.jobcenter_id != house_id)).scalar_one()
    write(db, other, 30, role="somebody")

    places = {finding.jobcenter_id: finding.place for finding in verify(session).findings}

    assert places == {house_id: "Ereignis 40", other: "Ereignis 30"}
    assert [finding.place for finding in verify(session, other).findings] == ["Ereignis 30"]


def test_a_line_changed_by_the_rules_is_no_finding(session: Session) -> None:
    fresh: House = found_house(session, small_document(name="Jobcenter Frisch"))
    fresh.advance("in_force")

    assert verify(session, fresh.jobcenter.id).findings == ()
    assert session.scalar(select(BudgetLine.id).where(BudgetLine.programme_id == fresh.programme.id))


LINKS = {
    "a changed body": lambda db, house: write(db, house, 3, body=str(event(db, house, 3)["body"]).replace("1", "2", 1)),
    "a changed hash": lambda db, house: write(db, house, 3, hash="0" * 64),
    "a removed event": lambda db, house: db.execute(
        delete(EVENT).where(EVENT.c.jobcenter_id == house, EVENT.c.seq == 3)
    ),
    "a removed tail": lambda db, house: db.execute(
        delete(EVENT).where(EVENT.c.jobcenter_id == house, EVENT.c.seq >= 3)
    ),
}


@pytest.mark.parametrize("damage", LINKS)
def test_the_chain_alone_shows(session: Session, house_id: UUID, db: Connection, damage: str) -> None:
    LINKS[damage](db, house_id)

    assert [f.place for f in verify_chains(session).findings] == ["Ereignis 3"]


def test_an_event_that_follows_another_than_the_one_before_it_breaks_the_chain(
    session: Session, house_id: UUID, db: Connection
) -> None:
    body = canonical(orjson.loads(str(event(db, house_id, 3)["body"])) | {"prev": "0" * 64})
    write(db, house_id, 3, body=body.decode(), hash=hashlib.sha256(body).hexdigest())

    assert [f.place for f in verify_chains(session, house_id).findings] == ["Ereignis 3"]


def test_a_sound_chain_is_counted(session: Session) -> None:
    whole = verify(session)

    alone = verify_chains(session)

    assert (alone.events, alone.findings) == (whole.events, ())
