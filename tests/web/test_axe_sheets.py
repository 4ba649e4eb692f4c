"""The pages of the Excel file, from choosing it to what it changed: for everybody, and by hand in the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser import DESK, View, press
from tests.site import Site
from tests.web.test_axe import _faults, sign_in
from tests.web.test_sheets import ADMIN, PLAN, REASON, SHEET, address, file_of, lines, put, sent

pytestmark = pytest.mark.browser
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_a_file_is_read_back_in_the_browser(
    sqlite_site: Site, live_server: Callable[[Flask], str], new_page: Callable[[View], Page]
) -> None:
    client, faults = sqlite_site.client("gf"), list[str]()
    content = file_of(sqlite_site, client)
    wrong = sent(content, put(SHEET, ADMIN, PLAN, "100.0000"))
    right = sent(content, put(SHEET, ADMIN, PLAN, 18_000_000), put("Instrumente", "gesamt", "Geplant", 9_999))
    server, page = live_server(sqlite_site.app), new_page(DESK)
    sign_in(page, client, server)

    for made, said in ((wrong, "Nichts ist übernommen"), (right, "Die Summe ist in der Datei überschrieben")):
        page.goto(server + address(sqlite_site, "/import"))
        faults += _faults(page)
        page.set_input_files("#file", {"name": "budget.xlsx", "mimeType": KIND, "buffer": made})
        press(page, "text=Vorschau zeigen")
        assert said in page.inner_text("main")
        faults += _faults(page)
    page.fill("#reason", REASON)
    press(page, "text=Änderungen übernehmen")

    assert "aus der Excel-Datei übernommen" in page.inner_text("main")
    assert lines(sqlite_site)[ADMIN].amount == 1_800_000_000
    assert faults == []
