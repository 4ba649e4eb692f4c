"""The fourteen identities by name, with source and tolerance, and the rates that change with the years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity; all texts are German and stand on the screen as they are."""

    key: str
    name: str
    formula: str
    source: str
    tolerance: str
    informs: bool = False
    """Whether it only tells a figure: nothing it finds needs to be accepted."""


_EXACT = "auf den Cent, bei „rund“ 0,5 %"
_ROWS = (
    Identity(
        "I-1",
        "Globalbudget",
        "Globalbudget = Zuteilung Eingliederung + Zuteilung Verwaltung",
        "§ 46 Abs. 1 Satz 5 SGB II",
        _EXACT,
    ),
    Identity(
        "I-2",
        "Verwaltungskosten insgesamt",
        "Verwaltungskosten insgesamt = Zuteilung Verwaltung + Umschichtung + kommunaler Finanzierungsanteil",
        "§ 46 Abs. 1, 3 SGB II",
        _EXACT,
    ),
    Identity(
        "I-3",
        "Kommunaler Finanzierungsanteil",
        "Kommunaler Finanzierungsanteil = 15,2 % der Verwaltungskosten insgesamt, auf volle Euro gerundet",
        "§ 46 Abs. 3 SGB II, für zugelassene kommunale Träger mit § 6b Abs. 2 SGB II",
        "1 €",
    ),
    Identity(
        "I-4",
        "Zuteilung für Eingliederung",
        "Zuteilung Eingliederung = reguläre Mittel + Ausfinanzierung + gesonderte Erstattungen",
        "§ 46 Abs. 2 SGB II, Eingliederungsmittel-Verordnung",
        _EXACT,
    ),
    Identity(
        "I-5",
        "Verfügbare Eingliederungsmittel",
        "Verfügbare Eingliederungsmittel = Zuteilung Eingliederung − Umschichtung",
        "§ 46 Abs. 1 Satz 5 SGB II, § 20 Abs. 2, § 46 BHO",
        _EXACT,
    ),
    Identity(
        "I-6",
        "Neugeschäft",
        "Neugeschäft = verfügbare Eingliederungsmittel − Vorbindungen",
        "§ 71 BHO",
        _EXACT,
    ),
    Identity("I-7", "Summen", "Summe = ihre Zeilen, mit Vorzeichen", "Rechenregel", _EXACT),
    Identity(
        "I-8",
        "Anteile",
        "Anteil = Zeile geteilt durch Summe, alle Anteile zusammen 100 %",
        "Rechenregel",
        "0,05 Prozentpunkte je Zeile, 0,1 für alle zusammen; ein Rundungsausgleich in einer Zeile ist möglich",
    ),
    Identity("I-9", "Veränderungen", "Veränderung = Jahr − Vorjahr, mit Vorzeichen", "Rechenregel", "genau"),
    Identity(
        "I-10",
        "Umschichtung auf beiden Seiten",
        "Umschichtung im Verwaltungskostenbudget = Umschichtung im Eingliederungstitel; "
        "was in mehreren Tabellen steht, steht überall gleich",
        "§ 20 Abs. 2, § 46 BHO",
        "auf den Cent",
    ),
    Identity(
        "I-11",
        "Budget insgesamt",
        "Budget insgesamt = Globalbudget + kommunaler Finanzierungsanteil",
        "§ 46 Abs. 1, 3 SGB II",
        _EXACT,
    ),
    Identity(
        "I-12", "Besetzte Stellen", "Besetzte Stellen höchstens wie im Stellenplan", "§ 44k Abs. 2 SGB II", "genau"
    ),
    Identity(
        "I-13",
        "Betreuungsschlüssel",
        "Leistungsberechtigte je Stelle, Richtwerte 1:75 unter 25 Jahren und 1:150 ab 25 Jahren",
        "§ 44c Abs. 4 SGB II",
        "zur Kenntnis",
        informs=True,
    ),
    Identity(
        "I-14",
        "Durchschnittliche Kosten",
        "Kosten je Eintritt = Mittel geteilt durch Eintritte; je Person = Eingliederungsmittel geteilt durch "
        "erwerbsfähige Leistungsberechtigte",
        "Wirtschaftlichkeit, § 7 BHO",
        "zur Kenntnis",
        informs=True,
    ),
)
IDENTITIES: Mapping[str, Identity] = MappingProxyType({one.key: one for one in _ROWS})
"""All fourteen by key, in their order."""

_SHARES = ((date(2011, 1, 1), 152),)
"""From which day the municipality bears how many thousandths of all administrative cost. Source: § 46 Abs. 3 SGB II."""


def municipal_per_mille(year: int) -> int | None:
    """The municipal share of all administrative cost in a year, in thousandths; None where none is known."""
    in_force = [rate for since, rate in _SHARES if since <= date(year, 1, 1)]
    return in_force[-1] if in_force else None
