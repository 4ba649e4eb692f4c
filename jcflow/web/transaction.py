"""One request, one transaction: a GET cannot write, a POST is kept only when it led somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jcflow.asked import remember
from jcflow.audit.checkpoints import equip
from jcflow.database import begin_reading
from jcflow.web.database import db

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


ALONE = frozenset({"static", "health.healthz", "health.readyz"})
"""Endpoints that answer even without a database, or ask it on their own."""


def register(app: Flask) -> None:
    """Begin and end the transaction around each request of the app."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    if request.endpoint not in ALONE:
        equip(db.session(), current_app.config["JCFLOW"].signing_key)
    if request.endpoint not in ALONE and request.method in SAFE:
        _look()


def _look() -> None:
    """Begin to read; what several parts of a page ask is asked once."""
    begin_reading(db.session())
    remember(db.session())


def _end(response: Response) -> Response:
    """Commit what a POST wrote and answered with a redirect; undo everything else.

    A refused sign-in asks for its failure to be kept with `keep`.
    """
    if request.method not in SAFE and (response.status_code in {302, 303} or g.get("keep", False)):
        token = g.get("form_token")
        if token is not None:
            token.location = response.location or request.path
        try:
            db.session.commit()
        except DBAPIError as error:
            return current_app.make_response(current_app.handle_user_exception(error))
    else:
        db.session.rollback()
    return response


def restart() -> None:
    """Undo what this request has written so far and go on, so that a page can still be made."""
    db.session.rollback()
    if request.method in SAFE:
        _look()


def steady() -> None:
    """Begin to read anew, and see what there is at this one moment, however long it takes."""
    db.session.rollback()
    on_sqlite = db.engine.dialect.name == "sqlite"
    options = {"reading": True} | ({} if on_sqlite else {"isolation_level": "REPEATABLE READ"})
    db.session().connection(execution_options=options)


@contextmanager
def looking() -> Iterator[Session]:
    """Read in the middle of a POST, before it writes anything: nobody waits for it, however long it takes."""
    db.session.rollback()
    begin_reading(db.session())
    try:
        yield db.session()
    finally:
        db.session.rollback()


def keep() -> None:
    """Let this request's writes stand although its answer is no redirect."""
    g.keep = True
