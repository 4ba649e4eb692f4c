"""Fields no form has may be ignored or refused; they never have an effect."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine

from jcflow.database import Base
from tests.databases import KINDS
from tests.inputs.bodies import URLENCODED, Sent
from tests.inputs.field import Field, send
from tests.inputs.payloads import SMUGGLED, UNKNOWN
from tests.inputs.run import LAST
from tests.inputs.test_any_body import SAMPLE
from tests.inputs.test_sql import typed_into

pytestmark = pytest.mark.xdist_group("inputs")


def everything(url: str) -> str:
    """Every value of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [repr(tuple(row)) for t in Base.metadata.sorted_tables for row in connection.execute(t.select())]
    engine.dispose()
    return "\n".join(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", SAMPLE)
def test_columns_sent_along_are_not_set(stage: str, kind: str, field_of: Callable[[str, str], Field]) -> None:
    field = field_of(stage, kind)
    assert not any(value in everything(field.url) for value in SMUGGLED)
    taken = 0

    for number, target in enumerate(sorted(field.ground.targets, key=lambda t: bool(LAST.match(t.endpoint)))):
        pairs = typed_into(target, "Das ist jetzt so geplant.", f"{number:032x}")
        known = {name for name, _ in pairs} | {control["name"] for control in target.controls}
        more = [(name, value) for name, value in UNKNOWN.items() if name not in known]
        sent = Sent(
            target.account, "POST", target.action, target.endpoint, urlencode([*pairs, *more]).encode(), URLENCODED
        )
        answer, _ = send(field.client(target.account), sent)
        assert answer.status_code < 500, target.endpoint
        taken += answer.status_code == 303

    assert taken >= len(field.ground.targets) // 4
    left = everything(field.url)
    assert [value for value in SMUGGLED if value in left] == []
