"""The Excel file: what goes out comes back the same, sums are formulas, text stays text, a change is one group."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from jcflow.errors import BadInput
from jcflow.procedure import Area
from jcflow.programmes import budget_lines, budgets
from jcflow.programmes.exchange.document import BudgetLine, BudgetTable, Document
from jcflow.programmes.kinds import LineRole
from jcflow.programmes.live import figures_of
from jcflow.programmes.sheets import saving
from jcflow.programmes.sheets.proposing import MEANWHILE, SUMMED, Proposal, propose, wishes_of
from jcflow.programmes.sheets.reading import pages_of, read_book
from jcflow.programmes.sheets.shape import Sheet, sheets_of
from jcflow.programmes.sheets.writing import FIRST_ROW, HEAD_ROW, Origin, workbook
from tests.factories import MITTEL, House, small_document
from tests.site import FILES, demo_document

ORIGIN = Origin("anger", "2027", "Jobcenter Anger", "Programm 2027")
REASON = "Die Zuteilung des Bundes liegt vor."
Edit = Callable[[Any], None]


def sent(content: bytes, *edits: Edit) -> bytes:
    """The file after somebody has worked in it."""
    book = load_workbook(BytesIO(content))
    for edit in edits:
        edit(book)
    into = BytesIO()
    book.save(into)
    return into.getvalue()


def place(sheet: Worksheet, key: str, head: str) -> str:
    """The address of a cell by its row's key and its column's head."""
    row = next(n for n in range(FIRST_ROW, sheet.max_row + 1) if sheet.cell(n, 1).value == key)
    column = next(cell.column_letter for cell in sheet[HEAD_ROW] if cell.value == head)
    return f"{column}{row}"


def put(name: str, key: str, head: str, value: object) -> Edit:
    """Type something into a cell."""

    def edit(book: Any) -> None:
        sheet = book[name]
        sheet[place(sheet, key, head)].value = value

    return edit


def proposed(sheets: list[Sheet], content: bytes) -> tuple[Proposal, list[str], list[str]]:
    """What a file would change, what is wrong with it, what is said besides."""
    book = read_book(pages_of(content, "budget.xlsx"), sheets, ORIGIN.house, ORIGIN.slug)
    wishes, problems = wishes_of(book, lambda sheet, row, version: row.values)
    proposal = propose(sheets, wishes)
    return proposal, [*book.problems, *problems, *proposal.problems], [*book.notices, *proposal.notices]


def computed(sheet: Worksheet, address: str, seen: frozenset[str] = frozenset()) -> Any:
    """What a spreadsheet shows in a cell; it knows what the file uses: IF, OR, COUNT, SUM, N, minus, divided by."""
    value = sheet[address].value
    if sheet[address].data_type != "f":
        return value
    assert address not in seen
    cells = _Cells(sheet, seen | {address})
    text = str(value)[1:].replace('=""', ' == ""').replace(")=0", ") == 0")
    text = re.sub(r"([A-Z]+\d+):([A-Z]+\d+)", r"span('\1','\2')", text)
    text = re.sub(r"(?<![A-Z'\d])([A-Z]{1,2}\d+)(?!['\d])", r"at('\1')", text)
    if text.startswith("IF("):
        condition, _, rest = text[3:-1].partition(',"",')
        return "" if eval(condition, cells.names) else eval(rest, cells.names)
    return eval(text, cells.names)


class _Cells:
    """The functions of the formulas over one sheet."""

    def __init__(self, sheet: Worksheet, seen: frozenset[str]) -> None:
        def at(address: str) -> Any:
            found = computed(sheet, address, seen)
            return "" if found is None else found

        def numbers(parts: tuple[Any, ...]) -> list[Any]:
            flat = [x for part in parts for x in (part if isinstance(part, list) else [part])]
            return [x for x in flat if not isinstance(x, str)]

        self.names: dict[str, Any] = {
            "at": at,
            "span": lambda a, b: [at(cell.coordinate) for (cell,) in sheet[f"{a}:{b}"]] if a != b else [at(a)],
            "SUM": lambda *parts: sum(numbers(parts)),
            "COUNT": lambda *parts: len(numbers(parts)),
            "N": lambda x: 0 if isinstance(x, str) else x,
            "OR": lambda *parts: any(parts),
        }


@pytest.mark.parametrize("key", FILES)
def test_a_real_programme_comes_back_as_it_went_out(key: str) -> None:
    sheets = sheets_of(demo_document(key))

    proposal, problems, notices = proposed(sheets, sent(workbook(sheets, ORIGIN)))

    assert (proposal.changes, proposal.wishes, problems, notices) == ([], [], [], [])


@pytest.mark.parametrize("key", FILES)
def test_the_sums_of_a_real_programme_are_formulas_that_come_to_what_its_lines_add_up_to(key: str) -> None:
    document = demo_document(key)
    book = load_workbook(BytesIO(workbook(sheets_of(document), ORIGIN)))

    tried = 0
    for table, sheet in zip(document.budget_tables, book.worksheets[1:], strict=False):
        for line in table.lines:
            parts = [x for x in table.lines if x.parent == line.key and x.role is not LineRole.MEMO]
            if line.role is not LineRole.TOTAL or not parts or any(x.amount is None for x in parts):
                continue
            address = place(sheet, line.key, f"Plan {table.year}")
            assert sheet[address].data_type == "f"
            amounts = [-(x.amount or 0) if x.sign == "-" else x.amount or 0 for x in parts]
            assert computed(sheet, address) * 100 == sum(amounts)
            tried += 1
    assert tried


def test_shares_and_differences_are_formulas_too() -> None:
    sheet = load_workbook(BytesIO(workbook(sheets_of(small_document()), ORIGIN)))[MITTEL.title]

    assert computed(sheet, place(sheet, "beratung", "Anteil an der Summe")) == pytest.approx(1 / 3)
    assert computed(sheet, place(sheet, "beratung", "Unterschied")) == 10
    assert sheet[place(sheet, "beratung", "Anteil an der Summe")].number_format == "0.0%"
    assert sheet[place(sheet, "beratung", "Plan 2027")].number_format.startswith("#,##0\\ [$€")


def test_the_sheet_is_ready_for_work_and_print() -> None:
    book = load_workbook(BytesIO(workbook(sheets_of(small_document()), ORIGIN)))
    sheet = book[MITTEL.title]

    assert sheet.freeze_panes == f"D{FIRST_ROW}"
    assert (sheet.print_title_rows, sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == (
        f"${HEAD_ROW}:${HEAD_ROW}",
        "landscape",
        0,
    )
    assert sheet.column_dimensions["B"].hidden
    assert book.sheetnames == ["Angaben", MITTEL.title, "Instrumente", "Ziele"]


def test_the_year_before_stands_beside_by_key_or_a_sentence_says_that_it_is_missing() -> None:
    document, earlier = small_document(), small_document()
    head = replace(earlier.programme, period_from=earlier.programme.period_from.replace(year=2026))
    lines = (replace(MITTEL.lines[1], amount=77_00),)
    earlier = replace(earlier, programme=head, budget_tables=(replace(MITTEL, lines=lines),))

    beside = load_workbook(BytesIO(workbook(sheets_of(document, earlier), ORIGIN)))[MITTEL.title]
    alone = load_workbook(BytesIO(workbook(sheets_of(document), ORIGIN)))[MITTEL.title]

    assert beside[place(beside, "beratung", "Programm 2026")].value == 77
    assert beside[place(beside, "gesamt", "Programm 2026")].value is None
    assert not beside["C2"].value
    assert alone["C2"].value == "Für 2026 gibt es kein Programm zum Vergleich. Die Spalte „Programm 2026“ bleibt leer."
    assert alone[place(alone, "beratung", "Programm 2026")].value is None


DANGEROUS = st.one_of(
    st.builds(lambda head, tail: head + tail, st.sampled_from("=+-@\t\r＝＋－＠"), st.text(max_size=40)),
    st.sampled_from(
        ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '"=1', "＝1", "#N/A", "#REF!", "_x003D_1"]
    ),
    st.text(max_size=60),
)
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@given(label=DANGEROUS, note=DANGEROUS)
@settings(max_examples=30, deadline=None)
def test_no_text_is_ever_a_formula_and_all_of_it_comes_back(label: str, note: str) -> None:
    line = replace(MITTEL.lines[1], label=label, note=note)
    sheets = sheets_of(replace(small_document(), budget_tables=(replace(MITTEL, title=label, lines=(line,)),)))

    content = workbook(sheets, ORIGIN)

    sheet = load_workbook(BytesIO(content)).worksheets[1]
    for head, text in (("Bezeichnung", label), ("Anmerkung", note)):
        cell = sheet[place(sheet, "beratung", head)]
        kept = ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        assert (cell.value or "") == kept
        assert cell.data_type not in {"f", "e"}
        assert cell.quotePrefix == text.lstrip().startswith(tuple("=+-@\t\r＝＋－＠")) or not kept
    assert proposed(sheets, content)[0].changes == []


AMOUNTS = st.one_of(st.none(), st.integers(0, 10**13 - 1))
LINES = st.lists(
    st.tuples(AMOUNTS, AMOUNTS, st.sampled_from([None, "+", "-"]), st.sampled_from(list(LineRole)), st.integers(-1, 6)),
    min_size=1,
    max_size=7,
)


@given(rows=LINES)
@settings(max_examples=30, deadline=None)
def test_generated_figures_come_back_as_they_went_out(rows: list[tuple[Any, ...]]) -> None:
    roles = [role for _, _, _, role, _ in rows]
    lines = tuple(
        BudgetLine(
            f"zeile-{n}",
            f"Zeile {n}",
            role,
            parent=f"zeile-{above}" if above < n and above >= 0 and roles[above] is LineRole.TOTAL else None,
            sign=sign,
            amount=amount,
            prior_amount=prior,
        )
        for n, (amount, prior, sign, role, above) in enumerate(rows)
    )
    sheets = sheets_of(replace(small_document(), budget_tables=(replace(MITTEL, lines=lines),)))

    proposal, problems, notices = proposed(sheets, sent(workbook(sheets, ORIGIN)))

    assert (proposal.changes, problems, notices) == ([], [], [])


def change(document: Document, *edits: Edit) -> tuple[Proposal, list[str], list[str]]:
    """What a file of the document would change after these edits."""
    sheets = sheets_of(document)
    return proposed(sheets, sent(workbook(sheets, ORIGIN), *edits))


def test_a_changed_figure_takes_its_sum_with_it() -> None:
    proposal, problems, _ = change(small_document(), put(MITTEL.title, "beratung", "Plan 2027", 150))

    assert problems == []
    assert [(x.row, x.column, x.old, x.new, x.note) for x in proposal.changes] == [
        ("Gesamt", "Plan 2027", "300\xa0€", "350\xa0€", SUMMED),
        ("Beratung", "Plan 2027", "100\xa0€", "150\xa0€", ""),
    ]
    assert [wish.key for wish in proposal.wishes] == ["beratung"]


def test_a_sum_that_was_typed_over_is_named_and_not_taken() -> None:
    proposal, problems, notices = change(small_document(), put(MITTEL.title, "gesamt", "Plan 2027", 999))

    assert (proposal.changes, problems) == ([], [])
    assert "Die Summe ist in der Datei überschrieben (999\xa0€). jcflow rechnet 300\xa0€." in notices[0]


def test_a_sum_stated_otherwise_stays_and_is_named() -> None:
    lines = (replace(MITTEL.lines[0], amount=310_00, approximate=True), *MITTEL.lines[1:])
    document = replace(small_document(), budget_tables=(replace(MITTEL, lines=lines),))

    proposal, _, notices = change(document, put(MITTEL.title, "beratung", "Plan 2027", 150))

    assert [x.row for x in proposal.changes] == ["Beratung"]
    assert "Angegeben bleiben 310\xa0€, die Zeilen ergeben 350\xa0€." in notices[0]


def test_an_open_plan_is_filled_in_with_its_sum() -> None:
    lines = tuple(replace(line, amount=None) for line in MITTEL.lines)
    document = replace(small_document(), budget_tables=(replace(MITTEL, lines=lines),))
    fill = [put(MITTEL.title, key, "Plan 2027", 120.5) for key in ("beratung", "qualifizierung")]

    proposal, problems, _ = change(document, *fill)

    assert problems == []
    assert proposal.values["budget_tables/mittel", "gesamt"] == {"amount": 241_00}


@pytest.mark.parametrize(
    ("key", "head", "value", "sentence"),
    [
        ("beratung", "Plan 2027", "100.0000", "„100.0000“ ist kein eindeutiger Betrag. Meinten Sie 100.000?"),
        ("beratung", "Plan 2027", 12.345, "„12,345“ ist kein eindeutiger Betrag. Meinten Sie 12,34?"),
        ("beratung", "Plan 2027", -5, "Geben Sie den Betrag ohne Vorzeichen ein, zum Beispiel 5."),
        ("beratung", "Plan 2027", "=50+50", "Hier steht eine Formel. Geben Sie die Zahl selbst ein."),
        ("beratung", "Plan 2027", True, "Hier steht ein Wahrheitswert."),
        ("beratung", "Plan 2027", 10**20, "Der Betrag ist zu groß."),
        ("beratung", "Bezeichnung", None, "Geben Sie eine Bezeichnung ein, höchstens 300 Zeichen."),
        ("beratung", "Bezeichnung", "x" * 301, "Geben Sie eine Bezeichnung ein, höchstens 300 Zeichen."),
        ("beratung", "Anmerkung", "=HYPERLINK(1)", "Hier steht eine Formel. Geben Sie den Text selbst ein."),
        ("beratung", "Ungefähr", "vielleicht", "Schreiben Sie „ja“ oder „nein“."),
        ("gesamt", "Plan 2027", "viel", "Geben Sie den Betrag in Euro ein, zum Beispiel 120.000."),
    ],
)
def test_what_cannot_be_taken_is_said_by_sheet_and_cell(key: str, head: str, value: Any, sentence: str) -> None:
    edit = put(MITTEL.title, key, head, value)

    _, problems, _ = change(small_document(), edit)

    sheet = load_workbook(BytesIO(workbook(sheets_of(small_document()), ORIGIN)))[MITTEL.title]
    assert problems == [f"Blatt „{MITTEL.title}“, Zelle {place(sheet, key, head)}: {problems[0].split(': ', 1)[1]}"]
    assert sentence in problems[0]


def test_a_date_and_a_percentage_are_no_amounts() -> None:
    def percent(book: Any) -> None:
        cell = book[MITTEL.title][place(book[MITTEL.title], "beratung", "Plan 2027")]
        cell.value, cell.number_format = 0.25, "0%"

    def dated(book: Any) -> None:
        cell = book[MITTEL.title][place(book[MITTEL.title], "qualifizierung", "Plan 2027")]
        cell.value, cell.number_format = 46_143, "dd.mm.yyyy"

    _, problems, _ = change(small_document(), percent, dated)

    assert ["eine Prozentzahl" in problems[0], "Excel hat hier ein Datum" in problems[1], len(problems)] == [
        True,
        True,
        2,
    ]


def test_a_share_of_an_instrument_may_be_typed_as_a_percentage() -> None:
    def percent(book: Any) -> None:
        cell = book["Instrumente"][place(book["Instrumente"], "egz", "Anteil in Prozent")]
        cell.value, cell.number_format = 0.187, "0.0%"

    proposal, problems, _ = change(small_document(), percent)

    assert problems == []
    assert proposal.values == {("instruments", "egz"): {"share_percent": "18.7"}}


def test_rows_and_sheets_that_are_not_the_programme_s_are_named() -> None:
    def rows(book: Any) -> None:
        sheet = book[MITTEL.title]
        sheet["A6"].value = "unbekannt"
        sheet["A7"].value = "gesamt"
        sheet["C8"].value = "Neue Zeile"

    _, problems, notices = change(small_document(), rows)

    assert [text.split(": ", 1)[1] for text in problems] == [
        f"Eine Zeile „unbekannt“ gibt es in „{MITTEL.title}“ nicht.",
        "Die Zeile „gesamt“ steht zweimal auf dem Blatt.",
        "Die Zeile hat keinen Schlüssel. Neue Zeilen legen Sie in jcflow an.",
    ]
    assert "fehlen „Beratung“, „Qualifizierung“. Was fehlt, bleibt unverändert." in notices[0]


def test_missing_and_foreign_sheets_are_said_and_change_nothing() -> None:
    def leave_out(book: Any) -> None:
        del book["Instrumente"]
        book.create_sheet("Notizen")["A1"] = "Nebenrechnung"

    proposal, problems, notices = change(small_document(), leave_out)

    assert (proposal.changes, problems) == ([], [])
    assert notices == [
        "Das Blatt „Notizen“ gehört nicht zum Programm und wird nicht gelesen.",
        "„Instrumente“ fehlt in der Datei und bleibt unverändert.",
    ]


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        (replace(ORIGIN, house="herford"), "Die Datei gehört zu einem anderen Jobcenter."),
        (replace(ORIGIN, slug="2026"), "Die Datei gehört zum Programm 2026, hier ist das Programm 2027."),
    ],
)
def test_a_file_of_another_house_or_year_is_named(origin: Origin, sentence: str) -> None:
    sheets = sheets_of(small_document())

    _, problems, _ = proposed(sheets, workbook(sheets, origin))

    assert len(problems) == 1
    assert problems[0].startswith(sentence)


def test_a_file_of_a_version_is_compared_with_the_working_draft() -> None:
    sheets = sheets_of(small_document())

    proposal, problems, notices = proposed(sheets, workbook(sheets, replace(ORIGIN, state="Version 2")))

    assert (proposal.changes, problems) == ([], [])
    assert notices == ["Die Datei zeigt Version 2. Sie wird mit dem jetzigen Arbeitsstand verglichen."]


def test_a_sheet_of_another_year_and_a_stranger_s_workbook_are_named() -> None:
    other = BudgetTable("mittel", "Mittel", 2026, 2025, MITTEL.lines)
    sheets = sheets_of(small_document())
    of_year = workbook(sheets_of(replace(small_document(), budget_tables=(other,))), ORIGIN)

    def anonymous(book: Any) -> None:
        del book["Angaben"]

    assert "Hier muss „Plan 2027“ stehen, es steht „Plan 2026“" in proposed(sheets, of_year)[1][0]
    assert "Die Datei stammt nicht aus jcflow" in proposed(sheets, sent(workbook(sheets, ORIGIN), anonymous))[1][0]


def file_of(house: House) -> bytes:
    """The file of the working draft."""
    now = saving.present(house.session, house.programme)
    return workbook(now.sheets, saving.origin_of(house.session, house.programme))


def returned(house: House, content: bytes) -> tuple[saving.Present, Proposal, list[str]]:
    """What the file that comes back would change now."""
    now, origin = saving.present(house.session, house.programme), saving.origin_of(house.session, house.programme)
    book = read_book(pages_of(content, "budget.xlsx"), now.sheets, origin.house, origin.slug)
    wishes, problems = wishes_of(book, now.opened)
    proposal = propose(now.sheets, wishes)
    return now, proposal, [*book.problems, *problems, *proposal.problems]


def figures(house: House) -> Mapping[str, int | None]:
    """Key to amount of the one table."""
    (table,) = figures_of(house.session, house.programme).budget_tables
    return {line.key: line.amount for line in table.lines}


def save_line(house: House, key: str, **values: Any) -> None:
    """Let somebody change a line on the page meanwhile."""
    table = budgets.table(house.session, house.programme, "mittel")
    keyed = budgets.lines_in(house.session, table)
    edit = replace(budget_lines.as_edit(keyed[key], keyed), **values)
    budget_lines.save_lines(house.session, house.programme, table, [edit], house.editing(Area.BUDGETS, reason=REASON))


def test_what_a_file_changes_is_saved_as_one_group_under_one_reason(house: House) -> None:
    edits = (
        put(MITTEL.title, "beratung", "Plan 2027", 150),
        put("Instrumente", "egz", "Geplant", 15),
    )
    now, proposal, problems = returned(house, sent(file_of(house), *edits))
    deed = house.editing(Area.BUDGETS, reason=REASON)

    changed = saving.save(now, proposal, deed)

    assert (problems, changed) == ([], 3)
    assert figures(house) == {"gesamt": 350_00, "beratung": 150_00, "qualifizierung": 200_00}
    assert figures_of(house.session, house.programme).instruments[0]["planned"] == 15
    rows = saving.present(house.session, house.programme).rows
    touched = [
        rows["budget_tables/mittel", "gesamt"],
        rows["budget_tables/mittel", "beratung"],
        rows["instruments", "egz"],
    ]
    assert all(row.version > 1 for row in touched)


def test_a_file_without_a_reason_saves_nothing(house: House) -> None:
    edit = put(MITTEL.title, "beratung", "Plan 2027", 150)
    now, proposal, _ = returned(house, sent(file_of(house), edit))

    with pytest.raises(BadInput):
        saving.save(now, proposal, house.editing(Area.BUDGETS, reason="kurz"))

    assert figures(house)["beratung"] == 100_00


def test_what_others_saved_since_the_file_was_made_stays_unless_the_file_changes_it_too(house: House) -> None:
    content = sent(file_of(house), put(MITTEL.title, "qualifizierung", "Plan 2027", 250))
    save_line(house, "beratung", amount=123_00)
    save_line(house, "qualifizierung", amount=222_00)

    _, proposal, problems = returned(house, content)

    assert problems == []
    assert [(x.row, x.column, x.old, x.new, x.note) for x in proposal.changes] == [
        ("Qualifizierung", "Plan 2027", "222\xa0€", "250\xa0€", MEANWHILE)
    ]


def test_who_saves_between_preview_and_confirmation_is_not_overwritten(house: House) -> None:
    edit = put(MITTEL.title, "beratung", "Plan 2027", 150)
    _, proposal, _ = returned(house, sent(file_of(house), edit))
    save_line(house, "beratung", amount=170_00, note="Nachgerechnet")

    (clash,) = saving.clashes(saving.present(house.session, house.programme), proposal.wishes)

    assert clash.texts == (("Plan 2027", "150", "170"),)
    assert saving.clashes(saving.present(house.session, house.programme), []) == []


def test_another_column_of_the_same_line_is_no_clash(house: House) -> None:
    edit = put(MITTEL.title, "beratung", "Plan 2027", 150)
    _, proposal, _ = returned(house, sent(file_of(house), edit))
    save_line(house, "beratung", note="Nachgerechnet")

    assert saving.clashes(saving.present(house.session, house.programme), proposal.wishes) == []


SWAPS = (
    b"",
    b"0",
    b"-1",
    b"9" * 5_000,
    b"A",
    b"zz",
    b"1e999",
    b"NaN",
    b"\xc3\xa4",
    b"=((((",
    b"ZZZZ99999999",
    b"#REF!",
)


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_damaged_workbooks_are_refused_or_read_and_break_nothing(amount: Callable[[int, int], int]) -> None:
    rng, sheets = Random(5), sheets_of(small_document())
    with ZipFile(BytesIO(sent(workbook(sheets, ORIGIN)))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = [name for name in parts if name.startswith("xl/") and "theme" not in name]

    refused, tries = 0, amount(100, 3_000)
    for _ in range(tries):
        name = rng.choice(xml)
        words = re.split(rb'(["<>=/ ])', parts[name])
        for _ in range(rng.choice((1, 1, 3))):
            words[rng.randrange(len(words))] = rng.choice((*SWAPS, rng.choice(words)))
        into = BytesIO()
        with ZipFile(into, "w") as archive:
            for part, content in {**parts, name: b"".join(words)}.items():
                archive.writestr(part, content)

        try:
            proposed(sheets, into.getvalue())
        except BadInput:
            refused += 1
    assert 0 < refused < tries
