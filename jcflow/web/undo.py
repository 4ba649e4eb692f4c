"""A form that was not taken: what it wrote is undone before the page is made again."""

from __future__ import annotations

from jcflow.errors import BadInput, TooLarge
from jcflow.web import transaction


def undone(error: BadInput | TooLarge) -> dict[str, str]:
    """Undo what the request wrote; returns a sentence for each field, a file that is too large among them."""
    transaction.restart()
    return error.problems if isinstance(error, BadInput) else {"file": str(error)}
