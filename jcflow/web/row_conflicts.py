"""Several rows saved by one form while somebody else saved some of them too: both sides, and a choice for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from jcflow.web.conflicts import authors
from jcflow.web.outages import UNTYPED

TAKE = "take"
"""Begins the name of the field that says whose values count for a row."""
MINE, THEIRS = "mine", "theirs"
_VERSION = re.compile(r"version-(\d{1,4})")


@dataclass(frozen=True)
class Clash:
    """One row that both sides changed."""

    key: str
    label: str
    version: int
    """The row's present version."""
    texts: tuple[tuple[str, str, str], ...]
    """Field, the typed value, the saved one; only fields that differ."""
    seq: int | None = None
    """Number of the row's last event in the trail."""


def takes_theirs(key: str) -> bool:
    """Whether the person chose on the conflict page to keep what was saved."""
    return request.form.get(f"{TAKE}-{key}") == THEIRS


def conflict(clashes: Sequence[Clash], *, back: str, with_file: bool = False) -> str:
    """The page with both sides, row by row; everything typed goes with it and can be sent again.

    Args:
        back: Address of the form with the present state.
        with_file: Offer the file field again, since a browser never sends a file twice by itself.
    """
    newest = {clash.key: str(clash.version) for clash in clashes}
    taken = {f"{TAKE}-{clash.key}" for clash in clashes}
    fields = [
        (name, _version(name, value, newest))
        for name, value in request.form.items(multi=True)
        if name not in UNTYPED and name not in taken
    ]
    return render_template(
        "errors/rows.html",
        clashes=clashes,
        authors=authors([clash.seq for clash in clashes]),
        fields=fields,
        action=request.path,
        back=back,
        with_file=with_file,
    )


def _version(name: str, value: str, newest: dict[str, str]) -> str:
    numbered = _VERSION.fullmatch(name)
    if numbered is None:
        return value
    return newest.get(request.form.get(f"key-{numbered[1]}", ""), value)
