"""What an entry of the trail says, as a German sentence with before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for

from jcflow.audit.reading import Entry
from jcflow.audit.trail import Action
from jcflow.procedure import Meeting, Role
from jcflow.programmes.programme import Programme
from jcflow.programmes.register_fields import REGISTERS
from jcflow.programmes.schedule import MEETING
from jcflow.web.formats import day
from jcflow.web.labels import BODY_LABELS, MEETING_LABELS, ROLE_LABELS
from jcflow.web.trail_values import KEYS, SIGN_OFFS, in_german, whole
from jcflow.web.trail_vocabulary import (
    COLUMNS,
    NOUNS,
    OPEN_OPINION,
    ORDER_ALONE,
    OWN_VERBS,
    SAID_BY_TITLE,
    SAID_WHEN_NEW,
    SECRET,
    USUAL,
    VERBS,
)
from jcflow.web.trail_words import Words

FOR_BODIES = frozenset({"step_taken", "opinion", "opinion_point", "answer", "ballot", "vote", "record", "body_result"})
"""Tables whose entries the carrier assembly reads too: nothing of the working draft."""
LONG = 200
"""Characters from which a text is folded."""


@dataclass(frozen=True)
class Change:
    """One value before and after, as texts; None leaves that side out."""

    label: str
    old: str | None
    new: str | None

    @property
    def is_long(self) -> bool:
        """Whether it is folded away at first."""
        return any(len(text or "") > LONG or "\n" in (text or "") for text in (self.old, self.new))


@dataclass(frozen=True)
class Told:
    """An entry as it is read."""

    seq: int
    at: datetime
    who: str
    title: str
    changes: tuple[Change, ...]
    reason: str
    place: str | None
    group_id: UUID
    programme: Programme | None
    object_type: str
    object_id: UUID


def tell(entry: Entry, words: Words, *, inside: bool) -> Told:
    """What an entry says.

    Args:
        inside: For a reader of the working draft; others get no links into it.
    """
    programme = _programme(entry, words)
    return Told(
        seq=entry.seq,
        at=entry.at,
        who=_who(entry, words),
        title=_title(entry, words, programme),
        changes=tuple(_changes(entry, words, inside=inside)),
        reason=entry.reason,
        place=_place(entry, words, programme) if inside or entry.object_type in FOR_BODIES else None,
        group_id=entry.group_id,
        programme=programme,
        object_type=entry.object_type,
        object_id=entry.object_id,
    )


def _place(entry: Entry, words: Words, programme: Programme | None) -> str | None:
    if entry.object_type == "step_taken" and programme is not None and _new(entry, "source"):
        return url_for("steps.done", slug=programme.slug, ordinal=_new(entry, "ordinal"))
    return words.places.get(entry.object_id)


def role_word(role: str) -> str:
    """The German word for the role an act was done in."""
    if role == "command_line":
        return "Befehlszeile"
    return ROLE_LABELS.get(Role(role), role) if role in set(Role) else role


def _who(entry: Entry, words: Words) -> str:
    if entry.actor_id is None:
        return "System, Befehlszeile" if entry.role == "command_line" else "System"
    acted = f"{words.names.get(entry.actor_id, 'unbekannt')}, {role_word(entry.role)}"
    if entry.on_behalf_of is None:
        return acted
    return f"{acted}, für {words.names.get(entry.on_behalf_of, 'unbekannt')}"


def _title(entry: Entry, words: Words, programme: Programme | None) -> str:
    if entry.object_type == "step_taken":
        return f"Schritt: {_step(entry, programme)}"
    noun = NOUNS.get(entry.object_type, entry.object_type)
    if entry.object_type == "register_row":
        noun = f"{noun} in {_register(entry, words)}"
    verb = OWN_VERBS.get((entry.object_type, entry.action), VERBS[entry.action])
    if entry.changes.get("removed") == (True, False):
        verb = "wiederhergestellt"
    label = _label(entry, words)
    said = f"{noun} {verb}".rstrip()
    return f"{said}: {label}" if label else said


def _step(entry: Entry, programme: Programme | None) -> str:
    trigger, target = _new(entry, "trigger"), _new(entry, "target")
    if programme is None:
        return str(trigger)
    steps = programme.procedure.steps
    own = {"open": "Programm eröffnet", "import": "Aus einer Datei übernommen"}
    label = own.get(trigger) or next((s.label for s in steps if s.trigger == trigger), trigger)
    state = programme.procedure.states.get(target)
    return f"{label}, Stand jetzt „{state.label}“" if state else str(label)


def _register(entry: Entry, words: Words) -> str:
    name = _new(entry, "register") or words.registers.get(entry.object_id, "")
    return f"„{REGISTERS[name].label}“" if name in REGISTERS else "einer Übersicht"


def _label(entry: Entry, words: Words) -> str:
    """The name of the thing: what it is called now, else what the event itself says."""
    if entry.object_type == "sign_off":
        return SIGN_OFFS.get(_new(entry, "kind"), "")
    if entry.object_type == "body_result":
        return BODY_LABELS.get(_new(entry, "body"), "")
    if entry.object_id in words.labels:
        return words.labels[entry.object_id]
    for column in ("label", "title", "name"):
        if column in entry.changes and entry.object_type != "programme":
            return str(entry.changes[column][1] or entry.changes[column][0] or "")
    person_id = _new(entry, "person_id")
    return words.names.get(UUID(person_id), "") if person_id else ""


def _changes(entry: Entry, words: Words, *, inside: bool) -> list[Change]:
    silent = _silent(entry)
    told: list[Change] = []
    for column, label in COLUMNS.items():
        if column not in entry.changes or column in silent or not _may_tell(entry, column, words, inside=inside):
            continue
        old, new = entry.changes[column]
        is_new = entry.action is Action.CREATED
        if is_new and new in USUAL:
            continue
        only_after = is_new or entry.object_type == "vote"
        if column == "planned":
            told += _planned(old or {}, new or {}, _programme(entry, words))
            continue
        if isinstance(new, dict):
            told += _inside(old if isinstance(old, dict) else {}, new, is_new=only_after)
            continue
        before = None if only_after else _said(entry, column, old, words)
        told.append(Change(label, before, _said(entry, column, new, words)))
    return told


def _planned(old: dict[str, str], new: dict[str, str], programme: Programme | None) -> Iterator[Change]:
    """The days of a plan that changed: states and meetings by their names."""
    states = programme.procedure.states if programme else {}
    for name, planned in new.items():
        if old.get(name) != planned:
            meeting = name.removeprefix(MEETING)
            label = states[name].label if name in states else MEETING_LABELS[Meeting(meeting)]
            before = day(date.fromisoformat(old[name])) if name in old else None
            yield Change(f"{label}, geplant bis", before, day(date.fromisoformat(planned)))


def _inside(old: dict[str, Any], new: dict[str, Any], *, is_new: bool) -> Iterator[Change]:
    """What changed within a map, key by key."""
    for key in dict.fromkeys((*new, *old)):
        if key != "key" and old.get(key) != new.get(key):
            yield Change(KEYS.get(key, key), None if is_new else whole(old.get(key, "–")), whole(new.get(key, "–")))


def _silent(entry: Entry) -> frozenset[str]:
    said = SAID_BY_TITLE.get(entry.object_type, frozenset())
    if entry.action is Action.CREATED and entry.object_type != "programme":
        return said | SAID_WHEN_NEW
    return said if entry.action is Action.CHANGED else said | ORDER_ALONE


def _said(entry: Entry, column: str, value: object, words: Words) -> str:
    if entry.object_type == "accepted_difference" and column in {"stated", "computed"}:
        column = str(_new(entry, "measure"))
    return in_german(entry.object_type, column, value, words, _programme(entry, words))


def _may_tell(entry: Entry, column: str, words: Words, *, inside: bool) -> bool:
    if entry.object_type == "vote" and column in SECRET:
        return entry.object_id in words.final_votes and words.final_votes[entry.object_id] == _new(entry, "at")
    if entry.object_type in {"opinion", "opinion_point"} and column in OPEN_OPINION and not inside:
        programme = _programme(entry, words)
        acts = programme.procedure.acts_in(programme.state) if programme else ()
        return bool(programme) and not any(act.name == "opinion" for act in acts)
    return True


def _new(entry: Entry, column: str) -> Any:
    """The new value of a column, None where it did not change."""
    return entry.changes.get(column, (None, None))[1]


def _programme(entry: Entry, words: Words) -> Programme | None:
    return words.programmes.get(entry.programme_id) if entry.programme_id else None
