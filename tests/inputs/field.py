"""A site of one stage that can be put back to how it was."""

from __future__ import annotations

import time
from collections.abc import Sized
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import NullPool, create_engine, make_url, text
from werkzeug.test import TestResponse

from jcflow.config import Settings
from jcflow.web import create_app
from jcflow.web.database import db
from tests.databases import discard
from tests.inputs.bodies import Sent
from tests.inputs.stages import Ground
from tests.site import SECRET

LATER = timedelta(minutes=20)
"""From the start of a survey to the sending: a cookie from the future is nobody's, one of half an hour ago neither."""


class Field:
    """One site of one stage, that can be put back to how it was."""

    def __init__(self, ground: Ground, compiled: str) -> None:
        self.ground, self.url = ground, _beside(ground.url)
        _copy(ground.url, self.url)
        self.app = create_app(Settings(self.url, SECRET, "http://localhost", 8000, demo=True))
        self.app.jinja_env.bytecode_cache = FileSystemBytecodeCache(compiled)

    def reset(self) -> None:
        """Put the database back."""
        with self.app.app_context():
            db.engine.dispose()
        _copy(self.ground.url, self.url)

    def forget_statements(self) -> int:
        """Let go of the compiled statements; returns how many there were.

        An engine keeps some hundreds of them. A site has one engine, a run as many as there are stages, and each page
        that is opened for the first time adds some: memory grows until all are full, with nothing wrong.
        """
        with self.app.app_context():
            known: Sized = db.engine._compiled_cache  # type: ignore[assignment]
            number = len(known)
            db.engine.clear_compiled_cache()
        return number

    def close(self) -> None:
        """Let go of the database and throw it away."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        discard(self.url)

    def client(self, account: str) -> FlaskClient:
        """A browser with the account's cookie."""
        made = self.app.test_client()
        if account:
            made.set_cookie("jcflow", self.ground.cookies[account])
        return made


def _beside(url: str) -> str:
    address = make_url(url)
    return address.set(database=f"{address.database}_{uuid4().hex[:8]}").render_as_string(hide_password=False)


def _copy(origin: str, url: str) -> None:
    source, goal = make_url(origin), make_url(url)
    if source.get_backend_name() == "sqlite":
        Path(goal.database or "").write_bytes(Path(source.database or "").read_bytes())
        return
    server = create_engine(source.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{goal.database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{goal.database}" TEMPLATE "{source.database}" STRATEGY FILE_COPY'))


def send(client: FlaskClient, sent: Sent) -> tuple[TestResponse, float]:
    """Send a request; answer and seconds."""
    headers = {**sent.headers, **({"Content-Type": sent.kind} if sent.kind else {})}
    begun = time.perf_counter()
    answer = client.open(sent.path, method=sent.method, data=sent.body, headers=headers)
    answer.get_data()
    return answer, time.perf_counter() - begun
