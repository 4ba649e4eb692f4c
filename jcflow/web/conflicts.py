"""Somebody else was faster: both texts side by side, who saved the other one, and ways on that lose neither."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, render_template, request
from werkzeug.exceptions import HTTPException

from jcflow.accounts.people import names
from jcflow.audit.reading import entries_at
from jcflow.database import served
from jcflow.errors import Stale
from jcflow.procedure import Role
from jcflow.programmes.register_fields import REGISTERS, FieldKind
from jcflow.web.database import db
from jcflow.web.formats import clock_time, day
from jcflow.web.labels import ROLE_LABELS
from jcflow.web.outages import UNTYPED
from jcflow.web.visitors import me

LABELS = {
    "markdown": "Text",
    "content": "Inhalt",
    "title": "Überschrift",
    "number": "Nummer",
    "label": "Bezeichnung",
    "amount": "Betrag",
    "prior_amount": "Betrag im Vorjahr",
    "note": "Anmerkung",
    "visibility": "Sichtbarkeit",
    "reason": "Begründung",
    "approach": "Handlungsansatz",
    "local_title": "Eigener Titel",
    "stance": "Haltung",
    "points": "Punkte",
    "choice": "Stimme",
    "disposition": "Umgang mit dem Punkt",
    "data": "Angaben",
    "text": "Text",
}
"""Column to its German name on the page that shows two texts."""
CHOSEN = frozenset({FieldKind.KEY, FieldKind.KEYS, FieldKind.ENUM})
WRITTEN = {
    **{f.name: f.label for r in REGISTERS.values() for f in r.fields if f.kind not in CHOSEN},
    "markdown": "Text",
    "paste": "Eingefügte Tabelle",
    "caption": "Titel",
    "alt": "Textalternative",
    "source": "Quelle",
    "title": "Überschrift",
    "local_title": "Eigener Titel",
    "label": "Bezeichnung",
    "column": "Spalten",
    "cell": "Zellen",
    "amount": "Betrag",
    "prior": "Betrag im Vorjahr",
    "note": "Anmerkung",
    "why": "Begründung",
    "reason": "Begründung",
    "approach": "Handlungsansatz",
    "text": "Text",
    "office_phone": "Telefon des Gremienbüros",
    "office_hours": "Sprechzeiten",
    "office_email": "E-Mail-Adresse des Gremienbüros",
}
"""Field of a form in which people write to its German name; what is only chosen from a list is none."""
LONG = frozenset({"markdown", "text", "note", "why", "reason", "approach"})
MOST_FIELDS = 12
_NUMBERED = re.compile(r"(.+?)-(\d{1,4})")


@dataclass(frozen=True)
class Written:
    """A field of the posted form in which somebody has written."""

    name: str
    label: str
    text: str

    @property
    def is_long(self) -> bool:
        """Whether it takes more than a line to write it."""
        return self.name.partition("-")[0] in LONG or "\n" in self.text or len(self.text) > 100


def written(labels: Mapping[str, str] | None = None) -> list[Written]:
    """What was written into the posted form, field by field; a field sent several times stands there once.

    Args:
        labels: Field to German name, where the usual one does not fit.
    """
    known = {**WRITTEN, **{name: label for name, label in (labels or {}).items() if name in WRITTEN}}
    found: dict[str, Written] = {}
    for name in request.form:
        numbered = _NUMBERED.fullmatch(name)
        label = known.get(numbered[1] if numbered else name)
        text = "\n".join(value for value in request.form.getlist(name) if value.strip())
        if label and text:
            found[name] = Written(name, f"{label} {numbered[2]}" if numbered else label, text)
    return list(found.values())


def conflict_page(
    error: Stale,
    labels: Mapping[str, str] | None = None,
    back: str | None = None,
    *,
    version_field: str = "version",
    form_again: str | None = None,
) -> str:
    """Both texts side by side, and the choice which of them is to stand.

    Args:
        labels: Column to German name, where the usual one does not fit.
        back: Address of the present state; else the nearest page that can be opened.
        version_field: Field in which the form carries the row's version.
        form_again: Address that answers the same fields with the form they came from and saves nothing.
    """
    named = {**LABELS, **(labels or {})}
    texts = [
        (named.get(name, name), _shown(mine), _shown(error.theirs.get(name)))
        for name, mine in error.mine.items()
        if _shown(mine) != _shown(error.theirs.get(name))
    ]
    fields = [(n, v) for n, v in request.form.items(multi=True) if n not in {*UNTYPED, version_field}]
    own = written(labels)
    by_hand = own if len(own) <= MOST_FIELDS and all(len(request.form.getlist(x.name)) == 1 for x in own) else []
    return render_template(
        "errors/conflict.html",
        what=error.what,
        author=authors([error.seq]).get(error.seq),
        texts=texts,
        own=own,
        action=request.path if error.theirs else None,
        fields=[*fields, (version_field, error.version)],
        by_hand=by_hand,
        files=[name for name in request.files if any(f.filename for f in request.files.getlist(name))],
        form_again=form_again,
        back=back or way_back(),
    )


def authors(seqs: Collection[int | None]) -> dict[int | None, str]:
    """Number of an event to who caused it and when, as in "von NAME (Team) am 18.11.2026 um 14:05 Uhr"."""
    found = entries_at(db.session(), served(db.session()), [seq for seq in seqs if seq is not None])
    people = names(db.session(), {entry.actor_id for entry in found})
    said: dict[int | None, str] = {}
    for entry in found:
        role = ROLE_LABELS[Role(entry.role)] if entry.role in set(Role) else ""
        by = f"{people[entry.actor_id]} ({role})" if entry.actor_id in people else "der Kommandozeile"
        if entry.actor_id == me().person.id:
            by = "Ihnen selbst, in einem anderen Fenster,"
        said[entry.seq] = f"von {by} am {day(entry.at)} um {clock_time(entry.at)}"
    return said


def way_back() -> str:
    """The page the form came from, if the browser says so; else the nearest one above the posted address."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc == request.host and _opens(came_from.path):
        return came_from.path
    path = request.path
    while path and not _opens(path):
        path = path.rpartition("/")[0]
    return path or "/"


def _opens(path: str) -> bool:
    try:
        endpoint, _ = current_app.url_map.bind(request.host).match(path, method="GET")
    except HTTPException:
        return False
    # Under the address of a step anything may stand, even what is none.
    return str(endpoint) != "steps.form"


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n\n".join(f"{_shown(inner)}" for inner in value.values() if inner)
    if isinstance(value, list | tuple):
        return "\n".join(
            " | ".join(map(_shown, row)) if isinstance(row, list | tuple) else _shown(row) for row in value
        )
    return str(value)
