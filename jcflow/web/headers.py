"""The security headers, on every answer: pages, errors, redirects and static files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline style or script anywhere, so no nonce either."""

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
"""Set unless the answer carries a stricter one of its own; what is no static file is never kept anywhere."""


class Headers:
    """Puts the headers on whatever the wrapped application answers."""

    def __init__(self, app: WSGIApplication, *, https: bool) -> None:
        self._app = app
        self._always = {**ALWAYS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        static = environ.get("PATH_INFO", "").startswith("/static/")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            # What is sent as a file says of itself that anybody may keep it.
            kept = headers if static else [(n, value) for n, value in headers if n.lower() != "cache-control"]
            present = {name.lower() for name, _ in kept}
            wanted = self._always if static else {**self._always, "Cache-Control": "no-store", "Vary": "Cookie"}
            missing = [(name, value) for name, value in wanted.items() if name.lower() not in present]
            return start_response(status, [*kept, *missing], exc_info)

        return self._app(environ, start)
