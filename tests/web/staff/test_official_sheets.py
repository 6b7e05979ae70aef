"""The official sheets as files: the same rows in both kinds, and each download is noted."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask

from sipas.core import audit
from sipas.core.audit import AuditSearch
from tests.pages import Visitor


@pytest.mark.parametrize("sheet", ["decision-766", "decree-61"])
def test_both_kinds_of_file_hold_the_same_rows(app: Flask, signed_in: Callable[..., Visitor], sheet: str) -> None:
    browser = signed_in("viewer", "hong-gai")
    address = f"/reports/hong-gai/{sheet}.%s?period=2026-09"
    text = browser.get(address % "csv").response.get_data().decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address % "xlsx").response.get_data()))
    rows = [
        ["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    assert rows == list(csv.reader(io.StringIO(text)))
    assert "không phải điểm của Bộ" in rows[1][1]
    with app.app_context():
        noted = [entry.subject for entry in audit.found(AuditSearch(act="report.exported"))]
    assert noted == [f"{sheet}-hong-gai-2026-09.xlsx", f"{sheet}-hong-gai-2026-09.csv"]
