"""The form of a whole budget table: read as typed, turned into edits, compared with what others saved meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import request

from jcflow import money
from jcflow.errors import BadInput, NotFound
from jcflow.process.guards import in_words
from jcflow.programmes.budget_lines import LineEdit, as_edit
from jcflow.programmes.budgets import BudgetLine, BudgetTable
from jcflow.programmes.checks import budget_differences
from jcflow.programmes.exchange import document as doc
from jcflow.programmes.kinds import LinePart, LineRole
from jcflow.programmes.parts import PART_NAMES, ROLE_WORDS, SIGN_WORDS, suggested_part
from jcflow.web.formats import euro
from jcflow.web.row_conflicts import Clash, takes_theirs
from jcflow.web.typed import Typed as Form

_PLACE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?")
MOST_LINES = 300
LONGEST_NOTE = 1_000
NEW = "n"
"""What stands before the number of a line that is not saved yet, where others name it."""


@dataclass(frozen=True)
class Typed:
    """One line as it stands in the form; nothing in it is interpreted yet."""

    key: str = ""
    """Empty for a new line."""
    version: str = "0"
    label: str = ""
    role: str = LineRole.LINE.value
    part: str = ""
    parent: str = ""
    sign: str = ""
    amount: str = ""
    prior: str = ""
    approximate: bool = False
    note: str = ""
    place: str = ""
    removed: bool = False

    @property
    def is_blank(self) -> bool:
        """A new line in which nothing was typed."""
        return not (self.key or self.label.strip() or self.amount.strip() or self.prior.strip() or self.note.strip())


def saved(lines: Sequence[BudgetLine]) -> list[Typed]:
    """The lines of a table as the form first shows them."""
    keys: dict[UUID | None, str] = {line.id: line.key for line in lines}
    return [_typed(line, keys.get(line.parent_id, ""), n) for n, line in enumerate(lines, 1)]


def _typed(line: BudgetLine, parent: str, place: int) -> Typed:
    return Typed(
        key=line.key,
        version=str(line.version),
        label=line.label,
        role=line.role.value,
        part=line.part.value if line.part else "",
        parent=parent,
        sign=line.sign or "",
        amount="" if line.amount is None else money.german(line.amount),
        prior="" if line.prior_amount is None else money.german(line.prior_amount),
        approximate=line.approximate,
        note=line.note or "",
        place=str(place),
        removed=line.removed,
    )


def typed(*, drop_blank: bool = True) -> list[Typed]:
    """The lines of the posted form in their typed order; new ones that were left blank or taken out are dropped.

    Raises:
        BadInput: The form is incomplete or holds more lines than a table may have.
    """
    count = request.form.get("count", "")
    if not (count.isascii() and count.isdigit() and len(count) <= 4) or int(count) > MOST_LINES:
        raise BadInput({"": f"Das Formular ist unvollständig oder hat mehr als {MOST_LINES} Zeilen."})
    lines = [_read(number) for number in range(int(count))]
    kept = [x for x in lines if x.key or not (x.removed or (drop_blank and x.is_blank))]
    return [replace(x, place=str(n)) for n, x in enumerate(sorted(kept, key=_order), 1)]


def _read(number: int) -> Typed:
    def text(name: str) -> str:
        return request.form.get(f"{name}-{number}", "")

    return Typed(
        key=text("key"),
        version=text("version"),
        label=text("label"),
        role=text("role"),
        part=text("part"),
        parent=text("parent"),
        sign=text("sign"),
        amount=text("amount"),
        prior=text("prior"),
        approximate=bool(text("approximate")),
        note=text("note"),
        place=text("place"),
        removed=bool(text("removed")),
    )


def _order(line: Typed) -> float:
    place = line.place.strip().replace(",", ".")
    return float(place) if _PLACE.fullmatch(place) else float("inf")


def resolved(lines: Sequence[Typed], present: Mapping[str, BudgetLine]) -> list[Typed]:
    """The typed lines, with the saved values where the person chose them over the typed ones.

    Who moved no line keeps the order that somebody else may have saved meanwhile.
    """
    keys: dict[UUID | None, str] = {line.id: line.key for line in present.values()}
    if not _is_moved(lines):
        lines = sorted(lines, key=lambda x: present[x.key].position if x.key in present else float("inf"))
    return [
        _typed(present[x.key], keys.get(present[x.key].parent_id, ""), n)
        if x.key in present and takes_theirs(x.key)
        else x
        for n, x in enumerate(lines, 1)
    ]


def opened_order(lines: Sequence[Typed]) -> str:
    """The keys of the lines in the order in which the form was opened, however often it has been shown since."""
    return request.form.get("order", " ".join(x.key for x in lines if x.key))


def _is_moved(lines: Sequence[Typed]) -> bool:
    """Whether the typed places put the lines in another order than the form was opened with."""
    known = [x.key for x in lines if x.key]
    return [x.key for x in lines[: len(known)]] != known or known != request.form.get("order", "").split()


def edits(lines: Sequence[Typed]) -> list[LineEdit]:
    """The typed lines as edits.

    Raises:
        BadInput: An amount, a role or a version cannot be taken; each sentence names line and field.
    """
    problems: dict[str, str] = {}
    made = [_edit(index, line, problems) for index, line in enumerate(lines)]
    if problems:
        raise BadInput(problems)
    return made


def settled(wanted: Sequence[LineEdit], present: Mapping[str, BudgetLine]) -> list[LineEdit]:
    """The edits; one that says what is saved already is not refused because somebody else saved it."""
    open_keys = {clash.key for clash in clashes(wanted, present)}
    return [
        replace(x, version=present[x.key].version) if x.key is not None and x.key not in open_keys else x
        for x in wanted
    ]


def _edit(index: int, line: Typed, problems: dict[str, str]) -> LineEdit:
    if not (line.version.isascii() and line.version.isdigit() and len(line.version) <= 9):
        problems[""] = "Das Formular ist unvollständig. Öffnen Sie die Seite neu."
    if line.role not in set(LineRole):
        problems[f"role-{index}"] = f"Zeile {index + 1}, Art: Wählen Sie eine Art aus."
    if line.part and line.part not in set(LinePart):
        problems[f"part-{index}"] = f"Zeile {index + 1}, Rolle in der Rechnung: Wählen Sie eine aus der Liste."
    if len(line.note) > LONGEST_NOTE:
        problems[f"note-{index}"] = f"Zeile {index + 1}, Anmerkung: Kürzen Sie auf höchstens {LONGEST_NOTE} Zeichen."
    amount = _cents(line.amount, f"amount-{index}", f"Zeile {index + 1}, Plan", problems)
    prior = _cents(line.prior, f"prior-{index}", f"Zeile {index + 1}, Vorjahr", problems)
    return LineEdit(
        key=line.key or None,
        version=int(line.version) if not problems.get("") else 0,
        label=" ".join(line.label.split()),
        role=LineRole(line.role) if f"role-{index}" not in problems else LineRole.LINE,
        parent_key=line.parent or None,
        sign=line.sign if line.sign in SIGN_WORDS else None,
        amount=amount,
        prior_amount=prior,
        approximate=line.approximate,
        note=" ".join(line.note.split()) or None,
        part=LinePart(line.part) if line.part in set(LinePart) else None,
        removed=line.removed,
    )


def _cents(text: str, field: str, where: str, problems: dict[str, str]) -> int | None:
    if not text.strip():
        return None
    try:
        return money.parse_amount(text)
    except money.NotAnAmount as error:
        problems[field] = f"{where}: {error}"
        return None


def as_document(table: BudgetTable, wanted: Sequence[LineEdit]) -> doc.BudgetTable:
    """The table as it would be after saving, for its sums."""
    lines = tuple(
        doc.BudgetLine(
            key=edit.key or f"{NEW}{index}",
            label=edit.label,
            role=edit.role,
            parent=edit.parent_key,
            sign=edit.sign,
            amount=edit.amount,
            prior_amount=edit.prior_amount,
            approximate=edit.approximate,
            note=edit.note,
            part=edit.part,
        )
        for index, edit in enumerate(wanted)
        if not edit.removed
    )
    return doc.BudgetTable(table.key, table.title, table.year, table.prior_year, lines)


def sums(table: BudgetTable, wanted: Sequence[LineEdit]) -> tuple[str, ...]:
    """What does not add up in the typed table."""
    return tuple(in_words(difference) for difference in budget_differences(as_document(table, wanted)))


def clashes(wanted: Sequence[LineEdit], present: Mapping[str, BudgetLine]) -> list[Clash]:
    """The lines that somebody else changed since the form was opened, with both sides' values.

    Raises:
        NotFound: An edit names a line the table never had.
    """
    labels = {line.key: line.label for line in present.values()}
    found = []
    for edit in wanted:
        if edit.key is None:
            continue
        if edit.key not in present:
            raise NotFound
        row = present[edit.key]
        pairs = zip(_said(edit, labels), _said(as_edit(row, present), labels), strict=True)
        texts = tuple((name, mine, other) for (name, mine), (_, other) in pairs if mine != other)
        if row.version != edit.version and texts:
            found.append(Clash(edit.key, row.label, row.version, texts, row.audit_seq))
    return found


def _said(edit: LineEdit, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        ("Bezeichnung", edit.label),
        ("Plan", euro(edit.amount)),
        ("Vorjahr", euro(edit.prior_amount)),
        ("Art", ROLE_WORDS[edit.role]),
        ("Rolle in der Rechnung", PART_NAMES[edit.part] if edit.part else "keine"),
        ("Zählt in", labels.get(edit.parent_key or "", "keine Summe")),
        ("Richtung", SIGN_WORDS[edit.sign or "+"]),
        ("Ungefähr", "ja" if edit.approximate else "nein"),
        ("Anmerkung", edit.note or "–"),
        ("Entfernt", "ja" if edit.removed else "nein"),
    ]


def offered_part(line: Typed, table: BudgetTable) -> str:
    """What the line's words speak of, as a hint; empty where it has a part or its words leave it open."""
    part = None if line.part else suggested_part(line.label, table.title)
    return f"Vorschlag nach der Bezeichnung: {PART_NAMES[part]}." if part else ""


def year_of(form: Form, name: str) -> int:
    """A typed year; what is none is noted among the form's problems."""
    text = form.values[name].strip()
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        form.problems[name] = "Geben Sie ein Jahr mit vier Ziffern ein, zum Beispiel 2027."
        return 0
    return int(text)
