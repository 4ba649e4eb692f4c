"""What pages cost: statements, bytes, and how time grows with what stands in the database.

Counted are the statements of one request, the visitor's session and roles included; left out is what opens a
connection or a transaction (PRAGMA, BEGIN, SET). Growth compares two copies of one database within one run.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

import jcflow.web
from jcflow import clock, database
from jcflow.accounts.jobcenters import Jobcenter, all_jobcenters, by_name, found
from jcflow.accounts.people import Person
from jcflow.audit.chain import AuditEvent, AuditHead, AuditRevision
from jcflow.audit.trail import Deed, record
from jcflow.cli import cast
from jcflow.config import Settings
from jcflow.opinions.board import Opinion, Stance
from jcflow.procedure import Role
from jcflow.programmes.files import Upload, store
from jcflow.programmes.programme import Programme, all_programmes
from jcflow.tasks import Task
from jcflow.web import create_app
from jcflow.web.database import db
from jcflow.web.paging import PAGE
from tests.bench.ground import Figure, copy_of, fresh_database, gather_statistics
from tests.crowd import AT_ONCE, Holder, add_people, add_programmes, add_tasks, statements_of
from tests.places import PAPER
from tests.site import FILES, SECRET, Client, bring, settle

FEW, MANY = 100, 100_000
"""Open tasks in the two databases; events, in the larger one, are at least as many as tasks."""
PEOPLE, PROGRAMMES = 120, 60
"""Further people and programmes of each house, in both databases."""
ROWS, JOBCENTERS = 120, 110
"""Further files of Paderborn's programme, and further Jobcenters, in both databases."""
WEB = Path(jcflow.web.__file__).parent
NEXT = re.compile(r'<a [^>]*href="([^"]*)"[^>]* rel="next"')
ROUNDS, WARM_UP = 30, 3
STATES = {"paderborn": "disposition", "herford": "resolution", "ennepe-ruhr": "committee"}
PAGES = ("/tasks", "/programmes/{slug}", "/programmes/{slug}/text", "/programmes/{slug}/budget")
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
KB = 1_000


def figures(kind: str) -> Iterator[Figure]:
    """All figures of this module, on one database."""
    with fresh_database(kind) as url:
        settle(url)
        for house, state in STATES.items():
            bring(url, house, state)
        _populate(url)
        with _site(url) as app:
            yield from statements(app)
            yield from weight(app)
        with copy_of(url) as larger:
            _add_tasks(url, FEW)
            _add_tasks(larger, MANY)
            _add_events(larger, MANY)
            with _site(url) as few, _site(larger) as many:
                yield from growth(few, many)
                yield from last_pages(many)


def statements(app: Flask) -> Iterator[Figure]:
    """The most statements the page of tasks and the page of a programme send, whoever asks for it in which house."""
    tasks, programme = 0, 0
    for house in FILES:
        slug = _slug(app, house)
        for account in _accounts(app, house):
            client = _client(app, f"{account}@{house}")
            tasks = max(tasks, _sent(app, client, "/tasks"))
            if account != "admin":
                programme = max(programme, _sent(app, client, f"/programmes/{slug}"))
    yield Figure("tasks_page_statements", tasks, "statements")
    yield Figure("programme_page_statements", programme, "statements")


def weight(app: Flask) -> Iterator[Figure]:
    """What a browser loads for a page at first, with style sheets, icon and fonts, and what from then on."""
    client = _client(app, "gf@paderborn")
    alone, needed = {}, set[str]()
    for page in PAGES:
        path = page.format(slug=_slug(app, "paderborn"))
        alone[path] = _transferred(client, path)
        needed |= set(re.findall(r'(?:href|src)="(/static/[^"]*)"', client.text(path)))
    sheet = next(address for address in needed if address.endswith("jc.css"))
    with client.get(sheet) as answer:
        faces = re.findall(r'url\("?([^")]*\.woff2)"?\)', answer.text)
    needed |= {f"{sheet.rpartition('/')[0]}/{face}" for face in faces}
    rest = sum(_transferred(client, address) for address in needed)
    yield Figure("first_load_kb", round((max(alone.values()) + rest) / KB, 1), "kB")
    yield Figure("warm_load_kb", round(max(alone.values()) / KB, 1), "kB")


def growth(few: Flask, many: Flask) -> Iterator[Figure]:
    """How much longer a page takes where a thousand times as many tasks are open, half of them the visitor's own."""
    slug = _slug(few, "paderborn")
    small, large = _client(few, "gf@paderborn"), _client(many, "gf@paderborn")
    for name, path in (("tasks", "/tasks"), ("programme", f"/programmes/{slug}")):
        before, after = _compared(lambda path=path: small.text(path), lambda path=path: large.text(path))
        yield Figure(f"{name}_page_growth", round(after / before, 2), "ratio")
        yield Figure(f"{name}_page_ms", round(after * 1_000, 1), "ms")


def last_pages(app: Flask) -> Iterator[Figure]:
    """How much longer the last page of a list takes than its first, for the worst of all lists."""
    lists = _lists(app)
    assert set(lists) == paged_endpoints(), set(lists) ^ paged_endpoints()
    found = {}
    for endpoint, (account, first, last) in lists.items():
        client = _client(app, account) if account else app.test_client()
        assert isinstance(client, Client)
        last = last or _last_page(client, first)
        before, after = _compared(lambda c=client, p=first: c.text(p), lambda c=client, p=last: c.text(p))
        found[endpoint] = round(after / before, 2)
    print(f"last page over first: {found}", file=sys.stderr)
    yield Figure("last_page_growth", max(found.values()), "ratio")


def paged_endpoints() -> set[str]:
    """Every list with further pages, read from the source: whoever links to a page behind this one."""
    found = set[str]()
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            named, further = ast.unparse(node.func).rpartition(".")[2], {keyword.arg for keyword in node.keywords}
            if named == "leaf" or (named == "url_for" and further & {"before", "after"}):
                found.add(str(node.args[0].value))
    return found


def _last_page(client: Client, path: str) -> str:
    """The page behind which there is none, as the links lead there."""
    for _ in range(MANY // PAGE):
        following = NEXT.search(client.text(path))
        if following is None:
            return path
        path = unescape(following[1])
    raise AssertionError(f"{path} has no end")


def _lists(app: Flask) -> dict[str, tuple[str, str, str | None]]:
    """Endpoint to who opens the list, its first page, and its last one; None: as the links lead there."""
    slug, gf = _slug(app, "paderborn"), "gf@paderborn"
    with _reading(app) as session:
        mine = Task.done_at.is_(None)
        own = _person(session, "gf@paderborn.example")
        task = select(Task.id).where(mine, Task.person_id == own).order_by(Task.due_on.desc(), Task.id.desc())
        due = select(Task.id).where(mine).order_by(Task.due_on.desc(), Task.programme_id.desc())
        owed = {
            "/tasks": session.scalars(task.offset(PAGE).limit(1)).one(),
            "/deadlines": session.scalars(due.offset(PAGE).limit(1)).one(),
        }
        crowded = session.scalars(select(Programme).where(Programme.state == "opened").limit(1)).one()
        many = select(AuditEvent.programme_id).order_by(AuditEvent.seq.desc()).limit(1)
        told = session.get_one(Programme, session.scalars(many.where(AuditEvent.programme_id.is_not(None))).one())
        events = select(AuditEvent.seq).where(AuditEvent.programme_id == told.id).order_by(AuditEvent.seq)
        oldest = session.scalars(events.offset(PAGE).limit(1)).one()
        crowded_slug, told_slug = crowded.slug, told.slug
    return {
        "tasks.mine": (gf, "/tasks", f"/tasks?after={owed['/tasks']}"),
        "deadlines.index": (gf, "/deadlines", f"/deadlines?after={owed['/deadlines']}"),
        "programmes.index": (gf, "/programmes", None),
        "programmes.show": (gf, f"/programmes/{crowded_slug}", None),
        "opinions.show": (gf, f"/programmes/{slug}/opinions", None),
        "files.show": (gf, f"/programmes/{slug}/files", None),
        "history.show": (gf, f"/programmes/{told_slug}/history", f"/programmes/{told_slug}/history?before={oldest}"),
        "admin.index": ("admin@paderborn", "/admin", None),
        "trail.index": ("revision@paderborn", "/audit", f"/audit?before={PAGE + 1}"),
        "public.index": ("", "/public", None),
    }


def _compared(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of both, taken in turn."""
    took: tuple[list[float], list[float]] = [], []
    for _ in range(WARM_UP + ROUNDS):
        for times, action in zip(took, (one, other), strict=True):
            began = time.perf_counter()
            action()
            times.append(time.perf_counter() - began)
    return median(took[0][WARM_UP:]), median(took[1][WARM_UP:])


# ---- the database


def _populate(url: str) -> None:
    """Give each house further people and programmes."""
    with _writing(url) as session:
        for house in all_jobcenters(session):
            database.serve(session, house.id)
            deed = Deed(None, "command_line", clock.now())
            people = add_people(session, house, PEOPLE, deed)
            add_programmes(session, house, PROGRAMMES, deed)
            if house.key == "paderborn":
                _add_files(session, deed)
                _add_opinions(session, house, [person_id for _role, person_id in people if person_id], deed)
        for number in range(JOBCENTERS):
            name = f"Jobcenter Nachbarkreis {number}"
            found(session, key=f"nachbarkreis-{number}", name=name, form="gE", land="NW", carriers=[], deed=deed)


def _add_files(session: Session, deed: Deed) -> None:
    """Give the programme that has come furthest many files of its own."""
    programme = session.scalars(select(Programme).order_by(Programme.period_from).limit(1)).one()
    for number in range(ROWS):
        paper = Upload(f"Anlage {number}.pdf", PAPER + str(number).encode())
        store(session, programme, paper, subject_type="programme", subject_id=programme.id, deed=deed)


def _add_opinions(session: Session, house: Jobcenter, people: Sequence[UUID], deed: Deed) -> None:
    """Let so many people have been on the board and agreed to the version it was asked about."""
    programme = session.scalars(select(Programme).order_by(Programme.period_from).limit(1)).one()
    like = session.scalars(select(Opinion).where(Opinion.programme_id == programme.id).limit(1)).one()
    said = {"stance": Stance.AGREE, "at": deed.at, "given_on": like.given_on, "board_group": like.board_group}
    where = {"jobcenter_id": house.id, "programme_id": programme.id, "version_id": like.version_id}
    for person_id in people:
        record(session, Opinion(**where, **said, person_id=person_id), deed)


def _add_tasks(url: str, number: int) -> None:
    """Open so many tasks: half of them the managing director's of Paderborn, the rest all the others'."""
    with _writing(url) as session:
        for house in all_jobcenters(session):
            database.serve(session, house.id)
            programmes = [p.id for p in all_programmes(session) if p.state == "opened"]
            others = [(Role.EDITOR, i) for i in session.scalars(select(Person.id).where(Person.name.like("Person %")))]
            share = number // (4 if house.key == "paderborn" else 8)
            add_tasks(session, house, programmes, others, share)
            if house.key == "paderborn":
                own = _person(session, "gf@paderborn.example")
                mine: list[Holder] = [(Role.MANAGING_DIRECTOR, own), (Role.MANAGING_DIRECTOR, None)]
                add_tasks(session, house, programmes, mine, number // 2)
    gather_statistics(url)


def _add_events(url: str, number: int) -> None:
    """Go on with Paderborn's trail by so many events that tell what the last one told; their chain is not whole."""
    with _writing(url) as session:
        house = by_name(session, "paderborn")
        mine = AuditEvent.jobcenter_id == house.id
        last = session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.seq.desc()).limit(1)).one()
        revision = session.get_one(AuditRevision, (house.id, last.seq))
        event = {column.key: getattr(last, column.key) for column in AuditEvent.__table__.columns}
        texts = {column.key: getattr(revision, column.key) for column in AuditRevision.__table__.columns}
        for first in range(last.seq + 1, last.seq + number, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, last.seq + number + 1))
            session.execute(insert(AuditEvent), [{**event, "seq": seq, "group_id": uuid4()} for seq in numbers])
            session.execute(insert(AuditRevision), [{**texts, "seq": seq} for seq in numbers])
        head = update(AuditHead).where(AuditHead.jobcenter_id == house.id).values(seq=last.seq + number)
        session.execute(head, execution_options={"synchronize_session": False})
    gather_statistics(url)


@contextmanager
def _writing(url: str) -> Iterator[Session]:
    engine = database.engine_for(url)
    with database.writing(engine) as session:
        yield session
    engine.dispose()


def _person(session: Session, email: str) -> UUID:
    return session.scalars(select(Person.id).where(Person.email == email)).one()


# ---- the site


@contextmanager
def _site(url: str) -> Iterator[Flask]:
    app = create_app(Settings(url, SECRET, "http://localhost", 8000, demo=True))
    app.test_client_class = Client
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def _reading(app: Flask, house: str = "paderborn") -> Iterator[Session]:
    with app.app_context(), database.reading(db.engine) as session:
        database.serve(session, by_name(session, house).id)
        yield session


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def _client(app: Flask, account: str) -> Client:
    made: FlaskClient = app.test_client()
    assert isinstance(made, Client)
    answer = made.sign_in(f"{account}.example")
    assert answer.status_code == 303, answer.text
    return made


def _accounts(app: Flask, house: str) -> Sequence[str]:
    with _reading(app, house) as session:
        return sorted(cast.known(session, by_name(session, house)))


def _slug(app: Flask, house: str) -> str:
    """The slug of the house's programme that has come furthest."""
    with _reading(app, house) as session:
        first = select(Programme).order_by(Programme.period_from).limit(1)
        return session.scalars(first).one().slug


def _sent(app: Flask, client: Client, path: str) -> int:
    with statements_of(_engine(app)) as sent:
        client.text(path)
    return len(sent)


def _transferred(client: Client, path: str) -> int:
    """Bytes of an answer, head and body."""
    with client.get(path, headers=BROWSER) as answer:
        assert answer.status_code == 200, path
        return len(answer.data) + sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
