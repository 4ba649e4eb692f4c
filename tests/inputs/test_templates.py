"""What looks like a template is text: it is shown as it was typed and never worked out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.forms import Page
from tests.inputs.bodies import TYPED, URLENCODED, Sent
from tests.inputs.field import Field, send
from tests.inputs.payloads import PRODUCT, TEMPLATES
from tests.inputs.test_sql import typed_into
from tests.site import SECRET

pytestmark = pytest.mark.xdist_group("inputs")

RESULTS = (str(PRODUCT), f"{PRODUCT:,}".replace(",", "."), "<class", "subclasses at", "<Config", SECRET, "uid=")
"""What the payloads would turn into."""


@pytest.mark.parametrize("stage", ["drafting", "consultation"])
def test_templates_in_any_field_are_shown_literally(stage: str, field_of: Callable[[str, str], Field]) -> None:
    field = field_of(stage, "sqlite")
    targets = [t for t in field.ground.targets if t.account and any(c["kind"] in TYPED for c in t.controls)]
    taken, shown = 0, ""

    for number, payload in enumerate(TEMPLATES * 2):
        target = targets[number % len(targets)]
        body = urlencode(typed_into(target, f"Vorlage {payload}", f"{number:032x}")).encode()
        answer, _ = send(
            field.client(target.account), Sent(target.account, "POST", target.action, payload, body, URLENCODED)
        )
        assert answer.status_code < 500, (target.endpoint, payload)
        taken += answer.status_code == 303
        assert not any(result in answer.text for result in RESULTS), (target.endpoint, payload)
    for account, path in field.ground.pages:
        answer, _ = send(field.client(account), Sent(account, "GET", path, path))
        said = answer.get_data().decode("utf-8", "replace")
        assert not any(result in said for result in RESULTS), path
        shown += Page(said).words if answer.mimetype == "text/html" else ""

    assert taken > 0
    assert any(f"Vorlage {payload}" in shown for payload in TEMPLATES)


def test_templates_in_an_address_are_shown_literally(field_of: Callable[[str, str], Field]) -> None:
    client = field_of("drafting", "sqlite").client("admin")

    for payload in TEMPLATES:
        answer = client.get("/admin", query_string={"q": payload})

        assert answer.status_code == 200
        assert not any(result in answer.text for result in RESULTS), payload
        assert payload in " ".join(c.value for form in Page(answer.text).forms for c in form.controls)
