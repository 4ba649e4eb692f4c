"""`export --all` and `audit export`: everything as JSON lines, nothing secret, and enough to check the chain."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select

from jcflow import clock, database
from jcflow.accounts.jobcenters import by_name
from jcflow.accounts.sign_in import Credential
from jcflow.audit.trail import GENESIS
from jcflow.cli import cast
from jcflow.cli.demo.content import DATA
from jcflow.database import EVERY_JOBCENTER
from jcflow.mail.outbox import Letter, Occasion, queue
from tests.cli.conftest import Jcflow

HERFORD, ENNEPE = DATA / "herford-2022.yaml", DATA / "ennepe-ruhr-2023.yaml"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def rows(found: list[dict[str, Any]], table: str) -> list[dict[str, Any]]:
    return [line["values"] for line in found if line["what"] == "row" and line["table"] == table]


def test_every_row_of_every_house_is_exported(jcflow: Jcflow) -> None:
    jcflow("import", HERFORD)
    jcflow("import", ENNEPE)

    exported = jcflow("export", "--all")

    assert exported.exit_code == 0, exported.stderr
    found = lines(exported.stdout)
    assert [house["key"] for house in rows(found, "jobcenter")] == ["ennepe-ruhr", "herford"]
    assert {row["state"] for row in rows(found, "programme")} == {"drafting"}
    assert {row["trigger"] for row in rows(found, "step_taken")} == {"import"}
    assert len(rows(found, "chapter")) > 10
    assert {line["programme_id"] for line in found if line["what"] == "content"} == {
        row["id"] for row in rows(found, "programme")
    }


def test_the_first_line_tells_the_schema_and_the_last_counts_the_others(jcflow: Jcflow) -> None:
    jcflow("import", HERFORD)

    found = lines(jcflow("export", "--all").stdout)

    assert found[0]["what"] == "head"
    assert found[0]["schema"] == found[0]["newest_schema"]
    assert found[0]["missing_triggers"] == []
    assert found[-1] == {"what": "end", "lines": len(found) - 1}


def test_the_procedures_say_who_may_do_what(jcflow_on_sqlite: Jcflow) -> None:
    found = lines(jcflow_on_sqlite("export", "--all").stdout)

    procedures = {line["key"]: line for line in found if line["what"] == "procedure"}
    dispose = next(step for step in procedures["ge-programme"]["steps"] if step["trigger"] == "dispose")
    assert (dispose["from"], dispose["to"], dispose["by"]) == (["disposition"], "resolution", ["managing_director"])
    assert dispose["freeze"]
    assert next(iter(procedures["zkt-programme"]["states"])) == "opened"


def test_passwords_stay_where_they_are(jcflow: Jcflow, database_url: str) -> None:
    jcflow("demo", "--no-serve")

    exported = jcflow("export", "--all").stdout + jcflow("audit", "export").stdout

    engine = database.engine_for(database_url)
    with database.reading(engine) as session:
        hashes = set(session.scalars(select(Credential.password_hash), execution_options=EVERY_JOBCENTER))
    engine.dispose()
    assert hashes
    assert not any(one in exported for one in hashes)
    assert not rows(lines(exported), "credential")


def test_mails_and_tasks_are_exported_but_no_personal_link(jcflow: Jcflow, database_url: str) -> None:
    jcflow("demo", "--no-serve")
    engine = database.engine_for(database_url)
    with database.writing(engine) as session:
        house = by_name(session, "paderborn")
        database.serve(session, house.id)
        person_id = cast.known(session, house)["gf"]
        queue(session, Letter(Occasion.RESET, person_id, "reset", {"path": "/reset/geheim-geheim"}), at=clock.now())
    engine.dispose()
    jcflow("worker", "--once")

    exported = jcflow("export", "--all").stdout

    assert "geheim-geheim" not in exported
    found = lines(exported)
    assert [row["facts"] for row in rows(found, "mail") if row["occasion"] == "reset"] == [{}]
    assert rows(found, "task")


@pytest.mark.parametrize("command", [("export", "--all"), ("audit", "export")])
def test_one_house_can_be_exported_alone(jcflow_on_sqlite: Jcflow, command: tuple[str, ...]) -> None:
    jcflow_on_sqlite("import", HERFORD)
    jcflow_on_sqlite("import", ENNEPE)
    everything = lines(jcflow_on_sqlite(*command).stdout)

    alone = lines(jcflow_on_sqlite(*command, "--jobcenter", "herford").stdout)

    assert 0 < len(alone) < len(everything)
    assert not [line for line in alone if "Ennepe" in json.dumps(line)]
    assert [line for line in alone if line["what"] != "end"] == [
        line for line in everything if line in alone and line["what"] != "end"
    ]


def test_the_chain_can_be_checked_from_what_is_printed(jcflow: Jcflow) -> None:
    jcflow("import", HERFORD)

    found = lines(jcflow("audit", "export").stdout)

    previous = GENESIS
    events = [line for line in found if line["what"] == "event"]
    for seq, event in enumerate(events, 1):
        body = json.loads(event["body"])
        assert (event["seq"], body["prev"]) == (seq, previous)
        previous = hashlib.sha256(event["body"].encode()).hexdigest()
        assert event["hash"] == previous
        for name, value in json.loads(event["texts"]).items():
            opened = bytes.fromhex(event["salt"]) + name.encode() + b"\0"
            stated = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
            assert hashlib.sha256(opened + stated).hexdigest() == body["commitments"][name]
    chain = next(line for line in found if line["what"] == "chain")
    assert (chain["seq"], chain["hash"]) == (len(events), previous)


def test_all_and_one_programme_do_not_go_together(jcflow_on_sqlite: Jcflow) -> None:
    refused = jcflow_on_sqlite("export", "--all", "--programme", "2022")

    assert refused.exit_code == 2
    assert refused.stderr.startswith("--all und --programme passen nicht zusammen.\n")


@pytest.mark.parametrize("command", [("export", "--all"), ("audit", "export")])
def test_a_house_that_is_not_there_is_named(jcflow_on_sqlite: Jcflow, command: tuple[str, ...]) -> None:
    jcflow_on_sqlite("import", HERFORD)

    refused = jcflow_on_sqlite(*command, "--jobcenter", "nirgends")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "Ein Jobcenter „nirgends“ gibt es hier nicht." in refused.stderr
