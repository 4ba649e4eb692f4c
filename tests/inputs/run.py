"""Send bad input to a site, in a process of its own: `python -m tests.inputs.run PLAN` prints what came of it as JSON.

PLAN is a JSON file: grounds (see tests.inputs.stages.Ground), how many requests, and the seed.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from ctypes import CDLL
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import time_machine
from werkzeug.test import TestResponse

from jcflow.web.conflicts import WRITTEN
from tests.forms import Page
from tests.inputs import payloads
from tests.inputs.bodies import Sent, bodies, fields_of, questions
from tests.inputs.field import LATER, Field, send
from tests.inputs.named import parameters
from tests.inputs.stages import Ground, Target, plain_name
from tests.site import NOW

SLOWEST = 5.0
"""Seconds after which an answer counts as a hang."""
GERMAN = re.compile(r"\b(Sie|ist|sind|Der|Die|Das|Bitte|nicht|Diese|Ihre|Zeichen)\b")
ODD_DAYS = frozenset(payloads.DAYS)
LAST = re.compile(
    r"^(steps\.take|results\.|casting\.|records\.|votes\.|publication\.|.*\.(remove|withdraw\w*|end_role))"
)
"""Endpoints that end what others still need: sent to after all others."""
UNKEPT = re.compile(r"password|again|old|code|recovery|place-\d+")
"""Passwords and codes never come back; the place of a line is counted anew."""


@dataclass
class Ran:
    """What came of a run."""

    statuses: Counter[int] = field(default_factory=Counter)
    fields: set[str] = field(default_factory=set)
    """Stage, endpoint and field, of all whose turn it was."""
    bodies: Counter[str] = field(default_factory=Counter)
    """Stage to how many forms were sent there."""
    parameters: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    """What query parameters said that is nearly a day."""
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    rss: list[int] = field(default_factory=list)
    """Bytes held after each round; the first one is for warming up."""
    compiled: list[int] = field(default_factory=list)
    """Most statements an engine knew compiled, after each round."""

    def fault(self, sent: Sent, what: str) -> None:
        """Note what is wrong with an answer, with what it needs to be looked into."""
        told = sent.body[:300] if len(sent.body) <= 20_000 else sent.body[:300] + b"..."
        self.faults.append(
            f"{what} | {sent.account} {sent.method} {sent.path[:300]} | {sent.note} | {sent.kind} {told!r}"
        )


def judge(ran: Ran, sent: Sent, answer: TestResponse, seconds: float) -> None:
    """Note whatever an answer must not be."""
    ran.statuses[answer.status_code] += 1
    ran.parameters |= {name for name, _ in sent.asked}
    ran.days |= {value for _, value in sent.asked} & ODD_DAYS
    ran.slowest = max(ran.slowest, (seconds, sent.note))
    if answer.status_code >= 500:
        ran.fault(sent, f"{answer.status_code}")
    if seconds > SLOWEST:
        ran.fault(sent, f"{seconds:.1f} s")
    if answer.status_code == 422:
        for what in missing_from(answer.text, sent):
            ran.fault(sent, what)


def missing_from(page: str, sent: Sent) -> Iterator[str]:
    """What a page that refuses input lacks: a German sentence, or something that was typed.

    Where the form itself could not be read, and so does not come back, what somebody wrote is kept as text.
    """
    read = Page(page)
    if not GERMAN.search(read.words):
        yield "no sentence"
    actions = {form.action for form in read.forms} | {b.action for form in read.forms for b in form.buttons}
    is_back = any(sent.path == action.partition("#")[0] for action in actions)
    held = _essence(" ".join(c.value for form in read.forms for c in form.controls) + read.words)
    for name, value in sent.typed.items():
        is_asked = is_back or plain_name(name) in WRITTEN
        if is_asked and not UNKEPT.fullmatch(name) and _essence(value) not in held:
            yield f"lost {name}"


def _essence(value: str) -> str:
    return "".join(c for c in value if c.isprintable() and not c.isspace())


def run(plan: dict[str, Any]) -> Ran:
    """Carry the plan out."""
    rng, ran, names = Random(plan["seed"]), Ran(), sorted(parameters() | {"page", "sort", "q", "x" * 3_000})
    grounds = [Ground(**{**raw, "targets": [_target(t) for t in raw["targets"]]}) for raw in plan["grounds"]]
    fields = [Field(ground, plan["compiled"]) for ground in grounds]
    asked = [_Turns(one.ground, rng, names) for one in fields]
    weight = sum(len(ground.targets) for ground in grounds)
    try:
        for turn in range(plan["rounds"]):
            for one, turns in zip(fields, asked, strict=True):
                if turn:
                    one.reset()
                count = max(1, plan["count"] * len(one.ground.targets) // weight // plan["rounds"])
                _one_round(ran, one, turns.next(count))
                # At first too: each site keeps the templates of the pages that were opened.
                if turn in {0, plan["rounds"] - 1}:
                    _look_around(ran, one, plan["share"])
            ran.compiled.append(max(one.forget_statements() for one in fields))
            ran.rss.append(_held())
    finally:
        for one in fields:
            one.close()
    return ran


class _Turns:
    """What a stage is sent, round after round: who had no turn in one has it in the next."""

    def __init__(self, ground: Ground, rng: Random, names: list[str]) -> None:
        first = [target for target in ground.targets if not LAST.match(target.endpoint)]
        last = [target for target in ground.targets if LAST.match(target.endpoint)]
        self._asked = questions(rng, ground.pages, names)
        self._first, self._last = bodies(rng, first), bodies(rng, last)
        sizes = [sum(len(fields_of(target)) for target in targets) for targets in (first, last)]
        self._share = sizes[1] / max(1, sum(sizes))

    def next(self, count: int) -> Iterator[Sent]:
        """So many requests, those that end something last."""
        asked = count // 5
        last = round((count - asked) * self._share)
        yield from islice(self._asked, asked // 2)
        yield from islice(self._first, count - asked - last)
        yield from islice(self._last, last)
        yield from islice(self._asked, asked - asked // 2)


def _one_round(ran: Ran, one: Field, requests: Iterator[Sent]) -> None:
    clients = {account: one.client(account) for account in ("", *one.ground.cookies)}
    for sent in requests:
        account, client = sent.account, clients[sent.account]
        judge(ran, sent, *send(client, sent))
        if sent.field:
            ran.fields.add(f"{one.ground.stage} {sent.field}")
            ran.bodies[one.ground.stage] += 1
        if account:
            client.set_cookie("jcflow", one.ground.cookies[account])
        else:
            clients[""] = one.client("")


def _look_around(ran: Ran, one: Field, share: int) -> None:
    """Open the pages once more: what was taken breaks none of them. One in `share` is looked at."""
    clients = {account: one.client(account) for account in ("", *one.ground.cookies)}
    for account, path in one.ground.pages[::share]:
        after = Sent(account, "GET", path, f"after {path}")
        judge(ran, after, *send(clients[account], after))


def _target(raw: dict[str, Any]) -> Target:
    press = tuple(raw["press"]) if raw["press"] else None
    return Target(**{**raw, "controls": tuple(raw["controls"]), "press": press})  # type: ignore[arg-type]


def _held() -> int:
    """Bytes in memory, without what nobody uses and the allocator keeps for later: 30 MB after bodies of megabytes."""
    gc.collect()
    if (trim := getattr(CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def main() -> None:
    """Read the plan, carry it out a little after the pages were made, print what came of it."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with time_machine.travel(NOW + LATER, tick=True):
        ran = run(plan)
    result = {name: sorted(value) if isinstance(value, set) else value for name, value in vars(ran).items()}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
