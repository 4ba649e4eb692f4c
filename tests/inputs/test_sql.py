"""Nothing that is typed or asked for becomes part of a statement."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import create_engine

from jcflow.database import Base
from tests.databases import KINDS
from tests.inputs.bodies import TYPED, URLENCODED, Sent
from tests.inputs.field import Field, send
from tests.inputs.named import parameters
from tests.inputs.payloads import SQL
from tests.inputs.run import SLOWEST
from tests.inputs.stages import Target
from tests.site import NOW

pytestmark = pytest.mark.xdist_group("inputs")
NAMES = [*sorted(parameters()), "sort", "order", "fields", "page", "limit", "q"]


def rows(url: str) -> dict[str, int]:
    """Table to its number of rows."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {t.name: len(connection.execute(t.select()).all()) for t in Base.metadata.sorted_tables}
    engine.dispose()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_statement_takes_in_what_is_asked(
    kind: str, field_of: Callable[[str, str], Field], amount: Callable[[int, int], int]
) -> None:
    field = field_of("drafting", kind)
    pages = [(account, path.partition("?")[0]) for account, path in field.ground.pages if account]
    before = rows(field.url)

    for number, payload in enumerate(SQL[:: amount(3, 1)]):
        account, path = pages[number % len(pages)]
        parts = path.split("/")
        parts[-1] = quote(payload, safe="")
        everywhere = urlencode([(name, payload) for name in NAMES])
        odd = {"Cookie": f"jcflow={quote(payload)}"} if number % 5 == 0 else {"X-Request-Id": quote(payload)}
        for asked in (f"{path}?{everywhere}", "/".join(parts)):
            answer, seconds = send(field.client(account), Sent(account, "GET", asked, payload, headers=odd))
            assert answer.status_code < 500, asked
            assert seconds < SLOWEST, asked

    assert rows(field.url) == before


@pytest.mark.parametrize("kind", KINDS)
def test_no_statement_takes_in_what_is_typed(
    kind: str, field_of: Callable[[str, str], Field], amount: Callable[[int, int], int]
) -> None:
    field = field_of("drafting", kind)
    targets = [t for t in field.ground.targets if t.account and any(c["kind"] in TYPED for c in t.controls)]
    known = rows(field.url)

    for number, payload in enumerate(SQL[:: amount(3, 1)]):
        target = targets[number % len(targets)]
        body = urlencode(typed_into(target, payload, f"{number:032x}")).encode()
        sent = Sent(target.account, "POST", target.action, payload, body, URLENCODED)
        answer, seconds = send(field.client(target.account), sent)
        assert answer.status_code < 500, (target.endpoint, payload)
        assert seconds < SLOWEST, (target.endpoint, payload)

    after = rows(field.url)
    assert all(after[name] >= count for name, count in known.items())
    assert after["jobcenter"] == known["jobcenter"]


def typed_into(target: Target, text: str, token: str) -> list[tuple[str, str]]:
    """The form with the text in every field for text, a day in every field for one."""
    found = [target.press] if target.press and target.press[0] else []
    for control in target.controls:
        name, kind, value = control["name"], control["kind"], control["value"]
        if kind == "date":
            found.append((name, value or NOW.date().isoformat()))
        elif kind in TYPED and not (name.startswith(("amount", "prior", "rank", "place")) or kind == "number"):
            found.append((name, text))
        elif name == "form_token":
            found.append((name, token))
        elif kind == "select":
            found.append((name, value or next((o for o in control["options"] if o), "")))
        elif kind != "file" and (control["on"] or kind == "radio"):
            found.append((name, value))
    return found
