"""I-8 and I-9: shares of instruments, and changes that a table in the text states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from jcflow.programmes.exchange.document import Document, Row, TableBlock
from jcflow.programmes.identities.catalogue import IDENTITIES
from jcflow.programmes.identities.results import Outcome, Result, differing
from jcflow.programmes.kinds import LineRole

WHOLE = 100_000
"""A hundred per cent in thousandths of a point."""
PER_ROW, ALL_TOGETHER, ADJUSTED = 50, 100, 150
"""Thousandths of a point a row, all rows together, and one row that takes up the rounding may be off."""

_CHANGE = re.compile(r"veränderung|differenz|unterschied|delta|abweichung|\+/-", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_NUMBER = re.compile(r"([-+−–]?)\s*([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+)(?:,([0-9]{1,4}))?")
_AROUND = re.compile(r"\s*(?:€|EUR|Euro)\s*", re.IGNORECASE)


def share_results(document: Document) -> Iterator[Result]:
    """I-8 for the shares of entries and for the shares of money."""
    rows = [row for row in document.instruments if row.get("role") != LineRole.MEMO]
    found = [*_of_entries(rows), *_of_money(rows)]
    if not found:
        note = "Keine Zeile der Instrumente nennt einen Anteil in Prozent."
        found = [Result(IDENTITIES["I-8"], Outcome.NOT_CHECKABLE, "Instrumente", note=note)]
    yield from found


def _milli(row: Row, name: str) -> int | None:
    value = row.get(name)
    return int(Decimal(value) * 1000) if isinstance(value, str) else None


def _of_entries(rows: Sequence[Row]) -> Iterator[Result]:
    by_key = {str(row.get("key")): row for row in rows}
    groups: dict[str, list[Row]] = {}
    for row in rows:
        parent = str(row.get("parent") or "")
        above = by_key.get(parent)
        if _milli(row, "share_percent") is not None and (above is None or _milli(above, "share_percent") is None):
            groups.setdefault(parent, []).append(row)
    for parent, within in groups.items():
        siblings = [row for row in rows if str(row.get("parent") or "") == parent and row.get("planned") is not None]
        whole = by_key.get(parent, {})
        if isinstance(whole.get("planned"), int):
            yield from _each(within, whole, is_whole=len(within) == len(siblings))
        if len(within) == len(siblings):
            yield _together(within, "share_percent", f"eintritte-{parent}", str(whole.get("label") or "Eintritte"))


def _each(within: Sequence[Row], whole: Row, *, is_whole: bool) -> Iterator[Result]:
    identity, total = IDENTITIES["I-8"], whole["planned"]
    assert isinstance(total, int)
    stated = {str(row["key"]): _milli(row, "share_percent") or 0 for row in within}
    off = [row for row in within if _is_off(row, stated[str(row["key"])], total, PER_ROW)]
    adjusts = is_whole and len(off) == 1 and sum(stated.values()) == WHOLE
    for row in within:
        share, count = stated[str(row["key"])], row.get("planned")
        if not isinstance(count, int) or total == 0:
            continue
        computed = (2 * count * WHOLE + total) // (2 * total)
        about, label = f"Eintritte: {row['label']}", f"Anteil „{row['label']}“"
        if row not in off:
            yield Result(identity, Outcome.HOLDS, about, share, computed, "percent")
        elif adjusts and not _is_off(row, share, total, ADJUSTED):
            note = "Die Zeile gleicht die Rundung aus: Alle Anteile zusammen sind 100 %."
            yield Result(identity, Outcome.HOLDS, about, share, computed, "percent", note)
        else:
            parts = ((str(row["key"]), count), (str(whole["key"]), total))
            both = share, computed
            yield differing(
                identity, about, f"eintritte/{row['key']}", "planned", both, "percent", label=label, parts=parts
            )


def _is_off(row: Row, share: int, total: int, allowed: int) -> bool:
    count = row.get("planned")
    return isinstance(count, int) and abs(share * total - count * WHOLE) > allowed * total


def _of_money(rows: Sequence[Row]) -> Iterator[Result]:
    """The shares of money of uppermost rows, where every row has one, lies below one, or above one."""
    above = {str(row["key"]): str(row.get("parent") or "") for row in rows}
    named = {str(row["key"]) for row in rows if _milli(row, "budget_share_percent") is not None}
    if not named:
        return
    covering = {key for start in named for key in _path(start, above)}
    top = [row for row in rows if str(row["key"]) in named and not _path(above[str(row["key"])], above) & named]
    open_rows = [row for row in rows if not (_path(str(row["key"]), above) & named or str(row["key"]) in covering)]
    if open_rows:
        note = f"„{open_rows[0]['label']}“ nennt keinen Anteil am Budget."
        yield Result(IDENTITIES["I-8"], Outcome.NOT_CHECKABLE, "Anteile am Budget", note=note)
    else:
        yield _together(top, "budget_share_percent", "budget", "Anteile am Budget")


def _path(key: str, above: Mapping[str, str]) -> set[str]:
    """A row and everything it counts in."""
    found: set[str] = set()
    while key and key not in found:
        found.add(key)
        key = above.get(key, "")
    return found


def _together(rows: Sequence[Row], name: str, place: str, about: str) -> Result:
    stated = {str(row["key"]): _milli(row, name) or 0 for row in rows}
    whole = sum(stated.values())
    said = f"{about}: alle Anteile zusammen"
    if abs(whole - WHOLE) <= ALL_TOGETHER:
        return Result(IDENTITIES["I-8"], Outcome.HOLDS, said, whole, WHOLE, "percent")
    return differing(
        IDENTITIES["I-8"], said, place, "planned", (whole, WHOLE), "percent", label=said, parts=tuple(stated.items())
    )


def change_results(document: Document) -> Iterator[Result]:
    """I-9 for the tables in the text whose head names two years and a change."""
    found = [
        result
        for chapter in document.chapters
        for number, block in enumerate(chapter.blocks, 1)
        if isinstance(block, TableBlock)
        for result in _changes(block, f"{chapter.key}/{number}")
    ]
    if not found:
        note = "Keine Tabelle im Text nennt zwei Jahre und ihre Veränderung. Im Budget rechnet jcflow sie selbst."
        found = [Result(IDENTITIES["I-9"], Outcome.NOT_CHECKABLE, "Tabellen im Text", note=note)]
    yield from found


def _changes(block: TableBlock, place: str) -> Iterator[Result]:
    heads = [_CHANGE.search(column) is not None for column in block.columns]
    years = {int(m[0]): n for n, c in enumerate(block.columns) if not heads[n] and (m := _YEAR.search(c))}
    if sum(heads) != 1 or len(years) != 2 or "%" in block.columns[heads.index(True)]:
        return
    now, before, change = years[max(years)], years[min(years)], heads.index(True)
    for number, row in enumerate(block.rows, 1):
        new, old, stated = (number_of(row[place]) for place in (now, before, change))
        if new is None or old is None or stated is None:
            continue
        about = f"{block.caption}: {row[0]}"
        if stated == new - old:
            yield Result(IDENTITIES["I-9"], Outcome.HOLDS, about, stated, new - old, "number")
        else:
            where, both, parts = f"{place}/{number}", (stated, new - old), (("now", new), ("before", old))
            yield differing(IDENTITIES["I-9"], about, where, "total", both, "number", label=about, parts=parts)


def number_of(text: str) -> int | None:
    """Ten-thousandths of a number as a table prints it, also `- 800.000` and `+ 176`; None for anything else."""
    match = _NUMBER.fullmatch(_AROUND.sub("", text.replace("\N{NO-BREAK SPACE}", " ").strip()))
    if match is None or len(match[2]) > 15:
        return None
    whole = int(match[2].replace(".", "").replace(" ", ""))
    value = whole * 10_000 + int((match[3] or "").ljust(4, "0"))
    return -value if match[1] in {"-", "−", "–"} else value
