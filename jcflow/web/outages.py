"""The database cannot take it just now: a calm page that keeps what was typed and sends it again.

No page made here asks the database for anything.
"""

from __future__ import annotations

import errno
import logging
import re
import sqlite3
from dataclasses import dataclass

from flask import Response, current_app, make_response, request, session
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from jcflow.web.database import db
from jcflow.web.transaction import SAFE

log = logging.getLogger("jcflow.web")

UNTYPED = frozenset({"csrf_token", "form_token"})
"""Fields of a form that nobody typed."""
SECRET = frozenset({"password", "again", "old", "code", "recovery"})
"""Fields that no page ever shows again."""
CODE = re.compile(r"[a-z0-9_-]*")
"""What choices, ids and versions send; nobody has typed it."""


@dataclass(frozen=True)
class Outage:
    """Why nothing can be saved, and when asking again makes sense."""

    status: int
    title: str
    sentence: str
    retry_after: int
    """Seconds."""


BUSY = Outage(503, "Bitte versuchen Sie es gleich erneut", "Gerade wird an anderer Stelle gespeichert.", 5)
AWAY = Outage(503, "Bitte versuchen Sie es gleich erneut", "Die Datenbank antwortet gerade nicht.", 5)
FULL = Outage(
    507,
    "Es ist kein Speicherplatz mehr frei",
    "Zurzeit kann nichts gespeichert werden. Lesen können Sie weiterhin alles. "
    "Sagen Sie bitte der Stelle Bescheid, die jcflow betreibt.",
    60,
)

_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: AWAY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
"""Primary result code to what it means."""
_POSTGRESQL = {
    "53100": FULL,
    "55P03": BUSY,
    "40P01": BUSY,
    "40001": BUSY,
    "57014": BUSY,
    "57P01": AWAY,
    "57P02": AWAY,
    "57P03": AWAY,
    "53300": AWAY,
}
"""SQLSTATE to what it means; without one the connection itself has failed."""


def outage_of(error: BaseException) -> Outage | None:
    """What an error says about the database or the disk; None where it is a fault of the program."""
    if isinstance(error, NoConnectionFree):
        return BUSY
    if isinstance(error, OSError):
        return FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
    if not isinstance(error, DBAPIError):
        return None
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF)
    if error.connection_invalidated:
        return AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return AWAY if isinstance(error, OperationalError) else None
    return _POSTGRESQL.get(state, AWAY if state.startswith("08") else None)


def outage_page(outage: Outage, error: BaseException) -> Response:
    """Say what is the case, and offer to send the same form again: with the same token, so that it counts once."""
    log.error("%s cannot be answered: %s", request.endpoint, getattr(error, "orig", error))
    db.session.rollback()
    fields = [(n, v) for n, v in request.form.items(multi=True) if n not in UNTYPED]
    resend = request.method not in SAFE and not any(name in SECRET for name, _ in fields)
    page = bare_page(
        "errors/outage.html",
        outage=outage,
        is_form=request.method not in SAFE,
        action=request.full_path.rstrip("?"),
        token=request.form.get("form_token", False),
        fields=fields if resend else None,
        texts=[value for _, value in fields if not CODE.fullmatch(value)],
        files=[(name, any(f.filename for f in request.files.getlist(name))) for name in request.files],
    )
    # What the request told the browser to remember, for instance „gespeichert“, has not happened.
    session.modified = False
    response = make_response(page, outage.status)
    response.headers["Retry-After"] = str(outage.retry_after)
    return response


def bare_page(template: str, **values: object) -> str:
    """A page made without asking the database."""
    return current_app.jinja_env.get_template(template).render(**values)
