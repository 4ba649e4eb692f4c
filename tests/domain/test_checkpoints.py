"""Checkpoints: what is signed when, by which key, and what is never signed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Setting, change_setting, setting_of
from jcflow.audit import triggers
from jcflow.audit.anchors import Outside
from jcflow.audit.chain import GENESIS, AuditEvent
from jcflow.audit.checkpoints import (
    Cause,
    Checkpoint,
    NoSigner,
    TrailBroken,
    Wanted,
    equip,
    newest,
    note_of,
    sign,
    signer_of,
)
from jcflow.audit.notes import origin_of, public_of, read_note, signed, written_key
from jcflow.audit.trail import found_chain
from jcflow.audit.verify import verify_chains
from jcflow.audit.verify_bundle import Anchors, Note, key_id, notes_in, notes_in_folder, read_key, vouched
from jcflow.config import Settings, new_signing_key, signing_keys
from jcflow.errors import StepNotPossible
from jcflow.mail.outbox import Mail, Occasion
from jcflow.process import anchoring
from jcflow.process.anchoring import Light, anchor, checkpoint_of, standing
from jcflow.programmes.programme import steps_of
from jcflow.reminders.letters import Letters
from jcflow.worker import anchor as anchor_all
from tests.factories import AT, House, HouseAt, found_house, small_document
from tests.site import SECRET

WAYS = [
    ("internal_check", "consultation", [Cause.FREEZE]),
    ("disposition", "resolution", [Cause.FREEZE]),
    ("resolution", "awaiting_record", [Cause.CONCLUDE]),
    ("awaiting_record", "in_force", [Cause.RECORD]),
    ("consultation", "disposition", []),
    ("council", "in_force", [Cause.RECORD]),
]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file with a fresh key to sign with."""
    path = tmp_path / "schluessel.pem"
    path.write_text(new_signing_key())
    return path


@pytest.fixture
def signing(house_at: HouseAt, key: Path) -> Callable[[str], House]:
    """Like `house_at`, in a session that can sign."""

    def visit(state: str) -> House:
        house = house_at(state)
        equip(house.session, key)
        return house

    return visit


def checkpoints(house: House) -> list[Checkpoint]:
    """The Jobcenter's, the first one first."""
    return list(house.session.scalars(select(Checkpoint).order_by(Checkpoint.seq, Checkpoint.at)))


def chain_of(house: House) -> list[str]:
    """The checksums of the chain, the first event's first."""
    mine = select(AuditEvent.hash).where(AuditEvent.jobcenter_id == house.jobcenter.id).order_by(AuditEvent.seq)
    return list(house.session.scalars(mine))


def note_in(one: Checkpoint) -> Note:
    """What it says."""
    note = note_of(one)
    assert note is not None
    return note


@pytest.mark.parametrize(("state", "target", "causes"), WAYS)
def test_the_steps_that_matter_are_anchored_where_they_end(
    signing: HouseAt, key: Path, state: str, target: str, causes: list[Cause]
) -> None:
    house = signing(state)

    house.advance(target)

    assert [one.occasion for one in checkpoints(house)] == causes
    taken = house.last_step()
    for one in checkpoints(house):
        assert (one.seq, one.at, one.programme_id) == (taken.audit_seq, taken.at, house.programme.id)
        assert one.hash == chain_of(house)[-1]
        note = note_in(one)
        assert note.origin == f"jcflow/{house.jobcenter.id}"
        assert note.says("occasion") == [one.occasion.value]
        assert note.says("programme") == [str(house.programme.id)]
        assert note.is_signed_by(public_of(*signing_keys(key)))


def test_a_submission_is_anchored_and_each_note_continues_the_one_before(session: Session, house: House, key: Path):
    equip(session, key)

    house.advance("resolution")

    made = checkpoints(house)
    assert [one.occasion for one in made] == [Cause.SUBMIT, Cause.FREEZE, Cause.FREEZE]
    anchors = Anchors([note_in(one) for one in made])
    assert all(anchors.see(seq, head) for seq, head in enumerate(chain_of(house), 1))
    assert anchors.fits == made[-1].seq == house.last_step().audit_seq


def test_where_no_key_is_named_everything_works_and_waits(house_at: HouseAt) -> None:
    house = house_at("resolution")

    house.advance("in_force")

    assert checkpoints(house) == []
    light, late = standing(house.session, house.at)
    assert (light, late > timedelta(0)) == (Light.AMBER, True)
    assert standing(house.session, house.at + timedelta(hours=25))[0] is Light.RED


def test_without_the_key_that_is_demanded_no_result_is_established(signing: HouseAt, key: Path) -> None:
    house = signing("resolution")
    key.unlink()

    with pytest.raises(StepNotPossible) as refusal:
        house.advance("awaiting_record")

    assert "Der Schlüssel zum Unterschreiben der Prüfpunkte ist gerade nicht lesbar." in str(refusal.value)
    assert house.programme.state == "resolution"
    assert checkpoints(house) == []


def test_other_steps_go_on_without_the_key_and_are_anchored_once_it_is_back(
    signing: HouseAt, key: Path, tmp_path: Path
) -> None:
    house = signing("awaiting_record")
    key.rename(tmp_path / "woanders.pem")
    house.advance("in_force")
    with pytest.raises(NoSigner):
        anchor(house.session, house.jobcenter.id, house.at)
    (tmp_path / "woanders.pem").rename(key)

    made = anchor(house.session, house.jobcenter.id, house.at)

    assert made == len(checkpoints(house))
    causes = [one.occasion for one in checkpoints(house)]
    assert causes[0] is Cause.SUBMIT
    assert causes[-2:] == [Cause.CONCLUDE, Cause.RECORD]
    seqs = {step.audit_seq for step in steps_of(house.session, house.programme)}
    assert {one.seq for one in checkpoints(house)} <= seqs
    assert anchor(house.session, house.jobcenter.id, house.tick()) == 0
    assert anchoring.waiting(house.session) == [] or all(
        one.jobcenter_id != house.jobcenter.id for one in anchoring.waiting(house.session)
    )


def test_once_a_day_what_else_has_happened_is_anchored(signing: HouseAt) -> None:
    house = signing("awaiting_record")
    anchor(house.session, house.jobcenter.id, house.at)
    setting = setting_of(house.session, house.jobcenter.id)
    change_setting(house.session, setting, house.deed("admin"), office_phone="05251 1")

    same_day = anchor(house.session, house.jobcenter.id, house.tick())
    next_day = anchor(house.session, house.jobcenter.id, house.tick(days=1))
    day_after = anchor(house.session, house.jobcenter.id, house.tick(days=1))

    assert (same_day, next_day, day_after) == (0, 1, 0)
    assert checkpoints(house)[-1].occasion is Cause.DAILY
    assert checkpoints(house)[-1].programme_id is None
    assert checkpoints(house)[-1].hash == chain_of(house)[-1]


def test_the_worker_anchors_every_house_that_is_due(engine: Engine, key: Path) -> None:
    with database.writing(engine) as session:
        houses = [found_house(session, small_document(form)) for form in ("gE", "zkT")]
        at, ids = houses[0].at, {house.jobcenter.id for house in houses}
    settings = Settings("", SECRET, "http://localhost", 8000, signing_key=key)

    first, again = anchor_all(engine, settings, at), anchor_all(engine, settings, at + timedelta(minutes=1))

    with database.reading(engine) as session:
        made = session.scalars(select(Checkpoint), execution_options=database.EVERY_JOBCENTER).all()
        assert standing(session, at) == (Light.GREEN, timedelta(0))
    assert (first, again) == (2, 0)
    assert {one.jobcenter_id for one in made} == ids


def test_a_worker_without_a_key_leaves_it(engine: Engine) -> None:
    with database.writing(engine) as session:
        at = found_house(session, small_document()).at

    assert anchor_all(engine, Settings("", SECRET, "http://localhost", 8000), at) == 0


def test_a_worker_tries_the_other_houses_where_one_is_broken(
    engine: Engine, key: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing(engine) as session:
        houses = [found_house(session, small_document(form)) for form in ("gE", "zkT")]
        at, broken = houses[0].at, houses[0].jobcenter.id
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_update" if engine.dialect.name == "sqlite" else "SELECT 1"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        mine = (AuditEvent.jobcenter_id == broken) & (AuditEvent.seq == 7)
        connection.execute(update(AuditEvent.__table__).where(mine).values(body="{}"))
    settings = Settings("", SECRET, "http://localhost", 8000, signing_key=key)

    with caplog.at_level(logging.ERROR):
        made = anchor_all(engine, settings, at)

    assert made == 1
    assert "ab Ereignis 7 nicht unversehrt" in caplog.text


def unguard(session: Session) -> None:
    """Take every guard away, as whoever administers the database may."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        for name in triggers.present(session.connection()):
            session.execute(text(f"DROP TRIGGER {name}"))


def test_nothing_is_signed_on_a_trail_altered_since_the_newest_checkpoint(signing: HouseAt) -> None:
    house = signing("resolution")
    anchor(house.session, house.jobcenter.id, house.at)
    last = newest(house.session, house.jobcenter.id)
    assert last is not None
    house.advance("awaiting_record")
    unguard(house.session)
    mine = (AuditEvent.jobcenter_id == house.jobcenter.id) & (AuditEvent.seq == last.seq + 2)
    house.session.execute(update(AuditEvent).where(mine).values(body="{}"))
    house.session.execute(text("DELETE FROM checkpoint WHERE seq > :seq"), {"seq": last.seq})

    with pytest.raises(TrailBroken) as refusal:
        sign(house.session, house.jobcenter.id, [Wanted(last.seq + 5, Cause.DAILY)], house.at)

    assert refusal.value.seq == last.seq + 2


def test_a_result_on_a_trail_that_the_newest_checkpoint_contradicts_is_refused(signing: HouseAt) -> None:
    house = signing("resolution")
    anchor(house.session, house.jobcenter.id, house.at)
    last = newest(house.session, house.jobcenter.id)
    assert last is not None
    unguard(house.session)
    house.session.execute(update(Checkpoint).where(Checkpoint.id == last.id).values(hash="f" * 64))

    with pytest.raises(StepNotPossible) as refusal:
        house.advance("awaiting_record")

    assert f"ab Ereignis {last.seq} nicht unversehrt" in str(refusal.value)


def test_a_row_that_says_it_covers_what_is_not_there_keeps_no_checkpoint_from_being_missed(signing: HouseAt) -> None:
    house = signing("awaiting_record")
    anchor(house.session, house.jobcenter.id, house.at)
    good = newest(house.session, house.jobcenter.id)
    assert good is not None
    columns = {column.key: getattr(good, column.key) for column in Checkpoint.__table__.columns}
    house.session.execute(insert(Checkpoint).values(**columns | {"id": uuid4(), "seq": 10**9}))
    house.advance("in_force")

    light, late = standing(house.session, house.tick(days=3))

    assert light is Light.RED
    assert late > timedelta(days=1)
    with pytest.raises(TrailBroken):
        anchor(house.session, house.jobcenter.id, house.at)


def test_without_a_key_from_outside_the_proof_says_that_the_database_vouches_for_itself(signing: HouseAt) -> None:
    house = signing("awaiting_record")
    anchor(house.session, house.jobcenter.id, house.at)
    keys = [public_of(one) for one in signer_of(house.session)]

    alone = verify_chains(house.session, house.jobcenter.id).anchored[house.jobcenter.id]
    known = verify_chains(house.session, house.jobcenter.id, Outside(keys=keys)).anchored[house.jobcenter.id]

    assert alone.endswith(
        "ihre Schlüssel kennt nur die Datenbank selbst, JCFLOW_SIGNING_KEY oder --checkpoints belegen sie"
    )
    assert "kennt nur die Datenbank" not in known


def test_a_chain_without_events_can_be_anchored(session: Session, house: House, key: Path) -> None:
    equip(session, key)
    fresh = uuid4()
    columns = "id, key, name, form, land, carriers"
    session.execute(
        text(f"INSERT INTO jobcenter ({columns}) VALUES (:id, 'neu', 'Jobcenter Neu', 'gE', 'NW', '[]')"),
        {"id": fresh.hex if session.get_bind().dialect.name == "sqlite" else fresh},
    )
    found_chain(session, fresh)

    (made,) = sign(session, fresh, [Wanted(0, Cause.DAILY)], house.at)

    assert (made.seq, made.hash) == (0, GENESIS)
    assert Anchors([note_in(made)]).problem == ""
    last = newest(session, fresh)
    assert last is not None
    assert [one.seq for one in sign(session, fresh, [Wanted(0, Cause.DAILY)], house.at)] == [0]


def test_a_new_key_counts_once_the_old_one_has_signed_beside_it(signing: HouseAt, key: Path) -> None:
    house, old, new = signing("awaiting_record"), key.read_text(), new_signing_key()
    head = house.last_step().audit_seq
    for content in (old, old + new, new):
        key.write_text(content)
        sign(house.session, house.jobcenter.id, [Wanted(head, Cause.DAILY)], house.tick())

    first, both, last = (note_in(one) for one in checkpoints(house))
    (before,), (after,) = first.keys, last.keys
    assert set(both.keys) == {before, after}
    assert vouched([first, both, last], [before]) == [first, both, last]
    assert set(vouched([first, both, last], [after])) == {first, both, last}
    assert vouched([first, last], [before]) == [first]
    assert [len(one.key_id.split()) for one in checkpoints(house)] == [1, 2, 1]


def test_a_key_that_is_only_named_does_not_count(key: Path, tmp_path: Path) -> None:
    other = tmp_path / "fremd.pem"
    other.write_text(new_signing_key())
    (mine,), (theirs,), house = signing_keys(key), signing_keys(other), uuid4()
    honest = read_note(signed(house, 1, "a" * 64, AT, "daily", None, [mine]))
    forged = read_note(signed(house, 1, "b" * 64, AT, "daily", None, [theirs]))
    assert honest is not None
    assert forged is not None
    name = written_key(origin_of(house), public_of(mine))
    claiming = forged.text.replace("occasion", f"key {name}\noccasion")

    assert vouched([honest, forged], [public_of(mine)]) == [honest]
    assert vouched(notes_in(f"{claiming}\n— {origin_of(house)} {'A' * 92}\n"), [public_of(mine)]) == []


def test_a_signature_over_another_text_does_not_count(key: Path) -> None:
    (mine,) = signing_keys(key)
    written = signed(uuid4(), 12, "a" * 64, AT, "daily", None, [mine])

    (honest,) = notes_in(written)
    (altered,) = notes_in(written.replace("\n12\n", "\n13\n"))

    assert honest.is_signed_by(public_of(mine))
    assert not altered.is_signed_by(public_of(mine))


def test_key_ids_are_those_of_c2sp() -> None:
    # The example of the Go implementation.
    word = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    public = read_key(word)

    assert key_id("PeterNeumann", public).hex() == "c74f20a3"
    assert written_key("PeterNeumann", public) == word
    with pytest.raises(ValueError, match="PeterNeumann"):
        read_key(word.replace("c74f20a3", "c74f20a4"))


def boxes(house: House, **addresses: str) -> None:
    """Enter the mailboxes of the carriers."""
    setting = setting_of(house.session, house.jobcenter.id)
    named = {f"checkpoint_email_{kind}": address for kind, address in addresses.items()}
    change_setting(house.session, setting, house.deed("admin"), **named)


def mails(house: House) -> list[Mail]:
    """Checkpoints in the outbox."""
    return list(house.session.scalars(select(Mail).where(Mail.occasion == Occasion.CHECKPOINT).order_by(Mail.address)))


def test_result_and_record_are_mailed_to_both_carriers(signing: HouseAt) -> None:
    house = signing("resolution")
    boxes(house, agency="traeger@agentur.example", municipality="traeger@kreis.example")

    house.advance("in_force")

    sent = [(mail.address, mail.facts["cause"], mail.person_id, mail.name) for mail in mails(house)]
    assert sorted(sent) == [
        ("traeger@agentur.example", "conclude", None, "Agentur"),
        ("traeger@agentur.example", "record", None, "Agentur"),
        ("traeger@kreis.example", "conclude", None, "Kreis"),
        ("traeger@kreis.example", "record", None, "Kreis"),
    ]


def test_without_a_mailbox_nothing_is_mailed(signing: HouseAt) -> None:
    house = signing("resolution")

    house.advance("awaiting_record")

    assert mails(house) == []
    assert [
        box for _, _, box in anchoring.mailboxes(house.jobcenter, house.session.scalars(select(Setting)).one())
    ] == [
        "",
        "",
    ]


def test_what_waited_is_mailed_when_it_is_made_up_for(house_at: HouseAt, key: Path) -> None:
    house = house_at("resolution")
    boxes(house, agency="traeger@agentur.example")
    house.advance("in_force")
    equip(house.session, key)

    anchor(house.session, house.jobcenter.id, house.at)

    assert sorted(mail.facts["cause"] for mail in mails(house)) == ["conclude", "record"]


def test_the_mail_carries_the_note_as_it_is(signing: HouseAt, tmp_path: Path) -> None:
    house = signing("resolution")
    boxes(house, agency="traeger@agentur.example")
    house.advance("awaiting_record")
    (mail,) = mails(house)

    rendered = Letters("https://jcflow.example", house.at).render(house.session, mail)

    assert rendered is not None
    one = checkpoint_of(house.session, house.programme, Cause.CONCLUDE)
    assert one is not None
    assert list(notes_in(rendered.text)) == [note_in(one)]
    assert "<pre style=" in rendered.html
    assert "Bitte bewahren Sie diese E-Mail auf." in rendered.text
    saved = EmailMessage()
    saved.set_content(rendered.text, cte="quoted-printable")
    saved.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "eins.eml").write_bytes(saved.as_bytes())
    (tmp_path / "mails" / "zwei.txt").write_text(rendered.text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert notes_in_folder(tmp_path / "mails") == [note_in(one)]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE checkpoint SET note = 'x'", "DELETE FROM checkpoint", "UPDATE checkpoint SET seq = seq"],
)
def test_a_checkpoint_is_never_changed(signing: HouseAt, statement: str) -> None:
    house = signing("awaiting_record")
    anchor(house.session, house.jobcenter.id, house.at)

    with pytest.raises(DBAPIError, match="append-only"):
        house.session.execute(text(statement))
