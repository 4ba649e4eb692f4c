"""What a form carries, read field by field; all that is wrong is said at once."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from flask import request

from jcflow.errors import BadInput
from jcflow.programmes.files import Upload
from jcflow.web.transaction import SAFE

MOST = 999


def kept_version(version: int, name: str = "version") -> str:
    """The version of a row that its form carries: when a form is shown again, the one it was sent with.

    So a page that is made again never covers up what somebody else saved meanwhile. One sent without says 0, which
    no saved row has.
    """
    return str(version) if request.method in SAFE else request.form.get(name, "0")


_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_WRITTEN = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})")


def day_of(text: str) -> date | None:
    """A day as a date field sends it (2026-12-01) or as people write it (1.12.2026); None where it is none."""
    found = _DAY.fullmatch(text) or _WRITTEN.fullmatch(text.strip())
    try:
        return date(**{part: int(number) for part, number in found.groupdict().items()}) if found else None
    except ValueError:
        return None


class Typed:
    """Reads the fields of the posted form; `values` keeps them as typed, for the page that is shown again."""

    def __init__(self, *names: str) -> None:
        self.values = {name: request.form.get(name, "") for name in names}
        self.problems: dict[str, str] = {}

    def day(self, name: str) -> date:
        """A day; the first of all where it is none."""
        found = day_of(self.values[name])
        if found is None:
            self.problems[name] = "Geben Sie einen Tag ein, zum Beispiel 01.12.2026."
        return found or date.min

    def count(self, name: str) -> int:
        """A number of votes from 0 to 999."""
        typed = self.values[name].strip()
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 4 and int(typed) <= MOST):
            self.problems[name] = f"Geben Sie eine Zahl von 0 bis {MOST} ein."
            return 0
        return int(typed)

    def one_of(self, name: str, allowed: Collection[str], sentence: str) -> str:
        """One of the allowed values; the sentence says what to choose."""
        if self.values[name] not in allowed:
            self.problems[name] = sentence
        return self.values[name]

    def upload(self, name: str, missing: str | None = None) -> Upload | None:
        """The uploaded file; None without one, which is refused with the sentence `missing` if given."""
        sent = request.files.get(name)
        if sent is None or not sent.filename:
            if missing:
                self.problems[name] = missing
            return None
        return Upload(sent.filename, sent.stream.read())

    def check(self) -> None:
        """Refuse the form where a field could not be taken.

        Raises:
            BadInput: A sentence for each such field.
        """
        if self.problems:
            raise BadInput(self.problems)
