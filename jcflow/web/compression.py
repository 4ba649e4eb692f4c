"""Pages and style sheets, sent compressed to whoever takes that."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TYPES = ("text/", "image/svg+xml", "application/json", "application/javascript")
SMALLEST = 400
"""Bytes from which on it pays."""
LONGEST_NAME = 100


class Compression:
    """Compresses what the wrapped application answers, pages with a length that tells nothing.

    Whoever watches the line and gets their own words into a page could guess a secret beside them from the length
    (BREACH). The secrets of our pages differ in every answer: a CSRF token is signed with the second, a form's token
    is new each time. Beyond that a name of random length stands in the head of each answer, as Django does it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._static: dict[str, bytes] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        begun: list[tuple[str, Headers, Any]] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            begun[:] = [(status, Headers(headers), exc_info)]
            return written.append

        body = self._app(environ, start)
        ((status, headers, exc_info),) = begun
        if written:
            body = [*written, _all_of(body)]
        if _is_worth_it(status, headers):
            headers.add("Vary", "Accept-Encoding")
            if environ["REQUEST_METHOD"] != "HEAD" and parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING"))["gzip"]:
                body = [self._packed(environ["PATH_INFO"], headers, _all_of(body))]
        start_response(status, headers.to_wsgi_list(), exc_info)
        return body

    def _packed(self, path: str, headers: Headers, content: bytes) -> bytes:
        tag = headers.get("ETag", "")
        if path.startswith("/static/") and tag:
            # The same for everybody and for as long as it is not changed: compressed once, and as well as can be.
            if tag not in self._static:
                self._static[tag] = gzip.compress(content, 9, mtime=0)
            packed = self._static[tag]
        else:
            packed = _with_random_length(content)
        headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(packed))
        if tag and not tag.startswith("W/"):
            headers["ETag"] = f"W/{tag}"
        return packed


def _is_worth_it(status: str, headers: Headers) -> bool:
    is_text = headers.get("Content-Type", "").startswith(TYPES)
    is_whole = status[:3] not in {"204", "206", "304"} and "Content-Encoding" not in headers
    return is_text and is_whole and int(headers.get("Content-Length", SMALLEST)) >= SMALLEST


def _with_random_length(content: bytes) -> bytes:
    target = BytesIO()
    name = "x" * (1 + secrets.randbelow(LONGEST_NAME))
    with gzip.GzipFile(name, "wb", 6, target, mtime=0) as file:
        file.write(content)
    return target.getvalue()


def _all_of(body: Iterable[bytes]) -> bytes:
    try:
        return b"".join(body)
    finally:
        if isinstance(body, _Closable):
            body.close()


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> object: ...
