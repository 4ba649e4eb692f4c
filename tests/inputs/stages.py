"""Where forms are: programmes in every state, and all forms and parameters that people reach there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text, update
from werkzeug.test import TestResponse

from jcflow import clock
from jcflow.accounts.people import end_membership, memberships, person
from jcflow.accounts.sign_in import invite_again
from jcflow.cli import cast, walk
from jcflow.cli.tour import Tour
from jcflow.database import Base
from jcflow.decisions.ballots import Choice
from jcflow.mail.outbox import Letter, Mail, MailState, Occasion, queue
from jcflow.programmes.budgets import BudgetTable
from jcflow.programmes.registers import RegisterRow, add_row
from jcflow.tasks import Task
from tests.forms import Form
from tests.places import PAPER, crawl, forms_of, furnish
from tests.sheets import changed_sheet
from tests.site import NOW, Client, Site
from tests.web.codes import begin, set_up
from tests.web.letters import path_in

BUTTONS_ONLY = frozenset({"login.leave_everywhere"})
"""Forms that end what the run still needs and carry nothing."""

Reached = Iterator[tuple[str, str, TestResponse]]
"""Account, address and answer of pages."""


@dataclass(frozen=True)
class Stage:
    """A state, and the accounts that between them reach every form in it."""

    name: str
    accounts: tuple[str, ...]
    house: str = "paderborn"
    state: str = ""

    def settle(self, site: Site) -> Site:
        """Bring the site there."""
        return site.at(self.state or self.name, self.house)


STAGES = (
    Stage("drafting", ("gf", "admin")),
    Stage("internal_check", ("gf", "bca", "haushalt")),
    Stage("first_reading", ("tv1",)),
    Stage("consultation", ("beirat1", "beirat2", "buero", "gf")),
    Stage("disposition", ("gf", "haushalt")),
    Stage("resolution", ("tv2", "buero")),
    Stage("counted", ("tv1",), state="resolution"),
    Stage("tied", ("tv1",)),
    Stage("awaiting_record", ("tv1", "buero")),
    Stage("in_force", ("gf", "redaktion")),
    Stage("published", ("gf", "revision")),
    Stage("committee", ("buero", "gf"), house="ennepe-ruhr"),
)


@dataclass(frozen=True)
class Target:
    """A form somebody can send: what is in it as it stands."""

    account: str
    """Who reached it; empty for somebody who is not signed in."""
    endpoint: str
    action: str
    controls: tuple[dict[str, Any], ...]
    """Name, kind, value, options and whether it is sent as it stands."""
    press: tuple[str, str] | None = None
    """Name and value of the button."""

    @property
    def has_file(self) -> bool:
        """Whether a file can go with it."""
        return any(control["kind"] == "file" for control in self.controls)


@dataclass
class Ground:
    """One stage, ready to be sent to."""

    stage: str
    url: str
    targets: list[Target] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)
    """Account and address of every page reached."""
    cookies: dict[str, str] = field(default_factory=dict)


def survey(stage: Stage, site: Site) -> Ground:
    """Everything the stage's people can send, once the site stands there."""
    furnish(site, stage.house)
    adapter = site.app.url_map.bind("localhost")
    found: dict[tuple[str, str, str | None], Target] = {}
    pages: dict[str, tuple[str, str]] = {}
    clients = {account: site.client(f"{account}@{stage.house}") for account in stage.accounts}
    _prepare(stage, site, clients)
    for account, path, answer in [*_reached(clients), *_besides(stage, site, clients)]:
        asked, args = adapter.match(path.partition("?")[0]) if path else ("", {})
        pages.setdefault(f"{asked}{sorted(args)}{'?' in path}", (account, path))
        for form in forms_of(answer):
            for target in _targets(adapter, account, form):
                named = (target.endpoint, ",".join(_shape(form)), target.press[0] if target.press else None)
                found.setdefault(named, target)
    cookies = {account: str(client.get_cookie("jcflow").value) for account, client in clients.items()}  # type: ignore[union-attr]
    return Ground(stage.name, site.url, list(found.values()), [p for p in pages.values() if p[1]], cookies)


def _reached(clients: dict[str, Client]) -> Reached:
    for account, client in clients.items():
        yield from ((account, path, answer) for path, answer in crawl(client, per_rule=1))


def _shape(form: Form) -> list[str]:
    return sorted({plain_name(control.name) for control in form.controls})


def plain_name(name: str) -> str:
    """The name of a field without the number of its row."""
    head, _, tail = name.rpartition("-")
    return head if head and tail.isdigit() else name


def _targets(adapter: Any, account: str, form: Form) -> Iterator[Target]:
    controls = tuple(
        {"name": c.name, "kind": c.kind, "value": c.value, "options": c.options, "on": c.on} for c in form.controls
    )
    for button in [None, *form.buttons]:
        action = ((button.action if button else "") or form.action).partition("#")[0]
        endpoint = adapter.match(action.partition("?")[0], "POST")[0]
        if endpoint not in BUTTONS_ONLY and (button is None or button.name or button.action):
            press = (button.name, button.value) if button and button.name else None
            yield Target(account, endpoint, action, controls, press)


def _prepare(stage: Stage, site: Site, clients: dict[str, Client]) -> None:
    """Do what opens forms that are seldom there."""
    base = f"/programmes/{site.slug(stage.house)}"
    match stage.name:
        case "drafting":
            _remove_one_of_each(clients["gf"])
            today = clock.today().isoformat()
            clients["gf"].post_form("/account/absences", {"first_on": today, "last_on": today})
            clients["gf"].post_form("/account/calendar")
            set_up(site.client("redaktion"))
        case "consultation":
            clients["beirat2"].post_form(f"{base}/opinions/new", {"stance": "agree"})
            typed = {"day": (clock.today() + timedelta(days=9)).isoformat(), "label": "Betriebsausflug"}
            clients["buero"].post_form("/deadlines/closed-days", typed)
            _write_on_paper(site)
            set_up(clients["beirat2"])
        case "counted":
            _count(site)
        case "awaiting_record":
            typed = {"decided_on": NOW.date().isoformat()}
            clients["buero"].post_form(f"{base}/record/enter", typed, files={"scan": (BytesIO(PAPER), "papier.pdf")})
        case "in_force":
            _entrust(site, clients["gf"], base)


def _besides(stage: Stage, site: Site, clients: dict[str, Client]) -> Reached:
    """Pages that no link leads to, or that stand in the way of others."""
    base = f"/programmes/{site.slug(stage.house)}"
    if stage.name == "resolution":
        form = clients["tv2"].form(f"{base}/vote", action=f"{base}/vote/check")
        yield "tv2", "", clients["tv2"].post(form.action, data=form.filled({"choice": "yes"}))
    if stage.name == "consultation":
        yield from _moved(site, clients["buero"], base)
        with site.session() as session:
            letter = f"/mails/{session.scalars(select(Mail.id).where(Mail.state == MailState.LETTER)).first()}"
        yield "buero", letter, clients["buero"].get(letter)
    if stage.name == "drafting":
        for path in (f"{base}/text/removed", *_back(site, base)):
            yield "gf", path, clients["gf"].get(path)
        yield from _taken_over(clients["gf"])
        yield from _from_a_file(clients["gf"], base)
        yield from _invited(site)
        yield from _by_mail(site, clients["gf"])
        path = f"/admin/people/{site.person_id('redaktion')}"
        yield "admin", path, clients["admin"].get(path)
        yield from _let_go(site, clients["admin"])
        yield from (("", path, answer) for path, answer in crawl(site.client(None), per_rule=1, start="/login"))


def _let_go(site: Site, admin: Client) -> Reached:
    """The way to forget somebody whose role has ended."""
    gone = site.person_id("revision")
    with site.writing() as session:
        for member in memberships(session, gone):
            end_membership(session, member, clock.today(), site.deed("admin"))
    page = f"/admin/people/{gone}/erase"
    yield "admin", page, admin.get(page)
    typed = {"reason": "Die Person hat um Löschung gebeten."}
    yield "admin", "", admin.post_form(page, typed, action=f"{page}/check")


def _remove_one_of_each(client: Client) -> None:
    """Take one of everything away, so that it can be brought back."""
    adapter, seen = client.application.url_map.bind("localhost"), set[str]()
    # A block only once a chapter is gone: what was taken from a chapter that goes itself cannot be brought back alone.
    for later in ("blocks.remove", ""):
        for _, answer in list(crawl(client, per_rule=1)):
            for form in forms_of(answer):
                endpoint = adapter.match(form.action, "POST")[0]
                if endpoint.endswith(("remove", "drop")) and endpoint not in {*seen, later}:
                    typed = form.filled({"reason": "Das steht jetzt an anderer Stelle."})
                    if client.post(form.action, data=typed).status_code == 303:
                        seen.add(endpoint)


def _back(site: Site, base: str) -> Iterator[str]:
    """Where the removed table and the removed row are brought back."""
    with site.session() as session:
        tables = session.scalars(select(BudgetTable).where(BudgetTable.removed)).all()
        rows = session.scalars(select(RegisterRow).where(RegisterRow.removed)).all()
        yield from (f"{base}/budget/{table.key}/restore" for table in tables)
        yield from (f"{base}/registers/{row.register}" for row in rows)


def _taken_over(client: Client) -> Reached:
    """The next programme with the texts of this one, still unchecked."""
    typed = {"take_over": "1", "title": "Folgejahr", "period_from": "2029-01-01", "period_to": "2029-12-31"}
    answer = client.post_form("/programmes/new", typed)
    client.post_form(f"{answer.location}/basis", {"known": "yes", "source": "Orientierungswerte"})
    client.post_form(f"{answer.location}/start")
    for path, page in crawl(client, per_rule=2, start=f"{answer.location}/text"):
        if path.startswith(answer.location):
            yield "gf", path, page


def _from_a_file(client: Client, base: str) -> Reached:
    """What a file for Excel would change."""
    page = f"{base}/budget/import"
    content, name = changed_sheet(client, base)
    sent = {"file": (BytesIO(content), name)}
    yield "gf", "", client.post_form(page, action=f"{page}/preview", files=sent)


def _invited(site: Site) -> Reached:
    with site.writing() as session:
        token = invite_again(session, person(session, site.person_id("bca")), site.deed("admin"))
    yield "", f"/invitation/{token}", site.client(None).get(f"/invitation/{token}")


def _by_mail(site: Site, client: Client) -> Reached:
    """Where the links of mails lead, and the page that asks for a code."""
    guest = site.client(None)
    client.post_form("/account/address", {"email": "neu@paderborn.example", "old": cast.PASSWORD})
    guest.post_form("/reset", {"email": site.address("bca")})
    for account, one, occasion in (("gf", client, Occasion.ADDRESS_CHANGE), ("", guest, Occasion.RESET)):
        path = path_in(site, occasion)
        yield account, path, one.get(path)
    yield "", "/login/second-factor", begin(site, "redaktion").get("/login/second-factor")


def _moved(site: Site, office: Client, base: str) -> Reached:
    """What is shown before deadlines move: one, and those that follow from a plan."""
    later = (clock.today() + timedelta(days=90)).isoformat()
    with site.session() as session:
        task = session.scalars(select(Task.id).where(Task.done_at.is_(None)).order_by(Task.due_on, Task.id)).first()
    typed = {"new_on": later, "reason": "Die Sitzung ist verlegt worden."}
    for page, given in (
        (f"/deadlines/move?task={task}", typed),
        (f"{base}/plan", {"resolved_on": (clock.today() + timedelta(days=300)).isoformat()}),
    ):
        form = office.form(page)
        yield "buero", "", office.post(form.action, data=form.filled(given))


def _write_on_paper(site: Site) -> None:
    """A letter to somebody without an e-mail address that is still to be handed in."""
    with site.writing() as session:
        programme_id, on = site.programme(session).id, clock.today().isoformat()
        about = Letter(Occasion.PUBLISHED, site.person_id("beirat2"), "paper", {"on": on}, programme_id)
        queue(session, about, at=clock.now())
        session.execute(update(Mail).where(Mail.key == "paper").values(address="", state=MailState.LETTER))


def _entrust(site: Site, director: Client, base: str) -> None:
    """Give the managing director a measure to report on."""
    with site.writing() as session:
        measure = {"key": "m1", "title": "Sprechtage anbieten", "topics": []}
        row = add_row(session, site.programme(session), "measures", measure, site.deed("gf")).id
    typed = {"person": str(site.person_id("gf")), "due_on": (clock.today() + timedelta(days=30)).isoformat()}
    director.post_form(f"{base}/progress/{row}/owner", typed)


def _count(site: Site) -> None:
    with site.writing() as session:
        programme, house = site.programme(session), site.house(session)
        votes = {f"tv{number}": Choice.YES for number in range(1, 7)}
        tour = Tour(session, programme, cast.known(session, house), clock.now(), timedelta(0), votes)
        walk.BEFORE_LEAVING["resolution"](tour)


def transfer(ground: Ground, url: str) -> Ground:
    """The same house in another migrated database, row by row; it stays when the site it was surveyed on is gone."""
    source, goal = create_engine(ground.url), create_engine(url)
    if goal.dialect.name == source.dialect.name == "sqlite":
        Path(goal.url.database or "").write_bytes(Path(source.url.database or "").read_bytes())
        return replace(ground, url=url)
    with source.connect() as reading, goal.begin() as writing:
        # The triggers would ask for each event before its row; what is copied has been through them once.
        writing.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.sorted_tables:
            rows = [dict(row._mapping) for row in reading.execute(table.select())]
            writing.execute(table.delete())
            if rows:
                writing.execute(table.insert(), rows)
    source.dispose()
    goal.dispose()
    return replace(ground, url=url)
