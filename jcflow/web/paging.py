"""Long lists, page by page: the next page begins behind the last row of this one, never at a count of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from flask import request, url_for

Row = TypeVar("Row")

PAGE = 50
"""Rows of one page."""


def asked_id() -> UUID | None:
    """The id in `?after=`; None on the first page, and for what is no id."""
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


@dataclass(frozen=True)
class Leaf(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    following: str | None
    """Address of the next page."""
    start: str | None
    """Address of the first page, on every other one."""

    @property
    def is_whole(self) -> bool:
        """Whether the list has no other page."""
        return self.following is None and self.start is None


def leaf(endpoint: str, rows: Sequence[Row], key: str | None, *, begun: bool, **address: str) -> Leaf[Row]:
    """One page.

    Args:
        key: What `?after=` says on the next page; None where this is the last.
        begun: Whether this is another page than the first.
        address: What both addresses hold besides, filters for instance; empty values are left out.
    """
    kept = {name: value for name, value in address.items() if value}
    following = url_for(endpoint, **kept, after=key) if key is not None else None  # type: ignore[arg-type]
    return Leaf(rows, following, url_for(endpoint, **kept) if begun else None)  # type: ignore[arg-type]
