"""What a request has to be before anybody reads it: text in UTF-8, of a size, each single field once."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from flask import Flask, current_app, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, Map

from jcflow.errors import BadInput, NotFound
from jcflow.web.transaction import SAFE

URLENCODED = "application/x-www-form-urlencoded"
SINGLE = re.compile(r"(?:csrf_token|form_token|count|kind|(?:version|key)(?:-\d+)?)")
"""Fields that say what a form is about; sent twice, one reader could take the first and another the last."""


def register(app: Flask) -> None:
    """Look at every request of the app before anything else does."""
    app.url_map.converters["int"] = _Number
    app.before_request(_check)


class _Number(IntegerConverter):
    """A number in an address; none is ever larger than what both databases hold as one."""

    def __init__(self, rules: Map) -> None:
        super().__init__(rules, max=2**31 - 1)


def _check() -> None:
    if request.url_rule is None or request.endpoint == "static":
        return
    if "\0" in request.path:
        raise NotFound
    _check_text(request.query_string)
    if request.method not in SAFE:
        _read()
        _check_fields()
    if any("\0" in value for values in (request.args, request.form) for _, value in values.items(multi=True)):
        # No database takes it and no keyboard types it.
        raise BadInput({"": "Die Angaben enthalten ein Zeichen, das nicht gespeichert werden kann. Löschen Sie es."})


def _read() -> None:
    """Take the body in; what breaks on the way, for instance a chunk of no length, is the sender's fault."""
    try:
        if request.mimetype == URLENCODED:
            _check_encoded()
        request.form.get("csrf_token")
    except (ParseException, NoMoreData) as error:
        raise BadRequest from error


def _check_encoded() -> None:
    """Limits that the parser keeps for forms with files only, before it makes a list of millions of fields."""
    most_bytes, most_fields = current_app.config["MAX_FORM_MEMORY_SIZE"], current_app.config["MAX_FORM_PARTS"]
    if (request.content_length or 0) > most_bytes:
        raise RequestEntityTooLarge
    raw = request.get_data()
    if len(raw) > most_bytes or raw.count(b"&") >= most_fields:
        raise RequestEntityTooLarge
    _check_text(raw)


def _check_text(raw: bytes) -> None:
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest from error


def _check_fields() -> None:
    if any(SINGLE.fullmatch(name) and len(request.form.getlist(name)) > 1 for name in request.form):
        raise BadRequest
