"""The Excel file on the screen: who gets it, what an upload would change, what is saved, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from jcflow.audit.reading import entries, select_events
from jcflow.programmes import budgets
from jcflow.programmes.budgets import BudgetLine
from jcflow.programmes.files import LARGEST
from jcflow.programmes.sheets import safety
from tests.domain.test_sheets import place, put, sent
from tests.forms import page_of
from tests.places import PAPER, digest
from tests.site import Client, Site

TABLE, SHEET, PLAN = "globalbudget", "Globalbudget 2022", "Plan 2022"
ADMIN = "verwaltungskostenbudget-bund"
REASON = "Der Bund hat neu zugeteilt."


def address(site: Site, rest: str = "") -> str:
    return f"/programmes/{site.slug()}/budget{rest}"


def file_of(site: Site, client: Client, rest: str = "") -> bytes:
    answer = client.get(address(site, f".xlsx{rest}"))
    assert answer.status_code == 200
    return answer.data


def upload(site: Site, client: Client, content: bytes, name: str = "budget.xlsx") -> TestResponse:
    page = address(site, "/import")
    return client.post_form(page, action=f"{page}/preview", files={"file": (BytesIO(content), name)})


def lines(site: Site) -> dict[str, BudgetLine]:
    with site.session() as session:
        return budgets.lines_in(session, budgets.table(session, site.programme(session), TABLE))


def words(answer: TestResponse) -> str:
    return " ".join(page_of(answer).words.replace("\xa0", " ").split())


def test_the_file_is_sent_as_a_workbook_and_linked_from_the_budget(site: Site) -> None:
    client = site.client("gf")

    answer = client.get(address(site, ".xlsx"))

    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert f"budget-{site.slug()}.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    sheet = book[SHEET]
    assert sheet[place(sheet, ADMIN, PLAN)].value == 17_901_578
    assert sheet[place(sheet, ADMIN, "Stand der Zeile")].value == lines(site)[ADMIN].version
    links = client.page(address(site)).links
    assert {address(site, ".xlsx"), address(site, "/import")} <= set(links)


def test_bodies_get_the_version_they_read_and_no_form_to_change_it(sqlite_site: Site) -> None:
    site = sqlite_site.at("consultation")
    board = site.client("beirat1")

    book = load_workbook(BytesIO(file_of(site, board)))

    assert str(book["Angaben"]["B3"].value).startswith("Version ")
    sheet = book[SHEET]
    assert sheet[place(sheet, ADMIN, "Stand der Zeile")].value is None
    assert address(site, "/import") not in board.page(address(site)).links
    assert board.get(address(site, "/import")).status_code == 403
    assert board.get(address(site, ".xlsx?version=99")).status_code == 404
    assert site.client("tv1").get(address(site, ".xlsx")).status_code == 200


def test_before_anything_is_put_before_them_bodies_get_nothing(sqlite_site: Site) -> None:
    assert sqlite_site.client("beirat1").get(address(sqlite_site, ".xlsx")).status_code == 404


def test_others_are_turned_away(sqlite_site: Site) -> None:
    assert sqlite_site.client("haushalt").get(address(sqlite_site, "/import")).status_code == 403
    assert sqlite_site.client("gf@ennepe-ruhr").get(address(sqlite_site, ".xlsx")).status_code == 404
    assert sqlite_site.client("gf@ennepe-ruhr").get(address(sqlite_site, "/import")).status_code == 404


def test_where_the_state_lets_nobody_edit_there_is_no_form(sqlite_site: Site) -> None:
    site = sqlite_site.at("resolution")
    client = site.client("gf")

    assert client.get(address(site, "/import")).status_code == 409
    assert address(site, "/import") not in client.page(address(site)).links


def test_a_file_is_shown_first_and_then_saved_together_under_its_reason(site: Site) -> None:
    site.at("disposition")
    client = site.client("gf")
    edits = (put(SHEET, ADMIN, PLAN, 18_000_000), put("Instrumente", "mag", "Geplant", 600))
    before = digest(site, "form_token")

    shown = upload(site, client, sent(file_of(site, client), *edits))

    assert shown.status_code == 200
    assert "17.901.578 €" in words(shown)
    assert "18.000.000 €" in words(shown)
    assert digest(site, "form_token") == before
    form = page_of(shown).form(address(site, "/import"))
    answer = client.post(form.action, data=form.filled({"reason": REASON}))
    assert answer.status_code == 303
    assert lines(site)[ADMIN].amount == 1_800_000_000
    with site.session() as session:
        newest = entries(session, select_events(site.programme(session).jobcenter_id).limit(20))
    found = [e for e in newest if e.group_id == newest[0].group_id]
    assert {e.object_type for e in found} == {"budget_line", "register_row"}
    assert {e.reason for e in found} == {REASON}
    assert lines(site)["globalbudget"].amount == 3_383_224_300
    assert f"{len(found)} Zeilen sind aus der Excel-Datei übernommen." in client.text(answer.location)


def test_a_reason_is_needed_and_nothing_is_lost_without_it(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    shown = upload(sqlite_site, client, sent(file_of(sqlite_site, client), put(SHEET, ADMIN, PLAN, 18_000_000)))
    form = page_of(shown).form(address(sqlite_site, "/import"))

    answer = client.post(form.action, data=form.filled({"reason": "kurz"}))

    assert answer.status_code == 422
    assert "Begründen Sie die Änderungen mit mindestens 10 Zeichen" in words(answer)
    again = page_of(answer).form(address(sqlite_site, "/import"))
    assert again.fields["amount-0"] == form.fields["amount-0"]
    assert again.fields["reason"] == ["kurz"]
    assert lines(sqlite_site)[ADMIN].amount == 1_790_157_800


def test_one_wrong_cell_keeps_the_whole_file_out(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    edits = (put(SHEET, ADMIN, PLAN, 18_000_000), put(SHEET, "egt", PLAN, "100.0000"))

    answer = upload(sqlite_site, client, sent(file_of(sqlite_site, client), *edits))

    assert answer.status_code == 422
    said = f"Blatt „{SHEET}“, Zelle G6: „100.0000“ ist kein eindeutiger Betrag. Meinten Sie 100.000?"
    assert said in words(answer)
    assert "Änderungen übernehmen" not in answer.text


def test_a_file_that_changes_nothing_says_so(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")

    answer = upload(sqlite_site, client, file_of(sqlite_site, client))

    assert answer.status_code == 200
    assert "Die Datei ändert nichts" in words(answer)
    assert "Änderungen übernehmen" not in answer.text


def test_who_confirms_after_somebody_else_has_saved_the_line_gets_both_values(site: Site) -> None:
    slow, quick = site.client("gf"), site.client("redaktion")
    shown = upload(site, slow, sent(file_of(site, slow), put(SHEET, ADMIN, PLAN, 18_000_000)))
    form = page_of(shown).form(address(site, "/import"))
    assert quick.post_form(address(site, f"/{TABLE}/edit"), {"amount-0": "19.000.000"}).status_code == 303

    refused = slow.post(form.action, data=form.filled({"reason": REASON}))

    assert refused.status_code == 409
    assert "18.000.000" in words(refused)
    assert "19.000.000" in words(refused)
    assert lines(site)[ADMIN].amount == 1_900_000_000
    choice = page_of(refused).form(address(site, "/import"))
    kept = slow.post(choice.action, data=choice.filled({}))
    assert kept.status_code == 303
    assert lines(site)[ADMIN].amount == 1_900_000_000
    mine = choice.filled(
        {f"take-budget_tables/{TABLE}/{ADMIN}": "mine", "form_token": "ein-anderes-zeichen-fuer-diesen-test"}
    )
    assert slow.post(choice.action, data=mine).status_code == 303
    assert lines(site)[ADMIN].amount == 1_800_000_000


def test_a_line_removed_meanwhile_is_named(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    shown = upload(sqlite_site, client, sent(file_of(sqlite_site, client), put(SHEET, "par16e-af", PLAN, 5)))
    form = page_of(shown).form(address(sqlite_site, "/import"))
    assert client.post_form(address(sqlite_site, f"/{TABLE}/edit"), {"removed-5": "1"}).status_code == 303

    answer = client.post(form.action, data=form.filled({"reason": REASON}))

    assert answer.status_code == 409
    assert "Die Zeile wurde inzwischen entfernt." in words(answer)


@pytest.mark.parametrize(
    "typed",
    [
        {"count": "-1"},
        {"count": "1001"},
        {"count": "2"},
        {"key-0": "budget_tables"},
        {"version-0": "x"},
        {"amount-0": None},
        {"amount-0": "=1+1"},
        {"amount-0": "100.0000"},
    ],
)
def test_a_form_that_is_not_the_preview_s_saves_nothing(sqlite_site: Site, typed: dict[str, Any]) -> None:
    client = sqlite_site.client("gf")
    shown = upload(sqlite_site, client, sent(file_of(sqlite_site, client), put(SHEET, ADMIN, PLAN, 18_000_000)))
    form = page_of(shown).form(address(sqlite_site, "/import"))

    answer = client.post(form.action, data=form.filled({"reason": REASON, **typed}))

    assert answer.status_code == 422
    assert lines(sqlite_site)[ADMIN].amount == 1_790_157_800


@pytest.mark.parametrize("name", ["budget_tables/keine/zeile", "budget_tables/globalbudget/keine", "measures/x"])
def test_a_form_for_a_row_that_never_was_answers_like_a_missing_page(sqlite_site: Site, name: str) -> None:
    client = sqlite_site.client("gf")
    shown = upload(sqlite_site, client, sent(file_of(sqlite_site, client), put(SHEET, ADMIN, PLAN, 18_000_000)))
    form = page_of(shown).form(address(sqlite_site, "/import"))

    assert client.post(form.action, data=form.filled({"reason": REASON, "key-0": name})).status_code == 404


# ---- hostile files


def packed(parts: dict[str, bytes], *more: tuple[str, bytes]) -> bytes:
    """A zip file of these parts."""
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in [*parts.items(), *more]:
            archive.writestr(part, content)
    return into.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """Name to bytes of the parts of a workbook."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def swapped(part: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], bytes]:
    """A workbook with something else in one of its parts."""

    def make(parts: dict[str, bytes]) -> bytes:
        assert old in parts[part]
        return packed({**parts, part: parts[part].replace(old, new, 1)})

    return make


def with_part(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes]], bytes]:
    """A workbook with a further part."""
    return lambda parts: packed(parts, (name, content))


def encrypted(parts: dict[str, bytes]) -> bytes:
    """A workbook whose parts say that they are encrypted."""
    content = bytearray(packed(parts))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def lying(parts: dict[str, bytes]) -> bytes:
    """A workbook whose big part says that it has one byte."""
    content = packed(parts, ("xl/worksheets/sheet9.xml", b"<a>" + b" " * 30 * 2**20 + b"</a>"))
    place = content.rindex(b"PK\x01\x02")
    return content[: place + 24] + (1).to_bytes(4, "little") + content[place + 28 :]


SHEET_1 = "xl/worksheets/sheet1.xml"
DTD = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], bytes], str]] = {
    "bombe.xlsx": (with_part("xl/media/1.bin", bytes(60 * 2**20)), safety.BOMB),
    "flut.xlsx": (with_part("xl/worksheets/sheet9.xml", b"<a>" + b"<b/>" * 400_000 + b"</a>"), safety.BOMB),
    "tief.xlsx": (with_part("xl/worksheets/sheet9.xml", b"<a>" * 5_000 + b"</a>" * 5_000), safety.BOMB),
    "luege.xlsx": (lying, safety.DAMAGE),
    "viele.xlsx": (lambda parts: packed({**parts, **{f"xl/{n}.bin": b"" for n in range(1_001)}}), safety.MANY),
    "makro.xlsx": (with_part("xl/vbaProject.bin"), safety.MACROS),
    "makroart.xlsx": (swapped("[Content_Types].xml", SHEET_TYPE, MACRO_TYPE), safety.MACROS),
    "makro.xlsm": (packed, safety.MACROS),
    "altmakro.xlsx": (with_part("xl/macrosheets/sheet1.xml", b"<a/>"), safety.MACROS),
    "verweis.xlsx": (with_part("xl/externalLinks/externalLink1.xml", b"<a/>"), safety.LINKS),
    "abfrage.xlsx": (with_part("xl/connections.xml", b"<a/>"), safety.LINKS),
    "eingebettet.xlsx": (with_part("xl/embeddings/oleObject1.bin"), safety.EMBEDDED),
    "vorlage.xlsx": (swapped("xl/_rels/workbook.xml.rels", b"Id=", b'TargetMode="External" Id='), safety.LINKS),
    "dtd.xlsx": (swapped(SHEET_1, b"<worksheet", DTD + b"<worksheet"), safety.TRICKED),
    "fremd.xlsx": (swapped("xl/workbook.xml", b"<workbook", EXTERNAL + b"<workbook"), safety.TRICKED),
    "kaputt.xlsx": (swapped(SHEET_1, b"</worksheet>", b"</worksheet"), safety.DAMAGE),
    "doppelt.xlsx": (with_part("xl/WORKBOOK.xml", b"<a/>"), safety.DAMAGE),
    "halb.xlsx": (lambda parts: packed(parts)[:-40], safety.DAMAGE),
    "kennwort.xlsx": (lambda parts: OLE + "EncryptedPackage".encode("utf-16-le"), safety.ENCRYPTED),
    "zipkennwort.xlsx": (encrypted, safety.ENCRYPTED),
    "alt.xlsx": (lambda parts: OLE, safety.OLD),
    "budget.xls": (lambda parts: OLE, safety.OLD),
    "csv.xlsx": (lambda parts: b"Tabelle;Plan\r\nMittel;12\r\n", safety.NO_WORKBOOK),
    "pdf.xlsx": (lambda parts: PAPER, safety.NO_WORKBOOK),
    "budget.ods": (packed, safety.NO_WORKBOOK),
    "word.xlsx": (
        lambda parts: packed({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
        safety.NO_WORKBOOK,
    ),
    "leer.xlsx": (lambda parts: b"", safety.NO_WORKBOOK),
}
"""File name to how it is made of a sound workbook, and what is said to it."""


def test_a_hostile_file_is_refused_with_a_sentence_and_leaves_nothing(sqlite_site: Site) -> None:
    client = sqlite_site.client("gf")
    parts, before = parts_of(file_of(sqlite_site, client)), digest(sqlite_site)

    for name, (make, sentence) in HOSTILE.items():
        answer = upload(sqlite_site, client, make(parts), name)

        assert answer.status_code == 422, name
        assert sentence in words(answer), (name, words(answer))
    assert digest(sqlite_site) == before


def test_a_file_above_the_limit_is_too_large(sqlite_site: Site) -> None:
    client, page = sqlite_site.client("gf"), address(sqlite_site, "/import")
    form = client.form(page, action=f"{page}/preview")

    for size in (LARGEST, 13 * 2**20):
        large = {"file": FileStorage(BytesIO(b"PK" + bytes(size)), "budget.xlsx")}
        boundary, body = encode_multipart(form.filled({}) | large)
        answer = client.post(form.action, data=body, content_type=f"multipart/form-data; boundary={boundary}")
        assert answer.status_code == 413
        assert "Erlaubt sind 10 MB." in answer.text


def test_without_a_file_the_form_says_what_is_missing(sqlite_site: Site) -> None:
    page = address(sqlite_site, "/import")

    answer = sqlite_site.client("gf").post_form(page, action=f"{page}/preview")

    assert answer.status_code == 422
    assert "Wählen Sie die Excel-Datei aus" in words(answer)
