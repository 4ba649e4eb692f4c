"""The fields of every register row: files are read, forms are made and rows are shown by this one description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

_DATE_PART = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?|-Q[1-4]|-H[12])?")


class FieldKind(StrEnum):
    """What a field holds, as JSON: text unless said otherwise.

    `count` int · `decimal` text such as `18.7` · `value` text, a number where it is one · `date_part` ISO date or a
    part of one · `keys` list of keys · `amount` int cents · `quarters` four counts · `amounts` list of
    {label, amount in cents, period?} · `effects` list of {label, value?, unit?}.
    """

    KEY = "key"
    TEXT = "text"
    LONG_TEXT = "long_text"
    COUNT = "count"
    DECIMAL = "decimal"
    VALUE = "value"
    ENUM = "enum"
    DATE_PART = "date_part"
    KEYS = "keys"
    AMOUNT = "amount"
    QUARTERS = "quarters"
    AMOUNTS = "amounts"
    EFFECTS = "effects"


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a row. `choices` bind an `enum`; for a `text` they are suggestions and other words are fine."""

    name: str
    label: str
    kind: FieldKind
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """A kind of row; `group` is the field by which rows belong together, such as the plan of a training row."""

    key: str
    label: str
    fields: tuple[Field, ...]
    group: str | None = None


def is_date_part(text: str) -> bool:
    """Whether the text is an ISO date or a part of one: `2014`, `2014-03`, `2014-Q1`, `2014-H2`, `2014-03-31`."""
    if not _DATE_PART.fullmatch(text):
        return False
    if len(text) < len("2014-03-31"):
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_K = FieldKind
_KEY = Field("key", "Schlüssel", _K.KEY, required=True, hint="Kurz und eindeutig, zum Beispiel fbw-gesamt.")
_UNITS = (
    ("percent", "Prozent"),
    ("entries", "Eintritte"),
    ("transitions", "Einmündungen"),
    ("persons", "Personen"),
    ("ELB_per_fte", "erwerbsfähige Leistungsberechtigte je Vollzeitstelle"),
    ("BG_per_fte", "Bedarfsgemeinschaften je Vollzeitstelle"),
)
_STATUS = (
    ("planned", "geplant"),
    ("new", "neu"),
    ("running", "läuft"),
    ("resumed", "wieder aufgenommen"),
    ("relaunched", "neu aufgelegt"),
    ("done", "abgeschlossen"),
)
_ROLES = (("line", "Zeile"), ("total", "Summe"), ("memo", "nachrichtlich"))
_PLACES = (
    ("entries", "Eintritte"),
    ("places", "Plätze"),
    ("entries_or_places", "Eintritte oder Plätze"),
    ("share", "Anteil"),
    ("unspecified", "ohne Angabe"),
)
_SYSTEMS = (
    ("bund", "Bundesziel"),
    ("land", "Landesziel"),
    ("kommunal", "kommunales Ziel"),
    ("lokal", "lokales Ziel"),
    ("intern", "internes Ziel"),
)
_MONITORING = (
    ("quantitative", "mit Zielwert"),
    ("qualitative", "ohne Zielwert, beobachtet"),
    ("quarterly_report", "Bericht je Quartal"),
    ("quarterly_monitoring", "Beobachtung je Quartal"),
    ("none", "keine"),
)
_STAFFING = (
    ("fte", "Vollzeitstellen"),
    ("headcount", "Personen"),
    ("ratio", "Betreuungsschlüssel"),
    ("movement", "Veränderung"),
    ("training", "Fortbildung"),
    ("standard", "Standard"),
    ("cost_share", "Kostenanteil"),
    ("forecast", "Prognose"),
)
_STAFF_PARTS = (
    ("establishment", "Stellen laut Stellenplan"),
    ("occupied", "besetzte Stellen"),
    ("cases", "erwerbsfähige Leistungsberechtigte"),
    ("ratio_u25", "Betreuungsschlüssel unter 25 Jahren"),
    ("ratio_25", "Betreuungsschlüssel ab 25 Jahren"),
)
_DATE_HINT = "Zum Beispiel 2027, 1. Quartal 2027, März 2027 oder 31.03.2027."

INSTRUMENTS = Register(
    "instruments",
    "Instrumente",
    (
        _KEY,
        Field("label", "Bezeichnung", _K.TEXT, required=True),
        Field("role", "Art", _K.ENUM, required=True, choices=_ROLES),
        Field("parent", "Zählt zu", _K.KEY, hint="Schlüssel der Summe."),
        Field("unit", "Einheit", _K.ENUM, choices=_PLACES),
        Field("planned", "Geplant", _K.COUNT),
        Field("prior", "Vorjahr", _K.COUNT),
        Field("share_percent", "Anteil in Prozent", _K.DECIMAL),
        Field("budget_share_percent", "Anteil am Budget in Prozent", _K.DECIMAL),
        Field("legal_basis", "Rechtsgrundlage", _K.TEXT),
    ),
)
TARGETS = Register(
    "targets",
    "Ziele",
    (
        _KEY,
        Field("system", "Zielsystem", _K.ENUM, required=True, choices=_SYSTEMS),
        Field("goal", "Ziel", _K.TEXT),
        Field("indicator", "Kennzahl", _K.TEXT),
        Field("subgroup", "Personengruppe", _K.TEXT),
        Field("value", "Zielwert", _K.VALUE),
        Field("unit", "Einheit", _K.TEXT, choices=_UNITS),
        Field("monitoring", "Nachhaltung", _K.TEXT, choices=_MONITORING),
    ),
)
MEASURES = Register(
    "measures",
    "Maßnahmen",
    (
        _KEY,
        Field("title", "Titel", _K.TEXT, required=True),
        Field("topics", "Schwerpunktthemen", _K.KEYS, hint="Schlüssel, durch Komma getrennt."),
        Field("targets", "Ziele", _K.KEYS, hint="Schlüssel, durch Komma getrennt."),
        Field("owner", "Zuständig", _K.TEXT),
        Field("due", "Bis wann", _K.DATE_PART, hint=_DATE_HINT),
        Field("status", "Stand", _K.TEXT, choices=_STATUS),
    ),
)
PROJECTS = Register(
    "projects",
    "Projekte",
    (
        _KEY,
        Field("name", "Name", _K.TEXT, required=True),
        Field("funder", "Förderung durch", _K.TEXT),
        Field("status", "Stand", _K.TEXT, choices=_STATUS),
        Field("until", "Läuft bis", _K.TEXT),
        Field("amounts", "Beträge", _K.AMOUNTS, hint="Je Zeile: Bezeichnung | Betrag | Zeitraum."),
        Field("effects", "Wirkungen", _K.EFFECTS, hint="Je Zeile: Bezeichnung | Wert | Einheit."),
    ),
)
TRAINING_PLANS = Register(
    "training_plans",
    "Bildungszielplanung",
    (_KEY, Field("title", "Titel", _K.TEXT, required=True), Field("total", "Summe", _K.COUNT)),
)
TRAINING_ROWS = Register(
    "training_rows",
    "Bildungsziele",
    (
        _KEY,
        Field("plan", "Plan", _K.KEY, required=True),
        Field("occupation", "Beruf oder Bildungsziel", _K.TEXT, required=True),
        Field("code", "DKZ", _K.TEXT, hint="Schlüssel aus der Dokumentationskennziffer, zum Beispiel 81302."),
        Field("mode", "Zeitform", _K.TEXT, choices=(("VZ", "Vollzeit"), ("TZ", "Teilzeit"))),
        Field("months", "Dauer in Monaten", _K.TEXT),
        Field("quarters", "Eintritte je Quartal", _K.QUARTERS, hint="Vier Zahlen, zum Beispiel 6, 6, 5, 2."),
        Field("total", "Summe", _K.COUNT),
    ),
    group="plan",
)
STAFFING = Register(
    "staffing",
    "Personal",
    (
        _KEY,
        Field("label", "Bezeichnung", _K.TEXT, required=True),
        Field("kind", "Art", _K.ENUM, required=True, choices=_STAFFING),
        Field("part", "Rolle in der Rechnung", _K.ENUM, choices=_STAFF_PARTS),
        Field("value", "Wert", _K.VALUE),
        Field("unit", "Einheit", _K.TEXT, choices=_UNITS),
        Field("scope", "Bereich", _K.TEXT),
        Field("as_of", "Stand vom", _K.DATE_PART, hint=_DATE_HINT),
    ),
)
INTERNAL_POTENTIALS = Register(
    "internal_potentials",
    "Interne Potenziale",
    (
        Field("order", "Reihenfolge", _K.COUNT, required=True, hint="1, 2 oder 3."),
        Field("title", "Thema", _K.TEXT),
        Field("development", "Geplante Weiterentwicklung", _K.LONG_TEXT),
    ),
)

REGISTERS: Mapping[str, Register] = MappingProxyType(
    {
        register.key: register
        for register in (
            INSTRUMENTS,
            TARGETS,
            MEASURES,
            PROJECTS,
            TRAINING_PLANS,
            TRAINING_ROWS,
            STAFFING,
            INTERNAL_POTENTIALS,
        )
    }
)
"""All by key. In a file `training_plans` and `training_rows` are one list, `training_plan` with its `rows`."""
