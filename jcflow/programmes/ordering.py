"""Rows that stand in an order, are removed without being deleted, and can be brought back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy.orm import Mapped, Session, mapped_column

from jcflow.audit.trail import Audited, Deed, record, record_all
from jcflow.errors import NotFound

_GERMAN_LETTERS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


class Ordered(Audited):
    """An audited row with a place among its siblings."""

    __abstract__ = True

    position: Mapped[int]
    """Rising among the siblings; no two have the same, removed ones included, so that these come back in place."""
    removed: Mapped[bool] = mapped_column(default=False)
    """Marked as removed; the row itself stays, for the trail and for undoing it."""


def move(session: Session, siblings: Sequence[Ordered], row: Ordered, steps: int, deed: Deed) -> None:
    """Move a row up (negative) or down among its siblings, as far as there is room; they share the places they had."""
    order = [sibling for sibling in siblings if sibling.id != row.id]
    place = next(index for index, sibling in enumerate(siblings) if sibling.id == row.id)
    order.insert(max(0, min(len(order), place + steps)), row)
    places = sorted(sibling.position for sibling in siblings)
    if len(set(places)) < len(places):
        places = list(range(1, len(order) + 1))
    changed = [(one, {"position": own}) for one, own in zip(order, places, strict=True) if one.position != own]
    record_all(session, deed, changed)


def remove(session: Session, row: Ordered, deed: Deed) -> None:
    """Mark a row as removed."""
    record(session, row, deed, removed=True)


def restore(session: Session, row: Ordered, deed: Deed) -> None:
    """Bring a removed row back to where it stood."""
    record(session, row, deed, removed=False)


def check_keys(keys: Sequence[str], known: Collection[str]) -> None:
    """Refuse rows saved together that name something unknown, or the same thing twice.

    Raises:
        NotFound: One of them does.
    """
    if not set(keys) <= set(known) or len(set(keys)) < len(keys):
        raise NotFound


def free_key(title: str, taken: Collection[str]) -> str:
    """A key made of a title that no sibling has, removed ones included: ASCII letters, digits, hyphens."""
    spelled = title.lower().translate(_GERMAN_LETTERS)
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60] or "neu"
    number = 2
    stem = key
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key
