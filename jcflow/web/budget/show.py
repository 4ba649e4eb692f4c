"""Reading the budget: all tables, one line, the sheet to take away."""

from __future__ import annotations

from dataclasses import replace

from flask import request, url_for
from flask.typing import ResponseReturnValue

from jcflow.errors import NotFound
from jcflow.procedure import Area
from jcflow.programmes import budgets
from jcflow.programmes.exchange.document import BudgetLine, Document
from jcflow.programmes.milestones import seen_by
from jcflow.programmes.parts import PART_NAMES, ROLE_WORDS, SIGN_WORDS
from jcflow.programmes.programme import INSIDERS, Programme, may_edit
from jcflow.programmes.versions import Version, visible_versions
from jcflow.web import csv_sheet, stories
from jcflow.web.budget import figures
from jcflow.web.budget.blueprint import pages
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.identities import identity_view
from jcflow.web.programme_pages import allowed_visibility, is_insider, load, page, readable_document
from jcflow.web.text import accepted_reasons
from jcflow.web.visitors import me

INSIDE = tuple(sorted(INSIDERS))


@pages.get("/programmes/<slug>/budget")
@open_to(*READERS)
def show(slug: str) -> ResponseReturnValue:
    """All tables, each with its message, its parts and what changed since the last version."""
    programme = load(slug)
    document, version, earlier = asked_document(programme)
    only, narrowed = request.args.get("table"), request.args.get("only") == "changed"
    shown = [_linked(programme, view) for view in figures.views(document, _seen(earlier) if earlier else None)]
    chosen = [view for view in shown if only in (None, view.table.key)]
    if only is not None and not chosen:
        raise NotFound
    return page(
        "budget/show.html",
        programme,
        "Budget",
        tables=[view.only_changed() for view in chosen] if narrowed else chosen,
        changed=sum(view.changed for view in chosen),
        removed=_removed(programme) if _may_edit(programme) else [],
        may_edit=_may_edit(programme) and version is None,
        asked_version=request.args.get("version"),
        checked=identity_view(document, accepted_reasons(programme, version))
        if only is None and not narrowed
        else None,
        **{"version": version, "earlier": earlier, "narrowed": narrowed, "only": only},
    )


def asked_document(programme: Programme) -> tuple[Document, Version | None, Version | None]:
    """What the address asks for, which version that is (None: the working draft), and what it is compared with.

    Raises:
        NotFound: The visitor may not read it.
    """
    seen = visible_versions(db.session(), programme, me().roles)
    wanted = request.args.get("version")
    if wanted is not None:
        place = next((n for n, v in enumerate(seen) if str(v.number) == wanted), None)
        if place is None:
            raise NotFound
        return _seen(seen[place]), seen[place], next(iter(seen[place + 1 :]), None)
    document, version = readable_document(programme)
    return document, version, next(iter(seen if version is None else seen[1:]), None)


def _seen(version: Version) -> Document:
    return seen_by(version.document, allowed_visibility())


def _removed(programme: Programme) -> list[tuple[str, str]]:
    """Name and address of what can be brought back: removed tables, and removed lines of the others."""
    session, slug = db.session(), programme.slug
    gone = budgets.lines_of(session, programme, removed=True)
    tables = [
        (one.title, url_for("budget.confirm_return", slug=slug, table=one.key))
        for one in budgets.tables_of(session, programme, removed=True)
    ]
    lines = [
        (f"{x.label} ({one.title})", url_for("budget.confirm_return", slug=slug, table=one.key, line=x.key))
        for one in budgets.tables_of(session, programme)
        for x in gone.get(one.id, [])
    ]
    return [*tables, *lines]


def _may_edit(programme: Programme) -> bool:
    return may_edit(programme, Area.BUDGETS, me().actor)


def _linked(programme: Programme, view: figures.TableView) -> figures.TableView:
    """With the ways to each line's page and history, for those who may go there."""
    if not is_insider():
        return view
    session, key = db.session(), view.table.key
    within = next((t for t in budgets.tables_of(session, programme) if t.key == key), None)
    ids = {x.key: x.id for x in budgets.lines_of(session, programme).get(within.id, [])} if within else {}
    rows = tuple(
        replace(
            row,
            href=url_for("budget.line", slug=programme.slug, table=key, line=row.line.key),
            why=url_for("history.show", slug=programme.slug, object=ids[row.line.key]) if row.changed else None,
        )
        if row.line.key in ids
        else row
        for row in view.rows
    )
    return replace(view, rows=rows)


@pages.get("/programmes/<slug>/budget.csv")
@open_to(*READERS)
def sheet(slug: str) -> ResponseReturnValue:
    """The same figures to take away."""
    programme = load(slug)
    document, version, _ = asked_document(programme)
    name = f"budget-{programme.slug}" + (f"-version-{version.number}" if version else "")
    return csv_sheet.download(name, figures.CSV_HEAD, figures.csv_rows(document))


@pages.get("/programmes/<slug>/budget/<table>/<line>")
@open_to(*INSIDE)
def line(slug: str, table: str, line: str) -> ResponseReturnValue:
    """One line: its figures, its note, everything that ever happened to it."""
    programme, session = load(slug), db.session()
    within, one = budgets.table(session, programme, table), budgets.line(session, programme, table, line)
    parents = {x.id: x.label for x in budgets.lines_of(session, programme).get(within.id, [])}
    return page(
        "budget/line.html",
        programme,
        "Budgetzeile",
        table=within,
        line=one,
        parent=parents.get(one.parent_id) if one.parent_id else None,
        role=ROLE_WORDS[one.role],
        part=PART_NAMES[one.part] if one.part else "",
        sign=SIGN_WORDS[one.sign or "+"],
        versions=stories.held(session, programme, lambda document: _line_in(document, table, line)),
        days=stories.story(session, programme, stories.about_line(session, programme, within, one)),
        may_edit=_may_edit(programme),
    )


def _line_in(document: Document, table: str, line: str) -> BudgetLine | None:
    mine = (one for within in document.budget_tables if within.key == table for one in within.lines)
    return next((one for one in mine if one.key == line), None)
