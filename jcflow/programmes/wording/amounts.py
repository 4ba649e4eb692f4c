"""Amounts in a text that are no figure of the programme, neither exactly nor as they are rounded there (§ 4.6)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jcflow.money import LIMIT, NotAnAmount, german, parse_amount
from jcflow.programmes.exchange.document import Document, Row, TableBlock
from jcflow.programmes.wording.hints import Hint, HintKind
from jcflow.programmes.wording.passages import passages, table_lines

SMALLEST = 10_000_00
"""Cents; what is smaller is a rate, a fee or a wage rather than a figure of the programme."""
NEAR = 0.25
"""How far the nearest figure may lie off to be named, as a share of the amount."""
MOST_TIMES = 10
"""An amount so many times the largest figure is about something else than the programme."""
MILLION = 10**8
"""In cents."""

_NUMBER = re.compile(r"(?<![\w.,/])(?:[0-9]{1,3}(?: [0-9]{3}){1,4}(?![\w,.]*[0-9])|[0-9][0-9.,]*)")
_UNIT = re.compile(
    r"(?:,?[-–]{1,2})? ?(?:(Mio|Mrd|Tsd|Millionen?|Milliarden?|Tausend|T)\b\.? ?)?(?:€|Euro\b|EUR\b)", re.I
)
_ROUGH = re.compile(r"(?:rund|rd\.|ca\.|circa|etwa|ungefähr|insgesamt rund)\s$", re.IGNORECASE)
_BESIDE = re.compile(r"(?:knapp|gut|fast|annähernd|nahezu|über|mehr als|weniger als|unter|um die)\s$", re.IGNORECASE)
_BOUND = re.compile(
    r"(?:bis zu|bis|höchstens|maximal|max\.|mindestens|mind\.|ab|jeweils|je|pro \w{1,30})\s(?:rund\s)?$", re.I
)
_EACH = re.compile(r" ?(?:/|je\b|pro\b|jährlich pro\b|im Monat\b|monatlich\b|brutto\b|die Stunde\b)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"bundesweit|deutschlandweit|landesweit|bundeshaushalt|in deutschland|in nordrhein-westfalen|im land\b|"
    r"aller jobcenter|förderhöchst|umsatz|investitionen der|passiven? leistungen|kosten der unterkunft|"
    r"im schnitt|im durchschnitt|durchschnittlich|(?:pro|je) (?:förder|fall|person|kopf|teilnehm|eintritt|platz|monat)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)[0-9]{2}(?![\d.,]*[0-9])")


@dataclass(frozen=True, slots=True)
class Known:
    """The figures of a programme in rising order, what each is called, and the years they are about."""

    cents: tuple[int, ...]
    labels: tuple[str, ...]
    years: frozenset[int]

    def has(self, least: float, most: float) -> bool:
        """Whether a figure lies between these cents, both included."""
        place = bisect_left(self.cents, least)
        return place < len(self.cents) and self.cents[place] <= most

    def nearest(self, cents: int) -> tuple[int, str] | None:
        """The figure that is nearest, if it is near enough to be meant."""
        place = bisect_left(self.cents, cents)
        beside = [n for n in (place - 1, place) if 0 <= n < len(self.cents)]
        best = min(beside, key=lambda n: abs(self.cents[n] - cents), default=None)
        if best is None or abs(self.cents[best] - cents) > NEAR * cents:
            return None
        return self.cents[best], self.labels[best]


def known_amounts(document: Document) -> Known:
    """Every amount that the registers and tables of a document hold, and by how much a line changed."""
    found: dict[int, str] = {}
    for cents, label in (*_budget(document), *_projects(document.projects), *_tables(document)):
        found.setdefault(cents, label)
    years = {document.programme.period_from.year, document.programme.period_to.year}
    years |= {year for table in document.budget_tables for year in (table.year, table.prior_year) if year}
    ordered = sorted(found)
    return Known(tuple(ordered), tuple(found[cents] for cents in ordered), frozenset(years))


def _budget(document: Document) -> Iterator[tuple[int, str]]:
    for table in document.budget_tables:
        for line in table.lines:
            if line.amount is not None:
                yield line.amount, line.label
            if line.prior_amount is not None:
                yield line.prior_amount, f"{line.label}, Vorjahr"
            if line.amount is not None and line.prior_amount is not None:
                yield abs(line.amount - line.prior_amount), f"{line.label}, Veränderung zum Vorjahr"
        for column in ("amount", "prior_amount"):
            sums: dict[str, int] = {}
            for line in table.lines:
                if line.parent and getattr(line, column) is not None and line.role != "memo":
                    part = getattr(line, column) * (-1 if line.sign == "-" else 1)
                    sums[line.parent] = sums.get(line.parent, 0) + part
            yield from ((abs(total), f"Summe der Zeilen von „{key}“") for key, total in sums.items())


def _projects(rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    for row in rows:
        entries = row.get("amounts")
        for entry in entries if isinstance(entries, list | tuple) else ():
            if isinstance(entry.get("amount"), int):
                yield entry["amount"], f"Projekt {row.get('name')}"


def _tables(document: Document) -> Iterator[tuple[int, str]]:
    blocks = [block for chapter in document.chapters for block in chapter.blocks]
    tables = [block for block in blocks if isinstance(block, TableBlock)]
    texts = [(" ".join((*table.columns, *row)), table.caption) for table in tables for row in table.rows]
    texts += [(line, "Tabelle im Text") for one in passages(document) for line in table_lines(one.text)]
    for text, label in texts:
        for match in _NUMBER.finditer(text):
            unit = _UNIT.match(text, match.end())
            cents, _ = _read(match[0].rstrip(".,"), _scale(unit[1] if unit else None))
            if cents is not None and cents >= SMALLEST:
                yield cents, label


def amount_hints(sentence: str, known: Known) -> Iterator[Hint]:
    """The amounts of a sentence that are malformed, or that no figure of the programme comes to."""
    for match in _NUMBER.finditer(sentence):
        unit = _UNIT.match(sentence, match.end())
        number = match[0].rstrip(".,")
        if unit is None:
            continue
        start, end = match.start(), unit.end()
        scale = _scale(unit[1])
        cents, places = _read(number, scale)
        if cents is None:
            yield Hint(HintKind.AMOUNT, start, end, _mend(sentence[start:end], number))
        elif known.cents and SMALLEST <= cents <= MOST_TIMES * known.cents[-1]:
            apart = _tolerance(sentence[max(0, start - 24) : start], cents, scale, places)
            if not known.has(cents - apart, cents + apart) and not _is_other(sentence, start, end, known):
                yield Hint(HintKind.AMOUNT, start, end, _right(cents, known))


def _scale(word: str | None) -> int:
    """Cents of one of what stands behind the number: thousand, million, billion, else a euro."""
    said = (word or "").lower()
    if said.startswith(("mrd", "milliarde")):
        return 1000 * MILLION
    return MILLION if said.startswith("mi") else 100_000 if said else 100


def _read(number: str, scale: int) -> tuple[int | None, int]:
    """Cents and decimal places of a number; no cents where it is not clear."""
    whole, _, rest = number.partition(",")
    if scale == 100 or len(rest) <= 2:
        try:
            cents = parse_amount(number)
        except NotAnAmount as error:
            return (LIMIT if error.problem == "too_large" else None), 0
        return cents * scale // 100, len(rest)
    if not (rest.isdigit() and len(rest) <= 6 and whole.isdigit() and len(whole) <= 5):
        return None, 0
    return int(Decimal(f"{whole}.{rest}") * scale), len(rest)


def _mend(said: str, number: str) -> str:
    try:
        parse_amount(number)
    except NotAnAmount as error:
        if error.suggestion:
            return f"„{said[:60]}“ ist kein eindeutiger Betrag. Meinten Sie {error.suggestion}?"
    return f"„{said[:60]}“ ist kein eindeutiger Betrag. Schreiben Sie ihn zum Beispiel als 120.000 € oder 3,9 Mio. €."


def _tolerance(before: str, cents: int, scale: int, places: int) -> float:
    """By how many cents a figure may lie off so that the amount is still that figure, rounded as it is said."""
    beside, rough = _BESIDE.search(before), _ROUGH.search(before)
    if scale > 100:
        step = scale / float(10**places)
    elif beside or rough:
        euros = cents // 100
        zeros = len(str(euros)) - len(str(euros).rstrip("0"))
        step = 100.0 * int(10 ** min(zeros, len(str(euros)) - 1))
    else:
        step = 100.0 if places == 0 else 1.0
    return step if beside else step / 2


def _is_other(sentence: str, start: int, end: int, known: Known) -> bool:
    """Whether an amount is about something else: a bound, a rate, other years, the country."""
    if _BOUND.search(sentence[max(0, start - 44) : start]) or _EACH.match(sentence, end):
        return True
    near = sentence[max(0, start - 120) : end + 120]
    years = {int(year) for year in _YEAR.findall(near)}
    return bool(_ELSEWHERE.search(near)) or bool(years and not years & known.years)


def _right(cents: int, known: Known) -> str:
    found = known.nearest(cents)
    if found is None:
        return "Keine Zeile und keine Summe des Programms hat diesen Betrag."
    return f"Keine Zeile und keine Summe hat diesen Betrag. Am nächsten liegt „{found[1]}“ mit {german(found[0])} €."
