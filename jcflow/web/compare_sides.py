"""What may be laid side by side: versions of a programme, its working draft, and other years' programmes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import request

from jcflow.errors import NotFound
from jcflow.procedure import Phase
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.live import document_of
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.programme import Programme, all_programmes, known_slug, steps_of
from jcflow.programmes.versions import Version, visible_versions
from jcflow.web.database import db
from jcflow.web.formats import day
from jcflow.web.programme_pages import allowed_visibility, is_insider
from jcflow.web.visitors import me

NOW = "now"
"""What stands in the address for the working draft."""
MOST_YEARS = 5
"""Earlier programmes that the form offers; the address takes any."""


@dataclass(frozen=True)
class Side:
    """One of two states that are compared; without a version the working draft."""

    value: str
    """What stands for it in the address."""
    programme: Programme
    version: Version | None
    is_another_year: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        stand = f"Version {self.version.number}" if self.version else "Arbeitsstand"
        return f"{self.programme.slug}, {stand}" if self.is_another_year else stand

    @property
    def label(self) -> str:
        """What it is called, and of when it is."""
        return f"{self.name} vom {day(self.version.frozen_at)}" if self.version else f"{self.name} von heute"

    @property
    def document(self) -> Document:
        """As much of it as the visitor may read."""
        if self.version is None:
            return document_of(db.session(), self.programme)
        return readable(self.version)


def readable(version: Version) -> Document:
    """A version as the visitor may read it: whole for insiders, for bodies what is meant for them."""
    return version.document if is_insider() else seen_by(version.document, allowed_visibility())


def offered(programme: Programme) -> list[Side]:
    """What the form offers, the newest first."""
    return [*_own(programme), *_other_years(programme)]


def asked(programme: Programme) -> tuple[Side, Side] | None:
    """Earlier and later side as the address names them, else the last change there was; None: there is nothing yet.

    Raises:
        NotFound: The address names what does not exist or may not be read.
    """
    older, newer = request.args.get("from", ""), request.args.get("to", "")
    if older and newer:
        return side(programme, older), side(programme, newer)
    own = _own(programme)
    if older:
        return side(programme, older), own[0] if own else side(programme, NOW)
    if newer:
        return _before(programme, own, side(programme, newer))
    return _last_change(programme, own)


def _last_change(programme: Programme, own: Sequence[Side]) -> tuple[Side, Side] | None:
    """The working draft with the newest version, or where they are the same that with the one before."""
    if not own:
        return None
    start = 1 if len(own) > 2 and own[0].document == own[1].document else 0
    found = _before(programme, own, own[start])
    return None if found[0] is found[1] else found


def _before(programme: Programme, own: Sequence[Side], newer: Side) -> tuple[Side, Side]:
    """What came before, if need be in the year before; where nothing did, the same twice."""
    place = next((n for n, one in enumerate(own, 1) if one.value == newer.value), len(own))
    older = own[place] if place < len(own) else next(_other_years(programme), newer)
    return older, newer


def side(programme: Programme, value: str) -> Side:
    """The version, the working draft (`now`) or the other year's programme that a word of the address stands for.

    Raises:
        NotFound: There is none, or the visitor may not read it.
    """
    found = next((one for one in _own(programme) if one.value == value), None)
    if found is None:
        other = known_slug(db.session(), value)
        found = _other(other) if other and other.id != programme.id and other.kind is programme.kind else None
    if found is None:
        raise NotFound
    return found


def _own(programme: Programme) -> list[Side]:
    """The states of this programme that the visitor may read, the newest first."""
    now = [Side(NOW, programme, None)] if is_insider() else []
    return now + [Side(str(v.number), programme, v) for v in visible_versions(db.session(), programme, me().roles)]


def _other_years(programme: Programme) -> Iterator[Side]:
    earlier = [
        other
        for other in all_programmes(db.session())
        if other.kind is programme.kind and other.period_from < programme.period_from and other.state != "withdrawn"
    ]
    for other in earlier[:MOST_YEARS]:
        found = _other(other)
        if found is not None:
            yield found


def _other(programme: Programme) -> Side | None:
    """What counts of another year's programme: what was resolved, else the newest the visitor may read."""
    seen = {v.id: v for v in visible_versions(db.session(), programme, me().roles)}
    states = programme.procedure.states
    resolved = [
        step.version_id
        for step in steps_of(db.session(), programme)
        if step.version_id in seen and states[step.target].phase is Phase.IN_FORCE
    ]
    version = seen[resolved[-1]] if resolved and resolved[-1] else next(iter(seen.values()), None)
    return Side(programme.slug, programme, version, True) if version or is_insider() else None
