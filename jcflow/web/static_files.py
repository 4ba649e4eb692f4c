"""Static files: under an address that names their content, so that nobody asks for them twice."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response

KEPT = timedelta(days=365)
OF_A_CONTENT = re.compile(r"[0-9a-f]{16}")


@cache
def digest_of(folder: Path) -> str:
    """A name for everything in a folder: it changes with every file."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder)}:{hashlib.sha256(path.read_bytes()).hexdigest()};".encode())
    return found.hexdigest()[:16]


class Application(Flask):
    """The application, with static files below `/static/<digest of all of them>/`.

    What a style sheet names relatively, its fonts for instance, lies below the same digest.
    """

    @property
    def digest(self) -> str:
        """The name of the static files as they are."""
        return digest_of(Path(str(self.static_folder)))

    def send_static_file(self, filename: str) -> Response:
        """A static file; kept for a year where its address names the present content."""
        digest, _, rest = filename.partition("/")
        if not OF_A_CONTENT.fullmatch(digest):
            return super().send_static_file(filename)
        response = super().send_static_file(rest)
        if digest == self.digest:
            response.cache_control.max_age = int(KEPT.total_seconds())
            response.cache_control.public = response.cache_control.immutable = True
        return response


def register(app: Application) -> None:
    """Let every address of a static file name the content."""

    @app.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["filename"] = f"{app.digest}/{values['filename']}"
