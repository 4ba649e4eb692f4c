"""The whole site at once: every rule with real ids, every page a person can reach, and whether anything changed."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from jcflow import clock
from jcflow.accounts.absences import Absence
from jcflow.accounts.people import Membership, Person
from jcflow.amendments.amendment import Amendment
from jcflow.audit.chain import AuditEvent
from jcflow.audit.trail import record
from jcflow.cli import cast
from jcflow.cli.demo.amending import begin_amendment
from jcflow.database import Base
from jcflow.decisions.casting import Vote
from jcflow.decisions.records import Record
from jcflow.mail.outbox import Mail
from jcflow.opinions.board import Opinion, OpinionPoint
from jcflow.programmes.budgets import BudgetLine, BudgetTable
from jcflow.programmes.chapters import Block, Chapter, add_block, chapters_of
from jcflow.programmes.files import StoredFile, Upload, store
from jcflow.programmes.kinds import BlockKind
from jcflow.programmes.programme import Programme
from jcflow.programmes.registers import RegisterRow
from jcflow.programmes.topics import Topic, TopicSet
from jcflow.tasks import Task
from jcflow.web.guard import Access
from tests.forms import Form, Page
from tests.site import NOW, Client, Site

ACCOUNTS = ("gf", "redaktion", "bca", "haushalt", "tv1", "tv2", "beirat1", "buero", "revision", "admin")
"""One account for every role; tv1 leads the assembly."""
ROWS = {
    "person_id": Person,
    "membership_id": Membership,
    "file_id": StoredFile,
    "opinion_id": Opinion,
    "point_id": OpinionPoint,
    "vote_id": Vote,
    "record_id": Record,
    "block_id": Block,
    "task_id": Task,
    "programme_id": Programme,
    "absence_id": Absence,
    "mail_id": Mail,
    "amendment_id": Amendment,
}
KEYS = {"chapter": Chapter, "table": BudgetTable, "line": BudgetLine, "key": TopicSet, "topic": Topic}
FORM = re.compile(r"<form .*?</form>", re.DOTALL)
HREF = re.compile(r'<a [^>]*href="([^"]*)"')
BEGIN = re.compile(r'<form [^>]*action="([^"]*)/begin"')
"""A form that is opened by a button, so that the others see who is at it."""
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHANGING = re.compile(r'name="(?:csrf_token|form_token)" value="[^"]*"|Vorgang <strong[^<]*</strong>')
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010018dd8d"
    "b00000000049454e44ae426082"
)
DOUBTFUL = "Die Frist endet am 31.02.2022."
"""A text with a hint on it, which editors may put aside."""
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Place:
    """One rule with one method, and whom it is open to."""

    rule: Rule
    method: str
    access: Access

    def path(self, app: Flask, values: dict[str, object]) -> str:
        """Its address with these values."""
        return self.rule.build(values, append_unknown=False)[1]  # type: ignore[index]

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def places(app: Flask, *methods: str) -> list[Place]:
    """Every rule of the app but the static files, by rule."""
    found = [
        Place(rule, method, app.view_functions[rule.endpoint].access)  # type: ignore[attr-defined]
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((rule.methods or set()) & set(methods or ("GET", "POST")))
        if rule.endpoint != "static"
    ]
    app.url_map.update()
    return found


def values_of(site: Site, house: str = "paderborn") -> dict[str, object]:
    """An existing value for every argument of every rule; a random one where the house has no such row."""
    with site.session(house) as session:
        programme = site.programme(session)
        found: dict[str, object] = {name: _first(session, model) for name, model in ROWS.items()}
        row = session.scalars(select(RegisterRow).order_by(RegisterRow.position)).first()
        event = select(AuditEvent.seq).where(AuditEvent.programme_id == programme.id).order_by(AuditEvent.seq.desc())
        for name, model in KEYS.items():
            found[name] = session.scalars(select(model).order_by(model.position)).first().key  # type: ignore
        found |= {
            "slug": programme.slug,
            "jobcenter": house,
            "register": row.register if row else "targets",
            "row_id": row.id if row else uuid4(),
            "seq": session.scalars(event).first(),
            "number": 1,
            "ordinal": 1,
            "act": "sign_off",
            "trigger": "withdraw",
            "day": "2027-02-08",
            "token": "kein-echtes-zeichen-fuer-eine-einladung",
        }
        line = session.scalars(select(BudgetLine).order_by(BudgetLine.position)).first()
        assert line is not None
        found |= {"line": line.key, "table": session.get_one(BudgetTable, line.table_id).key}
        topic = session.scalars(select(Topic)).first()
        if topic is not None:
            found |= {"topic": topic.key, "key": session.get_one(TopicSet, topic.set_id).key}
    return found


def _first(session: Session, model: type[Base]) -> UUID:
    return session.scalars(select(model.id)).first() or uuid4()  # type: ignore


def furnish(site: Site, house: str = "paderborn") -> None:
    """Add what the walk leaves out: a file, a figure, a hint, something removed, something from paper to confirm."""
    with site.writing(house) as session:
        programme = site.programme(session)
        deed = site.deed("gf@" + house)
        store(
            session,
            programme,
            Upload("Vorlage.pdf", PAPER),
            subject_type="programme",
            subject_id=programme.id,
            deed=deed,
        )
        chapter = chapters_of(session, programme)[0]
        content = {"caption": "Karte des Kreises", "alt": "Karte", "file": "karte.png"}
        add_block(session, chapter, BlockKind.TEXT, {"markdown": DOUBTFUL}, deed=deed)
        figure = add_block(session, chapter, BlockKind.FIGURE, content, deed=deed)
        store(session, programme, Upload("karte.png", PIXEL), subject_type="block", subject_id=figure.id, deed=deed)
        for model in (Topic, BudgetLine):
            newest = select(model).where(model.programme_id == programme.id).order_by(model.position.desc(), model.id)
            row = session.scalars(newest).first()
            if row is not None:
                record(session, row, deed, removed=True)
        state, slug = programme.state, programme.slug
        if state == "in_force":
            people = cast.known(session, site.house(session, house))
            begin_amendment(session, programme, people=people, at=clock.now(), pace=timedelta(0))
    scan = {"scan": (io.BytesIO(PAPER), "beleg.pdf")}
    if state == "consultation":
        enter_from_paper(site, house, f"/programmes/{slug}/opinions/enter", {"member": None, "stance": "agree"}, scan)
    if state == "resolution":
        enter_from_paper(site, house, f"/programmes/{slug}/vote/enter", {"elector": None, "choice": "yes"}, scan)


def enter_from_paper(site: Site, house: str, page: str, typed: dict[str, str | None], scan: dict[str, object]) -> None:
    """Let the office enter something for the first person its form offers."""
    office = site.client(f"buero@{house}")
    form = office.form(page)
    chosen = {
        name: next(c.options[1] for c in form.controls if c.name == name) if value is None else value
        for name, value in typed.items()
    }
    data = form.filled({**chosen, "given_on": NOW.date().isoformat()}) | scan
    answer = office.post(form.action, data=data, content_type="multipart/form-data")
    assert answer.status_code == 303, Page(answer.text).words


def crawl(client: Client, *, per_rule: int = 3, start: str = "/") -> Iterator[tuple[str, TestResponse]]:
    """Every page a person gets to by links, at most so many of one rule; redirects are followed and counted too."""
    adapter = client.application.url_map.bind("localhost")
    waiting, seen, often = [start, "/account", "/help"], set[str](), dict[str, int]()
    while waiting:
        path = waiting.pop(0).partition("#")[0]
        if not path.startswith("/") or path.startswith("/static/") or path in seen:
            continue
        seen.add(path)
        endpoint, _ = adapter.match(path.partition("?")[0])
        kind = f"{endpoint}{'?' in path}"
        often[kind] = often.get(kind, 0) + 1
        if often[kind] > per_rule:
            continue
        answer = client.get(path)
        yield path, answer
        if answer.status_code in {302, 303}:
            waiting.append(answer.location)
        elif answer.mimetype == "text/html":
            waiting += [unescape(found) for found in HREF.findall(answer.text)]
            waiting += [f"{found}/edit" for found in BEGIN.findall(answer.text)]


def forms_of(answer: TestResponse) -> list[Form]:
    """The POST forms of a page, but for signing out."""
    if answer.mimetype != "text/html":
        return []
    found = [Page(html).forms[0] for html in FORM.findall(answer.text) if 'method="post"' in html]
    return [form for form in found if form.action != "/logout"]


def plain(answer: TestResponse) -> tuple[int, str, str]:
    """What an answer tells: status, where it leads, body; without tokens and ids."""
    body = UUIDS.sub("ID", CHANGING.sub("", answer.text))
    return answer.status_code, UUIDS.sub("ID", answer.location or ""), body


def digest(site: Site, *leave_out: str) -> str:
    """A checksum of every row of every table."""
    total = hashlib.sha256()
    with site.session() as session:
        for table in sorted(Base.metadata.tables):
            if table not in leave_out:
                rows = sorted(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{table}"')))
                total.update(repr((table, rows)).encode())
    return total.hexdigest()
