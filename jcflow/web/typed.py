"""What a form carries, read field by field; all that is wrong is said at once."""

from __future__ import annotations

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


class Typed:
    """Reads the fields of the posted form; `values` keeps them as typed, for the page that is shown again."""

    def __init__(self, *names: str) -> None:
        self.values = {name: request.form.get(name, "") for name in names}
        self.problems: dict[str, str] = {}

    def day(self, name: str) -> date:
        """An ISO day."""
        try:
            return date.fromisoformat(self.values[name])
        except ValueError:
            self.problems[name] = "Geben Sie einen Tag ein, zum Beispiel 01.12.2026."
            return date.min

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
