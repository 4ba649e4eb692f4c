"""Whatever is sent to any form or page: an answer, in time, with what was typed, and no more memory than before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.databases import KINDS
from tests.inputs.bodies import fields_of
from tests.inputs.field import Field
from tests.inputs.named import named_in_templates, parameters
from tests.inputs.payloads import DAYS
from tests.inputs.stages import STAGES, Ground, plain_name
from tests.places import places
from tests.site import Site

pytestmark = pytest.mark.xdist_group("inputs")

SAMPLE = ("drafting", "consultation", "resolution", "committee")
"""Stages of an ordinary run; all of them with --long."""
ELSEWHERE = {
    "amendments.do",
    "amendments.preview",
    "amendments.save",
    "answers.reply",
    "blocks.move",
    "house_checks.enter_sign_off",
    "house_checks.enter_statement",
    "house_checks.enter_targets",
    "measures.name_owner",
    "measures.send_report",
    "publication.publish",
    "publication.take_back",
    "results.conclude_ballot",
    "results.confirm",
    "results.decide",
    "results.keep_record",
    "results.set_down",
}
"""What no form of the sample's stages goes to; a new page that no crawl reaches is not among them."""
SEED = 20261118
MOST_GROWTH = 25 * 2**20
"""Bytes, from the end of the first round to the end of the last; statements compiled once are not counted."""
MOST_COMPILED = 750
"""Statements an engine keeps compiled: 500, and half as many again before it lets go of the oldest."""


@pytest.fixture
def stages(amount: Callable[[int, int], int]) -> tuple[str, ...]:
    """Names of the stages of this run."""
    return tuple(stage.name for stage in STAGES)[: amount(0, len(STAGES))] or SAMPLE


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_breaks_the_site(
    kind: str,
    ground_of: Callable[[str, str], Ground],
    new_site: Callable[..., Site],
    stages: tuple[str, ...],
    amount: Callable[[int, int], int],
    tmp_path: Path,
) -> None:
    grounds = [ground_of(name, kind) for name in stages]
    plan = {
        "seed": SEED,
        "count": amount(400, 10_000),
        "rounds": amount(2, 8),
        "share": amount(4, 1),
        "compiled": str(new_site("sqlite").compiled),
        "grounds": [asdict(ground) for ground in grounds],
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    ran = _run(tmp_path / "plan.json")

    assert ran["faults"] == []
    assert ran["rss"][-1] - ran["rss"][0] < MOST_GROWTH, ran["rss"]
    assert max(ran["compiled"]) <= MOST_COMPILED, ran["compiled"]
    assert sum(ran["statuses"].values()) > plan["count"] * 0.9
    check_tried(ran, grounds, plan["rounds"])
    assert {"200", "303", "400", "404", "409", "413", "422"} <= set(ran["statuses"])


def check_tried(ran: dict[str, Any], grounds: list[Ground], rounds: int) -> None:
    """Every field of every form had its turn, or as many as there were requests; so had parameters, and odd days."""
    tried, asked = set(ran["fields"]), set(ran["parameters"])
    for ground in grounds:
        turns = [f"{ground.stage} {t.endpoint} {name}" for t in ground.targets for name in fields_of(t)]
        # Each round parts its requests among forms that end something and others, and may round one away.
        without_turn = max(0, len(turns) + rounds - ran["bodies"][ground.stage])
        assert len(set(turns) - tried) <= without_turn, set(turns) - tried
    assert parameters() <= asked, parameters() - asked
    assert set(ran["days"]) == set(DAYS) if rounds > 2 else ran["days"]


def _run(plan: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.inputs.run", str(plan)]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-5_000:]
    found: dict[str, Any] = json.loads(done.stdout)
    print({name: found[name] for name in ("statuses", "rss", "compiled", "slowest")}, done.stderr[-5_000:])
    return found


def test_every_form_and_every_parameter_is_sent_to(
    ground_of: Callable[[str, str], Ground], field_of: Callable[[str, str], Field], stages: tuple[str, ...]
) -> None:
    grounds = [ground_of(name, "sqlite") for name in stages]
    reached = {target.endpoint for ground in grounds for target in ground.targets}
    asked = {rule.rule.endpoint for rule in places(field_of(stages[0], "sqlite").app, "POST")}

    left_out = asked - reached - {"login.leave", "login.leave_everywhere"}

    assert left_out == (ELSEWHERE if stages == SAMPLE else set())
    assert {"q", "status", "version", "table", "before"} <= parameters()
    if stages != SAMPLE:
        named = {plain_name(c["name"]) for g in grounds for t in g.targets for c in t.controls}
        pressed = {t.press[0] for g in grounds for t in g.targets if t.press}
        assert named_in_templates() - parameters() <= named | pressed
