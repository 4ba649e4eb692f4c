"""What the parts of a page are and stand in, whatever they say: pages of the same shapes look alike to axe."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.forms import VOID

TELLING = ("class", "role", "type", "aria-current")
"""Attributes that decide how a part looks and what it is."""


def shapes_of(html: str) -> set[str]:
    """Each part of the page's body as the path of elements to it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._open: list[tuple[str, str]] = []
        """The elements around, each with the path to it."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        path = self._path(tag, attrs)
        if tag not in VOID:
            self._open.append((tag, path))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._path(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def _path(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        given = dict(attrs)
        above = self._open[-1][1] if self._open else ""
        path = f"{above}>{tag}.{','.join(given.get(name) or '' for name in TELLING)}"
        if any(tag == "body" for tag, _ in self._open):
            self.found.add(path)
        return path
