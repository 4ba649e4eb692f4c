"""Changing a budget table: the whole of it as one form, saved under one reason."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import BadInput, Stale
from jcflow.procedure import Area
from jcflow.process.acts import figures_changed
from jcflow.programmes import budget_lines, budgets
from jcflow.programmes.parts import PART_NAMES, ROLE_WORDS
from jcflow.programmes.programme import EDITORS, Programme
from jcflow.web.budget import form
from jcflow.web.budget.blueprint import pages
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import gone, load, page
from jcflow.web.reasons import attach, editing
from jcflow.web.row_conflicts import conflict


@pages.get("/programmes/<slug>/budget/<table>/edit")
@open_to(*EDITORS)
def edit(slug: str, table: str) -> ResponseReturnValue:
    """The whole table as one form."""
    programme, session = load(slug), db.session()
    within = present_table(programme, table)
    editing(programme, Area.BUDGETS, reason_needed=False)
    return table_form(programme, within, form.saved(budgets.lines_of(session, programme).get(within.id, [])))


def present_table(programme: Programme, key: str) -> budgets.BudgetTable:
    """A table that is not removed; whoever has written into its form is told that it can come back."""
    found = budgets.table(db.session(), programme, key)
    if found.removed:
        raise gone("Die Tabelle", "Budget")
    return found


def table_form(
    programme: Programme,
    within: budgets.BudgetTable,
    lines: list[form.Typed],
    errors: dict[str, str] | None = None,
    sums: tuple[str, ...] | None = None,
    pasted: list[str] | None = None,
) -> str:
    """The whole table as one form.

    Args:
        sums: What does not add up in it, where that was asked for.
        pasted: What cells that were just pasted change, in sentences.
    """
    totals = [(x.key, x.label) for x in lines if x.key and x.role == "total"]
    return page(
        "budget/edit.html",
        programme,
        "Budget bearbeiten",
        table=within,
        lines=lines,
        order=form.opened_order(lines),
        totals=[("", "keine Summe"), *totals],
        parts=[("", "keine"), *((part.value, name) for part, name in PART_NAMES.items())],
        offered=[form.offered_part(line, within) for line in lines],
        roles=[(role.value, word) for role, word in ROLE_WORDS.items()],
        errors=errors or {},
        sums=sums,
        pasted=pasted,
        reason=request.form.get("reason", ""),
    )


@pages.post("/programmes/<slug>/budget/<table>/edit/preview")
@open_to(*EDITORS, one_time=False)
def preview(slug: str, table: str) -> ResponseReturnValue:
    """The form again with one line more, or with what its sums come to; nothing is saved."""
    programme = load(slug)
    within = present_table(programme, table)
    editing(programme, Area.BUDGETS, reason_needed=False)
    adding = "add" in request.form
    lines = form.typed(drop_blank=not adding)
    if adding:
        return table_form(programme, within, [*lines, form.Typed(place=str(len(lines) + 1))])
    try:
        return table_form(programme, within, lines, sums=form.sums(within, form.edits(lines)))
    except BadInput as error:
        return table_form(programme, within, lines, error.problems), 422


@pages.post("/programmes/<slug>/budget/<table>/edit")
@open_to(*EDITORS)
def save(slug: str, table: str) -> ResponseReturnValue:
    """Save the table's lines together, under one reason."""
    programme, session = load(slug), db.session()
    within = present_table(programme, table)
    present = budgets.lines_in(session, within)
    lines = form.resolved(form.typed(), present)
    try:
        deed = editing(programme, Area.BUDGETS, reason_needed=False)
        wanted = form.settled(budget_lines.merged(session, form.edits(lines), present), present)
        changed = budget_lines.save_lines(session, programme, within, wanted, deed)
        attach(programme, deed, changed)
        figures_changed(session, programme, deed.at)
    except BadInput as error:
        return table_form(programme, within, lines, error.problems), 422
    except Stale:
        clashes, back = form.clashes(wanted, present), url_for("budget.edit", slug=slug, table=table)
        return conflict(clashes, back=back, with_file=True), 409
    flash(
        "Gespeichert. Die Änderungen stehen im Verlauf." if changed else "Es gab nichts zu speichern.",
        "success" if changed else "info",
    )
    return redirect(url_for("budget.show", slug=slug, table=table), 303)
