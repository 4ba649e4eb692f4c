"""The form of a topic set: what was ticked and ranked, as choices, and what others saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from jcflow.errors import BadInput, NotFound
from jcflow.programmes.topics import Choice, Topic
from jcflow.web.row_conflicts import Clash, takes_theirs

MOST_TOPICS = 200


@dataclass(frozen=True)
class Typed:
    """One topic as it stands in the form."""

    key: str = ""
    """Empty for a new one."""
    version: str = "0"
    title: str = ""
    selected: bool = False
    rank: str = ""
    removed: bool = False
    proposed: bool = False


def saved(topics: Sequence[Topic]) -> list[Typed]:
    """The topics of a set as the form first shows them: the chosen ones first, in their rank."""
    return [_typed(topic) for topic in sorted(topics, key=_place)]


def _place(topic: Topic) -> tuple[bool, int, int]:
    return (not topic.selected, topic.rank or 0, topic.position)


def _typed(topic: Topic) -> Typed:
    title = " ".join(filter(None, (topic.number, topic.local_title or topic.title)))
    rank = "" if topic.rank is None else str(topic.rank)
    return Typed(topic.key, str(topic.version), title, topic.selected, rank, topic.removed, topic.proposed)


def typed(present: Mapping[str, Topic], *, drop_blank: bool = True) -> list[Typed]:
    """The topics of the posted form; new ones without a title are dropped.

    Raises:
        BadInput: The form is incomplete or holds more topics than a set may have.
    """
    count = request.form.get("count", "")
    if not (count.isascii() and count.isdigit() and len(count) <= 4) or int(count) > MOST_TOPICS:
        raise BadInput({"": f"Das Formular ist unvollständig oder hat mehr als {MOST_TOPICS} Themen."})
    read = [_read(number, present) for number in range(int(count))]
    return [x for x in read if x.key or x.title.strip() or not drop_blank]


def _read(number: int, present: Mapping[str, Topic]) -> Typed:
    key = request.form.get(f"key-{number}", "")
    if key and key not in present:
        raise NotFound
    if key and takes_theirs(key):
        return _typed(present[key])
    known = _typed(present[key]) if key else Typed()
    return replace(
        known,
        key=key,
        version=request.form.get(f"version-{number}", ""),
        title=known.title if key else request.form.get(f"title-{number}", ""),
        selected=f"selected-{number}" in request.form,
        rank=request.form.get(f"rank-{number}", ""),
        removed=f"removed-{number}" in request.form,
    )


def choices(lines: Sequence[Typed]) -> list[Choice]:
    """The typed topics as choices; those chosen are ranked as typed, those without a rank come last.

    Raises:
        BadInput: A rank or a version cannot be taken.
    """
    problems: dict[str, str] = {}
    for index, line in enumerate(lines):
        if not (line.version.isascii() and line.version.isdigit() and len(line.version) <= 9):
            problems[""] = "Das Formular ist unvollständig. Öffnen Sie die Seite neu."
        if line.rank.strip() and _rank(line) is None:
            problems[f"rank-{index}"] = f"Thema {index + 1}, Rang: Geben Sie eine Zahl von 1 bis 999 ein."
    if problems:
        raise BadInput(problems)
    chosen = [n for n, line in enumerate(lines) if line.selected and not line.removed]
    ranks: dict[int, int] = {}
    last = 0
    for index in sorted(chosen, key=lambda n: _rank(lines[n]) or 1_000):
        last = max(_rank(lines[index]) or 0, last + 1)
        ranks[index] = last
    return [
        Choice(x.key or None, int(x.version), n in ranks, ranks.get(n), x.title, x.removed)
        for n, x in enumerate(lines)
        if x.key or not x.removed
    ]


def _rank(line: Typed) -> int | None:
    text = line.rank.strip()
    good = text.isascii() and text.isdigit() and len(text) <= 3 and int(text) > 0
    return int(text) if good else None


def settled(wanted: Sequence[Choice], present: Mapping[str, Topic]) -> list[Choice]:
    """The choices; one that says what is saved already is not refused because somebody else saved it."""
    open_keys = {clash.key for clash in clashes(wanted, present)}
    return [x if x.key is None or x.key in open_keys else replace(x, version=present[x.key].version) for x in wanted]


def clashes(wanted: Sequence[Choice], present: Mapping[str, Topic]) -> list[Clash]:
    """The topics that somebody else changed since the form was opened, with both sides' values."""
    found = []
    for choice in wanted:
        if choice.key is None or present[choice.key].version == choice.version:
            continue
        row = present[choice.key]
        sides = (
            ("Gewählt", choice.selected, row.selected),
            ("Rang", choice.rank or "–", row.rank or "–"),
            ("Entfernt", choice.removed, row.removed),
        )
        texts = tuple((name, _said(mine), _said(theirs)) for name, mine, theirs in sides if mine != theirs)
        if texts:
            found.append(Clash(choice.key, row.title, row.version, texts, row.audit_seq))
    return found


def _said(value: object) -> str:
    return ("ja" if value else "nein") if isinstance(value, bool) else str(value)
