"""The identities of the budget tables: a figure stated in one line and reckoned from others of the same year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jcflow.programmes.checks import TOLERANCE_PER_MILLE
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.identities.catalogue import IDENTITIES, municipal_per_mille
from jcflow.programmes.identities.results import Outcome, Result, differing, figure
from jcflow.programmes.identities.years import Stated, Unknown, Year, years_of
from jcflow.programmes.kinds import LinePart
from jcflow.programmes.parts import PART_NAMES

_P = LinePart
EURO = 100


@dataclass(frozen=True, slots=True)
class _Sum:
    """`stated` equals the signed sum of `terms`; a term that is not `needed` counts nothing where no line has it."""

    key: str
    stated: LinePart
    terms: tuple[tuple[LinePart, int, bool], ...]
    net: int = 0
    """How the net transfer out of the integration budget counts: +1, -1 or not at all."""
    one_of: tuple[LinePart, ...] = ()
    """At least one of these must be there, or there is nothing to reckon."""


_SUMS = (
    _Sum("I-1", _P.OVERALL_BUDGET, ((_P.INTEGRATION_BUDGET, 1, True), (_P.ADMIN_BUDGET, 1, True))),
    _Sum("I-2", _P.ADMIN_TOTAL, ((_P.ADMIN_BUDGET, 1, True), (_P.MUNICIPAL_SHARE, 1, True)), net=1),
    _Sum(
        "I-4",
        _P.INTEGRATION_BUDGET,
        ((_P.REGULAR, 1, True), (_P.RUNOFF_FUNDING, 1, False), (_P.REIMBURSEMENT, 1, False)),
        one_of=(_P.RUNOFF_FUNDING, _P.REIMBURSEMENT),
    ),
    _Sum("I-5", _P.AVAILABLE, ((_P.INTEGRATION_BUDGET, 1, True),), net=-1),
    _Sum("I-6", _P.NEW_BUSINESS, ((_P.AVAILABLE, 1, True), (_P.COMMITMENT, -1, True))),
    _Sum("I-11", _P.AVAILABLE_TOTAL, ((_P.OVERALL_BUDGET, 1, True), (_P.MUNICIPAL_SHARE, 1, True))),
)
_ADMIN_SIDE = (_P.ADMIN_TRANSFER_IN, _P.ADMIN_TRANSFER_OUT)
_INTEGRATION_SIDE = (_P.INTEGRATION_TRANSFER_OUT, _P.INTEGRATION_TRANSFER_IN)


def budget_results(document: Document) -> Iterator[Result]:
    """I-1 to I-6, I-10 and I-11 of every year; of the year before only what can be checked."""
    for year in years_of(document):
        for result in _of_year(year):
            if year.column == "amount" or result.outcome is not Outcome.NOT_CHECKABLE:
                yield result


def _of_year(year: Year) -> Iterator[Result]:
    for rule in _SUMS:
        yield _sum(year, rule)
        if rule.key == "I-2":
            yield _municipal_share(year)
    yield from _both_sides(year)


def _sum(year: Year, rule: _Sum) -> Result:
    identity = IDENTITIES[rule.key]
    try:
        total = year.nearest(rule.stated)
        terms = _terms(year, rule, total.table.key)
    except Unknown as missing:
        return Result(identity, Outcome.NOT_CHECKABLE, year.about, note=str(missing))
    computed = sum(cents for _, cents in terms)
    allowed = total.cents * TOLERANCE_PER_MILLE if total.approximate else 0
    if abs(total.cents - computed) * 1000 <= allowed:
        return Result(identity, Outcome.HOLDS, year.about, total.cents, computed)
    both = total.cents, computed
    return differing(
        identity,
        year.about,
        str(year.year),
        year.column,
        both,
        "cents",
        parts=tuple(terms),
        approximate=total.approximate,
        line=total.place,
    )


def _terms(year: Year, rule: _Sum, table_key: str) -> list[tuple[str, int]]:
    if rule.one_of and not year.has(*rule.one_of):
        names = " oder ".join(f"„{PART_NAMES[part]}“" for part in rule.one_of)
        raise Unknown(f"Es fehlt eine Zeile mit der Rolle {names}.")
    found = [
        (part.value, sign * year.nearest(part, table_key).cents)
        for part, sign, needed in rule.terms
        if needed or year.has(part)
    ]
    if rule.net:
        sides = (_ADMIN_SIDE, _INTEGRATION_SIDE) if rule.net > 0 else (_INTEGRATION_SIDE, _ADMIN_SIDE)
        own = next((side for side in sides if year.has(*side)), None)
        if own is not None:
            found.append(("transfer", rule.net * _net(year, own)))
    return found


def _net(year: Year, side: tuple[LinePart, LinePart]) -> int:
    """What leaves the integration budget, as one side shows it; negative where more comes back."""
    return sum(sign * year.nearest(part).cents for part, sign in zip(side, (1, -1), strict=True) if year.has(part))


def net_transfer(year: Year) -> int:
    """What leaves the integration budget for administration in net; nothing where no line says so.

    Raises:
        Unknown: A line of a transfer has no amount.
    """
    own = next((side for side in (_INTEGRATION_SIDE, _ADMIN_SIDE) if year.has(*side)), None)
    return 0 if own is None else _net(year, own)


def _municipal_share(year: Year) -> Result:
    identity, rate = IDENTITIES["I-3"], municipal_per_mille(year.year)
    try:
        if rate is None:
            raise Unknown(f"Für {year.year} ist kein Satz des kommunalen Finanzierungsanteils hinterlegt.")
        total, share = _admin_total(year, rate)
    except Unknown as missing:
        return Result(identity, Outcome.NOT_CHECKABLE, year.about, note=str(missing))
    computed = _to_euros(total * rate, 1000)
    quota = figure((share.cents * 200_000 + total) // (2 * total) if total else 0, "percent")
    note = f"Angegeben sind {quota} der Verwaltungskosten insgesamt."
    if abs(share.cents - computed) <= EURO:
        return Result(identity, Outcome.HOLDS, year.about, share.cents, computed, note=note)
    parts = (("admin_total", total), ("per_mille", rate))
    both = share.cents, computed
    return differing(identity, year.about, str(year.year), year.column, both, "cents", note=note, parts=parts)


def _admin_total(year: Year, rate: int) -> tuple[int, Stated]:
    """All administrative cost, as stated or else reckoned from the federal share, and the municipal share beside it."""
    try:
        total = year.nearest(_P.ADMIN_TOTAL)
    except Unknown as missing:
        if not year.has(_P.ADMIN_BUDGET):
            raise missing
        share = year.nearest(_P.MUNICIPAL_SHARE)
        federal = year.nearest(_P.ADMIN_BUDGET, share.table.key)
        side = next((one for one in (_ADMIN_SIDE, _INTEGRATION_SIDE) if year.has(*one)), None)
        own = federal.cents + (_net(year, side) if side else 0)
        return _to_euros(own * 1000, 1000 - rate), share
    return total.cents, year.nearest(_P.MUNICIPAL_SHARE, total.table.key)


def _to_euros(numerator: int, denominator: int) -> int:
    """Cents of a fraction of cents, rounded to whole euros, half up."""
    whole = denominator * EURO
    return (2 * numerator + whole) // (2 * whole) * EURO


def _both_sides(year: Year) -> Iterator[Result]:
    identity = IDENTITIES["I-10"]
    sides = year.has(*_INTEGRATION_SIDE), year.has(*_ADMIN_SIDE)
    if not all(sides):
        place = "des Eingliederungstitels" if sides[0] else "des Verwaltungskostenbudgets"
        one = f"Die Umschichtung steht nur auf der Seite {place}."
        note = one if any(sides) else "Keine Zeile trägt die Rolle einer Umschichtung."
        yield Result(identity, Outcome.NOT_CHECKABLE, year.about, note=note)
    else:
        yield _transfer(year)
    for part in LinePart:
        if year.has(part):
            yield from _restated(year, part)


def _transfer(year: Year) -> Result:
    identity = IDENTITIES["I-10"]
    try:
        left, came = _net(year, _INTEGRATION_SIDE), _net(year, _ADMIN_SIDE)
    except Unknown as missing:
        return Result(identity, Outcome.NOT_CHECKABLE, year.about, note=str(missing))
    if left == came:
        return Result(identity, Outcome.HOLDS, year.about, left, came)
    note = "Angegeben ist der Betrag im Eingliederungstitel, gerechnet der im Verwaltungskostenbudget."
    parts = (("integration", left), ("admin", came))
    return differing(identity, year.about, str(year.year), year.column, (left, came), "cents", note=note, parts=parts)


def _restated(year: Year, part: LinePart) -> Iterator[Result]:
    """Where several tables state a part: that they state the same; what is rounded may be half a per cent off."""
    try:
        first, *others = year.stated(part)
    except Unknown:
        return
    for other in others:
        allowed = first.cents * TOLERANCE_PER_MILLE if first.approximate != other.approximate else 0
        if abs(first.cents - other.cents) * 1000 <= allowed:
            continue
        about = f"{year.about}: {PART_NAMES[part]}"
        note = f"Angegeben ist der Betrag in „{other.table.title}“, gerechnet der in „{first.table.title}“."
        place = f"{year.year}/{part.value}/{other.table.key}"
        both = other.cents, first.cents
        yield differing(
            IDENTITIES["I-10"],
            about,
            place,
            year.column,
            both,
            "cents",
            label=f"{PART_NAMES[part]} {year.about} in mehreren Tabellen",
            note=note,
        )
