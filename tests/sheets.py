"""The Excel file of a programme as a test sends it back."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from tests.site import Client


def changed_sheet(client: Client, base: str) -> tuple[bytes, str]:
    """The file of the programme at this address with another amount in its first budget table, and its name."""
    book = load_workbook(BytesIO(client.get(f"{base}/budget.xlsx").data))
    sheet = book.worksheets[1]
    head = next(row for row in sheet.iter_rows() if row[0].value == "Schlüssel")
    plan = next(n for n, cell in enumerate(head) if str(cell.value).startswith("Plan "))
    rows = (row for row in sheet.iter_rows(min_row=head[0].row + 1) if row[0].value)
    next(row[plan] for row in rows if row[plan].data_type != "f").value = 123
    into = BytesIO()
    book.save(into)
    return into.getvalue(), "budget.xlsx"
