"""Budget tables as a whole: a further one, taking one away, bringing tables and lines back."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import BadInput
from jcflow.procedure import Area
from jcflow.process.acts import figures_changed
from jcflow.programmes import budgets
from jcflow.programmes.ordering import restore
from jcflow.programmes.programme import EDITORS, Programme, check_version
from jcflow.web.budget.blueprint import pages
from jcflow.web.budget.form import year_of
from jcflow.web.database import db
from jcflow.web.guard import open_to
from jcflow.web.programme_pages import load, page
from jcflow.web.reasons import editing
from jcflow.web.steps import typed_version
from jcflow.web.typed import Typed


@pages.get("/programmes/<slug>/budget/new")
@open_to(*EDITORS)
def new(slug: str) -> ResponseReturnValue:
    """A further table."""
    programme = load(slug)
    editing(programme, Area.BUDGETS, reason_needed=False)
    year = programme.period_from.year
    return _new_form(programme, {"title": "", "year": str(year), "prior_year": str(year - 1)}, {})


def _new_form(programme: Programme, typed: dict[str, str], errors: dict[str, str]) -> str:
    return page("budget/new.html", programme, "Budgettabelle anlegen", typed=typed, errors=errors)


@pages.post("/programmes/<slug>/budget/new")
@open_to(*EDITORS)
def add(slug: str) -> ResponseReturnValue:
    """Add the table."""
    programme, typed = load(slug), Typed("title", "year", "prior_year")
    deed = editing(programme, Area.BUDGETS, reason_needed=False)
    try:
        year = year_of(typed, "year")
        prior = year_of(typed, "prior_year") if typed.values["prior_year"].strip() else None
        typed.check()
        made = budgets.add_table(
            db.session(), programme, title=typed.values["title"], year=year, prior_year=prior, deed=deed
        )
    except BadInput as error:
        return _new_form(programme, typed.values, error.problems), 422
    figures_changed(db.session(), programme, deed.at)
    return redirect(url_for("budget.edit", slug=slug, table=made.key), 303)


@pages.get("/programmes/<slug>/budget/<table>/remove")
@open_to(*EDITORS)
def confirm_removal(slug: str, table: str) -> ResponseReturnValue:
    """What removing the table means."""
    programme = load(slug)
    editing(programme, Area.BUDGETS, reason_needed=False)
    return _confirmation(programme, budgets.table(db.session(), programme, table), removing=True)


def _confirmation(
    programme: Programme, row: budgets.BudgetTable | budgets.BudgetLine, *, removing: bool, error: str | None = None
) -> str:
    facts = {"row": row, "removing": removing, "errors": {"reason": error} if error else {}}
    name = row.title if isinstance(row, budgets.BudgetTable) else row.label
    return page(
        "budget/confirm.html",
        programme,
        "Entfernen" if removing else "Wiederherstellen",
        name=name,
        reason=request.form.get("reason", ""),
        **facts,
    )


@pages.post("/programmes/<slug>/budget/<table>/remove")
@open_to(*EDITORS)
def remove(slug: str, table: str) -> ResponseReturnValue:
    """Remove the table; it can be brought back."""
    programme = load(slug)
    one, deed = budgets.table(db.session(), programme, table), editing(programme, Area.BUDGETS, reason_needed=False)
    check_version(one, typed_version(), f"Die Tabelle „{one.title}“", {})
    try:
        budgets.remove_table(db.session(), one, programme, deed)
    except BadInput as error:
        return _confirmation(programme, one, removing=True, error=str(error)), 422
    figures_changed(db.session(), programme, deed.at)
    flash(f"„{one.title}“ ist entfernt. Sie können die Tabelle hier wiederherstellen.", "success")
    return redirect(url_for("budget.show", slug=slug), 303)


@pages.get("/programmes/<slug>/budget/<table>/restore", defaults={"line": None})
@pages.get("/programmes/<slug>/budget/<table>/<line>/restore")
@open_to(*EDITORS)
def confirm_return(slug: str, table: str, line: str | None) -> ResponseReturnValue:
    """What bringing a table or line back means."""
    programme = load(slug)
    editing(programme, Area.BUDGETS, reason_needed=False)
    return _confirmation(programme, _row(programme, table, line), removing=False)


def _row(programme: Programme, table: str, line: str | None) -> budgets.BudgetTable | budgets.BudgetLine:
    session = db.session()
    return budgets.line(session, programme, table, line) if line else budgets.table(session, programme, table)


@pages.post("/programmes/<slug>/budget/<table>/restore", defaults={"line": None})
@pages.post("/programmes/<slug>/budget/<table>/<line>/restore")
@open_to(*EDITORS)
def bring_back(slug: str, table: str, line: str | None) -> ResponseReturnValue:
    """Bring a removed table or line back."""
    programme = load(slug)
    row = _row(programme, table, line)
    check_version(row, typed_version(), "Der Eintrag", {})
    try:
        deed = editing(programme, Area.BUDGETS)
        restore(db.session(), row, deed)
    except BadInput as error:
        return _confirmation(programme, _row(programme, table, line), removing=False, error=str(error)), 422
    figures_changed(db.session(), programme, deed.at)
    flash("Wiederhergestellt.", "success")
    return redirect(url_for("budget.show", slug=slug, table=table), 303)
