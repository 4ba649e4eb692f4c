"""What whoever administers the database may do to the trail, and how it is found (reliability.md T34).

Each manipulation is as careful as can be: guards taken away, every checksum made anew where that helps, and all
checkpoints in the database deleted. What remains are the notes that were mailed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Session

from jcflow import database
from jcflow.accounts.jobcenters import Jobcenter, change_setting, setting_of
from jcflow.audit import triggers
from jcflow.audit.anchors import Outside
from jcflow.audit.canonical import canonical
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.audit.checkpoints import Cause, Checkpoint, Wanted, equip, sign
from jcflow.audit.trail import Audited
from jcflow.audit.verify import Finding, verify, verify_chains
from jcflow.audit.verify_bundle import notes_in_folder
from jcflow.config import demo_signing_key
from jcflow.database import Base
from tests.databases import KINDS, discard
from tests.factories import AT, found_house, small_document, visit
from tests.site import _copy as copy_of

EVENT, REVISION, HEAD = AuditEvent.__table__, AuditRevision.__table__, AuditHead.__table__
CHECKPOINT = Checkpoint.__table__
BACKUPS = ("consultation", "resolution", "awaiting_record")


@dataclass
class Stand:
    """A house in force, what was mailed on its way, and backups from before."""

    engine: Engine
    mailed: Path
    backups: dict[str, Engine]
    house_id: UUID
    anchored: int
    """Up to here the mailed notes go."""
    last: int

    def look(self, session: Session, *, deep: bool = True) -> tuple[Finding | None, str]:
        """What verification finds in the house, and how far it says the chain is anchored."""
        outside = Outside(notes_in_folder(self.mailed))
        verdict = (verify if deep else verify_chains)(session, self.house_id, outside)
        return (verdict.findings[0] if verdict.findings else None), verdict.anchored[self.house_id]


@pytest.fixture(scope="module", params=KINDS)
def stand(
    request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """Walked there once on each database; what a test does is undone."""
    folder = tmp_path_factory.mktemp("tampering")
    (folder / "mails").mkdir()
    url, key, urls = new_database(request.param), demo_signing_key(folder / "schluessel.pem"), dict[str, str]()
    for state in (None, *BACKUPS, "in_force"):
        engine = database.engine_for(url)
        with database.writing(engine) as session:
            equip(session, key)
            _go_on(session, state)
        engine.dispose()
        if state in BACKUPS:
            urls[state] = copy_of(url)
    backups = {state: database.engine_for(one) for state, one in urls.items()}
    made = _mailed(database.engine_for(url), folder / "mails", backups)
    yield made
    for one in (made.engine, *made.backups.values()):
        one.dispose()
    for one in (url, *urls.values()):
        discard(one)


def _go_on(session: Session, state: str | None) -> None:
    if state is None:
        found_house(session, small_document("zkT"))
        found_house(session, small_document())
        return
    house = visit(session, "gE")
    house.advance(state)
    if state == "in_force":
        for number in range(5):
            setting = setting_of(session, house.jobcenter.id)
            change_setting(session, setting, house.deed("admin"), office_phone=f"05251 {number}")


def _mailed(engine: Engine, folder: Path, backups: dict[str, Engine]) -> Stand:
    with database.reading(engine) as session:
        house_id = session.scalars(select(Jobcenter.id).where(Jobcenter.form == "gE")).one()
        kept = (
            session.connection().execute(select(CHECKPOINT.c.seq, CHECKPOINT.c.note).order_by(CHECKPOINT.c.seq)).all()
        )
        last = session.scalars(select(AuditHead.seq).where(AuditHead.jobcenter_id == house_id)).one()
    for seq, note in kept:
        (folder / f"{seq}.txt").write_text(f"Guten Tag,\n\n{note}\nMit freundlichen Grüßen\n", encoding="utf-8")
    return Stand(engine, folder, backups, house_id, kept[-1].seq, last)


@pytest.fixture
def session(stand: Stand) -> Iterator[Session]:
    """A session whose connection has no guards, on a database without checkpoints."""
    with Session(stand.engine) as one:
        unguard(one.connection())
        one.connection().execute(delete(CHECKPOINT))
        yield one


def unguard(connection: Connection) -> None:
    """Take every guard away."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name in triggers.present(connection):
        connection.execute(text(f"DROP TRIGGER {name}"))


class Chain:
    """The house's events as rows that can be changed at will, and written back as a chain that fits itself."""

    def __init__(self, db: Connection, house_id: UUID) -> None:
        self.db, self.mine = db, EVENT.c.jobcenter_id == house_id
        self.house_id = house_id
        self.events = [dict(row._mapping) for row in db.execute(select(EVENT).where(self.mine).order_by(EVENT.c.seq))]
        of_house = select(REVISION).where(REVISION.c.jobcenter_id == house_id).order_by(REVISION.c.seq)
        self.revisions = [dict(row._mapping) for row in db.execute(of_house)]

    def body(self, number: int, **values: object) -> None:
        """Write other values into an event and the columns that repeat them."""
        event = self.events[number - 1]
        event["body"] = canonical(orjson.loads(event["body"]) | values).decode()
        event |= {name: value for name, value in values.items() if name in {"role", "seq"}}

    def write(self) -> None:
        """Number the events anew, compute every checksum, and move the head."""
        previous = "0" * 64
        for seq, (event, revision) in enumerate(zip(self.events, self.revisions, strict=True), 1):
            body = canonical(orjson.loads(event["body"]) | {"seq": seq, "prev": previous})
            previous = sha256(body).hexdigest()
            event |= {"seq": seq, "body": body.decode(), "hash": previous}
            revision["seq"] = seq
        self.db.execute(delete(REVISION).where(REVISION.c.jobcenter_id == self.house_id))
        self.db.execute(delete(EVENT).where(self.mine))
        self.db.execute(insert(EVENT), self.events)
        self.db.execute(insert(REVISION), self.revisions)
        self.head(len(self.events), previous)

    def head(self, seq: int, checksum: str) -> None:
        """Move the head."""
        self.db.execute(update(HEAD).where(HEAD.c.jobcenter_id == self.house_id).values(seq=seq, hash=checksum))


def edit(chain: Chain, place: int, _random: Random) -> int:
    """Change an event, nothing else."""
    chain.body(place, role="auditor")
    event = chain.events[place - 1]
    chain.db.execute(update(EVENT).where(chain.mine, EVENT.c.seq == place).values(body=event["body"], role="auditor"))
    return place


def recompute_all(chain: Chain, place: int, _random: Random) -> int:
    """Change an event and make the chain anew behind it."""
    chain.body(place, role="auditor")
    chain.write()
    return place


def cut_tail(chain: Chain, place: int, _random: Random) -> int:
    """Delete everything behind an event."""
    del chain.events[place:], chain.revisions[place:]
    chain.write()
    return place + 1


def delete_middle(chain: Chain, place: int, _random: Random) -> int:
    """Delete one event; the gap stays."""
    chain.db.execute(delete(REVISION).where(REVISION.c.jobcenter_id == chain.house_id, REVISION.c.seq == place))
    chain.db.execute(delete(EVENT).where(chain.mine, EVENT.c.seq == place))
    return place


def swap(chain: Chain, place: int, _random: Random) -> int:
    """Let two events change places, and make the chain anew."""
    for rows in (chain.events, chain.revisions):
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    chain.write()
    return place


def duplicate(chain: Chain, place: int, _random: Random) -> int:
    """Put an event there twice, and make the chain anew."""
    for rows in (chain.events, chain.revisions):
        rows.insert(place, dict(rows[place - 1]))
    chain.write()
    return place + 1


def insert_back_dated(chain: Chain, place: int, _random: Random) -> int:
    """Put in an event that never was, dated like its neighbour."""
    event, revision = dict(chain.events[place - 1]), dict(chain.revisions[place - 1])
    event["object_id"] = uuid4()
    event["body"] = canonical(orjson.loads(event["body"]) | {"id": str(event["object_id"])}).decode()
    chain.events.insert(place, event)
    chain.revisions.insert(place, revision)
    chain.write()
    return place + 1


def change_org(chain: Chain, place: int, _random: Random) -> int:
    """Let an event be another Jobcenter's."""
    chain.db.execute(update(EVENT).where(chain.mine, EVENT.c.seq == place).values(jobcenter_id=uuid4()))
    return place


def change_head_only(chain: Chain, place: int, _random: Random) -> int:
    """Move the head back."""
    chain.head(place, str(chain.events[place - 1]["hash"]))
    return len(chain.events) + 1


MANIPULATIONS = {
    one.__name__: one
    for one in (edit, recompute_all, cut_tail, delete_middle, swap, duplicate, insert_back_dated, change_org)
} | {"change_head_only": change_head_only}


def bounds(finding: Finding) -> tuple[int, int]:
    """The events among which the first bad one is."""
    numbers = [int(number) for number in re.findall(r"\d+", finding.place)]
    return numbers[0], numbers[-1]


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_a_changed_chain_is_found_where_it_is_anchored(
    stand: Stand, session: Session, name: str, amount: Callable[[int, int], int]
) -> None:
    random = Random(name)
    for _ in range(amount(2, 20)):
        place = random.randint(2, stand.anchored - 1)
        with session.begin_nested() as undone:
            bad = MANIPULATIONS[name](Chain(session.connection(), stand.house_id), place, random)
            for deep in (False, True):
                finding, _ = stand.look(session, deep=deep)
                assert finding is not None, (name, place)
                first, last = bounds(finding)
                assert first <= bad <= last, (name, place, finding)
            undone.rollback()


@pytest.mark.parametrize("backup", BACKUPS)
def test_an_old_backup_is_known_by_any_later_checkpoint(stand: Stand, backup: str) -> None:
    outside = Outside(notes_in_folder(stand.mailed))
    with database.reading(stand.backups[backup]) as session:
        length = session.scalars(select(AuditHead.seq).where(AuditHead.jobcenter_id == stand.house_id)).one()
        for note in (note for note in outside.mailed if note.size > length):
            finding = verify(session, stand.house_id, Outside([note])).findings[0]

            assert (finding.place, f"kennt {note.size} Ereignisse" in finding.reason) == (
                f"Ereignis {length + 1}",
                True,
            )


def rows_of(session: Session, house_id: UUID) -> list[tuple[Any, UUID]]:
    """Table and id of every audited row of the house."""
    tables = [m.local_table for m in Base.registry.mappers if issubclass(m.class_, Audited)]
    named = sorted(tables, key=lambda table: table.name)
    return [
        (table, row_id)
        for table in named
        for row_id in session.connection()
        .execute(select(table.c.id).where(table.c.jobcenter_id == house_id).order_by(table.c.id))
        .scalars()
    ]


def edit_row(session: Session, table: Any, row_id: UUID) -> None:
    """Raise the version of a row past the trail: each table has one."""
    changed = update(table).where(table.c.id == bindparam("one")).values(version=table.c.version + 1)
    session.connection().execute(changed, {"one": row_id})


@pytest.mark.parametrize("restore", [False, True], ids=["edit_live_row_only", "drop_trigger_edit_restore_trigger"])
def test_a_row_changed_past_the_trail_is_named(
    stand: Stand, session: Session, amount: Callable[[int, int], int], restore: bool
) -> None:
    random = Random(restore)
    for table, row_id in random.sample(rows_of(session, stand.house_id), amount(2, 20)):
        with session.begin_nested() as undone:
            edit_row(session, table, row_id)
            if restore and session.get_bind().dialect.name == "sqlite":
                triggers.install(session.connection())
            if restore:
                assert triggers.missing(session.connection()) == []

            finding, anchored = stand.look(session)

            assert finding is not None
            assert finding.place == f"{table.name} {row_id}"
            assert anchored.startswith(f"verankert bis Ereignis {stand.anchored}, danach ")
            undone.rollback()


def test_the_untouched_trail_says_how_far_it_is_anchored(stand: Stand, session: Session) -> None:
    for deep in (False, True):
        finding, anchored = stand.look(session, deep=deep)

        assert finding is None
        behind = stand.last - stand.anchored
        assert behind >= 5
        assert anchored == f"verankert bis Ereignis {stand.anchored}, danach {behind} nicht verankert"


def test_a_cut_behind_the_newest_checkpoint_leaves_no_trace_in_the_chain(stand: Stand, session: Session) -> None:
    cut_tail(Chain(session.connection(), stand.house_id), stand.anchored + 1, Random())

    finding, anchored = stand.look(session, deep=False)

    # Not to be found by anybody: that is what the daily checkpoint is for.
    assert finding is None
    assert anchored == f"verankert bis Ereignis {stand.anchored}, danach 1 nicht verankert"


def test_checkpoints_left_in_the_database_find_a_chain_made_anew_too(stand: Stand) -> None:
    with Session(stand.engine) as session:
        unguard(session.connection())
        recompute_all(Chain(session.connection(), stand.house_id), 30, Random())

        finding = verify_chains(session, stand.house_id).findings[0]

        first, last = bounds(finding)
        assert first <= 30 <= last


@pytest.mark.parametrize("column", ["hash", "seq", "note"])
def test_a_changed_checkpoint_is_named(stand: Stand, column: str) -> None:
    values: dict[str, object] = {"hash": "f" * 64, "seq": 3, "note": "nichts"}
    with Session(stand.engine) as session:
        unguard(session.connection())
        session.connection().execute(update(CHECKPOINT).values({column: values[column]}))

        findings = verify_chains(session, stand.house_id).findings

        assert findings[0].place.startswith("Prüfpunkt über ")
        assert "etwas anderes als ihr unterschriebener Text" in findings[0].reason


def test_a_checkpoint_forged_with_another_key_is_named(stand: Stand, tmp_path: Path) -> None:
    with Session(stand.engine) as session:
        unguard(session.connection())
        session.connection().execute(delete(CHECKPOINT))
        recompute_all(Chain(session.connection(), stand.house_id), 30, Random())
        equip(session, demo_signing_key(tmp_path / "fremd.pem"))
        sign(session, stand.house_id, [Wanted(stand.anchored, Cause.DAILY)], AT)

        finding, _ = stand.look(session)

        assert finding is not None
        first, last = bounds(finding)
        assert first <= 30 <= last


def test_without_a_checkpoint_a_chain_made_anew_fits_itself(stand: Stand, session: Session) -> None:
    recompute_all(Chain(session.connection(), stand.house_id), 30, Random())

    verdict = verify_chains(session, stand.house_id)

    assert verdict.findings == ()
    assert verdict.anchored[stand.house_id].startswith("nicht verankert: ")
