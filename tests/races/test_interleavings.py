"""Two editors at one form, in every order: nobody's accepted text is lost, and a refused one comes back beside it.

Each form is opened, sent, previewed, sent without its version and sent again from the page of the lost race, by two
browsers in a random order that its number repeats. What must come out is simple: a save is taken exactly when nobody
saved since its form was opened.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from jcflow.audit.chain import AuditEvent
from jcflow.audit.reading import entries, last_seq, select_events
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.programmes.chapters import blocks_of
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.registers import rows_of
from tests.forms import Form, Page, page_of
from tests.places import PAPER
from tests.races.soundness import check_sound
from tests.races.starting import Track
from tests.site import NOW, Client

TEXT = re.compile(r"Fassung \d+")
TAKEN, LOST, INCOMPLETE = 303, 409, 422


@dataclass(frozen=True)
class Desk:
    """One kind of form and how to write into it."""

    name: str
    state: str
    accounts: tuple[str, str]
    path: Callable[[Track], str]
    """Where the form is opened; it is sent to the same address unless `action` is given."""
    typed: Callable[[Form, str], Mapping[str, object]]
    """What is typed to save a text."""
    version: Callable[[Form], list[str]] = lambda form: [n for n in form.fields if n.split("-")[0] == "version"]
    """The fields without which a form is incomplete."""
    again: str = "Meinen Text übernehmen"
    by_hand: str | None = "Zusammengeführten Text speichern"
    preview: str | None = None
    """The button that shows the form again and saves nothing."""
    checked: bool = False
    """Whether a page asks once more before it counts."""
    mine: Callable[[Form], Mapping[str, object]] = lambda form: {}
    """What is chosen on the page of the lost race to let the own text count."""
    prepare: Callable[[Track], None] = lambda track: None
    sample: int = 50
    """How many orders an ordinary run tries on SQLite; fewer where another desk has the same form."""


def of(track: Track, rest: str) -> str:
    return f"{track.here}/{rest}"


def simple(name: str) -> Callable[[Form, str], Mapping[str, object]]:
    return lambda form, text: {name: text}


def _block(track: Track, kind: BlockKind) -> str:
    with track.session() as session:
        blocks = blocks_of(session, track.programme(session)).values()
        return of(track, f"text/blocks/{next(b for group in blocks for b in group if b.kind is kind).id}/edit")


def _table(track: Track) -> None:
    page = of(track, "text/lage/blocks/new")
    typed = {"caption": "Zahlen", "column": ["Jahr", "Zahl"], "cell": ["2026", "1.200"]}
    assert track.browser("gf").post_form(f"{page}?kind=table", typed, action=page).status_code == TAKEN


def _budget_choice(form: Form) -> Mapping[str, object]:
    return {name: "mine" for name in form.fields if name.startswith("take-")}


def _row(register: str) -> Callable[[Track], str]:
    def path(track: Track) -> str:
        with track.session() as session:
            row = rows_of(session, track.programme(session))[register][0]
            return of(track, f"registers/{register}/{row.id}/edit")

    return path


def _measure(track: Track) -> None:
    page = of(track, "registers/measures/new")
    assert track.browser("gf").post_form(page, {"title": "Beratung vor Ort"}).status_code == TAKEN


def _first_option(form: Form, name: str) -> str:
    return next(option for c in form.controls if c.name == name for option in c.options if option)


def _opinion(form: Form, text: str) -> Mapping[str, object]:
    about = form.fields.get("about-1") or [""]
    return {"stance": "concerns", "about-1": about[0] or _first_option(form, "about-1"), "text-1": text}


def _paper(track: Track) -> None:
    office = track.browser("buero")
    form = office.form(of(track, "opinions/enter"))
    typed = _opinion(form, "Vom Papier") | {"member": _first_option(form, "member"), "given_on": f"{NOW:%Y-%m-%d}"}
    data = form.filled(typed) | {"scan": (io.BytesIO(PAPER), "beleg.pdf")}
    assert office.post(form.action, data=data, content_type="multipart/form-data").status_code == TAKEN


def _on_paper(track: Track) -> str:
    with track.session() as session:
        entered = session.scalars(select(Opinion).where(Opinion.entered_by.is_not(None))).one()
        return of(track, f"opinions/enter?member={entered.person_id}")


def _own_seat(form: Form) -> list[str]:
    return [f"version-{form.fields['member'][0]}"]


def _answer(track: Track) -> str:
    with track.session() as session:
        point = session.scalars(select(OpinionPoint)).first()
        assert point is not None
        return of(track, f"opinions/{point.opinion_id}/reply/{point.id}")


TEAM, LEAD = ("redaktion", "gf"), ("gf", "gf")
DESKS = [
    Desk("text", "drafting", TEAM, lambda s: _block(s, BlockKind.TEXT), simple("markdown"), preview="Vorschau zeigen"),
    Desk(
        "table",
        "drafting",
        TEAM,
        lambda s: _block(s, BlockKind.TABLE),
        simple("caption"),
        by_hand=None,
        prepare=_table,
        sample=10,
    ),
    Desk("heading", "drafting", TEAM, lambda s: of(s, "text/lage/edit"), simple("title")),
    Desk(
        "budget",
        "drafting",
        TEAM,
        lambda s: of(s, "budget/mittel/edit"),
        simple("note-0"),
        version=lambda form: ["version-0"],
        again="Auswahl speichern",
        by_hand=None,
        mine=_budget_choice,
    ),
    Desk(
        "topic",
        "drafting",
        TEAM,
        lambda s: of(s, "topics/katalog/jugend/edit"),
        simple("why"),
        preview="Vorschau zeigen",
    ),
    Desk("instrument", "drafting", TEAM, _row("instruments"), simple("label")),
    Desk("measure", "drafting", TEAM, _row("measures"), simple("title"), prepare=_measure, sample=10),
    Desk("basis", "drafting", TEAM, lambda s: of(s, "basis"), lambda form, text: {"known": "yes", "source": text}),
    Desk("settings", "drafting", ("admin", "admin"), lambda s: "/admin/settings", simple("office_hours")),
    Desk(
        "opinion",
        "consultation",
        ("beirat2", "beirat2"),
        lambda s: of(s, "opinions/new"),
        _opinion,
        preview="Weiteren Punkt hinzufügen",
    ),
    Desk("paper", "consultation", ("buero", "buero"), _on_paper, _opinion, version=_own_seat, prepare=_paper),
    Desk(
        "answer",
        "disposition",
        LEAD,
        _answer,
        lambda form, text: {"disposition": "noted", "reason": text},
    ),
    Desk(
        "vote",
        "resolution",
        ("tv2", "tv2"),
        lambda s: of(s, "vote"),
        lambda form, text: {"choice": "no", "reason": text},
        checked=True,
    ),
]


@dataclass
class Sheet:
    """What is known of the thing the form is about: every text that was accepted, in order."""

    desk: Desk
    address: str
    accepted: list[str] = field(default_factory=list)
    written: int = 0
    seen: dict[Client, tuple[int, Form]] = field(default_factory=dict)
    """The form as a browser last had it, and how many texts were accepted by then."""

    def next_text(self) -> str:
        self.written += 1
        return f"Fassung {self.written}"


class Editor:
    """One browser at the form; `base` counts the accepted texts it had seen when its form was made."""

    def __init__(self, client: Client, sheet: Sheet, chance: random.Random) -> None:
        self.client, self.sheet, self.chance = client, sheet, chance
        self.form: Form | None = None
        self.base = 0
        self.text = ""
        self.is_done = False
        self.is_refused = False

    def go_on(self) -> None:
        """Do what comes next for this editor."""
        if self.form is None:
            self._open()
        elif self.is_refused:
            self._decide()
        elif self.sheet.desk.preview and self.chance.random() < 0.2:
            self._preview()
        else:
            self._save(self.sheet.next_text())

    def _open(self) -> None:
        """Open the form; mostly from what is known of it, since each accepted save raises its version by one."""
        seen = self.sheet.seen.get(self.client)
        if seen is None or self.chance.random() < 0.1:
            page = self.client.page(self.sheet.address)
            seen = self.sheet.seen[self.client] = len(self.sheet.accepted), self._form_on(page)
        then, form = seen
        self.base = len(self.sheet.accepted)
        risen = {n: str(int(form.fields[n][0]) + self.base - then) for n in self.sheet.desk.version(form)}
        fresh = {**risen, "form_token": f"{self.chance.getrandbits(80):020x}"}
        controls = [replace(c, value=fresh.get(c.name, c.value)) for c in form.controls]
        self.form = Form(form.action, form.method, controls, form.buttons)

    def _form_on(self, page: Page, press: str | None = None) -> Form:
        action = self.sheet.address.partition("?")[0]
        return page.form(f"{action}/check" if self.sheet.desk.checked and press is None else action, press)

    def _preview(self) -> None:
        assert self.form is not None
        button = self.form.button(self.sheet.desk.preview)
        assert button is not None
        data = self.form.filled(self.sheet.desk.typed(self.form, self.sheet.next_text()), self.sheet.desk.preview)
        answer = self.client.post(button.action.partition("#")[0], data=data)
        assert answer.status_code == 200
        self.form = self._form_on(page_of(answer))
        self._save(self.sheet.next_text())

    def _save(self, text: str) -> None:
        assert self.form is not None
        data = self.form.filled(self.sheet.desk.typed(self.form, text))
        if self.chance.random() < 0.1:
            self._forget_version(data)
        if self.sheet.desk.checked:
            checked = self.client.post(self.form.action, data=data)
            assert checked.status_code == 200
            self._send(self._form_on(page_of(checked), "Mit „Nein“ stimmen").filled({}), text)
        else:
            self._send(data, text)

    def _forget_version(self, data: dict[str, object]) -> None:
        assert self.form is not None
        missing = self.sheet.desk.version(self.form)
        sent = {name: value for name, value in data.items() if name not in missing}
        assert len(sent) < len(data)
        answer = self.client.post(self.form.action, data={**sent, "form_token": "f" * 10 + str(self.chance.random())})
        assert answer.status_code in {INCOMPLETE, LOST}, answer.status_code

    def _send(self, data: dict[str, object], text: str) -> None:
        answer = self.client.post(self.sheet.address.partition("?")[0], data=data)
        if self.base == len(self.sheet.accepted):
            assert answer.status_code == TAKEN, (answer.status_code, page_of(answer).words[-3_000:])
            self.sheet.accepted.append(text)
            self.is_done = True
        else:
            self._refused(answer, text)

    def _refused(self, answer: TestResponse, text: str) -> None:
        assert answer.status_code == LOST, (answer.status_code, self.base, self.sheet.accepted)
        page = page_of(answer)
        for shown in (text, self.sheet.accepted[-1]):
            assert re.search(rf"{shown}(?!\d)", page.words), f"{shown} fehlt: {page.words[-2_500:]}"
        self.text, self.base, self.is_refused = text, len(self.sheet.accepted), True
        by_hand = self.sheet.desk.by_hand if self.chance.random() < 0.3 else None
        self.form = self._form_on(page, by_hand or self.sheet.desk.again)

    def _decide(self) -> None:
        """Put the own text over the other one, merge both, or leave the other one."""
        assert self.form is not None
        if self.chance.random() < 0.2:
            self.is_done = True
            return
        typed = dict(self.sheet.desk.mine(self.form))
        if self._is_by_hand():
            self.text = self.sheet.next_text()
            typed |= self.sheet.desk.typed(self.form, self.text)
        self._send(self.form.filled(typed), self.text)

    def _is_by_hand(self) -> bool:
        assert self.form is not None
        return any(button.label == self.sheet.desk.by_hand for button in self.form.buttons)


def interleave(clients: tuple[Client, Client], sheet: Sheet, chance: random.Random) -> None:
    """Let two editors work until both are done."""
    editors = [Editor(client, sheet, chance) for client in clients]
    for _ in range(40):
        waiting = [editor for editor in editors if not editor.is_done]
        if not waiting:
            return
        chance.choice(waiting).go_on()
    raise AssertionError("Zwei finden kein Ende.")


def history(track: Track, since: int) -> list[str]:
    """The texts the trail has seen, each save once."""
    with track.session() as session:
        own = track.programme(session).jobcenter_id
        found = entries(session, select_events(own).where(AuditEvent.seq > since))
    seen: list[str] = []
    for entry in reversed(found):
        for text in TEXT.findall(json.dumps([pair[1] for pair in entry.changes.values()], default=str)):
            if text not in seen[-1:]:
                seen.append(text)
    return seen


@pytest.mark.parametrize("state", ["drafting", "consultation", "disposition", "resolution"])
def test_two_editors_lose_nothing(track: Track, amount: Callable[[int, int], int], state: str) -> None:
    track.stand_at(state)
    is_quick = track.engine.dialect.name == "sqlite"
    for desk in (desk for desk in DESKS if desk.state == state):
        desk.prepare(track)
        sheet = Sheet(desk, desk.path(track))
        clients = track.browser(desk.accounts[0]), track.browser(desk.accounts[1])
        with track.session() as session:
            since = last_seq(session, track.programme(session).jobcenter_id)
        for number in range(amount(desk.sample if is_quick else 3, 50)):
            try:
                interleave(clients, sheet, random.Random(f"{desk.name} {number}"))
            except AssertionError as error:
                error.add_note(f"{desk.name}, Reihenfolge {number}")
                raise
        assert history(track, since) == sheet.accepted, desk.name
        assert sheet.accepted[-1] in clients[0].text(sheet.address), desk.name
    check_sound(track.engine)
