"""Races about what stands in a programme: saving it, freezing it, showing it to the public."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from jcflow.audit.trail import Deed
from jcflow.clock import now
from jcflow.programmes import budgets
from jcflow.programmes.chapters import Block, save_block
from jcflow.programmes.kinds import BlockKind, Visibility
from jcflow.programmes.programme import Programme
from jcflow.programmes.versions import newest_version
from tests.races.conftest import Races
from tests.races.starting import Sending, Track, statuses, step

LINE = "beratung"
REASON = "Die Zahlen sind noch einmal zu prüfen."


def _text_of(session: Session, programme: Programme) -> Block:
    mine = (Block.programme_id == programme.id) & (Block.kind == BlockKind.TEXT)
    return session.scalars(select(Block).where(mine).order_by(Block.position, Block.id)).all()[0]


def _back_to_drafting(session: Session, programme: Programme) -> None:
    if programme.state == "internal_check":
        step(session, programme, "return", "haushalt", REASON)


def _edit(track: Track, block_id: UUID, version: int, words: str) -> Sending:
    sheet = track.form("redaktion", f"{track.here}/text/blocks/{block_id}/edit")
    return sheet.sent({"version": str(version), "markdown": words})


def _submit(track: Track, version: int) -> Sending:
    sheet = track.form("gf", f"{track.here}/submit", action=f"{track.here}/steps/submit")
    return sheet.sent({"version": str(version)})


def _frozen(track: Track) -> tuple[int, str]:
    """Number and content of the newest version."""
    with track.session() as session:
        version = newest_version(session, track.programme(session))
        assert version is not None
        return version.number, version.content


def test_a_text_saved_while_the_draft_is_frozen_is_in_the_version_or_refused(track: Track, races: Races) -> None:
    for number in races(track, "drafting", in_place=True):
        words = f"Fassung {number}"
        with track.writing() as (session, programme):
            _back_to_drafting(session, programme)
            block = _text_of(session, programme)
            block_id, block_version, version = block.id, block.version, programme.version

        edited, frozen = track.start(_edit(track, block_id, block_version, words), _submit(track, version))

        assert frozen.status_code == 303, frozen.text
        assert edited.status_code in {303, 409}, edited.text
        assert (words in _frozen(track)[1]) == (edited.status_code == 303)


def test_a_draft_frozen_twice_at_once_becomes_one_version(track: Track, races: Races) -> None:
    for number in races(track, "drafting", in_place=True):
        words = {"markdown": f"Fassung {number}"}
        with track.writing() as (session, programme):
            _back_to_drafting(session, programme)
            deed = Deed(None, "command_line", now())
            save_block(session, _text_of(session, programme), words, Visibility.PUBLIC, deed)
            version = programme.version

        answers = track.start(*_submit(track, version).twice())

        assert statuses(answers) == [303, 409]
        frozen, content = _frozen(track)
        assert frozen == number + 1
        assert words["markdown"] in content


def test_one_line_changed_by_two_keeps_the_amount_of_the_first(track: Track, races: Races) -> None:
    for number in races(track, "drafting", in_place=True):
        mine, theirs = f"{200 + 2 * number}", f"{201 + 2 * number}"
        sheet = track.form("gf", f"{track.here}/budget/mittel/edit", fresh=True)
        place = next(name for name, values in sheet.form.fields.items() if values == [LINE]).removeprefix("key-")
        other = track.form("redaktion", f"{track.here}/budget/mittel/edit")
        versions = {
            name: values for name, values in sheet.form.fields.items() if name.startswith(("version", "amount"))
        }

        answers = track.start(
            sheet.sent({f"amount-{place}": mine}), other.sent({**versions, f"amount-{place}": theirs})
        )

        assert statuses(answers) == [303, 409]
        with track.session() as session:
            rows = budgets.lines_of(session, track.programme(session))
            (amount,) = [row.amount for lines in rows.values() for row in lines if row.key == LINE]
        assert amount == 100 * int(mine if answers[0].status_code == 303 else theirs)


def test_a_programme_published_and_taken_back_at_once_follows_the_first(track: Track, races: Races) -> None:
    for _ in races(track, "in_force", in_place=True):
        with track.session() as session:
            version = str(track.programme(session).version)
        sheet = track.form("gf", f"{track.here}/publish")
        publish = sheet.sent({"version": version})
        take_back = Sending("gf", f"{track.here}/unpublish", sheet.sent({"version": version, "reason": REASON}).data)

        published, taken_back = track.start(publish, take_back)

        assert statuses([published, taken_back]) == [303, 409]
        with track.session() as session:
            is_out = track.programme(session).published_version_id is not None
        assert is_out == (published.status_code == 303)
