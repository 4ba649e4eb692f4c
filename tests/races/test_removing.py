"""Races between taking something away and writing into it: nothing is written into what is gone, no text is lost."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.test import TestResponse

from jcflow.audit.trail import Deed
from jcflow.clock import now
from jcflow.programmes import topics
from jcflow.programmes.budgets import BudgetLine, BudgetTable
from jcflow.programmes.chapters import Block
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.ordering import Ordered
from jcflow.programmes.topics import Topic
from tests.forms import Page
from tests.races.conftest import Races
from tests.races.starting import Sheet, Track, statuses

REASON = "Das steht jetzt an anderer Stelle."
AMOUNT = "777"
TABLE, LINE = "mittel", "beratung"


def _place_of(sheet: Sheet, key: str) -> str:
    """The number of a row in the form of a whole table."""
    fields = sheet.form.fields
    return next(name for name, values in fields.items() if values == [key] and name.startswith("key-"))[4:]


def _check_first_stands(track: Track, saved: TestResponse, removed: TestResponse, row: Ordered, words: str) -> None:
    """One counts, the other is refused and sees its words again; a row that is gone holds nothing it did not before."""
    assert statuses([saved, removed]) == [303, 409], (saved.status_code, removed.status_code)
    with track.session() as session:
        found = session.get_one(type(row), row.id)
        assert found.removed is (removed.status_code == 303)
        assert found.version == row.version + 1
        held = {str(getattr(found, column.key)) for column in found.__mapper__.column_attrs}
    if saved.status_code == 303:
        assert any(words in value for value in held), words
    else:
        shown = Page(saved.text)
        kept = " ".join(c.value for form in shown.forms for c in form.controls)
        assert words in kept + shown.words, f"{words} is lost"


def test_a_block_removed_while_somebody_saves_it_is_gone_or_saved(track: Track, races: Races) -> None:
    for number in races(track, "drafting"):
        words = f"Der Absatz in der Fassung {number}."
        with track.session() as session:
            mine = select(Block).where(Block.kind == BlockKind.TEXT).order_by(Block.position, Block.id)
            row = session.scalars(mine).all()[0]
        page = f"{track.here}/text/blocks/{row.id}"
        save = track.form("redaktion", f"{page}/edit").sent({"markdown": words})
        remove = track.form("gf", f"{track.here}/text/lage/edit", action=f"{page}/remove").sent()

        saved, removed = track.start(save, remove)

        _check_first_stands(track, saved, removed, row, words)


def test_a_topic_removed_while_somebody_words_it_is_gone_or_worded(track: Track, races: Races) -> None:
    for number in races(track, "drafting"):
        words = f"Weil es in der Fassung {number} so ist."
        with track.writing() as (session, programme):
            deed = Deed(None, "command_line", now())
            own = topics.add_set(session, programme, "Eigene Themen", deed)
            topics.save_choices(session, programme, own, [topics.Choice(None, 0, True, 1, "Hafen")], deed)
            key, set_id = own.key, own.id
        with track.session() as session:
            row = session.scalars(select(Topic).where(Topic.set_id == set_id)).one()
        save = track.form("redaktion", f"{track.here}/topics/{key}/{row.key}/edit", fresh=True).sent({"why": words})
        sheet = track.form("gf", f"{track.here}/topics/{key}/edit", fresh=True)

        saved, removed = track.start(save, sheet.sent({f"removed-{_place_of(sheet, row.key)}": "1"}))

        _check_first_stands(track, saved, removed, row, words)


def test_a_budget_line_removed_while_somebody_changes_it_is_gone_or_changed(track: Track, races: Races) -> None:
    for _ in races(track, "drafting"):
        with track.session() as session:
            row = session.scalars(select(BudgetLine).where(BudgetLine.key == LINE)).one()
        sheet = track.form("gf", f"{track.here}/budget/{TABLE}/edit")
        place = _place_of(sheet, LINE)
        save = track.form("redaktion", f"{track.here}/budget/{TABLE}/edit").sent({f"amount-{place}": AMOUNT})

        saved, removed = track.start(save, sheet.sent({f"removed-{place}": "1"}))

        _check_first_stands(track, saved, removed, row, AMOUNT)


def test_a_budget_table_removed_while_somebody_changes_a_line_is_gone_with_it(track: Track, races: Races) -> None:
    """Removing a table takes its lines as they are, so a line saved just before stays saved in it."""
    for _ in races(track, "drafting"):
        page = f"{track.here}/budget/{TABLE}"
        with track.session() as session:
            line = session.scalars(select(BudgetLine).where(BudgetLine.key == LINE)).one()
        sheet = track.form("redaktion", f"{page}/edit")
        save = sheet.sent({f"amount-{_place_of(sheet, LINE)}": AMOUNT})
        remove = track.form("gf", f"{page}/remove").sent({"reason": REASON})

        saved, removed = track.start(save, remove)

        assert removed.status_code == 303, removed.text
        assert saved.status_code in {303, 409}, saved.text
        with track.session() as session:
            table = session.scalars(select(BudgetTable).where(BudgetTable.key == TABLE)).one()
            found = session.get_one(BudgetLine, line.id)
            assert table.removed
            assert (found.amount == int(AMOUNT) * 100) == (saved.status_code == 303)
            assert saved.status_code == 409 or found.audit_seq < table.audit_seq, (
                "a line was changed in a table long gone"
            )
        assert saved.status_code == 303 or AMOUNT in saved.text
