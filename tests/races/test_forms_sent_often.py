"""A form counts once, however often it is sent at the same instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from jcflow import clock, database
from jcflow.accounts.form_tokens import FormToken
from jcflow.accounts.people import end_membership, memberships
from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import Deed
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.procedure import Role
from jcflow.programmes.registers import RegisterRow
from jcflow.web.guard import Access
from tests.forms import Form, page_of
from tests.places import DOUBTFUL, PAPER, PIXEL, crawl, forms_of
from tests.races.soundness import check_sound
from tests.races.starting import HOUSES, Sending, Sheet, Track, found_council_house, statuses
from tests.sheets import changed_sheet

TIMES = 20
PASSWORD = "ein neues langes wort"
REASON = "Das ist der Grund, aus dem es geschieht."
TYPED: dict[str, dict[str, Any]] = {
    "account.password": {"old": "demo", "password": PASSWORD, "again": PASSWORD},
    "account.theme": {"theme": "dark"},
    "addresses.ask": {"email": "neu@anger.example", "old": "demo"},
    "admin.give_role": {"role": "auditor"},
    "admin.invite": {"email": "neu@anger.example", "role": "auditor"},
    "admin.change_settings": {
        "office_email": "buero@anger.example",
        "checkpoint_email_agency": "agentur@anger.example",
        "checkpoint_email_municipality": "kreis@anger.example",
    },
    "admin_access.change_address": {"email": "anders@anger.example"},
    "amendments.preview": {"amount": "1", "reason": REASON},
    "budget.save": {"amount-1": "123"},
    "programmes.open_new": {"take_over": "1"},
    "chapters.move": {"direction": "down"},
    "house_checks.enter_targets": {"outcome": "none", "file": None},
    "opinions.submit": {"stance": "agree"},
    "planning.preview": {"resolved_on": (clock.today() + timedelta(days=300)).isoformat()},
    "registers.show_to": {"instruments": "bodies"},
    "results.take_result": {"reference": "38/2026", "yes": "9", "no": "1", "abstain": "0", "excluded": "0"},
    "topics.save": {"selected-0": None, "rank-0": "", "selected-1": "1", "rank-1": "1", "reason": REASON},
}
"""Endpoint to what is typed where just anything would not do."""
WORDS: dict[str, Any] = {
    "picture": (PIXEL, "karte.png"),
    "paste": "",
    "number": "9",
    "valid_until": "",
    "planned": "1",
    "prior": "2",
    "share_percent": "",
    "budget_share_percent": "",
}
"""Name of an empty field to what is typed into it, wherever it stands."""
ANOTHER = {"target"}
"""Lists of which something else is to be chosen than of the list before them."""
BY_APP_OR_MAIL = {
    "admin_access.reset_factor",
    *("second_factor.off", "second_factor.renew", "second_factor.set_up"),
}
"""What takes a telephone or a mail; see `test_access`."""
WITHOUT_TRACE = {
    *("account.password", "account.theme", "addresses.ask"),
    *("blocks.begin", "blocks.leave", "login.leave_everywhere"),
    *("feed.renew", "feed.revoke", "mails.hand_in", "mails.resend", "notifications.save", "reminding.remind"),
}
"""What leaves nothing in the trail."""
ENDING = {"account.password", "login.leave_everywhere"}
"""What ends the session it was sent in: with other content it meets the sign-in page."""
MOVING = (
    *("steps.", "results.conclude", "results.set_down", "account.", "login.", "chapters.remove", "budget.remove"),
    "reminding.",
)
"""What takes other forms away is sent first, so that the rest begins anew; and what others may take away."""
ARRANGING = ("blocks.remove", "budget.remove", "files.upload", "registers.remove")
"""What makes forms for taking it back."""


@dataclass(frozen=True)
class Start:
    """Where forms are looked for: a state, what happens in it first, and by whom they are opened."""

    state: str
    accounts: tuple[str, ...]
    before: Callable[[Track], None] = lambda track: None
    rounds: int = 1
    """How often forms are looked for: what was sent brings new ones."""


@dataclass(frozen=True)
class Desk:
    """A form somebody can send: the page it stands on, and what that page is the answer to where it is no address."""

    endpoint: str
    account: str
    page: str
    via: Sending | None = None

    def sheet(self, track: Track) -> Sheet | None:
        """The form as it is now, filled in; None where it is not there any more."""
        browser = track.browser(self.account)
        answer = track.start(self.via)[0] if self.via else browser.get(self.page)
        forms = (form for form in forms_of(answer) if _endpoint(track, form.action or self.page) == self.endpoint)
        form = next(forms, None)
        return None if form is None else Sheet(self.account, form.action or self.page, form)


def _endpoint(track: Track, path: str) -> str:
    return track.app.url_map.bind("localhost").match(path.partition("?")[0], "POST")[0]


def _access(track: Track, endpoint: str) -> Access:
    return track.app.view_functions[endpoint].access  # type: ignore[attr-defined, no-any-return]


def _filled(form: Form, endpoint: str) -> dict[str, Any]:
    """Something for every field that is empty, but for those of the lines of a table."""
    found: dict[str, Any] = {}
    for control in (control for control in form.controls if "-" not in control.name):
        name, is_chosen = control.name, control.name in found or control.name in form.fields
        if control.kind == "file":
            found[name] = (PAPER, "beleg.pdf")
        elif control.kind == "select" and not control.value and len(control.options) > 1:
            found[name] = control.options[1 if name in ANOTHER else -1]
        elif control.kind == "radio" and not is_chosen:
            found[name] = control.value
        elif control.kind == "date" and not control.value:
            found[name] = clock.today().isoformat()
        elif control.kind in {"text", "textarea", "email"} and not control.value and not control.inputmode:
            found[name] = REASON
    found |= {name: value for name, value in WORDS.items() if name in found}
    return {**form.fields, **found, **TYPED.get(endpoint, {})}


def _pages(track: Track, account: str) -> Iterator[tuple[str, TestResponse]]:
    """What one gets to by links, and behind the button with which one begins to write at a block."""
    for path, page in crawl(track.browser(account), per_rule=1):
        yield path, page
        for form in forms_of(page):
            if form.action.endswith("/begin"):
                behind = form.action.removesuffix("begin") + "edit"
                yield behind, track.browser(account).get(behind)
                break


def _desks(track: Track, account: str) -> Iterator[Desk]:
    for path, page in _pages(track, account):
        for form in forms_of(page):
            first = form.button(None)
            action = (first.action if first else "") or form.action or path
            endpoint = _endpoint(track, action)
            if _access(track, endpoint).one_time:
                yield Desk(endpoint, account, path)
                continue
            file = {"file": changed_sheet(track.browser(account), track.here)} if endpoint == "sheets.preview" else {}
            via = Sending(account, action, _filled(form, endpoint) | file)
            (preview,) = track.start(via)
            for shown in forms_of(preview):
                if _access(track, _endpoint(track, shown.action or action)).one_time:
                    yield Desk(_endpoint(track, shown.action or action), account, action, via)


def _one_time(track: Track) -> set[str]:
    rules = [rule for rule in track.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return {rule.endpoint for rule in rules if _access(track, rule.endpoint).one_time}


def _tie(track: Track) -> None:
    assert track.browser("tv1").post_form(f"{track.here}/conclude").status_code == 303


def _decide(track: Track) -> None:
    _tie(track)
    assert track.browser("tv1").post_form(f"{track.here}/cast", {"choice": "yes"}).status_code == 303


def _rearrange(track: Track) -> None:
    """Have an absence, a calendar, a file, two rows in a register, a hint, and something of each kind removed."""
    director, page, today = track.browser("gf"), f"{track.here}/registers/instruments/new", clock.today().isoformat()
    assert director.post_form("/account/absences", {"first_on": today, "last_on": today}).status_code == 303
    assert director.post_form("/account/calendar").status_code == 303
    for label in ("Einstieg", "Probe"):
        assert director.post_form(page, {"label": label, "role": "line"}).status_code == 303
    found = {desk.endpoint: desk for desk in _desks(track, "gf")}
    for endpoint in ARRANGING:
        sheet = found[endpoint].sheet(track)
        assert sheet is not None
        assert statuses(track.start(sheet.sent(_filled(sheet.form, endpoint)))) == [303]
    assert director.post_form(f"{track.here}/text/budget/remove").status_code == 303
    doubt = {"markdown": DOUBTFUL}
    assert director.post_form(f"{track.here}/text/lage/blocks/new", doubt).status_code == 303
    _remove_topic(track)


def _remove_topic(track: Track) -> None:
    director = track.browser("gf")
    made = director.post_form(f"{track.here}/topics/new", {"title": "Eigene Themen"})
    added = {"count": "1", "key-0": "", "version-0": "0", "title-0": "Wohnen"}
    assert director.post_form(made.location, added).status_code == 303
    assert director.post_form(made.location, {"removed-0": "1"}).status_code == 303


def _next_cycle(track: Track) -> None:
    director = track.browser("gf")
    assert director.post_form("/programmes/new", {"take_over": "1"}).status_code == 303
    track.slug = "2028"
    basis = {"known": "yes", "source": "Orientierungswerte"}
    assert director.post_form(f"{track.here}/basis", basis).status_code == 303
    assert director.post_form(f"{track.here}/start", action=f"{track.here}/steps/start").status_code == 303


def _write_on_paper(track: Track) -> None:
    """Letters to hand in, and no mail."""
    member = track.person_id("beirat1")
    with track.writing() as (session, programme):
        about = Letter(Occasion.PUBLISHED, member, "paper", {"on": clock.today().isoformat()}, programme.id)
        queue(session, about, at=clock.now())
        session.execute(update(Mail).values(address="", state=MailState.LETTER))


def _entrust(track: Track) -> None:
    """Give the managing director the measure there is."""
    with track.session() as session:
        row = session.scalars(select(RegisterRow.id).where(RegisterRow.register == "measures")).one()
    typed = {"person": str(track.person_id("gf")), "due_on": clock.today().isoformat()}
    assert track.browser("gf").post_form(f"{track.here}/progress/{row}/owner", typed).status_code == 303


def _let_everybody_go(track: Track) -> None:
    """End every role but that of the administration, so that there is somebody to be forgotten."""
    with track.writing() as (session, _programme):
        for member in memberships(session):
            if member.role is not Role.ADMIN:
                end_membership(session, member, clock.today(), Deed(None, "command_line", clock.now()))


def _council(track: Track) -> None:
    with database.writing(track.engine) as session:
        found_council_house(session, "fehn")
    track.house = "fehn"


STARTS = (
    Start("drafting", ("gf", "admin")),
    Start("drafting", ("gf",), _rearrange),
    Start("drafting", ("gf",), _next_cycle),
    Start("internal_check", ("gf", "bca", "haushalt")),
    Start("consultation", ("beirat1", "buero", "gf"), _write_on_paper, rounds=2),
    Start("disposition", ("gf",)),
    Start("resolution", ("tv6", "tv1", "buero"), rounds=2),
    Start("resolution", ("tv1",), _tie),
    Start("resolution", ("tv1", "buero"), _decide, rounds=2),
    Start("in_force", ("gf",), _entrust, rounds=2),
    Start("drafting", ("admin",), _let_everybody_go),
    Start("drafting", ("gf", "buero"), _council),
)


def test_every_form_sent_twenty_times_at_once_has_one_effect_and_one_answer(track: Track) -> None:
    tried = set[str]()
    for start in STARTS:
        track.house, track.slug = HOUSES[0], "2027"
        track.stand_at(start.state)
        start.before(track)
        for _ in range(start.rounds):
            base = track.keep()
            for desk in _untried(track, start, tried):
                _send_often(track, desk, base)
                tried.add(desk.endpoint)
        check_sound(track.engine)
    assert _one_time(track) - tried == BY_APP_OR_MAIL


def _untried(track: Track, start: Start, tried: set[str]) -> list[Desk]:
    """The forms nobody has sent yet, those that take others away first."""
    found = {desk.endpoint: desk for account in start.accounts for desk in _desks(track, account)}
    new = [desk for endpoint, desk in sorted(found.items()) if endpoint not in tried | BY_APP_OR_MAIL]
    return sorted(new, key=lambda desk: not desk.endpoint.startswith(MOVING))


def _send_often(track: Track, desk: Desk, base: str) -> None:
    """Send a form where the others have left things, or anew where they have taken it away."""
    sheet = desk.sheet(track)
    answers = _twenty(track, desk, sheet) if sheet else []
    if not answers or set(statuses(answers)) != {303}:
        track.stand_on(base)
        sheet = desk.sheet(track)
        assert sheet is not None, desk
        answers = _twenty(track, desk, sheet)
    assert set(statuses(answers)) == {303}, (desk, statuses(answers), page_of(answers[0]).words[600:2500])
    if desk.endpoint in ENDING:
        track.stand_on(base)


def _twenty(track: Track, desk: Desk, sheet: Sheet) -> list[TestResponse]:
    sending = sheet.sent(_filled(sheet.form, desk.endpoint) | {"form_token": sheet.form.fields["form_token"][0]})
    with track.session() as session:
        before = session.scalar(select(func.max(AuditEvent.seq)).where(AuditEvent.jobcenter_id == _own(session)))

    answers = track.start(*[sending] * TIMES)

    assert len({(answer.status_code, answer.location) for answer in answers}) == 1, (desk, statuses(answers))
    if answers[0].status_code == 303:
        _check_single(track, desk, sending, before or 0)
    return answers


def _own(session: Any) -> Any:
    return session.info["jobcenter_id"]


def _check_single(track: Track, desk: Desk, sending: Sending, before: int) -> None:
    """All that was written was written in one instant, and the token stands for this content alone."""
    with track.session() as session:
        mine = (AuditEvent.jobcenter_id == _own(session)) & (AuditEvent.seq > before)
        instants = set(session.scalars(select(AuditEvent.at).where(mine)))
        taken = session.scalars(select(FormToken).where(FormToken.token == sending.data["form_token"])).all()
    assert len(instants) == (0 if desk.endpoint in WITHOUT_TRACE else 1), (desk, instants)
    assert len(taken) == 1, desk
    (other,) = track.start(replace(sending, data={**sending.data, "other": "1"}))
    assert other.status_code == (401 if desk.endpoint in ENDING else 409), (desk, other.status_code)


def test_an_invitation_taken_up_twenty_times_at_once_gives_one_answer(track: Track) -> None:
    track.stand_at("drafting")
    admin, member = track.browser("admin"), track.person_id("beirat1")
    shown = admin.post_form(f"/admin/people/{member}", action=f"/admin/people/{member}/invitation").location
    link = next(word for word in page_of(admin.get(shown)).words.split() if "/invitation/" in word)
    sheet = track.form("", link.removeprefix("http://localhost"))
    sending = sheet.sent({"password": PASSWORD, "again": PASSWORD})

    answers = track.start(*[sending] * TIMES)

    assert len({(answer.status_code, answer.location) for answer in answers}) == 1, statuses(answers)
    assert answers[0].status_code == 303
    later = track.start(sending)[0]
    assert later.status_code == 303
    assert "Set-Cookie" not in later.headers or track.browser("").get("/account").status_code == 303


def test_signing_in_twenty_times_at_once_gives_one_answer(track: Track) -> None:
    track.stand_at("drafting")
    sheet = track.form("", "/login")

    answers = track.start(*[sheet.sent({"email": "gf@anger.example", "password": "demo"})] * TIMES)

    assert len({(answer.status_code, answer.location) for answer in answers}) == 1, statuses(answers)
    assert answers[0].status_code == 303
