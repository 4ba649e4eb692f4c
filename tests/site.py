"""A running site with the demo's houses and people, each programme where a test wants it.

    def test_board_member_gives_an_opinion(site):
        site.at("consultation")                                  # Paderborn; the other houses stand in drafting
        beirat = site.client("beirat1")                          # beirat1@paderborn.example, signed in
        answer = beirat.post_form(f"/programmes/{site.slug()}/opinions/new", {"stance": "agree"})
        assert answer.status_code == 303
        with site.session() as session:                          # reads the database, sees Paderborn
            ...

* `site` runs a test once on SQLite and once on PostgreSQL; `sqlite_site` only on SQLite (browser tests, long walks).
* `site.at(state, house="paderborn")` comes first, at most once; houses are `paderborn`, `herford` (gE), `ennepe-ruhr`
  (zkT). Without it everything stands in drafting. `"published"` is in force and open to the public.
* `site.client("gf")`, `site.client("gf@herford")`, `site.client(None)` (nobody). Accounts: jcflow/cli/cast.py.
* `client.get(path)`, `client.text(path)` (demands 200), `client.page(path)` (tests.forms.Page: forms, links, h1, …).
* `client.post_form(page, {...}, action=…, press=…, files=…)` opens the page, takes the POST form that goes to
  `action` (default: to the page's own address, else the first one), keeps all it holds (csrf_token, form_token,
  version, values already there), puts the given values over it and posts. None leaves a field out, a list repeats
  it, `(stream, "name.pdf")` uploads. `press` is a button's text.
* `client.form(page, …)` only reads the form; `client.post(path, data=client.form(page).filled({...}))` sends it later.
* `site.session(house)` reads, `site.writing(house)` writes and commits; `site.programme(session)` is the newest one.
* The clock starts at `NOW`, a Wednesday at noon, and runs; `time_machine.travel(NOW + …)` moves it further. The walk
  was six hours before, so every deadline counts from that Wednesday.
* `site.app`, `site.url` (database), `site.slug(house)`, `site.person_id("gf@herford")`, `site.house(session, key)`.

Databases are made once per run, kind and state by the real steps, then copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import jcflow
from jcflow import clock, database
from jcflow.accounts.jobcenters import Jobcenter, by_name
from jcflow.audit.trail import Deed
from jcflow.cli import cast, walk
from jcflow.config import Settings
from jcflow.process.opening import import_document
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.exchange.reading import read
from jcflow.programmes.programme import Programme, all_programmes, steps_of
from jcflow.web import create_app
from jcflow.web.database import db
from tests.databases import discard
from tests.forms import Form, Page, page_of

DATA = Path(jcflow.__file__).parent / "data"
FILES = {"paderborn": "paderborn-2022", "herford": "herford-2022", "ennepe-ruhr": "ennepe-ruhr-2023"}
NOW = datetime(2026, 11, 18, 11, tzinfo=UTC)
SECRET = "nur-fuer-die-tests-nur-fuer-die-tests-nur-fuer-die-tests"
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(cast.PASSWORD)
"""Of the demo's password, made weak so that signing in costs nothing."""


@cache
def demo_document(key: str) -> Document:
    """The complete programme of a house: its published figures with the demonstration texts."""
    data = yaml.safe_load((DATA / f"{FILES[key]}.yaml").read_text(encoding="utf-8"))
    texts = yaml.safe_load((DATA / "texts" / f"{FILES[key]}.yaml").read_text(encoding="utf-8"))
    for chapter in data["chapters"]:
        chapter["blocks"] = [*chapter.get("blocks", []), *texts.get(chapter["key"], [])]
    return read(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), FILES[key])


def settle(url: str) -> None:
    """Put the three houses with their people into an empty migrated database; each programme in drafting."""
    engine = database.engine_for(url)
    at = clock.now() - timedelta(hours=12)
    deed = Deed(None, "command_line", at)
    try:
        with database.writing(engine) as session:
            for key in FILES:
                programme = import_document(session, demo_document(key), deed)
                house = session.get_one(Jobcenter, programme.jobcenter_id)
                assert house.key == key
                cast.people(session, house, deed, QUICK_HASH)
    finally:
        engine.dispose()


def bring(url: str, key: str, state: str) -> None:
    """Bring a house's programme to a state by the real steps; `published` is in force and open to the public."""
    engine = database.engine_for(url)
    try:
        with database.writing(engine) as session:
            house = by_name(session, key)
            database.serve(session, house.id)
            people = cast.known(session, house)
            programme = all_programmes(session)[0]
            target = "in_force" if state == "published" else state
            at = max(clock.now() - timedelta(hours=6), steps_of(session, programme)[-1].at)
            at = walk.advance(session, programme, target, people=people, at=at, pace=timedelta(seconds=10))
            if state == "published":
                walk.publish(session, programme, people=people, at=at)
    finally:
        engine.dispose()


class Templates:
    """Databases of one kind in every wanted state, each made on first demand."""

    def __init__(self, new_database: Callable[[], str]) -> None:
        self._new_database = new_database
        self._known: dict[tuple[str, str], str] = {}

    def copy(self, house: str, state: str) -> str:
        """Address of a fresh copy."""
        return _copy(self._template(house, state))

    def _template(self, house: str, state: str) -> str:
        key = ("", state) if state == "drafting" else (house, state)
        if key not in self._known and state == "drafting":
            self._known[key] = self._new_database()
            settle(self._known[key])
        elif key not in self._known:
            self._known[key] = _copy(self._template("", "drafting"))
            bring(self._known[key], house, state)
        return self._known[key]

    def discard(self) -> None:
        """Throw all of them away."""
        for url in self._known.values():
            discard(url)


def _copy(url: str) -> str:
    address, name = make_url(url), f"jcflow_site_{uuid4().hex[:16]}"
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "").with_name(f"{name}.sqlite3")
        shutil.copyfile(address.database or "", path)
        return f"sqlite:///{path}"
    server = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{address.database}" STRATEGY FILE_COPY'))
    return address.set(database=name).render_as_string(hide_password=False)


_FREE: dict[Settings, list[Flask]] = {}
"""Applications that no site uses just now: making one takes longer than many a test, so the next site gets it."""


@dataclass
class Site:
    """See the top of this module."""

    templates: Templates
    compiled: Path
    """Where compiled pages are kept between tests."""
    settings: Settings
    url: str = ""
    _app: Flask | None = None
    _slugs: dict[str, str] = field(default_factory=dict)
    _ends: ExitStack = field(default_factory=ExitStack)

    def at(self, state: str, house: str = "paderborn") -> Site:
        """Copy the database in which the house's programme stands in this state."""
        assert not self.url, "site.at comes first"
        self.url = self.templates.copy(house, state)
        self._ends.callback(discard, self.url)
        return self

    @property
    def app(self) -> Flask:
        """The site's application."""
        if self._app is None:
            if not self.url:
                self.at("drafting")
            free = _FREE.setdefault(replace(self.settings, database_url=""), [])
            self._app = free.pop() if free else self._make()
            self._connect(self._app)
            self._ends.callback(free.append, self._app)
            self._ends.callback(self._let_go, self._app)
        return self._app

    def _make(self) -> Flask:
        made = create_app(replace(self.settings, database_url=self.url))
        made.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(self.compiled))
        made.test_client_class = Client
        return made

    def _connect(self, app: Flask) -> None:
        settings = replace(self.settings, database_url=self.url)
        app.config.update(JCFLOW=settings, SQLALCHEMY_DATABASE_URI=self.url)
        with app.app_context():
            engines: Any = db.engines
            engines[None] = database.engine_for(self.url)

    def _let_go(self, app: Flask) -> None:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def close(self) -> None:
        """Let go of the database and throw it away."""
        self._ends.close()

    def client(self, account: str | None, **environ: Any) -> Client:
        """A browser without scripts, signed in with the demo's password; `environ` as for FlaskClient."""
        made = self.app.test_client(**environ)
        assert isinstance(made, Client)
        if account is not None:
            answer = made.sign_in(self.address(account))
            assert answer.status_code == 303, answer.text
        return made

    def address(self, account: str) -> str:
        """The e-mail address of `gf` or `gf@herford`."""
        name, _, house = account.partition("@")
        return f"{name}@{house or 'paderborn'}.example"

    @contextmanager
    def session(self, house: str = "paderborn") -> Iterator[Session]:
        """A session that reads what one house has."""
        with database.reading(self._engine) as session:
            database.serve(session, by_name(session, house).id)
            yield session

    @contextmanager
    def writing(self, house: str = "paderborn") -> Iterator[Session]:
        """A session that writes for one house and is committed at the end."""
        with database.writing(self._engine) as session:
            database.serve(session, by_name(session, house).id)
            yield session

    @cached_property
    def _engine(self) -> Engine:
        """Of the tests' own sessions."""
        assert self.app
        engine = database.engine_for(self.url)
        self._ends.callback(engine.dispose)
        return engine

    def deed(self, account: str) -> Deed:
        """What an account does now, in its role."""
        name = account.partition("@")[0]
        role = next(part.role for part in cast.PARTS if part.account == name)
        return Deed(self.person_id(account), role.value, clock.now())

    def house(self, session: Session, key: str = "paderborn") -> Jobcenter:
        """A Jobcenter by its key."""
        return by_name(session, key)

    def programme(self, session: Session) -> Programme:
        """The newest programme of the house the session serves."""
        return all_programmes(session)[0]

    def slug(self, house: str = "paderborn") -> str:
        """The slug of a house's newest programme."""
        if house not in self._slugs:
            with self.session(house) as session:
                self._slugs[house] = self.programme(session).slug
        return self._slugs[house]

    def person_id(self, account: str) -> UUID:
        """The id of `gf` or `gf@herford`."""
        name, _, house = account.partition("@")
        with self.session(house or "paderborn") as session:
            return cast.known(session, by_name(session, house or "paderborn"))[name]


class Client(FlaskClient):
    """A browser without scripts."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """Send a request and take the whole answer, as browsers do; so what it is read from is closed."""
        return super().open(*args, **{"buffered": True} | options)

    def sign_in(self, email: str, password: str = cast.PASSWORD, next: str = "/account") -> TestResponse:
        """Fill in the sign-in form and send it."""
        form = self.page("/login").form("/login")
        return self.post("/login", data=form.filled({"email": email, "password": password, "next": next}))

    def csrf_token(self) -> str:
        """The CSRF token of this browser's session."""
        page = self.page("/login" if self.get("/account").status_code == 303 else "/account")
        return page.forms[0].fields["csrf_token"][0]

    def page(self, path: str) -> Page:
        """The parsed page; demands 200."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, page_of(answer).words[:2000])
        return page_of(answer)

    def text(self, path: str) -> str:
        """The page's HTML; demands 200."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def form(self, page: str, *, action: str | None = None, press: str | None = None) -> Form:
        """The form on a page that goes to `action`, or to the page's own address, or is the first."""
        return self.page(page).form(action or page.partition("?")[0], press)

    def post_form(
        self,
        page: str,
        typed: Mapping[str, Any] | None = None,
        *,
        action: str | None = None,
        press: str | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> TestResponse:
        """Open the page, put the values over what its form holds, and send it."""
        form = self.form(page, action=action, press=press)
        button = form.button(press)
        target = (button.action if button else "") or form.action or page
        data = form.filled(typed or {}, press) | dict(files or {})
        kind = {"content_type": "multipart/form-data"} if files else {}
        return self.post(target, data=data, **kind)
