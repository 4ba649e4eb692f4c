"""Values of the trail in German: amounts in euro, ids as labels, closed lists as their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from jcflow.amendments.amendment import KIND_NAMES, BookingKind
from jcflow.amendments.procedures import newest
from jcflow.audit.erasing import PERSON
from jcflow.decisions.ballots import BallotState
from jcflow.process.retention import RULES
from jcflow.programmes.internal_check import SignOffKind
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.parts import PART_NAMES
from jcflow.programmes.programme import Programme
from jcflow.programmes.register_fields import REGISTERS
from jcflow.web import labels
from jcflow.web.formats import day, euro, moment
from jcflow.web.trail_words import Words

NOTHING = "–"
SIGN_OFFS = {
    SignOffKind.EQUAL_OPPORTUNITY: "Chancengleichheit",
    SignOffKind.BUDGET: "Haushalt",
    SignOffKind.CARRIER_TARGETS: "Zielvorgaben der Träger",
}
BALLOT_STATES = {
    BallotState.OPEN: "läuft",
    BallotState.VOID: "ungültig nach Rückruf",
    BallotState.CONCLUDED: "Ergebnis festgestellt",
}
LINE_ROLES = {LineRole.LINE: "Zeile", LineRole.TOTAL: "Summe", LineRole.MEMO: "nachrichtlich"}
LISTS: Mapping[tuple[str, str], Mapping[Any, str]] = {
    ("budget_line", "role"): LINE_ROLES,
    ("budget_line", "part"): PART_NAMES,
    ("membership", "role"): labels.ROLE_LABELS,
    ("membership", "carrier"): labels.CARRIER_LABELS,
    ("membership", "board_group"): labels.GROUP_LABELS,
    ("elector", "carrier"): labels.CARRIER_LABELS,
    ("opinion", "board_group"): labels.GROUP_LABELS,
    ("opinion", "stance"): labels.STANCE_LABELS,
    ("answer", "disposition"): labels.DISPOSITION_LABELS,
    ("ballot", "state"): BALLOT_STATES,
    ("ballot", "result"): labels.RESULT_LABELS,
    ("ballot", "casting_vote"): labels.CHOICE_LABELS,
    ("vote", "choice"): labels.CHOICE_LABELS,
    ("record", "result"): labels.RESULT_LABELS,
    ("block", "kind"): labels.BLOCK_LABELS,
    ("block", "visibility"): labels.VISIBILITY_LABELS,
    ("sign_off", "kind"): SIGN_OFFS,
    ("sign_off", "outcome"): labels.SIGN_OFF_LABELS,
    ("body_result", "body"): labels.BODY_LABELS,
    ("body_result", "outcome"): labels.OUTCOME_LABELS,
    ("programme", "kind"): labels.KIND_LABELS,
    ("deadline_change", "role"): labels.ROLE_LABELS,
    ("measure", "status"): labels.MEASURE_LABELS,
    ("amendment", "kind"): KIND_NAMES,
    ("amendment", "state"): {key: state.label for key, state in newest().states.items()},
    ("amendment", "competent"): labels.ROLE_LABELS,
    ("amendment_booking", "kind"): {BookingKind.BOOKING: "Buchung", BookingKind.RELEASE: "Freigabe"},
    ("amendment_booking", "direction"): KIND_NAMES,
    ("erasure", "kind"): {PERSON: "Person", **{rule.key: rule.label for rule in RULES}},
}
"""Table and column to the words for its values."""

CENTS = frozenset({"amount", "prior_amount", "amendment_limit"})
PEOPLE = frozenset({"person_id", "entered_by", "confirmed_by", "chair_id"})
OTHERS = frozenset({"parent_id", "version_id", "published_version_id", "source_line_id", "target_line_id"})
DAYS = frozenset(
    {"dated", "given_on", "closes_on", "decided_on", "met_on", "valid_from", "valid_until", "period_from", "period_to"}
    | {"entered_on", "day", "old_on", "new_on", "due_on", "booked_on", "declared_on"}
)
MOMENTS = frozenset({"at", "opened_at", "concluded_at", "uploaded_at"})
SIGNS = {"+": "wird addiert", "-": "wird abgezogen", None: "wird addiert"}


def in_german(table: str, column: str, value: Any, words: Words, programme: Programme | None) -> str:
    """One value as a reader understands it; "–" for none."""
    if column == "sign":
        return SIGNS.get(value, str(value))
    if value is None or value == "":
        return NOTHING
    if (table, column) in LISTS:
        return LISTS[table, column].get(value, str(value))
    if isinstance(value, bool):
        return "ja" if value else "nein"
    for names, write in _WRITERS:
        if column in names:
            return write(value, words)
    if table in {"programme", "step_taken"} and column in {"state", "source", "target"} and programme is not None:
        state = programme.procedure.states.get(value)
        return state.label if state else str(value)
    return whole(value)


def _person(value: Any, words: Words) -> str:
    return words.names.get(UUID(value), "unbekannt")


def _label(value: Any, words: Words) -> str:
    return words.labels.get(UUID(value), "nicht mehr vorhanden")


_WRITERS: tuple[tuple[frozenset[str], Callable[[Any, Words], str]], ...] = (
    (CENTS, lambda value, _: euro(value)),
    (PEOPLE, _person),
    (OTHERS, _label),
    (DAYS, lambda value, _: day(date.fromisoformat(value))),
    (MOMENTS, lambda value, _: moment(datetime.fromisoformat(value))),
)


def whole(value: Any) -> str:
    """A value without a rule of its own: texts as they are, lists line by line, maps with their labels."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list):
        return "\n".join(" | ".join(map(str, row)) if isinstance(row, list) else whole(row) for row in value)
    if isinstance(value, dict):
        return "\n".join(f"{KEYS.get(key, key)}: {whole(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return str(value)


KEYS: Mapping[str, str] = {
    **{field.name: field.label for register in REGISTERS.values() for field in register.fields},
    "caption": "Überschrift",
    "columns": "Spalten",
    "rows": "Zeilen",
    "source": "Quelle",
    "alt": "Beschreibung",
    "file": "Datei",
    "of": "zeigt",
    "markdown": "Text",
    "known": "liegt vor",
    "dated": "vom",
    "note": "Bemerkung",
    "on": "am",
    "version": "Version",
}
"""Keys of what is kept as a map, with their names."""
