"""What a machine asks that watches the installation: whether the process lives, and whether it can work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import DBAPIError

from jcflow.database import begin_reading
from jcflow.mail.ticking import Pulse, pulse
from jcflow.process.anchoring import standing
from jcflow.web.database import db
from jcflow.web.guard import open_to_public
from jcflow.web.visitors import moment

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@open_to_public
def healthz() -> Response:
    """The process lives, whatever the database does; how late the mail is, and whether the trail is anchored."""
    return jsonify(_found() | {"status": "ok"})


@pages.get("/readyz")
@open_to_public
def readyz() -> tuple[Response, int]:
    """Whether pages can be shown: 503 while the database does not answer."""
    found = _found()
    return jsonify(found), 200 if found["status"] == "ok" else 503


def _found() -> dict[str, object]:
    """Seconds throughout; `worker` is how long ago one was at work, null if never."""
    try:
        begin_reading(db.session())
        found: Pulse = pulse(db.session(), moment())
        light, waiting = standing(db.session(), moment())
    except DBAPIError:
        db.session.rollback()
        return {"status": "no database", "mail": None, "worker": None, "checkpoints": None}
    mail = {"late": round(found.late_by.total_seconds()), "due": found.waiting}
    seen = found.silent_for
    return {
        "status": "ok",
        "mail": mail,
        "worker": None if seen is None else round(seen.total_seconds()),
        "checkpoints": {"state": light.value, "late": round(waiting.total_seconds())},
    }
