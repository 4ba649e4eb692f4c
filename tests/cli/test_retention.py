"""`retention` and `person erase`: nothing without being meant, in portions, and nothing left in the files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from jcflow import database
from jcflow.accounts.people import Person, add_person
from jcflow.cli import retention as command
from jcflow.mail.outbox import Mail, MailState, Occasion
from jcflow.process import retention
from tests.cli.conftest import Jcflow
from tests.factories import House, found_house, small_document, visit
from tests.faults.verdict import printed, violations

CANARY = "Kanarienvogel"
EMAIL = "kanarienvogel@paderborn.example"
OLD = datetime(2020, 5, 4, 9, tzinfo=UTC)
REASON = "Antrag vom 3. November 2026"


def changed(url: str, change: Callable[[House], object], *, is_new: bool = False) -> None:
    """Do something in a small house, which is made if it is new."""
    engine = database.engine_for(url)
    with database.writing(engine) as session:
        change(found_house(session, small_document()) if is_new else visit(session, "gE"))
    engine.dispose()


def mails(house: House) -> None:
    """Five mails of 2020, each with a word that must go."""
    for number in range(5):
        house.session.add(
            Mail(
                jobcenter_id=house.jobcenter.id,
                key=f"test/{number}",
                person_id=house.people["gf"],
                address="gf@example.test",
                name="GF",
                occasion=Occasion.WEEKLY,
                facts={"label": CANARY},
                created_at=OLD,
                not_before=OLD,
                next_try_at=OLD,
                state=MailState.SENT,
                subject="Frist",
                text=f"Guten Tag {CANARY} " * 400,
            )
        )


def newcomer(house: House) -> None:
    """Somebody without a role."""
    add_person(house.session, house.jobcenter, name=f"Zyprian {CANARY}", email=EMAIL, deed=house.deed("admin"))


def bytes_of(url: str) -> bytes:
    """Everything in the files of a SQLite database."""
    file = Path(str(make_url(url).database))
    return b"".join(found.read_bytes() for found in sorted(file.parent.glob(f"{file.name}*")))


def test_without_apply_it_only_shows_what_is_due(jcflow: Jcflow, database_url: str) -> None:
    changed(database_url, mails, is_new=True)
    before = printed(database_url, "export", "--all"), printed(database_url, "audit", "export")

    shown = jcflow("retention")

    assert shown.exit_code == 0
    assert "Anschrift und Inhalt von E-Mails und Briefen: 5 fällig, ältestes vom 04.05.2020 (2 Jahre" in shown.stdout
    assert "Bekannte Geräte: nichts fällig (1 Jahr" in shown.stdout
    assert "jcflow retention --apply" in shown.stdout
    assert (printed(database_url, "export", "--all"), printed(database_url, "audit", "export")) == before


def test_with_apply_what_is_due_goes_and_a_second_run_finds_nothing(jcflow: Jcflow, database_url: str) -> None:
    changed(database_url, mails, is_new=True)

    first, second = (jcflow("retention", "--jobcenter", "Jobcenter gE", "--apply") for _ in range(2))

    assert "Gelöscht: Anschrift und Inhalt von E-Mails und Briefen, 5" in first.stdout
    assert "Gelöscht" not in second.stdout
    assert "E-Mails und Briefen: nichts fällig" in second.stdout
    assert jcflow("audit", "verify", "--deep").exit_code == 0
    assert violations(database_url) == []
    assert CANARY not in printed(database_url, "export", "--all")


def test_a_run_that_was_cut_short_is_simply_run_again(
    jcflow: Jcflow, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(database_url, mails, is_new=True)
    monkeypatch.setattr(retention, "PORTION", 2)
    portions = list[int]()

    def cut_short(*given: object) -> int:
        removed = retention.remove_portion(*given)  # type: ignore[arg-type]
        portions.extend([removed] if removed else [])
        if len(portions) == 2:
            raise KeyboardInterrupt
        return removed

    with monkeypatch.context() as broken:
        broken.setattr(command, "remove_portion", cut_short)
        assert jcflow("retention", "--apply").exit_code == 1
    halfway = jcflow("retention").stdout
    done = jcflow("retention", "--apply")

    assert portions == [2, 2]
    assert "E-Mails und Briefen: 3 fällig" in halfway
    assert "E-Mails und Briefen, 3" in done.stdout
    assert violations(database_url) == []


def test_nothing_of_a_person_is_left_in_the_files(jcflow_on_sqlite: Jcflow, sqlite_url: str) -> None:
    changed(sqlite_url, newcomer, is_new=True)
    changed(sqlite_url, mails)
    assert CANARY.encode() in bytes_of(sqlite_url)

    erased = jcflow_on_sqlite("person", "erase", "--jobcenter", "Jobcenter gE", "--email", EMAIL, "--reason", REASON)
    jcflow_on_sqlite("retention", "--apply")

    assert erased.exit_code == 0, erased.output
    assert CANARY.encode() not in bytes_of(sqlite_url)
    assert EMAIL.encode() not in bytes_of(sqlite_url)
    assert jcflow_on_sqlite("audit", "verify", "--deep").exit_code == 0


def test_after_a_restore_the_listed_erasures_are_done_again(jcflow: Jcflow, database_url: str, tmp_path: Path) -> None:
    changed(database_url, newcomer, is_new=True)
    before, after = tmp_path / "vorher", tmp_path / "geloescht.jsonl"
    assert jcflow("backup", before).exit_code == 0
    jcflow("person", "erase", "--jobcenter", "Jobcenter gE", "--email", EMAIL, "--reason", REASON)
    after.write_text(jcflow("person", "erased").stdout, encoding="utf-8")
    restored = jcflow("restore", before, "--force")
    assert restored.exit_code == 0, restored.stderr
    assert CANARY in printed(database_url, "export", "--all")

    again, once_more = jcflow("person", "erase", "--again", after), jcflow("person", "erase", "--again", after)

    assert CANARY not in after.read_text(encoding="utf-8")
    assert again.stdout == "1 Löschungen wiederholt, 0 waren schon ausgeführt.\n"
    assert once_more.stdout == "0 Löschungen wiederholt, 1 waren schon ausgeführt.\n"
    assert CANARY not in printed(database_url, "export", "--all") + printed(database_url, "audit", "export")
    assert violations(database_url) == []


def test_what_cannot_be_repeated_yet_is_named(jcflow: Jcflow, database_url: str, tmp_path: Path) -> None:
    listed = tmp_path / "geloescht.jsonl"

    def held(house: House) -> None:
        listed.write_text(f'{{"jobcenter":"Jobcenter gE","person":"{house.people["gf"]}"}}\n', encoding="utf-8")

    changed(database_url, held, is_new=True)

    again = jcflow("person", "erase", "--again", listed)

    assert again.exit_code == 1
    assert "Beenden Sie erst alle Rollen" in again.stderr


@pytest.mark.parametrize(
    "words",
    [(), ("--email", EMAIL), ("--jobcenter", "x", "--email", EMAIL, "--reason", REASON, "--again", "pyproject.toml")],
    ids=len,
)
def test_a_wrong_call_is_refused(jcflow_on_sqlite: Jcflow, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text("keine Liste", encoding="utf-8")

    assert jcflow_on_sqlite("person", "erase", *words).exit_code == 2
    assert jcflow_on_sqlite("person", "erase", "--again", tmp_path / "pyproject.toml").exit_code == 2


def test_who_does_not_exist_or_still_has_a_role_is_not_erased(jcflow_on_sqlite: Jcflow, sqlite_url: str) -> None:
    changed(sqlite_url, mails, is_new=True)
    engine = database.engine_for(sqlite_url)
    with database.reading(engine) as session:
        email = session.scalars(
            select(Person.email).where(Person.email.startswith("gf@")), execution_options=database.EVERY_JOBCENTER
        ).one()
    engine.dispose()

    answers = [
        jcflow_on_sqlite("person", "erase", "--jobcenter", "Jobcenter gE", "--email", one, "--reason", REASON)
        for one in ("niemand@x.example", email)
    ]

    assert [answer.exit_code for answer in answers] == [1, 1]
    assert "gibt es hier nicht" in answers[0].stderr
    assert "Beenden Sie erst alle Rollen" in answers[1].stderr
