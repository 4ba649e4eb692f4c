"""I-12 to I-14: positions, caseloads and what an entry costs on average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from jcflow.programmes.exchange.document import Document, Row
from jcflow.programmes.identities.budget import net_transfer
from jcflow.programmes.identities.catalogue import IDENTITIES
from jcflow.programmes.identities.results import Outcome, Result, differing, figure
from jcflow.programmes.identities.shares import number_of
from jcflow.programmes.identities.years import Unknown, Year, years_of
from jcflow.programmes.kinds import LinePart

ONE = 10_000
GUIDES = {"ratio_u25": 75, "ratio_25": 150}
"""Part of a ratio to how many people one position should look after at most. Source: § 44c Abs. 4 SGB II."""


def staffing_results(document: Document) -> Iterator[Result]:
    """I-12 to I-14."""
    yield from _positions(document.staffing)
    yield from _ratios(document.staffing)
    yield from _costs(document)


def _value(row: Row) -> int | None:
    """Ten-thousandths of the row's value, which the exchange format writes with a point."""
    text = str(row.get("value") or "")
    return number_of(text.replace(".", ",") if text.count(".") == 1 and "," not in text else text)


def _of_part(rows: Sequence[Row], part: str) -> dict[str, int]:
    """Scope to the sum of the part's rows; rows without a readable value are left out."""
    found: dict[str, int] = {}
    for row in rows:
        value = _value(row)
        if row.get("part") == part and value is not None:
            scope = str(row.get("scope") or "")
            found[scope] = found.get(scope, 0) + value
    return found


def _positions(rows: Sequence[Row]) -> Iterator[Result]:
    identity = IDENTITIES["I-12"]
    allowed, occupied = _of_part(rows, "establishment"), _of_part(rows, "occupied")
    if not allowed or not occupied:
        missing = "Stellen laut Stellenplan" if not allowed else "besetzte Stellen"
        note = f"Im Personal fehlt eine Zeile mit der Rolle „{missing}“."
        yield Result(identity, Outcome.NOT_CHECKABLE, "Personal", note=note)
        return
    pairs = [(scope, occupied[scope], allowed[scope]) for scope in occupied if scope in allowed]
    if len(pairs) < len(occupied):
        pairs = [("", sum(occupied.values()), sum(allowed.values()))]
    for scope, taken, most in pairs:
        about = scope or "Jobcenter insgesamt"
        if taken <= most:
            yield Result(identity, Outcome.HOLDS, about, taken, most, "number")
        else:
            place, note = scope or "insgesamt", "Besetzt sind mehr Stellen, als der Stellenplan vorsieht."
            yield differing(identity, about, place, "total", (taken, most), "number", note=note)


def _ratios(rows: Sequence[Row]) -> Iterator[Result]:
    identity = IDENTITIES["I-13"]
    found = list(_stated_ratios(rows))
    cases, occupied = _of_part(rows, "cases"), _of_part(rows, "occupied")
    for scope in cases:
        if occupied.get(scope):
            ratio = (2 * cases[scope] * ONE + occupied[scope]) // (2 * occupied[scope])
            note = f"{figure(ratio // 100 * 100, 'number')} Leistungsberechtigte je besetzter Stelle."
            found.append(Result(identity, Outcome.INFORMATION, scope or "Jobcenter insgesamt", note=note))
    if not found:
        note = "Im Personal steht kein Betreuungsschlüssel mit seiner Rolle."
        found = [Result(identity, Outcome.NOT_CHECKABLE, "Personal", note=note)]
    yield from found


def _stated_ratios(rows: Sequence[Row]) -> Iterator[Result]:
    for row in rows:
        guide, value = GUIDES.get(str(row.get("part"))), _value(row)
        if guide is None or value is None:
            continue
        within = "eingehalten" if value <= guide * ONE else "überschritten"
        note = f"{figure(value, 'number')} je Stelle. Der Richtwert 1:{guide} ist {within}."
        yield Result(IDENTITIES["I-13"], Outcome.INFORMATION, str(row["label"]), value, guide * ONE, "number", note)


def _costs(document: Document) -> Iterator[Result]:
    identity = IDENTITIES["I-14"]
    try:
        money = _integration_money(document)
    except Unknown as missing:
        yield Result(identity, Outcome.NOT_CHECKABLE, "Instrumente", note=str(missing))
        return
    found = [*_per_entry(document.instruments, money), *_per_head(document.staffing, money)]
    if not found:
        note = "Kein Instrument nennt seinen Anteil am Budget und seine Eintritte."
        found = [Result(identity, Outcome.NOT_CHECKABLE, "Instrumente", note=note)]
    yield from found


def _integration_money(document: Document) -> int:
    """Cents for integration in the first year of the plan, after transfers."""
    planned: list[Year] = [year for year in years_of(document) if year.column == "amount"]
    if not planned:
        raise Unknown("Keine Budgetzeile trägt eine Rolle in der Rechnung.")
    year = planned[0]
    if year.has(LinePart.AVAILABLE):
        return year.nearest(LinePart.AVAILABLE).cents
    return year.nearest(LinePart.INTEGRATION_BUDGET).cents - net_transfer(year)


def _per_entry(rows: Sequence[Row], money: int) -> Iterator[Result]:
    for row in rows:
        share, entries = row.get("budget_share_percent"), row.get("planned")
        if not isinstance(share, str) or not isinstance(entries, int) or entries == 0:
            continue
        cents = int(Decimal(share) * money / 100) // entries
        note = f"Im Durchschnitt rund {figure(cents // 100 * 100, 'cents')} je Eintritt."
        yield Result(IDENTITIES["I-14"], Outcome.INFORMATION, str(row["label"]), note=note)


def _per_head(rows: Sequence[Row], money: int) -> Iterator[Result]:
    people = sum(_of_part(rows, "cases").values()) // ONE
    if people:
        note = f"Rund {figure(money // people // 100 * 100, 'cents')} je erwerbsfähiger leistungsberechtigter Person."
        yield Result(IDENTITIES["I-14"], Outcome.INFORMATION, "Eingliederungsmittel je Person", note=note)
