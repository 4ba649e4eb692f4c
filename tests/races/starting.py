"""Races: several people send their forms at the same instant, over HTTP, to a site on a real database.

    def test_two_chairs_conclude_one_ballot(track, races):
        for _ in races(track, "resolution"):
            conclude = track.form("tv1", f"{track.here}/conclude")
            answers = track.start(conclude.sent(), conclude.sent())
            assert statuses(answers) == [303, 409]

* `track` runs a test once on SQLite and once on PostgreSQL. Its database holds `HOUSES` small Jobcenters that all
  stand in the same state, each with the people of the demo (`gf`, `tv1` …) and a small, complete programme.
* `races(track, state)` yields once per race: each time another Jobcenter is the one `track` looks at; when all had
  their turn, their trails are judged (tests/races/soundness.py) and a fresh copy of the database takes their place.
  `races(track, state, in_place=True)` stays in one Jobcenter: the test brings it back by real steps.
* `track.form(account, page)` is a form as that person's browser has it. It is read once for each Jobcenter, since a
  fresh copy would show the same one; `fresh=True` reads it anew. `form.sent({...})` is one sending of it, with a token
  of its own unless `form_token` is given.
* `track.start(one, other, …)` sends them at a barrier, each from a browser of its own; the answers come in that order.
* A file is sent as `(bytes, "name.pdf")`.
* `track.session()` reads and `track.writing()` writes for the Jobcenter the track looks at.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, make_url, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jcflow import clock, database
from jcflow.accounts.actor import Actor
from jcflow.accounts.jobcenters import Jobcenter
from jcflow.accounts.people import roles_of
from jcflow.cli import cast, tour, walk
from jcflow.config import Settings
from jcflow.decisions.ballots import Choice
from jcflow.process.opening import import_document
from jcflow.process.steps import take_step
from jcflow.programmes.programme import Programme, StepTaken, steps_of
from jcflow.programmes.registers import add_row
from jcflow.web import create_app
from jcflow.web.database import db
from tests.databases import discard
from tests.factories import COMMAND_LINE, small_document
from tests.forms import Form
from tests.site import QUICK_HASH, SECRET, Client

HOUSES = ("anger", "bruch", "cranz", "dorn", "esch")
STATES = ("drafting", "internal_check", "consultation", "disposition", "resolution", "in_force")
"""Each is reached from the one before it."""
LATE = "tv6"
"""Whose vote is still missing where a ballot is open; it would decide."""
VOTES = {"tv1": Choice.YES, "tv2": Choice.YES, "tv3": Choice.NO, "tv4": Choice.NO, "tv5": Choice.ABSTAIN}
FINER = 0.0005
"""Seconds after which Python lets the next thread on while a race lasts; ordinarily it is ten times as long."""


class Stages:
    """Databases of one kind, one for each state, made on first demand by the real steps."""

    def __init__(self, new_database: Callable[[], str]) -> None:
        self._new_database = new_database
        self._made: dict[str, str] = {}

    def at(self, state: str) -> str:
        """Address of the database in which every house stands in this state; to be copied, never written to."""
        if state not in self._made:
            number = STATES.index(state)
            url = copy(self.at(STATES[number - 1])) if number else self._new_database()
            engine = database.engine_for(url)
            try:
                for name in HOUSES:
                    with database.writing(engine) as session:
                        _advance(session, name, state) if number else _found(session, name)
            finally:
                engine.dispose()
            self._made[state] = url
        return self._made[state]

    def discard(self) -> None:
        """Throw all of them away."""
        for url in self._made.values():
            discard(url)


def _found(session: Session, name: str, form: str = "gE") -> None:
    programme = import_document(session, small_document(form, name.title()), COMMAND_LINE)
    add_row(session, programme, "measures", {"key": "m1", "title": "Sprechtage anbieten", "topics": []}, COMMAND_LINE)
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    cast.people(session, house, COMMAND_LINE, QUICK_HASH)


def found_council_house(session: Session, name: str) -> None:
    """Add a municipal provider whose planning document waits for the committee."""
    _found(session, name, "zkT")
    _advance(session, name, "committee")


def _advance(session: Session, name: str, state: str) -> None:
    house, programme = _look_up(session, name)
    people, at = cast.known(session, house), steps_of(session, programme)[-1].at
    at = walk.advance(session, programme, state, people=people, at=at)
    present = {account: person_id for account, person_id in people.items() if account != LATE}
    going = tour.Tour(session, programme, present, at, walk.MINUTE, VOTES)
    if state == "internal_check":
        tour.check_internally(going)
    if state == "disposition":
        tour.answer_board(going)
    if state == "resolution":
        tour.vote(going)


def _look_up(session: Session, name: str) -> tuple[Jobcenter, Programme]:
    house = session.scalars(select(Jobcenter).where(Jobcenter.key == name)).one()
    database.serve(session, house.id)
    return house, session.scalars(select(Programme).order_by(Programme.period_from.desc()).with_for_update()).all()[0]


def copy(url: str, into: str | None = None) -> str:
    """Address of a fresh copy of a database, under a new name or in the place of `into`, which is let go of."""
    address = make_url(url)
    name = str(make_url(into).database) if into else f"jcflow_race_{uuid4().hex[:16]}"
    if address.get_backend_name() == "sqlite":
        target = Path(address.database or "").with_name(f"{Path(name).stem}.sqlite3")
        shutil.copyfile(address.database or "", target)
        return f"sqlite:///{target}"
    server = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{address.database}"'))
    return address.set(database=name).render_as_string(hide_password=False)


@dataclass(frozen=True)
class Sending:
    """One sending of a form by somebody."""

    account: str
    path: str
    data: Mapping[str, Any]

    def twice(self, **typed: Any) -> tuple[Sending, Sending]:
        """The same form open in two windows, in the second one with these values."""
        return self, replace(self, data={**self.data, "form_token": uuid4().hex, **typed})


@dataclass(frozen=True)
class Sheet:
    """A form in somebody's browser."""

    account: str
    path: str
    form: Form

    def sent(self, typed: Mapping[str, Any] | None = None) -> Sending:
        """One sending, with a token of its own unless one is given."""
        return Sending(self.account, self.path, self.form.filled({"form_token": uuid4().hex, **(typed or {})}))


@dataclass
class Track:
    """See the top of this module."""

    stages: Stages
    url: str = ""
    house: str = HOUSES[0]
    """Key of the Jobcenter the track looks at."""
    slug: str = "2027"
    _kept: list[str] = field(default_factory=list)
    _app: Flask | None = None
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict)
    _sheets: dict[tuple[str, str, str, str], Sheet] = field(default_factory=dict)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(20))

    def stand_at(self, state: str) -> None:
        """Begin with a fresh copy in which every house stands in this state; sessions and forms stay good."""
        self.stand_on(self.stages.at(state))

    def stand_on(self, template: str) -> None:
        """Begin with a fresh copy of this database."""
        if self._app is not None:
            self.engine.dispose()
        self.url = copy(template, self.url or None)

    def keep(self) -> str:
        """Address of a copy of what is there now, to come back to with `stand_on`; thrown away with the track."""
        self.engine.dispose()
        self._kept.append(copy(self.url))
        return self._kept[-1]

    @property
    def app(self) -> Flask:
        """The site, over whatever copy there is at the moment."""
        if self._app is None:
            self._app = create_app(Settings(self.url, SECRET, "http://localhost", 8000, demo=True))
            self._app.test_client_class = Client
        return self._app

    @property
    def engine(self) -> Engine:
        """The application's own engine."""
        with self.app.app_context():
            return db.engine

    @property
    def here(self) -> str:
        """Where the pages of the programme begin."""
        return f"/programmes/{self.slug}"

    def browser(self, account: str) -> Client:
        """The browser of somebody of the house, signed in; `""` is nobody's."""
        key = (self.house, account)
        if key not in self._clients:
            self._clients[key] = self.app.test_client()  # type: ignore[assignment]
            if account:
                assert self._clients[key].sign_in(f"{account}@{self.house}.example").status_code == 303
        return self._clients[key]

    def form(self, account: str, page: str, *, action: str | None = None, fresh: bool = False) -> Sheet:
        """The form on a page that goes to `action`, else to the page's own address, else the first."""
        key = (self.house, account, page, action or "")
        if fresh or key not in self._sheets:
            found = self.browser(account).form(page, action=action)
            self._sheets[key] = Sheet(account, found.action or page, found)
        return self._sheets[key]

    def start(self, *sendings: Sending) -> list[TestResponse]:
        """Send all of them at the same instant."""
        barrier = Barrier(len(sendings))
        browsers = [self._twin(sending.account) for sending in sendings]

        def send(browser: Client, sending: Sending) -> TestResponse:
            data = {name: _unpacked(value) for name, value in sending.data.items()}
            barrier.wait()
            return browser.post(sending.path, data=data)

        usual = sys.getswitchinterval()
        sys.setswitchinterval(FINER)
        try:
            return list(self._pool.map(send, browsers, sendings))
        finally:
            sys.setswitchinterval(usual)

    def _twin(self, account: str) -> Client:
        """Another window of somebody's browser: browsers of the tests are not for several threads."""
        cookie = self.browser(account).get_cookie("jcflow")
        assert cookie is not None
        twin = self.app.test_client()
        twin.set_cookie("jcflow", cookie.value)
        return twin  # type: ignore[return-value]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that reads what the house has."""
        with database.reading(self.engine) as session:
            _look_up_for_reading(session, self.house)
            yield session

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Programme]]:
        """A session that writes for the house and is committed at the end, and the programme, locked."""
        with database.writing(self.engine) as session:
            yield session, _look_up(session, self.house)[1]

    def programme(self, session: Session) -> Programme:
        """The programme of the house."""
        return session.scalars(select(Programme)).one()

    def person_id(self, account: str) -> UUID:
        """The id of somebody of the house."""
        with self.session() as session:
            house = session.scalars(select(Jobcenter).where(Jobcenter.key == self.house)).one()
            return cast.known(session, house)[account]

    def close(self) -> None:
        """Let go of the database and throw it away."""
        self._pool.shutdown()
        if self._app is not None:
            self.engine.dispose()
        for url in (self.url, *self._kept):
            if url:
                discard(url)


def _unpacked(value: Any) -> Any:
    """A file, given as its bytes and name, as something a browser can read once."""
    return (BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value


def _look_up_for_reading(session: Session, name: str) -> None:
    house = session.scalars(select(Jobcenter).where(Jobcenter.key == name)).one()
    database.serve(session, house.id)


def step(session: Session, programme: Programme, trigger: str, account: str, reason: str = "") -> StepTaken:
    """A real step of somebody of the house, now: brings a programme back to where a race began."""
    house = session.get_one(Jobcenter, programme.jobcenter_id)
    at, person_id = clock.now(), cast.known(session, house)[account]
    actor = Actor(person_id, roles_of(session, person_id, clock.local_day(at)))
    return take_step(session, programme, trigger, actor=actor, at=at, reason=reason)


def statuses(answers: list[TestResponse]) -> list[int]:
    """The statuses of some answers, smallest first."""
    return sorted(answer.status_code for answer in answers)
