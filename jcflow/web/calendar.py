"""Terminplan: the cycle of a programme as bars and as a table."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from jcflow.web.guard import READERS, open_to

pages = Blueprint("calendar", __name__)


@pages.get("/calendar")
@open_to(*READERS)
def show() -> ResponseReturnValue:
    """The cycle."""
    return redirect(url_for("programmes.index"), 303)
