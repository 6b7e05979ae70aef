"""Workbooks of any length: each row goes to disk as it comes, so memory does not grow with their number.

What spreadsheets.py makes looks better and is held whole; this is for what nobody can hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sipas.files.tables import Cell
from sipas.files.xlsx_writer import AS_WRITTEN

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Excel's limit less the row of the header; what is more goes on in a further sheet."""

_WIDTH, _WIDEST = 16, 110


def write(
    path: Path,
    names: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    notes: Sequence[Sequence[str]],
    most_rows: int = MOST_ROWS,
) -> None:
    """Write rows below a header that stays in sight, on sheets `data`, `data-2` …; then `notes` as sheet `columns`.

    Text is text and never a formula; a cell without data is empty. The same rows give the same bytes. Sheets that are
    not finished lie in a folder beside the file, whose name begins with the file's.
    """
    from xlsxwriter.workbook import Workbook

    beside = path.with_name(f"{path.name}.sheets")
    beside.mkdir()
    book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(beside), **AS_WRITTEN})
    try:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed day
        head = book.add_format({"bold": True})
        sheet, place = _begun(book.add_worksheet("data"), names, head), 0
        for row in rows:
            if place == most_rows:
                sheet, place = _begun(book.add_worksheet(f"data-{len(book.worksheets()) + 1}"), names, head), 0
            place += 1
            _write(sheet, place, row)
        said = book.add_worksheet("columns")
        said.set_column(1, 1, _WIDEST)
        for number, note in enumerate(notes):
            _write(said, number, note)
        book.close()
    finally:
        for each in book.worksheets():
            file: Any = each.row_data_fh  # the library closes it only where all went well
            with suppress(OSError):
                file.close()
        shutil.rmtree(beside)


def _begun(sheet: Worksheet, names: Sequence[str], head: Format) -> Worksheet:
    sheet.set_column(0, len(names) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, head)
    return sheet


def _write(sheet: Worksheet, number: int, row: Sequence[Cell]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int | float | Decimal):
            sheet.write_number(number, column, float(cell))
        elif cell is not None:
            sheet.write_string(number, column, str(cell))
