"""The instruments of integration with the years they are valid in, and what the benefit is called on a day.

Source: §§ 16 to 16k, 66a SGB II, §§ 44 ff. SGB III, the yearly Eingliederungsmittel-Verordnung.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from jcflow.programmes.exchange.document import Document, Row
from jcflow.programmes.kinds import LinePart, LineRole


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument: what it is called, its law, and the days between which new entries are paid with it."""

    code: str
    label: str
    law: str
    said: str
    """Expression that its labels match, in lower case."""
    valid_from: date | None = None
    valid_until: date | None = None
    duty: str = ""
    """What has to be thought of wherever it is planned; a German sentence."""
    duty_law: str = ""
    afterwards: str = ""
    """What is true once it is not valid any more; a German sentence."""


_TO_THE_AGENCY = (
    "Seit dem 1. Januar 2025 gehört {} zur Arbeitsförderung der Agentur für Arbeit. Aus dem Eingliederungstitel sind "
    "keine neuen Eintritte möglich, nur die Ausfinanzierung gegen gesonderte Erstattung."
)
_END_OF_2024 = date(2024, 12, 31)
_ROWS = (
    Instrument("EQ", "Einstiegsqualifizierung", "§ 16 Abs. 1 SGB II, § 54a SGB III", r"einstiegsqualifizierung|\beq\b"),
    Instrument("BAE", "Außerbetriebliche Berufsausbildung", "§ 16 Abs. 1 SGB II, § 76 SGB III", r"außerbetrieblich"),
    Instrument("ASA", "Assistierte Ausbildung", "§ 16 Abs. 1 SGB II, § 74 SGB III", r"assistierte ausbildung|\basa\b"),
    Instrument(
        "REHA",
        "Berufliche Rehabilitation",
        "§ 16 Abs. 1 SGB II, §§ 112 ff. SGB III",
        r"\breha\b|rehabilitation",
        valid_until=_END_OF_2024,
        afterwards=_TO_THE_AGENCY.format("die berufliche Rehabilitation"),
    ),
    Instrument(
        "FBW",
        "Berufliche Weiterbildung",
        "§ 16 Abs. 1 SGB II, §§ 81 ff. SGB III",
        r"\bfbw\b|weiterbildung|qualifizierung|umschulung|abschlussorientiert",
        valid_until=_END_OF_2024,
        afterwards=_TO_THE_AGENCY.format("die Förderung der beruflichen Weiterbildung"),
    ),
    Instrument("COACH", "Beschäftigungsbegleitendes Coaching", "§ 16e Abs. 4, § 16i Abs. 4 SGB II", r"coaching"),
    Instrument(
        "P16E_AF",
        "Beschäftigungsförderung nach § 16e alter Fassung",
        "§ 16e SGB II in alter Fassung",
        r"jobperspektive|beschäftigungszuschuss|16e.*a\. ?f\.",
        valid_until=date(2018, 12, 31),
        afterwards="Neue Förderungen nach § 16e alter Fassung gibt es nicht mehr, nur ihre Ausfinanzierung.",
    ),
    Instrument(
        "TAAM",
        "Teilhabe am Arbeitsmarkt",
        "§ 16i SGB II",
        r"teilhabe am arbeitsmarkt|16i",
        valid_from=date(2019, 1, 1),
        duty="Jedes Jahr sollen die Sozialpartner im Beirat einvernehmlich Stellung zu den Einsatzfeldern nehmen. "
        "Wird davon abgewichen, ist das schriftlich zu begründen.",
        duty_law="§ 16i Abs. 9 SGB II",
    ),
    Instrument(
        "EVL",
        "Eingliederung von Langzeitarbeitslosen",
        "§ 16e SGB II",
        r"eingliederung von langzeitarbeitslosen|16e",
        valid_from=date(2019, 1, 1),
    ),
    Instrument(
        "AGH",
        "Arbeitsgelegenheiten",
        "§ 16d SGB II",
        r"arbeitsgelegenheit|\bagh\b",
        duty="Zu Arbeitsgelegenheiten ist der Beirat zu hören und seine Stellungnahme zu berücksichtigen.",
        duty_law="§ 16d Abs. 1 Satz 2, § 18d Satz 2 SGB II",
    ),
    Instrument(
        "EGZ", "Eingliederungszuschuss", "§ 16 Abs. 1 SGB II, §§ 88 bis 90 SGB III", r"eingliederungszusch|\begz"
    ),
    Instrument("ESG", "Einstiegsgeld", "§ 16b SGB II", r"einstiegsgeld|\besg\b"),
    Instrument("SELBST", "Leistungen für Selbständige", "§ 16c SGB II", r"selbstst?ändig"),
    Instrument("FF", "Freie Förderung", "§ 16f SGB II", r"freie förderung"),
    Instrument("P16H", "Schwer zu erreichende junge Menschen", "§ 16h SGB II", r"schwer zu erreichend|16h"),
    Instrument(
        "P16K", "Ganzheitliche Betreuung", "§ 16k SGB II", r"ganzheitliche betreuung|16k", valid_from=date(2023, 7, 1)
    ),
    Instrument(
        "P16J",
        "Bürgergeldbonus",
        "§ 16j SGB II",
        r"bürgergeldbonus|16j",
        valid_until=_END_OF_2024,
        afterwards="Der Bürgergeldbonus ist weggefallen.",
    ),
    Instrument(
        "KOMM",
        "Kommunale Eingliederungsleistungen",
        "§ 16a SGB II",
        r"schuldnerberatung|suchtberatung|psychosozial|kinderbetreuung|16a\b",
        duty="Kommunale Eingliederungsleistungen trägt die Kommune, nicht der Eingliederungstitel.",
        duty_law="§ 6 Abs. 1 Satz 1 Nr. 2, § 16a SGB II",
    ),
    Instrument("VB", "Vermittlungsbudget", "§ 16 Abs. 1 SGB II, § 44 SGB III", r"vermittlungsbudget"),
    Instrument(
        "MABE",
        "Maßnahmen zur Aktivierung und beruflichen Eingliederung",
        "§ 16 Abs. 1 SGB II, § 45 SGB III",
        r"aktivierung|maßnahmen? bei|\bmag\b|\bmat\b|\bavgs\b|vergabemaßnahme|gutscheinverfahren",
    ),
)
CATALOGUE: Mapping[str, Instrument] = MappingProxyType({one.code: one for one in _ROWS})
"""All instruments by code; of several that a label matches the first one is meant."""

_NO_TOPPING_UP = range(2022, 2026)
"""Years whose Eingliederungsmittel-Verordnung forbids to top up the money of § 16e in its old wording."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to think of at a row; it never blocks. Both texts are German."""

    place: str
    label: str
    sentence: str
    law: str


def recognised(label: str, legal_basis: str = "") -> Instrument | None:
    """The instrument that a row's words speak of, None where they leave it open."""
    words = f"{legal_basis} {label}".lower()
    return next((one for one in _ROWS if re.search(one.said, words)), None)


def instrument_warnings(document: Document) -> tuple[Notice, ...]:
    """What the law wants thought of for the instruments and the run-off money of a programme."""
    return (*_of_instruments(document), *_of_budget(document))


def _of_instruments(document: Document) -> Iterator[Notice]:
    first, last = document.programme.period_from, document.programme.period_to
    for row in document.instruments:
        one = recognised(str(row.get("label")), str(row.get("legal_basis") or ""))
        if one is None or row.get("role") != LineRole.LINE or row.get("planned") == 0:
            continue
        place, label = f"instruments/{row['key']}", _named(row, document)
        if one.valid_until is not None and last > one.valid_until:
            yield Notice(place, label, one.afterwards, _since(one))
        if one.valid_from is not None and first < one.valid_from:
            day = f"{one.valid_from:%d.%m.%Y}"
            yield Notice(place, label, f"{one.label} gibt es erst ab dem {day}.", one.law)
        if one.duty:
            yield Notice(place, label, one.duty, one.duty_law)


def _named(row: Row, document: Document) -> str:
    """The row's label, with that of its total where it has one."""
    above = next((r for r in document.instruments if r.get("key") == row.get("parent")), None)
    return f"{row['label']} ({above['label']})" if above else str(row["label"])


def _since(one: Instrument) -> str:
    return "§ 16 Abs. 1 Satz 2, § 66a SGB II, Eingliederungsmittel-Verordnung" if one.code in _MOVED else one.law


_MOVED = frozenset({"FBW", "REHA"})


def _of_budget(document: Document) -> Iterator[Notice]:
    for table in document.budget_tables:
        for line in table.lines:
            if line.part is LinePart.RUNOFF_FUNDING and table.year in _NO_TOPPING_UP:
                said = "Diese Mittel sind gesondert zugeteilt. Aus anderen Mitteln dürfen sie nicht aufgestockt werden."
                law = f"Eingliederungsmittel-Verordnung {table.year}"
                yield Notice(f"budget_tables/{table.key}/{line.key}", line.label, said, law)


_BENEFIT = (
    (date(2005, 1, 1), "Arbeitslosengeld II"),
    (date(2023, 1, 1), "Bürgergeld"),
    (date(2026, 7, 1), "Grundsicherungsgeld"),
)


def benefit_name(on: date) -> str:
    """What the benefit for the living is called on a day; documents keep the word of their time (R-38)."""
    return [name for since, name in _BENEFIT if since <= on][-1] if on >= _BENEFIT[0][0] else _BENEFIT[0][1]
