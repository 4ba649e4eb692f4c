"""What the trail writes about a change: one event, one revision, one step of the chain."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.audit.canonical import canonical, commitment, plain
from jcflow.audit.chain import GENESIS, AuditEvent, AuditHead, AuditRevision
from jcflow.audit.reading import entries, last_seq, select_events
from jcflow.audit.trail import Action, record, record_all
from jcflow.decisions import ballots, casting
from jcflow.opinions import answers, board
from jcflow.procedure import Area, Role
from jcflow.programmes import budgets, chapters, milestones
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.versions import newest_version
from tests.factories import COMMAND_LINE, House, found_house, small_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcxyz_", min_size=1), inner),
)


def events_of(session: Session, jobcenter_id: UUID) -> list[AuditEvent]:
    """The whole chain, first event first."""
    mine = AuditEvent.jobcenter_id == jobcenter_id
    return list(session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.seq)))


def head_of(house: House) -> AuditHead:
    """Where the chain ends, as stored."""
    return house.session.get_one(AuditHead, house.jobcenter.id, populate_existing=True)


def test_a_change_writes_an_event_a_revision_and_the_head(house: House) -> None:
    before, version = head_of(house).seq, house.programme.version
    old_hash = head_of(house).hash

    seq = record(house.session, house.programme, house.deed(), title="Ein anderer Titel")

    event = house.session.get_one(AuditEvent, (house.jobcenter.id, seq))
    revision = house.session.get_one(AuditRevision, (house.jobcenter.id, seq))
    assert seq == before + 1
    assert (house.programme.version, house.programme.audit_seq) == (version + 1, seq)
    assert house.programme.title == "Ein anderer Titel"
    assert orjson.loads(event.body)["prev"] == old_hash
    assert orjson.loads(revision.texts)["title"] == ["Programm 2027", "Ein anderer Titel"]
    assert (head_of(house).seq, head_of(house).hash) == (seq, event.hash)


def test_a_new_row_begins_with_version_one(house: House) -> None:
    deed = house.editing(Area.CHAPTERS)

    chapter = chapters.add_chapter(
        house.session, house.programme, title="Ausblick", number=None, parent_key=None, deed=deed
    )

    created = entries(house.session, select_events(house.jobcenter.id).limit(1))[0]
    assert chapter.version == 1
    assert (created.object_type, created.object_id, created.action) == ("chapter", chapter.id, Action.CREATED)
    assert created.changes["title"] == (None, "Ausblick")
    assert created.programme_id == house.programme.id


def test_no_two_events_are_about_the_same_version_of_a_row(house: House) -> None:
    house.advance("in_force")

    counted: dict[UUID, int] = {}
    for event in events_of(house.session, house.jobcenter.id):
        counted[event.object_id] = counted.get(event.object_id, 0) + 1
    assert counted[house.programme.id] == house.programme.version
    for chapter in chapters.chapters_of(house.session, house.programme):
        assert counted[chapter.id] == chapter.version


def test_removing_is_named_as_removing(house: House) -> None:
    table = budgets.table(house.session, house.programme, "mittel")

    budgets.remove_table(house.session, table, house.programme, house.editing(Area.BUDGETS))

    gone = entries(house.session, select_events(house.jobcenter.id).limit(1))[0]
    assert gone.action is Action.REMOVED
    assert gone.changes == {"removed": (False, True)}


def test_the_chain_is_dense_and_each_hash_covers_the_one_before(house: House) -> None:
    house.advance("in_force")

    previous = GENESIS
    for number, event in enumerate(events_of(house.session, house.jobcenter.id), 1):
        body = orjson.loads(event.body)
        assert event.seq == body["seq"] == number
        assert body["prev"] == previous
        assert event.hash == hashlib.sha256(event.body.encode()).hexdigest()
        previous = event.hash
    assert previous == head_of(house).hash
    assert last_seq(house.session, house.jobcenter.id) == head_of(house).seq


def test_figures_stand_in_clear_and_texts_only_as_commitments(house: House) -> None:
    line = budgets.line(house.session, house.programme, "mittel", "beratung")
    block = chapters.blocks_of(house.session, house.programme)[
        chapters.chapter(house.session, house.programme, "lage").id
    ][0]

    deed = house.editing(Area.BUDGETS, reason="Die Zuteilung liegt vor.")
    record(house.session, line, deed, amount=150_00)
    record(house.session, block, deed, content={"markdown": "Ganz neu."})

    text_event, figure_event = house.session.scalars(select_events(house.jobcenter.id).limit(2)).all()
    figures, texts = orjson.loads(figure_event.body), orjson.loads(text_event.body)
    assert figures["changes"] == {"amount": [100_00, 150_00]}
    assert set(figures["commitments"]) == {"deed_reason"}
    assert texts["changes"] == {}
    assert set(texts["commitments"]) == {"content", "deed_reason"}
    assert "Zuteilung" not in figure_event.body
    assert "Ganz neu" not in text_event.body


def test_a_commitment_opens_with_the_salt_and_the_wording_beside_it(house: House) -> None:
    seq = record(house.session, house.programme, house.deed(), title="Ein anderer Titel")

    body = orjson.loads(house.session.get_one(AuditEvent, (house.jobcenter.id, seq)).body)
    revision = house.session.get_one(AuditRevision, (house.jobcenter.id, seq))
    wording = orjson.loads(revision.texts)["title"]
    assert body["commitments"]["title"] == commitment(revision.salt, "title", wording)
    assert body["commitments"]["title"] != commitment(b"", "title", wording)


def test_the_same_words_are_committed_to_differently_each_time(house: House) -> None:
    titles = ["Erster Titel", "Zweiter Titel", "Erster Titel", "Zweiter Titel"]

    seqs = [record(house.session, house.programme, house.deed(), title=title) for title in titles]

    bodies = [orjson.loads(house.session.get_one(AuditEvent, (house.jobcenter.id, seq)).body) for seq in seqs]
    assert len({body["commitments"]["title"] for body in bodies}) == 4


CANARY = "Kanarienvogel"


def test_no_event_holds_an_opinion_a_vote_a_name_or_a_reason(house: House) -> None:
    session, programme = house.session, house.programme
    house.join(f"{CANARY}-person", Role.EDITOR, organisation=CANARY)
    house.advance("consultation")
    version = newest_version(session, programme)
    assert version is not None
    with house.acting("beirat1", "opinion") as deed:
        board.give(
            session,
            programme,
            version,
            house.member("beirat1"),
            stance=board.Stance.CONCERNS,
            points=[board.Point(f"{CANARY} singt.", about_label=CANARY)],
            version=0,
            deed=deed,
        )
    house.advance("disposition")
    with house.acting("gf", "answer") as deed:
        point = answers.open_points(session, programme)[0]
        answers.answer(
            session,
            programme,
            point,
            disposition=answers.Disposition.NOTED,
            reason=f"{CANARY} gehört.",
            linked=[],
            version=0,
            deed=deed,
        )
    deed = house.editing(Area.CHAPTERS, reason=f"{CANARY} sagt warum")
    chapter = chapters.chapter(session, programme, "lage")
    chapters.add_block(session, chapter, BlockKind.TEXT, {"markdown": CANARY}, deed=deed, visibility=Visibility.BODIES)
    house.advance("resolution")
    with house.acting("tv2", "vote") as deed:
        casting.cast_vote(
            session,
            programme,
            house.people["tv2"],
            choice=ballots.Choice.NO,
            reason=f"{CANARY} meint nein.",
            version=0,
            deed=deed,
        )
    house.step("recall", "tv1", reason=f"{CANARY} ruft zurück.")

    bodies = [event.body for event in events_of(session, house.jobcenter.id)]
    votes = [json.loads(body) for body in bodies if json.loads(body)["type"] == "vote"]
    wording = session.scalars(select(AuditRevision.texts).where(AuditRevision.texts.contains(CANARY))).all()
    assert not [body for body in bodies if CANARY.lower() in body.lower()]
    assert not [body for body in bodies if "Farnhügel" in body or "@" in body]
    assert votes
    assert not [vote for vote in votes if "choice" in vote["changes"]]
    assert len(wording) >= 7


def test_changes_saved_together_share_a_group_and_a_reason(house: House) -> None:
    deed = house.editing(Area.CHAPTERS, reason="Zusammen geändert.")
    rows = chapters.chapters_of(house.session, house.programme)

    last = record_all(house.session, deed, [(row, {"number": f"{row.number}a"}) for row in rows])

    two = entries(house.session, select_events(house.jobcenter.id).limit(2))
    assert [entry.seq for entry in two] == [last, last - 1]
    assert {entry.group_id for entry in two} == {deed.group}
    assert {entry.reason for entry in two} == {"Zusammen geändert."}


def test_two_deeds_are_two_groups(house: House) -> None:
    first, second = house.deed(), house.deed()

    record(house.session, house.programme, first, title="Eins")
    record(house.session, house.programme, second, title="Zwei")

    newer, older = entries(house.session, select_events(house.jobcenter.id).limit(2))
    assert newer.group_id != older.group_id


def test_nothing_to_save_writes_nothing(house: House) -> None:
    before = head_of(house).seq

    assert record_all(house.session, house.deed(), []) == 0
    assert head_of(house).seq == before


def test_an_entry_says_who_acted_for_whom_in_which_role(house: House) -> None:
    actor = house.actor("buero")
    deed = actor.deed(Role.STAFF, house.at, "Auf Papier", house.people["beirat1"])

    record(house.session, house.programme, deed, title="Neu")

    entry = entries(house.session, select_events(house.jobcenter.id).limit(1))[0]
    assert (entry.actor_id, entry.role) == (house.people["buero"], "staff")
    assert (entry.on_behalf_of, entry.reason) == (house.people["beirat1"], "Auf Papier")
    assert entry.at == house.at


def test_each_jobcenter_has_its_own_chain(session: Session) -> None:
    first = found_house(session, small_document(name="Jobcenter Erstes"))
    length = head_of(first).seq

    second = found_house(session, small_document(name="Jobcenter Zweites"))

    assert head_of(first).seq == length == head_of(second).seq
    assert head_of(first).hash != head_of(second).hash


def test_values_of_json_columns_are_compared_by_content(house: House) -> None:
    milestones.set_basis(
        house.session, house.programme, known=True, source="Schreiben", dated=None, note="", deed=house.deed()
    )

    record(house.session, house.programme, house.deed(), basis=dict(house.programme.basis or {}), title="Neu")

    entry = entries(house.session, select_events(house.jobcenter.id).limit(1))[0]
    assert set(entry.changes) == {"title"}


def test_a_plain_default_is_seen_by_the_trail_before_the_row_is_stored(house: House) -> None:
    created = entries(house.session, select_events(house.jobcenter.id).where(AuditEvent.object_type == "block"))[-1]

    assert created.changes["removed"] == (None, False)
    assert created.changes["visibility"] == (None, "public")


@given(JSON)
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(value: object) -> None:
    def turned(inner: object) -> object:
        if isinstance(inner, dict):
            return {name: turned(inner[name]) for name in reversed(inner)}
        return [turned(one) for one in inner] if isinstance(inner, list) else inner

    content = canonical(value)  # type: ignore[arg-type]

    assert canonical(turned(value)) == content  # type: ignore[arg-type]
    assert orjson.loads(content) == value
    assert canonical(orjson.loads(content)) == content


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    content = canonical({"b": [1, True, None], "a": 'ä\n"\u20ac', "c": {"y": -1, "x": 9_007_199_254_740_991}})

    assert content == '{"a":"ä\\n\\"€","b":[1,true,null],"c":{"x":9007199254740991,"y":-1}}'.encode()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (date(2027, 1, 2), "2027-01-02"),
        (datetime(2027, 1, 2, 3, 4, 5, 6, UTC), "2027-01-02T03:04:05.000006Z"),
        (datetime(2027, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2027-01-02T01:00:00.000000Z"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Role.STAFF, "staff"),
        ({"a": (1, date(2027, 1, 2))}, {"a": [1, "2027-01-02"]}),
        (None, None),
        (False, False),
    ],
)
def test_a_value_stands_in_an_event_as_plain_json(value: object, kept: object) -> None:
    assert plain(value) == kept


@pytest.mark.parametrize("value", [1.5, b"bytes", object()])
def test_what_is_not_exact_is_not_fit_for_the_trail(value: object) -> None:
    with pytest.raises(TypeError, match="not fit for the trail"):
        plain(value)


def test_the_command_line_acts_without_a_person(house: House) -> None:
    first = events_of(house.session, house.jobcenter.id)[0]

    assert (first.actor_id, first.role, first.at) == (None, COMMAND_LINE.role, COMMAND_LINE.at)
