"""Every way to take a file for a table: the sheets of a spreadsheet, or a text cut at one mark or another."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sipas.core.errors import Reason, reason
from sipas.files import xlsx_reader
from sipas.files.xlsx_reader import Unreadable

SEPARATORS = ",;\t"
MOST_SHEETS = 20

Rows = Iterator[tuple[int, list[str]]]
"""Line numbers with cells; of a spreadsheet the numbers of its rows."""

Reading = Callable[[], Rows]
"""One way to take a file for a table; it can be begun again."""


class ReadingEnds(Exception):
    """That nothing can be read from a line on (0: of the whole file), and why."""

    def __init__(self, line: int, why: Reason) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why


def ways(path: Path) -> list[Reading]:
    """Every way to take a file for a table, the likeliest first. Raises ReadingEnds and OSError."""
    if xlsx_reader.is_workbook(path):
        book = _opened(path)
        pages = [page for page in book.pages if not page.is_hidden] or list(book.pages)
        return [partial(_sheet, book, page) for page in pages[:MOST_SHEETS]]
    text = _decoded(path)
    first, _, _ = text.partition("\n")
    return [partial(_parted, text, one) for one in sorted(SEPARATORS, key=first.count, reverse=True)]


def _opened(path: Path) -> xlsx_reader.Workbook:
    try:
        return xlsx_reader.opened(path)
    except Unreadable as error:
        raise ReadingEnds(0, _UNREADABLE[error.why]) from error


_UNREADABLE = {
    "encrypted": reason("is protected by a password; save it without one"),
    "old": reason("is a spreadsheet of the old kind (.xls); save it as .xlsx or as CSV UTF-8"),
    "broken": reason("is no spreadsheet that can be read; save it anew as .xlsx or as CSV UTF-8"),
    "large": reason("holds more than can be read at once; cut the file"),
}


def _sheet(book: xlsx_reader.Workbook, page: xlsx_reader.WorkbookSheet) -> Rows:
    line = 0
    try:
        for line, cells in book.rows(page):
            yield line, cells
    except Unreadable as error:
        raise ReadingEnds(line, _UNREADABLE[error.why]) from error


def _parted(text: str, separator: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise ReadingEnds(reader.line_num, reason("is no CSV: %(error)s", error=error)) from error


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ReadingEnds(line, reason("is not UTF-8; save the file as .xlsx or as CSV UTF-8")) from error
