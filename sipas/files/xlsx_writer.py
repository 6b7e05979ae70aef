"""Workbooks: tables as sheets whose numbers are numbers and whose text is never taken for anything else."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sipas.files.tables import Cell, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_WIDEST = 60
AS_WRITTEN = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def to_xlsx(sheets: Mapping[str, Table], title: str, notes: Mapping[str, Table] | None = None) -> bytes:
    """A workbook with a sheet for each table: the header stays in sight and filters, an empty cell is no data.

    `notes` are sheets of words, whose lines wrap. The same tables give the same bytes.
    """
    from xlsxwriter.workbook import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, **AS_WRITTEN}) as workbook:  # no files beside the one that is sent
        workbook.set_properties({"title": title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed day
        looks = _Looks(workbook)
        for name, table in sheets.items():
            _fill(workbook.add_worksheet(name), table, looks)
        for name, table in (notes or {}).items():
            _note(workbook.add_worksheet(name), table, looks)
    return file.getvalue()


class _Looks:
    """How cells look, by what they hold."""

    def __init__(self, workbook: Workbook) -> None:
        self.head = workbook.add_format(
            {"bold": True, "bottom": 2, "bg_color": "#E2F2EE", "valign": "vcenter", "border_color": "#6F7F7B"}
        )
        self.words = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.topic = workbook.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.figure = workbook.add_format({"num_format": "0.00"})
        self.count = workbook.add_format({"num_format": "0"})
        self._workbook = workbook
        self._decimals: dict[int, Format] = {}

    def of(self, cell: float | Decimal) -> Format:
        """How a number looks: what was printed keeps its decimal places."""
        if isinstance(cell, Decimal) and (places := -int(cell.as_tuple().exponent)) > 0:
            if places not in self._decimals:
                self._decimals[places] = self._workbook.add_format({"num_format": f"0.{'0' * places}"})
            return self._decimals[places]
        return self.figure if isinstance(cell, float) else self.count


def _fill(sheet: Worksheet, table: Table, looks: _Looks) -> None:
    sheet.write_row(0, 0, table.columns, looks.head)
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, looks)
    for column, name in enumerate(table.columns):
        longest = max((len(_shown(row[column])) for row in table.rows), default=0)
        sheet.set_column(column, column, min(max(longest, len(name) + 3) + 1, _WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    _for_paper(sheet)


def _note(sheet: Worksheet, table: Table, looks: _Looks) -> None:
    sheet.write_row(0, 0, table.columns, looks.head)
    for number, (topic, *cells) in enumerate(table.rows, 1):
        _write(sheet, number, 0, topic, looks, looks.topic)
        for column, cell in enumerate(cells, 1):
            _write(sheet, number, column, cell, looks, looks.words)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(table.columns) - 1, 90)
    sheet.freeze_panes(1, 0)
    _for_paper(sheet)


def _for_paper(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, looks: _Looks, text_look: Format | None = None) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, text_look)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, datetime.min.time()), looks.day)
    elif cell is not None:
        sheet.write_number(row, column, float(cell) if isinstance(cell, Decimal) else cell, looks.of(cell))


def _shown(cell: Cell) -> str:
    """What a reader sees of a cell."""
    return "" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell)
