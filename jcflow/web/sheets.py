"""The figures as an Excel file: taken away, read back with a preview, saved together under one reason."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from jcflow.audit.trail import Deed
from jcflow.errors import BadInput, NotFound
from jcflow.procedure import Area
from jcflow.process.acts import figures_changed
from jcflow.programmes.exchange.document import Document
from jcflow.programmes.programme import EDITORS, Programme
from jcflow.programmes.programme import editing as editing_as
from jcflow.programmes.sheets.proposing import MOST_CHANGES, Proposal, Wish, propose, wishes_of
from jcflow.programmes.sheets.reading import Book, Page, first, pages_of, read_book
from jcflow.programmes.sheets.saving import (
    REGISTERS,
    Present,
    check_there,
    clashes,
    origin_of,
    present,
    programme_before,
    save,
    versions_in,
)
from jcflow.programmes.sheets.shape import sheets_of
from jcflow.programmes.sheets.writing import workbook
from jcflow.web import transaction
from jcflow.web.budget.show import asked_document
from jcflow.web.database import db
from jcflow.web.guard import READERS, open_to
from jcflow.web.programme_pages import is_insider, load, page, readable_document
from jcflow.web.reasons import editing
from jcflow.web.row_conflicts import Clash, conflict, takes_theirs
from jcflow.web.typed import Typed
from jcflow.web.visitors import me, moment

pages = Blueprint("sheets", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILE = "Wählen Sie die Excel-Datei aus, die Sie hier geladen und ausgefüllt haben."
INCOMPLETE = "Das Formular ist unvollständig. Lesen Sie die Datei noch einmal ein."
NAMES = frozenset(
    {"label", "amount", "prior_amount", "approximate", "note", "unit", "planned", "prior", "share_percent"}
    | {"budget_share_percent", "legal_basis", "goal", "indicator", "subgroup", "value", "monitoring"}
)
"""Columns whose values a form may carry."""


@pages.get("/programmes/<slug>/budget.xlsx")
@open_to(*READERS)
def download(slug: str) -> ResponseReturnValue:
    """The figures of the version asked for, or of what the visitor reads, with formulas and the year before beside."""
    programme, session = load(slug), db.session()
    document, version, _ = asked_document(programme)
    state = f"Version {version.number}" if version else "Arbeitsstand"
    versions = versions_in(session, programme) if version is None and is_insider() else None
    made = workbook(sheets_of(document, _before(programme), versions), origin_of(session, programme, state))
    name = f"budget-{programme.slug}" + (f"-version-{version.number}" if version else "")
    return send_file(BytesIO(made), XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _before(programme: Programme) -> Document | None:
    """What the visitor may read of the programme of the year before."""
    earlier = programme_before(db.session(), programme)
    try:
        return readable_document(earlier)[0] if earlier else None
    except NotFound:
        return None


@pages.get("/programmes/<slug>/budget/import")
@open_to(*EDITORS)
def form(slug: str) -> ResponseReturnValue:
    """The form that takes the file."""
    programme = load(slug)
    editing(programme, Area.BUDGETS, reason_needed=False)
    return _upload_page(programme, {})


def _upload_page(programme: Programme, errors: dict[str, str], problems: list[str] | None = None) -> str:
    said = list(first(problems or []))
    return page("sheets/upload.html", programme, "Excel-Datei einlesen", errors=errors, problems=said)


@pages.post("/programmes/<slug>/budget/import/preview")
@open_to(*EDITORS, one_time=False)
def preview(slug: str) -> ResponseReturnValue:
    """What the file would change; nothing of it is kept."""
    try:
        found: list[Page] | BadInput = _sent_pages()
    except BadInput as error:
        found = error
    programme = load(slug)
    editing(programme, Area.BUDGETS, reason_needed=False)
    if isinstance(found, BadInput):
        return _upload_page(programme, found.problems), 422
    session = db.session()
    now, origin = present(session, programme), origin_of(session, programme)
    book = read_book(found, now.sheets, origin.house, origin.slug)
    wishes, problems = wishes_of(book, now.opened)
    proposal = propose(now.sheets, wishes)
    wrong = [*book.problems, *problems, *proposal.problems]
    if wrong:
        return _upload_page(programme, {}, wrong), 422
    return _preview_page(programme, proposal, book)


def _sent_pages() -> list[Page]:
    """The sheets of the uploaded file, read before anything is locked: nobody waits for it."""
    with transaction.looking():
        typed = Typed()
        upload = typed.upload("file", NO_FILE)
        typed.check()
        assert upload is not None
        return pages_of(upload.content, upload.name)


def _preview_page(
    programme: Programme, proposal: Proposal, book: Book | None = None, errors: dict[str, str] | None = None
) -> str:
    remarks = [*(book.notices if book else ()), *proposal.notices]
    values: dict[str, Any] = {"errors": errors or {}, "reason": request.form.get("reason", "")}
    return page("sheets/preview.html", programme, "Vorschau", proposal=proposal, remarks=remarks, **values)


@pages.post("/programmes/<slug>/budget/import")
@open_to(*EDITORS)
def confirm(slug: str) -> ResponseReturnValue:
    """Save what the preview showed, all of it under one reason, or nothing."""
    programme, session = load(slug), db.session()
    now = present(session, programme)
    wishes = [wish for wish in _typed_wishes() if not takes_theirs(wish.name)]
    check_there(now, wishes)
    proposal = propose(now.sheets, wishes)
    if proposal.problems:
        raise BadInput({str(number): text for number, text in enumerate(first(proposal.problems))})
    try:
        deed = _deed(programme, proposal)
        clashing = clashes(now, proposal.wishes)
        if clashing:
            shown = [Clash(x.wish.name, x.label, x.version, x.texts, x.seq) for x in clashing]
            return conflict(shown, back=url_for("sheets.form", slug=slug)), 409
        changed = _save(now, proposal, deed)
    except BadInput as error:
        return _preview_page(programme, proposal, errors=error.problems), 422
    flash(_said(changed), "success" if changed else "info")
    for remark in first(proposal.notices):
        flash(remark, "info")
    return redirect(url_for("budget.show", slug=slug), 303)


def _said(changed: int) -> str:
    if not changed:
        return "Es gab nichts zu speichern."
    rows = "1 Zeile ist" if changed == 1 else f"{changed} Zeilen sind"
    return f"{rows} aus der Excel-Datei übernommen. Die Änderungen stehen im Verlauf."


def _deed(programme: Programme, proposal: Proposal) -> Deed:
    """One deed for all; whoever changes instruments or targets has to be allowed that too."""
    deed = editing(programme, Area.BUDGETS, reason_needed=False)
    if any(of in REGISTERS for of, _ in proposal.values):
        editing_as(programme, Area.REGISTERS, me().actor, at=moment())
    return deed


def _save(now: Present, proposal: Proposal, deed: Deed) -> int:
    changed = save(now, proposal, deed)
    if any(of not in REGISTERS for of, _ in proposal.values):
        figures_changed(now.session, now.programme, deed.at)
    return changed


def _typed_wishes() -> list[Wish]:
    """What the confirming form carries, row by row.

    Raises:
        BadInput: It is not as the preview made it.
    """
    count = request.form.get("count", "")
    if not (count.isascii() and count.isdigit() and len(count) <= 4) or int(count) > MOST_CHANGES:
        raise BadInput({"": INCOMPLETE})
    wishes = [_typed_wish(number) for number in range(int(count))]
    if len({wish.name for wish in wishes}) < len(wishes):
        raise BadInput({"": INCOMPLETE})
    return wishes


def _typed_wish(number: int) -> Wish:
    of, _, key = request.form.get(f"key-{number}", "").rpartition("/")
    version = request.form.get(f"version-{number}", "")
    texts = {name: request.form[f"{name}-{number}"] for name in sorted(NAMES) if f"{name}-{number}" in request.form}
    if not (of and key and texts and version.isascii() and version.isdigit() and len(version) <= 9):
        raise BadInput({"": INCOMPLETE})
    return Wish(of, key, int(version), texts)
