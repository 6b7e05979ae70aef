"""Tables in, from CSV files and spreadsheets: read strictly, every fault named by file, line, column and value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from sipas.core.errors import Reason as Reason
from sipas.core.errors import reason as reason
from sipas.core.languages import one_line
from sipas.files import table_sources
from sipas.files.table_sources import Reading, ReadingEnds

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MONTHS = (
    re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])(-([0-2]\d|3[01]))?", re.ASCII),
    re.compile(r"((tháng|t)\.? ?)?(?P<month>0?[1-9]|1[0-2]) ?([/.-]|,? ?năm) ?(?P<year>20\d\d)", re.ASCII),
)
"""How offices write a month; a spreadsheet makes a day of it."""

_YES = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False, "": False}
MOST_FAULTS = 50
"""Faults printed of one file; the rest are only counted."""

MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_CELLS = 1_000_000
"""Of a file: eight megabytes can hold four million rows, and while those were read nothing else would have room."""


@dataclass(frozen=True)
class CellFault:
    """What is wrong, and where: `line` counts from 1, in a spreadsheet the row; 0 where it is the whole file."""

    file: str
    line: int
    column: str
    value: str
    why: Reason

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}, line {self.line}, column {self.column}, value {self.value!r}: {self.why}"


class FileFaulty(Exception):
    """A file with faults; nothing of it was kept."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """A line for each fault, then how many are not listed."""
        lines = [str(fault) for fault in self.faults[:MOST_FAULTS]]
        if len(self.faults) > MOST_FAULTS:
            lines.append(f"… and {len(self.faults) - MOST_FAULTS} more faults")
        return "\n".join(lines)


@dataclass
class TableRow:
    """One line of a file; reading a cell notes its fault and gives a harmless value instead."""

    sheet: TableIn
    line: int
    cells: dict[str, str]

    def fault(self, column: str, why: Reason) -> None:
        """Note that a cell is wrong."""
        self.sheet.fault(self.line, column, self.cells.get(column, ""), why)

    def text(self, column: str, most: int, needed: bool = True) -> str:
        """A text of at most `most` characters, composed and without doubled spaces."""
        text = one_line(self.cells.get(column, ""))
        if needed and not text:
            self.fault(column, reason("is empty"))
        if len(text) > most:
            self.fault(column, reason("is longer than %(most)s characters", most=most))
        if not text.isprintable():
            self.fault(column, reason("holds characters that cannot be printed"))
        return text

    def optional(self, column: str, most: int) -> str | None:
        """A text, or None where the cell is empty or the column is missing."""
        return self.text(column, most, needed=False) or None

    def slug(self, column: str, needed: bool = True) -> str:
        """A code of lower-case ASCII letters and digits, in words joined by single dashes."""
        text = self.cells.get(column, "").strip()
        if (needed or text) and not (_SLUG.fullmatch(text) and len(text) <= 60):
            self.fault(column, reason("is no code: up to 60 lower-case letters a–z, digits and single dashes"))
        return text

    def one_of(self, column: str, values: Collection[str]) -> str:
        """One of some values."""
        text = self.cells.get(column, "").strip()
        if text not in values:
            self.fault(column, reason("is none of %(values)s", values=", ".join(values)))
        return text

    def yes(self, column: str) -> bool:
        """Yes or no."""
        text = self.cells.get(column, "").strip().lower()
        if text not in _YES:
            self.fault(column, reason("is neither yes nor no"))
        return _YES.get(text, False)

    def whole(self, column: str) -> int:
        """A whole number from 0 to a thousand million. A mark between thousands might be a decimal one: a fault."""
        text = self.cells.get(column, "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= 10**9):
            self.fault(column, reason("is no whole number from 0 up, written without marks between the digits"))
            return 0
        return int(text)

    def day(self, column: str) -> date | None:
        """A day such as 2025-07-01; None where the cell is empty."""
        text = self.cells.get(column, "").strip()
        try:
            if text and re.fullmatch(r"(19|20)\d\d-\d\d-\d\d", text):
                return date.fromisoformat(text)
        except ValueError:  # such as 2025-02-30
            pass
        if text:
            self.fault(column, reason("is no day such as 2025-07-01"))
        return None

    def month(self, column: str) -> date:
        """A month such as 2026-09 or Tháng 9/2026, or a day in it, as its first day."""
        text = one_line(self.cells.get(column, "")).lower()
        for shape in _MONTHS:
            if match := shape.fullmatch(text):
                return date(int(match["year"]), int(match["month"]), 1)
        self.fault(column, reason("is no month such as 2026-09"))
        return date(2000, 1, 1)


@dataclass
class TableIn:
    """A file being read; `heads` says how it writes the names of its columns."""

    file: str
    rows: list[TableRow] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)

    def fault(self, line: int, column: str, value: str, why: Reason) -> None:
        """Note a fault, under the name that the file itself has for the column."""
        self.faults.append(CellFault(self.file, line, self.heads.get(column) or column, value[:80], why))

    def __iter__(self) -> Iterator[TableRow]:
        """The rows in order."""
        return iter(self.rows)

    def unique(self, *columns: str) -> None:
        """Note every row that repeats an earlier one in these columns together."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            key = tuple(one_line(row.cells.get(column, "")) for column in columns)
            if any(key) and seen.setdefault(key, row.line) != row.line:
                row.fault(columns[-1], reason("stands in line %(line)s already", line=seen[key]))

    def stop_if_faulty(self) -> None:
        """Raise FileFaulty if a fault was noted."""
        if self.faults:
            raise FileFaulty(sorted(self.faults, key=lambda fault: fault.line))


_NONE: Mapping[str, str] = MappingProxyType({})
TITLES = 20
"""So far down a header is looked for: reports have titles above their tables."""


def read(path: Path, columns: Sequence[str], most: int = MOST_ROWS, called: Mapping[str, str] = _NONE) -> TableIn:
    """A table with a header, from a spreadsheet (.xlsx) or a CSV file in UTF-8 or UTF-16.

    The header stands in one of the first rows: that which names all `columns`, in any order, by their own names or
    by others that `called` leads to them (in lower case). Further columns are passed over. Of a spreadsheet the
    first sheet with such a header is read, of a text `,`, `;` or a tab stands between the cells. There may be
    `most` rows. Raises FileFaulty where it cannot be read as such.
    """
    sheet = TableIn(path.name)
    try:
        reading, header = _best(table_sources.ways(path), columns, called)
        sheet.heads = dict(zip(header.names, header.written, strict=True))
        _check_header(sheet, header, columns)
        _fill(sheet, reading, header, min(most, MOST_CELLS // len(header.names)))
    except ReadingEnds as error:
        sheet.fault(error.line, "-", "", error.why)
    except OSError as error:
        sheet.fault(0, "-", str(path), reason("cannot be read: %(error)s", error=error.strerror))
    sheet.stop_if_faulty()
    return sheet


@dataclass(frozen=True)
class _Header:
    """The row that names the columns: its line, their names here and as they are written there."""

    line: int = 1
    names: tuple[str, ...] = ("",)
    written: tuple[str, ...] = ("",)
    width: int = 1


def _best(offered: Sequence[Reading], columns: Sequence[str], called: Mapping[str, str]) -> tuple[Reading, _Header]:
    """The way to read a file under which its header names all columns, or else the most of them."""
    best: tuple[int, Reading, _Header] = (-1, lambda: iter(()), _Header())
    ends: list[ReadingEnds] = []
    for reading in offered:
        for header in _headers(reading, called, ends):
            known = len(set(columns).intersection(header.names))
            if known > best[0]:
                best = known, reading, header
            if known == len(columns):
                return reading, header
    if best[0] < 0 and ends:
        raise ends[0]
    return best[1], best[2]


def _headers(reading: Reading, called: Mapping[str, str], ends: list[ReadingEnds]) -> Iterator[_Header]:
    """The rows that might be a header; `ends` takes why there are no more."""
    try:
        for line, cells in islice(reading(), TITLES):
            written = tuple(one_line(cell) for cell in cells[: MOST_COLUMNS + 1])
            names = tuple(called.get(cell.lower(), cell.lower()) for cell in written)
            if any(names):
                yield _Header(line, names, written, len(cells))
    except ReadingEnds as error:
        ends.append(error)


def _check_header(sheet: TableIn, header: _Header, columns: Sequence[str]) -> None:
    if header.width > MOST_COLUMNS:
        why = reason("has %(columns)s columns; there may be %(most)s", columns=header.width, most=MOST_COLUMNS)
        raise ReadingEnds(header.line, why)
    for column in columns:
        if column not in header.names:
            there_are = ", ".join(filter(None, header.written))
            sheet.fault(header.line, column, there_are, reason("is missing from the header"))
    for name in {name for name in header.names if name and header.names.count(name) > 1}:
        sheet.fault(header.line, name, name, reason("stands twice in the header"))
    sheet.stop_if_faulty()


def _fill(sheet: TableIn, reading: Reading, header: _Header, most: int) -> None:
    for line, cells in reading():
        if line <= header.line or not any(cell.strip() for cell in cells):
            continue
        if len(sheet.rows) == most:
            raise ReadingEnds(line, reason("is beyond the %(most)s rows that a file may have; cut the file", most=most))
        _add_row(sheet, line, header.names, cells)
    if not sheet.rows and not sheet.faults:
        sheet.fault(header.line, "-", "", reason("has no rows under its header"))


def _add_row(sheet: TableIn, line: int, names: Sequence[str], cells: list[str]) -> None:
    if beyond := next((cell for cell in cells[len(names) :] if cell.strip()), ""):
        why = reason("has %(cells)s cells under %(columns)s columns", cells=len(cells), columns=len(names))
        sheet.fault(line, "-", beyond, why)
    sheet.rows.append(TableRow(sheet, line, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))))
