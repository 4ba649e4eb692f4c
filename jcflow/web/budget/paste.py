"""Cells from a spreadsheet put into a budget table: pasted, looked at in the table's form, saved there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from jcflow.money import parse_amount
from jcflow.procedure import Area
from jcflow.programmes import budgets
from jcflow.programmes.pasting import PastedRow, read_cells
from jcflow.programmes.programme import EDITORS, Programme
from jcflow.web.budget import form
from jcflow.web.budget.blueprint import pages
from jcflow.web.budget.edit import present_table, table_form
from jcflow.web.database import db
from jcflow.web.formats import euro
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import load, page
from jcflow.web.reasons import editing


@pages.get("/programmes/<slug>/budget/<table>/paste")
@open_to(*EDITORS)
def paste(slug: str, table: str) -> ResponseReturnValue:
    """The field for the cells."""
    programme = load(slug)
    within = present_table(programme, table)
    editing(programme, Area.BUDGETS, reason_needed=False)
    return _paste_form(programme, within, "", [])


def _paste_form(programme: Programme, within: budgets.BudgetTable, typed: str, problems: Sequence[str]) -> str:
    errors = {"cells": "Die Tabelle ist so nicht zu lesen. Es ist nichts übernommen."} if problems else {}
    return page(
        "budget/paste.html",
        programme,
        "Tabelle einfügen",
        table=within,
        typed=typed,
        problems=problems,
        errors=errors,
    )


@pages.post("/programmes/<slug>/budget/<table>/paste")
@open_to(*EDITORS, one_time=False)
def look(slug: str, table: str) -> ResponseReturnValue:
    """The table's form with the cells put in, and what they change; nothing is saved."""
    programme = load(slug)
    within = present_table(programme, table)
    editing(programme, Area.BUDGETS, reason_needed=False)
    typed = request.form.get("cells", "")
    pasted = read_cells(typed, year=within.year, prior_year=within.prior_year)
    lines = form.saved(budgets.lines_of(db.session(), programme).get(within.id, []))
    problems = pasted.problems or _clashing(pasted.rows, lines)
    if problems:
        return _paste_form(programme, within, typed, problems[:50]), 422
    return table_form(programme, within, _merged(pasted.rows, lines), pasted=_told(pasted.rows, lines))


def _name(label: str) -> str:
    return " ".join(label.split()).casefold()


def _clashing(rows: Sequence[PastedRow], lines: Sequence[form.Typed]) -> list[str]:
    """Labels that more than one line of the table has, and tables that would become too long."""
    names = [_name(line.label) for line in lines]
    found = [
        f"Zeile {row.number}: „{row.label}“ steht in der Tabelle mehrmals. Ändern Sie diese Zeile im Formular."
        for row in rows
        if names.count(_name(row.label)) > 1
    ]
    fresh = sum(_name(row.label) not in names for row in rows)
    if len(lines) + fresh > form.MOST_LINES:
        found.append(f"Die Tabelle hätte dann mehr als {form.MOST_LINES} Zeilen.")
    return found


def _merged(rows: Sequence[PastedRow], lines: Sequence[form.Typed]) -> list[form.Typed]:
    """The lines of the table with what the cells say; a cell that says nothing changes nothing."""
    said = {_name(row.label): row for row in rows}
    known = {_name(line.label) for line in lines}
    merged = [_put(line, said[_name(line.label)]) if _name(line.label) in said else line for line in lines]
    fresh = [_put(form.Typed(label=row.label), row) for row in rows if _name(row.label) not in known]
    return [replace(line, place=str(number)) for number, line in enumerate([*merged, *fresh], 1)]


def _put(line: form.Typed, row: PastedRow) -> form.Typed:
    return replace(
        line,
        amount=line.amount if row.amount is None else row.amount,
        prior=line.prior if row.prior is None else row.prior,
        note=row.note or line.note,
    )


def _told(rows: Sequence[PastedRow], lines: Sequence[form.Typed]) -> list[str]:
    """What the cells change, as sentences."""
    known = {_name(line.label): line for line in lines}
    told = []
    for row in rows:
        line = known.get(_name(row.label))
        if line is None:
            told.append(f"„{row.label}“ ist neu.")
            continue
        for word, before, after in (("Plan", line.amount, row.amount), ("Vorjahr", line.prior, row.prior)):
            if after is not None and _cents(before) != _cents(after):
                told.append(f"„{line.label}“, {word}: vorher {euro(_cents(before))}, jetzt {euro(_cents(after))}.")
    return told


def _cents(text: str) -> int | None:
    return parse_amount(text) if text.strip() else None
